"""The page that stands beside a proposal, in Markdown: what was compared, on what, and how sure one can be."""

from collections.abc import Iterator, Sequence

from autonav_analysis.findings import counted
from autonav_protocol.values.improvement import Considered, Improvement
from autonav_protocol.values.trial import Trial


def sentence(found: Improvement) -> str:
    """Return what self-improve came to in one line."""
    if not found.proposed or found.judged is None:
        return f"nothing honest to propose: {found.why}"
    judged, verb = found.judged, "go back to" if found.is_rollback else "set"
    middle = f"{judged.ratio:.2f} times" if judged.ratio is not None else f"at most {judged.high:.2f} times"
    return (
        f"{verb} {', '.join(found.sets)}: {middle} the {judged.measure} {_between(judged)}, "
        f"on {counted(judged.tasks, 'task')} of {found.held_out}"
    )


def page(
    found: Improvement, before: Sequence[str], diff: str, runs: int, projects: int, left_out: Sequence[str]
) -> str:
    """Return the page; `before` are the assignments that undo the proposal, `diff` is of the settings file."""
    return "\n".join([*_page(found, before, diff, runs, projects, left_out), ""])


def _page(
    found: Improvement, before: Sequence[str], diff: str, runs: int, projects: int, left_out: Sequence[str]
) -> Iterator[str]:
    yield "# Evidence for a change of settings" if found.proposed else "# No change of settings is proposed"
    yield f"\n{_capital(sentence(found))}."
    yield f"\n{counted(runs, 'recorded run')} of {counted(projects, 'project')} could be replayed. Nothing was changed."
    if found.proposed:
        yield f"\n```diff\n{diff}```"
        yield f"\nTo go back later: `{'`, `'.join(before)}`. Should new runs show that it was better before, "
        yield "`autonav self-improve` proposes that first."
    if found.judged is not None:
        yield f"\n## Judged on {found.held_out}\n"
        yield from _table([("`" + " ".join(found.sets) + "`", found.judged)])
    if found.considered:
        yield "\n## Considered, where one is chosen\n"
        yield from _table([(f"`{_short(each)}` ({each.why})", each.trial) for each in found.considered])
    if left_out:
        yield "\n## Left out\n"
        yield from (f"- {each}" for each in left_out)
    yield "\n## How to read this\n"
    yield (
        "A recorded search is decided again under other settings, and each candidate is answered from the record: "
        "nothing is run. The ratio is the geometric mean over tasks of what the challenger costs to its first verified "
        "candidate, to what the settings in force cost; a search that finds nothing counts as twice its budget. Where "
        "the record cannot answer, the cost is known between bounds alone and the interval covers all of them. The "
        "challenger is chosen on one half and judged on the other. The interval holds at all times at once, however "
        "often one looks, and allows for the number of challengers."
    )


def _table(rows: Sequence[tuple[str, Trial]]) -> Iterator[str]:
    yield "| setting | ratio | interval | tasks | not fully known | found nothing | verdict |"
    yield "|---|---|---|---|---|---|---|"
    for name, trial in rows:
        ratio = f"{trial.ratio:.2f}" if trial.ratio is not None else "?"
        verdict = {"b": "costs less", "a": "costs more"}.get(trial.better, trial.why)
        yield (
            f"| {name} | {ratio} | {_between(trial)} | {trial.tasks} | {trial.unanswered} | {trial.censored} | {verdict} |"
        )


def _between(trial: Trial) -> str:
    low, high = (f"{bound:.2f}" if bound is not None else "any" for bound in (trial.low, trial.high))
    return f"[{low}, {high}]"


def _short(each: Considered) -> str:
    return " ".join(each.sets) if len(each.sets) < 4 else f"{' '.join(each.sets[:3])} and {len(each.sets) - 3} more"


def _capital(said: str) -> str:
    return said[:1].upper() + said[1:]
