"""Say what a search did and why."""

from typing import Any

from autonav_protocol.operation import Effect, Operation, Params, Result, argument


class ExplainSearchParams(Params):
    """Explain a search that has ended: what was suspected, what was tried below what, what each try came to.

    `--format html` writes one page that needs nothing else; `--format json` the whole tree.
    """

    run: str | None = argument("The run; the last one by default.", default=None, metavar="RUN")


class ExplainSearchResult(Result):
    """The run, one sentence, and the whole search: its tree, the lines suspected, and what each strategy would have cost."""

    run: str
    explanation: str
    search: dict[str, Any]


OPERATION = Operation(
    "explain-search", "Explain a search", ExplainSearchParams, ExplainSearchResult, Effect.READ, formats=("html",)
)
