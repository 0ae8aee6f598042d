"""Added lines of code that hold a pattern, comments and documentation left out."""

import re
from collections import Counter
from collections.abc import Iterator

from autonav_analysis.audit.lines import added_lines, removed_lines
from autonav_analysis.audit.tests_syntax import COMMENTS
from autonav_analysis.audit.trees import tree_of
from autonav_protocol.values.audit import Audit, AuditedFile

LONGEST = 500
STRINGS = frozenset(("string", "template_string", "interpreted_string_literal", "raw_string_literal", "string_literal"))


def new_lines(
    file: AuditedFile, pattern: re.Pattern[bytes], removed: Counter[bytes]
) -> Iterator[tuple[int, re.Match[bytes]]]:
    """Yield the added lines that hold a pattern in code, with their 1-based numbers; what is `removed` elsewhere moved."""
    for number, line in added_lines(file):
        found = pattern.search(line) if len(line) <= LONGEST else None
        if found is not None and not removed[line.strip()] and not _is_prose(file, number, found):
            yield number, found


def removed_anywhere(audit: Audit) -> Counter[bytes]:
    """Return the lines that a change takes out, without their indentation, in all files."""
    return Counter(line.strip() for file in audit.files for _, line in removed_lines(file))


def _is_prose(file: AuditedFile, line: int, found: re.Match[bytes]) -> bool:
    """Return whether a match lies in a comment, or in a text that stands for itself."""
    tree = tree_of(file.path, file.after)
    at = (line - 1, found.start() + len(found[0]) - len(found[0].lstrip()))
    node = tree.root_node.descendant_for_point_range(at, at) if tree is not None else None
    while node is not None:
        above = node.parent
        if node.type in COMMENTS:
            return True
        if node.type in STRINGS and above is not None and above.type == "expression_statement":
            return True
        node = above
    return False
