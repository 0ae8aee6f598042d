"""The tree of a text, parsed once for all that ask within one file's turn."""

from functools import lru_cache

from tree_sitter import Tree

from autonav_analysis.syntax.grammars import GrammarUnavailable, language_for, languages, load, parse

MOST_KEPT = 8
"""Both texts of a few files: trees are large, and facts of them are kept instead."""


def tree_of(path: str, text: bytes | None) -> Tree | None:
    """Return the tree of a text, None where there is no text or no grammar for it."""
    language = language_for(path)
    return _parsed(language.name, text) if language is not None and text is not None else None


@lru_cache(maxsize=MOST_KEPT)
def _parsed(language: str, text: bytes) -> Tree | None:
    try:
        return parse(load(languages()[language]), text)
    except GrammarUnavailable:
        return None
