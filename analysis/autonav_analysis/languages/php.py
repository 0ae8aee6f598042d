"""PHP."""

from importlib.resources import files

from autonav_analysis import languages
from autonav_analysis.language import Language


def _grammar() -> object:
    import tree_sitter_php

    return tree_sitter_php.language_php()


LANGUAGE = Language(
    name="php",
    suffixes=(".php",),
    lsp_ids=("php",),
    grammar=_grammar,
    query=files(languages).joinpath("php.scm").read_text("utf-8"),
    wheel="tree-sitter-php",
    name_fields={"assignment_expression": "left"},
    receivers=("$this", "self", "static"),
)
