"""AN301: a file changed that decides more than its lines show."""

from collections.abc import Iterator

from autonav_analysis.audit.paths import SENSITIVE, categories
from autonav_analysis.contracts.scope import decide_file
from autonav_analysis.findings import fingerprint, lines_of, shortened, size_of, ways_back
from autonav_analysis.rule import Rule
from autonav_protocol.values.audit import Audit
from autonav_protocol.values.finding import Finding, Severity

WHY = {
    "ci": "it decides what is checked",
    "owners": "it decides who reviews",
    "hooks": "it runs on each commit or checkout",
    "env": "it may hold secrets",
    "agent": "programs take it for instructions",
    "deploy": "it decides what runs where",
    "migrations": "it changes stored data",
    "auth": "it decides who may do what",
    "deserialisers": "it turns input into objects",
}


def check(audit: Audit) -> Iterator[Finding]:
    """Yield one finding for each allowed file of a sensitive kind; what is not allowed has its own finding."""
    for file in audit.change.files:
        found = categories(file.path)
        kind = next((each for each in SENSITIVE if each in found), None)
        if kind is None or not decide_file(audit.change, file).allowed:
            continue
        line, end_line = lines_of(file)
        yield Finding(
            code="AN301",
            slug="sensitive-path",
            severity=Severity.INFORMATION,
            path=file.path,
            line=line,
            end_line=end_line,
            message=shortened(f"{kind}: {file.path} changed ({size_of(file)}), and {WHY[kind]}; read it first"),
            fingerprint=fingerprint("AN301", file.path, kind),
            fixes=ways_back(file),
            evidence=tuple(f"category: {each}" for each in sorted(found)),
        )


RULE = Rule(
    code="AN301",
    slug="sensitive-path",
    severity=Severity.INFORMATION,
    summary="A file changed that decides more than its lines show.",
    what=(
        "By its name the file belongs to CI, owners, hooks, environment and keys, agent instructions, deployment, "
        "migrations, authentication or (de)serialisers. Tests and documents are left out, and so is what the contract "
        "does not allow: that has its own finding."
    ),
    why="One in nine commits touches such a file; a mistake in it reaches further than elsewhere.",
    example=(
        "```console\n$ autonav check\nsrc/auth/login.py:12: information AN301 auth: src/auth/login.py changed (+4 -1), and "
        "it decides who may do what; read it first\n```"
    ),
    resolve="- Read it before the rest.\n- *Put this file back* (`autonav put-back PATH`).",
    check=check,
    subject=Audit,
)
