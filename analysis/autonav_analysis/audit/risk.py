"""How much harm a change could do: points for each category, from paths, sizes and what the rules found."""

from collections import Counter
from collections.abc import Iterable

from autonav_analysis.audit.paths import categories, is_document, is_generated, is_source, is_test
from autonav_protocol.values.change import Change, FileChange
from autonav_protocol.values.finding import Finding, Severity
from autonav_protocol.values.risk import Risk

HIGHEST = 100
LINES = ((1000, 25), (500, 20), (200, 10))
FILES = ((50, 15), (20, 10))
FOLDERS = ((8, 10), (5, 5))
"""Points from so many changed lines, files, or folders at the top, on."""

PATHS = {
    "auth": 12, "migrations": 12, "ci": 10, "deploy": 10, "env": 15, "hooks": 8, "agent": 8, "owners": 5,
    "schema": 10, "deserialisers": 8, "manifests": 3, "lint config": 3, "test config": 4,
}  # fmt: skip
MOST_FOR_PATHS = 40
UNTESTED_LINES, UNTESTED = 50, 20
FOUND = {
    "AN302": ("dangerous calls", 4, 16), "AN303": ("public API", 5, 15), "AN304": ("large deletions", 8, 16),
    "AN401": ("new dependencies", 4, 12), "AN402": ("licences", 10, 20), "AN403": ("licences", 5, 20),
    "AN501": ("secrets", 40, 40),
}  # fmt: skip
"""By rule: the category, the points for each finding and the most of the category."""

WEAKENED = ("weaker tests", 10, 30)
OUTSIDE = ("outside the contract", 10, 30)


def risk(change: Change, findings: Iterable[Finding]) -> Risk:
    """Return the risk of a change from 0 to 100, with what each category contributes, the largest first."""
    files = [file for file in change.files if not is_generated(file.path)]
    points = Counter(_of_size(files))
    points.update(_of_paths(files))
    points.update(_of_findings(findings))
    if _is_untested(files):
        points["no test changed"] = UNTESTED
    ordered = dict(sorted(points.items(), key=lambda each: (-each[1], each[0])))
    return Risk(min(HIGHEST, sum(points.values())), {name: each for name, each in ordered.items() if each})


def said(risk: Risk) -> str:
    """Return a risk as one line."""
    parts = ", ".join(f"{points} {name}" for name, points in risk.contributions.items())
    return f"risk {risk.score}: {parts}" if parts else f"risk {risk.score}"


def _of_size(files: list[FileChange]) -> dict[str, int]:
    written = [file for file in files if not is_document(file.path)]
    folders = {file.path.split("/")[0] for file in written if "/" in file.path}
    sizes = (
        ("changed lines", sum(_lines(file) for file in written), LINES),
        ("many files", len(written), FILES),
        ("cross-cutting", len(folders), FOLDERS),
    )
    return {name: next((points for least, points in steps if size >= least), 0) for name, size, steps in sizes}


def _of_paths(files: list[FileChange]) -> dict[str, int]:
    touched = {category for file in files for category in categories(file.path)}
    left, points = MOST_FOR_PATHS, {}
    for category, each in sorted(PATHS.items(), key=lambda row: -row[1]):
        if category in touched and left:
            points[f"{category} paths"] = min(left, each)
            left -= points[f"{category} paths"]
    return points


def _of_findings(findings: Iterable[Finding]) -> dict[str, int]:
    points: Counter[str] = Counter()
    most: dict[str, int] = {}
    for finding in findings:
        loud = finding.severity in (Severity.ERROR, Severity.WARNING)
        found = FOUND.get(finding.code)
        if finding.code.startswith("AN7") and loud:
            found = WEAKENED
        elif finding.code.startswith("AN1") and finding.severity is Severity.ERROR:
            found = OUTSIDE
        if found is not None:
            name, each, most[found[0]] = found
            points[name] += each * 2 if loud and finding.code == "AN302" else each
    return {name: min(most[name], each) for name, each in points.items()}


def _is_untested(files: list[FileChange]) -> bool:
    changed = sum(_lines(file) for file in files if is_source(file.path))
    return changed > UNTESTED_LINES and not any(is_test(file.path) for file in files)


def _lines(file: FileChange) -> int:
    return file.added + file.removed
