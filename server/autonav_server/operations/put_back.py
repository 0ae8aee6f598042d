"""Handle `put-back`: write what the task should have left, under compare-and-swap of what was seen."""

import asyncio
from collections.abc import Mapping

from blake3 import blake3

from autonav_analysis.changes.hunks import covers, without_hunks
from autonav_analysis.contracts.scope import decide
from autonav_protocol.errors import BadRequest, Conflict, NotFound
from autonav_protocol.operations.put_back import PutBackParams, PutBackResult
from autonav_protocol.values.change import FileChange
from autonav_server.context import Context
from autonav_server.ledger import chain
from autonav_server.worktree import tasks
from autonav_server.worktree.atomic import Image, read_image
from autonav_server.worktree.clock import now
from autonav_server.worktree.expected import Base, Memory
from autonav_server.worktree.rescan import read_entry, rescan
from autonav_server.worktree.restore import Write, write_files
from autonav_server.worktree.tasks import Task
from autonav_server.worktree.worktree import Worktree


async def run(context: Context, params: PutBackParams) -> PutBackResult:
    worktree = context.worktree
    task = tasks.judged_by(worktree) or tasks.required_task(worktree)
    writes = await asyncio.to_thread(_writes, context, worktree, task, params)
    unsaved = [write for write in writes if write.wanted and context.unsaved(worktree.path(write.path)) is not None]
    moment = await asyncio.to_thread(write_files, worktree, "put-back", writes, now())
    for write in unsaved:  # an editor rereads the others itself
        if write.wanted is not None:
            context.replace_unsaved(worktree.path(write.path), write.wanted.data)
    restored = tuple(write.path for write in writes if write.wanted is not None)
    deleted = tuple(write.path for write in writes if write.wanted is None)
    context.record("put-back", {"slug": task.slug, "restored": restored, "deleted": deleted, "moment": moment})
    context.changed(worktree)
    return PutBackResult(restored=restored, deleted=deleted, moment=moment)


def text(result: PutBackResult) -> str:
    lines = [f"put back {path}" for path in result.restored] + [f"removed {path}" for path in result.deleted]
    return "\n".join([*lines, f"undo with: autonav undo --moment {result.moment}"])


def _writes(context: Context, worktree: Worktree, task: Task, params: PutBackParams) -> list[Write]:
    with worktree.alone():
        return _looked_up(context, worktree, task, params)


def _looked_up(context: Context, worktree: Worktree, task: Task, params: PutBackParams) -> list[Write]:
    if (params.lines or params.version) and len(params.paths) != 1:
        raise BadRequest("`lines` and `version` need one path", "name the file that is meant")
    base, memory = Base.from_json(task.base), Memory.from_json(task.memory)
    scanned = rescan(worktree, base, memory, run_filters=context.trusted(worktree))
    changed = {file.path: file for file in scanned.files}
    paths = params.paths
    if params.all:
        paths = tuple(each.path for each in scanned.files if not _allowed(context, task, each))
    if not paths:
        raise NotFound("there is nothing to put back" if params.all else "no file is named", "name files, or --all")
    return [_write(context, worktree, task, base, changed, params, named) for named in paths]


def _write(
    context: Context,
    worktree: Worktree,
    task: Task,
    base: Base,
    changed: Mapping[str, FileChange],
    params: PutBackParams,
    named: str,
) -> Write:
    path = worktree.relative(named)
    now_there = read_image(worktree.path(path))
    seen = params.expected.get(named)
    if seen is not None and seen != ("" if now_there is None else blake3(now_there.data).hexdigest()):
        raise Conflict(f"{path} has changed since you looked at it", "look at it again")
    if params.version:
        return Write(path, now_there, _version(worktree, path, params.version))
    if task.slug and path == task.contract_path:
        return Write(path, now_there, Image("100644", worktree.store.get(task.granted)))
    file = changed.get(path)
    is_judged = task.slug or (file and not _allowed(context, task, file))
    if not is_judged:
        raise NotFound("no task is active", f"start one; {path} is not a protected file that changed")
    if file is None:
        raise NotFound(f"{path} is not changed by task {task.slug}", "autonav check lists what is")
    trusted = context.trusted(worktree)
    wanted = None
    if file.before is not None:
        wanted = Image(file.before.mode, read_entry(worktree, base, path, file.before, trusted))
    if params.lines:
        wanted = _by_hunks(file, now_there, wanted, params.lines)
    return Write(path, now_there, wanted)


def _version(worktree: Worktree, path: str, begins: str) -> Image:
    seen = chain.versions(worktree.store, worktree.root, {path})
    found = {each.image: each.mode for each in seen if each.image and each.image.startswith(begins)}
    if len(found) != 1:
        raise NotFound(f"{len(found)} versions of {path} begin with {begins}", "autonav timeline lists them")
    [(image, mode)] = found.items()
    return Image(mode, worktree.store.get(image))


def _allowed(context: Context, task: Task, file: FileChange) -> bool:
    return decide(task.contract.scope, context.settings.protected, file.path, file.kind).allowed


def _by_hunks(file: FileChange, now_there: Image | None, wanted: Image | None, lines: tuple[int, ...]) -> Image:
    chosen = [hunk for hunk in file.hunks if any(covers(hunk, line) for line in lines)]
    if now_there is None or wanted is None or file.binary or not chosen:
        raise NotFound(f"{file.path} has no hunk at line {lines[0]}", "put the whole file back")
    return Image(now_there.mode, without_hunks(wanted.data, now_there.data, chosen))
