"""Handle `doctor`: try each part."""

import asyncio
import os
import pwd
import shutil
import sys
from importlib.metadata import version

from autonav_analysis.syntax.grammars import GrammarUnavailable, languages, load
from autonav_protocol.errors import AutonavError
from autonav_protocol.operations.doctor import DoctorParams, DoctorResult
from autonav_server.context import Context
from autonav_server.sandbox import GUARANTEES, known_sandboxes
from autonav_server.worktree.git import Git


async def run(context: Context, params: DoctorParams) -> DoctorResult:
    reports = [await asyncio.to_thread(each.report) for each in known_sandboxes()]
    checks, problems = await asyncio.to_thread(_checks, context)
    problems += [f"sandbox {each.name}: {each.reason}" for each in reports if not each.available]
    return DoctorResult(
        version=version("oppie-autonav"),
        user=pwd.getpwuid(os.geteuid()).pw_name,
        sandboxes=tuple(reports),
        checks=checks,
        problems=tuple(problems),
    )


def text(result: DoctorResult) -> str:
    lines = [f"autonav {result.version}"]
    working = [each for each in result.sandboxes if each.available]
    lines.append(
        f"{f'what sandboxes guarantee here, as {result.user}':36}" + "".join(f"{each.name:>12}" for each in working)
    )
    for name in GUARANTEES:
        cells = ("yes" if each.guarantees[name] else "no" for each in working)
        lines.append(f"  {name:34}" + "".join(f"{cell:>12}" for cell in cells))
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
