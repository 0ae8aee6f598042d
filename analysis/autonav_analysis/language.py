"""What a language is: a grammar, a query whose capture names carry the meaning, and file patterns."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from autonav_analysis.forms import Forms


@dataclass(frozen=True, eq=False)
class Language:
    """A language. `grammar` returns the tree-sitter capsule, `query` is the text of its `.scm` file.

    `lsp_ids` are the ids editors use, `suffixes` the file endings in lower case, `wheel` what to
    install where the grammar is missing, `name_fields` by node type the field of a function or class
    that holds its name where that is not `name`, `receivers` what a method calls the object it belongs to,
    "" among them where it need not name it, `calls_have_brackets` whether one follows
    the name of all that is called. `forms` are there where rewrites of languages with braces apply.
    """

    name: str
    suffixes: tuple[str, ...]
    lsp_ids: tuple[str, ...]
    grammar: Callable[[], Any]
    query: str
    wheel: str
    name_fields: Mapping[str, str] = field(default_factory=dict)
    receivers: tuple[str, ...] = ("this",)
    calls_have_brackets: bool = True
    forms: Forms | None = None
