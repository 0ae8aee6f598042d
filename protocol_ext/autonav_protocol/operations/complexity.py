"""Measure the complexity of functions."""

from autonav_protocol.operation import Effect, Operation, Params, Result, argument, option
from autonav_protocol.values.complexity import FunctionComplexity


class ComplexityParams(Params):
    """Measure every function of the given files or folders, most complex first.

    Folders are walked through git: ignored files are left out.
    """

    paths: tuple[str, ...] = argument("Files or folders; the whole worktree by default.", default=(), metavar="PATH")
    top: int | None = option("Only the N most complex.", None, metavar="N", ge=1)
    at_least: int = option("Only functions of at least this cognitive complexity.", 0, metavar="N", ge=0)


class ComplexityResult(Result):
    """The functions, most complex first, and the files that could not be measured, each with why."""

    schema_version: int = 1
    functions: tuple[FunctionComplexity, ...]
    problems: tuple[str, ...] = ()


OPERATION = Operation("complexity", "Measure complexity", ComplexityParams, ComplexityResult, Effect.READ)
