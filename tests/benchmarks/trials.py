"""How often a comparison claims something, about nothing and about planted gains, on recorded costs of real searches.

Each repetition draws pairs of recorded costs that differ in the seed alone; with a gain, those of one side are divided.
"""

import random
from collections.abc import Iterator
from statistics import median

from support.trials import COSTS, LONGEST, claimed_after, t_test_claims

REPETITIONS = 500
GAINS = (1.0, 1.25, 1.5, 2.0, 3.0)


def rows() -> Iterator[str]:
    """Yield a line for each gain: the share of repetitions that claim a difference, by each way to look."""
    yield f"{len(COSTS['costs'])} recorded tasks; {REPETITIONS} repetitions of {LONGEST} pairs; planted gain 1: every claim is false"
    yield f"  {'gain':>5}{'any time, after each pair':>28}{'pairs until then':>18}{'t test every 10':>17}{'t test once':>13}"
    for gain in GAINS:
        found = [claimed_after(random.Random(seed), gain) for seed in range(REPETITIONS)]
        claimed = [each for each in found if each is not None]
        peeked, once = (
            sum(t_test_claims(random.Random(seed), gain, every=every) for seed in range(REPETITIONS)) / REPETITIONS
            for every in (10, LONGEST)
        )
        yield (
            f"  {gain:>5}{len(claimed) / REPETITIONS:>28.1%}{median(claimed) if claimed else '-':>18}"
            f"{peeked:>17.1%}{once:>13.1%}"
        )
