"""Rust."""

from importlib.resources import files

from autonav_analysis import languages
from autonav_analysis.language import Language


def _grammar() -> object:
    import tree_sitter_rust

    return tree_sitter_rust.language()


LANGUAGE = Language(
    name="rust",
    suffixes=(".rs",),
    lsp_ids=("rust",),
    grammar=_grammar,
    query=files(languages).joinpath("rust.scm").read_text("utf-8"),
    wheel="tree-sitter-rust",
    name_fields={"impl_item": "type", "let_declaration": "pattern"},
    receivers=("self", "Self"),
)
