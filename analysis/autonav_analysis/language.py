"""What a language is: a grammar, a query whose capture names carry the meaning, and file patterns."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Language:
    """A language. `grammar` returns the tree-sitter capsule, `query` is the text of its `.scm` file.

    `lsp_ids` are the ids editors use, `suffixes` the file endings in lower case, `wheel` what to
    install where the grammar is missing, `name_field` the field of a function or class that
    holds its name, `receivers` what a method calls the object it belongs to.
    """

    name: str
    suffixes: tuple[str, ...]
    lsp_ids: tuple[str, ...]
    grammar: Callable[[], Any]
    query: str
    wheel: str
    name_field: str = "name"
    receivers: tuple[str, ...] = ("this",)
