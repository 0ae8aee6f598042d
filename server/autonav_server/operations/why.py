"""Handle `why`: ask the scope, and find where the deciding line is written."""

import os

from autonav_analysis.contracts import contract_file
from autonav_analysis.contracts.scope import SEPARATOR, Decision, decide
from autonav_protocol.operations.why import WhyParams, WhyResult
from autonav_protocol.values.change import ChangeKind
from autonav_server.context import Context
from autonav_server.worktree import tasks
from autonav_server.worktree.configuration import policy
from autonav_server.worktree.worktree import Worktree


async def run(context: Context, params: WhyParams) -> WhyResult:
    worktree = context.worktree
    path = worktree.relative(params.path)
    task = tasks.active_task(worktree)
    contract = task.contract if task else tasks.EVERYTHING
    kind = ChangeKind.MODIFIED if os.path.lexists(worktree.path(path)) else ChangeKind.ADDED
    decision = decide(contract.scope, context.settings.protected, path, kind)
    source, line = _where(worktree, decision, task.contract_path if task else "")
    if params.show and source:
        context.show(worktree.path(source), line or 1)
    return WhyResult(
        path=path,
        allowed=decision.allowed,
        list_name=decision.list_name,
        glob=decision.glob,
        symbols=decision.symbols,
        source=source,
        line=line,
        explanation=_explanation(path, decision, source, line, bool(task)),
    )


def text(result: WhyResult) -> str:
    return result.explanation


def _where(worktree: Worktree, decision: Decision, contract_path: str) -> tuple[str, int | None]:
    """Return the file and the 1-based line in which the deciding glob is written, None where it is a default."""
    source = policy(worktree.root).path if decision.list_name == "protected" else contract_path
    if not source:
        return "", None
    glob = f"{decision.glob.partition(SEPARATOR)[0]}{SEPARATOR}" if decision.symbols else decision.glob
    try:
        with open(worktree.path(source), encoding="utf-8", errors="replace") as file:
            text = file.read()
    except OSError:
        return source, None
    if decision.list_name == "protected" and glob not in text:
        return "", None
    return source, contract_file.line_of_value(text, glob) if glob else contract_file.line_of(text, "edit")


def _explanation(path: str, decision: Decision, source: str, line: int | None, has_task: bool) -> str:
    if not has_task and decision.allowed:
        return f"{path}: no task is active, and nothing protects it"
    verdict = "allowed" if decision.allowed else "not allowed"
    if not decision.list_name:
        return f"{path}: {verdict}; no line of {source} matches it"
    place = f"{source}:{line}" if line else (source or "the default settings")
    only = f", {', '.join(decision.symbols)} alone" if decision.symbols else ""
    return f"{path}: {verdict}{only} by `{decision.glob}` in {decision.list_name} ({place})"
