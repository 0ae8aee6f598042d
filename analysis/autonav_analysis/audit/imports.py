"""What a text imports, by the words of its import statements."""

import re

_PYTHON = re.compile(
    rb"^[ \t]*(?:from[ \t]+([\w.]+)[ \t]+import[ \t]+(\([^)]*\)|[^\n#]+)|import[ \t]+([^\n#]+))", re.MULTILINE
)
_JAVASCRIPT = re.compile(rb"""(?:\bfrom\s*|\bimport\s*\(?\s*|\brequire\s*\(\s*)["']([^"'\n]+)["']""")
_GO_BLOCK = re.compile(rb"^import\s*(?:\(([^)]*)\)|([^\n]+))", re.MULTILINE)
_QUOTED = re.compile(rb'"([^"\n]+)"')
_RUST = re.compile(rb"^[ \t]*(?:pub(?:\([\w ]+\))?[ \t]+)?(?:use|mod)[ \t]+([^;{]+)", re.MULTILINE)


def imported(language: str, text: bytes) -> frozenset[str]:
    """Return the modules that a text imports, as it names them; of Python's `from` imports each name too."""
    if language == "python":
        found = {each for match in _PYTHON.finditer(text) for each in _python(match)}
    elif language == "go":
        found = {each for match in _GO_BLOCK.finditer(text) for each in _QUOTED.findall(match[1] or match[2])}
    elif language == "rust":
        found = {match.strip() for match in _RUST.findall(text)}
    else:
        found = set(_JAVASCRIPT.findall(text))
    return frozenset(each.decode("utf-8", "replace") for each in found)


def reaches_path(imports: frozenset[str], path: str) -> bool:
    """Return whether imports name a file: by the end of its module's path, for Go by its package's folder."""
    folder = path.rpartition("/")[0]
    if path.endswith(".go"):
        return bool(folder) and any(each == folder or each.endswith(f"/{folder}") for each in imports)
    parts = _parts(path)
    return bool(parts) and any(_agree(words, parts) for each in imports if (words := _words(each)))


def module_name(path: str) -> str:
    """Return the last word by which a file is imported."""
    if path.endswith(".go"):
        return path.rpartition("/")[0].rpartition("/")[2]
    return next(iter(reversed(_parts(path))), "")


def last_word(imported: str) -> str:
    """Return the last word of what is imported."""
    return next(iter(reversed(_words(imported))), "")


def _parts(path: str) -> list[str]:
    parts = [each for each in re.sub(r"\.\w+$", "", path).split("/") if each]
    return parts[:-1] if parts and parts[-1] in ("__init__", "index", "mod") else parts


def _words(imported: str) -> list[str]:
    return [each for each in re.split(r"[./:]+", re.sub(r"\.[cm]?[jt]sx?$", "", imported)) if each]


def _agree(words: list[str], parts: list[str]) -> bool:
    """Return whether the shorter of a module's name and a path's parts ends the longer, as far as both go."""
    shared = min(len(words), len(parts), 2)
    return words[-shared:] == parts[-shared:]


def _python(match: re.Match[bytes]) -> list[bytes]:
    if match[1]:
        names = [each.split()[0] for each in re.split(rb"[,()\s]*,[,()\s]*|[()\n]", match[2]) if each.split()]
        joint = b"" if match[1].endswith(b".") else b"."
        return [match[1], *(match[1] + joint + each for each in names)]
    return [each.split()[0] for each in match[3].split(b",") if each.split()]
