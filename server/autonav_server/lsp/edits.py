"""A candidate as an edit of the editor's own text."""

import os

from lsprotocol import types

from autonav_analysis.findings import common_ends
from autonav_protocol.errors import Conflict, NotFound
from autonav_protocol.values.candidate import Candidate
from autonav_server.lsp.diagnostics import uri_of
from autonav_server.lsp.documents import Document
from autonav_server.lsp.positions import line_starts, position_at
from autonav_server.worktree.atomic import read_image
from autonav_server.worktree.snapshot import private_git
from autonav_server.worktree.worktree import Worktree

ANNOTATION = "autonav"


def candidate_edit(
    worktree: Worktree, chosen: Candidate, document: Document | None, encoding: str
) -> types.WorkspaceEdit:
    """Return the smallest edit of one range; raise Conflict where the text is not what the candidate was made from."""
    git = private_git(worktree)
    before = git("cat-file", "blob", f"{chosen.base}:{chosen.path}", check=False)
    after = git("cat-file", "blob", f"{chosen.tree}:{chosen.path}", check=False)
    if before.returncode or after.returncode:
        raise NotFound(f"the trees of candidate {chosen.id} are gone", "explore again")
    path = worktree.path(chosen.path)
    image = read_image(path)
    present = document.source if document is not None else image.data if image else b""
    if present != before.stdout:
        raise Conflict(f"{chosen.path} has changed since the exploration", "explore again, or apply it on a branch")
    edit = _smallest(before.stdout, after.stdout, encoding)
    version = document.version if document is not None else None
    identifier = types.OptionalVersionedTextDocumentIdentifier(uri=uri_of(os.fspath(path)), version=version)
    return types.WorkspaceEdit(
        document_changes=[types.TextDocumentEdit(text_document=identifier, edits=[edit])],
        change_annotations={
            ANNOTATION: types.ChangeAnnotation(label=f"AutoNav: {chosen.title}", needs_confirmation=True)
        },
    )


def _smallest(before: bytes, after: bytes, encoding: str) -> types.AnnotatedTextEdit:
    """Return the edit between the common beginning and the common end, on whole characters."""
    start, tail = common_ends(before, after)
    while start and start < len(before) and before[start] & 0xC0 == 0x80:
        start -= 1
    while tail and before[len(before) - tail] & 0xC0 == 0x80:
        tail -= 1
    starts = line_starts(before)
    first = position_at(before, starts, start, encoding)
    last = position_at(before, starts, len(before) - tail, encoding)
    return types.AnnotatedTextEdit(
        range=types.Range(types.Position(*first), types.Position(*last)),
        new_text=after[start : len(after) - tail].decode("utf-8", "surrogatepass"),
        annotation_id=ANNOTATION,
    )
