"""Which calls to ask a person about: those on which candidates that pass all tests come to different things."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from autonav_protocol.values.question import Answer, Question

MOST = 3
RAISES = "raises"


@dataclass(frozen=True)
class Outcome:
    """What came of a call: `kind` is "gives", "raises", "leaves", "does not end" or "ends the process".

    `text` is what it gives, raises or leaves; `written` is whether that is an expression.
    """

    kind: str
    text: str
    written: bool = False

    @property
    def words(self) -> str:
        """Return it as the end of a sentence."""
        return f"{self.kind} {self.text}".strip()


@dataclass(frozen=True)
class Call:
    """A call and what came of it by candidate id, "" for the sources as they are.

    `written` says that `text` is an expression that makes the call, once `function` is imported from `module`.
    """

    function: str
    module: str
    path: str
    text: str
    written: bool
    outcomes: Mapping[str, Outcome]


def questions(calls: Sequence[Call], ranked: Sequence[str]) -> tuple[Question, ...]:
    """Return what to ask about candidates, the best first in `ranked`: each question divides what the ones before left together.

    Of all calls the one that tells most candidates apart is taken; of those the one with the fewest errors, which can
    be written down, and is the shortest.
    """
    together = [list(ranked)]
    asked: list[Question] = []
    while len(asked) < MOST and (best := _best(calls, together)) is not None:
        asked.append(_question(best, [each for each in ranked if each in best.outcomes]))
        together = _divided(best, together)
    return tuple(asked)


def ranked_by(question: Question, chosen: int, ranked: Sequence[str]) -> list[str]:
    """Return all candidates, those of the chosen answer first, else in the order they had."""
    right = set(question.answers[chosen].candidates)
    return sorted(ranked, key=lambda each: each not in right)


def still_asked(question: Question, right: Sequence[str]) -> bool:
    """Return whether a question still divides the candidates that are right so far."""
    return sum(bool(set(each.candidates) & set(right)) for each in question.answers) > 1


def sentence(question: Question, numbers: Mapping[str, int]) -> str:
    """Return the question with candidates by their numbers: `f(1) gives 2 with 1 and 3, and 4 with 2: which is right?`."""
    parts = [
        f"{each.outcome} with {_listed([str(numbers[name]) for name in each.candidates if name in numbers])}"
        for each in question.answers
    ]
    return f"{question.call} {', and '.join(parts)}: which is right?"


def _best(calls: Sequence[Call], together: Sequence[Sequence[str]]) -> Call | None:
    useful = [(len(_divided(call, together)), call) for call in calls]
    useful = [(count, call) for count, call in useful if count > len(together)]
    return min(useful, key=lambda each: (-each[0], *_effort(each[1])), default=(0, None))[1]


def _effort(call: Call) -> tuple[int, bool, bool, int, str]:
    """Return how hard a call is to judge for a person."""
    unclear = sum(each.kind not in ("gives", "leaves") for each in call.outcomes.values())
    unwritten = not all(each.written for each in call.outcomes.values())
    return unclear, not call.written, unwritten, len(call.text), call.text


def _divided(call: Call, together: Sequence[Sequence[str]]) -> list[list[str]]:
    """Return groups divided by what they make of a call; those of which nothing is known stay with the first that is."""
    found: dict[tuple[int, str], list[str]] = {}
    for number, group in enumerate(together):
        words = {each: call.outcomes[each].words for each in group if each in call.outcomes}
        for each in group:
            found.setdefault((number, words.get(each, next(iter(words.values()), ""))), []).append(each)
    return list(found.values())


def _question(call: Call, ranked: Sequence[str]) -> Question:
    answers = tuple(
        Answer(tuple(group), call.outcomes[group[0]].words, _test(call, call.outcomes[group[0]]))
        for group in _divided(call, [ranked])
    )
    now = call.outcomes[""].words if "" in call.outcomes else ""
    return Question(call.function, call.path, call.text, now, answers)


def _test(call: Call, outcome: Outcome) -> str:
    """Return a test that passes where this is what comes of the call, "" where it cannot be written down."""
    if not (call.written and outcome.written):
        return ""
    head = f"from {call.module} import {call.function}\n\n\ndef test_{call.function.strip('_')}():\n"
    if outcome.kind == RAISES:
        return f"import pytest\n\n{head}    with pytest.raises({outcome.text}):\n        {call.text}\n"
    equals = "is" if outcome.text in ("None", "True", "False") else "=="
    return f"{head}    assert {call.text} {equals} {outcome.text}\n"


def _listed(words: Sequence[str]) -> str:
    return " and ".join((", ".join(words[:-1]), words[-1])) if len(words) > 1 else "".join(words)
