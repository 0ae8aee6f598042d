"""Handle `answer`: rank first what a person says is right, and record that they did."""

import asyncio

from autonav_analysis.search.questions import ranked_by
from autonav_protocol.errors import NotFound
from autonav_protocol.operations.answer import AnswerParams, AnswerResult
from autonav_protocol.values.question import Answer, Question
from autonav_server.context import Context
from autonav_server.exploration.explorations import explained
from autonav_server.exploration.records import candidates_of, keep_candidates
from autonav_server.operations._questions import numbered, offer_next
from autonav_server.worktree.clock import now


async def run(context: Context, params: AnswerParams) -> AnswerResult:
    worktree = context.worktree
    search = await asyncio.to_thread(explained, worktree, params.run)
    questions = [_question(each) for each in search.get("questions", ())]
    if params.question > len(questions):
        raise NotFound(f"run {search['run']} asked {len(questions)} questions", "autonav explain-search lists them")
    question = questions[params.question - 1]
    if not 1 <= params.answer <= len(question.answers):
        raise NotFound(f"there is no answer {params.answer}", f"the question has {len(question.answers)}")
    chosen = question.answers[params.answer - 1]
    known = {each.id: each for each in candidates_of(worktree, search["run"])}
    ranked = tuple(known[name] for name in ranked_by(question, params.answer - 1, list(known)))
    await asyncio.to_thread(keep_candidates, worktree, ranked, now())
    said = {"run": search["run"], "function": question.function, "call": question.call, "outcome": chosen.outcome}
    context.record("answer", {**said, "candidates": list(chosen.candidates)})
    context.found(worktree, search["run"], search["test"], ranked)
    if chosen.test:
        context.announce(f"AutoNav: as a test:\n{chosen.test}")
    right = [each for each in ranked if each.id in chosen.candidates]
    offer_next(context, search["run"], questions, right, after=params.question)
    return AnswerResult(
        run=search["run"], question=question, outcome=chosen.outcome, test=chosen.test, candidates=ranked
    )  # fmt: skip


def _question(said: dict) -> Question:
    answers = tuple(Answer(**{**each, "candidates": tuple(each["candidates"])}) for each in said["answers"])
    return Question(**{**said, "answers": answers})


def text(result: AnswerResult) -> str:
    numbers = numbered(result.candidates)
    lines = [f"{result.question.call} {result.outcome}"]
    lines += [f"{numbers[each.id]}  {each.id}  {each.title}" for each in result.candidates]
    if result.test:
        lines += ["", "as a test:", result.test]
    return "\n".join(lines)
