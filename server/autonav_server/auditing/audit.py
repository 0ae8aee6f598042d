"""Running the rules about content: file by file, what matters most first, and then on the whole."""

from collections.abc import Callable, Collection, Iterator, MutableMapping, Sequence
from dataclasses import replace

from autonav_analysis.audit.allowing import with_allowances
from autonav_analysis.audit.facts import facts_of
from autonav_analysis.audit.secrets import without_secrets
from autonav_analysis.judging import judge
from autonav_protocol.settings import Settings
from autonav_protocol.values.audit import Audit, AuditedFile
from autonav_protocol.values.change import Change, FileChange
from autonav_protocol.values.finding import Finding
from autonav_server.auditing.surroundings import surroundings
from autonav_server.auditing.texts import audited_files
from autonav_server.worktree.worktree import Worktree

CHUNK_FILES, CHUNK_LINES = 100, 2_000
"""What is judged at a time: large enough to pay, small enough to be given up for a newer change."""

Findings = tuple[Finding, ...]
Key = tuple[str, str, str]
Known = MutableMapping[Key, Findings]
"""What the rules found in single files, by path and the names of both texts."""


def audits(
    worktree: Worktree,
    change: Change,
    *,
    first: Collection[str] = (),
    known: Known | None = None,
    judged: Callable[[Sequence[object]], list[Findings]] | None = None,
    settings: Settings | None = None,
    closing: bool = False,
    red_old_tests: frozenset[str] = frozenset(),
) -> Iterator[tuple[Findings, float]]:
    """Yield all that was found so far and the share of the work that is done, until that is 1.

    The files whose paths are `first` come first. `known` is asked and filled, and holds this change alone
    afterwards. `judged` runs the rules elsewhere. `settings` hold the policy for new packages, and `closing` says
    that the task is looked at as a whole. `red_old_tests` are the tests of the base that failed on this very change.
    """
    judged = judged or judge_each
    known = {} if known is None else known
    files = sorted(change.files, key=lambda file: (file.path not in first, file.path))
    for key in known.keys() - {key_of(file) for file in files}:
        del known[key]
    texts: list[AuditedFile] = []
    found: list[Finding] = []
    for chunk in _chunks(files):
        read = audited_files(worktree, chunk)
        new = [each for each in read if key_of(each.change) not in known]
        known.update(zip((key_of(each.change) for each in new), judged(new), strict=True))
        texts += read
        found += [finding for each in read for finding in known[key_of(each.change)]]
        yield tuple(found), min(0.99, len(texts) / max(1, len(files)) / 2)
    texts.sort(key=lambda each: each.path)
    around = surroundings(worktree, texts, settings or Settings(), closing=closing)
    whole = Audit(change, tuple(texts), replace(around, red_old_tests=red_old_tests))
    found += judged([whole])[0]
    yield tuple(sorted(found, key=lambda each: (each.path, each.line, each.code))), 1.0


def judge_each(subjects: Sequence[object]) -> list[Findings]:
    """Return what the rules find in each, with what a comment beside it allows and without any secret."""
    return [_judged(each) for each in subjects]


def _judged(subject: object) -> Findings:
    if isinstance(subject, AuditedFile):
        facts_of(subject)  # kept until the change is judged as a whole, so that this is done file by file
    return without_secrets(with_allowances(judge(subject), subject))


def key_of(file: FileChange) -> Key:
    """Return what a change of one file is known by."""
    return file.path, file.before.oid if file.before else "", file.after.oid if file.after else ""


def _chunks(files: Sequence[FileChange]) -> Iterator[list[FileChange]]:
    chunk: list[FileChange] = []
    lines = 0
    for file in files:
        chunk.append(file)
        lines += file.added + file.removed
        if len(chunk) == CHUNK_FILES or lines >= CHUNK_LINES:
            yield chunk
            chunk, lines = [], 0
    if chunk:
        yield chunk
