"""What running a project's tests proved about the working tree."""

from dataclasses import dataclass
from enum import StrEnum

from autonav_protocol.values.evaluation import Evaluation, TestCounts


class Verdict(StrEnum):
    """What a validation proves: that all is well, that something is not, or nothing."""

    PASSED = "passed"
    FAILED = "failed"
    UNPROVEN = "unproven"


@dataclass(frozen=True)
class Trial:
    """A remedy for a run that proved nothing, tried in the sandbox; `helped` says whether the run then proved something."""

    remedy: str
    helped: bool


@dataclass(frozen=True)
class Validation:
    """One project of a worktree, its tests as they ran and as they ran on the base.

    `folder` is relative to the root, "" for the root itself. `broken` are tests that pass on the base and
    not here, `lost` those that no longer run, `failing` those that failed before too, `fixed` those that pass only
    here, `flaky` those whose outcome differs between runs of the same files: they prove nothing.
    `manifest` is the file that made it a project.
    `failure_class` and `trials` are said where nothing was proved. `old_tests` says that the base's tests ran.
    """

    folder: str
    toolchain: str
    manager: str
    verdict: Verdict
    evaluation: Evaluation
    base: Evaluation | None = None
    manifest: str = ""
    old_tests: bool = False
    broken: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    failing: tuple[str, ...] = ()
    fixed: tuple[str, ...] = ()
    flaky: tuple[str, ...] = ()
    failure_class: str = ""
    reason: str = ""
    trials: tuple[Trial, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def tests(self) -> TestCounts:
        """The counts of this run."""
        return self.evaluation.tests
