"""Trust a worktree."""

from pydantic import Field

from autonav_protocol.operation import Effect, Operation, Params, Result


class TrustParams(Params):
    """Let AutoNav run this worktree's own commands (its tests) in a sandbox.

    An untrusted worktree gets findings and measures, and nothing in it is run.
    """

    revoke: bool = Field(default=False, description="Take the trust back.")


class TrustResult(Result):
    """Whether the worktree is trusted now."""

    root: str
    trusted: bool


OPERATION = Operation("trust", "Trust this worktree", TrustParams, TrustResult, Effect.GRANT)
