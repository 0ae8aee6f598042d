"""What all connections of one server share: the open worktrees, their fences and what was found in them."""

import asyncio
import contextlib
import logging
import os
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from autonav_analysis.audit.keeping import Key, key_of
from autonav_analysis.audit.paths import is_test
from autonav_analysis.audit.tests import ChangedTests, changed_tests
from autonav_analysis.complexity.percentiles import Ranking
from autonav_analysis.judging import judge
from autonav_protocol.errors import AutonavError, BadRequest, Cancelled, NotFound
from autonav_protocol.settings import Settings
from autonav_protocol.values.candidate import Candidate
from autonav_protocol.values.change import FileChange
from autonav_protocol.values.contract import ContractText
from autonav_protocol.values.finding import Finding
from autonav_server.auditing.audit import Findings
from autonav_server.auditing.texts import audited_files
from autonav_server.evaluation.pool import Pool
from autonav_server.exploration.records import candidates_of
from autonav_server.lsp.audit_watch import AuditWatch
from autonav_server.lsp.fence_watch import FenceWatch
from autonav_server.worktree import tasks
from autonav_server.worktree.configuration import load
from autonav_server.worktree.fence import Look
from autonav_server.worktree.listing import listed_files
from autonav_server.worktree.measures import measures
from autonav_server.worktree.paths import find_root
from autonav_server.worktree.trust import is_trusted
from autonav_server.worktree.worktree import Worktree, open_worktree

OPENING_SECONDS = 5.0
log = logging.getLogger(__name__)


@dataclass
class Session:
    """The state of one server process; only the event loop changes it.

    `trusts_folders` says that the editor itself trusts what it opened, `shows_candidates` that it has a view of its
    own for what a search found. `published` is called with each new look, `audited` with what its content was found
    to hold so far and the share that is judged, and `is_open` returns the paths that are open in the editor.
    `tests` holds how those in a file changed, and what the change of that file was known by.
    `validated` holds for each root what the last run of its tests found, `searching` the run that searches for a
    test of a root. `opened` is set once the editor's first folders are open: until then requests wait. `saved` holds
    for each root the BLAKE3 of what the editor last saved, by path.
    """

    published: Callable[[Worktree, Look], None]
    audited: Callable[[Worktree, Findings, float], None]
    is_open: Callable[[Worktree], Collection[str]]
    worktrees: dict[str, Worktree] = field(default_factory=dict)
    fences: dict[str, FenceWatch] = field(default_factory=dict)
    audits: dict[str, AuditWatch] = field(default_factory=dict)
    candidates: dict[str, tuple[Candidate, ...]] = field(default_factory=dict)
    tests: dict[tuple[str, str], tuple[Key, ChangedTests]] = field(default_factory=dict)
    validated: dict[str, tuple[Finding, ...]] = field(default_factory=dict)
    rankings: dict[str, Ranking] = field(default_factory=dict)
    searching: dict[tuple[str, str], str] = field(default_factory=dict)
    saved: dict[str, dict[str, str]] = field(default_factory=dict)
    editor_settings: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    problems: dict[str, tuple[str, ...]] = field(default_factory=dict)
    trusts_folders: bool = False
    shows_candidates: bool = False
    opened: asyncio.Event = field(default_factory=asyncio.Event)
    auditors: list[Pool] = field(default_factory=list)

    async def ready(self) -> None:
        """Wait for the first folders; a client that never says `initialized` is not waited for long."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.opened.wait(), OPENING_SECONDS)

    async def add_folder(self, path: str) -> Worktree:
        """Open the worktree of an editor's folder, once, and begin to watch it."""
        root = find_root(path)
        if root not in self.worktrees:
            worktree = await asyncio.to_thread(open_worktree, root)
            if root in self.worktrees:  # opened meanwhile
                worktree.close()
                return self.worktrees[root]
            self.worktrees[root] = worktree
            self.candidates[root] = await asyncio.to_thread(candidates_of, worktree)
            self.audits[root] = AuditWatch(
                worktree,
                self._pool,
                lambda: self.is_open(worktree),
                lambda: self.settings(worktree),
                lambda *told: self.audited(worktree, *told),
            )
            self.fences[root] = FenceWatch(
                worktree,
                lambda: self.settings(worktree),
                lambda: self.trusted(worktree),
                lambda: self.saved.get(root, {}),
                lambda look: self._looked(worktree, look),
            )
        return self.worktrees[root]

    async def remove_folder(self, path: str, remaining: list[str]) -> None:
        """Close the worktree of a folder unless another open folder lies in it."""
        root = find_root(path)
        if root in self.worktrees and root not in {find_root(each) for each in remaining}:
            await self.fences.pop(root).close()
            await self.audits.pop(root).close()
            await asyncio.to_thread(self.worktrees.pop(root).close)

    async def close(self) -> None:
        """Close every worktree."""
        for root in list(self.worktrees):
            await self.remove_folder(root, [])
        if self.auditors:
            await asyncio.to_thread(self.auditors.pop().shutdown, cancel_futures=True)

    def worktree(self, named: str | None) -> Worktree:
        """Return the open worktree meant by a path, or the only one."""
        if named is not None:
            root = find_root(named)
            if root not in self.worktrees:
                raise NotFound(f"{named} lies in no open worktree", "open its folder in the editor")
            return self.worktrees[root]
        if len(self.worktrees) != 1:
            raise BadRequest(f"{len(self.worktrees)} worktrees are open", "say which with `worktree`")
        return next(iter(self.worktrees.values()))

    def worktree_of(self, path: str) -> Worktree | None:
        """Return the open worktree that holds a file, None where none does."""
        holding = [root for root in self.worktrees if path == root or path.startswith(root + os.sep)]
        return self.worktrees[max(holding, key=len)] if holding else None

    def settings(self, worktree: Worktree) -> Settings:
        """Return the settings that hold in a worktree now."""
        configuration = load(worktree.root, self.editor_settings.get(worktree.root, {}))
        self.problems[worktree.root] = configuration.problems
        return configuration.settings

    def note_saved(self, worktree: Worktree, path: str, digest: str) -> None:
        """Note that the editor saved a file, unless what stood there before was another's doing."""
        seen = self.fences[worktree.root].last
        changed = seen.change.files if seen and seen.change else ()
        before = next((file for file in changed if file.path == path), None)
        if before is None or before.attribution == "editor" or before.image == digest:
            self.saved.setdefault(worktree.root, {})[path] = digest

    async def rank(self, worktree: Worktree) -> None:
        """Measure the whole worktree, for the percentiles of its functions."""

        def report(*_: object) -> None:
            if worktree.root not in self.worktrees:
                raise Cancelled("the folder was closed")

        try:
            paths = await asyncio.to_thread(listed_files, worktree)
            taken = await asyncio.to_thread(measures, worktree, paths, report=report)
            self.rankings[worktree.root] = Ranking(taken.functions)
        except (AutonavError, OSError) as error:
            log.info("%s is not ranked: %s", worktree.root, error)

    def paths(self, worktree: Worktree) -> tuple[str, ...]:
        """Return all files of a worktree, as of the last look."""
        seen = self.fences[worktree.root].last
        return seen.paths if seen else ()

    def change_at(self, worktree: Worktree, path: str) -> FileChange | None:
        """Return how a file differs, as of the last look; None where it is as expected or allowed."""
        return next((file for file in self.outside(worktree) if file.path == path), None)

    def outside(self, worktree: Worktree) -> tuple[FileChange, ...]:
        """Return the changed files that the contract does not allow, as of the last look."""
        seen = self.fences[worktree.root].last
        if seen is None or seen.change is None:
            return ()
        paths = frozenset(seen.outside)
        return tuple(file for file in seen.change.files if file.path in paths)

    def changed_tests_at(self, worktree: Worktree, path: str) -> ChangedTests:
        """Return the tests of a file that changed since the task began, as of the last look."""
        seen = self.fences[worktree.root].last
        files = seen.change.files if seen and seen.task and seen.change and is_test(path) else ()
        changed = next((file for file in files if file.path == path), None)
        if changed is None:
            return ChangedTests()
        key, (known, tests) = key_of(changed), self.tests.get((worktree.root, path), (None, ChangedTests()))
        if key != known:
            tests = next((changed_tests(each) for each in audited_files(worktree, [changed])), ChangedTests())
            self.tests[worktree.root, path] = key, tests
        return tests

    def findings_in(self, path: str, source: bytes) -> tuple[Worktree, tuple[Finding, ...]] | None:
        """Return what the rules say of a text that is open in the editor, None outside every worktree.

        Of all texts only the contract of the active task is judged as one.
        """
        worktree = self.worktree_of(path)
        if worktree is None:
            return None
        seen = self.fences[worktree.root].last
        relative = worktree.relative(path)
        if seen is None or seen.task is None or seen.change is None or relative != seen.task.contract_path:
            return worktree, ()
        subject = ContractText(
            path=relative,
            slug=seen.task.slug,
            text=source.decode("utf-8", "replace"),
            image=seen.change.contract_image,
            files=seen.paths,
            others=tuple((slug, contract.scope.edit) for slug, contract in tasks.other_active(worktree)),
        )
        return worktree, judge(subject)

    def trusted(self, worktree: Worktree) -> bool:
        """Return whether commands of the worktree may run."""
        return self.trusts_folders or is_trusted(worktree.root)

    def keep(self, worktree: Worktree, found: tuple[Candidate, ...]) -> None:
        """Put new candidates before those known."""
        known = {each.id for each in found}
        older = tuple(each for each in self.candidates.get(worktree.root, ()) if each.id not in known)
        self.candidates[worktree.root] = (*found, *older)

    def work(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Return what a function returns that is called beside the event loop and this process; for threads."""
        return self._pool().submit(function, *arguments).result()

    def _looked(self, worktree: Worktree, look: Look) -> None:
        self.published(worktree, look)
        self.audits[worktree.root].update(look)

    def _pool(self) -> Pool:
        """Return the process that judges content, one for all worktrees, started when there is some."""
        if not self.auditors:
            self.auditors.append(Pool(1))
        return self.auditors[0]
