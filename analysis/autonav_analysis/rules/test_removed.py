"""AN704: a test is deleted or no longer collected, or is given fewer cases."""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator

from autonav_analysis.audit.lines import added_lines, removed_lines
from autonav_analysis.audit.paths import categories, is_document, is_test
from autonav_analysis.audit.tests_findings import finding, hunk_back, is_collected, is_red, run_old
from autonav_analysis.audit.tests_pairing import How, Placed, TestChanges, changes_of_tests
from autonav_analysis.audit.tests_values import Kind
from autonav_analysis.findings import counted
from autonav_analysis.rule import Rule
from autonav_protocol.values.audit import Audit, AuditedFile
from autonav_protocol.values.finding import Finding, Fix, Related, Severity

NAMED = ("AN704", "test-removed")
SELECTION = re.compile(
    r"(?<![\w-])(-k[ =]|--deselect[ =]|--ignore(-glob)?[ =]|-m[ =]?[\"']?not|--skip[ =]|-skip[ =]|-run[ =]|--exclude[ =]"
    r"|--testPathIgnorePatterns|--testNamePattern|--grep|-t [\"'])"
)
RUNS_TESTS = re.compile(
    r"pytest|addopts|go test|cargo (nextest|test)|jest|vitest|mocha|tox|nox|unittest|npm (run )?test|yarn test|pnpm (run )?test"
)
NO_TESTS = re.compile(
    r"[\s\"'=]*[\w./*-]*\b(bench\w*|docs?|examples?|build|dist|\.?venv|node_modules|setup\.py|vendor)\b"
)
"""What is left out of a run of tests and holds none that belong to it."""

EXCEPTIONS = re.compile(
    r"(^|_)(allow\w*|ignor\w*|skip\w*|diff\w*|exclu\w*|except\w*|xfail\w*|fail\w*|known|unsupported|broken|flaky|todo)(_|$)",
    re.IGNORECASE,
)
"""Names of lists whose entries are not tested, or not like the others: fewer of them is more."""

CHOICE = re.compile(r"(?<![\w-])(-[mk])[ =]?(?:\"([^\"]*)\"|'([^']*)'|([^\s\"']+))")
"""Which tests are run, by mark or by name."""

HALF = re.compile(r"\s*(not )?\s*([\w.-]+|\([^()]*\))\s*")
"""A choice of which the other half can be told."""

PLACE = re.compile(r"[\w.:-]*(?:/|::|\.py\b)[\w./:-]*")
MEANT = re.compile(r"\brevert\w*|\b(remov|delet|drop)\w*\b.*\btest(s|ing)?\b", re.IGNORECASE)
BETWEEN_COMMANDS = re.compile(r"&&|;|\|")
COMMANDS = re.compile(r"(^|/)(Makefile|justfile|package\.json|noxfile\.py|tox\.ini|pyproject\.toml|setup\.cfg)$|\.sh$")


def check(audit: Audit) -> Iterator[Finding]:
    """Yield what is no longer collected, what is deleted, and what has fewer cases."""
    changes = changes_of_tests(audit)
    yield from _deleted(audit, changes)
    for pair in changes.pairs:
        path, language = pair.after.file.path, pair.after.language
        was_collected = is_collected(pair.before.file.path, language)
        if was_collected and not is_collected(path, language) and not _is_inherited(audit, pair.after):
            yield _uncollected(pair.before, pair.after, "stands in a file that no runner collects")
    for placed in _shadowing(changes):
        yield _uncollected(placed, placed, "has the name of a test above it, which is never run")
    yield from _alone(changes)
    for file in audit.files:
        yield from _selected(file)
    yield from _fewer_cases(changes)


def _deleted(audit: Audit, changes: TestChanges) -> Iterator[Finding]:
    by_file: dict[str, list[Placed]] = defaultdict(list)
    for placed in changes.gone:
        became = changes.uncollected.get((placed.file.path, placed.definition.qualified))
        if became is not None:
            yield _uncollected(placed, became, "is no test any more")
        elif not (_is_repeated(changes, placed) or _is_asserted_elsewhere(changes, placed)):
            by_file[placed.file.path].append(placed)
    meant = MEANT.search(audit.change.contract.task) is not None
    replaced = _cases_gained(changes) >= len(changes.gone)
    for gone in by_file.values():
        red = [each for each in gone if is_red(audit, each)]
        missed = [each for each in gone if not changes.lost_subject(_words(each))]
        asserting = [each for each in missed if each.definition.assertions and not _never_ran(each)]
        missing = bool(asserting) and gone[0].file.after is not None
        loud = bool(red) or (missing and not meant and not replaced)
        shown = [*red, *asserting, *gone]
        yield _deletion(gone, shown[0], Severity.WARNING if loud else Severity.INFORMATION)


def _never_ran(placed: Placed) -> bool:
    return any(not each.conditional for each in placed.definition.skips)


def _cases_gained(changes: TestChanges) -> int:
    """Return how many tests are new, each row counted as one."""
    new = sum(max(1, each.definition.rows or 1) for each in changes.fresh)
    rows = [(pair.before.definition.rows or 1, pair.after.definition.rows or 1) for pair in changes.pairs]
    return new + sum(max(0, now - was) for was, now in rows)


def _is_asserted_elsewhere(changes: TestChanges, placed: Placed) -> bool:
    """Return whether all that a test asserted is newly asserted by others."""
    asserted = Counter(each.text for each in placed.definition.assertions)
    return bool(asserted) and asserted <= changes.appeared


def _is_repeated(changes: TestChanges, placed: Placed) -> bool:
    """Return whether a test was there twice, word for word, and one of both still is."""
    tests = next(tests for file, tests in changes.files if file is placed.file)
    name, number, _ = placed.definition.qualified.partition("#")
    left = tests.after.definitions.get(name) if number else None
    lines = (placed.file.after or b"").split(b"\n")
    return (
        left is not None and b"\n".join(lines[left.line - 1 : left.end_line]).strip() == placed.definition.text.strip()
    )


def _is_inherited(audit: Audit, placed: Placed) -> bool:
    """Return whether a file of tests of the change names the class that a test stands in."""
    classes = placed.definition.qualified.split(".")[:-1]
    named = (each for each in audit.files if is_collected(each.path, placed.language))
    return bool(classes) and any(classes[-1].encode() in (each.after or b"") for each in named)


def _words(placed: Placed) -> str:
    text = placed.definition.text.decode("utf-8", "replace")
    return text.replace(placed.definition.name, "")


def _deletion(gone: list[Placed], shown: Placed, severity: Severity) -> Finding:
    file, test = shown.file, shown.definition
    more = f" and {counted(len(gone) - 1, 'test')} more" if len(gone) > 1 else ""
    still = "what it checks is still there; " if severity is Severity.WARNING else ""
    return finding(
        NAMED,
        severity,
        file,
        _line_of(file, test.line),
        f"{test.name}{more} of {file.path} is deleted; {still}run the old tests on the new code",
        about=tuple(each.definition.qualified for each in gone),
        fixes=(hunk_back(file, test.line, _line_of(file, test.line)), run_old(*gone)),
        evidence=tuple(
            f"{each.definition.qualified} (line {each.definition.line}, "
            f"{counted(len(each.definition.assertions), 'assertion')}) -> nothing"
            for each in gone[:10]
        ),
    )


def _line_of(file: AuditedFile, old_line: int) -> int:
    """Return where a line of the old text would be now."""
    shift = sum(
        hunk.new_count - hunk.old_count for hunk in file.change.hunks if hunk.old_line + hunk.old_count <= old_line
    )
    at = next((each for each in file.change.hunks if each.old_line <= old_line < each.old_line + each.old_count), None)
    return 1 if file.after is None else max(1, at.new_line if at is not None else old_line + shift)


def _uncollected(before: Placed, after: Placed, why: str) -> Finding:
    line = after.definition.line
    same = before.file is after.file
    return finding(
        NAMED,
        Severity.WARNING,
        after.file,
        line,
        f"{before.definition.name} {why}; let it be collected again, or say why it is not",
        about=(before.definition.qualified, why),
        fixes=(hunk_back(after.file, before.definition.line if same else 0, line), run_old(before)),
        evidence=(
            f"{before.file.path}: {before.definition.qualified} -> {after.file.path}: {after.definition.qualified}",
        ),
        related=() if same else (Related(before.file.path, 1, "where it was"),),
    )


def _shadowing(changes: TestChanges) -> Iterator[Placed]:
    for file, tests in changes.files:
        for each in tests.after.of(Kind.TEST):
            was = tests.before.definitions.get(each.qualified)
            if each.shadows and not (was is not None and was.shadows):
                yield Placed(file, tests.language, each)


def _alone(changes: TestChanges) -> Iterator[Finding]:
    for file, tests in changes.files:
        for each in tests.after.of(Kind.TEST, Kind.SUITE):
            was = tests.before.definitions.get(each.qualified)
            if each.only and not (was is not None and was.only):
                yield finding(
                    NAMED,
                    Severity.WARNING,
                    file,
                    each.line,
                    f"only {each.name} is run of this file, the others no longer; take the `only` out",
                    about=(each.qualified, "only"),
                    fixes=(hunk_back(file, was.line if was else 0, each.line), run_old()),
                    evidence=(f"{each.name} -> only {each.name}",),
                )


def _selected(file: AuditedFile) -> Iterator[Finding]:
    """Yield where a command that runs tests has come to leave some out."""
    if file.before is None or file.after is None or is_document(file.path) or is_test(file.path):
        return
    if not (COMMANDS.search(file.path) or categories(file.path) & {"ci", "test config"}):
        return
    old = sum(len(SELECTION.findall(line.decode("utf-8", "replace"))) for _, line in removed_lines(file))
    chosen = frozenset(_choices(file.after.decode("utf-8", "replace")))
    new = [
        (number, text.strip())
        for number, line in added_lines(file)
        if _selections(text := line.decode("utf-8", "replace"), chosen)
    ]
    if sum(_selections(text, chosen) for _, text in new) > old:
        number, text = new[0]
        removed = [each.decode("utf-8", "replace").strip() for _, each in removed_lines(file)]
        was = next((each for each in removed if RUNS_TESTS.search(each)), "")
        yield finding(
            NAMED,
            Severity.WARNING if was else Severity.INFORMATION,
            file,
            number,
            f"tests are left out by `{text[:90]}`; let all of them run, or say why not",
            about=tuple(text for _, text in new),
            fixes=(hunk_back(file, 0, number), run_old()),
            evidence=(f"{was or 'nothing'} -> {text}",),
        )


Choice = tuple[str, bool, str, frozenset[str]]
"""The only choice that a command makes: its flag, whether it runs or leaves out, which tests, in which files or folders."""


def _selections(line: str, chosen: Collection[Choice]) -> int:
    """Return how many flags of commands that run tests leave some out; those before the runner are another's.

    What another command of the file runs instead, by its one choice among `chosen`, is not left out.
    """
    return sum(
        NO_TESTS.match(command, flag.end()) is None
        for command, runner in _runs(line)
        if (own := _choice(command, runner)) is None or _other_half(own) not in chosen
        for flag in SELECTION.finditer(command, runner.end())
    )


def _choices(text: str) -> Iterator[Choice]:
    """Yield the choices of the commands in a file, those in its comments aside."""
    for line in text.splitlines():
        for command, runner in () if line.lstrip().startswith(("#", "//")) else _runs(line):
            if (choice := _choice(command, runner)) is not None:
                yield choice


def _runs(line: str) -> Iterator[tuple[str, re.Match[str]]]:
    """Yield the commands that run tests, and where each names its runner."""
    for command in BETWEEN_COMMANDS.split(line):
        if (runner := RUNS_TESTS.search(command)) is not None:
            yield command, runner


def _choice(command: str, runner: re.Match[str]) -> Choice | None:
    choices = list(CHOICE.finditer(command, runner.end()))
    flags = {each.start() for each in SELECTION.finditer(command, runner.end())}
    half = HALF.fullmatch(choices[0][2] or choices[0][3] or choices[0][4] or "") if len(choices) == 1 else None
    if half is None or flags - {choices[0].start()}:
        return None
    return choices[0][1], half[1] is None, half[2], frozenset(PLACE.findall(command, runner.end()))


def _other_half(choice: Choice) -> Choice:
    flag, chosen, which, places = choice
    return flag, not chosen, which, places


def _fewer_cases(changes: TestChanges) -> Iterator[Finding]:
    told = set()
    for pair in changes.pairs:
        before, after = pair.before.definition, pair.after.definition
        if pair.how is How.SAME and before.rows and before.rows > 1 and 0 < (after.rows or 0) < before.rows:
            fixes = (hunk_back(pair.after.file, before.line, after.line), run_old(pair.before))
            told.add((pair.after.file.path, before.rows, after.rows))
            yield _fewer(pair.after.file, after.line, after.name, before.rows, after.rows or 0, fixes)
    for file, tests in changes.files:
        for name, was in tests.before.cases.items() if is_test(file.path) else ():
            now = tests.after.cases.get(name)
            if now is not None and now < was and (file.path, was, now) not in told and not EXCEPTIONS.search(name):
                line = next((number for number, text in added_lines(file) if name.encode() in text), 1)
                yield _fewer(file, line, name, was, now, (hunk_back(file, 0, line), run_old()))


def _fewer(file: AuditedFile, line: int, name: str, was: int, now: int, fixes: tuple[Fix, ...]) -> Finding:
    return finding(
        NAMED,
        Severity.INFORMATION,
        file,
        line,
        f"{name} has {counted(now, 'case')} where it had {was:,}; run the old test on the new code",
        about=(name, str(was), str(now)),
        fixes=fixes,
        evidence=(f"{counted(was, 'case')} -> {counted(now, 'case')}",),
    )


RULE = Rule(
    code="AN704",
    slug="test-removed",
    severity=Severity.WARNING,
    summary="A test is deleted or no longer collected, or is given fewer cases.",
    what=(
        "A test is gone while what it speaks of is still in the code, and the change has fewer new tests than lost ones; "
        "or it is there and no runner finds it: renamed, its attribute taken off, in a file of another name, shadowed by "
        "a second test of its name, shut out by `only` or by a flag on the command that runs the tests, "
        'unless another command of the file runs just those (`-m "not slow"`, `-m slow`).\n\nInformation: '
        "the whole file is deleted, the task says so, there are as many new tests, a new command "
        "leaves tests out, the test asserted nothing or was "
        "skipped, or what it speaks of is gone too; fewer rows of a table, or fewer entries in a list that feeds "
        "tests, one of exceptions aside."
    ),
    why="A test that is not run fails no more, and the number of tests that pass is all that most people read.",
    example=(
        "```console\n$ autonav check\ntests/test_cart.py:18: warning AN704 test_empty of tests/test_cart.py is deleted; "
        "what it checks is still there; run the old tests on the new code\n```"
    ),
    resolve=(
        "- *Put this hunk back* (`autonav put-back PATH --lines LINE`).\n- *Run the old tests on the new code* (`autonav "
        "validate --old-tests`).\n- `autonav: allow AN704 REASON` in a comment above."
    ),
    check=check,
    subject=Audit,
)
