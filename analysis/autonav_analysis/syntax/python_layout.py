"""Moving whole lines of Python: bodies to another depth, with their comments, and strings left as they are."""

from tree_sitter import Node

from autonav_analysis.rewrite import Site
from autonav_analysis.syntax.python_bindings import walk
from autonav_analysis.syntax.python_branches import Branch, inside
from autonav_analysis.syntax.python_nodes import indentation, line_end

STEP = b"    "
WIDEST = 100


def stands_alone(site: Site, node: Node) -> bool:
    """Return whether a statement has its lines to itself, a comment after it aside."""
    behind = site.source[node.end_byte : line_end(site, node)].strip()
    return not indentation(site, node).strip() and (not behind or behind.startswith(b"#"))


def own_lines(site: Site, branch: Branch) -> tuple[int, int] | None:
    """Return the lines of a branch's body as a byte range, None where the body stands on the header's line."""
    if branch.body.start_point[0] == branch.colon.end_point[0]:
        return None
    return line_end(site, branch.colon), line_end(site, branch.body)


def body_at(site: Site, branch: Branch, margin: bytes) -> bytes:
    """Return the lines of a branch's body with another margin, wherever it stands."""
    lines = own_lines(site, branch)
    if lines is None:
        return margin + site.source[branch.body.start_byte : line_end(site, branch.body)].rstrip() + b"\n"
    return shifted(site, *lines, indentation(site, inside(branch.body)[0]), margin)


def step_of(site: Site, branch: Branch) -> bytes:
    """Return by how much a branch's body is deeper than its header."""
    margin = indentation(site, branch.node)
    own = indentation(site, inside(branch.body)[0]) if own_lines(site, branch) is not None else margin + STEP
    return own.removeprefix(margin) or STEP


def header_comment(site: Site, branch: Branch) -> bytes:
    """Return what follows the colon of a branch whose body stands on lines of its own: nothing or a comment."""
    return site.source[branch.colon.end_byte : line_end(site, branch.colon)].rstrip()


def with_comments(source: bytes, statement: Node) -> int:
    """Return where the line of a statement of the module begins, or the first of the comments right above it."""
    at = source.rfind(b"\n", 0, statement.start_byte) + 1
    while at:
        above = source.rfind(b"\n", 0, at - 1) + 1
        if not source[above:at].startswith(b"#"):
            break
        at = above
    return at


def shifted(site: Site, start: int, end: int, old: bytes, new: bytes) -> bytes:
    """Return whole lines with another margin; the inside of strings, and lines that lack the margin, stay."""
    first = site.source.count(b"\n", 0, start)
    kept = frozenset(
        row
        for each in walk(site.function)
        if each.type == "string" and each.start_point[0] != each.end_point[0]
        for row in range(each.start_point[0] + 1, each.end_point[0] + 1)
    )
    lines = site.source[start:end].splitlines(keepends=True)
    if lines and not lines[-1].endswith(b"\n"):
        lines[-1] += b"\n"
    return b"".join(
        new + line[len(old) :] if line.startswith(old) and line.strip() and first + index not in kept else line
        for index, line in enumerate(lines)
    )


def has_comment(site: Site, *ranges: tuple[int, int]) -> bool:
    """Return whether a comment stands in any of some byte ranges."""
    comments = [each for each in walk(site.function) if each.type == "comment"]
    return any(each.start_byte < end and start < each.end_byte for each in comments for start, end in ranges)


def fits(site: Site, node: Node, line: bytes) -> bool:
    """Return whether a line is of one piece and no wider than lines should be where it stands in for a node."""
    return b"\n" not in line and len(indentation(site, node)) + len(line) <= WIDEST
