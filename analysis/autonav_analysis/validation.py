"""What the outcomes of tests prove, held against those of the base."""

from collections.abc import Collection
from dataclasses import replace

from autonav_analysis.findings import counted
from autonav_protocol.values.evaluation import Evaluation, Outcome
from autonav_protocol.values.validation import Validation, Verdict

BAD = (Outcome.FAILED, Outcome.ERROR)


def doubtful(base: Evaluation, result: Evaluation) -> tuple[str, ...]:
    """Return the tests whose outcomes should be asked for again before anything is said: those that got worse."""
    return tuple(sorted(test for test, outcome in result.outcomes.items() if outcome in BAD and _passed(base, test)))


def judged(
    validation: Validation, base: Evaluation | None, flaky: Collection[str] = (), *, named: bool = False
) -> Validation:
    """Return the validation with its verdict; where only `named` tests ran, none counts as lost.

    A run that did not come to its end, collected nothing, was tampered with, or lost tests proves
    nothing, whatever passed.
    """
    result = validation.evaluation
    if base is not None and base.problem:
        base = None
    known = base.outcomes if base is not None else {}
    bad = [test for test, outcome in sorted(result.outcomes.items()) if outcome in BAD and test not in flaky]
    judged = replace(
        validation,
        base=base,
        flaky=tuple(sorted(flaky)),
        broken=tuple(
            test for test in bad if known.get(test) is Outcome.PASSED or (base is not None and test not in known)
        ),
        failing=tuple(test for test in bad if known.get(test) in BAD or base is None),
        lost=() if named else tuple(sorted(known.keys() - result.outcomes.keys())),
        fixed=tuple(
            sorted(test for test, was in known.items() if was in BAD and result.outcomes.get(test) is Outcome.PASSED)
        ),
    )
    tampered = sorted(set(result.tampered) - set(base.tampered if base else ()))
    reason = result.problem
    if not reason and tampered:
        reason = f"{tampered[0]} of the test runner was replaced while it ran"
    if not reason and not result.outcomes and any(command.exit_code for command in result.commands):
        reason = f"the command ended with {next(each.exit_code for each in result.commands if each.exit_code)}"
    if not reason and not result.outcomes and result.tests.collected == 0 and validation.toolchain != "command":
        reason = "no test was run"
    if reason:
        failed = validation.toolchain == "command" or bool(judged.broken)
        return replace(judged, verdict=Verdict.FAILED if failed else Verdict.UNPROVEN, reason=reason)
    if judged.broken:
        return replace(judged, verdict=Verdict.FAILED, reason=f"{counted(len(judged.broken), 'test')} broke")
    if judged.lost:
        return replace(judged, verdict=Verdict.UNPROVEN, reason=f"{counted(len(judged.lost), 'test')} no longer run")
    if judged.failing:
        said = "failed before too" if base is not None else "fail"
        return replace(judged, verdict=Verdict.FAILED, reason=f"{counted(len(judged.failing), 'test')} {said}")
    return replace(judged, verdict=Verdict.PASSED)


def together(validations: Collection[Validation]) -> Verdict:
    """Return the worst verdict; nothing run proves nothing."""
    found = {each.verdict for each in validations}
    for verdict in (Verdict.FAILED, Verdict.UNPROVEN):
        if verdict in found:
            return verdict
    return Verdict.PASSED if found else Verdict.UNPROVEN


def _passed(evaluation: Evaluation, test: str) -> bool:
    return evaluation.outcomes.get(test) is Outcome.PASSED
