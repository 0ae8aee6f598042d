"""List the packages of the environment with their licences."""

from typing import Literal

from autonav_protocol.operation import Effect, Operation, Params, Result, option
from autonav_protocol.values.licence import PackageLicence


class AuditLicensesParams(Params):
    """List the packages that are installed or vendored here, with their licences and what the policy says of each.

    Python environments, node_modules, vendored Go modules and Rust crates are read, and nothing is run or downloaded.
    Exit code 1 when a package is as bad as `fail_on`.
    """

    only: Literal["all", "unknown", "ask", "denied"] = option("The verdicts to list.", "all")
    fail_on: Literal["denied", "unknown", "ask", "never"] = option(
        "The least bad verdict that makes the exit code 1.", "denied"
    )


class AuditLicensesResult(Result):
    """The packages by ecosystem and name, and how many have each verdict; `packages` holds those asked for."""

    schema_version: int = 1
    packages: tuple[PackageLicence, ...]
    counts: dict[str, int]


OPERATION = Operation(
    "audit-licenses", "List packages with their licences", AuditLicensesParams, AuditLicensesResult, Effect.READ
)
