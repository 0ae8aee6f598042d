"""Handle `explore`: snapshot the working tree, explore it in a process of its own, keep what was found."""

import asyncio
from dataclasses import replace
from uuid import uuid4

from autonav_protocol.errors import Refused
from autonav_protocol.operations.explore import ExploreParams, ExploreResult
from autonav_protocol.values.candidate import Candidate
from autonav_protocol.values.change import Entry
from autonav_protocol.values.evaluation import Evaluation
from autonav_server.context import Context
from autonav_server.evaluation.exploration import explore
from autonav_server.evaluation.messages import Outcome, Request
from autonav_server.exploration import explorations
from autonav_server.exploration.records import keep_candidates
from autonav_server.worktree.clock import now
from autonav_server.worktree.expected import head_of
from autonav_server.worktree.snapshot import Tree, private_git, working_tree, write_tree
from autonav_server.worktree.worktree import Worktree


async def run(context: Context, params: ExploreParams) -> ExploreResult:
    worktree = context.worktree
    if not context.trusted(worktree):
        raise Refused(f"{worktree.root} is not trusted, so its tests are not run", "trust it: autonav trust")
    settings = context.settings.explore
    context.progress("recording the working tree", None)
    tree, base = await asyncio.to_thread(_snapshot, worktree)
    run_id = explorations.resumable(worktree, params.resume) if params.resume else uuid4().hex[:8]
    request = Request(
        root=worktree.root,
        environment=dict(private_git(worktree, run_filters=True).environment),
        tree=base,
        test=params.test,
        run=run_id,
        seconds=params.seconds or settings.seconds,
        evaluations=params.evaluations or settings.evaluations,
        workers=settings.workers,
        sandbox=context.settings.sandbox.backend,
        interpreter=context.settings.python.interpreter,
        required=context.settings.sandbox.require,
        test_seconds=settings.test_seconds,
        stop_after=params.stop_after,
        strategy=params.strategy,
        seed=params.seed,
        folder=explorations.folder(worktree, run_id),
    )
    limit = request.evaluations
    context.record("explore.start", {"run": run_id, "test": params.test, "tree": base})
    outcome = await explore(request, lambda each: context.progress(each.message, each.tried / limit))
    found = tuple(await asyncio.to_thread(_kept, worktree, outcome, tree))
    context.record("explore.end", _evidence(run_id, outcome))
    context.found(worktree, run_id, params.test, found)
    return ExploreResult(
        run=run_id,
        test=params.test,
        evaluations=outcome.evaluations,
        proposals=outcome.proposals,
        seconds=outcome.seconds,
        candidates=found,
        base=outcome.base,
        explanation=outcome.explanation,
    )


def text(result: ExploreResult) -> str:
    if not result.candidates:
        return f"none found: {result.explanation}"
    best = result.candidates[0]
    return f"{result.explanation}\n\n{best.title}\n{best.diff}\napply it on a branch: autonav apply {best.id}"


def exit_code(params: ExploreParams, result: ExploreResult) -> int:
    """Return 1 when nothing was found."""
    return 0 if result.candidates else 1


def _snapshot(worktree: Worktree) -> tuple[Tree, str]:
    with worktree.alone():
        tree = working_tree(worktree, run_filters=True)
        return tree, write_tree(worktree, tree)


def _kept(worktree: Worktree, outcome: Outcome, tree: Tree) -> list[Candidate]:
    with worktree.alone():
        return _written(worktree, outcome, tree)


def _written(worktree: Worktree, outcome: Outcome, tree: Tree) -> list[Candidate]:
    head = head_of(worktree)
    git = private_git(worktree, run_filters=True)
    found = []
    for candidate in outcome.candidates:
        changed = dict(tree)
        for path, content in outcome.contents[candidate.id].items():
            data = content.encode("utf-8", "surrogateescape")
            # As adding the file would: line ends and filters undone.
            oid = git.text("hash-object", "-w", f"--path={path}", "--stdin", stdin=data).strip()
            changed[path] = Entry(tree[path].mode, oid)
        found.append(replace(candidate, head=head, tree=write_tree(worktree, changed)))
    keep_candidates(worktree, tuple(found), now())
    return found


def _evidence(run_id: str, outcome: Outcome) -> dict[str, object]:
    """Return what proves the candidates: commands, exit codes, collected and passed counts, guarantees."""
    return {
        "run": run_id,
        "evaluations": outcome.evaluations,
        "seconds": outcome.seconds,
        "base": _proof(outcome.base),
        "candidates": [
            {"id": each.id, "diff": each.diff, **(_proof(each.evaluation) if each.evaluation else {})}
            for each in outcome.candidates
        ],
    }


def _proof(evaluation: Evaluation) -> dict[str, object]:
    return {
        "commands": [[list(each.argv), each.exit_code] for each in evaluation.commands],
        "passed": evaluation.tests.passed,
        "failed": evaluation.tests.failed,
        "collected": evaluation.tests.collected,
        "sandbox": evaluation.sandbox,
        "guarantees": dict(evaluation.guarantees),
    }
