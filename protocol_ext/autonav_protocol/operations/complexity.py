"""Measure the complexity of functions."""

from typing import Literal

from pydantic import Field

from autonav_protocol.operation import Effect, Operation, Params, Result, argument, option
from autonav_protocol.values.complexity import FunctionComplexity
from autonav_protocol.values.finding import Finding


class ComplexityParams(Params):
    """Measure every function of the given files or folders, most complex first.

    Folders are walked through git: ignored files are left out. With `diff` only functions of files
    that changed since this branch left that commit are measured, and those that grew are findings.
    Exit code 1 when a function is above `over`, or a finding at or above `fail_on`.
    """

    paths: tuple[str, ...] = argument("Files or folders; the whole worktree by default.", default=(), metavar="PATH")
    top: int | None = option("Only the N most complex.", None, metavar="N", ge=1)
    at_least: int = option("Only functions of at least this cognitive complexity.", 0, metavar="N", ge=0)
    profile: Literal["sonar", "ruff", "radon", "complexipy"] = Field(
        default="sonar",
        description="Whose way of counting: the white paper's and McCabe's, or that of a tool for Python.",
    )
    diff: str | None = option("Measure what changed since the branch left this commit or branch.", None, metavar="REF")
    over: int | None = option("Exit with 1 when a function's cognitive complexity is above N.", None, metavar="N", ge=0)
    fail_on: Literal["error", "warning", "information", "hint", "never"] = Field(
        default="error", description="The least severity of a finding that makes the exit code 1."
    )


class ComplexityResult(Result):
    """The functions, most complex first, the findings of `diff`, and what could not be measured, each with why."""

    schema_version: int = 1
    functions: tuple[FunctionComplexity, ...]
    findings: tuple[Finding, ...] = ()
    problems: tuple[str, ...] = ()


OPERATION = Operation(
    "complexity", "Measure complexity", ComplexityParams, ComplexityResult, Effect.READ, formats=("sarif", "github")
)
