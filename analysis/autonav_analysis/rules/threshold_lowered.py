"""AN705: the project is checked less than it was."""

from collections.abc import Iterator

from autonav_analysis.audit.paths import is_generated, is_test
from autonav_analysis.audit.tests_findings import finding, hunk_back
from autonav_analysis.audit.tests_settings import decides_checks
from autonav_analysis.audit.tests_thresholds import Lowered, lowered, retried
from autonav_analysis.rule import Rule
from autonav_analysis.syntax.grammars import language_for
from autonav_protocol.values.audit import AuditedFile
from autonav_protocol.values.finding import Finding, Severity


def check(file: AuditedFile) -> Iterator[Finding]:
    """Yield one finding for each setting that lets more pass."""
    if is_generated(file.path):
        return
    if decides_checks(file.path):
        for each in (*lowered(file), *retried(file)):
            yield _finding(file, each)
    elif is_test(file.path) and language_for(file.path) is not None:
        for each in retried(file):
            yield _finding(file, each)


def _finding(file: AuditedFile, lowered: Lowered) -> Finding:
    was, now = lowered.before or "nothing", lowered.after or "nothing"
    said = f"{lowered.name[:60]} was {was[:45]} and is {now[:45]}" if lowered.before else f"`{now[:90]}` is new"
    return finding(
        ("AN705", "threshold-lowered"),
        Severity.WARNING if lowered.loud else Severity.INFORMATION,
        file,
        lowered.line,
        f"less is checked: {said}; put it back, or say why",
        about=(lowered.name, was, now),
        fixes=(hunk_back(file, 0, lowered.line),),
        evidence=(f"{lowered.name}: {was} -> {now}",),
    )


RULE = Rule(
    code="AN705",
    slug="threshold-lowered",
    severity=Severity.WARNING,
    summary="The project is checked less than it was.",
    what=(
        "A settings file of tests, coverage, linters, types or CI lets more pass: a coverage floor is lower or gone, a "
        "maximum of complexity or warnings higher, a strict switch or a lint rule off, a step may fail "
        "(`continue-on-error`, `|| true`, `set +e`, `--passWithNoTests`), failing tests are run again. TOML, JSON and INI "
        "are compared by key, other files by line.\n\nInformation: rules ignored, files left out of coverage, warnings "
        "filtered, test folders taken out, and retries on a single test."
    ),
    why="What no longer has to be reached is no longer reached, and the green mark looks the same.",
    example=(
        "```console\n$ autonav check\npyproject.toml:31: warning AN705 less is checked: tool.coverage.report.fail_under "
        "was 90 and is 60; put it back, or say why\n```"
    ),
    resolve=(
        "- *Put this hunk back* (`autonav put-back PATH --lines LINE`).\n- `autonav: allow AN705 REASON` in a comment above."
    ),
    check=check,
    subject=AuditedFile,
)
