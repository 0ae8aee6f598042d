"""Handle `doctor`: try each part."""

import asyncio
import shutil
import sys
from importlib.metadata import version

from autonav_analysis.syntax.grammars import GrammarUnavailable, languages, load
from autonav_protocol.errors import AutonavError
from autonav_protocol.operations.doctor import DoctorParams, DoctorResult
from autonav_server.context import Context
from autonav_server.sandbox import sandboxes_by_strength
from autonav_server.worktree.git import Git


async def run(context: Context, params: DoctorParams) -> DoctorResult:
    reports = [await asyncio.to_thread(each.report) for each in sandboxes_by_strength()]
    checks, problems = await asyncio.to_thread(_checks, context)
    problems += [f"sandbox {each.name}: {each.reason}" for each in reports if not each.available]
    return DoctorResult(
        version=version("oppie-autonav"), sandboxes=tuple(reports), checks=checks, problems=tuple(problems)
    )


def text(result: DoctorResult) -> str:
    lines = [f"autonav {result.version}"]
    for each in result.sandboxes:
        held = [name for name, holds in each.guarantees.items() if holds]
        lacked = [name for name, holds in each.guarantees.items() if not holds]
        lines.append(f"sandbox {each.name}: {'works' if each.available else each.reason}")
        if each.available:
            lines += [f"  guarantees {', '.join(held) or 'nothing'}", f"  lacks {', '.join(lacked) or 'nothing'}"]
    lines += [f"{name}: {said}" for name, said in result.checks.items()]
    return "\n".join([*lines, *(f"problem: {each}" for each in result.problems)])


def _checks(context: Context) -> tuple[dict[str, str], list[str]]:
    checks = {"python": sys.version.split()[0], "platform": sys.platform}
    problems: list[str] = []
    checks["git"] = Git("/").line("--version") if shutil.which("git") else "not installed"
    for language in languages().values():
        try:
            checks[f"language {language.name}"] = f"ABI {load(language).syntax.abi_version}"
        except GrammarUnavailable as error:
            problems.append(str(error))
    try:
        worktree = context.worktree
        checks["worktree"] = worktree.root
        checks["store"] = worktree.store.directory
        checks["trusted"] = "yes" if context.trusted(worktree) else "no"
        checks["watching"] = context.watching(worktree) or "no server of this process watches it"
    except AutonavError as error:
        problems.append(str(error))
    return checks, problems
