"""Look for better settings in what was recorded."""

from pydantic import Field

from autonav_protocol.operation import Effect, Operation, Params, Result, option
from autonav_protocol.values.improvement import Improvement


class SelfImproveParams(Params):
    """Look through recorded explorations for settings that would have found fixes sooner, and show a change of them.

    Recorded searches are replayed under other settings; one is chosen on some projects and judged on others. Only what
    the evidence supports is proposed, as a diff of the settings file beside a page of evidence. Nothing is ever applied,
    and no guard can be proposed.
    """

    live: bool = Field(
        default=False,
        description="Explore recorded tasks anew where replaying cannot tell, as for the number of workers.",
    )
    seconds: float = option("Stop replaying, and then exploring, after so many seconds each.", 300.0, metavar="N", gt=0)


class SelfImproveResult(Result):
    """What was found; `text` is the settings file as it is proposed, "" where nothing is, `path` where it lies in `root`.

    `evidence` is a page in Markdown and `proposal` the proposed file, both on disk; `runs` were replayed of `projects`,
    and `left_out` says what was not, and why.
    """

    improvement: Improvement
    explanation: str
    root: str
    path: str
    text: str
    diff: str
    proposal: str
    evidence: str
    runs: int
    projects: int
    left_out: tuple[str, ...] = ()


OPERATION = Operation("self-improve", "Self-improve", SelfImproveParams, SelfImproveResult, Effect.EXECUTE)
