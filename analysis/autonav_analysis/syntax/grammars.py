"""Loading grammars and parsing: every failure to load is one clear error, never a wrong number."""

import importlib.metadata
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, overload

import tree_sitter
from tree_sitter import LANGUAGE_VERSION, MIN_COMPATIBLE_LANGUAGE_VERSION, Parser, Query, QueryError, Tree

from autonav_analysis import languages as registry
from autonav_analysis.language import Language
from autonav_protocol.collect import collect
from autonav_protocol.errors import Unavailable

CHUNK = 32 * 1024


class GrammarUnavailable(Unavailable):
    """A language cannot be parsed here; the message names the language, the wheel and what is wrong."""


@dataclass(frozen=True)
class Grammar:
    """A language that is loaded. `query`, compiled, is what measures."""

    language: Language
    syntax: tree_sitter.Language
    query: Query

    @cached_property
    def recursion(self) -> Query:
        """What is asked of single functions only, for calls are far too common to be captured everywhere."""
        return _compiled(self.syntax, self.language, recursion=True)


@cache
def languages() -> Mapping[str, Language]:
    """Return `{name: language}` of every language."""
    return {language.name: language for language in collect(registry, "LANGUAGE", Language).values()}


def language_for(path: str, lsp_id: str | None = None) -> Language | None:
    """Return the language of a file, by the editor's id where it is known, else by its ending."""
    by_lsp_id, by_suffix = _lookup()
    return by_lsp_id.get(lsp_id or "") or by_suffix.get(os.path.splitext(path)[1].lower())


@cache
def load(language: Language) -> Grammar:
    """Return the loaded grammar; raise GrammarUnavailable where it is missing, of another ABI or does not fit."""
    wheel = wheel_of(language)
    supported = f"tree-sitter reads ABI {MIN_COMPATIBLE_LANGUAGE_VERSION} to {LANGUAGE_VERSION}"
    install = f"install {language.wheel}"
    try:
        syntax = tree_sitter.Language(language.grammar())
    except ImportError as error:
        raise GrammarUnavailable(f"{language.name}: {wheel} cannot be imported: {error}", install) from error
    except (TypeError, ValueError) as error:
        raise GrammarUnavailable(f"{language.name}: {wheel} cannot be loaded, {supported}: {error}", install) from error
    if not MIN_COMPATIBLE_LANGUAGE_VERSION <= syntax.abi_version <= LANGUAGE_VERSION:
        raise GrammarUnavailable(f"{language.name}: {wheel} has ABI {syntax.abi_version}, {supported}", install)
    try:
        query = _compiled(syntax, language, recursion=False)
    except QueryError as error:
        raise GrammarUnavailable(f"{language.name}: its query does not fit {wheel}: {error}", install) from error
    return Grammar(language, syntax, query)


@overload
def parse(grammar: Grammar, source: bytes, old_tree: Tree | None = None) -> Tree: ...
@overload
def parse(
    grammar: Grammar, source: bytes, old_tree: Tree | None = None, expired: Callable[[], bool] | None = None
) -> Tree | None: ...
def parse(
    grammar: Grammar, source: bytes, old_tree: Tree | None = None, expired: Callable[[], bool] | None = None
) -> Tree | None:
    """Return the tree of `source`, None when `expired` said so before the end.

    tree-sitter asks a progress callback only of a source that it reads through a callable. It
    also lets other threads run only then: parsing bytes holds the interpreter's lock throughout.
    """
    # Given as a keyword only where there is one: tree-sitter refuses None, which its types allow.
    known: dict[str, Any] = {} if old_tree is None else {"old_tree": old_tree}
    parser = Parser(grammar.syntax)
    if expired is None:
        return parser.parse(source, **known)

    def read(offset: int, _point: object) -> bytes:
        # Never a memoryview: asking a node of such a tree for its text crashes the process.
        return source[offset : offset + CHUNK]

    try:
        # The progress callback returns whether to stop.
        return parser.parse(read, **known, progress_callback=lambda *_: expired())
    except ValueError:  # "Parsing failed": the callback stopped it
        return None


@cache
def _lookup() -> tuple[Mapping[str, Language], Mapping[str, Language]]:
    """Return the languages by the editors' ids and by file endings."""
    known = languages().values()
    by_lsp_id = {lsp_id: language for language in known for lsp_id in language.lsp_ids}
    return by_lsp_id, {suffix: language for language in known for suffix in language.suffixes}


def _compiled(syntax: tree_sitter.Language, language: Language, *, recursion: bool) -> Query:
    query = Query(syntax, language.query)
    for pattern in range(query.pattern_count):
        if (query.pattern_settings(pattern).get("asked") == "recursion") != recursion:
            query.disable_pattern(pattern)
    return query


def wheel_of(language: Language) -> str:
    """Return the wheel of a language with its version."""
    try:
        return f"{language.wheel} {importlib.metadata.version(language.wheel)}"
    except importlib.metadata.PackageNotFoundError:
        return f"{language.wheel} (not installed)"
