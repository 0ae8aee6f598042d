"""What a language is: a grammar, a query whose capture names carry the meaning, and file patterns."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Language:
    """A language. `grammar` returns the tree-sitter capsule, `query` is the text of its `.scm` file.

    `lsp_ids` are the ids editors use, `suffixes` the file endings, `wheel` what to install
    where the grammar is missing. The fields name what a function's name and body are called in
    the grammar, and `identifier` the node type of a plain name.
    """

    name: str
    suffixes: tuple[str, ...]
    lsp_ids: tuple[str, ...]
    grammar: Callable[[], Any]
    query: str
    wheel: str
    name_field: str = "name"
    body_field: str = "body"
    identifier: str = "identifier"
