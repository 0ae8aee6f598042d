"""AN801: a test that passes on the base fails on the working tree."""

from collections.abc import Iterator

from autonav_analysis.findings import fingerprint, shortened
from autonav_analysis.rule import Rule
from autonav_analysis.validation_findings import failure_of, inside, place, run_again
from autonav_protocol.values.finding import Finding, Fix, Related, Severity
from autonav_protocol.values.validation import Validation


def check(validation: Validation) -> Iterator[Finding]:
    """Yield one finding for each test that broke; where there is no base, for each that fails."""
    for test in validation.broken or (validation.failing if validation.base is None else ()):
        failure = failure_of(validation, test)
        path, line = place(validation, test)
        raised = inside(validation, failure.path)
        said = "fails on the new code, as the base has it" if validation.old_tests else "fails"
        was = " and passes on the base" if validation.base is not None else ""
        related = (
            (Related(raised, failure.line, "raised here"),) if failure.line and not raised.startswith("..") else ()
        )
        find = Fix("find-a-fix", f"Find a fix for {test}", "explore", {"test": test})
        is_pytest = validation.toolchain == "python" and not validation.folder and not validation.old_tests
        yield Finding(
            code="AN801",
            slug="test-broken",
            severity=Severity.WARNING,
            path=path,
            line=line,
            end_line=line,
            message=shortened(
                f"{test} {said}{was}: {failure.why.splitlines()[0] if failure.why else 'see its output'}"
            ),
            fingerprint=fingerprint("AN801", path, test),
            fixes=(*((find,) if is_pytest else ()), run_again(validation, test)),
            related=related,
            evidence=tuple(" ".join(command.argv) for command in validation.evaluation.commands),
        )


RULE = Rule(
    code="AN801",
    slug="test-broken",
    severity=Severity.WARNING,
    summary="A test that passes on the base fails on the working tree.",
    what=(
        "`autonav validate` ran the tests in a sandbox, and this one fails here and passes on the base: on what the "
        "tree would be without the task, or on the last commit. With `--old-tests` it is the base's test that fails on "
        "the new code. A test that gives two answers for the same files is never reported so; see AN803."
    ),
    why="It is what the change broke, and not what was broken before.",
    example=(
        "```console\n$ autonav validate\ntests/test_cart.py:12: warning AN801 tests/test_cart.py::test_total fails and "
        "passes on the base: assert 3 == 4\n```"
    ),
    resolve=(
        "- *Find a fix* (`autonav explore --test ID`).\n- Mend it, and *Run it again* (`autonav validate ID`).\n"
        "- Put the change back (`autonav put-back PATH`)."
    ),
    check=check,
    subject=Validation,
)
