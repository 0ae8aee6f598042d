"""The open documents: UTF-8 bytes, their line table, syntax tree, version and hash.

The tree is told of every edit at once and parsed again only when somebody asks, off the loop.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from blake3 import blake3
from lsprotocol import types
from tree_sitter import Tree

from autonav_analysis.complexity.measure import measure
from autonav_analysis.syntax.grammars import Grammar, GrammarUnavailable, language_for, load, parse
from autonav_protocol.values.complexity import FunctionComplexity
from autonav_server.lsp.positions import line_starts, offset_at, position_at


@dataclass
class Document:
    """One open document. Only the event loop changes it; `source` itself is never changed in place."""

    uri: str
    path: str
    language_id: str
    version: int
    source: bytes
    grammar: Grammar | None
    starts: list[int] = field(default_factory=list)
    tree: Tree | None = None
    functions: tuple[FunctionComplexity, ...] = ()
    measured_version: int | None = None

    @property
    def digest(self) -> str:
        """The BLAKE3 of the text."""
        return blake3(self.source).hexdigest()

    def change(self, version: int, changes: Sequence[types.TextDocumentContentChangeEvent], encoding: str) -> None:
        """Make the changes of one notification, in order."""
        for change in changes:
            if isinstance(change, types.TextDocumentContentChangePartial):
                self._splice(change, encoding)
            else:
                self.source, self.tree = encoded(change.text), None
                self.starts = line_starts(self.source)
        self.version = version

    def range_of(self, start: int, end: int, encoding: str) -> types.Range:
        """Return a byte range as a range of the protocol."""
        first = position_at(self.source, self.starts, start, encoding)
        last = position_at(self.source, self.starts, end, encoding)
        return types.Range(types.Position(*first), types.Position(*last))

    def _splice(self, change: types.TextDocumentContentChangePartial, encoding: str) -> None:
        first, last = change.range.start, change.range.end
        start = offset_at(self.source, self.starts, first.line, first.character, encoding)
        end = max(start, offset_at(self.source, self.starts, last.line, last.character, encoding))
        text = encoded(change.text)
        before, after = self._point(start), self._point(end)
        self.source = self.source[:start] + text + self.source[end:]
        self.starts = line_starts(self.source)
        if self.tree is not None:
            new_end = start + len(text)
            self.tree.edit(start, end, new_end, before, after, self._point(new_end))

    def _point(self, offset: int) -> tuple[int, int]:
        """Return tree-sitter's point of a byte: it counts rows by \\n alone."""
        begin = self.source.rfind(b"\n", 0, offset) + 1
        return self.source.count(b"\n", 0, offset), offset - begin


def opened(item: types.TextDocumentItem, path: str) -> Document:
    """Return the document that an editor opened."""
    language = language_for(path, item.language_id)
    try:
        grammar = load(language) if language else None
    except GrammarUnavailable:
        grammar = None
    source = encoded(item.text)
    return Document(item.uri, path, item.language_id, item.version, source, grammar, line_starts(source))


def encoded(text: str) -> bytes:
    """Return the UTF-8 of a text; lone surrogates, which JSON can carry, are kept."""
    return text.encode("utf-8", "surrogatepass")


def measured(
    path: str, source: bytes, grammar: Grammar, tree: Tree | None
) -> tuple[Tree | None, tuple[FunctionComplexity, ...]]:
    """Return the new tree and the functions; runs in a thread, on what it is given alone."""
    fresh = parse(grammar, source, tree)
    return fresh, measure(path, source, grammar, fresh)
