"""AN903: a line of the contract decides nothing because a stronger one covers it."""

from collections.abc import Iterator

from autonav_analysis.contracts import contract_file
from autonav_analysis.contracts.globs import deciding_glob, matching
from autonav_analysis.findings import fingerprint, shortened
from autonav_analysis.rule import Rule
from autonav_protocol.values.contract import ContractText
from autonav_protocol.values.finding import Finding, Fix, Severity


def check(subject: ContractText) -> Iterator[Finding]:
    """Yield one finding for each glob of `edit` whose every match a refusing list takes away."""
    contract = contract_file.read(subject.slug, subject.text).contract
    if contract is None:
        return
    refusing = (*contract.scope.never, *contract.scope.read_only)
    for glob in contract.scope.edit:
        found = matching((glob,), subject.files)
        if glob.startswith("!") or not found or any(deciding_glob(refusing, path) is None for path in found):
            continue
        line = contract_file.line_of_value(subject.text, glob)
        yield Finding(
            code="AN903",
            slug="glob-shadowed",
            severity=Severity.INFORMATION,
            path=subject.path,
            line=line,
            end_line=line,
            message=shortened(
                f"`{glob}` in edit allows nothing: `{deciding_glob(refusing, found[0])}` takes all its files away"
            ),
            fingerprint=fingerprint("AN903", subject.path, glob),
            fixes=(Fix("take-out", f"Take `{glob}` out of the contract", "scope rm", {"globs": [glob]}),),
        )


RULE = Rule(
    code="AN903",
    slug="glob-shadowed",
    severity=Severity.INFORMATION,
    summary="A line of the contract decides nothing because a stronger one covers it.",
    what="Every file that a glob of `edit` matches is also matched by `never` or `read_only`, which are stronger.",
    why="One of the two lines is not what you meant.",
    example='```toml\n[scope]\nedit = ["src/auth/**"]   # AN903\nnever = ["src/auth/**"]\n```',
    resolve="- Correct one of the lines, save, and accept the edit.\n- *Take it out of the contract* (`autonav scope rm GLOB`).",
    check=check,
    subject=ContractText,
)
