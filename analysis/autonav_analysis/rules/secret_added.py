"""AN501: a secret stands in an added line."""

from collections.abc import Iterator

from autonav_analysis.audit.lines import added_lines
from autonav_analysis.audit.paths import is_document, is_test, is_tooling
from autonav_analysis.audit.secrets import secrets_in
from autonav_analysis.changes.hunks import covers
from autonav_analysis.findings import fingerprint, put_back, put_hunk_back, shortened
from autonav_analysis.rule import Rule
from autonav_protocol.values.audit import AuditedFile
from autonav_protocol.values.finding import Finding, Severity

LONGEST_LINE = 4_000
"""Characters of what a person wrote; a line beyond them was made by a program."""


def check(file: AuditedFile) -> Iterator[Finding]:
    """Yield one finding for each added line that holds a secret; what the secret is, and never itself."""
    examples = is_test(file.path) or is_tooling(file.path) or is_document(file.path)
    for number, line in added_lines(file):
        if len(line) > LONGEST_LINE:
            continue
        text = line.decode("utf-8", "replace")
        found = [each for each in secrets_in(text) if not (examples and each.is_common)]
        if not found:
            continue
        hunk = next((each for each in file.change.hunks if covers(each, number)), None)
        yield Finding(
            code="AN501",
            slug="secret-added",
            severity=Severity.ERROR,
            path=file.path,
            line=number,
            end_line=number,
            message=shortened(
                f"this line adds what looks like a secret ({found[0].kind}); take it out, and revoke it if it was real"
            ),
            fingerprint=fingerprint("AN501", file.path, found[0].kind, str(len(found))),
            fixes=(put_hunk_back(file.change, hunk),) if hunk else (put_back(file.change),),
            column=len(text[: found[0].start].encode()),
            end_column=len(text[: found[0].end].encode()),
        )


RULE = Rule(
    code="AN501",
    slug="secret-added",
    severity=Severity.ERROR,
    summary="A secret stands in an added line.",
    what=(
        "The line holds a token or key in the shape that its issuer gives it (some thirty of them). Random-looking "
        "texts are not guessed at. Private keys, JSON web tokens and passwords in addresses are common in tests, "
        "examples and documents and are passed over there; a provider's token is not. The secret itself is "
        "masked in everything that AutoNav writes."
    ),
    why="What was once committed and pushed is known to others, and taking it out later does not make it unknown.",
    example=(
        "```console\n$ autonav check\nsrc/client.py:3: error AN501 this line adds what looks like a secret (GitHub "
        "Token); take it out, and revoke it if it was real\n```"
    ),
    resolve=(
        "- *Put this hunk back* (`autonav put-back PATH --lines N`), and read the secret from the environment.\n"
        "- Revoke it if it was ever real. A comment does not allow a secret: write a made-up one so that it does "
        "not look real (`example` in it is enough)."
    ),
    check=check,
    subject=AuditedFile,
)
