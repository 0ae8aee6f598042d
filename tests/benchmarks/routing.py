"""Routing on held-out commits: does the score say beforehand which commits were large? AUTONAV_REPOSITORIES names them.

The older half of the last 1,000 commits is the history; each of the newer half is scored by the files it named,
before its lines are known, but with the files known, which flatters it. The label is a fifth: the commits that changed the most lines. Baselines: the lines of
the files in scope, and a constant.
"""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from autonav_analysis.complexity.percentiles import percentile
from autonav_analysis.routing.score import Scale, route
from autonav_server.worktree.past_work import Commit, commits, predict, work_of
from autonav_server.worktree.worktree import Worktree, open_worktree

LABELLED, THRESHOLD = 0.2, 0.8


def rows() -> Iterator[str]:
    """Yield rows for each repository that AUTONAV_REPOSITORIES names, with colons between."""
    named = [each for each in os.environ.get("AUTONAV_REPOSITORIES", "").split(os.pathsep) if each]
    if not named:
        yield "name repositories with some history in AUTONAV_REPOSITORIES"
    for folder in named:
        yield from compared(Path(folder).name, open_worktree(folder))


def compared(name: str, worktree: Worktree) -> Iterator[str]:
    past = commits(worktree, 1_000)
    newer, older = past[: len(past) // 2], past[len(past) // 2 :]
    history = [work_of(each, {}) for each in older]
    decided = [
        route(predict(_named(each), list(each.lines), older, {}), history, threshold=THRESHOLD) for each in newer
    ]
    scale = Scale(history)
    done = [sum(each.lines.values()) for each in newer]
    limit = sorted(done)[int(len(done) * (1 - LABELLED))]
    labels = [lines >= limit for lines in done]
    scores = [each.score for each in decided]
    sizes = [sum(_lines(worktree, path) for path in each.lines) for each in newer]
    ranked = [percentile(each, sorted(sizes)) for each in sizes]
    known = [scale.score(work_of(each, {})) for each in newer]
    yield f"{name}: {len(older)} commits of history, {len(newer)} held out, {sum(labels)} of them labelled"
    yield f"  above {THRESHOLD}: {_share(scores):.1%} by prediction, {_share(known):.1%} with lines known, {_share([s.lower for s in decided]):.1%} by the lower bound"
    for said, values in (("score", scores), ("lines of the scope", ranked), ("constant", [LABELLED] * len(labels))):
        yield f"  {said:<20} AUC {auc(values, labels):.3f}  Brier {brier(values, labels):.3f}"
    violations = sum(
        scale.score(work_of(each, {})._replace(lines=2 * sum(each.lines.values()) + 1)) < score
        for each, score in zip(newer, known, strict=True)
    )
    yield f"  monotone in lines: {violations} violations in {len(newer)}"


def auc(values: Sequence[float], labels: Sequence[bool]) -> float:
    """Return how often a labelled value is above another, ties half."""
    high = [value for value, label in zip(values, labels, strict=True) if label]
    low = [value for value, label in zip(values, labels, strict=True) if not label]
    wins = sum((h > other) + (h == other) / 2 for h in high for other in low)
    return wins / (len(high) * len(low)) if high and low else float("nan")


def brier(values: Sequence[float], labels: Sequence[bool]) -> float:
    """Return the mean squared error of values taken as probabilities, which scores are not."""
    return sum((value - label) ** 2 for value, label in zip(values, labels, strict=True)) / len(labels)


def _named(commit: Commit) -> list[str]:
    return ["/" + path for path in commit.lines]


def _share(scores: Sequence[float]) -> float:
    return sum(score > THRESHOLD for score in scores) / len(scores)


def _lines(worktree: Worktree, path: str) -> int:
    try:
        return Path(worktree.path(path)).read_bytes().count(b"\n")
    except OSError:
        return 0
