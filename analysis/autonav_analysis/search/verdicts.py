"""Whether an evaluation proves a candidate: a pure question of outcomes against the base."""

from typing import NamedTuple

from autonav_protocol.values.evaluation import Evaluation, Outcome


class Verdict(NamedTuple):
    """Whether a candidate passes, and otherwise why not, in one sentence."""

    passes: bool
    reason: str


def verdict(base: Evaluation, result: Evaluation, target: str) -> Verdict:
    """Return whether `result` makes `target` pass and takes nothing away.

    Fewer tests collected, tests newly skipped, an error or a command that did not end by
    itself are never a pass, whatever the exit code says.
    """
    if result.problem:
        return Verdict(False, result.problem)
    if any(command.timed_out or command.exit_code is None for command in result.commands):
        return Verdict(False, "the tests did not end by themselves")
    if tampered := set(result.tampered) - set(base.tampered):
        return Verdict(False, f"{min(tampered)} of the test runner was replaced while it ran")
    lost = base.outcomes.keys() - result.outcomes.keys()
    if lost:
        return Verdict(False, f"{len(lost)} tests are no longer run, among them {min(lost)}")
    if result.outcomes.get(target) is not Outcome.PASSED:
        return Verdict(False, f"{target} does not pass")
    for test, before in sorted(base.outcomes.items()):
        after = result.outcomes[test]
        if before is Outcome.PASSED and after is not Outcome.PASSED:
            return Verdict(False, f"{test} passed before and is {after} now")
        if after is Outcome.SKIPPED and before is not Outcome.SKIPPED:
            return Verdict(False, f"{test} is skipped now")
    return Verdict(True, "")
