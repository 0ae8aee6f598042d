"""Explain a diagnostic code."""

from autonav_protocol.operation import Effect, Operation, Params, Result, argument


class ExplainParams(Params):
    """Show the page of a diagnostic code or slug: what it means, why, and what resolves it."""

    code: str = argument("A code such as AN101 or a slug such as scope-outside.", metavar="CODE")


class ExplainResult(Result):
    """The page, in Markdown."""

    code: str
    slug: str
    severity: str
    page: str


OPERATION = Operation("explain", "Explain a code", ExplainParams, ExplainResult, Effect.READ)
