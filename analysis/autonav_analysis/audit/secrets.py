"""Secrets in a text, by the shapes that their issuers give them; how random something looks says nothing."""

import re
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from typing import NamedTuple

from autonav_protocol.values.finding import Finding

PERHAPS = re.compile(r"(?=[A-Za-z_\-+/=.:]*\d)[A-Za-z0-9_\-+/=.:]{16,}|PRIVATE KEY|PuTTY|hf_|://[^/\s]*:[^@\s]*@")
"""What every secret matches and few other lines do: the plugins take a third of a second to load."""

OWN = {
    "GitHub fine-grained token": r"\bgithub_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}\b",
    "Anthropic key": r"\bsk-ant-[a-z]+\d*-[A-Za-z0-9_-]{20,}",
    "Google API key": r"\bAIza[0-9A-Za-z_-]{35}(?![0-9A-Za-z_-])",
    "PyPI token": r"\bpypi-[A-Za-z0-9_-]{60,}",
    "npm token": r"\bnpm_[A-Za-z0-9]{36}\b",
    "Hugging Face token": r"\bhf_[A-Za-z]{34}\b|\bhf_[A-Za-z0-9]{34,}\b",
    "DigitalOcean token": r"\bdo[opr]_v1_[a-f0-9]{64}\b",
}
"""What the plugins do not know; found in public specifications of the issuers."""

COMMON = ("Basic Auth Credentials", "JSON Web Token", "Private Key")
"""Shapes that examples and tests are full of, whoever issues them."""

LEFT_OUT = ("Public IP (ipv4)",)
PLACEHOLDER = re.compile(
    r"(?i)example|dummy|fake|changeme|placeholder|your[_-]|x{6,}|\.{3}|\*{3}|0{8,}|(.)\1{9,}|1234567890"
    r"|://[^/@]*:(\$|%|<|\{|pass|secret|pw|token|user|foo|bar|test|guest|admin|root|postgres|mysql|x-oauth)[^@]*@"
)
MASK = "[masked]"


class Secret(NamedTuple):
    """What a secret is, and where it begins and ends in its line. The text of it is never kept."""

    kind: str
    start: int
    end: int

    @property
    def is_common(self) -> bool:
        """Whether its shape is one that examples and tests are full of."""
        return self.kind in COMMON


def secrets_in(line: str) -> tuple[Secret, ...]:
    """Return the secrets in one line, in order, those that are placeholders left out."""
    if not PERHAPS.search(line):
        return ()
    found = (
        Secret(kind, match.start(), match.end())
        for kind, patterns in _patterns()
        for pattern in patterns
        for match in pattern.finditer(line)
        if not PLACEHOLDER.search(match[0])
    )
    kept: dict[int, Secret] = {}
    for each in sorted(found, key=lambda each: (each.start, each.end)):
        kept.setdefault(each.start, each)
    return tuple(kept.values())


def masked(text: str) -> str:
    """Return a text without its secrets."""
    for each in reversed(secrets_in(text)):
        text = text[: each.start] + MASK + text[each.end :]
    return text


def without_secrets(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings with all secrets masked that their words quote."""
    return tuple(_without(each) for each in findings)


def _without(finding: Finding) -> Finding:
    said = (finding.message, *finding.evidence, *(each.message for each in finding.related), finding.allowed)
    if not any(map(PERHAPS.search, said)):
        return finding
    return replace(
        finding,
        message=masked(finding.message),
        evidence=tuple(map(masked, finding.evidence)),
        related=tuple(replace(each, message=masked(each.message)) for each in finding.related),
        allowed=masked(finding.allowed),
    )


@cache
def _patterns() -> tuple[tuple[str, tuple[re.Pattern[str], ...]], ...]:
    from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class
    from detect_secrets.plugins.base import RegexBasedDetector

    plugins = get_mapping_from_secret_type_to_class()
    kept = [
        (kind, tuple(plugin().denylist))
        for kind, plugin in sorted(plugins.items())
        if issubclass(plugin, RegexBasedDetector) and kind not in LEFT_OUT
    ]
    return (*((kind, (re.compile(pattern),)) for kind, pattern in OWN.items()), *kept)
