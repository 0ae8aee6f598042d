"""Building findings: fingerprints, places and the wording that all rules share."""

from blake3 import blake3

from autonav_protocol.values.change import Change, FileChange
from autonav_protocol.values.finding import Fix, Related

MESSAGE_LIMIT = 200


def fingerprint(code: str, path: str, *parts: str) -> str:
    """Return 16 hex digits that stay the same while code, path and `parts` do."""
    text = "\0".join((code, path, *parts))
    return blake3(text.encode("utf-8", "surrogateescape")).hexdigest(length=8)


def lines_of(file: FileChange) -> tuple[int, int]:
    """Return the first changed run of lines that is there to be shown, 1-based and inclusive."""
    for hunk in file.hunks:
        if hunk.new_count:
            return hunk.new_line, hunk.new_line + hunk.new_count - 1
    line = max(1, file.hunks[0].new_line) if file.hunks else 1
    return line, line


def size_of(file: FileChange) -> str:
    """Return how much of a file changed, in words."""
    if file.binary:
        return "binary"
    return f"+{file.added} -{file.removed}" if file.added or file.removed else str(file.kind)


def put_back(file: FileChange) -> Fix:
    """Return the action that writes a file back, bound to the bytes that were seen."""
    title = "Remove this new file" if file.before is None else "Put this file back"
    params = {"paths": [file.path], "expected": {file.path: file.image}}
    return Fix("put-back", f"{title}: {file.path}", "put-back", params)


def allow(file: FileChange) -> Fix:
    """Return the action that adds one path to the scope, with its glob characters escaped."""
    escaped = "".join("\\" + char if char in "*?[]!#\\ " else char for char in file.path)
    return Fix("allow-file", f"Allow this file for this task: {file.path}", "scope add", {"globs": ["/" + escaped]})


def contract_line(change: Change, key: str) -> Related:
    """Return the place in the contract file where `key` is set."""
    for number, line in enumerate(change.contract_lines, 1):
        if line.split("=")[0].strip() in (key, f"[{key}]"):
            return Related(change.contract_path, number, f"`{key}` of task {change.contract.slug}")
    return Related(change.contract_path, 1, f"task {change.contract.slug}")


def common_ends(before: bytes, after: bytes) -> tuple[int, int]:
    """Return how many bytes two texts share at the beginning, and of the rest at the end."""
    shorter = min(len(before), len(after))
    start = next((at for at in range(shorter) if before[at] != after[at]), shorter)
    rest = shorter - start
    end = next((at for at in range(rest) if before[-1 - at] != after[-1 - at]), rest)
    return start, end


def counted(number: int, noun: str) -> str:
    """Return `1 file`, `2 files`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def shortened(message: str) -> str:
    """Return `message`, cut to the length that editors and models read whole."""
    return message if len(message) <= MESSAGE_LIMIT else message[: MESSAGE_LIMIT - 1] + "…"
