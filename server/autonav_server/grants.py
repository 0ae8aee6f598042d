"""Who may widen what is allowed: a person, never a program on their behalf.

This is early warning, not prevention: a process of the same user can write the store itself.
What it does is recorded, announced and revocable.
"""

import os
import sys

from autonav_protocol.errors import Refused
from autonav_protocol.operation import Surface

AGENT_VARIABLES = (
    "CLAUDECODE",
    "CLAUDE_CODE_ENTRYPOINT",
    "CODEX_SANDBOX",
    "CODEX_SANDBOX_NETWORK_DISABLED",
    "CURSOR_AGENT",
    "GEMINI_CLI",
    "OPENCODE",
    "COPILOT_AGENT_SESSION_ID",
    "AIDER_MODEL",
    "AI_AGENT",
    "AUTONAV_AGENT",
)
"""Set by coding agents in the shells they run."""


def agent_environment() -> str | None:
    """Return the name of the variable that says an agent runs this process, or None."""
    return next((name for name in AGENT_VARIABLES if os.environ.get(name)), None)


def demand_person(surface: Surface, what: str) -> None:
    """Raise Refused unless a person acts: in an editor by a click, on the command line at a terminal."""
    if surface is Surface.EDITOR:
        return
    if surface is not Surface.CLI:
        raise Refused(f"{what} is a person's decision", "ask the person to do it in the editor or a terminal")
    if name := agent_environment():
        raise Refused(f"{what} is a person's decision, and {name} says an agent runs this shell", "ask the person")
    if not (sys.stdin is not None and sys.stdin.isatty()):
        raise Refused(f"{what} is a person's decision and needs a terminal", "run it yourself in a terminal")
