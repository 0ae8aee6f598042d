"""AN310: a function became clearly harder to follow, or a hard one is new."""

from collections.abc import Iterator

from autonav_analysis.findings import fingerprint, shortened
from autonav_analysis.rule import Rule
from autonav_protocol.values.complexity import ComplexityChange
from autonav_protocol.values.finding import Finding, Fix, Severity

GROWTH, FLOOR, NEW = 5, 15, 25
"""Growth of so much to more than the floor, or so much at once: 3.2 % and 1.2 % of 1,304 commits that touch code do."""


def check(change: ComplexityChange) -> Iterator[Finding]:
    """Yield one finding when a function grew by GROWTH to more than FLOOR, or is new with NEW or more."""
    if change.before is None:
        if change.after < NEW:
            return
        said = f"{change.name} is new with cognitive complexity {change.after}"
    else:
        if change.after - change.before < GROWTH or change.after <= FLOOR:
            return
        said = f"{change.name} grew from cognitive complexity {change.before} to {change.after}"
    yield Finding(
        code="AN310",
        slug="complexity-grew",
        severity=Severity.INFORMATION,
        path=change.path,
        line=change.line,
        end_line=change.line,
        message=shortened(f"{said}; a part of it may want a name of its own"),
        fingerprint=fingerprint("AN310", change.path, change.name),
        fixes=(Fix("measure", f"Measure {change.path}", "complexity", {"paths": [change.path]}),),
    )


RULE = Rule(
    code="AN310",
    slug="complexity-grew",
    severity=Severity.INFORMATION,
    summary="A function became clearly harder to follow.",
    what=(
        "Its cognitive complexity grew by 5 or more to over 15, or it is new with 25 or more. Functions without a name "
        "are not compared. `autonav complexity --diff REF` looks; nothing is said while you work."
    ),
    why="What is hard to follow is where the next change goes wrong. It orders a review and judges nobody.",
    example=(
        "```console\n$ autonav complexity --diff main\nsrc/retry.py:12: information AN310 send grew from cognitive "
        "complexity 11 to 19; a part of it may want a name of its own\n```"
    ),
    resolve="- Give a part a name of its own, or return early.\n- Leave it, where the work is that hard.",
    check=check,
    subject=ComplexityChange,
)
