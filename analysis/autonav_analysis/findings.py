"""Building findings: fingerprints, places and the wording that all rules share."""

import re
from collections.abc import Iterable, Sequence

from blake3 import blake3

from autonav_analysis.changes.bursts import literal
from autonav_protocol.values.change import Change, FileChange, Hunk
from autonav_protocol.values.finding import Finding, Fix, Related, Severity

MESSAGE_LIMIT = 200
ORDER = tuple(Severity)
"""The most severe first."""
UNPRINTABLE = re.compile("[\x00-\x08\n-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""Controls, separators of lines, marks that turn the direction of text, and the bytes of names that are no UTF-8."""


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


def severity_of(file: FileChange) -> Severity:
    """Return how loud a breach is: what was saved from this very editor is the person's own doing."""
    return Severity.INFORMATION if file.attribution == "editor" else Severity.ERROR


def evidence_of(file: FileChange) -> tuple[str, ...]:
    """Return what is known of who wrote a file, and what could not be decided."""
    said = (f"written by: {file.attribution}",)
    undecided = "what it should be could not be decided: a merge left this path in conflict"
    return (*said, undecided) if file.ambiguous else said


def put_back(file: FileChange) -> Fix:
    """Return the action that writes a file back, bound to the bytes that were seen."""
    title = "Remove this new file" if file.before is None else "Put this file back"
    params = {"paths": [file.path], "expected": {file.path: file.image}}
    return Fix("put-back", f"{title}: {file.path}", "put-back", params)


def put_hunk_back(file: FileChange, hunk: Hunk) -> Fix:
    """Return the action that writes one hunk of a file back, bound to the bytes that were seen."""
    line = max(1, hunk.new_line)
    params = {"paths": [file.path], "expected": {file.path: file.image}, "lines": [line]}
    return Fix("put-hunk-back", f"Put this hunk back: {file.path}:{line}", "put-back", params)


def ways_back(file: FileChange) -> tuple[Fix, ...]:
    """Return the actions that write a file back, whole or, where it has several hunks, the first alone."""
    return (put_back(file), put_hunk_back(file, file.hunks[0])) if len(file.hunks) > 1 else (put_back(file),)


def put_all_back(files: Sequence[FileChange], title: str) -> Fix:
    """Return the action that writes many files back."""
    params = {"paths": [each.path for each in files], "expected": {each.path: each.image for each in files}}
    return Fix("put-all-back", title, "put-back", params)


def allow(file: FileChange) -> tuple[Fix, ...]:
    """Return the actions that add a path, or its folder, to the scope."""
    folder = file.path.rpartition("/")[0]
    this = Fix(
        "allow-file", f"Allow this file for this task: {file.path}", "scope add", {"globs": [literal(file.path)]}
    )
    if not folder:
        return (this,)
    title = f"Allow its folder for this task: {folder}/"
    return this, Fix("allow-folder", title, "scope add", {"globs": [literal(folder) + "/"]})


def contract_line(change: Change, key: str) -> Related:
    """Return the place in the contract file where `key` is set, or a glob is written."""
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


def reaches(findings: Iterable[Finding], limit: str) -> bool:
    """Return whether a finding is as severe as `limit`, a severity or "never"."""
    return limit != "never" and any(ORDER.index(each.severity) <= ORDER.index(Severity(limit)) for each in findings)


def one_line(text: str) -> str:
    """Return a text that any terminal shows as one line, in order: what commands it or is no character is escaped."""
    return UNPRINTABLE.sub(_escaped, text)


def finding_line(finding: Finding) -> str:
    """Return a finding as one line of a terminal."""
    return one_line(f"{finding.path}:{finding.line}: {finding.severity} {finding.code} {finding.message}")


def shortened(message: str) -> str:
    """Return `message` as one line, cut to the length that editors and models read whole."""
    message = one_line(message)
    return message if len(message) <= MESSAGE_LIMIT else message[: MESSAGE_LIMIT - 1] + "…"


def _escaped(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code - 0xDC00:02x}" if 0xDC80 <= code <= 0xDCFF else repr(match[0])[1:-1]
