"""What all rules say of one subject."""

from collections.abc import Mapping
from functools import cache

from autonav_analysis import rules
from autonav_analysis.rule import Rule
from autonav_protocol.collect import collect
from autonav_protocol.values.audit import Audit, Part
from autonav_protocol.values.finding import Finding


@cache
def all_rules() -> Mapping[str, Rule]:
    """Return `{code: rule}` of every rule."""
    return {rule.code: rule for rule in collect(rules, "RULE", Rule).values()}


def judge(subject: object) -> tuple[Finding, ...]:
    """Return what the rules of this subject's class find, by path, line and code; early ones of a Part."""
    of_part = isinstance(subject, Part)
    class_ = Audit if of_part else type(subject)
    asked = [rule for rule in all_rules().values() if rule.subject is class_ and (rule.early or not of_part)]
    found = [finding for rule in asked for finding in rule.check(subject)]
    return tuple(sorted(found, key=lambda each: (each.path, each.line, each.code)))
