"""Asking proposers for candidates in the middle of an exploration; their answers join the search."""

import time
from collections.abc import Callable

from autonav_analysis.findings import common_ends, counted
from autonav_analysis.search.asktell import Search, offer
from autonav_protocol.errors import AutonavError
from autonav_protocol.values.candidate import Edit, Proposal
from autonav_server.evaluation.checkouts import materialise
from autonav_server.evaluation.evaluate import masked
from autonav_server.evaluation.messages import Progress, Request
from autonav_server.evaluation.starting_point import StartingPoint
from autonav_server.proposer import Brief, Place, Proposed, Source, propose

MOST_PLACES = 20
OUTPUT_TAIL = 4000


def ask_proposers(
    request: Request,
    start: StartingPoint,
    search: Search,
    home: str,
    deadline: float,
    report: Callable[[Progress], None],
) -> tuple[str, ...]:
    """Ask each source in turn, queue what it proposes below the base, and return what came of it, one sentence each."""
    assert request.asking is not None
    asking, said = request.asking, []
    suspected = sorted(start.suspicion.items(), key=lambda each: (-each[1], each[0]))[:MOST_PLACES]
    failure = start.base.failures.get(request.test)
    output = "\n".join((failure.why if failure else "", start.base.commands[-1].output))[-OUTPUT_TAIL:]
    checkout = materialise(request.root, request.environment, request.tree, home, "asked")
    brief = Brief(
        request.test, masked(output), tuple(Place(path, line, score) for (path, line), score in suspected), asking.scope,
        start.sources, checkout, asking.anchor, asking.protected,
    )  # fmt: skip
    for source in asking.sources:
        name = _name(source)
        report(Progress(search.evaluated, message=f"asking {name}"))
        left = max(1.0, deadline - time.monotonic())
        try:
            answers = propose(brief, source, asking.caps._replace(seconds=min(asking.caps.seconds, left)))
        except AutonavError as error:
            said.append(f"{name} was not asked: {error.message}")
            continue
        said += [f"{name}: {_taken(start, search, name, each)}" for each in answers]
    return tuple(said)


def _taken(start: StartingPoint, search: Search, name: str, answer: Proposed) -> str:
    cost = answer.cost
    spent = f"{counted(cost.calls, 'call')}, {cost.tokens_in + cost.tokens_out:,} tokens, {cost.seconds:.1f} s"
    if answer.problem:
        return f"{answer.problem} ({spent})"
    if unknown := sorted(answer.contents.keys() - start.sources.keys()):
        return f"it changes {unknown[0]}, which the failing test does not run ({spent})"
    edits = tuple(_edit(path, start.sources[path], data) for path, data in sorted(answer.contents.items()))
    first = edits[0]
    line = start.sources[first.path].count(b"\n", 0, first.start_byte) + 1
    offer(search, search.tree.base.id, name, [Proposal(edits, name, line, 1.0)])
    return f"a candidate ({spent})"


def _edit(path: str, before: bytes, after: bytes) -> Edit:
    begin, end = common_ends(before, after)
    text = after[begin : len(after) - end]
    return Edit(path, begin, len(before) - end, text.decode("utf-8", "surrogateescape"))


def _name(source: Source) -> str:
    return source.model or (source.argv[0].rpartition("/")[2] if source.argv else source.kind)
