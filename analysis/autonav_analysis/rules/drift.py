"""AN201: a changed file serves nothing that the task names."""

from collections.abc import Iterator

from autonav_analysis.audit.deliverables import deliverables
from autonav_analysis.audit.dependencies import is_lock, is_manifest
from autonav_analysis.audit.paths import is_document, is_generated, is_test
from autonav_analysis.audit.tracing import trace
from autonav_analysis.contracts.scope import decide_file
from autonav_analysis.findings import counted, fingerprint, lines_of, shortened, ways_back
from autonav_analysis.rule import Rule
from autonav_analysis.syntax.grammars import language_for
from autonav_protocol.values.audit import Audit
from autonav_protocol.values.finding import Finding, Severity

LANGUAGES = ("python", "javascript", "typescript", "tsx", "go")
"""Those whose imports are read well enough to tell what serves what."""


def check(audit: Audit) -> Iterator[Finding]:
    """Yield one finding for each file of code that no deliverable explains, where at least one file is explained."""
    wanted = deliverables(audit.change.contract)
    files = [file for file in audit.files if _is_judged(file.path)]
    traced = trace(files, wanted if wanted.paths else wanted._replace(symbols=frozenset()))
    for file in files if traced.served else ():
        if file.path in traced.served or not decide_file(audit.change, file.change).allowed:
            continue
        if is_test(file.path) and file.path not in traced.tied:
            continue  # what it tests from outside cannot be told
        line, end_line = lines_of(file.change)
        hunks = counted(len(file.change.hunks), "hunk")
        yield Finding(
            code="AN201",
            slug="drift",
            severity=Severity.INFORMATION,
            path=file.path,
            line=line,
            end_line=end_line,
            message=shortened(
                f"{file.path} ({hunks}) serves nothing that the task names, by path, symbol, import or test; "
                "put it back, or name it in the task"
            ),
            fingerprint=fingerprint("AN201", file.path),
            fixes=ways_back(file.change),
            evidence=(f"named: {', '.join(sorted((*wanted.paths, *wanted.symbols))[:10])}",),
        )


def _is_judged(path: str) -> bool:
    follows = is_document(path) or is_generated(path) or is_lock(path) or is_manifest(path)
    language = language_for(path)
    return language is not None and language.name in LANGUAGES and not follows


RULE = Rule(
    code="AN201",
    slug="drift",
    severity=Severity.INFORMATION,
    summary="A changed file serves nothing that the task names.",
    what=(
        "Deliverables are the single files and symbols of the contract's scope, and the paths and identifiers in the "
        "task's own words. A file serves one if it is named, touches a named symbol, imports or is imported by a file "
        "that does, or is its test; Python, JavaScript, TypeScript and Go (where a folder is one package). Documents, "
        "manifests, locks and generated files follow others and are passed over. Where no file is named, or "
        "nothing that is named changed, nothing is said."
    ),
    why="What was not asked for is the part of a change that is reviewed least.",
    example=(
        "```console\n$ autonav start --edit 'src/**' 'retry in src/http.py'\n$ autonav check\nsrc/colour.py:3: information "
        "AN201 src/colour.py (1 hunk) serves nothing that the task names, by path, symbol, import or test; put it back, "
        "or name it in the task\n```"
    ),
    resolve="- *Put this file back* (`autonav put-back PATH`), and make it a task of its own.\n- Name it in the task.",
    check=check,
    subject=Audit,
)
