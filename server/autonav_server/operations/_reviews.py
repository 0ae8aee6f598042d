"""The change of a worktree in the order of a review, for all operations that ask for it."""

from autonav_analysis.audit.hearing import heard
from autonav_analysis.reviewing import review
from autonav_protocol.values.review import ReviewGroup
from autonav_server.auditing.audit import Findings, audits
from autonav_server.auditing.texts import audited_files
from autonav_server.context import Context
from autonav_server.operations._validated import red_old_tests
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
    found = (*seen.findings, *_of_content(context, seen))
    volumes = (seen.held or context.settings).rules
    shown = [each for finding in found for each in heard((finding,), volumes).findings]
    texts = audited_files(worktree, seen.change.files)
    return seen, context.work(review, seen.change, texts, shown, reviews.marked(worktree))


def _of_content(context: Context, seen: Look) -> Findings:
    """Return what the rules about content find: what the watch of an editor knows, or found here."""
    assert seen.change is not None
    if seen.task is not None and (known := context.audited(context.worktree, seen)) is not None:
        return known
    found: Findings = ()
    settings, red = seen.held or context.settings, red_old_tests(context, seen.change)
    for so_far, share in audits(context.worktree, seen.change, settings=settings, red_old_tests=red):
        context.progress("judging what changed", share)
        found = so_far
    return found
