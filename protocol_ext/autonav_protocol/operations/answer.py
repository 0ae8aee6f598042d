"""Say what a call should come to, where verified candidates differ."""

from autonav_protocol.operation import Effect, Operation, Params, Result, argument, option
from autonav_protocol.values.candidate import Candidate
from autonav_protocol.values.question import Question


class AnswerParams(Params):
    """Answer a question that an exploration asked: the candidates that agree with you are ranked first.

    No candidate is dropped and nothing is applied. Where the answer can be written as a test, that is shown.
    """

    answer: int = argument("The number of the answer, in the order in which the question gives them.", metavar="N")
    question: int = option("The number of the question.", 1, metavar="N", ge=1)
    run: str | None = option("The run that asked, the last one by default.", None, metavar="RUN")


class AnswerResult(Result):
    """The candidates in their new order, best first; `test` is a test that says the answer, "" where none can be written."""

    run: str
    question: Question
    outcome: str
    test: str
    candidates: tuple[Candidate, ...]


OPERATION = Operation("answer", "Answer a question", AnswerParams, AnswerResult, Effect.GRANT)
