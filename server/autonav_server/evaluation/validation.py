"""Validating a working tree: each project's tests on it and on the base; blocking, and run by the explorer process."""

import json
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from blake3 import blake3
from pydantic import TypeAdapter

from autonav_analysis.failure_classes import failure_class
from autonav_analysis.toolchains import Project
from autonav_analysis.validation import doubtful, judged
from autonav_protocol.errors import NotFound, Unavailable
from autonav_protocol.values.evaluation import Evaluation
from autonav_protocol.values.validation import Validation, Verdict
from autonav_server.confinement.job import Limits
from autonav_server.evaluation.checkouts import materialise
from autonav_server.evaluation.commands import run_command
from autonav_server.evaluation.evaluate import counts, run_tests
from autonav_server.evaluation.messages import Progress, ValidationRequest
from autonav_server.evaluation.remedies import remedies
from autonav_server.evaluation.tested import limits_for, paths_in, projects_in
from autonav_server.sandbox import OWN_CODE, Sandbox, choose
from autonav_server.toolchain import PYTEST, Tests, toolchains_by_name
from autonav_server.worktree.clock import now
from autonav_server.worktree.states import state_of_folder
from autonav_server.worktree.store import Store

MOST_DOUBTS = 200
WALL_FACTOR, WALL_SLACK = 4, 10.0
"""Wall time only ends what hangs; CPU time decides."""

_EVALUATION = TypeAdapter(Evaluation)
Report = Callable[[Progress], None]


@dataclass(frozen=True)
class Desk:
    """What every run of a validation shares. `base` is the checkout of the base, None without one."""

    request: ValidationRequest
    home: str
    sandbox: Sandbox
    store: Store
    checkout: str
    base: str | None

    def limits(self, project: Project) -> Limits:
        """Return what one run of a project's tests may use."""
        cpu = max(1, round(self.request.cpu_seconds))
        return limits_for(project, Limits(cpu, wall_seconds=WALL_FACTOR * cpu + WALL_SLACK))

    def run(self, tests: Tests, checkout: str, limits: Limits, ids: Sequence[str] = ()) -> Evaluation:
        """Run tests of a checkout now."""
        if tests.report == PYTEST:
            return run_tests(self.sandbox, tests, checkout, self.request.root, limits, ids).evaluation
        return run_command(self.sandbox, tests, checkout, self.request.root, limits)

    def known(self, tests: Tests, checkout: str, limits: Limits, ids: Sequence[str]) -> Evaluation:
        """Return what these tests did on these very files before, else run them and keep it."""
        key = key_of(checkout, tests, ids)
        query = "SELECT body FROM evaluations WHERE key = ?"
        row = self.store.read(lambda sql: sql.execute(query, (key,)).fetchone())
        if row is not None and not self.request.fresh:
            return _EVALUATION.validate_python(json.loads(row[0]))
        evaluation = self.run(tests, checkout, limits, ids)
        if not evaluation.problem:
            body = json.dumps(_EVALUATION.dump_python(evaluation, mode="json"))
            row = (key, self.request.root, now(), body)
            self.store.write(lambda sql: sql.execute("INSERT OR REPLACE INTO evaluations VALUES (?, ?, ?, ?)", row))
        return evaluation


def validate(request: ValidationRequest, home: str, report: Report) -> tuple[Validation, ...]:
    """Validate each project and return what was proved; raises NotFound where there is no project with tests."""
    sandbox = choose(request.sandbox, (*OWN_CODE, *request.required))
    report(Progress(message="recording the working tree"))
    checkout = materialise(request.root, request.environment, request.tree, home, "new")
    base = materialise(request.root, request.environment, request.base, home, "base") if request.base else None
    projects = _projects(checkout, request)
    if not projects and not request.commands:
        where = request.project or "this worktree"
        raise NotFound(f"no tests were recognised in {where}", "autonav validate knows Python, Node, Go, Java and Rust")
    if request.old_tests and base is not None:
        _take_tests_of(base, checkout)
    store = Store(request.store)
    try:
        desk = Desk(request, home, sandbox, store, checkout, base)
        found = [_validated(desk, project, report) for project in projects]
        if request.tests and any(each.evaluation.outcomes for each in found):
            found = [each for each in found if each.evaluation.outcomes]
        return (*found, *(_commanded(desk, argv, report) for argv in request.commands))
    finally:
        store.close()


def key_of(checkout: str, tests: Tests, ids: Sequence[str] = ()) -> str:
    """Return the key of an evaluation: the state of the files, the command, and the environment it ran in."""
    environment = [(path, _stamp(path)) for path in tests.readable]
    said = json.dumps([tests.argv, list(ids), tests.folder, sorted(tests.environment.items()), environment])
    return blake3(state_of_folder(checkout).state.root + said.encode("utf-8", "surrogateescape")).hexdigest()


def _projects(checkout: str, request: ValidationRequest) -> list[Project]:
    found = list(projects_in(checkout))
    if request.project is not None:
        return [each for each in found if each.folder == request.project.strip("/")]
    return found


def _validated(desk: Desk, project: Project, report: Report) -> Validation:
    request = desk.request
    name = f"{project.toolchain} tests of {project.folder or 'the root'}"
    manifest = project.evidence[0] if project.evidence else os.path.join(project.folder, "")
    empty = Validation(
        project.folder, project.toolchain, project.manager, Verdict.UNPROVEN, Evaluation(), manifest=manifest,
        old_tests=request.old_tests, notes=project.problems,
    )  # fmt: skip
    try:
        tests = toolchains_by_name()[project.toolchain].tests(request.root, project, request.interpreter)
    except Unavailable as error:
        return replace(empty, reason=str(error), failure_class="environment_drift")
    limits = desk.limits(project)
    for step in request.first:
        if argv := getattr(project, step):
            report(Progress(message=f"running the {step} of {project.folder or 'the root'}"))
            done = desk.run(_step(tests, argv), desk.checkout, limits)
            if done.problem or done.commands[-1].exit_code != 0:
                said = done.problem or f"its {step} (`{' '.join(argv)}`) ended with {done.commands[-1].exit_code}"
                return replace(empty, evaluation=done, verdict=Verdict.FAILED, reason=said)
            empty = replace(empty, notes=(*empty.notes, f"{step} passed: {' '.join(argv)}"))
    report(Progress(message=f"running the {name}"))
    evaluation = _only(request.tests, desk.run(tests, desk.checkout, limits, request.tests))
    base = None
    if desk.base is not None:
        report(Progress(message=f"running the {name} on the base"))
        base = _only(request.tests, desk.known(tests, desk.base, limits, request.tests))
    flaky: tuple[str, ...] = ()
    if base is not None and (doubts := doubtful(base, evaluation)) and len(doubts) <= MOST_DOUBTS:
        report(Progress(message=f"running {len(doubts)} of them again, here and on the base"))
        flaky = _flaky(desk, tests, limits, doubts)
    validation = judged(replace(empty, evaluation=evaluation), base, flaky, named=bool(request.tests))
    if validation.verdict is Verdict.UNPROVEN and not validation.lost:
        return _explained(desk, project, tests, limits, validation, report)
    return validation


def _step(tests: Tests, argv: Sequence[str]) -> Tests:
    """Return how another command of the project is run, by the same programs."""
    if "python" in argv:
        argv = (tests.argv[0], *argv[argv.index("python") + 1 :])
    elif argv[0] == os.path.basename(tests.argv[0]):
        argv = (tests.argv[0], *argv[1:])
    return replace(tests, argv=tuple(argv), report=None)


def _flaky(desk: Desk, tests: Tests, limits: Limits, doubts: Sequence[str]) -> tuple[str, ...]:
    """Return those of the doubtful tests that give another answer when asked again."""
    assert desk.base is not None
    again = desk.run(tests, desk.checkout, limits, doubts).outcomes
    before = desk.run(tests, desk.base, limits, doubts).outcomes
    return tuple(test for test in doubts if again.get(test) == "passed" or before.get(test) not in ("passed", None))


def _explained(
    desk: Desk, project: Project, tests: Tests, limits: Limits, validation: Validation, report: Report
) -> Validation:
    """Return a validation that proved nothing with its class, and the remedies that were tried."""
    found = failure_class(validation.evaluation)
    if found is None:
        return validation
    trials, notes = [], list(validation.notes)
    if found.name == "missing_dependency":
        notes.append(f"missing: {found.about}")
    for remedy in remedies(found, project, tests, limits, desk.checkout, desk.request.root):
        if remedy.tests is None:
            notes.append(remedy.said)
            continue
        report(Progress(message=f"trying a remedy: {remedy.said}"))
        tried = desk.run(remedy.tests, desk.checkout, remedy.limits or limits)
        helped = not tried.problem and bool(tried.outcomes)
        trials.append(remedy.trial(helped=helped))
        if helped:
            break
    return replace(validation, failure_class=found.name, trials=tuple(trials), notes=tuple(notes))


def _commanded(desk: Desk, argv: Sequence[str], report: Report) -> Validation:
    """Run one of the task's own commands; its exit code is the verdict."""
    report(Progress(message=f"running {' '.join(argv)}"))
    readable = tuple(each for each in (os.path.join(desk.request.root, ".venv"),) if os.path.isdir(each))
    tests = Tests(tuple(argv), readable, report=None)
    project = Project("command", "", "", 1.0, (), test=tuple(argv))
    evaluation = desk.run(tests, desk.checkout, desk.limits(project))
    verdict = Verdict.PASSED if evaluation.commands[-1].exit_code == 0 and not evaluation.problem else Verdict.FAILED
    validation = Validation("", "command", "", verdict, evaluation, manifest=desk.request.contract_path)
    reason = evaluation.problem or f"`{' '.join(argv)}` ended with {evaluation.commands[-1].exit_code}"
    return validation if verdict is Verdict.PASSED else replace(validation, reason=reason)


def _take_tests_of(base: str, checkout: str) -> None:
    """Put the tests of the base in the place of those of the new code."""
    kinds = [each.is_test_file for each in toolchains_by_name().values()]
    for path in [each for each in paths_in(checkout) if any(is_test(each) for is_test in kinds)]:
        os.unlink(os.path.join(checkout, path))
    for path in [each for each in paths_in(base) if any(is_test(each) for is_test in kinds)]:
        target = os.path.join(checkout, path)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        shutil.copy2(os.path.join(base, path), target, follow_symlinks=False)


def _only(tests: Sequence[str], evaluation: Evaluation) -> Evaluation:
    if not tests:
        return evaluation
    wanted = {
        test: outcome
        for test, outcome in evaluation.outcomes.items()
        if any(test == each or test.startswith((f"{each}::", f"{each}[", f"{each}/", f"{each} > ")) for each in tests)
    }
    return replace(evaluation, outcomes=wanted, tests=counts(wanted, len(wanted)))


def _stamp(path: str) -> object:
    """Return what changes when something is installed in a folder."""
    try:
        if path.endswith("site-packages"):
            return sorted(os.listdir(path))
        return os.stat(path).st_mtime_ns
    except OSError:
        return None
