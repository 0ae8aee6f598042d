"""AN102: a symbol changed that the task may not touch, in a file of which it may touch others."""

from collections.abc import Iterator

from autonav_analysis.contracts.scope import SEPARATOR, decide_file, symbols_of, symbols_outside
from autonav_analysis.findings import (
    contract_line,
    evidence_of,
    fingerprint,
    lines_of,
    severity_of,
    shortened,
    ways_back,
)
from autonav_analysis.rule import Rule
from autonav_protocol.values.change import Change
from autonav_protocol.values.finding import Finding, Fix, Severity


def check(change: Change) -> Iterator[Finding]:
    """Yield one finding for each file whose touched symbols are not all among those allowed."""
    for file in change.files:
        decision = decide_file(change, file)
        if decision.allowed or decision.list_name != "symbols":
            continue
        allowed = symbols_of(change.contract.scope, file.path)
        outside = symbols_outside(allowed, file)
        names = [name for name, _ in outside]
        line = outside[0][1] if outside else lines_of(file)[0]
        yield Finding(
            code="AN102",
            slug="symbol-outside",
            severity=severity_of(file),
            path=file.path,
            line=line,
            end_line=line,
            message=shortened(
                f'outside task "{change.contract.slug}": {", ".join(names)} in {file.path}, where only '
                f"{', '.join(allowed)} may change; put it back or allow it"
            ),
            fingerprint=fingerprint("AN102", file.path, *names),
            fixes=(
                *ways_back(file),
                Fix(
                    "allow-symbol",
                    f"Allow for this task: {', '.join(names)}",
                    "scope add",
                    {"globs": [f"{file.path}{SEPARATOR}{name}" for name in names], "to": "symbols"},
                ),
            ),
            related=(contract_line(change, "symbols"),),
            evidence=evidence_of(file),
        )


RULE = Rule(
    code="AN102",
    slug="symbol-outside",
    severity=Severity.ERROR,
    summary="A symbol changed that the active task may not touch.",
    what=(
        "The contract allows only some symbols of this file, and the change touches another. Symbols are compared "
        "by their own text, so lines that shift and definitions that move touch nothing; `<module>` is what lies "
        "outside of every definition, imports for instance."
    ),
    why="In a large file the difference between one method and its neighbours is the difference that matters.",
    example=(
        "```console\n$ autonav start --symbol 'src/http/client.py::Client.get' \"retry\"\n$ autonav check\n"
        'src/http/client.py:88: error AN102 outside task "retry": Client.post in src/http/client.py, where only '
        "Client.get may change; put it back or allow it\n```"
    ),
    resolve=(
        "- *Put this file back* or *this hunk* (`autonav put-back PATH --lines N`).\n"
        "- *Allow for this task* (`autonav scope add --to symbols PATH::NAME`)."
    ),
    check=check,
)
