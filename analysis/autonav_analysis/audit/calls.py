"""Calls that reach out of a program: code run from text, shells, processes, the network, objects made from bytes."""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from tree_sitter import Node, QueryCursor, Tree

from autonav_analysis.audit.tests_syntax import compiled, text_of

LONGEST_NAME, SHOWN = 80, 600

_JAVASCRIPT = "[(call_expression function: (_) @name) (new_expression constructor: (_) @name)] @call"
QUERIES = {
    "python": "(call function: (_) @name) @call",
    "javascript": _JAVASCRIPT,
    "typescript": _JAVASCRIPT,
    "tsx": _JAVASCRIPT,
    "go": "(call_expression function: (_) @name) @call",
    "rust": '[(call_expression function: (_) @name) (unsafe_block "unsafe" @name)] @call',
}

SHELL_WORD = r'"(ba|z)?sh"|"-c"|cmd\.exe|powershell'
_SHAPES: Mapping[str, tuple[tuple[str, str, str], ...]] = {
    "python": (
        ("eval", r"(builtins\.)?(eval|exec)", ""),
        ("shell", r"os\.(system|popen)|pty\.spawn|subprocess\.getoutput|asyncio\.create_subprocess_shell", ""),
        ("shell", r"(subprocess\.)?(run|call|check_call|check_output|Popen)", r"shell\s*=\s*True"),
        ("deserialisation", r"(c?[pP]ickle|marshal|dill|shelve|joblib)\.(loads?|Unpickler|open)|jsonpickle\.decode", ""),
        ("deserialisation", r"yaml\.(unsafe_load|full_load)|torch\.load|pd\.read_pickle|pandas\.read_pickle", ""),
        ("deserialisation", r"yaml\.load", r"^(?!.*Safe)"),
        ("SQL", r"[\w.]+\.(execute|executemany|executescript|raw)", r"\(\s*f[\"']|[\"']\s*%\s*[\w(]|\.format\("),
        ("process", r"subprocess\.(run|call|check_call|check_output|Popen)|Popen|os\.(exec|spawn)\w+", ""),
        ("process", r"asyncio\.create_subprocess_exec", ""),
        ("network", r"(requests|httpx)\.(get|post|put|delete|patch|request|head|Session|Client|AsyncClient)", ""),
        ("network", r"urllib\.request\.(urlopen|urlretrieve)|urlopen|aiohttp\.ClientSession|urllib3\.PoolManager", ""),
        ("network", r"socket\.(socket|create_connection)|http\.client\.\w+Connection|smtplib\.SMTP\w*|ftplib\.FTP", ""),
        ("path", r"tempfile\.mktemp|[\w.]+\.extractall|shutil\.rmtree", ""),
        ("HTML", r"mark_safe|(markupsafe\.)?Markup", ""),
        ("TLS", r"[\w.]*requests?\.\w+|ssl\._create_unverified_context", r"verify\s*=\s*False|unverified"),
    ),
    "javascript": (
        ("eval", r"eval|Function|vm\.runIn(New|This)?Context", ""),
        ("shell", r"child_process\.exec(Sync)?|execSync", ""),
        ("process", r"(child_process\.)?(spawn|spawnSync|execFile|execFileSync|fork)", ""),
        ("network", r"fetch|axios(\.\w+)?|https?\.(request|get)|net\.(connect|createConnection)", ""),
        ("network", r"WebSocket|XMLHttpRequest", ""),
        ("HTML", r"document\.write|[\w.]+\.insertAdjacentHTML", ""),
        ("deserialisation", r"v8\.deserialize|unserialize|[\w.]+\.unserialize", ""),
        ("path", r"(fs\.)?(rmSync|rm|rimraf)", r"recursive"),
        ("SQL", r"[\w.]+\.(query|execute|raw)", r"\(\s*`[^`]*\$\{|\(\s*[\"'][^\"']*[\"']\s*\+"),
    ),
    "go": (
        ("shell", r"exec\.Command(Context)?", SHELL_WORD),
        ("process", r"exec\.Command(Context)?|syscall\.Exec|os\.StartProcess", ""),
        ("network", r"http\.(Get|Post|PostForm|Head|ListenAndServe\w*)|net\.(Dial|DialTimeout|Listen)", ""),
        ("deserialisation", r"gob\.NewDecoder", ""),
        ("HTML", r"template\.(HTML|JS|URL)", ""),
        ("unsafe", r"unsafe\.(Pointer|Slice|String)", ""),
        ("path", r"os\.RemoveAll", ""),
        ("SQL", r"[\w.]+\.(Query|QueryRow|Exec)(Context)?", r"fmt\.Sprintf|\"\s*\+"),
    ),
    "rust": (
        ("unsafe", r"unsafe|([\w:]+::)?transmute", ""),
        ("shell", r"([\w:]+::)?Command::new", SHELL_WORD),
        ("process", r"((std::)?process::)?Command::new", ""),
        ("network", r"(\w+::)*(TcpStream::connect|TcpListener::bind|UdpSocket::bind)|reqwest::\w+(::new)?", ""),
        ("deserialisation", r"bincode::deserialize|serde_pickle::\w+", ""),
        ("path", r"((std::)?fs::)?remove_dir_all", ""),
    ),
}  # fmt: skip
WARNED = frozenset(("eval", "shell", "deserialisation", "SQL"))
"""Kinds that run what somebody else wrote."""


class Call(NamedTuple):
    """A call: its kind, what is called and the 1-based line of that."""

    kind: str
    callee: str
    line: int


def dangerous_calls(language: str, tree: Tree | None, lines: Sequence[tuple[int, int]]) -> tuple[Call, ...]:
    """Return the dangerous calls whose callee stands on one of these runs of lines, in order."""
    if tree is None or not lines:
        return ()
    found: dict[tuple[int, int], Call] = {}
    cursor = QueryCursor(compiled(language, QUERIES[language]))
    for first, last in lines:
        cursor.set_point_range((first - 1, 0), (last, 0))
        for _, captured in cursor.matches(tree.root_node):
            name, call = captured["name"][0], captured["call"][0]
            line = name.end_point[0] + 1
            if first <= line <= last and (kind := _kind(language, name, call)):
                found[(name.start_byte, name.end_byte)] = Call(kind, text_of(name), line)
    return tuple(found[key] for key in sorted(found))


def _kind(language: str, name: Node, call: Node) -> str:
    if name.end_byte - name.start_byte > LONGEST_NAME:
        return ""
    called = text_of(name)
    text = (call.text or b"")[:SHOWN].decode("utf-8", "replace").replace("\n", " ")
    for kind, names, text_shape in _compiled(language):
        if names.fullmatch(called) and (text_shape is None or text_shape.search(text)):
            return kind
    return ""


def _compiled(language: str) -> list[tuple[str, re.Pattern[str], re.Pattern[str] | None]]:
    return _COMPILED["javascript" if language in ("typescript", "tsx") else language]


_COMPILED = {
    language: [(kind, re.compile(names), re.compile(text) if text else None) for kind, names, text in shapes]
    for language, shapes in _SHAPES.items()
}
