"""Licence notices in added lines: who holds the rights, or which licence is named."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from autonav_analysis.audit.lines import added_lines, removed_lines
from autonav_analysis.audit.paths import categories, is_document, is_generated, is_test
from autonav_protocol.values.audit import AuditedFile

NOTICE = re.compile(
    r"(?i:SPDX-License-Identifier:)\s*(?P<id>[\w.+\-]+(?:[ \t]+(?:OR|AND|WITH)[ \t]+[\w.+\-]+)*)"
    r"|(?:Copyright|\(c\)|©)(?:\s*(?:\([cC]\)|©|&copy;))?[\s\d,\-–]*(?:by\s+)?(?P<holder>[A-Z][^\n<,;]{2,60})"
    r"|(?P<gnu>GNU (?:Affero |Lesser |Library )?General Public License)"
)
COMMENT = re.compile(r"""^\s*(#|//|/?\*|<!--|;|--|%|\"{3}|'{3})""")
LONGEST_LINE = 400


class Notice(NamedTuple):
    """A notice: what it names, in lower case and without years, and its 1-based line."""

    name: str
    line: int


def notices_added(file: AuditedFile) -> Iterator[Notice]:
    """Yield what the notices in added comments of a source file name, unless removed lines name it too."""
    if is_document(file.path) or is_generated(file.path) or is_test(file.path) or "legal" in categories(file.path):
        return
    gone = {name for _, line in removed_lines(file) for name in _named(line)}
    for number, line in added_lines(file):
        for name in _named(line):
            if name not in gone:
                yield Notice(name, number)


def _named(line: bytes) -> Iterator[str]:
    if len(line) > LONGEST_LINE:
        return
    text = line.decode("utf-8", "replace")
    found = NOTICE.search(text) if COMMENT.search(text) else None
    if found is None:
        return
    name = next(each for each in (found["id"], found["holder"], found["gnu"]) if each)
    name = re.split(r"(?i)[.,]?\s+all rights reserved|\s+\*/|\s*-->|\s{2,}|\s+<|\s+and\s", name)[0]
    if kept := re.sub(r"\s+", " ", name).strip(" .,*/#-").lower():
        yield kept
