"""One key in a file of 10,000 lines: bytes, tree and measures, against measuring the file whole; CPU seconds."""

import statistics
import sysconfig
import time
from collections.abc import Iterator
from pathlib import Path

from autonav_analysis.complexity.incremental import edit, measured, refresh
from autonav_analysis.syntax.grammars import languages, load

KEYS, LINES = 300, 10_000


def rows() -> Iterator[str]:
    """Yield the cost of measuring whole, and the median and 99th percentile of a key."""
    whole, keys = costs()
    yield f"measuring whole   {whole * 1000:>8.1f} ms"
    for name, each in (("a key, median", statistics.median(keys)), ("a key, 99 %", keys[int(KEYS * 0.99)])):
        yield f"{name:<17} {each * 1000:>8.1f} ms  1/{whole / each:.0f} of that"


def costs() -> tuple[float, list[float]]:
    """Return the CPU seconds of measuring the file whole, and those of each key, sorted."""
    library = Path(sysconfig.get_path("stdlib"))
    source = b""
    for path in sorted(library.glob("*.py")):
        source += path.read_bytes()
        if source.count(b"\n") > LINES:
            break
    python = load(languages()["python"])
    started = time.process_time()
    now = measured("x.py", source, python)
    whole = time.process_time() - started
    seconds = []
    at = source.index(b"\n    return ", len(source) // 2) + 12
    for number in range(KEYS):
        started = time.process_time()
        now = refresh(edit(now, at + number, at + number, b"x"))
        seconds.append(time.process_time() - started)
        assert now is not None
    return whole, sorted(seconds)
