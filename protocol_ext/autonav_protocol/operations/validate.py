"""Run the project's tests in a sandbox and judge them against the base."""

from pydantic import Field

from autonav_protocol.operation import Effect, Operation, Params, Result, argument, option
from autonav_protocol.values.evaluation import TestCounts
from autonav_protocol.values.finding import Finding
from autonav_protocol.values.target import TargetRow
from autonav_protocol.values.validation import Validation, Verdict


class ValidateParams(Params):
    """Run the tests of every project here, in a sandbox, on a copy of the working tree.

    Each outcome is held against the base: what the tree would be without the task, or the last commit where
    no task is active. Tests that fail there too are not this change's doing, and tests that give two answers for
    the same files prove nothing. A task's own commands are run too, where it has any. With `targets` it is AutoNav
    itself that is measured, in its own checkout: each row says go or no-go, or why this machine cannot tell.
    """

    tests: tuple[str, ...] = argument(
        "Tests to run, by their ids, or with `targets` rows, by their names; all by default.", default=(), metavar="ID"
    )
    old_tests: bool = Field(
        default=False, description="Run the tests of the base on the new code: did it stay what others rely on?"
    )
    project: str | None = option("Only the project in this folder, relative to the root.", None, metavar="FOLDER")
    seconds: float | None = option("CPU seconds that one run may take.", None, metavar="N", gt=0)
    build: bool = Field(default=False, description="Build each project first, where it says how.")
    smoke: bool = Field(
        default=False, description="Check first that each project can be loaded, where that can be told."
    )
    fresh: bool = Field(default=False, description="Run all of it, also what is known for these very files.")
    targets: bool = Field(
        default=False, description="Measure AutoNav's own targets of speed and size here instead, which takes minutes."
    )


class ValidateResult(Result):
    """The verdict of all projects together, the counts of their tests, and what each of them proved.

    `targets` are the rows that were asked for; then there are no projects.
    """

    schema_version: int = 1
    verdict: Verdict
    tests: TestCounts
    guarantees: dict[str, bool]
    projects: tuple[Validation, ...]
    findings: tuple[Finding, ...] = ()
    targets: tuple[TargetRow, ...] = ()


OPERATION = Operation(
    "validate", "Run the tests", ValidateParams, ValidateResult, Effect.EXECUTE, formats=("sarif", "github")
)
