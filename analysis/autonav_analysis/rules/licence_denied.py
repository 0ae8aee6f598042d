"""AN402: a new package's licence is not one that the policy allows."""

from collections.abc import Iterator

from autonav_analysis.audit.dependencies import is_manifest, packages_in
from autonav_analysis.audit.lines import added_lines
from autonav_analysis.findings import fingerprint, put_back, shortened
from autonav_analysis.rule import Rule
from autonav_protocol.values.audit import Audit, AuditedFile
from autonav_protocol.values.finding import Finding, Fix, Severity
from autonav_protocol.values.licence import LicenceVerdict, PackageLicence

SAID = {
    LicenceVerdict.DENIED: "which the policy denies; take another package, or change `licences` yourself",
    LicenceVerdict.ASK: "which is decided case by case; ask whoever decides",
    LicenceVerdict.UNKNOWN: "so nothing says that it may be used; look at its sources, or ask",
}


def check(audit: Audit) -> Iterator[Finding]:
    """Yield one finding for each new package whose licence is denied, to be asked about, or not known where it is installed."""
    for package in audit.surroundings.licences:
        if package.verdict is LicenceVerdict.ALLOWED or not (package.version or package.source):
            continue  # AN401 says of a package which is not installed that its licence is not known
        name = f"{package.ecosystem}:{package.name}"
        file = next((each for each in audit.files if is_manifest(each.path) and _names(each, name)), None)
        if file is not None:
            yield _finding(file, package)


def _finding(file: AuditedFile, package: PackageLicence) -> Finding:
    licence = f"is licensed under {package.licence}" if package.licence else "has no licence that is known here"
    wanted = package.name.encode().lower()
    line = next((n for n, text in added_lines(file) if wanted in text.lower().replace(b"_", b"-")), 1)
    return Finding(
        code="AN402",
        slug="licence-denied",
        severity=Severity.WARNING if package.verdict is LicenceVerdict.DENIED else Severity.INFORMATION,
        path=file.path,
        line=line,
        end_line=line,
        message=shortened(f"new package {package.name} {licence}, {SAID[package.verdict]}"),
        fingerprint=fingerprint("AN402", file.path, package.name, package.licence),
        fixes=(
            put_back(file.change),
            Fix("audit-licenses", "List all packages with their licences", "audit-licenses"),
        ),
        evidence=(f"licence read from: {package.source}",) if package.source else (),
    )


def _names(file: AuditedFile, package: str) -> bool:
    new = packages_in(file.path, file.after or b"") - packages_in(file.path, file.before or b"")
    return package in new


RULE = Rule(
    code="AN402",
    slug="licence-denied",
    severity=Severity.WARNING,
    summary="A new package's licence is not one that the policy allows.",
    what=(
        "The licence comes from the package as it is installed or vendored here: the environment's metadata, "
        "`node_modules`, `vendor`, cargo's registry. Of `A OR B` the better counts, of `A AND B` the worse. "
        "`licences.deny` warns (GPL and AGPL by default), `licences.ask`, what no list names and what is not known "
        "inform; of a package that is not installed AN401 says so. Nothing is downloaded."
    ),
    why="A licence may bind the whole program, and is far easier to avoid than to undo.",
    example=(
        "```console\n$ autonav check\npyproject.toml:14: warning AN402 new package pylint is licensed under "
        "GPL-2.0-or-later, which the policy denies; take another package, or change `licences` yourself\n```"
    ),
    resolve=(
        "- Take another package, or *put this file back*.\n"
        '- Take the licence off the policy: `[licences]` `deny = ["!GPL-3.0-only"]` in `autonav.toml`.\n'
        "- Allow it in a comment with the reason, where it is decided case by case."
    ),
    check=check,
    subject=Audit,
)
