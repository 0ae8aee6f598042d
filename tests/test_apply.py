"""Applying a candidate: what the branch is, what else stays as it is, and what ends it without a trace."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from autonav_protocol.errors import AutonavError, BadRequest, Conflict, NotFound, Refused, Unavailable
from support.applying import (  # noqa: F401
    AFTER,
    BEFORE,
    BRANCH,
    COUNTS,
    RUN,
    TOUCHED,
    Here,
    added,
    apart,
    everything,
    opened_here,
    watched_repository,
    wrap_git,
)
from support.odd_repositories import ODD, dirty_tree
from support.repository import IDENTITY, Repository


@pytest.mark.parametrize("kind", ODD)
async def test_the_branch_is_what_was_verified_and_nothing_else_changes(repository: Repository, kind: str) -> None:
    ODD[kind](repository)
    (repository.root.parent / "programs ran").unlink(missing_ok=True)
    here = Here(repository)
    before = everything(here.worktree)
    made = await here.apply()
    assert added(here.worktree, before) == {f"refs/heads/{BRANCH}", f"logs/refs/heads/{BRANCH}"}
    assert made.verified
    assert here.git("rev-parse", f"{BRANCH}^{{tree}}").strip() == here.candidate.tree
    assert here.git("show", f"{BRANCH}:{TOUCHED}") == AFTER
    parents = here.git("rev-list", "--parents", "-n1", made.commits[0]).split()[1:]
    assert parents == ([here.candidate.head] if here.candidate.head else [])
    if len(made.commits) == 2:
        assert here.git("rev-parse", f"{made.commits[0]}^{{tree}}").strip() == here.candidate.base
    assert here.message(BRANCH) == f"x is 2\n\nAutoNav-Run: {RUN}\nAutoNav-Ledger: {here.proof}\n\n"
    (listed,) = (await here.branches()).values()
    assert (listed.name, listed.state, listed.tests, listed.proof) == (BRANCH, "as made", COUNTS, here.proof)
    gone = await here.ask("discard", branch=BRANCH)
    assert added(here.worktree, before) <= {f"logs/refs/heads/{BRANCH}"}
    assert here.git("branch", "--list", "autonomous/*") == ""
    subprocess.run(gone.restore, shell=True, cwd=repository.root, check=True)
    assert (await here.branches())[BRANCH].tip == made.commit
    assert here.git("fsck", "--no-dangling", "--connectivity-only") == ""
    here.worktree.close()


def reference_formats() -> list[str]:
    said = subprocess.run(["git", "init", "-h"], capture_output=True, text=True, check=False).stdout
    return ["files", "reftable"] if "--ref-format" in said else ["files"]


@pytest.mark.parametrize("kind", reference_formats())
async def test_references_in_files_and_tables(tmp_path: Path, kind: str) -> None:
    repository = Repository(tmp_path / "tables")
    told = [f"--ref-format={kind}"] if kind != "files" else []
    subprocess.run(["git", "init", "-q", "-b", "main", *told], cwd=repository.root, capture_output=True, check=True)
    repository.write(TOUCHED, BEFORE)
    repository.commit("start")
    here = Here(repository)
    log = here.git("reflog", "show", "HEAD")
    made = await here.apply()
    assert here.git("rev-parse", BRANCH).strip() == made.commit
    assert here.git("reflog", "show", "HEAD") == log
    await here.ask("discard", branch=BRANCH)
    assert await here.branches() == {}
    here.worktree.close()


async def test_what_is_not_proved_is_not_applied(here: Here) -> None:
    for changed, error, said in (
        (replace(here.candidate, verified=False), Refused, "not verified"),
        (replace(here.candidate, diff="-x = 1\n+x = 4\n"), Refused, "no ledger entry"),
        (replace(here.candidate, run="ffffffff"), Refused, "no ledger entry"),
        (replace(here.candidate, tree="1" * 40), NotFound, "no longer kept"),
    ):
        here.keep(changed)
        with pytest.raises(error, match=said):
            await here.apply()
    assert here.git("branch", "--list", "autonomous/*") == ""


@pytest.mark.parametrize("name", ["-d", "HEAD", "a..b", "a b", "x.lock", "a\nb"])
async def test_no_branch_name(here: Here, name: str) -> None:
    with pytest.raises(BadRequest, match="no branch name"):
        await here.apply(branch=name)


def loose(here: Here) -> str:
    here.git("branch", "taken")
    return "taken"


def packed_only(here: Here) -> str:
    here.git("branch", "taken")
    here.git("pack-refs", "--all")
    assert not os.path.exists(os.path.join(here.worktree.common_dir, "refs/heads/taken"))
    return "taken"


def below_another(here: Here) -> str:
    here.git("branch", "taken")
    here.git("pack-refs", "--all")
    return "taken/below"


def above_another(here: Here) -> str:
    here.git("branch", "taken/below")
    return "taken"


def dangling(here: Here) -> str:
    here.git("symbolic-ref", "refs/heads/taken", "refs/heads/nowhere")
    return "taken"


def unborn_elsewhere(here: Here) -> str:
    here.git("worktree", "add", "-q", "--detach", str(here.repository.root.parent / "other"))
    here.repository.git("checkout", "-q", "--orphan", "taken", cwd=here.repository.root.parent / "other")
    return "taken"


@pytest.mark.parametrize("taken", [loose, packed_only, below_another, above_another, dangling, unborn_elsewhere])
async def test_a_name_that_is_taken(here: Here, taken: Callable[[Here], str]) -> None:
    name = taken(here)
    before = everything(here.worktree, objects=True)
    with pytest.raises(Conflict) as error:
        await here.apply(branch=name)
    assert "another" in str(error.value)
    assert everything(here.worktree, objects=True) == before


async def test_a_lock_that_git_left(here: Here) -> None:
    folder = os.path.join(here.worktree.common_dir, "refs/heads/autonomous")
    os.makedirs(folder)
    Path(folder, f"{RUN}.lock").touch()
    before = everything(here.worktree, objects=True)
    with pytest.raises(Unavailable, match="another git process holds"):
        await here.apply()
    assert everything(here.worktree, objects=True) == before


RACES = {
    "a commit": ("git commit -q --allow-empty -m raced", "HEAD moved meanwhile"),
    "a branch": (f"git branch {BRANCH}", "was created meanwhile"),
}


@pytest.mark.parametrize("race", RACES)
@pytest.mark.parametrize("when", ["commit-tree", "unpack-objects"])
async def test_somebody_is_faster(here: Here, monkeypatch: pytest.MonkeyPatch, race: str, when: str) -> None:
    command, said = RACES[race]
    wrap_git(here, monkeypatch, when, f'cd "{here.repository.root}"; {command}')
    with pytest.raises(Conflict, match=said):
        await here.apply()
    raced = here.git("rev-parse", "HEAD").strip()
    assert here.git("for-each-ref", "--format=%(objectname)", f"refs/heads/{BRANCH}").strip() in ("", raced)
    assert here.git("fsck", "--no-dangling", "--connectivity-only") == ""


def command_line(here: Here, *front: str) -> subprocess.CompletedProcess[str]:
    argv = [*front, sys.executable, "-m", "autonav_server.main", "apply", here.candidate.id, "--format", "json"]
    return subprocess.run(argv, cwd=here.repository.root, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("when", ["commit-tree", "update-ref"])
async def test_killed_in_the_middle(here: Here, monkeypatch: pytest.MonkeyPatch, when: str) -> None:
    before = everything(here.worktree, objects=True)
    wrap_git(here, monkeypatch, when, "kill -9 $PPID")
    assert command_line(here).returncode == -signal.SIGKILL
    assert everything(here.worktree, objects=True) == before
    assert await here.branches() == {}
    assert (await here.apply()).verified


@pytest.mark.parametrize("part", ["refs", "objects", "logs", "."])
async def test_a_repository_that_cannot_be_written(here: Here, part: str) -> None:
    if shutil.which("bwrap") is None:
        pytest.skip("bubblewrap is not installed")
    below, store = os.path.join(here.worktree.common_dir, part), here.worktree.store.directory
    before = everything(here.worktree, objects=True)
    done = command_line(here, "bwrap", "--dev-bind", "/", "/", "--ro-bind", below, below, "--bind", store, store, "--")
    assert done.returncode == 2
    assert json.loads(done.stdout)["error"]["code"] == Unavailable.code
    assert "annot" in done.stderr
    assert everything(here.worktree, objects=True) == before


@pytest.fixture
def key(repository: Repository) -> Path:
    if shutil.which("ssh-keygen") is None:
        pytest.skip("ssh-keygen is not installed")
    path = repository.root.parent / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path], check=True, stdin=subprocess.DEVNULL)
    public = path.with_suffix(".pub").read_text()
    (repository.root.parent / "signers").write_text(f"person@example.org {public}")
    repository.git("config", "gpg.format", "ssh")
    repository.git("config", "gpg.ssh.allowedSignersFile", str(repository.root.parent / "signers"))
    repository.git("config", "user.signingkey", str(path))
    return path


@pytest.mark.parametrize("signed", [True, False])
async def test_commits_are_signed_as_git_commit_would(repository: Repository, key: Path, signed: bool) -> None:
    if signed:
        repository.git("config", "commit.gpgsign", "yes")
    dirty_tree(repository)
    here = Here(repository)
    made = await here.apply()
    assert len(made.commits) == 2
    for commit in made.commits:
        assert here.git("log", "-1", "--format=%G? %an %ce", commit).split() == [
            "G" if signed else "N", "person", "person@example.org",
        ]  # fmt: skip
    here.worktree.close()


async def test_a_signature_that_fails_leaves_nothing(repository: Repository, key: Path) -> None:
    repository.git("config", "commit.gpgsign", "true")
    key.unlink()
    here = Here(repository)
    before = everything(here.worktree, objects=True)
    with pytest.raises(Unavailable, match="cannot be signed"):
        await here.apply()
    assert everything(here.worktree, objects=True) == before
    here.worktree.close()


@pytest.mark.parametrize("trusted", [True, False])
async def test_an_untrusted_repository_names_no_program_that_signs(here: Here, trusted: bool) -> None:
    ran = here.repository.root.parent / "signer ran"
    program = here.repository.root.parent / "signer"
    program.write_text(f"#!/bin/sh\ntouch '{ran}'\nexit 1\n")
    program.chmod(0o755)
    here.git("config", "commit.gpgsign", "true")
    here.git("config", "gpg.program", str(program))
    here.trusted = trusted
    error: type[AutonavError] = Unavailable if trusted else Refused
    with pytest.raises(error, match="signed"):
        await here.apply()
    assert ran.exists() == trusted


async def test_a_setting_that_is_no_boolean(here: Here) -> None:
    here.git("config", "commit.gpgsign", "perhaps")
    with pytest.raises(BadRequest, match="commit.gpgSign"):
        await here.apply()


async def test_nobody_to_commit_as(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in IDENTITY if name.endswith(("_NAME", "_EMAIL"))]:
        monkeypatch.delenv(name)
    subprocess.run(["git", "config", "user.useConfigOnly", "true"], cwd=here.repository.root, check=True)
    with pytest.raises(Unavailable, match="no identity"):
        await here.apply()


async def test_messages_are_utf8_whatever_other_commits_are(here: Here) -> None:
    here.git("config", "i18n.commitEncoding", "ISO-8859-1")
    here.git("config", "i18n.logOutputEncoding", "UTF-8")
    here.keep(replace(here.candidate, title="caf\xe9 is 2"))
    await here.apply()
    assert here.message(BRANCH).startswith("caf\xe9 is 2\n")
    assert "encoding" not in here.git("cat-file", "commit", BRANCH)


async def test_a_title_forges_no_trailer(here: Here) -> None:
    here.keep(replace(here.candidate, title="x is 2\n\nAutoNav-Run: ffffffff\n\x1b[31m"))
    await here.apply()
    assert here.git("log", "-1", "--format=%(trailers:key=AutoNav-Run,valueonly)", BRANCH).split() == [RUN]
    assert "\x1b" not in here.message(BRANCH)
