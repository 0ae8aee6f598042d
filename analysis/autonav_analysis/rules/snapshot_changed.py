"""AN706: recorded outputs were written anew together with the code that makes them."""

import re
from collections.abc import Iterator

from autonav_analysis.audit.paths import categories, is_source, is_test
from autonav_analysis.audit.tests_findings import finding, run_old
from autonav_analysis.findings import counted, put_all_back, put_back
from autonav_analysis.rule import Rule
from autonav_analysis.syntax.grammars import language_for
from autonav_protocol.values.audit import Audit, AuditedFile
from autonav_protocol.values.finding import Finding, Related, Severity

GOLDEN = re.compile(r"\.(stderr|stdout|out|expected|want|golden|approved\.\w+)$")
DATA = re.compile(r"(^|/)(data|fixtures?|testdata|__fixtures__|golden|expected)/")
MOST_RELATED = 10


def check(audit: Audit) -> Iterator[Finding]:
    """Yield one finding for all snapshots and data of tests that lost lines in a change that also touches sources."""
    changed = [file for file in audit.files if _is_rewritten(file)]
    if not changed or not any(is_source(file.path) for file in audit.files):
        return
    first = changed[0]
    removed = sum(file.change.removed for file in changed)
    where = f"{first.path} was" if len(changed) == 1 else f"{counted(len(changed), 'snapshot')} were"
    back = put_back(first.change)
    if len(changed) > 1:
        back = put_all_back([file.change for file in changed], f"Put {len(changed)} snapshots back")
    yield finding(
        ("AN706", "snapshot-changed"),
        Severity.INFORMATION,
        first,
        first.change.hunks[0].new_line if first.change.hunks else 1,
        f"{where} written anew, with {counted(removed, 'line')} replaced, beside changed code; is each new output meant?",
        about=(),
        fixes=(back, run_old()),
        evidence=tuple(
            f"{file.path}: {counted(file.change.removed, 'line')} -> {file.change.added:,}" for file in changed[:20]
        ),
        related=tuple(Related(file.path, 1, "written anew") for file in changed[1 : 1 + MOST_RELATED]),
    )


def _is_rewritten(file: AuditedFile) -> bool:
    if file.before is None or not file.change.removed:
        return False
    recorded = "snapshots" in categories(file.path) or GOLDEN.search(file.path) is not None
    data = is_test(file.path) and DATA.search(file.path) is not None and language_for(file.path) is None
    return recorded or data


RULE = Rule(
    code="AN706",
    slug="snapshot-changed",
    severity=Severity.INFORMATION,
    summary="Recorded outputs were written anew together with the code that makes them.",
    what=(
        "Snapshots, golden files or data of tests lost lines in a change that also touches sources. One finding for the "
        "whole change. It never warns: a change of output that is meant does the same."
    ),
    why="A snapshot that was regenerated agrees with whatever the code now does, and large ones are not read.",
    example=(
        "```console\n$ autonav check\ntests/__snapshots__/cart.snap:3: information AN706 tests/__snapshots__/cart.snap was "
        "written anew, with 4 lines replaced, beside changed code; is each new output meant?\n```"
    ),
    resolve=(
        "- Read the snapshots, in `autonav review`.\n- *Put this file back* (`autonav put-back PATH`).\n- *Run the old tests "
        "on the new code* (`autonav validate --old-tests`)."
    ),
    check=check,
    subject=Audit,
    grouping="change",
)
