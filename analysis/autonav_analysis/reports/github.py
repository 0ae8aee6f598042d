"""Findings as workflow commands of GitHub Actions, which shows them beside the changed lines."""

from collections.abc import Iterable

from autonav_protocol.values.finding import Finding, Severity

COMMANDS = {
    Severity.ERROR: "error",
    Severity.WARNING: "warning",
    Severity.INFORMATION: "notice",
    Severity.HINT: "notice",
}


def github(findings: Iterable[Finding]) -> str:
    """Return one command for each finding, each on a line of its own."""
    return "\n".join(_command(each) for each in findings)


def _command(finding: Finding) -> str:
    properties = {
        "file": finding.path,
        "line": str(finding.line),
        "endLine": str(finding.end_line),
        "title": f"{finding.code} {finding.slug}",
    }
    said = ",".join(f"{name}={_escaped(value, ':,')}" for name, value in properties.items())
    return f"::{COMMANDS[finding.severity]} {said}::{_escaped(finding.message, '')}"


def _escaped(text: str, more: str) -> str:
    return "".join(f"%{ord(char):02X}" if char in "%\r\n" + more else char for char in text)
