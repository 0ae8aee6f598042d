"""The open documents: UTF-8 bytes, their line table, version and hash, and what was measured in them.

The measures are told of every edit at once and brought up to it only when somebody asks, off the loop.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from blake3 import blake3
from lsprotocol import types

from autonav_analysis.complexity.incremental import Measured, edit, measured, refresh
from autonav_analysis.syntax.grammars import Grammar, GrammarUnavailable, language_for, load
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
    measured: Measured | None = None

    @property
    def digest(self) -> str:
        """The BLAKE3 of the text."""
        return blake3(self.source).hexdigest()

    @property
    def functions(self) -> tuple[FunctionComplexity, ...]:
        """The functions as last measured, moved by the edits since."""
        return self.measured.functions if self.measured else ()

    @property
    def is_measured(self) -> bool:
        """Whether the measures are those of this very text."""
        return self.grammar is None or (self.measured is not None and self.measured.dirty is None)

    def change(self, version: int, changes: Sequence[types.TextDocumentContentChangeEvent], encoding: str) -> None:
        """Make the changes of one notification, in order."""
        for change in changes:
            if isinstance(change, types.TextDocumentContentChangePartial):
                self._splice(change, encoding)
            else:
                self.source, self.measured = encoded(change.text), None
                self.starts = line_starts(self.source)
        self.version = version

    def width(self, line: int, encoding: str) -> int:
        """Return where a 0-based line ends, in the protocol's units."""
        end = self.starts[line + 1] - 1 if line + 1 < len(self.starts) else len(self.source)
        end -= self.source[self.starts[line] : end].endswith(b"\r")
        return position_at(self.source, self.starts, end, encoding)[1]

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
        if self.measured is None:
            self.source = self.source[:start] + text + self.source[end:]
        else:
            self.measured = edit(self.measured, start, end, text)
            self.source = self.measured.source
        self.starts = line_starts(self.source)


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


def remeasured(path: str, source: bytes, grammar: Grammar, before: Measured | None) -> Measured:
    """Return the measures of `source`; runs in a thread, on what it is given alone."""
    fresh = refresh(before) if before is not None else None
    return fresh or measured(path, source, grammar)
