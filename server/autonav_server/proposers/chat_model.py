"""Language models behind an endpoint that speaks OpenAI's or Anthropic's language, servers on this machine included.

The model is shown the brief and the files, and answers in search-and-replace blocks. Where an answer cannot be used it
is told why and asked again. Nothing is contacted but the endpoint that a person's settings name.
"""

import asyncio
import os
import time
from importlib.util import find_spec

from autonav_analysis.edit_blocks import FORM, apply, parse
from autonav_server.proposer import Answer, Brief, Caps, Cost, Proposer, Report, Source, audit, original
from autonav_server.proposing.briefing import brief_text
from autonav_server.proposing.endpoints import NoReply, Turn, ask

SYSTEM = f"""\
You repair programs. Answer with a sentence on the cause and then with one or more blocks of exactly this form:

{FORM}

Name each file by its path as it was given to you. The lines between SEARCH and ======= must be copied exactly, \
indentation included, and be found in the file once: take as few lines as make them unique. \
Change only files that were shown to you, unless the brief says that new ones may be created."""

BYTES_PER_TOKEN = 3
"""Fewer than a token of source has, so that what is not counted yet is not thought too small."""

MOST_ANSWER = 16_000
LEAST_ANSWER = 256
"""The tokens that an answer may have, and those without which it is not asked for."""

FILE_SHARE = 0.5
"""The part of all tokens that the files shown may take."""


def available(source: Source) -> Report:
    """Return whether the client library, the endpoint's address, the model and the key are there."""
    if source.api not in ("openai", "anthropic"):
        return Report(False, f"there is no api {source.api}", "there are openai and anthropic")
    if find_spec(source.api) is None:
        return Report(False, f"the {source.api} client is not installed", f"pip install 'oppie-autonav[{source.api}]'")
    if not source.base_url or not source.model:
        return Report(False, "a chat model names no endpoint or no model", "set its base_url and its model")
    if source.key_variable and not os.environ.get(source.key_variable):
        return Report(False, f"the environment has no {source.key_variable}", "set it before the server starts")
    return Report(True)


def propose(brief: Brief, source: Source, caps: Caps) -> tuple[Answer, ...]:
    """Ask until an answer can be used or a cap is reached, and return every answer."""
    answers: list[Answer] = []
    deadline = time.monotonic() + caps.seconds
    turns = [Turn("user", f"{brief_text(brief)}\n{_shown(brief, caps)}")]
    while len(answers) < caps.calls:
        left = deadline - time.monotonic()
        used = sum(answer.cost.tokens_in + answer.cost.tokens_out for answer in answers)
        most = min(MOST_ANSWER, caps.tokens - used - _tokens(SYSTEM, *(turn.content for turn in turns)))
        if most < LEAST_ANSWER or left <= 0:
            if not answers:
                answers.append(Answer(problem=f"{caps.tokens} tokens are too few for the brief and an answer"))
            break
        answer, goes_on = _asked(brief, source, turns, most, left)
        answers.append(answer)
        if not answer.problem or not goes_on:
            break
        again = f"That cannot be used: {answer.problem}. Answer again, with all blocks."
        turns += [Turn("assistant", answer.said or "(nothing)"), Turn("user", again)]
    return tuple(answers)


def _asked(brief: Brief, source: Source, turns: list[Turn], most: int, seconds: float) -> tuple[Answer, bool]:
    """Ask once; return the answer, and whether asking again may help."""
    begun = time.monotonic()

    async def within() -> Answer:
        async with asyncio.timeout(seconds):
            reply = await ask(source, SYSTEM, turns, most, seconds)
        # Some endpoints do not count.
        tokens_in = reply.tokens_in or _tokens(SYSTEM, *(turn.content for turn in turns))
        cost = Cost(1, tokens_in, reply.tokens_out or _tokens(reply.text))
        changed, problem = _edited(brief, reply.text)
        if reply.stopped:
            changed, problem = {}, f"the answer is not whole: {reply.stopped}"
        return Answer(changed, reply.text, problem, cost)

    try:
        answer, goes_on = asyncio.run(within()), True
    except TimeoutError:
        answer, goes_on = Answer(problem=f"the model took more than {seconds:.0f} s", cost=Cost(1)), False
    except NoReply as error:
        answer, goes_on = Answer(problem=f"the model gave no answer: {error}", cost=Cost(1)), False
    return answer._replace(cost=answer.cost._replace(seconds=time.monotonic() - begun)), goes_on


def _edited(brief: Brief, text: str) -> tuple[dict[str, bytes | None], str]:
    parsed = parse(text, brief.files)
    done = apply(parsed.blocks, brief.files)
    if problems := (*parsed.problems, *done.problems):
        return {}, "; ".join(problems)
    unseen = [path for path in done.contents if path not in brief.files and original(brief, path) is not None]
    if unseen:
        return {}, f"{unseen[0]} was not shown, and would be lost"
    changed: dict[str, bytes | None] = dict(done.contents)
    return changed, audit(brief, changed) if parsed.blocks else "it holds no block"


def _tokens(*texts: str) -> int:
    """Return about how many tokens texts come to, rather too many than too few."""
    return sum(len(text.encode("utf-8", "replace")) for text in texts) // BYTES_PER_TOKEN


def _shown(brief: Brief, caps: Caps) -> str:
    """Return the files as text, the most suspicious first, as many as have room; the rest are not named."""
    scores = {place.path: 0.0 for place in brief.places}
    for place in brief.places:
        scores[place.path] = max(scores[place.path], place.score)
    room = int(caps.tokens * FILE_SHARE * BYTES_PER_TOKEN)
    parts = ["# The files"]
    for path in sorted(brief.files, key=lambda path: (-scores.get(path, 0.0), path)):
        data = brief.files[path]
        if len(data) <= room:
            room -= len(data)
            parts.append(f"{path}\n```\n{data.decode('utf-8', 'replace')}\n```")
    return "\n\n".join(parts) + "\n"


PROPOSER = Proposer("chat_model", available, propose)
