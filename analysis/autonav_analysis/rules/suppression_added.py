"""AN712: a checker is told to say nothing."""

import re
from collections import Counter
from collections.abc import Iterator

from autonav_analysis.audit.lines import removed_lines
from autonav_analysis.audit.paths import is_source, is_tooling, says_generated
from autonav_analysis.audit.tests_findings import before_after, finding, hunk_back
from autonav_analysis.audit.tests_lines import Stands, new_lines, removed_anywhere
from autonav_analysis.rule import Rule
from autonav_protocol.values.audit import Audit
from autonav_protocol.values.finding import Finding, Severity

SUPPRESSION = re.compile(
    rb"#\s*(type:\s*ignore|noqa|pragma:\s*no cover|pylint:\s*disable|pyright:\s*ignore|ty:\s*ignore|nosec)"
    rb"|eslint-disable|@ts-(ignore|expect-error|nocheck)|//\s*nolint|istanbul ignore|v8 ignore|c8 ignore|oxlint-disable"
    rb"|biome-ignore|#!?\[(cfg_attr\([^,]*,\s*)?(allow|expect)\(|//\s*#nosec|NOSONAR|#\s*(ruff|mypy|flake8):\s*(noqa|ignore)"
)
FOR_ALL = re.compile(
    rb"@ts-nocheck|/\*\s*eslint-disable\s*\*/|#!\[(allow|expect)\(|#\s*(ruff|flake8):\s*noqa|#\s*mypy:\s*ignore"
    rb"|#\s*noqa\s*$|#\s*type:\s*ignore\s*$|^\s*#\s*pylint:\s*disable"
)
"""Those that cover a file, or a line whatever is wrong with it."""


def check(audit: Audit) -> Iterator[Finding]:
    """Yield one finding for each new comment outside of tests that silences a checker; moved ones left out."""
    removed = removed_anywhere(audit)
    for file in audit.files:
        first = file.after if file.before is None else file.before
        if not is_source(file.path) or is_tooling(file.path) or says_generated(first or b""):
            continue
        known = Counter(found[0] for _, line in removed_lines(file) if (found := SUPPRESSION.search(line)))
        for number, found in new_lines(file, SUPPRESSION, removed, Stands.COMMENT, Stands.CODE):
            line = found.string
            if known[found[0]] > 0:
                known[found[0]] -= 1
                continue
            text = line[found.start() :].strip().decode("utf-8", "replace")[:80]
            yield finding(
                ("AN712", "suppression"),
                Severity.INFORMATION if FOR_ALL.search(line) else Severity.HINT,
                file,
                number,
                f"`{text}` is new: a checker found something here; mend it, or say why it is wrong",
                about=(text, line.strip().decode("utf-8", "replace")),
                fixes=(hunk_back(file, 0, number),),
                evidence=before_after([("", line.strip().decode("utf-8", "replace")[:160])]),
            )


RULE = Rule(
    code="AN712",
    slug="suppression",
    severity=Severity.HINT,
    summary="A checker is told to say nothing.",
    what=(
        "A comment or attribute outside of tests is new that silences a linter, a type checker or the measuring of coverage "
        "(`noqa`, `type: ignore`, `eslint-disable`, `@ts-ignore`, `nolint`, `#[allow(...)]`). Information where it covers a "
        "whole file, or says no rule."
    ),
    why="One of thirty ordinary commits has one, most with a reason; many at once mean that checks were worked around.",
    example=(
        "```console\n$ autonav check\nsrc/cart.py:9: information AN712 `# type: ignore` is new: a checker found something "
        "here; mend it, or say why it is wrong\n```"
    ),
    resolve=(
        "- *Put this hunk back* (`autonav put-back PATH --lines LINE`).\n- Mend what the checker found.\n- `autonav: allow "
        "AN712 REASON` in a comment above."
    ),
    check=check,
    subject=Audit,
    early=True,
    grouping="file",
)
