"""TypeScript with JSX."""

from importlib.resources import files

from autonav_analysis import languages
from autonav_analysis.forms import SCRIPT
from autonav_analysis.language import Language


def _grammar() -> object:
    import tree_sitter_typescript

    return tree_sitter_typescript.language_tsx()


def _query() -> str:
    own, shared = (files(languages).joinpath(name).read_text("utf-8") for name in ("typescript.scm", "javascript.scm"))
    return own + shared.replace("(field_definition", "(public_field_definition")


LANGUAGE = Language(
    name="tsx",
    suffixes=(".tsx",),
    lsp_ids=("typescriptreact",),
    grammar=_grammar,
    query=_query(),
    wheel="tree-sitter-typescript",
    name_fields={"assignment_expression": "left", "pair": "key"},
    forms=SCRIPT,
)
