"""JavaScript, JSX included."""

from importlib.resources import files

from autonav_analysis import languages
from autonav_analysis.forms import SCRIPT
from autonav_analysis.language import Language


def _grammar() -> object:
    import tree_sitter_javascript

    return tree_sitter_javascript.language()


LANGUAGE = Language(
    name="javascript",
    suffixes=(".js", ".jsx", ".mjs", ".cjs"),
    lsp_ids=("javascript", "javascriptreact"),
    grammar=_grammar,
    query=files(languages).joinpath("javascript.scm").read_text("utf-8"),
    wheel="tree-sitter-javascript",
    name_fields={
        "assignment_expression": "left",
        "pair": "key",
        "field_definition": "property",
    },
    forms=SCRIPT,
)
