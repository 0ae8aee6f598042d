"""Loading grammars and parsing: every failure to load is one clear error, never a wrong number."""

import importlib.metadata
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from tree_sitter import LANGUAGE_VERSION, MIN_COMPATIBLE_LANGUAGE_VERSION, Parser, Query, QueryError, Tree
from tree_sitter import Language as Grammars

from autonav_analysis import languages as registry
from autonav_analysis.language import Language
from autonav_protocol.collect import collect

CHUNK = 64 * 1024


class GrammarUnavailable(Exception):
    """A language cannot be parsed here; the message names the language, the wheel and what is wrong."""


@dataclass(frozen=True)
class Grammar:
    """A language that is loaded, with its query compiled."""

    language: Language
    syntax: Grammars
    query: Query


@lru_cache(maxsize=1)
def languages() -> Mapping[str, Language]:
    """Return `{name: language}` of every language."""
    return {language.name: language for language in collect(registry, "LANGUAGE", Language).values()}


def language_for(path: str, lsp_id: str | None = None) -> Language | None:
    """Return the language of a file, by the editor's id where it is known, else by its ending."""
    for language in languages().values():
        if lsp_id in language.lsp_ids:
            return language
    suffix = os.path.splitext(path)[1].lower()
    return next((language for language in languages().values() if suffix in language.suffixes), None)


@lru_cache(maxsize=64)
def load(language: Language) -> Grammar:
    """Return the loaded grammar; raise GrammarUnavailable where it is missing, of another ABI or does not fit."""
    try:
        syntax = Grammars(language.grammar())
    except ImportError as error:
        raise GrammarUnavailable(f"{language.name}: {language.wheel} is not installed") from error
    except (TypeError, ValueError) as error:
        raise GrammarUnavailable(f"{language.name}: {_wheel(language)} cannot be loaded: {error}") from error
    if not MIN_COMPATIBLE_LANGUAGE_VERSION <= syntax.abi_version <= LANGUAGE_VERSION:
        raise GrammarUnavailable(
            f"{language.name}: {_wheel(language)} has ABI {syntax.abi_version}, and tree-sitter reads "
            f"{MIN_COMPATIBLE_LANGUAGE_VERSION} to {LANGUAGE_VERSION}"
        )
    try:
        return Grammar(language, syntax, Query(syntax, language.query))
    except QueryError as error:
        raise GrammarUnavailable(f"{language.name}: the query does not fit {_wheel(language)}: {error}") from error


def parse(
    grammar: Grammar, source: bytes, old_tree: Tree | None = None, expired: Callable[[], bool] | None = None
) -> Tree | None:
    """Return the tree of `source`, None when `expired` said so before the end.

    Only a source that is read piece by piece can be given up: parsing bytes asks nobody.
    """
    parser = Parser(grammar.syntax)
    if expired is None:
        return parser.parse(source, old_tree) if old_tree is not None else parser.parse(source)

    def read(offset: int, _point: object) -> bytes:
        return source[offset : offset + CHUNK]

    try:
        tree = parser.parse(read, old_tree, progress_callback=lambda *_: not expired())
    except ValueError:  # tree-sitter's way of saying that the callback stopped it
        return None
    return None if expired() else tree


def _wheel(language: Language) -> str:
    try:
        return f"{language.wheel} {importlib.metadata.version(language.wheel)}"
    except importlib.metadata.PackageNotFoundError:
        return language.wheel
