"""How hard this machine is pressed, and how many tasks may run on it at once."""

import os
import re
from dataclasses import dataclass

PSI = "/proc/pressure"
SOME = re.compile(r"^some avg10=(\d+(?:\.\d+)?)\b", re.MULTILINE)

MEMORY_FULL, MEMORY_EASY = 10.0, 5.0
CPU_FULL, CPU_EASY = 70.0, 50.0
"""Percent from which on it shrinks, and below which it grows; between the two it stays as it is."""


@dataclass(frozen=True)
class Pressure:
    """The share of the last seconds in which some process waited for CPU or for memory, 0 to 100."""

    cpu: float = 0.0
    memory: float = 0.0


def allowed(workers: int, pressure: Pressure) -> int:
    """Return how many tasks may run at once where `workers` have been allowed so far; at least 1.

    Without memory there is one at a time; otherwise the number goes up or down by one.
    """
    if pressure.memory >= MEMORY_FULL:
        return 1
    if pressure.cpu >= CPU_FULL:
        return max(1, workers - 1)
    if pressure.cpu < CPU_EASY and pressure.memory < MEMORY_EASY:
        return max(1, workers + 1)
    return max(1, workers)


def read() -> Pressure:
    """Return the pressure as the kernel tells it, or else what the load says."""
    try:
        cpu, memory = (parse(_text(name)) for name in ("cpu", "memory"))
    except (OSError, ValueError):
        return from_load(os.getloadavg()[0], os.cpu_count() or 1)
    return Pressure(cpu, memory)


def parse(text: str) -> float:
    """Return the ten-second average of `some` in a file of /proc/pressure; raise ValueError where it has none.

    https://docs.kernel.org/accounting/psi.html
    """
    found = SOME.search(text)
    if found is None:
        raise ValueError("no average of ten seconds")
    return float(found[1])


def from_load(load: float, cores: int) -> Pressure:
    """Return the pressure that a load average stands for: none up to one for each core, all of it from two on."""
    return Pressure(cpu=100 * min(1.0, max(0.0, load / cores - 1)))


def _text(name: str) -> str:
    with open(os.path.join(PSI, name), encoding="ascii") as file:
        return file.read()
