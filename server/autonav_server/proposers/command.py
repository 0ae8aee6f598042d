"""Any command that edits files: a coding agent that runs headless, or a script.

It runs in a copy of the checkout that is thrown away, reads the brief on standard input and in the file that
`AUTONAV_BRIEF` names, and what it changed there is its answer. It has the person's whole environment and rights, for
it needs a login of its own: it runs in no sandbox, and runs only where a person's settings name it. The copy is no
git repository; a command that insists on one must be told not to. Its tokens cannot be counted, only its time.
"""

import time
from os import path as paths

from autonav_server.confinement.channel import Channel
from autonav_server.confinement.job import Job, Limits
from autonav_server.confinement.processes import ProcessGroup
from autonav_server.confinement.supervise import Finished, supervise
from autonav_server.proposer import MOST_SAID, Answer, Brief, Caps, Cost, Proposer, Report, Source
from autonav_server.proposing.briefing import brief_text
from autonav_server.proposing.leftovers import end_marked, new_mark, outside_environment
from autonav_server.proposing.programs import program_report
from autonav_server.proposing.throwaway import Throwaway, changes, throwaway

FROM_FILE = ("/bin/sh", "-c", 'exec "$@" <"$0"')
"""Becomes the command that follows, whose standard input is the file that comes first."""

STOPPED = {"wall": "its time was up", "disk": "it wrote too much", "memory": "it used too much memory"}


def available(source: Source) -> Report:
    """Return whether the program is there."""
    return program_report(source)


def propose(brief: Brief, source: Source, caps: Caps) -> tuple[Answer, ...]:
    """Run the command once and return what it changed."""
    if caps.calls < 1:
        return ()
    with throwaway(brief.checkout, brief.files, brief_text(brief)) as place:
        begun = time.monotonic()
        finished = _run(source, place, caps)
        cost = Cost(calls=1, seconds=time.monotonic() - begun)
        said = finished.output.decode("utf-8", "replace")[-MOST_SAID:]
        name = paths.basename(source.argv[0])
        if finished.stopped:
            return (Answer(said=said, problem=f"{name} was ended: {STOPPED[finished.stopped]}", cost=cost),)
        if finished.exit_code:
            return (Answer(said=said, problem=f"{name} ended with {finished.exit_code}", cost=cost),)
        found = changes(place)
        return (Answer(found.contents, said, found.problem, cost),)


def _run(source: Source, place: Throwaway, caps: Caps) -> Finished:
    mark, channel = new_mark(), Channel(place.home)
    environment = outside_environment(place.folder, place.brief, mark)
    job = Job(
        (*FROM_FILE, place.brief, *source.argv), place.folder, place.folder, channel, environment=environment,
        limits=Limits(wall_seconds=caps.seconds),
    )  # fmt: skip
    try:
        started = ProcessGroup(job.argv, job)
        try:
            return supervise(started, job)
        finally:
            started.end()
    finally:
        end_marked(mark)
        channel.close()


PROPOSER = Proposer("command", available, propose)
