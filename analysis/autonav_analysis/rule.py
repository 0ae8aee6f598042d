"""What a rule is: a look at a change, or at a text that is open in an editor, that yields findings."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal

from autonav_protocol.values.change import Change
from autonav_protocol.values.finding import Finding, Severity


@dataclass(frozen=True)
class Rule:
    """A rule. `what`, `why`, `example` and `resolve` make its page; `slug` reads well after "allow".

    `check` takes a value of the class `subject`. `grouping` says how findings are shown: each in its place, or
    as one for each file, or as one for the whole change. `early` says of a rule about an Audit that what it
    finds in a part of a large change is worth telling at once: it stands, unless the rest shows that it only moved.
    """

    code: str
    slug: str
    severity: Severity
    summary: str
    what: str
    why: str
    example: str
    resolve: str
    check: Callable[[Any], Iterable[Finding]]
    subject: type = Change
    grouping: Literal["place", "file", "change"] = "place"
    early: bool = False

    @property
    def page(self) -> str:
        """The rule's page, Markdown."""
        return (
            f"# {self.code} {self.slug}\n\n{self.summary}\n\n**Severity:** {self.severity}\n\n"
            f"## What it means\n\n{self.what}\n\n## Why it matters\n\n{self.why}\n\n"
            f"## Example\n\n{self.example}\n\n## What resolves it\n\n{self.resolve}\n"
        )
