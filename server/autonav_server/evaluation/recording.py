"""What an exploration leaves behind to learn from."""

from autonav_analysis.learning.versions import versions
from autonav_analysis.search.asktell import Search, Told
from autonav_protocol.errors import AutonavError
from autonav_protocol.values.learning import RunRecord, Tried
from autonav_server.evaluation.journal import Journal
from autonav_server.evaluation.messages import Request
from autonav_server.evaluation.starting_point import StartingPoint
from autonav_server.learning.records import keep, task_of
from autonav_server.worktree.clock import now


def kept_record(
    request: Request, start: StartingPoint, search: Search, journal: Journal, seconds: float, cpu_seconds: float
) -> tuple[str, ...]:
    """Keep the record of a search, where the request names a project; return why that was not possible, if it was not."""
    if not request.project:
        return ()
    try:
        keep(record_of(request, start, search, journal, seconds, cpu_seconds))
    except (OSError, AutonavError) as error:
        return (f"it was not recorded: {error}",)
    return ()


def record_of(
    request: Request, start: StartingPoint, search: Search, journal: Journal, seconds: float, cpu_seconds: float
) -> RunRecord:
    """Return the record of a search; `seconds` are of this process alone where it went on with an earlier one."""
    sources = {path: source.decode("utf-8", "surrogateescape") for path, source in start.sources.items()}
    return RunRecord(
        run=request.run, project=request.project, task=task_of(request.tree, request.test), at=now(),
        versions=versions(), strategy=request.strategy, seed=request.seed, evaluations=request.evaluations,
        workers=request.workers, tuning=request.tuning, targets=len(start.targets), sources=sources,
        suspicion=tuple((path, line, score) for (path, line), score in sorted(start.suspicion.items())),
        tried=tuple(_tried(search, entry, journal) for entry in search.record if isinstance(entry, Told)),
        seconds=round(seconds, 3), cpu_seconds=round(cpu_seconds, 3),
    )  # fmt: skip


def _tried(search: Search, entry: Told, journal: Journal) -> Tried:
    result, state = entry.result, entry.id
    passed = "" if result.refused else "".join("01"[each] for each in result.passed)
    rewrites = tuple(each.rewrite for each in search.tree.nodes[state].edits)
    return Tried(state, passed, result.broken, state in journal.verified, journal.spent.get(state, 0.0), rewrites)
