"""Handle `audit-licenses`: what is installed here, and what the policy says of it."""

import asyncio
from collections import Counter

from autonav_analysis.audit.licences import ORDER
from autonav_analysis.findings import counted
from autonav_protocol.operations.audit_licenses import AuditLicensesParams, AuditLicensesResult
from autonav_protocol.values.licence import LicenceVerdict
from autonav_server.auditing.installed import installed
from autonav_server.context import Context


async def run(context: Context, params: AuditLicensesParams) -> AuditLicensesResult:
    settings, root = context.settings, context.worktree.root
    found = await asyncio.to_thread(installed, root, settings.licences, interpreter=settings.python.interpreter)
    kept = tuple(each for each in found if params.only in ("all", each.verdict))
    return AuditLicensesResult(packages=kept, counts=dict(Counter(str(each.verdict) for each in found)))


def text(result: AuditLicensesResult) -> str:
    rows = [
        f"{each.verdict:<8} {each.ecosystem:<6} {each.name} {each.version}  {each.licence or 'not known'}"
        for each in result.packages
    ]
    counts = ", ".join(f"{number} {verdict}" for verdict, number in sorted(result.counts.items()))
    total = counted(sum(result.counts.values()), "package")
    return "\n".join([*rows, f"{total}: {counts}" if counts else "no package is installed or vendored here"])


def exit_code(params: AuditLicensesParams, result: AuditLicensesResult) -> int:
    """Return 1 when a package is as bad as `fail_on`."""
    if params.fail_on == "never":
        return 0
    least = ORDER.index(LicenceVerdict(params.fail_on))
    return int(any(ORDER.index(LicenceVerdict(each)) >= least for each in result.counts))
