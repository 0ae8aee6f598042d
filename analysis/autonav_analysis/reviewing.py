"""The order in which a change is read: what nothing asks for, what is risky, by deliverable, and mechanical hunks last."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from autonav_analysis.audit.deliverables import Named, deliverables, names_path
from autonav_analysis.audit.tracing import serves
from autonav_analysis.changes.marks import mark_of_file, marks_of
from autonav_analysis.changes.mechanical import Classes, mechanical
from autonav_analysis.contracts.scope import decide_file
from autonav_analysis.findings import ORDER
from autonav_protocol.values.audit import AuditedFile
from autonav_protocol.values.change import Change, FileChange, Hunk
from autonav_protocol.values.finding import Finding, Severity
from autonav_protocol.values.review import Mechanical, ReviewGroup, ReviewHunk

UNTRACED = ("AN1", "AN201", "AN203")
RISKY = ("AN3", "AN4", "AN5", "AN7")
"""How the codes of rules begin that put a hunk first, and second where they inform or warn."""

TITLES = {"untraced": "Untraced: nothing asks for it", "risky": "Risky", "mechanical": "Mechanical"}
SAID = {
    Mechanical.COMMENTS: "comments alone differ",
    Mechanical.FORMATTING: "the same by its syntax tree",
    Mechanical.IMPORTS: "imports alone differ",
    Mechanical.RENAME: "names alone differ, and this change declares them",
    Mechanical.MOVE: "it only lies elsewhere now",
}
WHOLE = Hunk(1, 0, 1, 0)
"""Stands for a change that has no lines."""


class Place(NamedTuple):
    """A hunk of a file, and the mark of its content."""

    path: str
    hunk: Hunk
    mark: str

    @property
    def line(self) -> int:
        """The first line of the new text, that before where lines are only removed."""
        return max(1, self.hunk.new_line)


class _Placed(NamedTuple):
    """A hunk with what it is sorted by: its group, how severe its findings are, its class."""

    group: str
    title: str
    rank: int
    hunk: ReviewHunk

    @property
    def order(self) -> tuple[int, str, int, str, str, int]:
        return (
            ("untraced", "risky", "deliverable", "mechanical").index(self.group),
            self.title, self.rank, str(self.hunk.mechanical or ""), self.hunk.path, self.hunk.line,
        )  # fmt: skip


def review(
    change: Change, files: Sequence[AuditedFile], findings: Iterable[Finding], marked: Collection[str]
) -> tuple[ReviewGroup, ...]:
    """Return the hunks of a change in groups; `files` are those with texts, `marked` the marks of what was reviewed."""
    by_path: dict[str, list[Finding]] = {}
    for finding in findings:
        by_path.setdefault(finding.path, []).append(finding)
    texts = {file.path: file for file in files}
    classes, wanted = _classes(tuple(files)), deliverables(change.contract)
    placed = [
        each
        for file in change.files
        for each in _of_file(change, file, texts.get(file.path), by_path.get(file.path, []), classes, wanted, marked)
    ]
    groups: dict[tuple[str, str], list[ReviewHunk]] = {}
    for each in sorted(placed, key=lambda placed: placed.order):
        groups.setdefault((each.group, each.title), []).append(each.hunk)
    return tuple(ReviewGroup(name, title, tuple(hunks)) for (name, title), hunks in groups.items())


def places(change: Change, files: Sequence[AuditedFile]) -> tuple[Place, ...]:
    """Return every hunk of a change with its mark."""
    texts = {file.path: file for file in files}
    return tuple(each for file in change.files for each in _places(file, texts.get(file.path)))


@lru_cache(1)
def _classes(files: tuple[AuditedFile, ...]) -> Classes:
    """Return what is mechanical; a change is asked for again with each mark."""
    return mechanical(files)


def _places(file: FileChange, text: AuditedFile | None) -> Iterable[Place]:
    hunks = file.hunks or (WHOLE,)
    marks = marks_of(text) if text is not None and file.hunks else (mark_of_file(file),) * len(hunks)
    return (Place(file.path, hunk, mark) for hunk, mark in zip(hunks, marks, strict=True))


def _of_file(
    change: Change,
    file: FileChange,
    text: AuditedFile | None,
    findings: Sequence[Finding],
    classes: Classes,
    wanted: Named,
    marked: Collection[str],
) -> Iterable[_Placed]:
    on = _by_hunk(file.hunks or (WHOLE,), findings)
    untraced = next((each for each in findings if each.code.startswith(UNTRACED)), None)
    title, why = _deliverable(change, file, text, wanted)
    for place in _places(file, text):
        hunk = place.hunk
        its = on.get(hunk, [])
        class_ = classes.get((file.path, hunk))
        risky = min((each for each in its if _is_risky(each)), key=_severity, default=None)
        group, reason = "deliverable", why
        if untraced is not None:
            group, reason = "untraced", untraced.message
        elif risky is not None:
            group, reason = "risky", risky.message
        elif class_ is not None:
            group, reason = "mechanical", SAID[class_]
        yield _Placed(
            group,
            TITLES.get(group, title),
            min(map(_severity, its), default=len(ORDER)),
            ReviewHunk(
                path=file.path,
                line=place.line,
                end_line=max(place.line, hunk.new_line + hunk.new_count - 1),
                added=hunk.new_count,
                removed=hunk.old_count,
                why=reason,
                mark=place.mark,
                codes=tuple(sorted({each.code for each in its})),
                mechanical=class_,
                reviewed=place.mark in marked,
            ),
        )


def _by_hunk(hunks: Sequence[Hunk], findings: Iterable[Finding]) -> Mapping[Hunk, list[Finding]]:
    """Return the findings by the hunk that they overlap most closely: one about what was removed lies beside it."""
    found: dict[Hunk, list[Finding]] = {}
    for finding in findings:
        found.setdefault(min(hunks, key=lambda hunk: _distance(hunk, finding)), []).append(finding)
    return found


def _distance(hunk: Hunk, finding: Finding) -> int:
    last = hunk.new_line + max(0, hunk.new_count - 1)
    return max(0, hunk.new_line - finding.end_line, finding.line - last)


def _is_risky(finding: Finding) -> bool:
    return finding.code.startswith(RISKY) and finding.severity is not Severity.HINT


def _severity(finding: Finding) -> int:
    return ORDER.index(finding.severity)


def _deliverable(change: Change, file: FileChange, text: AuditedFile | None, wanted: Named) -> tuple[str, str]:
    """Return the title of the group that a file belongs to, and why: what the task names, else what allows it."""
    for path in sorted(wanted.paths):
        if names_path((path,), file.path):
            return f"For {path}", f"the task names {path}"
    for symbol in sorted(wanted.symbols):
        if text is not None and serves(text, Named(frozenset(), frozenset({symbol}))):
            return f"For {symbol}", f"it touches {symbol}, which the task names"
    decision = decide_file(change, file)
    if change.contract.slug and decision.allowed and decision.glob:
        return f"In {decision.glob}", f"the contract allows {decision.glob}"
    return "Everything else", "it changed"
