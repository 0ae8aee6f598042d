"""AN203: the task says to leave this alone, and it changed."""

from collections.abc import Iterator

from autonav_analysis.audit.deliverables import names_path, names_symbol, non_goals
from autonav_analysis.audit.tracing import touched_symbols
from autonav_analysis.findings import fingerprint, lines_of, shortened, ways_back
from autonav_analysis.rule import Rule
from autonav_protocol.values.audit import Audit
from autonav_protocol.values.finding import Finding, Severity


def check(audit: Audit) -> Iterator[Finding]:
    """Yield one finding for each changed file that, or a symbol of which, the task says to leave alone."""
    left = non_goals(audit.change.contract.task)
    texts = {file.path: file for file in audit.files}
    for file in audit.change.files if left else ():
        text = texts.get(file.path)
        is_named = names_path(left.paths, file.path)
        if not is_named and not (text and left.symbols and names_symbol(left.symbols, touched_symbols(text))):
            continue
        line, end_line = lines_of(file)
        yield Finding(
            code="AN203",
            slug="non-goal-touched",
            severity=Severity.INFORMATION,
            path=file.path,
            line=line,
            end_line=end_line,
            message=shortened(
                f"the task says to leave this alone, and {file.path} changed; put it back, or change the task"
            ),
            fingerprint=fingerprint("AN203", file.path),
            fixes=ways_back(file),
        )


RULE = Rule(
    code="AN203",
    slug="non-goal-touched",
    severity=Severity.INFORMATION,
    summary="The task says to leave this alone, and it changed.",
    what=(
        "The task's words say not to touch, change, edit, rename, remove, refactor or move something, or to leave it "
        "alone, and name a path or a symbol of the change. Other negations are not read: most say what to do. "
        "What must not be touched for certain belongs under `never` in the contract (AN103)."
    ),
    why="A non-goal is what somebody has been bitten by before.",
    example=(
        "```console\n$ autonav start --edit 'src/**' 'retry in src/http.py, without touching src/ftp.py'\n$ autonav check\n"
        "src/ftp.py:3: information AN203 the task says to leave this alone, and src/ftp.py changed; put it back, or change "
        "the task\n```"
    ),
    resolve="- *Put this file back* (`autonav put-back PATH`).\n- Change the task's words.",
    check=check,
    subject=Audit,
)
