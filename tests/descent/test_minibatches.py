"""Minibatches and schedules, and descents that use them."""

from itertools import islice

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gdviz as gd
from gdviz.descent.minibatches import minibatches
from gdviz.descent.schedules import constant, cosine, inverse_time, step_decay
from gdviz.losses.regression import LinearRegression, LogisticRegression

rng = np.random.default_rng(0)
X = rng.normal(size=50)
LINE = LinearRegression(X, 3 + 2 * X + rng.normal(size=50))
PLANE = LogisticRegression(rng.normal(size=(50, 2)), LINE.y + rng.normal(size=50) > 3)


def plain(model, w, rate, steps, batches, factor=lambda k: 1):
    """One run, by hand."""
    path, dealt = [np.array(w, float)], iter(batches)
    for k in range(steps):
        path.append(path[-1] - rate * factor(k) * model.gradient(path[-1], next(dealt)))
    return np.array(path)


# The deal


@settings(deadline=None)
@given(st.integers(1, 300), st.data())
def test_an_epoch_sees_every_row_once(n, choose):
    size, seed = choose.draw(st.integers(1, n)), choose.draw(st.integers(0, 2**32))
    batches = minibatches(n, size, seed)
    dealt = iter(batches)
    seen = [batches.seen(0)]
    for _ in range(3):
        epoch = list(islice(dealt, batches.per_epoch))
        assert sorted(np.concatenate(epoch)) == list(range(n))
        assert {len(rows) for rows in epoch[:-1]} <= {size}
        assert len(epoch[-1]) == (n - 1) % size + 1
        seen.extend(seen[-1] + np.cumsum([len(rows) for rows in epoch]))
    assert (batches.seen(np.arange(len(seen))) == seen).all()


def test_every_order_is_as_likely():
    """Pearson's chi-squared of the 24 orders of 4 rows; 49.7 is exceeded once in a thousand."""
    orders = next(iter(minibatches(4, 4, seed=range(24_000))))
    counts = np.unique(orders, axis=1, return_counts=True)[1]
    assert len(counts) == 24
    assert ((counts - 1000) ** 2 / 1000).sum() < 49.7


def test_epochs_and_seeds_differ_and_repeat():
    once = list(islice(minibatches(100, 30, seed=7), 8))
    again = list(islice(minibatches(100, 30, seed=7), 8))
    other = list(islice(minibatches(100, 30, seed=8), 8))
    assert all((a == b).all() for a, b in zip(once, again, strict=True))
    assert not (once[0] == other[0]).all()
    assert not (once[0] == once[4]).all()


def test_a_seed_deals_alone_what_it_deals_among_many():
    many = minibatches(100, 30, seed=[[3, 5], [7, 9]])
    assert many.batch == (2, 2)
    for rows, alone in zip(islice(many, 9), minibatches(100, 30, seed=7), strict=False):
        assert rows.shape == (len(alone), 2, 2)
        assert (rows[:, 1, 0] == alone).all()


# Descents


@pytest.mark.parametrize("model", [LINE, PLANE], ids=["line", "decision"])
@pytest.mark.parametrize("size", [1, 7, 49])
def test_a_run_by_hand(model, size):
    batches = minibatches(50, size, seed=3)
    run = gd.descend(model, model.start, 0.1, steps=120, batches=batches)
    assert run.path == pytest.approx(plain(model, model.start, 0.1, 120, batches))
    assert run.loss == pytest.approx(model.value(run.path.T))  # of all rows
    assert (run.data_seen == batches.seen(np.arange(121))).all()
    assert run.batches is batches


def test_all_rows_at_once_are_plain_descent():
    batches = minibatches(50, 50, seed=range(3))
    run = gd.descend(LINE, (0, 0), 0.1, batches=batches)
    alone = gd.descend(LINE, (0, 0), 0.1)
    assert run.batch == (3,)
    assert (run.path == gd.descend(LINE, (0, 0), [0.1] * 3).path).all()
    np.testing.assert_allclose(run.path[..., 1], alone.path, rtol=0, atol=1e-13)
    assert run.data_seen[-1] == alone.data_seen[-1] == 5000
    by_rows = plain(LINE, (0, 0), 0.1, 100, minibatches(50, 50))
    assert alone.path == pytest.approx(by_rows, abs=1e-12)


@settings(deadline=None, max_examples=30)
@given(
    st.sampled_from([LINE, PLANE]),
    st.integers(1, 49),
    st.sampled_from([(), (4,), (3, 1)]),
    st.sampled_from([(), (4,), (3, 4)]),
    st.sampled_from([(), (1,), (4,), (3, 4)]),
)
def test_seeds_broadcast_against_rates_and_starts(model, size, starts, rates, seeds):
    rng = np.random.default_rng(1)
    start, rate = rng.normal(size=(model.dimension, *starts)), rng.uniform(0.01, 0.2, size=rates)
    seed = rng.integers(100, size=seeds)
    run = gd.descend(model, start, rate, steps=40, batches=minibatches(50, size, seed))
    batch = np.broadcast_shapes(starts, rates, seeds)
    assert run.batch == batch
    rate, seed = np.broadcast_to(rate, batch), np.broadcast_to(seed, batch)
    start = start.reshape(len(start), *(1,) * (len(batch) - len(starts)), *starts)
    start = np.broadcast_to(start, (len(start), *batch))
    for i in np.ndindex(batch):
        batches = minibatches(50, size, int(seed[i]))
        alone = plain(model, start[(..., *i)], rate[i], 40, batches)
        np.testing.assert_allclose(run.path[(..., *i)], alone, rtol=0, atol=1e-10)


def test_more_runs_than_are_walked_at_once():
    rates = np.linspace(0.01, 0.1, 6000)[:, np.newaxis]
    run = gd.descend(LINE, (0, 0), rates, steps=3, batches=minibatches(50, 8, seed=range(3)))
    for i in [(0, 2), (5461, 1), (5999, 0)]:
        alone = minibatches(50, 8, seed=i[1])
        assert run.path[(..., *i)] == pytest.approx(plain(LINE, (0, 0), rates[i[0], 0], 3, alone))


def test_smaller_batches_make_a_larger_ball_of_noise_and_so_do_larger_rates():
    def noise(size, rate):
        batches = minibatches(50, size, seed=range(100))
        run = gd.descend(LINE, LINE.minima[0], rate, steps=300, batches=batches)
        return run.end.std(axis=1).mean()

    assert noise(1, 0.1) > 1.5 * noise(5, 0.1) > 2 * noise(25, 0.1)
    assert noise(1, 0.1) > 2 * noise(1, 0.01)


def test_rules_stops_and_divergence():
    batches = minibatches(50, 10, seed=range(20))
    for rule in (gd.Momentum(0.9), gd.Adam(), lambda w, g, rate: w - rate * g):
        run = gd.descend(LINE, (0, 0), 0.05, rule, steps=500, batches=batches)
        assert run.loss[-1].max() < 2 * LINE.value(LINE.minima[0])
    run = gd.descend(LINE, (0, 0), [[0.05], [5.0]], steps=500, batches=batches)
    assert (run.outcome[1] == "diverged").all() and np.isfinite(run.path[:, :, 0]).all()
    stop = gd.Stop(gradient_norm=0.3)
    run = gd.descend(LINE, (0, 0), 0.05, steps=500, stop=stop, batches=batches)
    assert (run.stopped_by == "gradient_norm").all()
    norms = np.linalg.norm(LINE.gradient(run.end), axis=0)  # of all rows
    assert (norms <= 0.3).all()


def test_data_seen_without_batches():
    assert gd.descend(LINE, (0, 0), 0.1, steps=2).data_seen.tolist() == [0, 50, 100]
    assert gd.descend(gd.surfaces.parabola, 1, 0.1, steps=2).data_seen.tolist() == [0, 0, 0]


# Schedules


@pytest.mark.parametrize(
    "schedule, at, factors",
    [
        (constant(), [0, 1, 1000], [1, 1, 1]),
        (step_decay(30), [0, 29, 30, 60], [1, 1, 0.5, 0.25]),
        (step_decay(10, factor=0.1), [9, 10, 25], [1, 0.1, 0.01]),
        (inverse_time(50), [0, 50, 450], [1, 0.5, 0.1]),
        (cosine(100), [0, 50, 100, 200], [1, 0.5, 0, 0]),
        (cosine(3), [1], [0.75]),
    ],
)
def test_schedules(schedule, at, factors):
    assert schedule(at) == pytest.approx(factors, abs=1e-15)
    assert [schedule(k) for k in at] == pytest.approx(factors, abs=1e-15)
    assert schedule == eval(schedule.name) and hash(schedule) == hash(eval(schedule.name))


@pytest.mark.parametrize(
    "schedule", [constant(), step_decay(20), inverse_time(10), cosine(60), lambda k: 2 / (k + 2)]
)
def test_update_k_uses_the_rate_times_the_factor_at_k(schedule):
    batches = minibatches(50, 7)
    run = gd.descend(LINE, (0, 0), 0.2, steps=60, batches=batches, schedule=schedule)
    assert run.path == pytest.approx(plain(LINE, (0, 0), 0.2, 60, batches, schedule))
    many = gd.descend(LINE, (0, 0), [0.1, 0.2], steps=60, batches=batches, schedule=schedule)
    assert many.path[..., 1] == pytest.approx(run.path)
    assert run.schedule is schedule


def test_a_decaying_rate_silences_the_noise():
    batches = minibatches(50, 1, seed=range(100))
    noisy = gd.descend(LINE, (0, 0), 0.2, steps=2000, batches=batches)
    calm = gd.descend(LINE, (0, 0), 0.2, steps=2000, batches=batches, schedule=inverse_time(20))
    least = LINE.value(LINE.minima[0])
    assert (calm.loss[-1] - least).mean() < (noisy.loss[-1] - least).mean() / 10


# What does not fit


@pytest.mark.parametrize(
    "given, error, said",
    [
        ((50, 0), ValueError, "size must be from 1 to 50, not 0"),
        ((50, -1), ValueError, "not -1"),
        ((50, 51), ValueError, "not 51"),
        ((0, 1), ValueError, "n must be at least 1, not 0"),
        ((-4, 1), ValueError, "n must be at least 1"),
        ((50, 2.5), TypeError, "size must be a whole number, such as 32, not 2.5"),
        ((50.0, 2), TypeError, "n must be a whole number, the number of rows"),
        ((50, True), TypeError, "size must be a whole number"),
        ((50, 5, None), TypeError, "seed must be a whole number or several, not None"),
        ((50, 5, 0.5), TypeError, "seed must be a whole number"),
        ((50, 5, []), TypeError, "seed must be a whole number"),
        ((50, 5, -1), ValueError, "seed must be 0 or above, not -1"),
    ],
)
def test_batches_that_do_not_fit(given, error, said):
    with pytest.raises(error, match=said):
        minibatches(*given)


@pytest.mark.parametrize(
    "given, error, said",
    [
        ({"batches": 32}, TypeError, "batches must be made with minibatches"),
        ({"batches": minibatches(40, 8)}, ValueError, "deal out 40 rows, but the model has 50"),
        (
            {"surface": gd.surfaces.bowl, "batches": minibatches(50, 8)},
            TypeError,
            "a surface has no rows",
        ),
        (
            {"learning_rate": [0.1, 0.2], "batches": minibatches(50, 8, seed=range(3))},
            ValueError,
            r"against the \(3,\) seeds of batches",
        ),
        ({"schedule": 0.5}, TypeError, "schedule must be one such as inverse_time"),
        ({"schedule": lambda k: None}, TypeError, r"schedule\(0\) must be one number.*not None"),
        (
            {"schedule": lambda k: 1 - k},
            ValueError,
            r"schedule\(2\) must be .*, 0 or above.*not -1",
        ),
        ({"schedule": lambda k: np.inf}, ValueError, r"schedule\(0\) must be .* finite, not inf"),
        (
            {"schedule": lambda k: np.ones(3)},
            TypeError,
            r"schedule\(0\) must be one .*not array",
        ),
    ],
)
def test_descents_that_do_not_fit(given, error, said):
    fitting = {"surface": LINE, "start": (0, 0), "learning_rate": 0.1}
    with pytest.raises(error, match=said):
        gd.descend(**fitting | given)


def test_a_schedule_of_ones_own_leaves_no_warning_behind():
    def falling(k):
        np.seterr(under="raise")
        return 1 / np.float64(k - 3) ** 2

    before = np.geterr()
    with pytest.raises(ValueError, match=r"schedule\(3\) must be .* finite, not .*inf"):
        gd.descend(LINE, (0, 0), 0.1, schedule=falling)
    assert np.geterr() == before


@pytest.mark.parametrize(
    "given, said",
    [
        ({"seed": range(10**30)}, "seed holds more than"),
        ({"n": 10**10}, "n is 10000000000: shuffling .* 80 GB, more than 4 GB: take fewer rows"),
        ({"n": 10**400}, r"n is 1000.*\.\.\.: shuffling"),
        ({"n": 10**6, "seed": range(10**5)}, "800 GB"),
    ],
)
def test_what_would_take_all_memory_is_refused_before(given, said):
    with pytest.raises(ValueError, match=said):
        minibatches(**{"n": 50, "size": 5} | given)


@pytest.mark.parametrize(
    "make, error, said",
    [
        (lambda: step_decay(0), ValueError, "every must be one number above 0, not 0"),
        (lambda: step_decay("10"), TypeError, "every must be one number above 0, not '10'"),
        (lambda: step_decay(10, 2), ValueError, "factor must be above 0 and at most 1, not 2"),
        (lambda: inverse_time(-1), ValueError, "half must be one number above 0, not -1"),
        (lambda: cosine(np.inf), ValueError, "steps must be one number above 0, not inf"),
    ],
)
def test_schedules_that_do_not_fit(make, error, said):
    with pytest.raises(error, match=said):
        make()
