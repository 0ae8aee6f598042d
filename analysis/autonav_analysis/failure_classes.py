"""Why a run of tests proved nothing, told from what it printed."""

import re
from typing import NamedTuple

from autonav_protocol.values.evaluation import Evaluation

MISSING = (
    re.compile(r"ModuleNotFoundError: No module named '([\w.]+)'"),
    re.compile(r"Cannot find module '([^'./][^']*)'"),
    re.compile(r"Error \[ERR_MODULE_NOT_FOUND\]: Cannot find package '([^']+)'"),
    re.compile(r'no required module provides package "?([\w./-]+)"?'),
    re.compile(r"error\[E0432\]: unresolved import `([\w:]+)`"),
    re.compile(r"package ([\w.]+) does not exist"),
)
DRIFT = re.compile(
    r"(lock ?file .{0,40}(out of date|not up to date|needs to be updated)|requires-python|Unsupported engine|"
    r"requires a different Python|EBADENGINE|go\.mod requires go|ImportError: cannot import name)", re.IGNORECASE
)  # fmt: skip
NOTHING = re.compile(
    r"(no tests? (ran|found|collected|files? found)|collected 0 items|Ran 0 tests|no test files)", re.IGNORECASE
)
MEMORY = re.compile(r"(MemoryError|JavaScript heap out of memory|OutOfMemoryError|cannot allocate memory)")
NOWHERE = re.compile(r"(file or directory not found|No such file or directory|ENOENT|could not find `?Cargo\.toml)")


class FailureClass(NamedTuple):
    """A kind of failure and what it is about: the module that is missing, "waiting" where what ran out of time slept."""

    name: str
    about: str = ""


def failure_class(evaluation: Evaluation, texts: tuple[str, ...] = ()) -> FailureClass | None:
    """Return the class of a run that proved nothing, None for one that has none of these reasons.

    `texts` is what was said beside the output, such as why files could not be collected.
    """
    said = "\n".join((*(command.output for command in evaluation.commands), *texts, evaluation.problem))
    if evaluation.problem.endswith("ran out of memory") or MEMORY.search(said):
        return FailureClass("out_of_memory")
    if "CPU time" in evaluation.problem or "time limit" in evaluation.problem:
        return FailureClass("timeout", "" if "CPU time" in evaluation.problem else "waiting")
    for pattern in MISSING:
        if match := pattern.search(said):
            return FailureClass("missing_dependency", match[1])
    if DRIFT.search(said):
        return FailureClass("environment_drift")
    if not evaluation.outcomes and NOTHING.search(said):
        return FailureClass("nothing_collected")
    if NOWHERE.search(said):
        return FailureClass("wrong_directory")
    if not evaluation.outcomes and evaluation.tests.collected == 0 and not evaluation.problem:
        return FailureClass("nothing_collected")
    return None
