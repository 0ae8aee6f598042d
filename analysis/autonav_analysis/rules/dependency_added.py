"""AN401: a manifest names a package that nothing here named before."""

from collections.abc import Iterator

from autonav_analysis.audit.dependencies import is_manifest, packages_in
from autonav_analysis.audit.lines import added_lines
from autonav_analysis.audit.paths import is_test, is_tooling
from autonav_analysis.findings import fingerprint, put_back, shortened
from autonav_analysis.rule import Rule
from autonav_protocol.values.audit import Audit, AuditedFile
from autonav_protocol.values.finding import Finding, Fix, Severity


def check(audit: Audit) -> Iterator[Finding]:
    """Yield one finding for each package that no manifest and no lock of the base names."""
    licences = {f"{each.ecosystem}:{each.name}": each.licence for each in audit.surroundings.licences}
    for file in audit.files:
        if not is_manifest(file.path) or is_test(file.path) or is_tooling(file.path):
            continue
        before = packages_in(file.path, file.before or b"") | audit.surroundings.dependencies
        for package in sorted(packages_in(file.path, file.after or b"") - before):
            ecosystem, _, name = package.partition(":")
            licence = licences.get(package) or "licence not known here"
            line = _line(file, name)
            yield Finding(
                code="AN401",
                slug="dependency-added",
                severity=Severity.INFORMATION,
                path=file.path,
                line=line,
                end_line=line,
                message=shortened(f"new {ecosystem} package {name} ({licence}); is it needed, kept up and what it says?"),
                fingerprint=fingerprint("AN401", file.path, package),
                fixes=(Fix("audit-licenses", "List all packages with their licences", "audit-licenses"),
                       put_back(file.change)),
            )  # fmt: skip


def _line(file: AuditedFile, name: str) -> int:
    """Return the added line that names a package, however it spells it, else the first."""
    wanted = name.encode().lower().replace(b"_", b"-")
    lines = list(added_lines(file))
    return next(
        (number for number, line in lines if wanted in line.lower().replace(b"_", b"-")), lines[0][0] if lines else 1
    )


RULE = Rule(
    code="AN401",
    slug="dependency-added",
    severity=Severity.INFORMATION,
    summary="A manifest names a package that nothing here named before.",
    what=(
        "No manifest and no lock file of the base names the package: pyproject.toml, setup.py, setup.cfg, "
        "requirements files, package.json, go.mod and Cargo.toml, and the lock files beside them. What moves from one "
        "manifest to another, and what only a lock file adds, is not told; nor are examples, tests and tools."
    ),
    why="A package is code that nobody here reads, and its name may be one letter off. One commit in 90 adds one.",
    example=(
        "```console\n$ autonav check\npyproject.toml:14: information AN401 new python package tenacity (Apache-2.0); is "
        "it needed, kept up and what it says?\n```"
    ),
    resolve=(
        "- Look at the package, and at `autonav audit-licenses`.\n"
        "- *Put this file back*, or allow it in a comment: `# autonav: allow AN401 retries, agreed`."
    ),
    check=check,
    subject=Audit,
)
