"""Running the rules about content: file by file, what matters most first, and then on the whole."""

from collections.abc import Callable, Collection, Iterator, MutableMapping, Sequence
from dataclasses import replace

from autonav_analysis.audit.allowing import with_allowances
from autonav_analysis.audit.facts import facts_of
from autonav_analysis.audit.keeping import Key, key_of
from autonav_analysis.audit.secrets import without_secrets
from autonav_analysis.audit.tests import read_tests
from autonav_analysis.judging import all_rules, judge
from autonav_protocol.settings import Settings
from autonav_protocol.values.audit import Audit, AuditedFile, Part
from autonav_protocol.values.change import Change, FileChange
from autonav_protocol.values.finding import Finding
from autonav_server.auditing.surroundings import surroundings
from autonav_server.auditing.texts import audited_files
from autonav_server.worktree.worktree import Worktree

FIRST_FILES, GROWTH, CHUNK_FILES, CHUNK_LINES = 8, 2, 128, 2_000
"""What is judged at a time: a few files first and then more, never more than may be given up for a newer change."""

Findings = tuple[Finding, ...]
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
    streamed: bool = False,
) -> Iterator[tuple[Findings, float]]:
    """Yield all that was found so far and the share of the work that is done, until that is 1.

    The files whose paths are `first` come first. `known` is asked and filled, and holds this change alone
    afterwards. `judged` runs the rules elsewhere. `settings` hold the policy for new packages, and `closing` says
    that the task is looked at as a whole. `red_old_tests` are the tests of the base that failed on this very change.
    `streamed` says that what early rules find in a part of a large change is told at once, and corrected at the end.
    """
    judged = judged or judge_each
    known = {} if known is None else known
    files = sorted(change.files, key=lambda file: (file.path not in first, file.path))
    for key in known.keys() - {key_of(file) for file in files}:
        del known[key]
    texts: list[AuditedFile] = []
    found: list[Finding] = []
    early: list[Finding] = []
    for chunk in _chunks(files):
        read = audited_files(worktree, chunk)
        new = [each for each in read if key_of(each.change) not in known]
        streams = streamed and new and len(chunk) < len(files)
        part = [Part(replace(change, files=tuple(chunk)), read)] if streams else []
        said = judged([*new, *part])
        known.update(zip((key_of(each.change) for each in new), said, strict=False))
        texts += read
        found += [finding for each in read for finding in known[key_of(each.change)]]
        early += [finding for each in said[len(new) :] for finding in each]
        yield (*found, *early), min(0.99, len(texts) / max(1, len(files)) / 2)
    texts.sort(key=lambda each: each.path)
    around = surroundings(worktree, texts, settings or Settings(), closing=closing)
    whole = Audit(change, tuple(texts), replace(around, red_old_tests=red_old_tests))
    found += judged([whole])[0]
    yield tuple(sorted(found, key=lambda each: (each.path, each.line, each.code))), 1.0


def get_ready() -> None:
    """Load the rules where they will be asked soon."""
    all_rules()


def judge_each(subjects: Sequence[object]) -> list[Findings]:
    """Return what the rules find in each, with what a comment beside it allows and without any secret."""
    return [_judged(each) for each in subjects]


def _judged(subject: object) -> Findings:
    if isinstance(subject, AuditedFile):  # kept until the change is judged as a whole, and parsed once for both
        facts_of(subject)
        read_tests(subject)
    return without_secrets(with_allowances(judge(subject), subject))


def _chunks(files: Sequence[FileChange]) -> Iterator[list[FileChange]]:
    chunk: list[FileChange] = []
    lines, most = 0, FIRST_FILES
    for file in files:
        chunk.append(file)
        lines += file.added + file.removed
        if len(chunk) >= most or lines >= CHUNK_LINES:
            yield chunk
            chunk, lines, most = [], 0, min(most * GROWTH, CHUNK_FILES)
    if chunk:
        yield chunk
