"""AN101: a file changed that the task may not touch."""

from collections.abc import Iterator

from autonav_analysis.contracts.scope import decide
from autonav_analysis.findings import (
    allow,
    contract_line,
    fingerprint,
    lines_of,
    put_back,
    shortened,
    size_of,
)
from autonav_analysis.rule import Rule
from autonav_protocol.values.change import Change, FileChange
from autonav_protocol.values.finding import Finding, Severity


def check(change: Change) -> Iterator[Finding]:
    """Yield one finding for each changed path that no list of the contract allows."""
    for file in change.files:
        decision = decide(change.contract.scope, change.protected, file.path, file.kind)
        if decision.allowed or decision.list_name == "protected":
            continue
        line, end_line = lines_of(file)
        yield Finding(
            code="AN101",
            slug="scope-outside",
            severity=Severity.ERROR,
            path=file.path,
            line=line,
            end_line=end_line,
            message=_message(change, file, decision.list_name, decision.glob),
            fingerprint=fingerprint("AN101", file.path, file.kind),
            fixes=(put_back(file), allow(file)) if decision.list_name != "never" else (put_back(file),),
            related=(contract_line(change, decision.list_name or "edit"),),
            evidence=_evidence(file),
        )


def _message(change: Change, file: FileChange, list_name: str, glob: str) -> str:
    place = f'outside task "{change.contract.slug}": {file.path} ({size_of(file)})'
    if list_name:
        return shortened(f"{place} matches `{glob}` in {list_name}; put it back")
    scope = change.contract.scope
    globs = scope.create if file.before is None and scope.create else scope.edit
    listed = ", ".join(globs[:3]) + (", …" if len(globs) > 3 else "")
    return shortened(f"{place} is not in scope [{listed}]; put it back or allow it")


def _evidence(file: FileChange) -> tuple[str, ...]:
    said = (f"written by: {file.attribution}",)
    return (
        (*said, "what it should be could not be decided: a merge left this path in conflict")
        if file.ambiguous
        else said
    )


RULE = Rule(
    code="AN101",
    slug="scope-outside",
    severity=Severity.ERROR,
    summary="A file changed that the active task may not touch.",
    what=(
        "The file differs from what the worktree would be without the task, and no list of the "
        "contract allows that. Who wrote it does not matter: an editor, an agent, `sed`, a formatter. "
        "Your own pull, merge, rebase, checkout and stash raise nothing, and committing the change "
        "does not hide it."
    ),
    why=(
        "A change outside the task is the change nobody reviews: the request named some files, "
        "and the rest rides along."
    ),
    example=(
        "```console\n$ autonav start --edit 'src/http/**' \"retry with backoff\"\n"
        "$ sed -i s/5/50/ src/db/pool.py\n$ autonav check\n"
        'src/db/pool.py:3: error AN101 outside task "retry-with-backoff": src/db/pool.py (+1 -1) is not in '
        "scope [src/http/**]; put it back or allow it\n```"
    ),
    resolve=(
        "- *Put this file back* (`autonav put-back PATH`) writes the bytes it would have without the task; "
        "`autonav undo` brings the change again.\n"
        "- *Allow this file for this task* (`autonav scope add GLOB`) widens the contract, and is recorded."
    ),
    check=check,
)
