"""An exploration ended, or a candidate was verified."""

from autonav_protocol.operation import Event, Result
from autonav_protocol.values.candidate import Candidate


class CandidatesChanged(Result):
    """The verified candidates of one run, best first."""

    root: str
    run: str
    test: str
    candidates: tuple[Candidate, ...]


EVENT = Event("candidates", CandidatesChanged)
