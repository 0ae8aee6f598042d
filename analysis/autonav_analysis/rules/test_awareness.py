"""AN709: code behaves otherwise while it is tested."""

import re
from collections.abc import Iterator

from autonav_analysis.audit.paths import is_source, is_tooling
from autonav_analysis.audit.tests_findings import before_after, finding, hunk_back
from autonav_analysis.audit.tests_lines import Stands, new_lines, removed_anywhere
from autonav_analysis.rule import Rule
from autonav_protocol.values.audit import Audit
from autonav_protocol.values.finding import Finding, Severity

ASKS = re.compile(
    rb"PYTEST_CURRENT_TEST|PYTEST_VERSION|[\"'](pytest|unittest)[\"'] (not )?in sys\.modules|JEST_WORKER_ID"
    rb"|NODE_ENV\s*(===?|!==?)\s*[\'\"]test|process\.env\.VITEST\b|testing\.Testing\(\)|cfg!\(test\)"
    rb"|flag\.Lookup\(\"test\.v\"\)|import\.meta\.vitest|(sys\._getframe|inspect\.(stack|currentframe))\(.*test"
)
SETTING = re.compile(r"(^|/)[^/]*\.?(config|rc)\.\w+$")


def check(audit: Audit) -> Iterator[Finding]:
    """Yield one finding for each line of code, no test, that asks whether a test is running; what moved left out."""
    removed = removed_anywhere(audit)
    for file in audit.files:
        if not is_source(file.path) or is_tooling(file.path) or SETTING.search(file.path):
            continue
        for number, found in new_lines(file, ASKS, removed, Stands.CODE, Stands.TEXT):
            text = found[0].decode("utf-8", "replace")
            yield finding(
                ("AN709", "test-awareness"),
                Severity.WARNING,
                file,
                number,
                f"this code asks whether it is being tested (`{text}`), so tests prove nothing about it; take it out",
                about=(text,),
                fixes=(hunk_back(file, 0, number),),
                evidence=before_after([("", text)]),
            )


RULE = Rule(
    code="AN709",
    slug="test-awareness",
    severity=Severity.WARNING,
    summary="Code behaves otherwise while it is tested.",
    what=(
        "A line outside of tests asks for a variable, module, flag or caller that is there only while tests run: "
        "`PYTEST_CURRENT_TEST`, `'pytest' in sys.modules`, `NODE_ENV === 'test'`, `cfg!(test)`, `testing.Testing()`."
    ),
    why="What tests see is then not what people run.",
    example=(
        "```console\n$ autonav check\nsrc/cart.py:4: warning AN709 this code asks whether it is being tested "
        "(`PYTEST_CURRENT_TEST`), so tests prove nothing about it; take it out\n```"
    ),
    resolve=(
        "- *Put this hunk back* (`autonav put-back PATH --lines LINE`).\n- Hand in what differs as a parameter.\n- "
        "`autonav: allow AN709 REASON` in a comment above."
    ),
    check=check,
    subject=Audit,
    early=True,
)
