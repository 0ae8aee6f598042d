"""What an editor asks of open documents: sync, lenses, hovers, actions and pulled diagnostics."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from autonav_analysis.complexity.percentiles import Ranking
from autonav_analysis.routing.score import Signals
from autonav_protocol.errors import AutonavError, Conflict, NotFound
from autonav_server.exploration.records import candidate
from autonav_server.lsp import contract_document, features
from autonav_server.lsp.diagnostics import diagnostic, path_of
from autonav_server.lsp.documents import Document, opened, remeasured
from autonav_server.lsp.edits import candidate_edit
from autonav_server.lsp.session import Session
from autonav_server.worktree.configuration import proposers
from autonav_server.worktree.failing import failing_tests
from autonav_server.worktree.past_work import routed
from autonav_server.worktree.worktree import Worktree

DEBOUNCE, LONGEST_WAIT = 0.15, 0.5
log = logging.getLogger(__name__)


def register(  # noqa: C901 - one short closure for each feature
    server: LanguageServer, session: Session, settled: Callable[[], None], forgotten: Callable[[str], None]
) -> dict[str, Document]:
    """Register the features on a server and return its open documents, by URI.

    `settled` is called after a pause in typing, and `forgotten` with the URI of a document that was
    opened: some editors forget what was pushed for a file when they close or reread it.
    """
    documents: dict[str, Document] = {}
    refreshing = _Refresh(server, settled)

    _synchronise(server, session, documents, refreshing, forgotten)

    @server.feature(types.TEXT_DOCUMENT_DIAGNOSTIC, types.DiagnosticOptions(True, False, identifier="autonav"))
    async def pulled(params: types.DocumentDiagnosticParams) -> types.RelatedFullDocumentDiagnosticReport:
        await session.ready()
        document = documents.get(params.text_document.uri)
        return types.RelatedFullDocumentDiagnosticReport(document_diagnostics(session, document) if document else [])

    @server.feature(types.TEXT_DOCUMENT_CODE_LENS)
    async def code_lens(params: types.CodeLensParams) -> list[types.CodeLens]:
        document = documents.get(params.text_document.uri)
        if document is None:
            return []
        await session.ready()
        await _measure(document)
        worktree = session.worktree_of(document.path)
        if worktree is None:
            return []
        settings = await asyncio.to_thread(session.settings, worktree)
        failing = await asyncio.to_thread(failing_tests, worktree)
        path = worktree.relative(document.path)
        changed = await asyncio.to_thread(session.changed_tests_at, worktree, path)
        return [
            *features.complexity_lenses(document.uri, document.functions, settings, ranking(worktree)),
            *features.test_lenses(
                worktree.root, path, document.functions, failing, session.searching, changed=changed.texts
            ),
            *features.assertion_lenses(worktree.root, changed.assertions),
        ]

    @server.feature(types.TEXT_DOCUMENT_HOVER)
    async def hover(params: types.HoverParams) -> types.Hover | None:
        document = documents.get(params.text_document.uri)
        if document is None:
            return None
        if (worktree := _contract_worktree(session, document)) is not None:
            place = _place(document, params.position)
            paths = session.paths(worktree)
            written = await asyncio.to_thread(contract_document.hover, *place, worktree.root, paths)
            if contract_document.key_at(*place) == "task":
                written = f"{written}\n\n{await asyncio.to_thread(_route_of, session, worktree)}"
            return _markdown(written) if written else None
        await _measure(document)
        function = next((each for each in document.functions if each.line == params.position.line + 1), None)
        worktree = session.worktree_of(document.path)
        ranks = ranking(worktree) if worktree else Ranking(())
        return _markdown(features.hover(function, ranks)) if function else None

    @server.feature(types.TEXT_DOCUMENT_INLAY_HINT)
    async def inlay_hint(params: types.InlayHintParams) -> list[types.InlayHint]:
        document = documents.get(params.text_document.uri)
        worktree = session.worktree_of(document.path) if document else None
        if document is None or worktree is None:
            return []
        await _measure(document)
        settings = await asyncio.to_thread(session.settings, worktree)
        return features.inlay_hints(document, params.range, settings, _encoding(server))

    def ranking(worktree: Worktree) -> Ranking:
        """Return how the worktree's functions are distributed; until they are measured the reference alone."""
        if worktree.root not in session.rankings:
            session.rankings[worktree.root] = Ranking(())
            ranked = asyncio.get_running_loop().create_task(session.rank(worktree))
            ranked.add_done_callback(lambda _: refreshing.soon())
        return session.rankings[worktree.root]

    @server.feature(
        types.TEXT_DOCUMENT_CODE_ACTION,
        types.CodeActionOptions(
            code_action_kinds=[types.CodeActionKind.QuickFix, features.APPLY_HERE, features.SIMPLIFY],
            resolve_provider=True,
        ),
    )
    async def code_action(params: types.CodeActionParams) -> list[types.CodeAction]:
        await session.ready()
        actions = features.fix_actions(params.context.diagnostics)
        document = documents.get(params.text_document.uri)
        worktree = session.worktree_of(document.path) if document else None
        if document is None or worktree is None:
            return actions
        await _measure(document)
        path = worktree.relative(document.path)
        outside = session.change_at(worktree, path)
        actions += [
            *features.allow_actions(document, path, params.context.diagnostics),
            *features.hunk_actions(worktree.root, outside, params.range, actions),
        ]
        if outside is not None:
            actions += features.task_actions(worktree.root, path, session.outside(worktree))
        function = features.function_at(document.functions, params.range.start.line + 1)
        if function is not None and (identity := features.test_id(path, function)):
            asks = bool((await asyncio.to_thread(proposers)).sources)
            searched = session.searching.get((worktree.root, identity))
            actions += features.search_actions(worktree.root, function, identity, searched, asks=asks)
        elif function is not None and path.endswith(".py"):
            actions.append(features.simplify(worktree.root, path, function))
        known = session.candidates.get(worktree.root, ())
        return [*actions, *features.candidate_actions(worktree.root, path, function, known)]

    @server.feature(types.CODE_ACTION_RESOLVE)
    async def resolve(action: types.CodeAction) -> types.CodeAction:
        data: Any = action.data
        if not isinstance(data, dict) or "candidate" not in data:
            return action
        worktree = session.worktree(data.get("worktree"))
        chosen = await asyncio.to_thread(candidate, worktree, str(data["candidate"]))
        action.edit = await _edit(server, documents, worktree, chosen)
        return action

    _register_contracts(server, session, documents)
    return documents


def _synchronise(
    server: LanguageServer,
    session: Session,
    documents: dict[str, Document],
    refreshing: "_Refresh",
    forgotten: Callable[[str], None],
) -> None:
    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    def did_open(params: types.DidOpenTextDocumentParams) -> None:
        item = params.text_document
        if (path := path_of(item.uri)) is not None:
            documents[item.uri] = opened(item, path)
            forgotten(item.uri)
            refreshing.soon()

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    def did_change(params: types.DidChangeTextDocumentParams) -> None:
        document = documents.get(params.text_document.uri)
        if document is not None and params.text_document.version >= document.version:
            document.change(params.text_document.version, params.content_changes, _encoding(server))
            refreshing.soon()

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def did_close(params: types.DidCloseTextDocumentParams) -> None:
        documents.pop(params.text_document.uri, None)
        refreshing.soon()

    @server.feature(types.TEXT_DOCUMENT_WILL_SAVE)
    def will_save(params: types.WillSaveTextDocumentParams) -> None:
        note_saved(params.text_document.uri)  # before the watcher can see the write

    @server.feature(types.TEXT_DOCUMENT_DID_SAVE)
    def did_save(params: types.DidSaveTextDocumentParams) -> None:
        if (worktree := note_saved(params.text_document.uri)) is not None:
            session.fences[worktree.root].hint()

    def note_saved(uri: str) -> Worktree | None:
        document = documents.get(uri)
        worktree = session.worktree_of(document.path) if document else None
        if document is not None and worktree is not None:
            session.note_saved(worktree, worktree.relative(document.path), document.digest)
        return worktree


def _register_contracts(server: LanguageServer, session: Session, documents: dict[str, Document]) -> None:
    @server.feature(types.TEXT_DOCUMENT_COMPLETION, types.CompletionOptions(trigger_characters=['"', "'", "/"]))
    async def completion(params: types.CompletionParams) -> list[types.CompletionItem]:
        document = documents.get(params.text_document.uri)
        worktree = _contract_worktree(session, document) if document else None
        if document is None or worktree is None:
            return []
        place = _place(document, params.position)
        return await asyncio.to_thread(contract_document.completions, *place, session.paths(worktree))

    @server.feature(types.TEXT_DOCUMENT_DEFINITION)
    async def definition(params: types.DefinitionParams) -> list[types.Location]:
        document = documents.get(params.text_document.uri)
        worktree = _contract_worktree(session, document) if document else None
        if document is None or worktree is None:
            return []
        place, paths = _place(document, params.position), session.paths(worktree)
        return await asyncio.to_thread(contract_document.locations, *place, worktree.root, paths)


def _contract_worktree(session: Session, document: Document) -> Worktree | None:
    """Return the worktree of a contract file, None for another document."""
    worktree = session.worktree_of(document.path)
    is_contract = worktree and contract_document.is_contract(worktree.relative(document.path))
    return worktree if is_contract else None


def _place(document: Document, position: types.Position) -> tuple[str, int, int]:
    """Return the text of a contract, and a position in it; contracts are read in characters."""
    return document.source.decode("utf-8", "replace"), position.line, position.character


def _markdown(text: str) -> types.Hover:
    return types.Hover(contents=types.MarkupContent(kind=types.MarkupKind.Markdown, value=text))


def document_diagnostics(session: Session, document: Document) -> list[types.Diagnostic]:
    """Return what is found in the text of an open document; findings about the tree are not among it."""
    found = session.findings_in(document.path, document.source)
    return [diagnostic(found[0].root, each) for each in found[1]] if found else []


async def _edit(server: LanguageServer, documents: dict[str, Document], worktree: Worktree, chosen: Any) -> Any:
    """Return the edit that makes the candidate's change in the editor; refuse where the file has changed since."""
    path = worktree.path(chosen.path)
    document = next((each for each in documents.values() if each.path == path), None)
    try:
        return await asyncio.to_thread(candidate_edit, worktree, chosen, document, _encoding(server))
    except (Conflict, NotFound):
        raise
    except OSError as error:
        raise AutonavError(f"{chosen.path} cannot be read: {error}") from error


async def _measure(document: Document) -> None:
    """Bring the document's functions up to its version; what has become stale meanwhile is dropped."""
    if document.grammar is None or document.is_measured:
        return
    version = document.version
    work = remeasured, document.path, document.source, document.grammar, document.measured
    fresh = await asyncio.to_thread(*work)
    if document.version == version:
        document.measured = fresh


def _route_of(session: Session, worktree: Worktree) -> str:
    seen = session.fences[worktree.root].last
    globs = seen.task.contract.scope.edit if seen and seen.task else ()
    try:
        return routed(worktree, globs, session.settings(worktree).route.threshold, Signals()).explanation
    except AutonavError as error:
        return f"not routed: {error.message}"


def _encoding(server: LanguageServer) -> str:
    encoding = server.server_capabilities.position_encoding or "utf-16"
    return str(getattr(encoding, "value", encoding))


class _Refresh:
    """Asks the client to ask for lenses again: after a pause in typing, and at the latest after half a second."""

    def __init__(self, server: LanguageServer, settled: Callable[[], None]) -> None:
        self._server, self._settled = server, settled
        self._first: float | None = None
        self._timer: asyncio.TimerHandle | None = None

    def soon(self) -> None:
        """Ask once things are quiet."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        self._first = now if self._first is None else self._first
        if self._timer is not None:
            self._timer.cancel()
        due = min(now + DEBOUNCE, self._first + LONGEST_WAIT)
        self._timer = loop.call_at(due, self.now)

    def now(self) -> None:
        """Ask, where the client says that it understands."""
        self._timer = self._first = None
        refresh_lenses(self._server)
        self._settled()


def refresh_lenses(server: LanguageServer) -> None:
    """Ask the client to ask for code lenses again, where it says that it understands."""
    workspace = server.client_capabilities.workspace
    if workspace and workspace.code_lens and workspace.code_lens.refresh_support:
        server.workspace_code_lens_refresh(None)
