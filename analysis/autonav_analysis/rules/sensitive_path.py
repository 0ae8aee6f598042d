"""AN301: a file changed that decides more than its lines show."""

import re
from collections import Counter
from collections.abc import Iterator

from autonav_analysis.audit.paths import SENSITIVE, categories
from autonav_analysis.contracts.scope import decide_file
from autonav_analysis.findings import fingerprint, lines_of, shortened, size_of, ways_back
from autonav_analysis.rule import Rule
from autonav_protocol.values.audit import Audit, AuditedFile
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


NUMBER = rb"[\"']?(?:[a-z]+-?)?\d+(?:\.[\dx]+)*(?:-\w+)?[\"']?"
VERSION = re.compile(rb"\s*-\s+(" + NUMBER + rb")\s*(?:#.*)?$", re.IGNORECASE)
VERSIONS = re.compile(rb"(\s*[\w-]+:\s*)\[\s*(" + NUMBER + rb"(?:\s*,\s*" + NUMBER + rb")*)[,\s]*\]$", re.IGNORECASE)
"""A version that is all of an entry of a list, and a list of nothing else, in YAML."""


def check(audit: Audit) -> Iterator[Finding]:
    """Yield one finding for each allowed file of a sensitive kind; what is not allowed has its own finding."""
    texts = {each.path: each for each in audit.files}
    for file in audit.change.files:
        found = categories(file.path)
        kind = next((each for each in SENSITIVE if each in found), None)
        if kind is None or not decide_file(audit.change, file).allowed or _is_harmless(kind, texts.get(file.path)):
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


def _is_harmless(kind: str, file: AuditedFile | None) -> bool:
    """Return whether empty lines alone differ, or CI runs on one version more, and nothing else changed."""
    if file is None or file.before is None or file.after is None:
        return False
    old, new = (list(filter(None, (line.rstrip() for line in text.split(b"\n")))) for text in (file.before, file.after))
    if old == new:
        return True
    (kept, before), (now, after) = (_without_versions(lines) for lines in (old, new))
    return kind == "ci" and kept == now and before <= after


def _without_versions(lines: list[bytes]) -> tuple[list[bytes], Counter[bytes]]:
    """Return the lines that are more than a comment or a version in a list, and the versions."""
    kept, versions = [], Counter[bytes]()
    for line in lines:
        listed = VERSIONS.match(line)
        if listed:
            versions.update(re.split(rb"[,\s]+", listed[2]))
            kept.append(listed[1])
        elif found := VERSION.match(line):
            versions[found[1]] += 1
        elif not line.lstrip().startswith(b"#"):
            kept.append(line)
    return kept, versions


RULE = Rule(
    code="AN301",
    slug="sensitive-path",
    severity=Severity.INFORMATION,
    summary="A file changed that decides more than its lines show.",
    what=(
        "By its name the file belongs to CI, owners, hooks, environment and keys, agent instructions, deployment, "
        "migrations, authentication or (de)serialisers. Tests and documents are left out, and so is what the contract "
        "does not allow: that has its own finding. Not told: empty lines, and one version more that CI runs on."
    ),
    why="One in nine commits touches such a file; a mistake in it reaches further than elsewhere.",
    example=(
        "```console\n$ autonav check\nsrc/auth/login.py:12: information AN301 auth: src/auth/login.py changed (+4 -1), and "
        "it decides who may do what; read it first\n```"
    ),
    resolve="- Read it before the rest.\n- *Put this file back* (`autonav put-back PATH`).",
    check=check,
    subject=Audit,
    early=True,
)
