"""AN101: a file changed that the task may not touch."""

from collections.abc import Iterator, Sequence

from autonav_analysis.changes.bursts import bursts, covering
from autonav_analysis.contracts.scope import decide_file
from autonav_analysis.findings import (
    allow,
    contract_line,
    evidence_of,
    fingerprint,
    lines_of,
    put_all_back,
    severity_of,
    shortened,
    size_of,
    ways_back,
)
from autonav_analysis.rule import Rule
from autonav_protocol.values.change import Change, FileChange
from autonav_protocol.values.finding import Finding, Fix, Severity


def check(change: Change) -> Iterator[Finding]:
    """Yield one finding for each changed path that no list of the contract allows, and one for each burst."""
    outside = [file for file in change.files if _is_outside(change, file)]
    together = bursts(outside)
    grouped = {file.path for group in together for file in group}
    yield from (_burst(change, group) for group in together)
    yield from (_one(change, file) for file in outside if file.path not in grouped)


def _is_outside(change: Change, file: FileChange) -> bool:
    if file.path == change.contract_path:
        return False  # AN109's
    decision = decide_file(change, file)
    return not decision.allowed and not decision.list_name


def _one(change: Change, file: FileChange) -> Finding:
    line, end_line = lines_of(file)
    listed = "create" if file.before is None and change.contract.scope.create else "edit"
    return Finding(
        code="AN101",
        slug="scope-outside",
        severity=severity_of(file),
        path=file.path,
        line=line,
        end_line=end_line,
        message=shortened(
            f'outside task "{change.contract.slug}": {file.path} ({size_of(file)}) is not in scope '
            f"[{_globs(change, listed)}]; put it back or allow it"
        ),
        fingerprint=fingerprint("AN101", file.path, file.kind),
        fixes=(*ways_back(file), *allow(file)),
        related=(contract_line(change, listed),),
        evidence=evidence_of(file),
    )


def _burst(change: Change, files: Sequence[FileChange]) -> Finding:
    paths = [each.path for each in files]
    added, removed = sum(each.added for each in files), sum(each.removed for each in files)
    line = contract_line(change, "edit")
    return Finding(
        code="AN101",
        slug="scope-outside",
        severity=min((severity_of(each) for each in files), key=list(Severity).index),
        path=change.contract_path,
        line=line.line,
        end_line=line.line,
        message=shortened(
            f'outside task "{change.contract.slug}": {len(files):,} files written together (+{added} -{removed}), '
            f"the first {paths[0]}; put them back or allow what this command wrote"
        ),
        fingerprint=fingerprint("AN101", "burst", *paths),
        fixes=(
            put_all_back(files, f"Put these {len(files):,} files back"),
            Fix(
                "allow-burst",
                f"Allow what this command wrote: {len(files):,} files",
                "scope add",
                {"globs": list(covering(paths)), "to": "generated"},
            ),
        ),
        evidence=tuple(paths[:200]),
    )


def _globs(change: Change, listed: str) -> str:
    globs = getattr(change.contract.scope, listed)
    return ", ".join(globs[:3]) + (", …" if len(globs) > 3 else "")


RULE = Rule(
    code="AN101",
    slug="scope-outside",
    severity=Severity.ERROR,
    summary="A file changed that the active task may not touch.",
    what=(
        "The file differs from what the worktree would be without the task, and no list of the "
        "contract allows that. Who wrote it does not matter: an editor, an agent, `sed`, a formatter. "
        "Your own pull, merge, rebase, checkout and stash raise nothing, and committing the change "
        "does not hide it. What you saved from this very editor is information, not an error. Ten files or more "
        "that were written together, as a generator or a formatter does, are one finding."
    ),
    why=(
        "A change outside the task is the change nobody reviews: the request named some files, "
        "and the rest rides along."
    ),
    example=(
        "```console\n$ autonav start --edit 'src/http/**' \"retry with backoff\"\n"
        "$ sed -i s/5/50/ src/db/pool.py\n$ autonav check\n"
        'src/db/pool.py:3: error AN101 outside task "retry-with-backoff": src/db/pool.py (+1 -1) is not in '
        "scope [src/http/**]; put it back or allow it\n```"
    ),
    resolve=(
        "- *Put this file back* (`autonav put-back PATH`) writes the bytes it would have without the task; "
        "`autonav undo` brings the change again.\n"
        "- *Put this hunk back* (`autonav put-back PATH --lines N`) does so for one hunk.\n"
        "- *Allow this file*, *its folder* or *what this command wrote* (`autonav scope add GLOB`) widens the "
        "contract, and is recorded."
    ),
    check=check,
)
