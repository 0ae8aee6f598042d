"""What a change uses of the limits that a contract sets."""

from autonav_analysis.contracts.scope import decide_file
from autonav_protocol.values.change import Change


def used(change: Change) -> dict[str, int]:
    """Return what is used of each limit the contract sets; generated files are not counted."""
    counted = [file for file in change.files if decide_file(change, file).list_name != "generated"]
    sizes = {"files": len(counted), "lines": sum(file.added + file.removed for file in counted)}
    return {name: size for name, size in sizes.items() if getattr(change.contract.budget, name) is not None}
