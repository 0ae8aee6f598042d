"""AN302: a change calls what reaches out of the program."""

from collections import Counter
from collections.abc import Iterator

from autonav_analysis.audit.calls import WARNED
from autonav_analysis.audit.facts import facts_of
from autonav_analysis.audit.paths import is_test, is_tooling
from autonav_analysis.changes.hunks import covers
from autonav_analysis.findings import fingerprint, put_back, put_hunk_back, shortened
from autonav_analysis.rule import Rule
from autonav_protocol.values.audit import Audit
from autonav_protocol.values.finding import Finding, Severity

HARM = {
    "eval": "runs text as code",
    "shell": "runs text in a shell",
    "deserialisation": "makes objects from bytes that may run code",
    "SQL": "puts text together into SQL",
    "process": "starts a process",
    "network": "reaches the network",
    "path": "writes or deletes by path",
    "HTML": "puts text into a page unescaped",
    "TLS": "does not check who answers",
    "unsafe": "leaves the language's own safety",
}


def check(audit: Audit) -> Iterator[Finding]:
    """Yield one finding for each file and callee of which the change has more than before, tests and tooling aside."""
    files = [file for file in audit.files if not (is_test(file.path) or is_tooling(file.path))]
    new = Counter((each.kind, each.callee) for file in files for each in facts_of(file).calls_after)
    new.subtract((each.kind, each.callee) for file in files for each in facts_of(file).calls_before)
    for file in files:
        facts = facts_of(file)
        before = Counter((each.kind, each.callee) for each in facts.calls_before)
        here = Counter((each.kind, each.callee) for each in facts.calls_after)
        for key in dict.fromkeys((each.kind, each.callee) for each in facts.calls_after):
            more = min(new[key], here[key] - before[key])
            if more <= 0:
                continue
            kind, callee = key
            line = next(each.line for each in facts.calls_after if (each.kind, each.callee) == key)
            hunk = next((each for each in file.change.hunks if covers(each, line)), None)
            times = f", {more} times" if more > 1 else ""
            yield Finding(
                code="AN302",
                slug="dangerous-call",
                severity=Severity.WARNING if kind in WARNED else Severity.INFORMATION,
                path=file.path,
                line=line,
                end_line=line,
                message=shortened(
                    f"{kind}: new {callee}{times}, which {HARM[kind]}; make sure that nothing from outside reaches it"
                ),
                fingerprint=fingerprint("AN302", file.path, kind, callee),
                fixes=(put_hunk_back(file.change, hunk),) if hunk else (put_back(file.change),),
            )


RULE = Rule(
    code="AN302",
    slug="dangerous-call",
    severity=Severity.WARNING,
    summary="A change calls what reaches out of the program.",
    what=(
        "A changed line calls something that runs text as code or in a shell, makes objects from bytes, puts text "
        "together into SQL (these warn), or starts a process, uses the network, deletes by path, writes unescaped "
        "HTML, skips the check of a certificate or leaves the language's own safety (these inform). Python, JavaScript, "
        "TypeScript, Go and Rust; read by syntax. What the change only moves is not counted, and tests, scripts, "
        "examples and benchmarks are left out."
    ),
    why="These calls are where input from outside does harm, and one in 60 commits adds one.",
    example=(
        "```console\n$ autonav check\nsrc/build.py:8: warning AN302 shell: new os.system, which runs text in a shell; make "
        "sure that nothing from outside reaches it\n```"
    ),
    resolve=(
        "- Take another way: argv lists for processes, parameters for SQL, JSON for data.\n"
        "- *Put this hunk back*, or allow it in a comment with the reason: `autonav: allow AN302 fixed text`."
    ),
    check=check,
    subject=Audit,
    early=True,
)
