"""Judging a branch: everything since it left another, as a gate before a push or a merge does."""

import os
from functools import partial

from autonav_analysis.contracts import contract_file
from autonav_analysis.judging import judge
from autonav_protocol.errors import BadRequest, NotFound
from autonav_protocol.settings import Settings
from autonav_protocol.values.change import Change
from autonav_protocol.values.contract import Contract
from autonav_server.worktree import tasks
from autonav_server.worktree.clock import now
from autonav_server.worktree.configuration import both, load, policy
from autonav_server.worktree.fence import Look
from autonav_server.worktree.rescan import changes_since
from autonav_server.worktree.worktree import Worktree


def compare(worktree: Worktree, settings: Settings, base: str, contract: str | None, *, trusted: bool) -> Look:
    """Return the look at everything since this branch left `base`, committed or not.

    A contract, and settings, that the repository held where the branch left decide as they were
    there: a branch does not widen its own.
    """
    left = merge_base(worktree, base)
    path = contract if contract is not None else _held_contract(worktree)
    slug, judged_by, lines, granted = "", tasks.EVERYTHING, ("",), True
    if path is not None:
        slug, now_there = _read(worktree, path)
        try:
            held = blob(worktree, left, path)
        except FileNotFoundError:
            held = now_there
        granted, lines = held == now_there, tuple(now_there.decode("utf-8", "replace").split("\n"))
        judged_by = _parsed(slug, path, held)
    with worktree.alone():
        files = changes_since(worktree, left, run_filters=trusted)
    there = partial(blob, worktree, left)
    set_before, set_now = policy(there), policy(worktree.root)
    changed_policy = set_now.digest != set_before.digest
    held = load(there).settings
    change = Change(
        contract=judged_by,
        files=files,
        protected=both(held.protected, settings.protected) if changed_policy else settings.protected,
        contract_path=path or "",
        contract_lines=lines,
        contract_image="changed" if not granted else "",
        contract_granted=granted,
        policy_path=(set_now.path or set_before.path) if changed_policy else "",
        now=now(),
    )
    return Look(None, change, judge(change), held=held if changed_policy else None)


def merge_base(worktree: Worktree, base: str) -> str:
    """Return the commit at which this branch left `base`."""
    if not worktree.has_git:
        raise BadRequest(f"{worktree.root} is not in git", "leave `base` out")
    commit = worktree.git.line("rev-parse", "-q", "--verify", f"{base}^{{commit}}")
    if not commit:
        raise NotFound(f"there is no commit {base}", "in a shallow clone fetch it first: fetch-depth: 0")
    return worktree.git.line("merge-base", "HEAD", commit) or commit


def blob(worktree: Worktree, commit: str, path: str) -> bytes:
    """Return a file as a commit holds it; raise FileNotFoundError where it does not."""
    done = worktree.git("cat-file", "blob", f"{commit}:{path}", check=False)
    if done.returncode != 0:
        raise FileNotFoundError(path)
    return done.stdout


def _held_contract(worktree: Worktree) -> str | None:
    """Return the one contract that git knows, None where it knows none or several."""
    known = worktree.git.text("ls-files", "-z", "--", tasks.FOLDER).split("\0")
    contracts = [path for path in known if path.endswith(".toml")]
    return contracts[0] if len(contracts) == 1 else None


def _read(worktree: Worktree, path: str) -> tuple[str, bytes]:
    try:
        with open(worktree.path(path), "rb") as file:
            return os.path.splitext(os.path.basename(path))[0], file.read()
    except OSError as error:
        raise NotFound(f"the contract {path} cannot be read: {error.strerror}") from error


def _parsed(slug: str, path: str, data: bytes) -> Contract:
    contract, problems = contract_file.read(slug, data.decode("utf-8", "replace"))
    if contract is None or problems:
        listed = "; ".join(f"line {each.line}: {each.message}" for each in problems)
        raise BadRequest(f"{path}: {listed}", "correct the contract file")
    return contract
