"""Trials: what the statistics are, how often they claim something about nothing, and what is refused."""

import math
import random
from itertools import islice
from statistics import fmean

import pytest

from autonav_analysis.learning.pairs import cost_of, pair_of
from autonav_analysis.learning.trials import (
    ALPHA,
    any_time,
    censored,
    confidence_sequence,
    differences,
    fixed,
    known,
    log_evidence,
    runs_needed,
    runs_needed_any_time,
    t_below,
    t_interval,
    t_quantile,
    unanswered,
)
from autonav_protocol.values.learning import Replayed, Tuning
from autonav_protocol.values.trial import Cost, Pair
from support.trials import (
    BUDGET,
    COSTS,
    MENDED,
    claimed_after,
    ended_with_the_find,
    log_differences,
    spent,
    t_test_claims,
    told_by_both,
)

REPETITIONS = 500
ENOUGH = math.log(1 / ALPHA)

STUDENT = [  # share below, degrees of freedom, where: any printed table
    (0.975, 1, 12.706), (0.975, 2, 4.303), (0.975, 3, 3.182), (0.975, 4, 2.776), (0.975, 5, 2.571),
    (0.975, 10, 2.228), (0.975, 29, 2.045), (0.975, 30, 2.042), (0.975, 120, 1.980), (0.95, 7, 1.895),
    (0.995, 1, 63.657), (0.995, 12, 3.055), (0.9995, 20, 3.850),
]  # fmt: skip


@pytest.mark.parametrize(("share", "freedom", "where"), STUDENT)
def test_students_distribution(share: float, freedom: int, where: float) -> None:
    assert t_quantile(share, freedom) == pytest.approx(where, abs=6e-4)
    assert t_below(t_quantile(share, freedom), freedom) == pytest.approx(share, abs=1e-12)
    assert t_below(-where, freedom) == pytest.approx(1 - t_below(where, freedom))


def test_the_paired_t_interval() -> None:
    # Student's sleep data, paired: mean 1.58, 95 % interval 0.70 to 2.46
    gained = [1.2, 2.4, 1.3, 1.3, 0.0, 1.0, 1.8, 0.8, 4.6, 1.4]
    assert t_interval(gained) == pytest.approx((0.7001142, 2.4598858), abs=1e-6)


@pytest.mark.parametrize(
    ("values", "evidence"),
    [
        ([0.7], 1.0),  # one value has no scale
        ([0.0, 0.0, 0.0], 1.0),
        ([1.0, -1.0], math.sqrt(9 / 11)),
        ([1.0] * 10, math.sqrt(9 / 19) * (19 / 9) ** 5),
    ],
)
def test_evidence(values: list[float], evidence: float) -> None:
    total, squares = sum(values), sum(each * each for each in values)
    assert math.exp(log_evidence(len(values), total, squares)) == pytest.approx(evidence)


def test_evidence_is_the_mixture_of_likelihood_ratios() -> None:
    """The closed form equals the integral over effects, normal with variance 1/9, of the ratio that knows no scale."""
    values = [0.8, -0.1, 1.1, 0.4]
    total, squares = sum(values), sum(each * each for each in values)

    def likelihood(effect: float) -> float:  # over all scales, with the measure ds / s
        steps = [0.005 * step for step in range(1, 2000)]
        return sum(t**3 * math.exp(-squares * t * t / 2 + effect * total * t - 2 * effect * effect) for t in steps)

    effects = [0.02 * step for step in range(-150, 151)]
    density = [math.exp(-4.5 * each * each) * 3 / math.sqrt(2 * math.pi) for each in effects]
    mixed = sum(0.02 * weight * likelihood(each) for weight, each in zip(density, effects, strict=True)) / likelihood(0)
    assert math.exp(log_evidence(4, total, squares)) == pytest.approx(mixed, rel=1e-3)


@pytest.mark.parametrize("count", [3, 20, 150])
def test_the_confidence_sequence_is_where_the_evidence_is_too_small(count: int) -> None:
    values = list(islice(log_differences(random.Random(count)), count))
    low, high = confidence_sequence(values)
    if math.isinf(low):
        assert count == 3
        return
    for bound, inside in ((low, low + 1e-6), (high, high - 1e-6)):
        at, within = ([each - mean for each in values] for mean in (bound, inside))
        assert log_evidence(count, sum(at), sum(each * each for each in at)) == pytest.approx(ENOUGH, abs=1e-6)
        assert log_evidence(count, sum(within), sum(each * each for each in within)) < ENOUGH
    assert low < t_interval(values)[0] < t_interval(values)[1] < high


@pytest.mark.parametrize(("gain", "tasks"), [(0.1, 1426), (0.2, 318), (0.3, 125), (0.5, 33)])
def test_how_many_tasks_a_gain_takes(gain: float, tasks: int) -> None:
    assert runs_needed(1.42, gain) == tasks
    assert tasks < runs_needed_any_time(1.42, gain) < 4 * tasks


def test_no_difference_is_claimed_however_often_one_looks() -> None:
    """A/A on recorded costs, a look after every pair: a claim in 5 % of the repetitions at the most."""
    claims = sum(claimed_after(random.Random(seed)) is not None for seed in range(REPETITIONS))
    assert 0 < claims <= ALPHA * REPETITIONS
    naive = sum(t_test_claims(random.Random(seed)) for seed in range(REPETITIONS))
    assert naive > 3 * ALPHA * REPETITIONS, "a t test with a look at every tenth pair claims far more on the same costs"


def test_a_planted_gain_is_found() -> None:
    found = [claimed_after(random.Random(seed), gain=2.0) for seed in range(REPETITIONS)]
    assert sum(each is not None for each in found) >= 0.8 * REPETITIONS


def test_one_look_at_a_fixed_number_errs_as_often_as_it_says() -> None:
    chance = random.Random(3)
    wrong = [fixed(_pairs(chance, 40), 40).better != "" for _ in range(REPETITIONS)]
    assert sum(wrong) <= 1.5 * ALPHA * REPETITIONS
    right = [fixed(_pairs(chance, 100, gain=3.0), 100).better for _ in range(50)]
    assert right.count("b") >= 40
    assert "a" not in right


def test_a_lucky_arm_is_refused_on_tasks_that_did_not_choose_it() -> None:
    """The best of twenty arms that do not differ: what chose it seems to prove it, what is held out does not."""
    chance, chosen, held_out = random.Random(5), 0, 0
    for _ in range(100):
        best = min((list(islice(log_differences(chance), 60)) for _ in range(20)), key=sum)
        chosen += t_interval(best)[1] < 0
        held_out += any_time(_pairs(chance, 60)).better != ""
    assert chosen >= 5 * ALPHA * 100
    assert held_out <= ALPHA * 100


def test_a_trial_says_what_its_sums_say() -> None:
    for seed in range(20):
        pairs = _pairs(random.Random(seed), 80, gain=1.0 + seed / 10)
        values = [each.least for each in differences(pairs)]
        logs = log_evidence(80, sum(values), sum(each * each for each in values))
        trial = any_time(pairs)
        assert trial.evidence == pytest.approx(math.exp(logs))
        assert (trial.better != "") == (logs >= ENOUGH)
        assert trial.ratio == pytest.approx(math.exp(fmean(values)))
        assert (trial.tasks, trial.pairs, trial.unanswered) == (80, 80, 0)
        assert trial.censored == sum(each.a.is_censored or each.b.is_censored for each in pairs)


def _named(*costs: tuple[str, Cost, Cost]) -> list[Pair]:
    return [Pair(*each) for each in costs]


SAID = [
    ([], "there is nothing to compare", None),
    (_named(("one", known(8), known(2))), "these are too few tasks to tell how much they vary", None),
    (_named(*((str(n), known(8), known(8)) for n in range(9))), "no difference was seen", None),
    (
        _named(*((str(n), known(8), known(4 if n % 2 else 10)) for n in range(9))),
        "about 66 more tasks would show a gain of 20%",
        66,
    ),
    (
        _named(*((str(n), known(100), known(99 + n % 3)) for n in range(99))),
        "a gain of 20% would most likely have shown",
        0,
    ),
]


@pytest.mark.parametrize(("pairs", "why", "needed"), SAID, ids=lambda each: each if isinstance(each, str) else "")
def test_what_is_missing(pairs: list[Pair], why: str, needed: int | None) -> None:
    trial = any_time(pairs)
    assert (trial.better, trial.why, trial.runs_needed) == ("", why, needed)


def test_pairs_of_a_task_count_once() -> None:
    pairs = _named(*((f"task {n % 3}", known(100), known(20 + n % 9)) for n in range(300)))
    assert any_time(pairs).tasks == 3
    assert any_time(pairs).better == ""
    assert any_time([Pair(f"task {n}", each.a, each.b) for n, each in enumerate(pairs)]).better == "b"


def test_a_fixed_number_is_looked_at_once() -> None:
    pairs = [Pair(str(n), known(100), known(10 + n % 3)) for n in range(30)]
    early = fixed(pairs[:19], 20)
    assert (early.better, early.why) == ("", "20 tasks were asked for and there are 19")
    assert fixed(pairs, 20) == fixed(pairs[:20], 20), "what comes after them changes nothing"
    assert fixed(pairs, 20).better == "b"
    assert fixed(pairs, 20).evidence is None


def test_what_a_record_cannot_tell_counts_against_a_claim() -> None:
    """Where b left the record it may have been lucky, or not at all: neither is believed."""
    answered = [Pair(str(n), known(40), known(10 + n % 3)) for n in range(20)]
    left = [Pair(f"left {n}", known(40), unanswered(12, BUDGET)) for n in range(20)]
    assert any_time(answered).better == "b"
    trial = any_time(answered + left)
    assert (trial.better, trial.ratio, trial.unanswered) == ("", None, 20)
    assert trial.low is not None
    assert trial.low < 0.4
    assert trial.high is not None
    assert trial.high > 1
    worse = [Pair(str(n), known(10 + n % 3), unanswered(100, BUDGET)) for n in range(20)]
    assert any_time(worse).better == "a", "it had already spent ten times as much when it left"


REPLAYED = [
    (Replayed("r", 7, 0.1, 7), known(7)),
    (Replayed("r", None, None, 300), Cost(600, 600, is_censored=True)),
    (Replayed("r", None, None, 12, "after 12 evaluations it asks for what was never evaluated"), Cost(13, 600)),
]


@pytest.mark.parametrize(("replay", "cost"), REPLAYED, ids=["found", "censored", "unanswered"])
def test_what_a_replay_cost(replay: Replayed, cost: Cost) -> None:
    assert cost_of(replay, BUDGET) == cost
    assert censored(BUDGET) == REPLAYED[1][1]


def test_records_that_end_with_the_find_prove_nothing_about_another_order() -> None:
    """Where two orders leave such a record the lucky ones are answered alone: dropping the others claims a gain."""
    other = Tuning(weights={"replace_name": 0.5, "shift_by_one": 2.0, "swap_comparison": 2.0})
    pairs = [pair_of(ended_with_the_find(n), Tuning(), other) for n in range(len(MENDED))]
    found = [each for each in pairs if each]
    assert len(found) == len(MENDED)
    assert all(each.a.least == each.a.most for each in found)
    assert any(each.b.least < each.b.most for each in found)
    assert any_time(found).better == ""


def test_a_planted_better_weight_is_found_on_records_that_can_tell() -> None:
    better = Tuning(weights={"replace_name": 4.0})
    records = [told_by_both(n, better) for n in range(len(MENDED))]
    pairs = [pair for each in records if (pair := pair_of(each, Tuning(), better))]
    trial = any_time(pairs)
    assert (trial.better, any_time(Pair(each.task, each.b, each.a) for each in pairs).better) == ("b", "a")
    assert (trial.unanswered, trial.censored) == (0, 0)
    assert trial.ratio is not None
    assert trial.ratio < 0.5


def test_the_recorded_costs_are_of_the_real_shape() -> None:
    """Some tasks are never solved, most costs are far from the mean, and many runs spend their budget."""
    assert len(COSTS["costs"]) >= 20
    values = list(islice(log_differences(random.Random(1)), 4000))
    assert 0.05 < sum(each == 0 for each in values) / 4000 < 0.7
    assert 0.7 < math.sqrt(fmean(each * each for each in values)) < 2.2
    censored_share = fmean(spent(each) > COSTS["budget"] for costs in COSTS["costs"] for each in costs)
    assert 0.1 < censored_share < 0.8


def _pairs(chance: random.Random, count: int, gain: float = 1.0) -> list[Pair]:
    """Return pairs of recorded costs, each of a task of its own."""
    return [Pair(str(n), *_costs(chance, gain)) for n in range(count)]


def _costs(chance: random.Random, gain: float) -> tuple[Cost, Cost]:
    a, b = chance.sample(chance.choice(COSTS["costs"]), 2)
    return tuple(_cost(spent(each, faster)) for each, faster in ((a, 1.0), (b, gain)))  # pyright: ignore[reportReturnType]


def _cost(evaluations: float) -> Cost:
    return Cost(evaluations, evaluations, is_censored=evaluations > COSTS["budget"])
