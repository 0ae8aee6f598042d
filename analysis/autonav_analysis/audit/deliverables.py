"""What a task is to deliver and what it is to leave alone, as far as its words and its contract name files and symbols."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from autonav_protocol.values.contract import Contract

ENDINGS = (
    "bash|cfg|cjs|cpp|cs|css|cts|go|h|hpp|html|ini|java|js|json|jsx|kt|lock|md|mdx|mjs|mts|php|proto|py|pyi|rb|rs|rst"
    "|scss|sh|sql|svelte|tf|toml|ts|tsx|txt|vue|xml|ya?ml|c"
)
PATH = re.compile(
    rf"(?<![\w/.@-])(?:[\w.@-]+/)*\.?[\w@][\w.@-]*\.(?:{ENDINGS})(?![\w/(-]|\.\w)|(?<![\w.:/@-])(?:[\w.@][\w.@-]*/)+(?![\w.])"
)
NO_PATH = re.compile(r"[A-Z]\w*\.js|[\w.]+\.[ch]|and/|or/|\w/|\d+/|(node_modules|\.git|\.venv)/.*")
"""Names of products, abbreviations and dotted names that look like paths, and folders that nobody writes in."""

NO_SYMBOL = re.compile(r"None|True|False|null|nil|self|this|HEAD|GET|POST|\w{1,3}|v?\d[\w.]*")
QUOTED = re.compile(r"`([^`\n]{2,120})`")
SYMBOL = re.compile(
    r"\b(?:[A-Za-z_]\w*\.)*[A-Za-z_]\w*(?=\(\))|\b_?[a-z]+[a-z0-9]*(?:_[a-z0-9]+)+\b|\b[a-z]+[a-z0-9]*[A-Z]\w*\b"
)
"""Words that only code has: called, with an underscore, or with a capital inside."""

UNTIL = r"((?:(?![;:\n]|\.(?:\s|$)|,? but\b).){2,120})"
LEAVE = re.compile(
    r"\b(?:without|not|never|don't|avoid)\s+(?:to\s+)?(?:be\s+)?"
    rf"(?:touch|chang|modify|edit|renam|remov|delet|refactor|rewrit|mov)\w*\s+{UNTIL}"
    rf"|\bleave\s+{UNTIL}?\s+(?:alone|untouched|as\s+(?:it|they)\s+(?:is|are))",
    re.IGNORECASE,
)
"""A negation counts with an order to change something alone: of 54 sentences with one, three were non-goals."""

WILD = frozenset("*?[!")
SEPARATOR = "::"


class Named(NamedTuple):
    """Paths (with `/` at the end for folders) and symbols that are named."""

    paths: frozenset[str]
    symbols: frozenset[str]

    def __bool__(self) -> bool:
        """Whether anything is named."""
        return bool(self.paths or self.symbols)


def deliverables(contract: Contract) -> Named:
    """Return what the contract and the task's words say is to be changed; non-goals are left out."""
    left = non_goals(contract.task)
    words = named(LEAVE.sub(" ", contract.task))
    files = {_plain(glob) for glob in contract.scope.edit + contract.scope.create if _is_one_file(glob)}
    split = [line.partition(SEPARATOR) for line in contract.scope.symbols]
    return Named(
        frozenset((words.paths | files | {_plain(path) for path, _, _ in split}) - left.paths),
        frozenset((words.symbols | {name for _, _, name in split if name}) - left.symbols),
    )


def non_goals(task: str) -> Named:
    """Return the files and symbols that a task's words say to leave alone; without one of these it is only a word."""
    said = [named(" ".join(filter(None, match.groups()))) for match in LEAVE.finditer(task)]
    return Named(frozenset().union(*(each.paths for each in said)), frozenset().union(*(each.symbols for each in said)))


def named(text: str) -> Named:
    """Return the paths and symbols that a text names; web addresses name none."""
    text = re.sub(r"\b[a-z]+://\S+", " ", text)
    quoted = [each.strip() for each in QUOTED.findall(text)]
    paths = {match[0].rstrip(".,") for match in PATH.finditer(text)}
    paths |= {each for each in quoted if PATH.fullmatch(each)}
    paths = {each.removeprefix("./") for each in paths if not NO_PATH.fullmatch(each)}
    unpathed = PATH.sub(" ", text)
    symbols = {match[0] for match in SYMBOL.finditer(unpathed)}
    symbols |= {each.removesuffix("()") for each in quoted if re.fullmatch(r"[A-Za-z_][\w.]*(\(\))?", each)} - paths
    symbols = {each for each in symbols if not NO_SYMBOL.fullmatch(each)}
    return Named(frozenset(paths), frozenset(symbols))


def is_place(task: str, path: str) -> bool:
    """Return whether a task's words point at a line of a file wherever they name it."""
    found = list(re.finditer(rf"(?<![\w/.-]){re.escape(path)}", task))
    return bool(found) and all(re.match(r":\d", task[each.end() :]) for each in found)


def names_path(paths: Iterable[str], path: str) -> bool:
    """Return whether one of these names means a path: it is that path, its end, or a folder it lies in.

    A dot before the name of a file may be left out.
    """
    folder, slash, name = path.rpartition("/")
    plain = f"{folder}{slash}{name.removeprefix('.')}"
    for each in paths:
        if each.endswith("/"):
            if f"/{path}".startswith(f"/{each}") or f"/{each}" in f"/{path}":
                return True
        elif each in (path, plain) or path.endswith(f"/{each}") or plain.endswith(f"/{each}"):
            return True
    return False


def names_symbol(symbols: Iterable[str], touched: Iterable[str]) -> bool:
    """Return whether one of these names means a touched symbol, or one around or inside of it."""
    parts = [set(each.partition("#")[0].split(".")) for each in touched]
    return any(each.rpartition(".")[2] in part for each in symbols for part in parts)


def _is_one_file(glob: str) -> bool:
    return not WILD & set(glob) and not glob.endswith("/") and "." in glob.rpartition("/")[2]


def _plain(glob: str) -> str:
    return glob.removeprefix("/")
