"""A question that only a person can answer: what a call should come to, where verified candidates differ."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Answer:
    """What candidates, by id, make of the call, in words; `test` is the test that says so, "" where it cannot be written."""

    candidates: tuple[str, ...]
    outcome: str
    test: str = ""


@dataclass(frozen=True)
class Question:
    """A call of a function on which verified candidates differ; `now` is what the sources as they are make of it.

    The answers come in the order of the best candidate of each. None of them is known to be right.
    """

    function: str
    path: str
    call: str
    now: str
    answers: tuple[Answer, ...]
