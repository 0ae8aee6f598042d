"""What `explore` and `answer` share: putting a question about verified candidates before a person."""

from collections.abc import Sequence

from autonav_analysis.search.questions import sentence, still_asked
from autonav_protocol.values.candidate import Candidate
from autonav_protocol.values.question import Question
from autonav_server.context import Context

LONGEST_TITLE = 60


def numbered(candidates: Sequence[Candidate]) -> dict[str, int]:
    """Return the number of each candidate as the person sees them, by id."""
    return {each.id: number for number, each in enumerate(candidates, 1)}


def offer_next(
    context: Context, run: str, questions: Sequence[Question], candidates: Sequence[Candidate], after: int = 0
) -> None:
    """Ask in the editor the first question after so many that divides the candidates; one button for each answer."""
    ids = [each.id for each in candidates]
    for number, question in enumerate(questions, 1):
        if number > after and still_asked(question, ids):
            choices = {
                f"{at}: {each.outcome[:LONGEST_TITLE]}": ("answer", {"answer": at, "question": number, "run": run})
                for at, each in enumerate(question.answers, 1)
            }
            context.offer(context.worktree, sentence(question, numbered(candidates)), choices)
            return
