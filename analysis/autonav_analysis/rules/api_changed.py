"""AN303: what others use is gone, is called otherwise, or is a schema that changed."""

import re
from collections.abc import Iterator, Mapping

from autonav_analysis.audit.api import Exported, broken
from autonav_analysis.audit.deliverables import named, names_symbol
from autonav_analysis.audit.facts import facts_of
from autonav_analysis.audit.paths import categories, is_generated, is_test, is_tooling
from autonav_analysis.findings import fingerprint, lines_of, shortened, ways_back
from autonav_analysis.rule import Rule
from autonav_protocol.values.audit import Audit, AuditedFile
from autonav_protocol.values.finding import Finding, Severity

INTERNAL = re.compile(r"(^|/)(internal|_[^/]+)(/|$)|(^|/)_[^/]*\.\w+$")
READ_BY_NAME = ("python", "go")
"""Languages in which a name alone says that others may use it."""


def check(audit: Audit) -> Iterator[Finding]:
    """Yield one finding for each definition that others may use and now cannot as before, and each changed schema."""
    stand = {name.rpartition(".")[2] for file in audit.files for name in facts_of(file).exported_after}
    asked = named(audit.change.contract.task).symbols
    for file in audit.files:
        if "schema" in categories(file.path) and file.before is not None and not is_generated(file.path):
            yield _schema(file)
        if is_test(file.path) or is_tooling(file.path) or INTERNAL.search(file.path):
            continue
        facts = facts_of(file)
        for name, before in facts.exported_before.items():
            after = facts.exported_after.get(name)
            if after is None:
                moved = name.rpartition(".")[2] in stand
                with_its_class = name.rpartition(".")[0] and name.rpartition(".")[0] not in facts.exported_after
                if moved or with_its_class or name.endswith(".__init__"):
                    continue
            said = "is gone" if after is None else broken(before, after)
            if said and not (after is None and names_symbol(asked, (name,))):
                yield _changed(file, facts.language, name, said, after, facts.exported_after)


def _changed(
    file: AuditedFile, language: str, name: str, said: str, after: Exported | None, now: Mapping[str, Exported]
) -> Finding:
    owner = now.get(name.rpartition(".")[0])
    line = after.line if after else owner.line if owner else lines_of(file.change)[0] if file.after else 1
    return Finding(
        code="AN303",
        slug="api-changed",
        severity=Severity.INFORMATION if language in READ_BY_NAME else Severity.HINT,
        path=file.path,
        line=line,
        end_line=line,
        message=shortened(f"public: {name} {said}; whoever uses it must follow, so say so where changes are told"),
        fingerprint=fingerprint("AN303", file.path, name, said),
        fixes=ways_back(file.change),
    )


def _schema(file: AuditedFile) -> Finding:
    line, end_line = lines_of(file.change)
    return Finding(
        code="AN303",
        slug="api-changed",
        severity=Severity.INFORMATION,
        path=file.path,
        line=line,
        end_line=end_line,
        message=shortened(f"schema: {file.path} changed; programs and data that follow the old one must still be read"),
        fingerprint=fingerprint("AN303", file.path, "schema"),
        fixes=ways_back(file.change),
    )


RULE = Rule(
    code="AN303",
    slug="api-changed",
    severity=Severity.INFORMATION,
    summary="What others use is gone, is called otherwise, or is a schema that changed.",
    what=(
        "A definition that others may use is gone and stands nowhere else in the change, lost a parameter or a default, "
        "needs a new one, takes them in another order, or (Go, TypeScript, JavaScript, Rust) has another signature. "
        "Python: no part of the name or path begins with `_`; Go: exported, outside `internal`; TypeScript and "
        "JavaScript: exported; Rust: `pub`. As it cannot be told whether a package passes these on, the last three are "
        "hints. What the task itself names may go. A changed protocol or data schema is told too."
    ),
    why="A removed name breaks programs that no test here runs.",
    example=(
        "```console\n$ autonav check\nsrc/shop/cart.py:4: information AN303 public: total needs a new parameter currency; "
        "whoever uses it must follow, so say so where changes are told\n```"
    ),
    resolve=(
        "- Keep the old name or a default beside the new.\n"
        "- *Put this file back*, or say in the notes of the release what changed."
    ),
    check=check,
    subject=Audit,
    grouping="file",
)
