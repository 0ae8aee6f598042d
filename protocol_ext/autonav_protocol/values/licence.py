"""The licence of a package, and what the policy says of it."""

from dataclasses import dataclass
from enum import StrEnum


class LicenceVerdict(StrEnum):
    """What the policy says of a licence: allowed, decided case by case, denied, or not known at all."""

    ALLOWED = "allowed"
    ASK = "ask"
    DENIED = "denied"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class PackageLicence:
    """A package as it is installed or vendored here.

    `ecosystem` is python, node, go or rust. `licence` is an SPDX expression where that could be told, else what
    the package says, "" where it says nothing; `source` is the file that said so.
    """

    ecosystem: str
    name: str
    version: str
    licence: str
    verdict: LicenceVerdict
    source: str = ""
