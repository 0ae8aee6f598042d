"""Handle `show`: write the diff where an editor can open it."""

from autonav_protocol.operations.show import ShowParams, ShowResult
from autonav_protocol.values.evaluation import TestCounts
from autonav_server.context import Context
from autonav_server.exploration.records import candidate
from autonav_server.worktree.paths import cache_folder, private_folder


async def run(context: Context, params: ShowParams) -> ShowResult:
    found = candidate(context.worktree, params.candidate)
    path = private_folder(cache_folder() / "candidates") / f"{found.id}.diff"
    path.write_text(_page(ShowResult(candidate=found, path=str(path))), "utf-8", "surrogateescape")
    context.show(str(path), 1)
    return ShowResult(candidate=found, path=str(path))


def text(result: ShowResult) -> str:
    return _page(result)


def _page(result: ShowResult) -> str:
    found = result.candidate
    proof = [
        f"# {found.title}",
        f"# run {found.run}, strategy {found.strategy}, stage {found.stage}, rewrite {found.rewrite}",
        f"# {'verified' if found.verified else 'not verified'}: {_counts(found.tests)}",
    ]
    if found.evaluation:
        proof += [f"# exit {each.exit_code}: {' '.join(each.argv)}" for each in found.evaluation.commands]
        missing = [name for name, held in found.evaluation.guarantees.items() if not held]
        proof.append(f"# sandbox {found.evaluation.sandbox}" + (f", without {', '.join(missing)}" if missing else ""))
    return "\n".join([*proof, *(f"# {reason}" for reason in found.rank_reasons), found.diff])


def _counts(tests: TestCounts) -> str:
    return f"{tests.passed} passed, {tests.failed} failed, {tests.skipped} skipped of {tests.collected} collected"
