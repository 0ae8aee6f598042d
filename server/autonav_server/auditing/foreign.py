"""Holding the reports of other tools against a change."""

import os
from collections.abc import Sequence

from autonav_analysis.audit.allowing import with_allowances
from autonav_analysis.audit.secrets import without_secrets
from autonav_analysis.judging import judge
from autonav_analysis.reports.sarif_input import read_sarif
from autonav_protocol.errors import BadRequest, NotFound
from autonav_protocol.values.audit import Audit
from autonav_protocol.values.change import Change
from autonav_protocol.values.finding import Finding
from autonav_protocol.values.foreign import ForeignReport, ForeignResult
from autonav_server.auditing.texts import audited_files
from autonav_server.worktree.worktree import Worktree


def foreign_findings(worktree: Worktree, change: Change, reports: Sequence[str]) -> tuple[Finding, ...]:
    """Return what other tools found in the changed lines; `reports` are SARIF files, relative ones from the root."""
    results = tuple(each for path in reports for each in _read(worktree.root, path))
    found = judge(ForeignReport(change, tuple(dict.fromkeys(results))))
    paths = {each.path for each in found}
    texts = audited_files(worktree, [file for file in change.files if file.path in paths])
    return without_secrets(with_allowances(found, Audit(change, texts)))


def _read(root: str, path: str) -> tuple[ForeignResult, ...]:
    try:
        with open(os.path.join(root, path), "rb") as file:
            log = read_sarif(file.read(), root)
    except OSError as error:
        raise NotFound(f"the report {path} cannot be read: {error.strerror}") from error
    if log.problem:
        raise BadRequest(f"the report {path} cannot be used: {log.problem}", "write it as SARIF 2.1.0")
    if log.results and not any(each.path for each in log.results):
        raise BadRequest(
            f"no result of the report {path} lies within {root}", "run the tool here, or let it write relative paths"
        )
    return log.results
