"""Our side of the Agent Client Protocol: what an agent may ask of us, and what we note of it."""

import asyncio
from collections.abc import Sequence
from typing import Any, NoReturn

from autonav_server.proposer import MOST_SAID, Cost
from autonav_server.proposing.overlay import NotAllowed, Overlay, may_edit, read, write


class AgentClient:
    """Our side of the protocol: what the agent may ask of us."""

    def __init__(self, overlay: Overlay, most_tokens: int) -> None:
        self.overlay = overlay
        self.said = ""
        self.cost = Cost()
        self.overspent = asyncio.Event()
        self._most_tokens = most_tokens
        self._calls: dict[str, Any] = {}

    def on_connect(self, conn: Any) -> None:
        """Nothing is asked of the agent from here."""

    def count(self, tokens_in: int, tokens_out: int, money: float | None = None) -> None:
        """Note what was used so far; each number only grows."""
        used = self.cost
        self.cost = used._replace(
            tokens_in=max(used.tokens_in, tokens_in),
            tokens_out=max(used.tokens_out, tokens_out),
            money=used.money if money is None else money,
        )
        if self.cost.tokens_in + self.cost.tokens_out > self._most_tokens:
            self.overspent.set()

    async def session_update(self, session_id: str, update: Any, **_: Any) -> None:
        """Keep what is said, which tool is at what, and what it costs."""
        if update.session_update == "agent_message_chunk":
            self.said = (self.said + getattr(update.content, "text", ""))[-MOST_SAID:]
        elif update.session_update in ("tool_call", "tool_call_update"):
            self._calls[update.tool_call_id] = _merged(self._calls.get(update.tool_call_id), update)
        elif update.session_update == "usage_update":
            self.count(update.used, 0, update.cost.amount if update.cost else None)

    async def read_text_file(
        self, session_id: str, path: str, line: int | None = None, limit: int | None = None, **_: Any
    ) -> Any:
        """Return a file as the agent left it."""
        from acp.schema import ReadTextFileResponse

        try:
            return ReadTextFileResponse(content=read(self.overlay, path, line, limit))
        except NotAllowed as error:
            _refuse(str(error))

    async def write_text_file(self, session_id: str, path: str, content: str, **_: Any) -> Any:
        """Keep a file in memory."""
        from acp.schema import WriteTextFileResponse

        try:
            write(self.overlay, path, content)
        except NotAllowed as error:
            _refuse(str(error))
        return WriteTextFileResponse()

    async def request_permission(self, session_id: str, tool_call: Any, options: Sequence[Any], **_: Any) -> Any:
        """Allow, once, an edit of files inside the scope; reject everything else."""
        from acp.schema import AllowedOutcome, DeniedOutcome, RequestPermissionResponse

        call = _merged(self._calls.get(tool_call.tool_call_id), tool_call)
        is_edit = call["kind"] == "edit" or (call["kind"] in (None, "other") and bool(call["diffs"]))
        allowed = is_edit and may_edit(self.overlay, [*call["diffs"], *call["locations"]])
        if not is_edit:
            self.overlay.refused.append(f"to {call['kind'] or 'do'} something: {call['title'] or 'untitled'}")
        wanted = "allow_once" if allowed else "reject_once"
        chosen = next((option.option_id for option in options if option.kind == wanted), None)
        if chosen is None:
            return RequestPermissionResponse(outcome=DeniedOutcome(outcome="cancelled"))
        return RequestPermissionResponse(outcome=AllowedOutcome(outcome="selected", option_id=chosen))

    async def create_terminal(self, *_: Any, **__: Any) -> Any:
        """Refuse; an agent is told at the start that there are no terminals."""
        _refuse("there are no terminals")

    terminal_output = release_terminal = wait_for_terminal_exit = kill_terminal = create_terminal

    async def ext_method(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        """Refuse what is no part of the protocol."""
        _refuse(f"there is no {method}")

    async def ext_notification(self, method: str, params: dict[str, Any]) -> None:
        """Pass over what is no part of the protocol."""


def _merged(known: dict[str, Any] | None, update: Any) -> dict[str, Any]:
    """Return what is known of a tool call: an update says only what is new."""
    known = known or {"kind": None, "title": None, "locations": [], "diffs": []}
    return {
        "kind": update.kind or known["kind"],
        "title": update.title or known["title"],
        "locations": known["locations"] if update.locations is None else [each.path for each in update.locations],
        "diffs": known["diffs"]
        if update.content is None
        else [each.path for each in update.content if each.type == "diff"],
    }


def _refuse(reason: str) -> NoReturn:
    from acp import RequestError

    raise RequestError(-32602, reason)
