"""AN107: a program asks that the task may touch more."""

from collections.abc import Iterator

from autonav_analysis.findings import contract_line, fingerprint, shortened
from autonav_analysis.rule import Rule
from autonav_protocol.values.change import Change
from autonav_protocol.values.finding import Finding, Fix, Severity


def check(change: Change) -> Iterator[Finding]:
    """Yield one finding for each request that nobody has decided."""
    line = contract_line(change, "edit")
    for request in change.requests:
        globs = ", ".join(request.globs)
        yield Finding(
            code="AN107",
            slug="scope-requested",
            severity=Severity.WARNING,
            path=change.contract_path,
            line=line.line,
            end_line=line.line,
            message=shortened(f"request {request.id} from {request.surface} for {globs}: {request.reason}"),
            fingerprint=fingerprint("AN107", change.contract_path, request.id),
            fixes=(
                Fix("allow-request", f"Allow for this task: {globs}", "scope add", {"globs": list(request.globs)}),
                Fix("decline-request", f"Decline: {globs}", "scope decline", {"request": request.id}),
            ),
            related=(line,),
            evidence=(f"asked at {request.at}", request.reason),
        )


RULE = Rule(
    code="AN107",
    slug="scope-requested",
    severity=Severity.WARNING,
    summary="A program asks that the active task may touch more.",
    what="An agent or a script ran `autonav scope request`. Nothing is allowed until a person says so.",
    why="An agent that may ask once need not go round the fence, and you see the reason before the change.",
    example=(
        "```console\n$ autonav scope request 'src/db/pool.py' --reason 'the pool must know the new limit'\n"
        "$ autonav check\n.autonav/tasks/retry.toml:7: warning AN107 request 1 from cli for src/db/pool.py: "
        "the pool must know the new limit\n```"
    ),
    resolve=(
        "- *Allow for this task* (`autonav scope add GLOB`), in the editor or at a terminal.\n"
        "- *Decline* (`autonav scope decline N`)."
    ),
    check=check,
)
