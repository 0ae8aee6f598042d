"""AN804: a run of the tests proved nothing."""

from collections.abc import Iterator

from autonav_analysis.findings import fingerprint, shortened
from autonav_analysis.rule import Rule
from autonav_analysis.validation_findings import run_again
from autonav_protocol.values.finding import Finding, Severity
from autonav_protocol.values.validation import Validation, Verdict


def check(validation: Validation) -> Iterator[Finding]:
    """Yield one finding when nothing was proved, unless tests were lost, which says more."""
    if validation.verdict is not Verdict.UNPROVEN or validation.lost:
        return
    where = validation.folder or "the root"
    kind = f" ({validation.failure_class.replace('_', ' ')})" if validation.failure_class else ""
    helped = next((each.remedy for each in validation.trials if each.helped), "")
    then = f"; tried in the sandbox and it helps: {helped}" if helped else ""
    yield Finding(
        code="AN804",
        slug="run-unproven",
        severity=Severity.WARNING,
        path=validation.manifest,
        line=1,
        end_line=1,
        message=shortened(
            f"the {validation.toolchain} tests of {where} prove nothing{kind}: {validation.reason}{then}"
        ),
        fingerprint=fingerprint("AN804", validation.folder, validation.toolchain, validation.reason),
        fixes=(run_again(validation),),
        evidence=(*validation.notes, *(command.output[-1500:] for command in validation.evaluation.commands)),
    )


RULE = Rule(
    code="AN804",
    slug="run-unproven",
    severity=Severity.WARNING,
    summary="A run of the tests proved nothing.",
    what=(
        "The tests did not come to their end, none was collected, a file could not be imported, a limit was reached, or "
        "what ran changed the tests or their runner. The class of the failure is said where it can be told: missing "
        "dependency, wrong directory, nothing collected, timeout, out of memory, environment drift. Remedies are tried "
        "in the sandbox, and said only where they helped."
    ),
    why="A run that ended early is not a pass, whatever its exit code.",
    example=(
        "```console\n$ autonav validate\npyproject.toml:1: warning AN804 the python tests of the root prove nothing "
        "(missing dependency): 1 files could not be collected, among them tests/test_cart.py\n```"
    ),
    resolve="- Do what the message says helps, and *Run the tests again*.\n- `autonav doctor` says what this machine lacks.",
    check=check,
    subject=Validation,
)
