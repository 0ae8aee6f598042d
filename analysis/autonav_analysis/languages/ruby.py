"""Ruby."""

from importlib.resources import files

from autonav_analysis import languages
from autonav_analysis.language import Language


def _grammar() -> object:
    import tree_sitter_ruby

    return tree_sitter_ruby.language()


LANGUAGE = Language(
    name="ruby",
    suffixes=(".rb", ".rake", ".gemspec"),
    lsp_ids=("ruby",),
    grammar=_grammar,
    query=files(languages).joinpath("ruby.scm").read_text("utf-8"),
    calls_have_brackets=False,
    wheel="tree-sitter-ruby",
    receivers=("", "self"),
)
