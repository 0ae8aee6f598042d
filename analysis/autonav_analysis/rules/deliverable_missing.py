"""AN202: what the task names has not changed."""

from collections.abc import Iterator
from dataclasses import replace

from autonav_analysis.audit.deliverables import (
    SEPARATOR,
    deliverables,
    is_place,
    named,
    names_path,
    names_symbol,
)
from autonav_analysis.audit.tracing import touched_symbols
from autonav_analysis.findings import contract_line, fingerprint, shortened
from autonav_analysis.rule import Rule
from autonav_protocol.values.audit import Audit
from autonav_protocol.values.finding import Finding, Fix, Severity


def check(audit: Audit) -> Iterator[Finding]:
    """Yield one finding for each named file, and each symbol of the scope, that did not change; at the end alone."""
    contract = audit.change.contract
    if not audit.surroundings.closing or not contract.slug or not audit.change.files:
        return
    changed = [file.path for file in audit.change.files]
    said, scoped = named(contract.task).paths, deliverables(replace(contract, task="")).paths
    half = any(names_path(said, each) for each in changed)
    for path in sorted(deliverables(contract).paths):
        asked = path in scoped or (half and not path.endswith("/") and not is_place(contract.task, path))
        if asked and not any(names_path((path,), each) for each in changed):
            yield _finding(audit, path)
    for line in contract.scope.symbols:
        path, _, symbol = line.partition(SEPARATOR)
        file = next((each for each in audit.files if each.path == path.removeprefix("/")), None)
        if file is not None and not names_symbol((symbol,), touched_symbols(file)):
            yield _finding(audit, line)


def _finding(audit: Audit, wanted: str) -> Finding:
    line = contract_line(audit.change, "task")
    return Finding(
        code="AN202",
        slug="deliverable-missing",
        severity=Severity.INFORMATION,
        path=audit.change.contract_path,
        line=line.line,
        end_line=line.line,
        message=shortened(f"{wanted} is named by the task and did not change; is something left to do?"),
        fingerprint=fingerprint("AN202", audit.change.contract_path, wanted),
        fixes=(Fix("finish", "Finish the task all the same", "finish"),),
        related=(line,),
    )


RULE = Rule(
    code="AN202",
    slug="deliverable-missing",
    severity=Severity.INFORMATION,
    summary="What the task names has not changed.",
    what=(
        "A single file of the scope or a symbol of it has no change, or a file in the task's words while another that is "
        "named there has. Told by `check` and "
        "`finish`, never while the work goes on."
    ),
    why="Half of a task is easily taken for the whole when its tests are green.",
    example=(
        "```console\n$ autonav start --edit 'src/**' 'retry in src/http.py and src/ftp.py'\n$ autonav check\n"
        ".autonav/tasks/retry.toml:4: information AN202 src/ftp.py is named by the task and did not change; is something "
        "left to do?\n```"
    ),
    resolve="- Do what is left.\n- Finish the task all the same (`autonav finish`).",
    check=check,
    subject=Audit,
)
