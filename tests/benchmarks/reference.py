"""The reference distribution of cognitive complexity, printed from folders of source: reference.py FOLDER..."""

import bisect
import sys
from collections import defaultdict
from pathlib import Path

from autonav_analysis.complexity.measure import measure
from autonav_analysis.complexity.reference import POINTS
from autonav_analysis.syntax.grammars import language_for, load

SKIPPED = ("test", "vendor", "node_modules", "third_party", "fixtures")


def main(folders: list[str]) -> None:
    """Print for each language how many named functions there are, and the share at or below each of POINTS."""
    found: dict[str, list[int]] = defaultdict(list)
    for folder in folders:
        for path in sorted(Path(folder).rglob("*")):
            language = language_for(path.name)
            if language is None or not path.is_file() or any(each in str(path).lower() for each in SKIPPED):
                continue
            functions = measure(path.name, path.read_bytes(), load(language), increments=False)
            name = "javascript" if language.name in ("typescript", "tsx") else language.name
            found[name] += [each.cognitive for each in functions if "<anonymous>" not in each.name]
    for name, values in sorted(found.items()):
        values.sort()
        shares = ", ".join(f"{bisect.bisect_right(values, point) / len(values):.3f}" for point in POINTS)
        print(f'    "{name}": ({shares}),  # {len(values):,} functions')


if __name__ == "__main__":
    main(sys.argv[1:])
