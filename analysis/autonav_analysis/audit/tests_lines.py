"""Added lines of code that hold a pattern: in code, in the texts of code, in comments."""

import re
from collections import Counter
from collections.abc import Iterator
from enum import Enum

from autonav_analysis.audit.lines import added_lines, removed_lines
from autonav_analysis.audit.trees import tree_of
from autonav_protocol.values.audit import Audit, AuditedFile

LONGEST = 500
COMMENT = re.compile(r"comment")
TEXT = re.compile(r"string|heredoc|regex|char_literal|character")
INTERPOLATION = re.compile(r"^(interpolation|template_substitution)$")


class Stands(Enum):
    """Where a match begins: in code, in a text that code uses, in one that stands for itself, in a comment."""

    CODE = "code"
    TEXT = "text"
    DOCUMENTATION = "documentation"
    COMMENT = "comment"


def new_lines(
    file: AuditedFile, pattern: re.Pattern[bytes], removed: Counter[bytes], *stands: Stands
) -> Iterator[tuple[int, re.Match[bytes]]]:
    """Yield the added lines that hold a pattern which begins in one of these, with their 1-based numbers.

    What is `removed` elsewhere moved. Where no grammar reads the file it stands everywhere.
    """
    for number, line in added_lines(file):
        if len(line) > LONGEST or removed[line.strip()]:
            continue
        found = next((each for each in pattern.finditer(line) if _stands(file, number, each) in (None, *stands)), None)
        if found is not None:
            yield number, found


def removed_anywhere(audit: Audit) -> Counter[bytes]:
    """Return the lines that a change takes out, without their indentation, in all files."""
    return Counter(line.strip() for file in audit.files for _, line in removed_lines(file))


def _stands(file: AuditedFile, line: int, found: re.Match[bytes]) -> Stands | None:
    tree = tree_of(file.path, file.after)
    at = (line - 1, found.start() + len(found[0]) - len(found[0].lstrip()))
    node = tree.root_node.descendant_for_point_range(at, at) if tree is not None else None
    if node is None:
        return None
    while node is not None and not INTERPOLATION.search(node.type):
        if COMMENT.search(node.type):
            return Stands.COMMENT
        if TEXT.search(node.type):
            while node.parent is not None and TEXT.search(node.parent.type):
                node = node.parent
            above = node.parent
            alone = above is not None and above.type == "expression_statement"
            return Stands.DOCUMENTATION if alone else Stands.TEXT
        node = node.parent
    return Stands.CODE
