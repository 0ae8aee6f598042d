"""AN805: another tool finds something in the lines that a change touches."""

from collections.abc import Iterator

from autonav_analysis.findings import fingerprint, put_back, put_hunk_back, shortened
from autonav_analysis.rule import Rule
from autonav_protocol.values.change import FileChange, Hunk
from autonav_protocol.values.finding import Finding, Severity
from autonav_protocol.values.foreign import ForeignReport, ForeignResult

SEVERITIES = {
    "error": Severity.WARNING,
    "warning": Severity.WARNING,
    "note": Severity.INFORMATION,
    "none": Severity.HINT,
}
MOST_QUOTED = 140


def check(report: ForeignReport) -> Iterator[Finding]:
    """Yield one finding for each result that touches a changed line, or speaks of a whole file that is new."""
    files = {file.path: file for file in report.change.files if file.after is not None}
    for result in report.results:
        file = files.get(result.path)
        if file is None:
            continue
        hunk = next((each for each in file.hunks if _touches(result, each)), None)
        if file.before is None or hunk is not None:
            yield _finding(file, hunk, result)


def _touches(result: ForeignResult, hunk: Hunk) -> bool:
    last = hunk.new_line + hunk.new_count - 1
    return hunk.new_count > 0 and result.line <= last and hunk.new_line <= result.end_line


def _finding(file: FileChange, hunk: Hunk | None, result: ForeignResult) -> Finding:
    source = f"{result.tool} {result.rule}".strip()
    said = result.message if len(result.message) <= MOST_QUOTED else result.message[: MOST_QUOTED - 1] + "…"
    return Finding(
        code="AN805",
        slug="foreign-finding",
        severity=SEVERITIES[result.level],
        path=file.path,
        line=max(1, result.line),
        end_line=max(1, result.end_line),
        message=shortened(f"{source}: {said}; mend it, or put it back"),
        fingerprint=fingerprint("AN805", file.path, result.tool, result.rule, result.message),
        fixes=(put_back(file) if file.before is None or hunk is None else put_hunk_back(file, hunk),),
        evidence=(f"{source}, level {result.level}: {result.message}",),
    )


RULE = Rule(
    code="AN805",
    slug="foreign-finding",
    severity=Severity.WARNING,
    summary="Another tool finds something in the lines that the change touches.",
    what=(
        "A report that was given with `--sarif-in` (SARIF 2.1.0: linters, type checkers, CodeQL, scanners) has a result "
        "in lines that the change added or altered; the message begins with the tool and its own rule. Results in other "
        "lines, and those that the tool itself suppresses, are left out; one about a whole file counts where the file is "
        "new. `error` and `warning` of the tool are a warning here, `note` is information and `none` a hint: an error "
        "is a breach of the contract, the budget or a secret.\n\nThe report must be of the files as they now are. Paths "
        "without a base are taken from the root of the worktree."
    ),
    why="What a tool has always found hides what it finds because of this change.",
    example=(
        "```console\n$ ruff check --output-format sarif -o /tmp/ruff.sarif; autonav check --sarif-in /tmp/ruff.sarif\n"
        "src/cart.py:3: warning AN805 ruff F401: `os` imported but unused; mend it, or put it back\n```"
    ),
    resolve=(
        "- Mend it, run the tool again and give its new report.\n- *Put this hunk back* (`autonav put-back PATH --lines "
        "LINE`).\n- `autonav: allow AN805 REASON` in a comment above."
    ),
    check=check,
    subject=ForeignReport,
)
