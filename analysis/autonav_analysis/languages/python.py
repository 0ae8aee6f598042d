"""Python."""

from importlib.resources import files

from autonav_analysis import languages
from autonav_analysis.language import Language


def _grammar() -> object:
    import tree_sitter_python

    return tree_sitter_python.language()


LANGUAGE = Language(
    name="python",
    suffixes=(".py", ".pyi", ".pyw"),
    lsp_ids=("python",),
    grammar=_grammar,
    query=files(languages).joinpath("python.scm").read_text("utf-8"),
    wheel="tree-sitter-python",
    receivers=("self", "cls"),
)
