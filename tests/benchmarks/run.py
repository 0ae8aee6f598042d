"""Speed, as ratios against named peers in the same run: `make benchmarks`, or one of them by name.

Machines are noisy: each number is the best of several rounds, and only ratios are worth quoting.
"""

import importlib
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]
BENCHMARKS = (
    "complexity",
    "agreement",
    "typing_cost",
    "servers",
    "routing",
    "fence",
    "states",
    "evaluation",
    "tracing",
    "edit_space",
    "faults",
    "real_fixes",
    "simplify",
    "precision",
    "cheats",
    "audits",
    "trials",
    "targets",
)


def main(chosen: list[str]) -> None:
    """Run the named benchmarks, all by default, and print their rows."""
    for name in chosen or BENCHMARKS:
        module = importlib.import_module(name)
        print(f"\n{(module.__doc__ or '').splitlines()[0]}")
        for row in module.rows():
            print("  " + row)


if __name__ == "__main__":
    main(sys.argv[1:])
