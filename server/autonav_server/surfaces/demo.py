"""The demo: the main job on a small repository, as an editor would show it, in a terminal."""

import argparse
import asyncio
import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markdown import Markdown
from rich.padding import Padding
from rich.rule import Rule
from rich.syntax import Syntax
from rich.text import Text

from autonav_protocol.errors import AutonavError
from autonav_server.demonstration.client import Editor, editor
from autonav_server.demonstration.project import AGENT, FAILING, create
from autonav_server.lsp.diagnostics import path_of, uri_of

SEVERITY = {1: "[bold red]error[/]", 2: "[yellow]warning[/]", 3: "[blue]information[/]", 4: "[dim]hint[/]"}


def main(argv: Sequence[str]) -> int:
    """Show it and return 0 when everything it shows held."""
    parser = argparse.ArgumentParser("autonav demo", description="Show the main job on a small repository.")
    parser.add_argument("--folder", help="Where to make the repository; a new temporary folder by default.")
    given = parser.parse_args(argv)
    console = Console(highlight=False, soft_wrap=True)
    folder = Path(given.folder or tempfile.mkdtemp(prefix="autonav-demo-")).resolve()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            console.print(f"autonav: {folder} is not empty; name an empty one")
            return 2
        create(folder)
        return asyncio.run(_demo(console, folder))
    except (AutonavError, OSError, subprocess.CalledProcessError) as error:
        console.print(f"autonav: the demo failed: {error}")
        return 2


async def _demo(console: Console, folder: Path) -> int:
    started = time.monotonic()
    console.print(Text.assemble(("A small repository: ", "dim"), (str(folder), "bold")))
    async with editor(str(folder)) as client:
        await _complexity(console, client, folder)
        await _fence(console, client, folder)
        verified = await _search(console, client, folder)
        await _ledger(console, client)
    console.print(Rule(style="dim"))
    console.print(f"[dim]{time.monotonic() - started:.0f} s in all, no key, no network, no model.[/]")
    console.print("\nOpen the same folder in an editor:")
    console.print(f"  [bold]code {folder}[/]   with the extension in editors/vscode")
    console.print(f"  [bold]nvim {folder}/shop/basket.py[/]   with editors/neovim on the runtime path")
    console.print(f"  [bold]autonav log -C {folder}[/]   or any other verb")
    return 0 if verified else 1


async def _complexity(console: Console, client: Editor, folder: Path) -> None:
    _step(console, "What is complex, as you read it")
    uri = client.open(str(folder / "shop/discounts.py"))
    lenses = await client.request("textDocument/codeLens", {"textDocument": {"uri": uri}})
    for lens in lenses:
        line = lens["range"]["start"]["line"]
        console.print(f"  [dim]{lens['command']['title']}[/]")
        source = (folder / "shop/discounts.py").read_text("utf-8").splitlines()
        console.print(
            Padding(
                Syntax(source[line], "python", line_numbers=True, start_line=line + 1, background_color="default"),
                (0, 2),
            )
        )
        shown = await client.request(
            "textDocument/hover", {"textDocument": {"uri": uri}, "position": {"line": line, "character": 5}}
        )
        console.print(Padding(Markdown(shown["contents"]["value"]), (0, 4)))


async def _fence(console: Console, client: Editor, folder: Path) -> None:
    _step(console, "A task, and what it may touch")
    begun = await client.command("autonav.start", task="free shipping from fifty", edit=["shop/basket.py", "tests/**"])
    scope = ", ".join(begun["contract"]["scope"]["edit"])
    console.print(f"  task [bold]{begun['contract']['slug']}[/] may edit [green]{scope}[/]; contract: {begun['path']}")
    _step(console, "A careless agent, in its own shell")
    watched = [uri_of(str(folder / name)) for name in ("shop/db/pool.py", ".github/workflows/ci.yml", begun["path"])]
    written = time.monotonic()
    for command, what in AGENT:
        console.print(f"  [magenta]$ {command}[/]   [dim]# {what}[/]")
        subprocess.run(command, shell=True, cwd=folder, check=True, capture_output=True)  # noqa: S602, ASYNC221 - our own
    await client.until(lambda: all(client.diagnostics.get(uri) for uri in watched))
    console.print(f"  [dim]{(time.monotonic() - written) * 1000:.0f} ms later, in files that no editor has open:[/]")
    _problems(console, client, folder)
    _step(console, "Put right, one action each")
    await _act(console, client, watched[0], "Allow this file")
    for uri in watched[1:]:
        await _act(console, client, uri, "Put this file back")
    await client.until(lambda: not any(client.diagnostics.values()))
    _problems(console, client, folder)
    await client.command("autonav.finish")


async def _act(console: Console, client: Editor, uri: str, title: str) -> None:
    found = client.diagnostics[uri]
    context = {"diagnostics": found}
    asked = {"textDocument": {"uri": uri}, "range": found[0]["range"], "context": context}
    actions = await client.request("textDocument/codeAction", asked)
    chosen = next(action for action in actions if action["title"].startswith(title))
    console.print(f"  [cyan]⚡ {chosen['title']}[/]")
    await client.request("workspace/executeCommand", {k: chosen["command"][k] for k in ("command", "arguments")})


async def _search(console: Console, client: Editor, folder: Path) -> bool:
    _step(console, "A test that fails")
    before = _standing(folder)
    console.print(f"  [red]✗[/] {FAILING}")
    console.print("  [cyan]⚡ Find a fix[/]")
    with console.status("starting", spinner="dots") as status:
        client.on_progress = _shown(console, status)
        found = await client.command("autonav.explore", test=FAILING)
    console.print(f"  [dim]{found['explanation']}[/]")
    if not found["candidates"]:
        return False
    best = found["candidates"][0]
    console.print(Padding(Syntax(best["diff"], "diff", background_color="default"), (0, 4)))
    tests, proof = best["tests"], best["evaluation"]
    held = [name for name, holds in proof["guarantees"].items() if holds]
    console.print(
        f"  verified in a fresh {proof['sandbox']} sandbox: [green]{tests['passed']} of {tests['collected']} tests pass[/]"
    )
    console.print(f"  [dim]guaranteed: {', '.join(held)}[/]")
    applied = await client.command("autonav.apply", candidate=best["id"])
    console.print(f"  [cyan]⚡ Apply on {applied['branch']}[/] → {applied['commit'][:12]}")
    if len(applied["commits"]) > 1:
        console.print("  [dim]two commits: your work as it stood, and the fix on top of it[/]")
    same = _standing(folder) == before
    said = "[green]byte-identical[/]" if same else "[red]changed[/]"
    console.print(f"  git status, both diffs, HEAD and the stash: {said}")
    return bool(best["verified"]) and same


async def _ledger(console: Console, client: Editor) -> None:
    _step(console, "What happened, on record")
    found = await client.command("autonav.log", last=30)
    for record in found["records"]:
        console.print(f"  [dim]{record['sequence']:>3}  {record['at'][11:19]}[/]  {record['kind']}")
    checked = await client.command("autonav.log.verify")
    console.print(
        f"  the chain of {checked['entries']} records {'[green]holds[/]' if checked['integrity'] else '[red]is broken[/]'}"
    )


def _problems(console: Console, client: Editor, folder: Path) -> None:
    shown = False
    for uri, found in sorted(client.diagnostics.items()):
        for each in found:
            shown = True
            path = os.path.relpath(path_of(uri) or "", folder)
            place = f"{path}:{each['range']['start']['line'] + 1}"
            console.print(f"  {SEVERITY[each['severity']]} [bold]{each['code']}[/] {place}")
            console.print(f"        {each['message']}", markup=False, style="dim")
    if not shown:
        console.print("  [green]no problems[/]")


def _shown(console: Console, status: Any) -> Callable[[str], None]:
    """Return what shows progress: in place on a terminal, one line for each stage elsewhere."""
    if console.is_terminal:
        return status.update
    return lambda _: None


def _standing(folder: Path) -> list[bytes]:
    asked = (["status", "--porcelain=v2"], ["diff"], ["diff", "--cached"], ["rev-parse", "HEAD"], ["stash", "list"])
    return [subprocess.run(["git", *argv], cwd=folder, capture_output=True, check=True).stdout for argv in asked]


def _step(console: Console, title: str) -> None:
    console.print()
    console.print(Rule(Text(title, style="bold"), align="left", style="dim"))
