"""Apply a verified candidate on a branch of its own."""

from pydantic import Field

from autonav_protocol.operation import Effect, Operation, Params, Result, argument, option


class ApplyParams(Params):
    """Commit a verified candidate on `autonomous/<run>`.

    Your files, index, stash and HEAD stay as they are. Work you had not committed when the
    exploration began becomes a commit of its own below the fix, so that the branch is what was tested.
    Where HEAD or a file it touches moved since, nothing is made: the error says whether it merges,
    `--preview` shows the merge, and `--onto-now` builds it there, unverified.
    """

    candidate: str = argument("The candidate's id.", metavar="ID")
    branch: str | None = option("The branch to make; `autonomous/<run>` by default.", None, metavar="NAME")
    diff: str | None = option(
        "BLAKE3 of the diff you saw, with --onto-now that of the preview; refused if it differs.", None
    )
    preview: bool = Field(default=False, description="Make nothing; show how it fits on what is here now.")
    onto_now: bool = Field(
        default=False,
        description="Where things moved, build it on HEAD and your working tree as they are now, not verified.",
    )


class MergeConflict(Result):
    """A path that does not merge: git's reason, and the hunks in conflict with their markers."""

    path: str
    reason: str
    hunks: str


class Preview(Result):
    """A candidate on what is here now. `moved` is empty where everything is as it was verified.

    `diff` is its change there, empty where `conflicts` prevent it or the change is there already.
    """

    moved: tuple[str, ...]
    head: str
    clean: bool
    diff: str
    conflicts: tuple[MergeConflict, ...] = ()


class ApplyResult(Result):
    """The branch made and its head; `commits` are listed oldest first. A preview makes none.

    `verified` says whether what the branch holds is what the tests ran on.
    """

    branch: str
    commit: str
    commits: tuple[str, ...]
    verified: bool = True
    preview: Preview | None = None


OPERATION = Operation("apply", "Apply on a branch", ApplyParams, ApplyResult, Effect.WORKSPACE)
