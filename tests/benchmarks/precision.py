"""Audits on what people really committed: the share of commits in which each rule says something.

AUTONAV_REPOSITORIES names a folder of bare mirrors (`OWNER+NAME/repo`). Commits by programs and merges are left out,
the newest are spread over each history, after those that AUTONAV_SHIFT passes over. A commit is judged as a task that
may edit everything and whose words are its message; the rules of the contract (AN1xx) have nothing to judge. Packages
are not installed, so AN402 is silent. Conditions were tuned on the repositories in TUNED; those in LOOKED_AT were
counted while that went on and led to a few corrections; all others were counted after it.
"""

import json
import os
import random
import re
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from autonav_analysis.audit.dependencies import is_lock, is_manifest, packages_in
from autonav_analysis.audit.hearing import heard
from autonav_analysis.audit.notices import notices_added
from autonav_analysis.changes.hunks import FileHunks, parse_patch
from autonav_protocol.settings import PROTECTED
from autonav_protocol.values.audit import Audit, AuditedFile, Surroundings
from autonav_protocol.values.change import Change, ChangeKind, Entry, FileChange
from autonav_protocol.values.contract import Contract, Scope
from autonav_protocol.values.finding import Finding, Severity
from autonav_server.auditing.audit import judge_each
from autonav_server.auditing.texts import blobs, texts_of
from autonav_server.worktree.git import Git

COMMITS = int(os.environ.get("AUTONAV_COMMITS", "40"))
SHIFT = int(os.environ.get("AUTONAV_SHIFT", "0"))
SAMPLE = os.environ.get("AUTONAV_SAMPLE", "")
SEED = int(os.environ.get("AUTONAV_SEED", "7"))
SAMPLED = 100
MOST_FILES = 300
TUNED = (
    "BurntSushi+ripgrep", "andialbrecht+sqlparse", "gin-gonic+gin", "google+gson", "lepture+mistune",
    "marshmallow-code+marshmallow", "pallets+werkzeug", "pypa+packaging", "python-jsonschema+jsonschema",
    "python-poetry+tomlkit", "sharkdp+bat", "sindresorhus+ky", "spf13+cobra", "vuejs+core",
)  # fmt: skip
LOOKED_AT = (
    "BurntSushi+xsv", "PyCQA+pyflakes", "arrow-py+arrow", "astanin+python-tabulate", "colinhacks+zod",
    "dateutil+dateutil", "expressjs+express", "facelessuser+soupsieve", "go-chi+chi", "jd+tenacity", "pallets+click",
    "sharkdp+fd",
)  # fmt: skip
BOT = re.compile(r"\[bot\]|dependabot|renovate|pre-commit-ci|github-actions|mergify|-bot\b|autofix|pyup", re.IGNORECASE)
PROGRAM = re.compile(
    r"co-authored-by:.*(claude|copilot|codex|cursor|gemini|devin|aider)|generated with|assisted-by:", re.IGNORECASE
)
NOWHERE = "0" * 40
LOUD = (Severity.ERROR, Severity.WARNING)


@dataclass(frozen=True)
class Judged:
    """A commit and what the rules said of it; `seconds` is what that took without git."""

    repository: str
    commit: str
    subject: str
    findings: tuple[Finding, ...]
    seconds: float

    @property
    def group(self) -> str:
        return "tuned on" if self.repository in TUNED else "looked at" if self.repository in LOOKED_AT else "unseen"


def rows() -> Iterator[str]:
    """Yield the table of all rules, and write a sample for judging where AUTONAV_SAMPLE names a file."""
    folder = os.environ.get("AUTONAV_REPOSITORIES")
    if not folder:
        yield "set AUTONAV_REPOSITORIES to a folder of bare mirrors"
        return
    chosen = os.environ.get("AUTONAV_CHOSEN", "").split(",")
    mirrors = [each for each in sorted(Path(folder).glob("*/repo")) if chosen == [""] or each.parent.name in chosen]
    judged = [each for mirror in mirrors for each in replayed(mirror)]
    for said in ("tuned on", "looked at", "unseen", "all"):
        some = [each for each in judged if said in ("all", each.group)]
        yield f"{said}: {len(some)} commits of {len({each.repository for each in some})} repositories"
        yield from _table(some)
    if SAMPLE:
        Path(SAMPLE).write_text("\n".join(json.dumps(each) for each in _sample(judged)) + "\n")
        yield f"sample: {SAMPLE}"


def replayed(mirror: Path) -> Iterator[Judged]:
    """Yield the judged commits of one repository."""
    git = Git(str(mirror))
    for commit, message in _commits(git):
        files = _files(git, commit)
        if not 0 < len(files) <= MOST_FILES:
            continue
        texts = texts_of(git, files)
        around = _surroundings(git, commit, texts)
        change = Change(
            Contract("t", message, Scope(edit=("**",))), files, PROTECTED, contract_path=".autonav/tasks/t.toml"
        )
        begun = time.process_time()
        found = [finding for each in judge_each([*texts, Audit(change, texts, around)]) for finding in each]
        seconds = time.process_time() - begun
        yield Judged(mirror.parent.name, commit, message.split("\n")[0], heard(found, {}).findings, seconds)


def _commits(git: Git) -> list[tuple[str, str]]:
    """Return hashes and messages of commits by people, spread evenly over the newest."""
    listed = git.text("log", "--no-merges", f"-{COMMITS * 8}", "--format=%H%x01%an <%ae>%x01%B%x02", "HEAD")
    rows = [row.strip("\n").split("\x01", 2) for row in listed.split("\x02") if row.strip("\n")]
    people = [(commit, said) for commit, by, said in rows if not BOT.search(by) and not PROGRAM.search(said)][SHIFT:]
    step = max(1.0, len(people) / COMMITS)
    return [people[int(at * step)] for at in range(min(COMMITS, len(people)))]


def _files(git: Git, commit: str) -> tuple[FileChange, ...]:
    options = ("-r", "--no-renames", "--full-index", "--no-ext-diff", "--no-textconv", "--root", f"{commit}^!")
    raw = git.text("diff-tree", "--raw", "-z", *options, check=False).split("\0")
    patch = git(
        "diff-tree", "-p", "-U0", "--no-color", "--src-prefix=a/", "--dst-prefix=b/", *options, check=False
    ).stdout
    hunks = parse_patch(patch)
    heads = [at for at, each in enumerate(raw) if each.startswith(":")]
    return tuple(_file(raw[at], raw[at + 1], hunks) for at in heads)


def _file(meta: str, path: str, hunks: Mapping[bytes, FileHunks]) -> FileChange:
    old_mode, new_mode, old, new, status = meta[1:].split(" ")
    kinds = {"A": ChangeKind.ADDED, "D": ChangeKind.DELETED, "T": ChangeKind.TYPE}
    found = hunks.get(os.fsencode(path), FileHunks())
    before = None if old == NOWHERE else Entry(old_mode, old)
    after = None if new == NOWHERE else Entry(new_mode, new)
    kind = kinds.get(status, ChangeKind.MODIFIED)
    return FileChange(path, kind, before, after, found.hunks, found.added, found.removed, found.binary)


def _surroundings(git: Git, commit: str, texts: Sequence[AuditedFile]) -> Surroundings:
    """Return what the parent's tree says."""
    known: set[str] = set()
    if any(is_manifest(each.path) for each in texts):
        listed = git.text("ls-tree", "-r", "-z", f"{commit}^", check=False).split("\0")
        named = {row.split("\t")[1]: row.split("\t")[0].split()[2] for row in listed if "\t" in row}
        wanted = {path: oid for path, oid in named.items() if is_manifest(path) or is_lock(path)}
        there = blobs(git, sorted(set(wanted.values())))
        known = {each for path, oid in wanted.items() if oid in there for each in packages_in(path, there[oid])}
    notices = {each.name for file in texts for each in notices_added(file)}
    stands = {
        each for each in notices if git("grep", "-q", "-F", "-i", "-e", each, f"{commit}^", check=False).returncode == 0
    }
    return Surroundings(frozenset(known), (), frozenset(stands), closing=True)


def _table(judged: Sequence[Judged]) -> Iterator[str]:
    commits: dict[str, Counter[str]] = defaultdict(Counter)
    for each in judged:
        for code in {finding.code for finding in each.findings}:
            mine = [finding.severity for finding in each.findings if finding.code == code]
            commits[code].update({*mine})
            commits[code]["any"] += 1
    total = max(1, len(judged))
    yield f"  {'rule':<6}{'error':>8}{'warning':>9}{'information':>13}{'hint':>7}{'any':>7}   % of commits"
    for code in sorted(commits):
        shares = [commits[code][kind] * 100 / total for kind in (*Severity, "any")]
        yield "  {:<6}{:>8.2f}{:>9.2f}{:>13.2f}{:>7.2f}{:>7.2f}".format(code, *shares)
    loud = sum(any(map(_is_loud, each.findings)) for each in judged)
    some = sum(any(finding.severity is not Severity.HINT for finding in each.findings) for each in judged)
    times = sorted(each.seconds * 1000 for each in judged)
    yield f"  silent at Warning and above: {100 - loud * 100 / total:.1f} % ({loud} of {total} speak)"
    yield f"  silent at Information and above: {100 - some * 100 / total:.1f} %"
    if times:
        yield f"  CPU of a commit: {times[len(times) // 2]:.0f} ms in the middle, {times[len(times) * 95 // 100]:.0f} ms at 95 %"


def _sample(judged: Sequence[Judged]) -> Iterator[dict[str, object]]:
    """Yield the loudest finding of a hundred commits and rules: those that warn first, at most half; by chance."""
    groups = [
        (each, finding)
        for each in judged
        for finding in {finding.code: finding for finding in sorted(each.findings, key=_is_loud)}.values()
    ]
    chance = random.Random(SEED)
    chance.shuffle(groups)
    loud = [group for group in groups if _is_loud(group[1])][: SAMPLED // 2]
    quiet = [group for group in groups if not _is_loud(group[1])][: SAMPLED - len(loud)]
    for each, finding in (*loud, *quiet):
        yield {
            "repository": each.repository, "commit": each.commit, "subject": each.subject, "code": finding.code,
            "severity": finding.severity, "path": finding.path, "line": finding.line, "message": finding.message,
            "evidence": finding.evidence, "group": each.group,
        }  # fmt: skip


def _is_loud(finding: Finding) -> bool:
    return finding.severity in LOUD
