"""AN902: a line of the contract matches no file."""

from collections.abc import Iterator

from autonav_analysis.contracts import contract_file
from autonav_analysis.contracts.globs import matching
from autonav_analysis.findings import fingerprint, shortened
from autonav_analysis.rule import Rule
from autonav_protocol.values.contract import ContractText
from autonav_protocol.values.finding import Finding, Fix, Severity


def check(subject: ContractText) -> Iterator[Finding]:
    """Yield one finding for each glob that matches none of the files there are, `create` and negations left out."""
    contract = contract_file.read(subject.slug, subject.text).contract
    if contract is None or not subject.files:
        return
    for name in ("edit", "never", "read_only"):
        for glob in getattr(contract.scope, name):
            if glob.startswith("!") or matching((glob,), subject.files):
                continue
            line = contract_file.line_of_value(subject.text, glob)
            yield Finding(
                code="AN902",
                slug="glob-matches-nothing",
                severity=Severity.INFORMATION,
                path=subject.path,
                line=line,
                end_line=line,
                message=shortened(f"`{glob}` in {name} matches no file of the worktree; correct it or take it out"),
                fingerprint=fingerprint("AN902", subject.path, name, glob),
                fixes=(Fix("take-out", f"Take `{glob}` out of the contract", "scope rm", {"globs": [glob]}),),
            )


RULE = Rule(
    code="AN902",
    slug="glob-matches-nothing",
    severity=Severity.INFORMATION,
    summary="A line of the contract matches no file.",
    what="A glob of `edit`, `never` or `read_only` matches none of the files there are now. New files may still match it.",
    why="A glob with a slip in it allows nothing, or guards nothing, and looks as if it did.",
    example='```toml\n[scope]\nedit = ["scr/**"]   # AN902: there is src, and no scr\n```',
    resolve="- Correct the line, save, and accept the edit.\n- *Take it out of the contract* (`autonav scope rm GLOB`).",
    check=check,
    subject=ContractText,
)
