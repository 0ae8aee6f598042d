"""What rules about a whole change know of each file: small facts, kept by its content, never its tree."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from autonav_analysis.audit.api import Exported, exported
from autonav_analysis.audit.calls import Call, dangerous_calls
from autonav_analysis.audit.imports import imported
from autonav_analysis.audit.keeping import kept
from autonav_analysis.audit.paths import is_generated
from autonav_analysis.audit.trees import tree_of
from autonav_analysis.syntax.grammars import language_for
from autonav_protocol.values.audit import AuditedFile

LANGUAGES = ("python", "javascript", "typescript", "tsx", "go", "rust")


@dataclass(frozen=True)
class FileFacts:
    """What both texts of a file say.

    `calls_before` and `calls_after` are the dangerous ones on changed lines, `exported_before` and
    `exported_after` what others may use, by name, and `imports` what the new text imports.
    """

    language: str = ""
    calls_before: tuple[Call, ...] = ()
    calls_after: tuple[Call, ...] = ()
    exported_before: Mapping[str, Exported] = field(default_factory=dict)
    exported_after: Mapping[str, Exported] = field(default_factory=dict)
    imports: frozenset[str] = frozenset()


def facts_of(file: AuditedFile) -> FileFacts:
    """Return the facts of a changed file, empty where its language is not read."""
    language = language_for(file.path)
    if language is None or language.name not in LANGUAGES or is_generated(file.path):
        return NOTHING
    return _read(language.name, file)


@kept
def _read(language: str, file: AuditedFile) -> FileFacts:
    old, new = tree_of(file.path, file.before), tree_of(file.path, file.after)
    hunks = file.change.hunks
    removed = [(each.old_line, each.old_line + each.old_count - 1) for each in hunks if each.old_count]
    added = [(each.new_line, each.new_line + each.new_count - 1) for each in hunks if each.new_count]
    return FileFacts(
        language,
        dangerous_calls(language, old, removed),
        dangerous_calls(language, new, added),
        exported(language, old),
        exported(language, new),
        imported(language, file.after or b""),
    )


NOTHING = FileFacts()
