"""Which project of a worktree holds a test, how its tests are run once, and what is built for all its candidates first."""

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from autonav_analysis.toolchains import Project, detect
from autonav_protocol.errors import Unavailable
from autonav_protocol.values.evaluation import Evaluation
from autonav_server.confinement.job import Limits
from autonav_server.evaluation.commands import run_command
from autonav_server.evaluation.evaluate import run_tests
from autonav_server.sandbox import Sandbox
from autonav_server.toolchain import KEPT, PYTEST, Tests, toolchains_by_name

UNLIMITED_VIRTUAL = 64 << 30
"""Node, Go and Java reserve far more addresses than they use; what they use is limited for all together."""

NEXT_STEP = "so far projects of Python (pytest), Node (node --test, jest, vitest) and Go are"


def projects_in(checkout: str) -> tuple[Project, ...]:
    """Return the projects of a checkout that have tests."""

    def read(path: str) -> bytes:
        with open(os.path.join(checkout, path), "rb") as file:
            return file.read()

    return tuple(each for each in detect(paths_in(checkout), read) if each.test)


def paths_in(checkout: str) -> Iterator[str]:
    """Yield the paths of the files of a checkout."""
    for folder, _, names in os.walk(checkout):
        yield from (os.path.relpath(os.path.join(folder, name), checkout) for name in names)


def explorable(root: str, checkout: str, named: str, interpreter: str | None) -> list[Project]:
    """Return the projects whose candidates can be judged, those first whose files a test or path is named after.

    Raises Unavailable where there is none.
    """
    known = [each for each in toolchains_by_name().values() if each.explored]
    wholes = [found for each in known if (found := each.whole(root, interpreter)) is not None]
    taken = {each.toolchain for each in wholes}
    kinds = {each.name for each in known} - taken
    found = [*wholes, *(each for each in projects_in(checkout) if each.toolchain in kinds and each.report is not None)]
    file = named.partition("::")[0].partition(" > ")[0]
    mine = [each for each in found if file.endswith(tuple(toolchains_by_name()[each.toolchain].suffixes))]
    others = [each for each in found if each not in wholes] or found
    if not found:
        raise Unavailable(f"no tests that can be explored were recognised in {root}", NEXT_STEP)
    return mine or others


def how_tested(root: str, project: Project | None, interpreter: str | None, kept: str = "") -> Tests:
    """Return how the tests of a project run, of the root itself where None is given; raise Unavailable where they do not.

    `kept` is the folder of what was built before.
    """
    known = toolchains_by_name()
    if project is None:
        project = next((found for each in known.values() if (found := each.whole(root, interpreter))), None)
    if project is None:
        raise Unavailable(f"no tests were recognised in {root}", NEXT_STEP)
    tests = known[project.toolchain].tests(root, project, interpreter)
    if not tests.kept or not os.path.isdir(kept):
        return tests
    environment = {**tests.environment, tests.kept: kept}
    return replace(tests, environment=environment, readable=(*tests.readable, kept))


def each_within(tests: Tests, seconds: float) -> Tests:
    """Return how tests run where pytest fails one that uses more CPU time than so many seconds; any may for 0."""
    environment = {**tests.environment, "AUTONAV_TEST_SECONDS": f"{seconds:g}"}
    return replace(tests, environment=environment) if seconds else tests


def limits_for(project: Project, limits: Limits) -> Limits:
    """Return limits under which a project's programs can start."""
    known = toolchains_by_name().get(project.toolchain)
    return replace(limits, memory_bytes=UNLIMITED_VIRTUAL) if known is None or known.reserves else limits


def run_once(
    sandbox: Sandbox, tests: Tests, checkout: str, root: str, limits: Limits, ids: Sequence[str] = ()
) -> Evaluation:
    """Run tests, or at least those named, in a process of their own."""
    if tests.report == PYTEST:
        return run_tests(sandbox, tests, checkout, root, limits, ids).evaluation
    chosen = replace(tests, argv=tests.select(tests.argv, ids)) if ids else tests
    return run_command(sandbox, chosen, checkout, root, limits)


def built(sandbox: Sandbox, tests: Tests, checkout: str, root: str, limits: Limits, home: str) -> str:
    """Build once what all candidates share and return its folder below `home`, "" where there is nothing to build.

    None of the project's own code runs, so that no candidate can have been at what the next one is built from.
    """
    if not tests.fill:
        return ""
    environment: Mapping[str, str] = {**tests.environment, tests.kept: os.path.join("{checkout}", KEPT)}
    filling = replace(tests, argv=tests.fill, environment=environment, report=None)
    run_command(sandbox, filling, checkout, root, limits)
    made, kept = os.path.join(checkout, KEPT), os.path.join(home, f"kept-{tests.folder.replace(os.sep, '-')}")
    if not os.path.isdir(made):
        return ""
    shutil.move(made, kept)
    return kept


class ColdRunner:
    """The tests of a checkout, each time in a process of their own, with what earlier runs left in the checkout."""

    def __init__(self, sandbox: Sandbox, tests: Tests, checkout: str, root: str, limits: Limits) -> None:
        self._known = sandbox, tests, checkout, root
        self._limits = limits

    def run(self, *ids: str, cpu_seconds: int) -> Evaluation:
        """Run at least the tests named (all, by default) for so many CPU seconds at the most."""
        return run_once(*self._known, cut(self._limits, cpu_seconds), ids)

    def close(self) -> None:
        """Nothing is kept that would have to end."""


def cut(limits: Limits, cpu_seconds: int) -> Limits:
    """Return limits for a run of so many CPU seconds; wall time only ends what hangs."""
    return replace(limits, cpu_seconds=cpu_seconds, wall_seconds=min(limits.wall_seconds, 4.0 * cpu_seconds + 10))
