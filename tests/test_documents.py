"""Open documents and positions against a plain model of the text."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lsprotocol import types

from autonav_analysis.complexity.incremental import measured
from autonav_server.lsp.documents import encoded, opened, remeasured
from autonav_server.lsp.positions import line_starts, offset_at, position_at

ENCODINGS = ("utf-8", "utf-16", "utf-32")
TEXT = st.text(st.sampled_from("ab\n\r\x0c\x0b\u2028\u0085é𝄞\ud800 :("), max_size=40)


def model_offset(text: str, line: int, character: int, encoding: str) -> int:
    """Return the index of a position, computed the slow way: lines end at \\n, \\r\\n and \\r alone."""
    lines, at = [], 0
    for number, char in enumerate(text):
        if char == "\n" or (char == "\r" and text[number + 1 : number + 2] != "\n"):
            lines.append((at, number - (text[number - 1 : number] == "\r" and char == "\n" and number > at)))
            at = number + 1
    lines.append((at, len(text)))
    if line >= len(lines):
        return len(text)
    start, end = lines[line]
    units = {"utf-8": lambda c: len(encoded(c)), "utf-16": lambda c: 1 + (ord(c) > 0xFFFF), "utf-32": lambda c: 1}
    used = 0
    for index in range(start, end):
        used += units[encoding](text[index])
        if used > character:
            return index
    return end


@settings(max_examples=400, deadline=None)
@given(TEXT, st.integers(0, 8), st.integers(0, 12), st.sampled_from(ENCODINGS))
def test_a_position_is_the_byte_that_the_model_says(text: str, line: int, character: int, encoding: str) -> None:
    source = encoded(text)
    offset = offset_at(source, line_starts(source), line, character, encoding)
    assert offset == len(encoded(text[: model_offset(text, line, character, encoding)]))


@settings(max_examples=300, deadline=None)
@given(TEXT, st.data(), st.sampled_from(ENCODINGS))
def test_positions_and_bytes_are_inverse_at_every_character(text: str, data: st.DataObject, encoding: str) -> None:
    source = encoded(text)
    starts = line_starts(source)
    index = data.draw(st.integers(0, len(text)))
    if text[index - 1 : index + 1] == "\r\n":
        return  # no position lies inside of a line break
    offset = len(encoded(text[:index]))
    assert offset_at(source, starts, *position_at(source, starts, offset, encoding), encoding) == offset


POSITION = st.tuples(st.integers(0, 6), st.integers(0, 10))


@settings(max_examples=300, deadline=None)
@given(TEXT, st.lists(st.tuples(POSITION, POSITION, TEXT, st.booleans()), max_size=6), st.sampled_from(ENCODINGS))
def test_a_document_follows_its_editor(text: str, edits: list, encoding: str) -> None:
    item = types.TextDocumentItem(uri="file:///x.py", language_id="python", version=0, text=text)
    document = opened(item, "/x.py")
    for version, (one, other, new, look) in enumerate(edits, 1):
        first, last = min(one, other), max(one, other)
        start, end = (model_offset(text, *each, encoding) for each in (first, last))
        text = text[:start] + new + text[max(start, end) :]
        span = types.Range(types.Position(*first), types.Position(*last))
        document.change(version, [types.TextDocumentContentChangePartial(range=span, text=new)], encoding)
        assert document.source == encoded(text)
        assert document.starts == line_starts(document.source)
        if look:
            assert document.grammar is not None
            document.measured = remeasured(document.path, document.source, document.grammar, document.measured)
            tree = document.measured.tree
            assert document.functions == measured(document.path, document.source, document.grammar, tree).functions


def test_a_whole_new_text_replaces_everything() -> None:
    document = opened(types.TextDocumentItem("file:///x.py", "python", 0, "def f(): pass"), "/x.py")
    document.change(1, [types.TextDocumentContentChangeWholeDocument(text="x")], "utf-16")
    assert (document.source, document.version, document.functions) == (b"x", 1, ())


@pytest.mark.parametrize("language_id", ["", "plaintext", "brainfuck"])
def test_a_document_of_no_known_language_is_kept_as_well(language_id: str) -> None:
    document = opened(types.TextDocumentItem("file:///x", language_id, 0, "a"), "/x")
    assert document.grammar is None
    assert document.is_measured
