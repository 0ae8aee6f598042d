"""AN403: added lines carry the notice of a licence or holder that stands nowhere else here."""

from collections import Counter
from collections.abc import Iterator

from autonav_analysis.audit.notices import notices_added
from autonav_analysis.findings import fingerprint, shortened, ways_back
from autonav_analysis.rule import Rule
from autonav_protocol.values.audit import Audit
from autonav_protocol.values.finding import Finding, Severity

OWN = 5
"""A notice that is added to so many files at once is the project's own."""


def check(audit: Audit) -> Iterator[Finding]:
    """Yield one finding for each file and each notice that is new to the worktree."""
    times = Counter(name for file in audit.files for name in {each.name for each in notices_added(file)})
    for file in audit.files:
        told: set[str] = set()
        for notice in notices_added(file):
            own = notice.name in audit.surroundings.notices or times[notice.name] >= OWN
            if own or notice.name in told:
                continue
            told.add(notice.name)
            yield Finding(
                code="AN403",
                slug="foreign-notice",
                severity=Severity.INFORMATION,
                path=file.path,
                line=notice.line,
                end_line=notice.line,
                message=shortened(
                    f'copied? this notice names "{notice.name}", which stands nowhere else here; '
                    "keep to its licence, or write it anew"
                ),
                fingerprint=fingerprint("AN403", file.path, notice.name),
                fixes=ways_back(file.change),
            )


RULE = Rule(
    code="AN403",
    slug="foreign-notice",
    severity=Severity.INFORMATION,
    summary="Added lines carry the notice of a licence or holder that stands nowhere else here.",
    what=(
        "An added comment in a source file names a holder of rights, an SPDX identifier or the GNU licences, and no "
        "unchanged file names the same, whatever the year and the case of letters. Licence files, tests, documents "
        "and generated files are left out."
    ),
    why="It is how copied code shows itself: five of seven such notices in 1,829 commits stood on copied code.",
    example=(
        '```console\n$ autonav check\nsrc/lru.py:2: information AN403 copied? this notice names "jane doe", which stands '
        "nowhere else here; keep to its licence, or write it anew\n```"
    ),
    resolve="- Keep to that licence and say where the code is from.\n- *Put this file back*.",
    check=check,
    subject=Audit,
    grouping="file",
)
