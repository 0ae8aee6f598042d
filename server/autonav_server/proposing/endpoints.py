"""Asking a language model over the network, by the clients that its makers keep: `openai` and `anthropic`.

Retries, streaming and the forms on the wire are theirs. What their own environment variables name is not used where it
could send one endpoint's key to another.
"""

import os
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple
from urllib.parse import urlsplit

from autonav_server.proposer import Source

RETRIES = 2
NO_KEY = "none"
"""What is sent where an endpoint needs no key; the clients insist on one."""

MOST_WORDS = 300


class Turn(NamedTuple):
    """One turn of a conversation; system text is given apart."""

    role: Literal["user", "assistant"]
    content: str


class Reply(NamedTuple):
    """What a model said. `stopped` is "" where it came to its end, else why it did not."""

    text: str
    tokens_in: int
    tokens_out: int
    stopped: str


class NoReply(Exception):
    """An endpoint gave no answer that can be used; the message says why, without the key."""


async def ask(source: Source, system: str, turns: Sequence[Turn], most_tokens: int, seconds: float) -> Reply:
    """Return what a model says; raises NoReply. Cancelling closes the connection."""
    key = os.environ.get(source.key_variable) or NO_KEY
    reply = _openai if source.api == "openai" else _anthropic
    try:
        return await reply(source, key, system, turns, most_tokens, seconds)
    except NoReply:
        raise
    except Exception as error:
        if not _is_of_clients(error):
            raise
        words = " ".join(str(error).split()) or type(error).__name__
        words = words.replace(key, "***") if key != NO_KEY else words
        raise NoReply(f"{type(error).__name__}: {words[:MOST_WORDS]}") from error


async def _openai(
    source: Source, key: str, system: str, turns: Sequence[Turn], most_tokens: int, seconds: float
) -> Reply:
    import openai

    client = openai.AsyncOpenAI(
        api_key=key, base_url=source.base_url, organization="", project="", timeout=seconds, max_retries=RETRIES
    )
    # OpenAI's newer models take the one name alone, most servers that speak the same language the other alone.
    is_its_own = urlsplit(source.base_url).hostname == "api.openai.com"
    limit: dict[str, Any] = {"max_completion_tokens" if is_its_own else "max_tokens": most_tokens}
    messages: list[Any] = [{"role": "system", "content": system}, *(turn._asdict() for turn in turns)]
    async with client:
        opened = client.chat.completions.stream(
            model=source.model, messages=messages, stream_options={"include_usage": True}, **limit
        )
        async with opened as stream:
            done = await stream.get_final_completion()
    if not done.choices:
        raise NoReply("the answer is empty")
    choice, used = done.choices[0], done.usage
    stopped = "" if choice.finish_reason == "stop" else choice.finish_reason or "the connection was cut"
    tokens = (used.prompt_tokens, used.completion_tokens) if used else (0, 0)
    return Reply(choice.message.content or "", *tokens, stopped)


async def _anthropic(
    source: Source, key: str, system: str, turns: Sequence[Turn], most_tokens: int, seconds: float
) -> Reply:
    import anthropic

    client = anthropic.AsyncAnthropic(api_key=key, base_url=source.base_url, timeout=seconds, max_retries=RETRIES)
    messages: list[Any] = [turn._asdict() for turn in turns]
    async with client:
        opened = client.messages.stream(model=source.model, system=system, messages=messages, max_tokens=most_tokens)
        async with opened as stream:
            done = await stream.get_final_message()
    text = "".join(block.text for block in done.content if block.type == "text")
    stopped = "" if done.stop_reason in ("end_turn", "stop_sequence") else done.stop_reason or "the connection was cut"
    return Reply(text, done.usage.input_tokens, done.usage.output_tokens, stopped)


def _is_of_clients(error: Exception) -> bool:
    """Return whether an error is one that the clients, or what they stand on, raise for a bad answer."""
    roots = {each.__module__.partition(".")[0] for each in type(error).__mro__}
    return bool(roots & {"openai", "anthropic", "httpx2", "httpx", "pydantic", "pydantic_core"}) or isinstance(
        error, (ValueError, AssertionError, RuntimeError, OSError)
    )
