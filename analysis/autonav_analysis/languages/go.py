"""Go."""

from importlib.resources import files

from autonav_analysis import languages
from autonav_analysis.language import Language


def _grammar() -> object:
    import tree_sitter_go

    return tree_sitter_go.language()


LANGUAGE = Language(
    name="go",
    suffixes=(".go",),
    lsp_ids=("go",),
    grammar=_grammar,
    query=files(languages).joinpath("go.scm").read_text("utf-8"),
    wheel="tree-sitter-go",
)
