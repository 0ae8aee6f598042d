"""AN304: much code of one file is gone, and stands nowhere else."""

import re
from collections import Counter
from collections.abc import Iterator

from autonav_analysis.audit.paths import is_source, is_tooling
from autonav_analysis.findings import fingerprint, put_back, shortened
from autonav_analysis.rule import Rule
from autonav_protocol.values.audit import Audit, AuditedFile
from autonav_protocol.values.finding import Finding, Severity

MANY, VERY_MANY = 100, 200
"""Net lines: 0.8 % and 0.3 % of 1,829 commits lose so many from one file; with words for it in the task 0.1 %."""

MEANT = re.compile(
    r"\b(remov\w*|drop\w*|delet\w*|revert\w*|split\w*|mov(e|es|ed|ing)|vendor\w*|extract\w*|clean\w*|rewr[io]t\w*|redesign\w*)\b",
    re.IGNORECASE,
)


def check(audit: Audit) -> Iterator[Finding]:
    """Yield one finding for each file of code that lost MANY lines which were not moved."""
    added = Counter(line for file in audit.files for line in _lines(file, "added"))
    for file in audit.files:
        if not is_source(file.path):
            continue
        removed = Counter(_lines(file, "removed"))
        lost = min(file.change.removed - file.change.added, sum((removed - added).values()))
        if lost < MANY or _is_translated(audit, file):
            continue
        warns = lost >= VERY_MANY and not is_tooling(file.path) and not MEANT.search(audit.change.contract.task)
        yield Finding(
            code="AN304",
            slug="large-deletion",
            severity=Severity.WARNING if warns else Severity.INFORMATION,
            path=file.path,
            line=1,
            end_line=1,
            message=shortened(f"{lost:,} lines of {file.path} are gone and stand nowhere else; were they meant to go?"),
            fingerprint=fingerprint("AN304", file.path),
            fixes=(put_back(file.change),),
        )


def _is_translated(audit: Audit, gone: AuditedFile) -> bool:
    """Return whether a file is gone and one of the same name in another language, half as long or more, is new."""
    stem, _, ending = gone.path.rpartition("/")[2].partition(".")
    new = [each for each in audit.files if each.before is None and is_source(each.path)] if gone.after is None else []
    named = ((*each.path.rpartition("/")[2].partition(".")[::2], each.change.added) for each in new)
    return any(name == stem and other != ending and added * 2 >= gone.change.removed for name, other, added in named)


def _lines(file: AuditedFile, which: str) -> Iterator[bytes]:
    """Yield the lines that a change added or removed, without their indentation; empty ones left out."""
    text = (file.after if which == "added" else file.before) or b""
    lines = text.split(b"\n")
    for hunk in file.change.hunks:
        start, count = (hunk.new_line, hunk.new_count) if which == "added" else (hunk.old_line, hunk.old_count)
        yield from filter(None, (line.strip() for line in lines[start - 1 : start - 1 + count]))


RULE = Rule(
    code="AN304",
    slug="large-deletion",
    severity=Severity.WARNING,
    summary="Much code of one file is gone.",
    what=(
        "A file of code, no test and nothing generated, lost 100 lines or more, net, which were not moved to another "
        "file of the change nor translated into another language. From 200 on it warns, "
        "unless the file is a script or an example, or the "
        "task says that something is to be removed, moved or split."
    ),
    why="Code that stands in the way of a task is easily thrown out with it, and nobody reads what is not there.",
    example=(
        "```console\n$ autonav check\nsrc/retry.py:1: warning AN304 240 lines of src/retry.py are gone and stand nowhere "
        "else; were they meant to go?\n```"
    ),
    resolve="- *Put this file back* (`autonav put-back PATH`).\n- Say in the task what is to be removed.",
    check=check,
    subject=Audit,
)
