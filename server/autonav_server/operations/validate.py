"""Handle `validate`: snapshot the working tree and the base, run the tests in a process of its own, judge.

With `targets` it is AutoNav's own benchmarks that are run, which needs no worktree.
"""

import asyncio

from autonav_analysis.audit.hearing import heard
from autonav_analysis.findings import counted, finding_line, one_line
from autonav_analysis.judging import judge
from autonav_analysis.validation import together
from autonav_protocol.errors import Refused
from autonav_protocol.operation import Surface
from autonav_protocol.operations.validate import ValidateParams, ValidateResult
from autonav_protocol.values.evaluation import TestCounts
from autonav_protocol.values.target import TargetRow, TargetVerdict
from autonav_protocol.values.validation import Validation, Verdict
from autonav_server.context import Context
from autonav_server.evaluation.exploration import validate
from autonav_server.evaluation.messages import ValidationRequest
from autonav_server.evaluation.targets import line, measure_targets
from autonav_server.operations._reports import REPORTS
from autonav_server.worktree import tasks
from autonav_server.worktree.expected import Base, Memory, expected_tree, head_of
from autonav_server.worktree.snapshot import plain_git, private_git, read_tree, take_snapshot, write_tree
from autonav_server.worktree.worktree import Worktree

FORMATS = REPORTS


async def run(context: Context, params: ValidateParams) -> ValidateResult:
    if params.targets:
        return _of_targets(await measure_targets(params.tests, context.progress))
    worktree = context.worktree
    if not context.trusted(worktree):
        raise Refused(f"{worktree.root} is not trusted, so its tests are not run", "trust it: autonav trust")
    settings = context.settings
    context.progress("recording the working tree", None)
    tree, base = await asyncio.to_thread(_trees, worktree)
    task = tasks.active_task(worktree)
    request = ValidationRequest(
        root=worktree.root,
        environment=dict(private_git(worktree, run_filters=True).environment),
        tree=tree,
        base=base,
        store=worktree.store.directory,
        tests=params.tests,
        old_tests=params.old_tests,
        fresh=params.fresh,
        first=tuple(step for step in ("build", "smoke") if getattr(params, step)),
        project=params.project,
        commands=task.contract.validate if task and not (params.tests or params.project) else (),
        contract_path=task.contract_path if task else "",
        sandbox=settings.sandbox.backend,
        required=settings.sandbox.require,
        interpreter=settings.python.interpreter,
        cpu_seconds=params.seconds or settings.explore.test_seconds,
    )
    projects = await validate(request, lambda each: context.progress(each.message, None))
    findings = tuple(finding for each in projects for finding in judge(each))
    evidence = [_evidence(each) for each in projects]
    context.record("validate", {"tree": tree, "base": base, "old_tests": params.old_tests, "projects": evidence})
    context.validated(worktree, params.tests, findings)
    if context.surface is Surface.EDITOR:
        tests = _sum(projects)
        context.announce(f"AutoNav: {together(projects)}: {tests.passed} passed, {tests.failed} failed")
    return ValidateResult(
        verdict=together(projects),
        tests=_sum(projects),
        guarantees=dict(projects[0].evaluation.guarantees) if projects else {},
        projects=projects,
        findings=heard(findings, context.settings.rules).findings,
    )


def text(result: ValidateResult) -> str:
    lines = [_line(each) for each in result.projects]
    lines += [finding_line(each) for each in result.findings]
    lines += [line(each) for each in result.targets]
    return "\n".join([*lines, str(result.verdict)])


def exit_code(params: ValidateParams, result: ValidateResult) -> int:
    """Return 1 unless everything passed; a target that cannot be measured here is no failure."""
    if params.targets:
        return int(result.verdict is Verdict.FAILED)
    return 0 if result.verdict is Verdict.PASSED else 1


def _of_targets(rows: tuple[TargetRow, ...]) -> ValidateResult:
    verdicts = {each.verdict for each in rows}
    verdict = Verdict.PASSED if TargetVerdict.GO in verdicts else Verdict.UNPROVEN
    if TargetVerdict.NO_GO in verdicts:
        verdict = Verdict.FAILED
    return ValidateResult(verdict=verdict, tests=TestCounts(), guarantees={}, projects=(), targets=rows)


def _trees(worktree: Worktree) -> tuple[str, str]:
    """Return the working tree, and what it would be without the task, or the last commit without one ("" for none)."""
    with worktree.alone():
        git = private_git(worktree, run_filters=True)
        snapshot = take_snapshot(worktree, git)
        task = tasks.judged_by(worktree)
        if task is not None and task.slug:
            known = Base.from_json(task.base), Memory.from_json(task.memory)
            base = expected_tree(worktree, *known, git, snapshot).tree
        else:
            head = head_of(worktree)
            base = read_tree(plain_git(worktree), head) if head else {}
        return write_tree(worktree, snapshot.tree), write_tree(worktree, base) if base else ""


def _line(validation: Validation) -> str:
    tests = validation.tests
    where = validation.folder or "."
    said = [f"{tests.passed} passed"]
    said += [f"{number} {what}" for number, what in ((tests.failed, "failed"), (tests.skipped, "skipped")) if number]
    said += [
        counted(len(names), what)
        for names, what in ((validation.fixed, "test fixed"), (validation.flaky, "flaky test"))
        if names
    ]
    if validation.toolchain == "command":
        said = [f"`{' '.join(validation.evaluation.commands[-1].argv)}`"]
    reason = f" ({validation.reason})" if validation.reason else ""
    kind = f"{validation.toolchain} {validation.manager}".strip()
    line = f"{where}: {kind}: {validation.verdict}{reason}: {', '.join(said)}, {validation.evaluation.seconds:.1f} s"
    trials = "".join(f"\n  tried: {each.remedy}: {'helped' if each.helped else 'no'}" for each in validation.trials)
    notes = "".join(f"\n  {one_line(each)}" for each in validation.notes)
    return f"{line}, in {validation.evaluation.sandbox}{notes}{trials}"


def _sum(projects: tuple[Validation, ...]) -> TestCounts:
    counts = [each.tests for each in projects]
    return TestCounts(
        passed=sum(each.passed for each in counts),
        failed=sum(each.failed for each in counts),
        skipped=sum(each.skipped for each in counts),
        collected=sum(each.collected for each in counts),
    )


def _evidence(validation: Validation) -> dict[str, object]:
    evaluation = validation.evaluation
    return {
        "folder": validation.folder,
        "toolchain": validation.toolchain,
        "verdict": validation.verdict,
        "commands": [[list(each.argv), each.exit_code] for each in evaluation.commands],
        "passed": evaluation.tests.passed,
        "failed": evaluation.tests.failed,
        "collected": evaluation.tests.collected,
        "broken": list(validation.broken[:50]),
        "lost": list(validation.lost[:50]),
        "flaky": list(validation.flaky[:50]),
        "sandbox": evaluation.sandbox,
        "guarantees": dict(evaluation.guarantees),
    }
