"""One server process: the editor's connection, further ones on sockets, and the session they share."""

import asyncio
import contextlib
import logging
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from importlib.metadata import version
from typing import Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.lsp.server import LanguageServer

from autonav_analysis.audit.hearing import heard
from autonav_analysis.validation_findings import red_old_tests
from autonav_protocol.errors import AutonavError, BadRequest, Cancelled
from autonav_protocol.events import candidates as candidates_event
from autonav_protocol.events import status as status_event
from autonav_protocol.operation import Effect, Operation, Surface
from autonav_protocol.settings import Settings
from autonav_protocol.values.candidate import Candidate
from autonav_protocol.values.finding import Finding
from autonav_server.auditing.audit import Findings
from autonav_server.context import Choices, Context
from autonav_server.lsp import editing
from autonav_server.lsp.connections import listen
from autonav_server.lsp.diagnostics import by_uri, line_range, path_of, uri_of
from autonav_server.lsp.documents import Document
from autonav_server.lsp.progress import Report, progress
from autonav_server.lsp.protocol import Protocol
from autonav_server.lsp.session import Session
from autonav_server.lsp.told import Told
from autonav_server.operations._registry import bind, bound_operations, call, declared_operations
from autonav_server.worktree.fence import Look, status_of
from autonav_server.worktree.paths import socket_path
from autonav_server.worktree.worktree import Worktree

log = logging.getLogger(__name__)


class Server(LanguageServer):
    """A pygls server with our protocol, which logs its own failures instead of popping them up."""

    protocol: Protocol  # pyright: ignore[reportIncompatibleVariableOverride]

    def __init__(self) -> None:
        super().__init__("autonav", version("oppie-autonav"), protocol_cls=Protocol, max_workers=1)

    def report_server_error(self, error: Exception, source: Any) -> None:
        """Leave it at the log: the caller of a request has its answer."""


class Hub:
    """What one process serves. `create_editor_server` is called once, `close` at the end."""

    def __init__(self) -> None:
        self.session = Session(self._publish, self._publish_audit, self._open_paths)
        self._editor: Server | None = None
        self._attached: set[Server] = set()
        self._documents: dict[str, Document] = {}
        self._found: dict[str, dict[str, list[types.Diagnostic]]] = {}
        self._audited: dict[str, Findings] = {}
        self._told = Told()
        self._asked: set[tuple[str, str]] = set()
        self._sockets: dict[str, asyncio.AbstractServer] = {}
        self._work: set[asyncio.Task[Any]] = set()

    def create_editor_server(self) -> Server:
        """Return the server of the editor's connection."""
        server = self._editor = Server()
        self._documents = editing.register(server, self.session, self._publish_documents, self._told.forget)
        self._register_operations(server, Surface.EDITOR)

        @server.feature(types.INITIALIZE)
        def initialize(params: types.InitializeParams) -> None:
            options = params.initialization_options
            told = options if isinstance(options, dict) else {}
            self.session.trusts_folders = told.get("trusted") is True
            self.session.shows_candidates = told.get("shows_candidates") is True

        @server.feature(types.INITIALIZED)
        async def initialized(params: types.InitializedParams) -> None:
            folders = [folder.uri for folder in server.workspace.folders.values()]
            await self._open(server, folders or [server.workspace.root_uri])
            await self._register_capabilities(server)
            await asyncio.to_thread(bound_operations)  # what is asked for first need not wait for its import

        @server.feature(types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS)
        async def folders_changed(params: types.DidChangeWorkspaceFoldersParams) -> None:
            remaining = [path for uri in server.workspace.folders if (path := path_of(uri))]
            for folder in params.event.removed:
                if path := path_of(folder.uri):
                    await self.session.remove_folder(path, remaining)
            self._found = {root: each for root, each in self._found.items() if root in self.session.worktrees}
            self._publish_documents()
            await self._open(server, [folder.uri for folder in params.event.added])

        @server.feature(types.WORKSPACE_DID_CHANGE_CONFIGURATION)
        async def configuration_changed(params: types.DidChangeConfigurationParams) -> None:
            await self._pull_configuration(server)

        return server

    def create_attached_server(self) -> Server:
        """Return the server of one more connection: operations alone, and no grants."""
        server = Server()
        self._attached.add(server)
        self._register_operations(server, Surface.ATTACH)
        return server

    async def close(self) -> None:
        """End what runs, stop watching, close sockets and stores."""
        for task in self._work:
            task.cancel()
        await asyncio.gather(*self._work, return_exceptions=True)
        for root, listener in self._sockets.items():
            listener.close()
            with contextlib.suppress(OSError):
                os.unlink(socket_path(root))
        await self.session.close()

    def _register_operations(self, server: Server, surface: Surface) -> None:
        for operation in declared_operations().values():
            if operation.serves(surface):
                handler = self._handler(server, operation, surface)
                server.feature(operation.request)(handler)
                if surface is Surface.EDITOR:
                    server.command(operation.command)(handler)

    def _handler(
        self, server: Server, operation: Operation[Any, Any], surface: Surface
    ) -> Callable[..., Awaitable[Any]]:
        async def handle(*arguments: Any) -> Any:
            raw = arguments[0] if arguments and arguments[0] is not None else {}
            if not isinstance(raw, Mapping) or len(arguments) > 1:
                raise BadRequest(f"{operation.command} takes one object of parameters")
            current = asyncio.current_task()
            started = asyncio.Event()
            reports: list[Callable[[str, float | None], None]] = []

            async def work() -> Any:
                await started.wait()
                await self.session.ready()
                return await call(bind(operation), self._context(server, surface, raw, reports[0]), raw)

            task = asyncio.get_running_loop().create_task(work())
            self._work.add(task)
            task.add_done_callback(self._work.discard)
            try:
                async with self._progress(server, operation, surface, task) as report:
                    reports.append(report)
                    started.set()
                    return operation.dump(await task)
            except asyncio.CancelledError:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
                if current is not None and current.cancelling():
                    raise
                raise Cancelled(f"{operation.words} was cancelled") from None

        return handle

    def _progress(
        self, server: Server, operation: Operation[Any, Any], surface: Surface, task: asyncio.Task[Any]
    ) -> Any:
        if surface is Surface.EDITOR and operation.effect is not Effect.GRANT:
            return progress(server, f"AutoNav: {operation.title.lower()}", task)
        return _silent()

    def _context(self, server: Server, surface: Surface, raw: Mapping[str, Any], report: Any) -> Context:
        named = raw.get("worktree")

        def worktree() -> Worktree:
            return self.session.worktree(named if isinstance(named, str) else None)

        return Context(
            surface=surface,
            open_worktree=worktree,
            load_settings=lambda: self.session.settings(worktree()),
            trusted=self.session.trusted,
            progress=report,
            changed=lambda each: self.session.fences[each.root].hint(),
            announce=self._announce,
            offer=self._offer if surface is Surface.EDITOR else (lambda *_: None),
            searching=self._searching,
            found=self._keep,
            proposed=self._show_page if surface is Surface.EDITOR else (lambda _: None),
            validated=self._show_validation,
            unsaved=self._unsaved,
            replace_unsaved=self._replace,
            show=self._show if surface is Surface.EDITOR else (lambda *_: None),
            saved=lambda each: self.session.saved.get(each.root, {}),
            watching=lambda each: self.session.fences[each.root].kind,
            audited=lambda each, look: self.session.audits[each.root].findings(look),
            work=self.session.work,
        )

    async def _open(self, server: Server, uris: Sequence[str | None]) -> None:
        for uri in uris:
            path = path_of(uri) if uri else None
            if path is None or not os.path.isdir(path):
                continue
            try:
                worktree = await self.session.add_folder(path)
            except AutonavError as error:
                server.window_show_message(types.ShowMessageParams(types.MessageType.Warning, f"AutoNav: {error}"))
                continue
            await self._listen(worktree)
        self.session.opened.set()
        await self._pull_configuration(server)

    async def _listen(self, worktree: Worktree) -> None:
        if worktree.root in self._sockets:
            return
        try:
            path = await asyncio.to_thread(socket_path, worktree.root)
            self._sockets[worktree.root] = await listen(path, self.create_attached_server)
        except (AutonavError, OSError) as error:
            log.warning("no socket for %s: %s", worktree.root, error)

    async def _register_capabilities(self, server: Server) -> None:
        workspace = server.client_capabilities.workspace
        changes = workspace.did_change_configuration if workspace else None
        if changes and changes.dynamic_registration:
            registration = types.Registration(
                id="autonav.configuration",
                method=types.WORKSPACE_DID_CHANGE_CONFIGURATION,
                register_options=types.DidChangeConfigurationRegistrationOptions(section="autonav"),
            )
            try:
                await server.client_register_capability_async(types.RegistrationParams([registration]))
            except JsonRpcException as error:
                log.info("the client does not tell of changed settings: %s", error)

    async def _pull_configuration(self, server: Server) -> None:
        workspace = server.client_capabilities.workspace
        roots = list(self.session.worktrees)
        if not (workspace and workspace.configuration and roots):
            return
        items = [types.ConfigurationItem(scope_uri=uri_of(root), section="autonav") for root in roots]
        try:
            found = await server.workspace_configuration_async(types.ConfigurationParams(items))
        except JsonRpcException as error:
            log.info("the client gives no settings: %s", error)
            return
        for root, values in zip(roots, found, strict=False):
            self.session.editor_settings[root] = explicit_settings(values)
            if root in self.session.fences:
                self.session.fences[root].hint()

    def _publish(self, worktree: Worktree, look: Look) -> None:
        server = self._editor
        if server is None:
            return
        contract_path = look.task.contract_path if look.task else ""
        validated = self.session.validated.get(worktree.root, ())
        found = (*look.findings, *self._audited.get(worktree.root, ()), *validated)
        findings = heard(found, self.session.settings(worktree).rules).findings
        self._found[worktree.root] = by_uri(worktree.root, findings, contract_path)
        self._publish_documents()
        self._ask_about_requests(worktree, look)
        trusted, watching = self.session.trusted(worktree), self.session.fences[worktree.root].kind
        self._notify(status_event.EVENT, status_of(worktree, look, trusted=trusted, watching=watching))

    def _publish_audit(self, worktree: Worktree, found: Findings, share: float) -> None:
        """Show what the content of a change was found to hold; until all is judged, what was found before stays."""
        before = self._audited.get(worktree.root, ()) if share < 1 else ()
        told = {each.fingerprint for each in found}
        now = (*found, *(each for each in before if each.fingerprint not in told))
        if now == self._audited.get(worktree.root, ()):
            return
        self._audited[worktree.root] = now
        if (seen := self.session.fences[worktree.root].last) is not None:
            self._publish(worktree, seen)

    def _open_paths(self, worktree: Worktree) -> set[str]:
        inside = (each.path for each in self._documents.values() if self.session.worktree_of(each.path) is worktree)
        return {worktree.relative(path) for path in inside}

    def _ask_about_requests(self, worktree: Worktree, look: Look) -> None:
        """Put each new request for more scope before the person, once."""
        requests = look.change.requests if look.change else ()
        for request in requests:
            if (worktree.root, request.id) not in self._asked:
                self._asked.add((worktree.root, request.id))
                question = f"may the task touch {', '.join(request.globs)}? {request.reason}"
                allow, decline = (
                    ("scope add", {"globs": list(request.globs)}),
                    ("scope decline", {"request": request.id}),
                )
                self._offer(worktree, question, {"Allow": allow, "Decline": decline})

    def _offer(self, worktree: Worktree, message: str, choices: Choices) -> None:
        """Put a question before the person; the operation that the answer names is run, and nothing waits for it."""
        if self._editor is not None:
            task = asyncio.get_running_loop().create_task(self._ask(self._editor, worktree, message, choices))
            self._work.add(task)
            task.add_done_callback(self._work.discard)

    async def _ask(self, server: Server, worktree: Worktree, message: str, choices: Choices) -> None:
        params = types.ShowMessageRequestParams(
            type=types.MessageType.Warning,
            message=f"AutoNav: {message}",
            actions=[types.MessageActionItem(title) for title in choices],
        )
        try:
            chosen = await server.window_show_message_request_async(params)
            if chosen is not None and chosen.title in choices:
                words, raw = choices[chosen.title]
                handle = self._handler(server, declared_operations()[words], Surface.EDITOR)
                await handle({**raw, "worktree": worktree.root})
        except (AutonavError, JsonRpcException) as error:
            log.info("%s: not done: %s", message, error)

    def _publish_documents(self) -> None:
        """Push what differs from what the editor was last told: findings about the trees, and about open texts."""
        server = self._editor
        if server is None:
            return
        wanted: dict[str, list[types.Diagnostic]] = {}
        for found in self._found.values():
            for uri, diagnostics in found.items():
                wanted[uri] = [*wanted.get(uri, []), *diagnostics]
        text = server.client_capabilities.text_document
        if not (text and text.diagnostic):  # the others pull them
            for uri, document in self._documents.items():
                wanted[uri] = [*wanted.get(uri, []), *editing.document_diagnostics(self.session, document)]
        for params in self._told.due(wanted, self._versions(wanted)):
            server.text_document_publish_diagnostics(params)

    def _versions(self, uris: Iterable[str]) -> dict[str, int | None]:
        """Return the versions of those open texts that are on disk as they are, and None for files that are not open."""
        opened = {uri: self._documents.get(uri) for uri in uris}
        return {
            uri: document.version if document else None
            for uri, document in opened.items()
            if document is None or self._unsaved(document.path) is None
        }

    def _keep(self, worktree: Worktree, run: str, test: str, found: tuple[Candidate, ...]) -> None:
        self.session.keep(worktree, found)
        if found and not self.session.shows_candidates:
            best = found[0]
            proof = f"{best.tests.passed} of {best.tests.collected} tests pass" if best.tests else "verified"
            self._announce(f"AutoNav: {best.title} ({proof}): see the actions at {best.path}:{best.line}")
        payload = candidates_event.CandidatesChanged(root=worktree.root, run=run, test=test, candidates=found)
        self._notify(candidates_event.EVENT, payload)

    def _show_page(self, path: str) -> None:
        """Open a page, unless the client shows what it is answered in a way of its own."""
        if not self.session.shows_candidates:
            self._show(path, 1)

    @contextlib.contextmanager
    def _searching(self, worktree: Worktree, run: str, test: str) -> Iterator[None]:
        """Show at a test that it is being searched, and how to stop that."""
        self.session.searching[worktree.root, test] = run
        if self._editor is not None:
            editing.refresh_lenses(self._editor)
        try:
            yield
        finally:
            self.session.searching.pop((worktree.root, test), None)
            if self._editor is not None:
                editing.refresh_lenses(self._editor)

    def _show_validation(self, worktree: Worktree, tests: tuple[str, ...], findings: tuple[Finding, ...]) -> None:
        """Show what a run of the tests found until the next; a run of some tests leaves what was found of others."""
        if tests:
            kept = self.session.validated.get(worktree.root, ())
            asked = {fix.params["tests"][0] for each in findings for fix in each.fixes if fix.params.get("tests")}
            findings = (*(each for each in kept if not _is_about(each, {*tests, *asked})), *findings)
        self.session.validated[worktree.root] = findings
        self.session.audits[worktree.root].proved(red_old_tests(findings))
        if (seen := self.session.fences[worktree.root].last) is not None:
            self._publish(worktree, seen)
        if self._editor is not None:
            editing.refresh_lenses(self._editor)

    def _notify(self, event: Any, payload: Any) -> None:
        for server in (self._editor, *self._attached):
            if server is not None and server.protocol.writer is not None:
                server.protocol.notify(event.method, event.dump(payload))

    def _announce(self, message: str) -> None:
        if self._editor is not None:
            self._editor.window_show_message(types.ShowMessageParams(types.MessageType.Info, message))

    def _show(self, path: str, line: int) -> None:
        if self._editor is None:
            return
        if path.endswith(".html"):  # a page is for a browser
            params = types.ShowDocumentParams(uri=uri_of(path), external=True)
        else:
            params = types.ShowDocumentParams(uri=uri_of(path), take_focus=True, selection=line_range(line, line))
        self._editor.window_show_document(params)

    def _unsaved(self, path: str) -> bytes | None:
        document = next((each for each in self._documents.values() if each.path == path), None)
        if document is None:
            return None
        try:
            with open(path, "rb") as file:
                return document.source if file.read() != document.source else None
        except OSError:
            return document.source

    def _replace(self, path: str, data: bytes) -> None:
        document = next((each for each in self._documents.values() if each.path == path), None)
        if document is None or self._editor is None:
            return
        encoding = self._editor.server_capabilities.position_encoding or "utf-16"
        whole = document.range_of(0, len(document.source), str(getattr(encoding, "value", encoding)))
        identifier = types.OptionalVersionedTextDocumentIdentifier(uri=document.uri, version=document.version)
        edit = types.TextEdit(range=whole, new_text=data.decode("utf-8", "surrogatepass"))
        change = types.TextDocumentEdit(text_document=identifier, edits=[edit])
        self._editor.workspace_apply_edit(
            types.ApplyWorkspaceEditParams(types.WorkspaceEdit(document_changes=[change]))
        )


def _is_about(finding: Finding, tests: set[str]) -> bool:
    named = {test for fix in finding.fixes for test in fix.params.get("tests", ())}
    return any(each == test or each.startswith((f"{test}::", f"{test}[")) for each in named for test in tests)


@contextlib.asynccontextmanager
async def _silent() -> AsyncIterator[Report]:
    yield lambda *_: None


def explicit_settings(values: Any) -> dict[str, Any]:
    """Return the settings a person set.

    Clients send every default too, and a default must not win over the repository's file.
    """
    defaults = Settings().model_dump(mode="json")
    return _explicit(values, defaults) if isinstance(values, Mapping) else {}


def _explicit(values: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for name, value in values.items():
        if name not in defaults or value is None or value == defaults[name] or value == []:
            continue
        if isinstance(value, Mapping) and isinstance(defaults[name], Mapping) and defaults[name]:
            if nested := _explicit(value, defaults[name]):
                kept[name] = nested
        else:
            kept[name] = value
    return kept
