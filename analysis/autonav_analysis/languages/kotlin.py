"""Kotlin."""

from importlib.resources import files

from autonav_analysis import languages
from autonav_analysis.language import Language


def _grammar() -> object:
    import tree_sitter_kotlin

    return tree_sitter_kotlin.language()


LANGUAGE = Language(
    name="kotlin",
    suffixes=(".kt", ".kts"),
    lsp_ids=("kotlin",),
    grammar=_grammar,
    query=files(languages).joinpath("kotlin.scm").read_text("utf-8"),
    wheel="tree-sitter-kotlin",
    receivers=("", "this"),
)
