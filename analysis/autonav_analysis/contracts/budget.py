"""What a change uses of the limits that a contract sets, and what is said of that."""

from collections.abc import Iterator
from datetime import datetime

from autonav_analysis.contracts.scope import decide_file
from autonav_analysis.findings import contract_line, counted, fingerprint
from autonav_protocol.values.change import Change
from autonav_protocol.values.finding import Finding, Fix, Severity

NEAR = 0.8
"""The share of a limit from which it is told."""


def used(change: Change) -> dict[str, int]:
    """Return what is used of each limit the contract sets; generated files are not counted."""
    counted_files = [file for file in change.files if decide_file(change, file).list_name != "generated"]
    sizes = {
        "files": len(counted_files),
        "lines": sum(file.added + file.removed for file in counted_files),
        "minutes": _minutes(change),
        "runs": change.runs,
    }
    return {name: size for name, size in sizes.items() if getattr(change.contract.budget, name) is not None}


def over_budget(change: Change, code: str, slug: str, limits: tuple[str, ...], stop: str) -> Iterator[Finding]:
    """Yield one finding for each of these limits that is passed, or nearly; `stop` says what to do then."""
    for name, size in used(change).items():
        limit = getattr(change.contract.budget, name)
        if name not in limits or size <= limit * NEAR:
            continue
        over = size > limit
        line = contract_line(change, name)
        done = {"minutes": "passed", "runs": "made"}.get(name, "changed")
        said = f'{counted(size, name[:-1])} {done} of {limit:,} in the budget of task "{change.contract.slug}"'
        larger = max(size, limit) * 3 // 2
        yield Finding(
            code=code,
            slug=slug,
            severity=Severity.ERROR if over else Severity.INFORMATION,
            path=change.contract_path,
            line=line.line,
            end_line=line.line,
            message=f"{said}; {stop if over else 'it is nearly used up'}",
            fingerprint=fingerprint(code, change.contract_path, name, str(over)),
            fixes=(Fix(f"raise-{name}", f"Raise the budget to {larger:,} {name}", "scope add", {name: larger}),),
            related=(line,),
        )


def _minutes(change: Change) -> int:
    if not (change.started and change.now):
        return 0
    return int((datetime.fromisoformat(change.now) - datetime.fromisoformat(change.started)).total_seconds() // 60)
