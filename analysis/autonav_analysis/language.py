"""What a language is: a grammar, a query whose capture names carry the meaning, and file patterns."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Language:
    """A language. `grammar` returns the tree-sitter capsule; `query` is the text of its `.scm` file.

    `lsp_ids` are the language ids editors use, `suffixes` the file endings, and
    `wheel` is what to install where the grammar is missing.
    """

    name: str
    suffixes: tuple[str, ...]
    lsp_ids: tuple[str, ...]
    grammar: Callable[[], Any]
    query: str
    wheel: str
    body_field: str = "body"
    name_field: str = "name"
    file_names: tuple[str, ...] = field(default=())
