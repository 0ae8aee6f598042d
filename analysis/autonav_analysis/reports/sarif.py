"""Findings as SARIF 2.1.0, the format that code hosts and editors import."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from autonav_analysis.judging import all_rules
from autonav_protocol.values.finding import Finding, Severity

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
LEVELS = {
    Severity.ERROR: "error",
    Severity.WARNING: "warning",
    Severity.INFORMATION: "note",
    Severity.HINT: "note",
}


def sarif(findings: Iterable[Finding], version: str) -> dict[str, Any]:
    """Return one SARIF log with one run; paths are relative to the root of the worktree."""
    listed = list(findings)
    codes = sorted({each.code for each in listed})
    driver = {
        "name": "AutoNav",
        "version": version,
        "informationUri": "https://github.com/oppie/autonav",
        "rules": [_rule(code) for code in codes],
    }
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": driver},
                "columnKind": "unicodeCodePoints",
                "originalUriBaseIds": {"SRCROOT": {"description": {"text": "The root of the worktree."}}},
                "results": [_result(each, codes.index(each.code)) for each in listed],
            }
        ],
    }


def _rule(code: str) -> dict[str, Any]:
    rule = all_rules()[code]
    return {
        "id": code,
        "name": "".join(word.capitalize() for word in rule.slug.split("-")),
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": rule.what},
        "help": {"text": rule.resolve, "markdown": rule.page},
        "defaultConfiguration": {"level": LEVELS[rule.severity]},
    }


def _result(finding: Finding, index: int) -> dict[str, Any]:
    return {
        "ruleId": finding.code,
        "ruleIndex": index,
        "level": LEVELS[finding.severity],
        "message": {"text": finding.message},
        "locations": [_location(finding.path, finding.line, finding.end_line)],
        "relatedLocations": [
            {**_location(each.path, each.line, each.line), "message": {"text": each.message}}
            for each in finding.related
        ],
        "partialFingerprints": {"autonav/v1": finding.fingerprint},
    }


def _location(path: str, line: int, end_line: int) -> dict[str, Any]:
    uri = quote(path.encode("utf-8", "surrogateescape"), safe="/")
    artifact = {"uri": uri, "uriBaseId": "SRCROOT"}
    return {"physicalLocation": {"artifactLocation": artifact, "region": {"startLine": line, "endLine": end_line}}}
