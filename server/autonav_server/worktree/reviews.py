"""What a person has read of a worktree's changes, by the marks of the hunks."""

from collections.abc import Iterable

from autonav_server.worktree.worktree import Worktree


def marked(worktree: Worktree) -> frozenset[str]:
    """Return the marks of all that was reviewed, of what is no longer there too."""
    query = "SELECT mark FROM review_marks WHERE worktree = ?"
    rows = worktree.store.read(lambda sql: sql.execute(query, (worktree.id,)).fetchall())
    return frozenset(mark for (mark,) in rows)


def mark(worktree: Worktree, marks: Iterable[str], at: str) -> None:
    """Keep marks; those that are there keep their time."""
    rows = [(worktree.id, each, at) for each in marks]
    worktree.store.write(lambda sql: sql.executemany("INSERT OR IGNORE INTO review_marks VALUES (?, ?, ?)", rows))


def unmark(worktree: Worktree, marks: Iterable[str]) -> None:
    """Take marks off."""
    rows = [(worktree.id, each) for each in marks]
    query = "DELETE FROM review_marks WHERE worktree = ? AND mark = ?"
    worktree.store.write(lambda sql: sql.executemany(query, rows))
