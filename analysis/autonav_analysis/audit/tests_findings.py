"""Building findings about tests: what was, what is, what puts it back, and running the old test on the new code."""

import os
import re
from collections.abc import Iterable, Sequence

from tree_sitter import Node

from autonav_analysis.audit.tests import PYTEST_FILE, identity
from autonav_analysis.audit.tests_pairing import Placed
from autonav_analysis.changes.hunks import covers
from autonav_analysis.findings import fingerprint, put_back, put_hunk_back, shortened
from autonav_protocol.values.audit import Audit, AuditedFile
from autonav_protocol.values.finding import Finding, Fix, Related, Severity

MOST_SHOWN = 6
QUOTED = 70
COLLECTED = {
    "python": PYTEST_FILE,
    "go": re.compile(r".*_test\.go$"),
    "rust": re.compile(r".*"),
}
COLLECTED_JAVASCRIPT = re.compile(r".*[._-](test|spec)s?\.\w+$")
FOR_TESTS = re.compile(r"(^|/)(__tests__|test|tests)/")


def is_collected(path: str, language: str) -> bool:
    """Return whether a runner looks for tests in a file of this name."""
    named = COLLECTED.get(language, COLLECTED_JAVASCRIPT).match(os.path.basename(path)) is not None
    return named or (language not in COLLECTED and FOR_TESTS.search(path) is not None)


def is_red(audit: Audit, placed: Placed) -> bool:
    """Return whether the old test of this name was run on the new code, as it now is, and failed."""
    return any(_names(each, placed) for each in audit.surroundings.red_old_tests)


def run_old(*placed: Placed) -> Fix:
    """Return the action that runs the old tests on the new code; all, where one has no name before it runs."""
    names = [identity(each.file.path, each.definition.qualified) for each in placed if each.language == "python"]
    named = [each for each in names if each is not None]
    tests = named if len(named) == len(placed) else []
    title = "Run the old test on the new code" if len(tests) == 1 else "Run the old tests on the new code"
    return Fix("run-old-test", title, "validate", {"tests": tests, "old_tests": True})


def hunk_back(file: AuditedFile, old_line: int, new_line: int) -> Fix:
    """Return the action that puts back the hunk at these lines, the whole file where no hunk is there."""
    hunks = file.change.hunks if file.after is not None else ()
    exact = (hunk for hunk in hunks if hunk.old_line <= old_line < hunk.old_line + hunk.old_count)
    found = next(exact, None) or next((hunk for hunk in hunks if covers(hunk, new_line)), None)
    if found is None and hunks and file.before is not None:
        found = min(hunks, key=lambda hunk: abs(hunk.new_line - new_line))
    return put_hunk_back(file.change, found) if found is not None else put_back(file.change)


def added_rows(file: AuditedFile) -> tuple[int, int]:
    """Return the rows, from 0, from the first that a change adds to behind the last."""
    added = [each for each in file.change.hunks if each.new_count]
    ends = (each.new_line - 1 + each.new_count for each in added)
    return min((each.new_line - 1 for each in added), default=0), max(ends, default=0)


def on_added_line(file: AuditedFile, node: Node) -> bool:
    """Return whether a change adds a line of a piece of code."""
    first, last = node.start_point[0] + 1, node.end_point[0] + 1
    return any(
        hunk.new_count and hunk.new_line <= last and hunk.new_line + hunk.new_count > first
        for hunk in file.change.hunks
    )


def before_after(pairs: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Return what was and what is, as evidence; the first few."""
    shown = list(pairs)
    said = [f"{_or_nothing(was)} -> {_or_nothing(now)}" for was, now in shown[:MOST_SHOWN]]
    return (*said, *([f"and {len(shown) - MOST_SHOWN} more"] if len(shown) > MOST_SHOWN else []))


def quoted(text: str) -> str:
    """Return a piece of code as it stands in a message."""
    text = " ".join(text.split())
    return f"`{text if len(text) <= QUOTED else text[: QUOTED - 1] + '…'}`"


def finding(
    rule: tuple[str, str], severity: Severity, file: AuditedFile, line: int, message: str, *,
    about: Sequence[str], fixes: Sequence[Fix], evidence: Sequence[str] = (), related: Sequence[Related] = (),
) -> Finding:  # fmt: skip
    """Return a finding on one line; `rule` is code and slug, `about` what makes its fingerprint beside the path."""
    code, slug = rule
    return Finding(
        code=code, slug=slug, severity=severity, path=file.path, line=max(1, line), end_line=max(1, line),
        message=shortened(message), fingerprint=fingerprint(code, file.path, *about), fixes=tuple(fixes),
        related=tuple(related), evidence=tuple(evidence),
    )  # fmt: skip


def _or_nothing(text: str) -> str:
    return text or "nothing"


def _names(run: str, placed: Placed) -> bool:
    """Return whether a name from a run is that of a test."""
    qualified = placed.definition.qualified
    if placed.language == "python":
        own = identity(placed.file.path, qualified)
        bare = run.partition("[")[0]
        return own is not None and (own == bare or own.endswith(f"/{bare}"))
    if placed.language == "go":
        return re.search(rf"\.{re.escape(qualified)}(/|$)", run) is not None
    separator = "::" if placed.language == "rust" else " > "
    return run == qualified or run.endswith(separator + qualified)
