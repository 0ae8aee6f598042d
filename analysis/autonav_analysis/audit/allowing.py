"""What comments beside a finding allow: `autonav: allow AN404 the reason`, on its line or the line above."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from autonav_analysis.findings import shortened
from autonav_analysis.judging import all_rules
from autonav_protocol.values.audit import Audit, AuditedFile
from autonav_protocol.values.finding import GUARDS, Finding

COMMENT = re.compile(
    rb"(?:\#|//|/\*|--|<!--|;|%)[ \t]*autonav:[ \t]*allow[ \t]+(?P<rule>[\w-]+)[ \t]*(?P<reason>.*?)[ \t]*(?:\*/|-->)?[ \t]*\r?$"
)
SLASHES = (
    ".c", ".cc", ".cpp", ".cs", ".cjs", ".cts", ".dart", ".go", ".h", ".hpp", ".java", ".js", ".jsx", ".kt", ".mjs",
    ".mts", ".php", ".proto", ".rs", ".scala", ".swift", ".ts", ".tsx",
)  # fmt: skip
HASHES = (".py", ".pyi", ".rb", ".sh", ".bash", ".toml", ".yml", ".yaml", ".cfg", ".ini", ".txt", ".mod", ".tf")
DASHES = (".sql", ".lua")


def with_allowances(findings: Iterable[Finding], subject: object) -> tuple[Finding, ...]:
    """Return the findings in a change's texts, with the reason where a comment allows one.

    A comment without a reason allows nothing, and neither does one for a guard; the finding then says so.
    """
    texts = {file.path: file.after for file in _files(subject) if file.after and b"autonav:" in file.after}
    lines = {path: text.split(b"\n") for path, text in texts.items()}
    return tuple(_judged(each, lines) for each in findings)


def is_guard(code: str) -> bool:
    """Return whether a rule keeps what nobody may quieten: a contract, a secret, a budget, the guards themselves."""
    return code.startswith(GUARDS)


def comment_for(path: str, code: str) -> str | None:
    """Return the comment that allows a rule, to be completed with a reason.

    None where the file has no comments, and for what no comment allows: guards, and what is no rule about content.
    """
    rule = all_rules().get(code)
    if rule is None or rule.subject not in (Audit, AuditedFile) or is_guard(code):
        return None
    ending = "." + path.rpartition(".")[2].lower()
    for opening, endings in (("//", SLASHES), ("#", HASHES), ("--", DASHES)):
        if ending in endings:
            return f"{opening} autonav: allow {code} "
    return None


def _judged(finding: Finding, lines: Mapping[str, list[bytes]]) -> Finding:
    for reason in _reasons(finding, lines.get(finding.path, [])):
        if is_guard(finding.code):
            return replace(finding, message=shortened(f"{finding.message} (a comment cannot allow this)"))
        if reason:
            return replace(finding, allowed=reason)
        return replace(finding, message=shortened(f"allowed without a reason: {finding.message}"))
    return finding


def _reasons(finding: Finding, lines: list[bytes]) -> Iterator[str]:
    for line in (finding.line, finding.line - 1):
        text = lines[line - 1] if 1 <= line <= len(lines) else b""
        # The line above says something of this one only where it says nothing else.
        found = COMMENT.search(text) if line == finding.line else COMMENT.match(text.lstrip())
        if found and found["rule"].decode() in (finding.code, finding.slug):
            yield found["reason"].decode("utf-8", "replace")


def _files(subject: object) -> tuple[AuditedFile, ...]:
    if isinstance(subject, Audit):
        return subject.files
    return (subject,) if isinstance(subject, AuditedFile) else ()
