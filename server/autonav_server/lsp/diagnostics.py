"""Findings as diagnostics: places, caps, and where a file that cannot be opened is shown."""

import os
from collections import defaultdict
from collections.abc import Iterable, Mapping
from urllib.parse import quote, unquote_to_bytes, urlsplit

from lsprotocol import types

from autonav_analysis.judging import all_rules
from autonav_protocol.values.finding import Finding, Fix, Severity
from autonav_server.worktree.paths import cache_folder

PER_FILE, PER_WORKTREE = 20, 200
SOURCE = "autonav"
SEVERITY = {
    Severity.ERROR: types.DiagnosticSeverity.Error,
    Severity.WARNING: types.DiagnosticSeverity.Warning,
    Severity.INFORMATION: types.DiagnosticSeverity.Information,
    Severity.HINT: types.DiagnosticSeverity.Hint,
}
LONG_LINE = 2**31 - 1


def uri_of(path: str) -> str:
    """Return the file URI of an absolute path, any bytes included."""
    return "file://" + quote(os.fsencode(path), safe="/")


def path_of(uri: str) -> str | None:
    """Return the absolute path of a file URI, None for another scheme."""
    parts = urlsplit(uri)
    return os.fsdecode(unquote_to_bytes(parts.path)) if parts.scheme == "file" else None


def by_uri(root: str, findings: Iterable[Finding], contract_path: str) -> dict[str, list[types.Diagnostic]]:
    """Return diagnostics for each URI: at most PER_FILE each and PER_WORKTREE in all, then one summary.

    What has no text to show (a deleted or binary file) stands on the contract's line that decides,
    with the path in its message.
    """
    found: dict[str, list[types.Diagnostic]] = defaultdict(list)
    left: list[Finding] = []
    total = 0
    for finding in findings:
        shown = finding.path if os.path.isfile(os.path.join(root, finding.path)) else contract_path
        uri = uri_of(os.path.join(root, shown or finding.path))
        if total >= PER_WORKTREE or len(found[uri]) >= PER_FILE:
            left.append(finding)
            continue
        total += 1
        line = None if shown == finding.path else next((each.line for each in finding.related if each.path == shown), 1)
        found[uri].append(diagnostic(root, finding, at=line))
    if left:
        found[uri_of(os.path.join(root, contract_path))].append(_summary(root, left))
    return {uri: each for uri, each in found.items() if each}


def diagnostic(root: str, finding: Finding, *, at: int | None = None) -> types.Diagnostic:
    """Return one finding as a diagnostic that carries its fixes as data, at a line of another file where given."""
    return types.Diagnostic(
        range=line_range(at or finding.line, at or finding.end_line),
        message=finding.message,
        severity=SEVERITY[finding.severity],
        code=finding.code,
        code_description=types.CodeDescription(href=_page_uri(finding.code)),
        source=SOURCE,
        related_information=[
            types.DiagnosticRelatedInformation(
                location=types.Location(
                    uri=uri_of(os.path.join(root, each.path)), range=line_range(each.line, each.line)
                ),
                message=each.message,
            )
            for each in finding.related
            if (each.path, each.line) != (finding.path, finding.line)
        ],
        data={
            "worktree": root,
            "fingerprint": finding.fingerprint,
            "fixes": [
                {"id": fix.id, "title": fix.title, "operation": fix.operation, "params": dict(fix.params)}
                for fix in finding.fixes
            ],
        },
    )


def line_range(line: int, end_line: int) -> types.Range:
    """Return whole lines, 1-based and inclusive, as a range; clients cut the end at the line's length."""
    start, end = max(0, line - 1), max(0, end_line - 1)
    return types.Range(start=types.Position(line=start, character=0), end=types.Position(line=end, character=LONG_LINE))


def fixes_in(diagnostic: types.Diagnostic) -> tuple[str, list[Mapping[str, object]]]:
    """Return the worktree and the fixes that a diagnostic of ours carries."""
    data = diagnostic.data
    if diagnostic.source != SOURCE or not isinstance(data, dict):
        return "", []
    fixes = data.get("fixes")
    return str(data.get("worktree", "")), [each for each in fixes if isinstance(each, dict)] if isinstance(
        fixes, list
    ) else []


def _summary(root: str, left: list[Finding]) -> types.Diagnostic:
    writable = [fix for each in left for fix in each.fixes if fix.operation == "put-back"]
    paths = [path for fix in writable for path in fix.params["paths"]]
    expected = {path: image for fix in writable for path, image in fix.params["expected"].items()}
    worst = min(left, key=lambda each: list(Severity).index(each.severity))
    summary = Finding(
        code=worst.code,
        slug=worst.slug,
        severity=worst.severity,
        path=worst.path,
        line=1,
        end_line=1,
        message=f"and {len(left):,} more findings in {len({each.path for each in left}):,} files; autonav check lists them",
        fingerprint="summary",
        fixes=(
            Fix(
                "put-back-rest",
                f"Put these {len(paths):,} files back",
                "put-back",
                {"paths": paths, "expected": expected},
            ),
        ),
    )
    return diagnostic(root, summary)


def _page_uri(code: str) -> str:
    """Return the URI of the rule's page, written to the cache so that it opens offline."""
    path = cache_folder() / "rules" / f"{code}.md"
    if path not in _written:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        path.write_text(all_rules()[code].page, "utf-8")
        _written.add(path)
    return uri_of(str(path))


_written: set[object] = set()
