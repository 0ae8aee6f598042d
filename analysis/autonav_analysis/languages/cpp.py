"""C++."""

from importlib.resources import files

from autonav_analysis import languages
from autonav_analysis.language import Language


def _grammar() -> object:
    import tree_sitter_cpp

    return tree_sitter_cpp.language()


LANGUAGE = Language(
    name="cpp",
    suffixes=(".cpp", ".cc", ".cxx", ".hpp", ".hh", ".hxx", ".ipp"),
    lsp_ids=("cpp",),
    grammar=_grammar,
    query="".join(files(languages).joinpath(name).read_text("utf-8") for name in ("c.scm", "cpp.scm")),
    receivers=("", "this"),
    wheel="tree-sitter-cpp",
    name_fields={"function_definition": "declarator", "init_declarator": "declarator"},
)
