"""C."""

from importlib.resources import files

from autonav_analysis import languages
from autonav_analysis.language import Language


def _grammar() -> object:
    import tree_sitter_c

    return tree_sitter_c.language()


LANGUAGE = Language(
    name="c",
    suffixes=(".c", ".h"),
    lsp_ids=("c",),
    grammar=_grammar,
    query=files(languages).joinpath("c.scm").read_text("utf-8"),
    wheel="tree-sitter-c",
    name_fields={"function_definition": "declarator", "init_declarator": "declarator"},
)
