"""C#."""

from importlib.resources import files

from autonav_analysis import languages
from autonav_analysis.language import Language


def _grammar() -> object:
    import tree_sitter_c_sharp

    return tree_sitter_c_sharp.language()


LANGUAGE = Language(
    name="c_sharp",
    suffixes=(".cs",),
    lsp_ids=("csharp",),
    grammar=_grammar,
    query=files(languages).joinpath("c_sharp.scm").read_text("utf-8"),
    wheel="tree-sitter-c-sharp",
    receivers=("", "this"),
)
