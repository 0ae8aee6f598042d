"""What a change of settings lowers: numbers, switches, lists and commands that let more pass than before."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from autonav_analysis.audit.lines import added_lines, removed_lines
from autonav_analysis.audit.tests_settings import flat_settings
from autonav_protocol.values.audit import AuditedFile

FLOOR = re.compile(
    r"(^|[._-])(fail[_-]under|min(imum)?[_-]?coverage|coverage[_-]?(min(imum)?|threshold))$"
    r"|(coverageThreshold|thresholds)\..*(branches|functions|lines|statements)$",
    re.IGNORECASE,
)
CEILING = re.compile(
    r"(^|\.)(max-(complexity|args|branches|returns|statements|locals|nested-blocks|warnings|depth|positional-args)"
    r"|cognitive-complexity-threshold)$"
)
STRICT = re.compile(
    r"(^|\.)(strict\w*|warn_\w+|disallow_\w+|check_untyped_defs|no_implicit_\w+|noImplicit\w+|noUnused\w+"
    r"|noUnchecked\w+|xfail_strict)$"
)
MISSED = re.compile(r"^tool\.mypy\.(strict|disallow|warn|check)")
"""Switches whose absence is what they guard against."""

LINTED = re.compile(r"(^|\.)rules\.[^.]+(/[^.]+)?$")
GROWING = re.compile(
    r"(^|\.)(ignore|extend-ignore|omit|exclude_lines|exclude_also|coveragePathIgnorePatterns|testPathIgnorePatterns"
    r"|norecursedirs)$|per-file-ignores\.|^tool\.mypy\.overrides$"
)
DEPENDENCY = re.compile(r"(^|\.)[\w-]*dependencies\.", re.IGNORECASE)
"""Keys that name packages, whatever these are called."""

SHRINKING = re.compile(r"(^|\.)(select|extend-select|testpaths)$")
WARNINGS = re.compile(r"(^|\.)filterwarnings$")
CHECKS = (
    r"(pytest|go (test|vet)|cargo (nextest|test|clippy)|jest|vitest|mocha|tox|nox|unittest|npm|yarn|pnpm|ruff|mypy|pyright"
    r"|eslint|tsc|golangci|make|coverage|check|lint|test)"
)
LET_PASS = re.compile(
    r"continue-on-error:\s*true|\bset \+e\b|--no-verify|--exit-zero|--passWithNoTests|passWithNoTests:\s*true"
    rf"|\b{CHECKS}\b.*\|\|\s*(true\b|:\s*$)|\bif:\s*(false\b|\$\{{\{{\s*false)|allow_failure:\s*true"
)
FLOOR_LINE = re.compile(
    r"(--cov-fail-under|fail[_-]under|\bbranches|\bfunctions|\blines|\bstatements|\btarget)[\"']?\s*[:= ]\s*[\"']?([\d.]+)%?"
)
RETRIED = re.compile(
    r"@(pytest\.mark\.)?flaky\b|--reruns[ =]|\bretries:\s*[1-9]|jest\.retryTimes|retry-on-error|nick-fields/retry"
)
COMMENT = re.compile(r"^\s*(#|//|;)")


@dataclass(frozen=True, slots=True)
class Lowered:
    """One thing that lets more pass: its name, what was and what is; `loud` where natural work seldom does it."""

    name: str
    before: str
    after: str
    line: int
    loud: bool


def lowered(file: AuditedFile) -> Iterator[Lowered]:
    """Yield what a change of a settings file lowers, by its structure where it can be read, else by its lines."""
    if file.before is None or file.after is None:
        return
    before, after = flat_settings(file.path, file.before), flat_settings(file.path, file.after)
    added = [(number, line.decode("utf-8", "replace")) for number, line in added_lines(file)]
    if before is not None and after is not None:
        for name, was, now, loud in _keys(before, after):
            yield Lowered(name, _shown(was), _shown(now), _line_of(name, now, added), loud)
    removed = [line.decode("utf-8", "replace") for _, line in removed_lines(file)]
    added = [(number, line) for number, line in added if not COMMENT.match(line)]
    yield from _let_pass(removed, added)
    yield from _floors(removed, added, everything=before is None or after is None)


def retried(file: AuditedFile) -> Iterator[Lowered]:
    """Yield where failing tests have come to be tried again."""
    old = sum(bool(RETRIED.search(line.decode("utf-8", "replace"))) for _, line in removed_lines(file))
    new = [
        (number, text) for number, line in added_lines(file) if RETRIED.search(text := line.decode("utf-8", "replace"))
    ]
    for number, text in new[old:]:
        yield Lowered("retries", "", text.strip(), number, "--reruns" in text)


Told = tuple[str, Any, Any, bool]


def _keys(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Told]:
    for key, was in before.items():
        now = after.get(key)
        if was != now and not DEPENDENCY.search(key):
            yield from (each for judge in JUDGES for each in judge(key, was, now))
    for key, now in after.items():
        if key not in before and not DEPENDENCY.search(key):
            yield from _grown(key, None, now)


def _below(key: str, was: Any, now: Any) -> Iterator[Told]:
    old, new = _number(was), _number(now)
    if FLOOR.search(key) and old is not None and (new is None if now is None else new is not None and new < old):
        yield key, was, now, True


def _above(key: str, was: Any, now: Any) -> Iterator[Told]:
    old, new = _number(was), _number(now)
    if CEILING.search(key) and old is not None and new is not None and new > old:
        yield key, was, now, True


def _loosened(key: str, was: Any, now: Any) -> Iterator[Told]:
    off = now is False or str(now).lower() == "false"
    if STRICT.search(key) and str(was).lower() == "true" and (off or (now is None and MISSED.match(key))):
        yield key, was, now, True


def _switched_off(key: str, was: Any, now: Any) -> Iterator[Told]:
    if LINTED.search(key) and _is_off(now) and was is not None and not _is_off(was):
        yield key, was, now, True


def _grown(key: str, was: Any, now: Any) -> Iterator[Told]:
    more = _items(now) - _items(was)
    if WARNINGS.search(key):
        more = {each for each in more if each.startswith("ignore")}
    elif not GROWING.search(key):
        return
    if more:
        yield key, was, now, False


def _shrunk(key: str, was: Any, now: Any) -> Iterator[Told]:
    new = _items(now)
    if SHRINKING.search(key) and new and "ALL" not in new and _items(was) - new:
        yield key, was, now, False


JUDGES: tuple[Callable[[str, Any, Any], Iterator[Told]], ...] = (
    _below, _above, _loosened, _switched_off, _grown, _shrunk,
)  # fmt: skip


def _let_pass(removed: Iterable[str], added: list[tuple[int, str]]) -> Iterator[Lowered]:
    old = [line.strip() for line in removed if LET_PASS.search(line)]
    new = [(number, line) for number, line in added if LET_PASS.search(line)]
    for number, line in new[len(old) :]:
        found = LET_PASS.search(line)
        yield Lowered(found[0].strip() if found else line.strip(), "", line.strip(), number, loud=True)


def _floors(removed: Iterable[str], added: list[tuple[int, str]], *, everything: bool) -> Iterator[Lowered]:
    """Yield numbers in commands, and in files without a structure that is read, which are lower than they were."""
    was: dict[str, list[str]] = {}
    for line in removed:
        for found in FLOOR_LINE.finditer(line):
            was.setdefault(found[1], []).append(found[2])
    for number, line in added:
        for found in FLOOR_LINE.finditer(line):
            known = was.get(found[1], [])
            old = _number(known.pop(0)) if known else None
            new = _number(found[2])
            if (everything or found[1].startswith("--")) and old is not None and new is not None and new < old:
                yield Lowered(found[1], f"{old:g}", f"{new:g}", number, loud=True)


def _line_of(key: str, value: Any, added: list[tuple[int, str]]) -> int:
    """Return the added line that says a key, or its value, else the first."""
    last = key.rpartition(".")[2]
    items = sorted(_items(value), key=len, reverse=True)
    said = (number for word in (last, *items) for number, line in added if word and word in line)
    return next(said, added[0][0] if added else 1)


def _items(value: Any) -> set[str]:
    if isinstance(value, str):
        return {each.strip() for each in re.split(r"[,\n]", value) if each.strip()}
    return {str(each) for each in value} if isinstance(value, list) else set()


def _is_off(value: Any) -> bool:
    first = value[0] if isinstance(value, list) and value else value
    return first in ("off", 0) and first is not False


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or value is None:
        return None
    try:
        return float(str(value).rstrip("%"))
    except ValueError:
        return None


def _shown(value: Any) -> str:
    text = "" if value is None else str(value)
    return text if len(text) <= 120 else text[:119] + "…"
