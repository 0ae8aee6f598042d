"""Bash."""

from importlib.resources import files

from autonav_analysis import languages
from autonav_analysis.language import Language


def _grammar() -> object:
    import tree_sitter_bash

    return tree_sitter_bash.language()


LANGUAGE = Language(
    name="bash",
    suffixes=(".sh", ".bash"),
    lsp_ids=("shellscript", "sh", "bash"),
    grammar=_grammar,
    query=files(languages).joinpath("bash.scm").read_text("utf-8"),
    calls_have_brackets=False,
    wheel="tree-sitter-bash",
)
