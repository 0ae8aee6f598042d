"""What simplifying makes of functions of the standard library: complexity, steps, and whether they still do the same.

Every source the search asks about is compared with the original on some generated inputs, results and exceptions
alike, and what comes out of it on many. One that differs is a wrong simplification; there must be none.
"""

import importlib.util
import random
import sys
import types
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autonav_analysis.simplify import Simplified, ask, begin, outcome, tell

FEW, MANY, SEED, ASKED = 60, 1_500, 20, 120
Arguments = tuple[Any, ...]


@dataclass(frozen=True)
class Subject:
    """A pure function: its module and name, arguments by chance, and how a module with it is called with them."""

    module: str
    function: str
    arguments: Callable[[random.Random], Arguments]
    call: Callable[[types.ModuleType, Arguments], Any] | None = None


@dataclass(frozen=True)
class Judged:
    """A subject simplified: what came of it, the first input it differs on, and the wrong steps among all tried."""

    subject: Subject
    result: Simplified
    differs: Arguments | None
    tried: Counter[str]
    wrong: Counter[str]


def rows(subjects: Sequence[Subject] | None = None) -> Iterator[str]:
    """Yield a line for each function and, at the end, how many single steps were tried and were wrong."""
    tried, wrong = Counter[str](), Counter[str]()
    for subject in subjects or SUBJECTS:
        judged = judge(subject)
        result = judged.result
        tried += judged.tried
        wrong += judged.wrong
        made = Counter(each.simplification for each in result.steps)
        yield (
            f"{subject.module + '.' + subject.function:<34}{result.before:>4} -> {result.after:>3} (own {result.own:>3})  "
            f"{'equal' if judged.differs is None else f'DIFFERS ON {judged.differs!r}':<7} "
            f"{'suggest' if result.suggest_only else 'proved ' if result.steps else '-      '} "
            f"{', '.join(f'{name} x{count}' if count > 1 else name for name, count in made.items())}"
        )
    yield f"steps tried {tried.total()}, wrong {wrong.total()}" + (f": {dict(wrong)}" if wrong else "")
    yield "tried: " + ", ".join(f"{name} {count}" for name, count in tried.most_common())


def judge(subject: Subject, few: int = FEW, many: int = MANY, asked: int = ASKED) -> Judged:
    """Return a subject simplified, each source on the way compared on few inputs and the last on many."""
    source, path = source_of(subject.module)
    original = loaded(source, path)
    chance = random.Random(SEED)
    inputs = [subject.arguments(chance) for _ in range(many)]
    expected = [outcome_of(subject, original, each) for each in inputs]

    def first_difference(changed: bytes, count: int) -> Arguments | None:
        try:
            module = loaded(changed, path)
        except SyntaxError:
            return ("its syntax",)
        pairs = zip(inputs[:count], expected, strict=False)
        return next((each for each, known in pairs if outcome_of(subject, module, each) != known), None)

    simplifying = begin(source, subject.function)
    assert simplifying is not None, subject
    tried, wrong = Counter[str](), Counter[str]()
    while simplifying.asked < asked and (sources := ask(simplifying)):
        step = simplifying.outstanding[sources[0]].steps[-1].simplification
        holds = first_difference(sources[0], few) is None
        tried[step] += 1
        wrong[step] += not holds
        tell(simplifying, sources[0], holds)
    result = outcome(simplifying)
    return Judged(subject, result, first_difference(result.source, many), tried, wrong)


def source_of(module: str) -> tuple[bytes, str]:
    """Return the source of a module and its path, without importing it."""
    found = importlib.util.find_spec(module)
    assert found is not None
    frozen = found.loader_state.filename if found.loader_state is not None else None
    path = frozen or found.origin
    assert path is not None
    return Path(path).read_bytes(), path


def loaded(source: bytes, path: str) -> types.ModuleType:
    """Return a module of a source that nobody else imports."""
    module = types.ModuleType("simplified_" + Path(path).stem)
    module.__file__ = path
    sys.modules[module.__name__] = module
    try:
        exec(compile(source, path, "exec"), module.__dict__)
    finally:
        del sys.modules[module.__name__]
    return module


def outcome_of(subject: Subject, module: types.ModuleType, arguments: Arguments) -> tuple[str, str]:
    """Return what calling the subject gives: the kind and text of its result or of what it raises."""
    try:
        if subject.call is not None:
            result = subject.call(module, arguments)
        else:
            result = getattr(module, subject.function)(*arguments)
            result = list(result) if isinstance(result, types.GeneratorType) else result
    except Exception as error:
        return type(error).__name__, str(error)
    # What is changed in place is a result too.
    return type(result).__name__, repr((result, arguments))


def text(alphabet: str, most: int) -> Callable[[random.Random], Arguments]:
    """Return one text by chance."""
    return lambda chance: (_text(chance, alphabet, most),)


def texts(alphabet: str, most: int, count: int) -> Callable[[random.Random], Arguments]:
    """Return several texts by chance, at least one."""
    return lambda chance: tuple(_text(chance, alphabet, most) for _ in range(chance.randint(1, count)))


def fractions(count: int) -> Callable[[random.Random], Arguments]:
    """Return numbers by chance, some the same and some at the ends."""
    ends = (0.0, 1.0, 0.5, 0, 1, float("nan"), 2.5)
    return lambda chance: tuple(chance.choice((chance.random(), chance.choice(ends))) for _ in range(count))


def _text(chance: random.Random, alphabet: str, most: int) -> str:
    return "".join(chance.choice(alphabet) for _ in range(chance.randint(0, most)))


def _split_command(module: types.ModuleType, arguments: Arguments) -> list[str]:
    command, comments, posix = arguments
    return module.split(command, comments=comments, posix=posix)


def _command(chance: random.Random) -> Arguments:
    return _text(chance, "ab '\"\\#\n;", 14), chance.random() < 0.5, chance.random() < 0.7


def _wrapped(module: types.ModuleType, arguments: Arguments) -> list[str]:
    words, width, breaks, lines = arguments
    return module.wrap(words, width, break_long_words=breaks, max_lines=lines, subsequent_indent=" ")


def _words(chance: random.Random) -> Arguments:
    return _text(chance, "ab -\n", 40), chance.randint(1, 9), chance.random() < 0.5, chance.choice((None, 1, 2))


def _options(chance: random.Random) -> Arguments:
    known = ("-a", "-b", "--long", "--level=3", "--lev", "--", "x", "-ab1", "-", "--none", "--long=1")
    given = [chance.choice(known) for _ in range(chance.randint(0, 5))]
    return given, chance.choice(("ab:", "", "a", "b:")), chance.choice(([], ["long", "level="], ["lev", "level="]))


def _ranked(chance: random.Random) -> Arguments:
    items = [chance.randint(0, 9) for _ in range(chance.randint(0, 12))]
    return items, chance.randint(-1, 10), chance.randint(-1, 3), chance.choice((None, 5, len(items)))


def _grouped(module: types.ModuleType, arguments: Arguments) -> list[Any]:
    rows, reverse = arguments
    return list(module.merge(*map(sorted, rows), reverse=reverse))


def _rows(chance: random.Random) -> Arguments:
    made = [[chance.randint(0, 9) for _ in range(chance.randint(0, 5))] for _ in range(chance.randint(0, 4))]
    return made, chance.random() < 0.3


def _kept(chance: random.Random) -> Arguments:
    items = [chance.choice((chance.randint(-3, 9), chance.random())) for _ in range(chance.randint(0, 9))]
    return chance.randint(-1, 5), items, chance.choice((None, abs, str))


SUBJECTS = (
    Subject("fnmatch", "translate", text("a*?[]!-^&|~\\z", 14)),
    Subject("textwrap", "dedent", text("a \n\t", 24)),
    Subject("textwrap", "TextWrapper._wrap_chunks", _words, _wrapped),
    Subject("posixpath", "join", texts("ab/.", 6, 4)),
    Subject("posixpath", "normpath", text("ab/.", 14)),
    Subject("posixpath", "commonpath", lambda chance: (list(texts("ab/.", 6, 4)(chance)),)),
    Subject("ntpath", "join", texts("cC:/\\.b", 7, 4)),
    Subject("ntpath", "splitdrive", text("cC:/\\.?UNCb", 10)),
    Subject("genericpath", "commonprefix", lambda chance: (list(texts("ab", 6, 4)(chance)),)),
    Subject(
        "genericpath", "_splitext", lambda chance: (_text(chance, "ab/.\\", 9), "/", chance.choice((None, "\\")), ".")
    ),
    Subject("shlex", "shlex.read_token", _command, _split_command),
    Subject("getopt", "getopt", _options),
    Subject("colorsys", "rgb_to_hls", fractions(3)),
    Subject("colorsys", "rgb_to_hsv", fractions(3)),
    Subject("colorsys", "hsv_to_rgb", fractions(3)),
    Subject("colorsys", "hls_to_rgb", fractions(3)),
    Subject("bisect", "bisect_left", _ranked),
    Subject("heapq", "merge", _rows, _grouped),
    Subject("heapq", "nsmallest", _kept),
    Subject("urllib.parse", "urljoin", texts("a/.?#;:h", 9, 2)),
)
