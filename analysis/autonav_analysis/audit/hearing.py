"""What is shown of all that was found: what a comment allows is set apart, rules are as loud as settings say."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import NamedTuple

from autonav_analysis.audit.allowing import is_guard
from autonav_analysis.findings import MESSAGE_LIMIT, ORDER, counted
from autonav_analysis.judging import all_rules
from autonav_protocol.values.finding import Finding, Severity

MOST_LISTED = 20


class Heard(NamedTuple):
    """What is shown, and what is not because a comment beside it says why."""

    findings: tuple[Finding, ...]
    allowed: tuple[Finding, ...]


def heard(findings: Iterable[Finding], loudness: Mapping[str, str]) -> Heard:
    """Return what is shown under the settings `rules`, in order: by file or by change where a rule says so.

    A guard (a contract, a secret, a budget) is never quieter than its rule.
    """
    listed = tuple(findings)
    loud = (said for each in listed if not each.allowed and (said := _as_loud(each, loudness.get(each.code))))
    return Heard(_grouped(loud), tuple(each for each in listed if each.allowed))


def _as_loud(finding: Finding, loudness: str | None) -> Finding | None:
    if loudness is None:
        return finding
    if is_guard(finding.code):
        louder = loudness != "off" and ORDER.index(Severity(loudness)) < ORDER.index(finding.severity)
        return replace(finding, severity=Severity(loudness)) if louder else finding
    return None if loudness == "off" else replace(finding, severity=Severity(loudness))


def _grouped(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    groups: dict[tuple[str, ...], list[Finding]] = {}
    for each in findings:
        rule = all_rules().get(each.code)
        kind = rule.grouping if rule else "place"
        key = {"place": (each.code, each.path, each.fingerprint, str(each.line)), "file": (each.code, each.path)}
        groups.setdefault(key.get(kind, (each.code,)), []).append(each)
    return tuple(_together(group) for group in groups.values())


def _together(group: list[Finding]) -> Finding:
    """Return the loudest of a group, the first where several are, saying how many more there are."""
    shown = min(group, key=lambda each: ORDER.index(each.severity))
    if len(group) == 1:
        return shown
    others = tuple(f"{each.path}:{each.line}: {each.message}" for each in group if each is not shown)
    files = len({each.path for each in group})
    more = f" (and {len(others):,} more in {counted(files, 'file')})"
    kept = shown.message[: MESSAGE_LIMIT - len(more)]
    return replace(shown, message=kept + more, evidence=(*shown.evidence, *others[:MOST_LISTED]))
