"""What a person or a repository may set.

Read from `autonav.toml`, `.autonav.toml` or `[tool.autonav]` in `pyproject.toml`, then from the
editor, then from flags. A later one replaces an earlier one, except where the field is a guard:
there a later one may only tighten.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from autonav_protocol.values.learning import MOST_DEPTH

PROTECTED = (
    "autonav.toml",
    ".autonav.toml",
    ".github/workflows/",
    ".gitlab-ci.yml",
    "/.circleci/",
    "Jenkinsfile",
    ".pre-commit-config.yaml",
    ".gitattributes",
    ".gitmodules",
    ".husky/",
    "CODEOWNERS",
    ".env",
    ".npmrc",
    "LICENSE*",
    "AGENTS.md",
    "CLAUDE.md",
    "/.mcp.json",
    "/.claude/",
    "/.codex/",
    "/.cursor/",
    "/.opencode/",
    "/.vscode/settings.json",
    "/.vscode/tasks.json",
)
"""Paths that decide what runs, what is checked and who may do what."""


Loudness = Literal["off", "hint", "information", "warning", "error"]
"""How a rule is heard, the quietest first."""

ALLOWED_LICENCES = (
    "MIT", "MIT-0", "MIT-CMU", "BSD-*", "0BSD", "Apache-2.0", "ISC", "Zlib", "Unlicense", "CC0-1.0", "PSF-2.0",
    "Python-2.0*", "BSL-1.0", "WTFPL", "BlueOak-1.0.0", "Unicode-*", "NCSA", "X11", "PostgreSQL", "HPND",
)  # fmt: skip
ASKED_LICENCES = ("LGPL-*", "MPL-*", "EPL-*", "CDDL-*", "EUPL-*", "CC-BY-*", "OFL-*", "Artistic-*")
DENIED_LICENCES = ("GPL-*", "AGPL-*", "SSPL-*", "BUSL-*", "Elastic-*", "CC-BY-NC*")


LEAST_FACTOR, MOST_FACTOR = 0.25, 4.0
"""Of a rewrite's weight: enough to be tried early or late, and too little to be left out or to crowd out the rest."""


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def guard(description: str, default: Any, tighten: Literal["union", "louder"]) -> Any:
    """Return a field that later sources may only tighten.

    `union` adds to the list, `louder` takes what is louder of each name.
    """
    return Field(default, description=description, json_schema_extra={"guard": tighten})


def tunable(description: str, default: Any, challengers: tuple[float, ...], *, ge: float, le: float) -> Any:
    """Return a field that decides how fast a search gets there and nothing else, so that it may be learnt.

    It is a number in [`ge`, `le`], or a map of such; `challengers` are values to try in its place. It is never a guard.
    """
    told: Any = {"tunable": {"challengers": list(challengers), "ge": ge, "le": le}}
    bounded = not isinstance(default, dict)  # else its values say so themselves
    least, most = (ge, le) if bounded else (None, None)
    return Field(default, description=description, json_schema_extra=told, ge=least, le=most)


class Budget(_Section):
    """What a task may come to where its contract says nothing else."""

    files: int = Field(default=15, ge=0, description="Changed files that a new task may come to; 0 for no limit.")
    lines: int = Field(default=700, ge=0, description="Changed lines that a new task may come to; 0 for no limit.")


class Licences(_Section):
    """Licences of new dependencies, by SPDX identifier; denied wins over asked, and that over allowed."""

    allow: tuple[str, ...] = Field(default=ALLOWED_LICENCES, description="Licences that need no word.")
    ask: tuple[str, ...] = Field(default=ASKED_LICENCES, description="Licences that are decided case by case.")
    deny: tuple[str, ...] = guard(
        "Licences that nothing new may bring; a repository takes one off with `!`.", DENIED_LICENCES, "union"
    )


class Complexity(_Section):
    """Measuring."""

    lens: bool = Field(default=True, description="Show a code lens on complex functions.")
    lens_threshold: int = Field(default=15, ge=0, description="The least cognitive complexity that gets a code lens.")
    lens_percentile: float = Field(
        default=0.95, ge=0, le=1, description="The least share of functions that must be simpler for a code lens."
    )
    inlay_hints: bool = Field(default=False, description="Show each named function's cognitive complexity in its line.")


class Explore(_Section):
    """Searching for a fix."""

    seconds: float = Field(default=60.0, gt=0, description="Stop an exploration after so many seconds.")
    evaluations: int = Field(default=500, ge=1, description="Stop an exploration after so many candidates.")
    cpu_seconds: float | None = Field(
        default=None, gt=0, description="Stop an exploration once its candidates have used so many seconds of CPU."
    )
    workers: int = tunable("How many candidates are judged at a time.", 2, (1, 4, 8), ge=1, le=64)
    test_seconds: float = Field(default=30.0, gt=0, description="CPU seconds that one run of the tests may take.")
    exploration: float = tunable(
        "How much a tree of edits tries what was tried least: the constant of PUCT.", 3.0, (1.0, 10.0), ge=0.1, le=30
    )
    first_order: float = tunable(
        "The share of the budget that goes to single edits before anything else.", 0.8, (0.5, 0.65, 0.95), ge=0.1, le=1
    )
    depth: int = tunable("The most edits on top of one another.", MOST_DEPTH, (1, 2, 3), ge=1, le=MOST_DEPTH)
    weights: dict[str, Annotated[float, Field(ge=LEAST_FACTOR, le=MOST_FACTOR)]] = tunable(
        f"Factors of rewrites' weights by name, {LEAST_FACTOR} to {MOST_FACTOR:g}.",
        {},
        (0.5, 2.0),
        ge=LEAST_FACTOR,
        le=MOST_FACTOR,
    )


class Python(_Section):
    """Python projects."""

    interpreter: str | None = Field(
        default=None, description="The interpreter that runs the tests; by default the worktree's own environment."
    )


class Sandbox(_Section):
    """Where commands run."""

    backend: Literal["auto", "bubblewrap", "container", "process"] = Field(
        default="auto", description="The sandbox; `auto` takes the first that works here and gives what is required."
    )
    require: tuple[str, ...] = guard(
        "Guarantees without which nothing is run, by their names in `autonav doctor`.", (), "union"
    )


class Routing(_Section):
    """Routing work."""

    threshold: float = tunable("The score above which work takes the search.", 0.8, (0.7, 0.9), ge=0, le=1)
    random_share: float = Field(
        default=0.07,
        ge=0,
        le=0.1,
        description="The share of tasks that take the other way, once outcomes are recorded, so that both can be compared.",
    )


class Proposer(_Section):
    """A source of candidates beside the rewrites; it runs with your rights, in no sandbox."""

    kind: Literal["command", "agent", "chat_model"] = Field(description="A command, an ACP agent, or a language model.")
    argv: tuple[str, ...] = Field(default=(), description="What starts the command or the agent.")
    api: Literal["openai", "anthropic"] = Field(default="openai", description="The language that the endpoint speaks.")
    base_url: str = Field(default="", description="The address of the model's endpoint.")
    model: str = Field(default="", description="The name of the model.")
    key_variable: str = Field(default="", description="The NAME of the environment variable that holds the key.")


class Proposers(_Section):
    """Whom `explore --ask` asks: read from a person's own `config.toml` alone, never from a repository or an editor."""

    sources: tuple[Proposer, ...] = Field(default=(), description="Who is asked, in order.")
    calls: int = Field(default=3, ge=1, description="Questions that one request may ask.")
    tokens: int = Field(default=100_000, ge=1000, description="Tokens that one request may use, in and out.")
    seconds: float = Field(default=300.0, gt=0, description="Seconds that one request may take.")


class Settings(_Section):
    """All settings."""

    protected: tuple[str, ...] = guard("Globs that no task may touch.", PROTECTED, "union")
    rules: dict[str, Loudness] = guard(
        "How rules are heard, by code: off, hint, information, warning or error. "
        "AN1xx, AN501, AN6xx and AN9xx only grow louder.",
        {},
        "louder",
    )
    budget: Budget = Budget()
    complexity: Complexity = Complexity()
    explore: Explore = Explore()
    licences: Licences = Licences()
    python: Python = Python()
    route: Routing = Routing()
    sandbox: Sandbox = Sandbox()
