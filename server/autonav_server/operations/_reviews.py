"""The change of a worktree in the order of a review, for all operations that ask for it."""

from autonav_analysis.audit.hearing import heard
from autonav_analysis.reviewing import review
from autonav_protocol.values.review import ReviewGroup
from autonav_server.auditing.audit import audits
from autonav_server.auditing.texts import audited_files
from autonav_server.context import Context
from autonav_server.worktree import reviews
from autonav_server.worktree.comparison import compare
from autonav_server.worktree.fence import Look, look


def seen_change(context: Context, base: str | None) -> Look:
    """Return one look, of the active task or since a branch left `base`."""
    worktree, trusted = context.worktree, context.trusted(context.worktree)
    if base:
        return compare(worktree, context.settings, base, None, trusted=trusted)
    return look(worktree, context.settings, trusted=trusted, saved=context.saved(worktree))


def reviewed(context: Context, base: str | None) -> tuple[Look, tuple[ReviewGroup, ...]]:
    """Return one look, and its hunks in order."""
    worktree, seen = context.worktree, seen_change(context, base)
    if seen.change is None:
        return seen, ()
    settings, found = seen.held or context.settings, seen.findings
    for so_far, share in audits(worktree, seen.change, settings=settings):
        context.progress("judging what changed", share)
        found = (*seen.findings, *so_far)
    shown = (each for finding in found for each in heard((finding,), settings.rules).findings)
    texts = audited_files(worktree, seen.change.files)
    return seen, review(seen.change, texts, shown, reviews.marked(worktree))
