"""Java."""

from importlib.resources import files

from autonav_analysis import languages
from autonav_analysis.language import Language


def _grammar() -> object:
    import tree_sitter_java

    return tree_sitter_java.language()


LANGUAGE = Language(
    name="java",
    suffixes=(".java",),
    lsp_ids=("java",),
    grammar=_grammar,
    query=files(languages).joinpath("java.scm").read_text("utf-8"),
    receivers=("", "this"),
    wheel="tree-sitter-java",
)
