"""Lenses, hovers and actions of an open document, as pure functions of what was measured and found."""

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from lsprotocol import types

from autonav_analysis.audit.allowing import comment_for
from autonav_analysis.audit.tests import AssertionCount
from autonav_analysis.changes.hunks import covers
from autonav_analysis.complexity.percentiles import Ranking
from autonav_analysis.findings import counted, put_all_back, put_hunk_back
from autonav_analysis.syntax.names import ANONYMOUS
from autonav_protocol.settings import Settings
from autonav_protocol.values.candidate import Candidate
from autonav_protocol.values.change import FileChange
from autonav_protocol.values.complexity import FunctionComplexity
from autonav_server.lsp.diagnostics import SOURCE, fixes_in, line_range
from autonav_server.lsp.documents import Document

SHOW_COMPLEXITY = "autonav.ui.showComplexity"
APPLY_HERE, SIMPLIFY = "refactor.rewrite.autonav", "refactor.rewrite.autonav.simplify"


def complexity_lenses(
    uri: str, functions: Iterable[FunctionComplexity], settings: Settings, ranking: Ranking
) -> list[types.CodeLens]:
    """Return one lens for each named function at or above both thresholds."""
    if not settings.complexity.lens:
        return []
    return [
        types.CodeLens(
            range=line_range(each.line, each.line),
            command=types.Command(
                title=f"cognitive {each.cognitive} · cyclomatic {each.cyclomatic}",
                command=SHOW_COMPLEXITY,
                arguments=[uri, each.line - 1],
            ),
        )
        for each in functions
        if each.cognitive >= settings.complexity.lens_threshold
        and ANONYMOUS not in each.name
        and ranking.percentile(each.path, each.cognitive) >= settings.complexity.lens_percentile
    ]


def inlay_hints(document: Document, shown: types.Range, settings: Settings, encoding: str) -> list[types.InlayHint]:
    """Return a hint at the end of the first line of each named function in a range, where the settings ask for it."""
    if not settings.complexity.inlay_hints:
        return []
    return [
        types.InlayHint(
            position=types.Position(each.line - 1, document.width(each.line - 1, encoding)),
            label=f"cognitive {each.cognitive}",
            padding_left=True,
        )
        for each in document.functions
        if shown.start.line < each.line <= shown.end.line + 1 and ANONYMOUS not in each.name
    ]


def test_lenses(
    root: str,
    path: str,
    functions: Iterable[FunctionComplexity],
    failing: frozenset[str],
    searching: Mapping[tuple[str, str], str],
    *,
    changed: frozenset[str],
) -> list[types.CodeLens]:
    """Return lenses that run each test, those that `changed` also as they were, by the names that pytest gives them.

    On each that failed when it was last run stands "Find a fix", or how to stop that.
    """
    lenses: list[types.CodeLens] = []
    for each in functions:
        if (identity := test_id(path, each)) is None:
            continue
        named: dict[str, Any] = {"tests": [identity], "worktree": root}
        commands = [types.Command(title="Run", command="autonav.validate", arguments=[named])]
        if identity in changed:
            old = [named | {"old_tests": True}]
            title = "Run the old test on the new code"
            commands.append(types.Command(title=title, command="autonav.validate", arguments=old))
        if run := searching.get((root, identity)):
            commands.insert(0, stop(root, run))
        elif identity in failing:
            commands.insert(0, find_a_fix(root, identity))
        lenses += [types.CodeLens(range=line_range(each.line, each.line), command=command) for command in commands]
    return lenses


def assertion_lenses(root: str, changed: Iterable[AssertionCount]) -> list[types.CodeLens]:
    """Return a lens on each test whose assertions changed; it runs the test as it was on the code as it is."""
    return [
        types.CodeLens(
            range=line_range(each.line, each.line),
            command=types.Command(
                title=f"assertions {each.before} → {each.after}"
                if each.before != each.after
                else f"{counted(each.after, 'assertion')} changed",
                command="autonav.validate",
                arguments=[{"tests": [each.identity] if each.identity else [], "old_tests": True, "worktree": root}],
            ),
        )
        for each in changed
    ]


def test_id(path: str, function: FunctionComplexity) -> str | None:
    """Return how pytest names this function, None where it is no test."""
    file = os.path.basename(path)
    *outer, last = function.name.split(".")
    if not last.startswith("test") or not (file.startswith("test_") or file.endswith("_test.py")):
        return None
    if any(not name.startswith("Test") and not name.endswith(("Test", "Tests", "TestCase")) for name in outer):
        return None
    return "::".join((path, *outer, last))


def find_a_fix(root: str, identity: str) -> types.Command:
    """Return the command that explores for one test."""
    return types.Command(
        title="Find a fix", command="autonav.explore", arguments=[{"test": identity, "worktree": root}]
    )


def stop(root: str, run: str) -> types.Command:
    """Return the command that ends a search with what it has found."""
    return types.Command(title="Stop the search", command="autonav.stop", arguments=[{"run": run, "worktree": root}])


def search_actions(
    root: str, function: FunctionComplexity, identity: str, run: str | None, *, asks: bool
) -> list[types.CodeAction]:
    """Return the actions that search for a fix of a test: with rewrites, with a person's proposers too; or that stop it."""
    if run is not None:
        commands = [stop(root, run)]
    else:
        found = find_a_fix(root, identity)
        found.title = f"Find a fix for {function.name}"
        commands = [found]
        if asks:
            named = {"test": identity, "worktree": root, "ask": True}
            title = f"Find a fix for {function.name}, asking your proposers too"
            commands.append(types.Command(title=title, command="autonav.explore", arguments=[named]))
    return [types.CodeAction(title=each.title, kind=types.CodeActionKind.QuickFix, command=each) for each in commands]


def simplify(root: str, path: str, function: FunctionComplexity) -> types.CodeAction:
    """Return the action that makes a function easier to follow."""
    title = f"Simplify {function.name} (cognitive complexity {function.cognitive})"
    arguments: list[Any] = [{"path": path, "line": function.line, "worktree": root}]
    command = types.Command(title=title, command="autonav.simplify", arguments=arguments)
    return types.CodeAction(title=title, kind=SIMPLIFY, command=command)


def hover(function: FunctionComplexity, ranking: Ranking) -> str:
    """Return what makes a function complex, line by line, Markdown."""
    rank = ranking.percentile(function.path, function.cognitive)
    rows = [
        f"**{function.name}**: cognitive {function.cognitive}, cyclomatic {function.cyclomatic},",
        f"nesting {function.nesting}, {counted(function.lines, 'line')}, {counted(function.parameters, 'parameter')};",
        f"harder to follow than {rank:.0%} of the functions of its language here and elsewhere",
    ]
    if function.own_cognitive != function.cognitive:
        rows.append(f"(cognitive {function.own_cognitive} without the functions inside it)")
    if function.increments:
        rows += ["", "| line | + | why |", "| ---: | ---: | --- |"]
        rows += [
            f"| {each.line} | {each.amount} | {each.reason}"
            + (f" (nesting {each.nesting})" if each.nesting else "")
            + " |"
            for each in function.increments
        ]
    return "\n".join(rows)


def function_at(functions: Iterable[FunctionComplexity], line: int) -> FunctionComplexity | None:
    """Return the innermost function that covers a 1-based line."""
    covering = [each for each in functions if each.line <= line <= each.end_line]
    return min(covering, key=lambda each: each.end_line - each.line, default=None)


def fix_actions(diagnostics: Sequence[types.Diagnostic]) -> list[types.CodeAction]:
    """Return the actions that resolve our diagnostics; each carries all that its command needs."""
    actions: list[types.CodeAction] = []
    for diagnostic in diagnostics:
        root, fixes = fixes_in(diagnostic)
        for fix in fixes:
            params: Any = fix.get("params")
            if not isinstance(params, Mapping):
                continue
            made = _action(str(fix.get("title", "")), str(fix.get("operation", "")), {**params, "worktree": root})
            made.diagnostics = [diagnostic]
            made.is_preferred = fix.get("id") == "put-back" or None
            actions.append(made)
    return actions


def allow_actions(document: Document, path: str, diagnostics: Sequence[types.Diagnostic]) -> list[types.CodeAction]:
    """Return actions that write the comment which allows a finding here; the reason is left to the person."""
    actions = []
    for each in diagnostics:
        code = str(each.code or "")
        comment = comment_for(path, code)
        if each.source != SOURCE or comment is None:
            continue
        here = types.Position(each.range.start.line, 0)
        text = document.source[document.starts[here.line] :] if here.line < len(document.starts) else b""
        indent = text[: len(text) - len(text.lstrip(b" \t"))].decode()
        edit = types.TextEdit(range=types.Range(here, here), new_text=f"{indent}{comment}\n")
        actions.append(
            types.CodeAction(
                title=f"Allow {code} here: write the reason after the comment",
                kind=types.CodeActionKind.QuickFix,
                diagnostics=[each],
                edit=types.WorkspaceEdit(changes={document.uri: [edit]}),
            )
        )
    return actions


def hunk_actions(
    root: str, file: FileChange | None, asked: types.Range, known: Sequence[types.CodeAction]
) -> list[types.CodeAction]:
    """Return the action that puts the hunk at the cursor back, unless a finding offers the same."""
    if file is None or len(file.hunks) < 2:
        return []
    line = asked.start.line + 1
    fixes = [put_hunk_back(file, hunk) for hunk in file.hunks if covers(hunk, line)]
    titles = {action.title for action in known}
    return [
        _action(fix.title, fix.operation, {**fix.params, "worktree": root}) for fix in fixes if fix.title not in titles
    ]


def task_actions(root: str, path: str, outside: Sequence[FileChange]) -> list[types.CodeAction]:
    """Return what can be done with all that is outside, and with the task itself, where something of it is found."""
    return [
        *_put_back_actions(root, path, outside),
        _action("Open the contract line that decides", "why", {"path": path, "show": True, "worktree": root}),
        _action("Pause the task for 30 minutes", "pause", {"minutes": 30, "worktree": root}),
        _action("Stop the task", "finish", {"worktree": root}),
    ]


def _put_back_actions(root: str, path: str, outside: Sequence[FileChange]) -> list[types.CodeAction]:
    """Return the actions that put back all that is outside below a file's folder, and anywhere, where that is more."""
    folder = path.rpartition("/")[0] + "/"
    here = [each for each in outside if each.path.startswith(folder)]
    actions = []
    if len(here) > 1:
        fix = put_all_back(here, f"Put back everything outside the task in {folder}: {len(here):,} files")
        actions.append(_action(fix.title, fix.operation, {**fix.params, "worktree": root}))
    if max(1, len(here)) < len(outside):
        title = f"Put back everything outside the task: {len(outside):,} files"
        actions.append(_action(title, "put-back", {"all": True, "worktree": root}))
    return actions


def _action(title: str, operation: str, params: Mapping[str, Any]) -> types.CodeAction:
    command = types.Command(title=title, command="autonav." + operation.replace(" ", "."), arguments=[dict(params)])
    return types.CodeAction(title=title, kind=types.CodeActionKind.QuickFix, command=command)


def candidate_actions(
    root: str, path: str, function: FunctionComplexity | None, candidates: Iterable[Candidate]
) -> list[types.CodeAction]:
    """Return the actions of verified candidates whose line or test lies in this function."""
    actions = []
    for each in candidates:
        here = each.path == path and (function is None or function.line <= each.line <= function.end_line)
        asked = function is not None and each.test == test_id(path, function)
        if not (each.verified and (here or asked)):
            continue
        proof = f"{each.tests.passed} of {each.tests.collected} tests pass"
        branch = f"autonomous/{each.run}"
        apply = {"candidate": each.id, "worktree": root}
        actions += [
            types.CodeAction(
                title=f"Apply fix on {branch}: {each.title} ({proof})",
                kind=types.CodeActionKind.QuickFix,
                command=types.Command(title=f"Apply on {branch}", command="autonav.apply", arguments=[apply]),
            ),
            types.CodeAction(
                title=f"Show the diff of: {each.title}",
                kind=types.CodeActionKind.QuickFix,
                command=types.Command(title="Show the diff", command="autonav.show", arguments=[apply]),
            ),
            types.CodeAction(
                title=f"Apply fix here: {each.title}",
                kind=APPLY_HERE,
                data={"candidate": each.id, "worktree": root},
            ),
        ]
    return actions
