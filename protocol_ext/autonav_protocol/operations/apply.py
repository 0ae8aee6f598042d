"""Apply a verified candidate on a branch of its own."""

from autonav_protocol.operation import Effect, Operation, Params, Result, argument, option


class ApplyParams(Params):
    """Commit a verified candidate on `autonomous/<run>`.

    Your files, index, stash and HEAD stay as they are. Work you had not committed when the
    exploration began becomes a commit of its own below the fix, so that the branch is what was tested.
    """

    candidate: str = argument("The candidate's id.", metavar="ID")
    branch: str | None = option("The branch to make; `autonomous/<run>` by default.", None, metavar="NAME")
    diff: str | None = option("BLAKE3 of the diff you saw; refused if the candidate differs.", None)


class ApplyResult(Result):
    """The branch made and its head; `commits` are listed oldest first."""

    branch: str
    commit: str
    commits: tuple[str, ...]


OPERATION = Operation("apply", "Apply on a branch", ApplyParams, ApplyResult, Effect.WORKSPACE)
