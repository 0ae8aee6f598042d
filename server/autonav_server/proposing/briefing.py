"""A brief in words, for whoever is asked."""

from autonav_protocol.values.contract import Scope
from autonav_server.proposer import Brief

MOST_ANCHOR = 2048
MOST_OUTPUT = 6000
MOST_PLACES = 20
MOST_TRIED = 5
MOST_TRIED_TEXT = 2000

ASKED = (
    "Make this test pass with the smallest change of the code that is at fault, and keep all other tests passing. "
    "Do not change, delete or skip tests, and do not special-case what they check."
)


def brief_text(brief: Brief) -> str:
    """Return the brief as Markdown; the contents of files are not in it."""
    parts = [f"# A failing test\n\n{brief.test}\n\n{ASKED}"]
    if brief.anchor:
        # A cut may split a character.
        parts.append(f"# The task\n\n{brief.anchor.encode()[:MOST_ANCHOR].decode(errors='ignore')}")
    if brief.output:
        parts.append(f"# What the test says\n\n```\n{brief.output[-MOST_OUTPUT:].strip()}\n```")
    if brief.places:
        likely = sorted(brief.places, key=lambda place: -place.score)[:MOST_PLACES]
        rows = "\n".join(f"- {each.path}:{each.line} ({each.score:.2f})" for each in likely)
        parts.append(f"# Suspicious lines, the most suspicious first\n\n{rows}")
    if rows := _scope_rows(brief.scope, brief.protected):
        parts.append(f"# What may be touched\n\n{rows}\n\nAn answer that touches anything else is dropped.")
    if brief.tried:
        tried = "\n\n".join(each[:MOST_TRIED_TEXT] for each in brief.tried[-MOST_TRIED:])
        parts.append(f"# What was tried before and failed\n\n{tried}")
    return "\n\n".join(parts) + "\n"


def _scope_rows(scope: Scope, protected: tuple[str, ...]) -> str:
    lists = (
        ("may change", scope.edit),
        ("may be created", scope.create),
        ("of these files, only these symbols may change", scope.symbols),
        ("must not change", (*scope.read_only, *scope.never, *protected)),
    )
    return "\n".join(f"- {said}: {', '.join(globs)}" for said, globs in lists if globs)
