"""AN904: another active task may edit the same files."""

from collections.abc import Iterator

from autonav_analysis.changes.bursts import literal
from autonav_analysis.contracts import contract_file
from autonav_analysis.contracts.globs import matching
from autonav_analysis.findings import fingerprint, shortened
from autonav_analysis.rule import Rule
from autonav_protocol.values.contract import ContractText
from autonav_protocol.values.finding import Finding, Fix, Severity


def check(subject: ContractText) -> Iterator[Finding]:
    """Yield one finding for each task of another worktree whose `edit` shares files with this one's."""
    contract = contract_file.read(subject.slug, subject.text).contract
    if contract is None:
        return
    mine = set(matching(contract.scope.edit, subject.files))
    for slug, globs in subject.others:
        shared = sorted(mine.intersection(matching(globs, subject.files)))
        if not shared:
            continue
        line = contract_file.line_of(subject.text, "edit")
        yield Finding(
            code="AN904",
            slug="task-overlap",
            severity=Severity.INFORMATION,
            path=subject.path,
            line=line,
            end_line=line,
            message=shortened(
                f"task {slug}, active in another worktree, may edit {len(shared):,} of the same files, "
                f"{shared[0]} among them; expect to merge"
            ),
            fingerprint=fingerprint("AN904", subject.path, slug),
            fixes=(
                Fix(
                    "never-shared",
                    f"Keep this task off {shared[0]}",
                    "scope add",
                    {"globs": [literal(shared[0])], "to": "never"},
                ),
            ),
        )


RULE = Rule(
    code="AN904",
    slug="task-overlap",
    severity=Severity.INFORMATION,
    summary="Another active task may edit the same files.",
    what="A task that is active in another worktree of this repository may edit some of the files that this one may.",
    why="Two agents on one file are a conflict that nobody has seen yet.",
    example='```toml\n[scope]\nedit = ["src/**"]   # AN904: task retry in ../retry may edit src/http/client.py as well\n```',
    resolve="- Narrow one of the scopes.\n- *Keep this task off* a file (`autonav scope add --to never GLOB`).",
    check=check,
    subject=ContractText,
)
