"""Where runs end, against `descend`, which keeps their whole paths."""

import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gdviz as gd
from gdviz import settle
from gdviz.descent.outcome import OUTCOMES, TAIL


@pytest.fixture(scope="module", autouse=True)
def small_blocks():
    """Let a handful of runs fill many blocks, and a few dozen steps many stretches."""
    module = sys.modules["gdviz.descent.settle"]  # its name in the package is the function's
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "WIDTH", 5)
        patch.setattr(module, "STRETCH", 7)
        yield


def shrinking(theta, gradient, learning_rate):
    return theta - learning_rate * gradient / (1 + np.abs(gradient))


RULES = [
    None,
    gd.GradientDescent(),
    gd.Momentum(0.8),
    gd.Nesterov(0.8),
    gd.AdaGrad(),
    gd.RMSProp(0.9),
    gd.Adam(),
    shrinking,
]
SURFACES = [
    *(gd.surfaces[name] for name in ("himmelblau", "rosenbrock", "saddle", "bowl", "plateau")),
    gd.Surface.from_formula("x - log(x) + y**2", domain=((0, 5), (-2, 2))),
    gd.Surface.from_formula("sqrt(x) + 1/y", domain=((0, 5), (-2, 2))),
    gd.Surface.from_function(
        lambda w: (w[0] ** 2 + w[1] - 1) ** 2 + w[1] ** 2, dimension=2, domain=(-3, 3)
    ),
    gd.Surface.from_function(
        lambda w: w[0] - np.log(w[0]) + w[1] ** 2,
        lambda w: np.stack([1 - 1 / w[0], 2 * w[1]]),
        dimension=2,
        domain=(-3, 3),
    ),
]
threshold = st.none() | st.floats(-9, 1).map(lambda power: 10**power)
stops = st.none() | st.builds(gd.Stop, *[threshold] * 4)


def agree(surface, starts, rate, rule, steps, stop):
    """Insist that `settle` finds, number for number, what `descend` finds."""
    found = settle(surface, starts, rate, rule=rule, steps=steps, stop=stop)
    stop = gd.Stop(gradient_norm=1e-6) if stop is None else stop
    runs = gd.descend(surface, starts, rate, rule=rule, steps=steps, stop=stop)
    assert found.end.shape == runs.end.shape
    assert np.shape(found.steps_taken) == np.shape(runs.steps_taken)
    np.testing.assert_array_equal(found.steps_taken, runs.steps_taken)
    np.testing.assert_array_equal(found.end, runs.end)
    np.testing.assert_array_equal(found.codes, runs.codes)
    np.testing.assert_array_equal(found.outcome, runs.outcome)
    np.testing.assert_array_equal(found.learning_rate, runs.learning_rate)
    return found


@settings(deadline=None, max_examples=200)
@given(
    st.sampled_from(SURFACES),
    st.sampled_from(RULES),
    st.integers(1, 3 * TAIL + 10),
    stops,
    st.floats(-4, 0.7).map(lambda power: 10**power),
    st.booleans(),
    st.integers(1, 23),
    st.integers(0, 1000),
)
def test_settle_is_descend_without_paths(surface, rule, steps, stop, rate, spread, n, seed):
    rng = np.random.default_rng(seed)
    low, high = np.array(surface.domain)[..., np.newaxis].swapaxes(0, 1)
    starts = low + (high - low) * rng.random((2, n))
    agree(surface, starts, rate * rng.random(n) if spread else rate, rule, steps, stop)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("name", ["parabola", "double_well", "x_cos_x", "cliff"])
def test_settle_is_descend_in_one_dimension(name, rule):
    surface = gd.surfaces[name]
    starts = np.linspace(*surface.domain[0], 12)[np.newaxis, :, np.newaxis]
    rates = surface.learning_rate * np.geomspace(0.01, 30, 11)
    found = agree(surface, starts, rates, rule, 90, None)
    assert found.codes.shape == (12, 11)


@pytest.mark.parametrize(
    "start, rate, batch",
    [
        ((0, 0), 0.01, ()),
        ((0, 0), [0.01], (1,)),
        ((0, 0), [[0.01, 0.02]], (1, 2)),
        (np.ones((2, 3, 4)), 0.01, (3, 4)),
        (np.ones((2, 3, 1)), [0.01, 0.02], (3, 2)),
        (np.zeros((2, 6), int), 1, (6,)),
    ],
)
def test_a_batch_of_any_shape(start, rate, batch):
    found = agree(gd.surfaces.himmelblau, start, rate, None, 40, None)
    assert found.end.shape == (2, *batch)
    assert found.codes.shape == np.shape(found.steps_taken) == np.shape(found.outcome) == batch
    assert (found.steps_taken.dtype, found.codes.dtype) == (np.int32, np.int8)
    assert isinstance(found.outcome, np.ndarray if batch else str)


def test_a_bare_number_is_a_start():
    found = settle(gd.surfaces.parabola, 10, 0.25)
    assert found.end == pytest.approx([0], abs=1e-6)
    assert found.steps_taken == 25
    assert found.outcome == "stopped: gradient norm"
    assert found.learning_rate == 0.25


def test_every_start_of_a_map_against_a_loop_over_plain_numbers():
    x = np.linspace(-5, 5, 9)
    starts = np.array(np.meshgrid(x, x))
    found = settle(gd.surfaces.himmelblau, starts, 0.01, steps=200)
    for where in np.ndindex(9, 9):
        (a, b), taken = starts[:, *where].tolist(), 0
        while taken < 200:
            p, q = a**2 + b - 11, a + b**2 - 7
            da, db = 4 * a * p + 2 * q, 2 * p + 4 * b * q
            if taken and (da**2 + db**2) ** 0.5 <= 1e-6:
                break
            a, b, taken = a - 0.01 * da, b - 0.01 * db, taken + 1
        assert found.end[:, *where] == pytest.approx([a, b], abs=1e-9)
        assert found.steps_taken[where] == taken


def test_outcomes_side_by_side():
    found = settle(gd.surfaces.parabola, 10, [1e-6, 0.2, 1.0, 1.5, 1e308, 1.001], steps=60)
    assert found.outcome.tolist() == [
        "still moving",
        "stopped: gradient norm",
        "bouncing",
        "diverged",
        "diverged",
        "bouncing",
    ]
    assert np.isfinite(found.end).all()
    assert repr(found) == (
        "Settled(6 runs: 1 still moving, 1 stopped: gradient norm, 2 diverged, 2 bouncing)"
    )
    assert (np.array(OUTCOMES)[found.codes] == found.outcome).all()


def test_no_criterion_at_all():
    found = agree(gd.surfaces.bowl, [[1, 2, 5], [3, 4, 5]], 0.1, None, 50, gd.Stop())
    assert (found.steps_taken == 50).all()
    assert set(found.outcome) == {"reached a minimum"}


# Own functions


def test_an_own_rule_is_called_once_per_step_with_all_that_go_on():
    seen = []

    def look(theta, gradient, learning_rate):
        seen.append(theta.shape[1])
        return theta - learning_rate * gradient

    settle(gd.surfaces.parabola, np.linspace(1, 1e6, 40)[np.newaxis], 0.25, rule=look, steps=60)
    assert len(seen) <= 60
    assert seen[0] == 40
    assert seen[-1] < 40
    assert (np.diff(seen) <= 0).all()


def test_an_own_rule_that_raises_or_returns_nonsense_is_heard():
    def broken(theta, gradient, learning_rate):
        raise ZeroDivisionError("my own mistake")

    with pytest.raises(ZeroDivisionError, match="my own mistake"):
        settle(gd.surfaces.bowl, (1, 1), 0.1, rule=broken)
    with pytest.raises(ValueError, match=r"<lambda>|own rule returned shape \(\)"):
        settle(gd.surfaces.bowl, (1, 1), 0.1, rule=lambda theta, gradient, learning_rate: 1.0)


def test_a_rule_with_memories_of_its_own():
    class Heavy:
        name, memories = "heavy", 2

        def move(self, theta, gradient, learning_rate, memory, count, out):
            velocity, count_seen = memory
            count_seen += 1
            assert (count_seen == count).all()  # nobody gets another run's memories
            velocity *= 0.5
            velocity += gradient
            np.subtract(theta, learning_rate * velocity, out=out)

    starts = np.random.default_rng(0).uniform(-5, 5, (2, 30))
    heavy = settle(gd.surfaces.himmelblau, starts, 0.005, rule=Heavy())
    ours = settle(gd.surfaces.himmelblau, starts, 0.005, rule=gd.Momentum(0.5))
    assert (heavy.steps_taken == ours.steps_taken).all()
    assert heavy.end == pytest.approx(ours.end)


# Progress


@pytest.mark.parametrize("n", [1, 4, 57])
@pytest.mark.parametrize("rate", [1e-5, 0.01, 10])
def test_progress_grows_to_the_end(n, rate):
    told = []
    starts = np.random.default_rng(0).uniform(-5, 5, (2, n))
    settle(gd.surfaces.himmelblau, starts, rate, progress=lambda *both: told.append(both))
    done, total = np.transpose(told)
    assert (total == n * 500).all()
    assert (np.diff(done) > 0).all()
    assert done[-1] == total[-1]
    assert len(told) <= 101


def test_progress_may_end_the_work():
    class ChangedMindError(Exception):
        pass

    def impatient(done, total):
        raise ChangedMindError

    with pytest.raises(ChangedMindError):
        settle(gd.surfaces.himmelblau, np.ones((2, 100)), 0.01, progress=impatient)


# The result, and what does not fit


def test_results_are_read_only_and_keep_no_hold_of_what_was_given():
    starts, rate = np.ones((2, 3)), np.full(3, 0.1)
    found = settle(gd.surfaces.bowl, starts, rate, steps=3)
    starts[...], rate[...] = 99, 99
    assert found.learning_rate.tolist() == [0.1] * 3
    for name in ("end", "steps_taken", "codes", "learning_rate"):
        with pytest.raises(ValueError, match="read-only"):
            getattr(found, name)[...] = 0
    with pytest.raises(AttributeError):
        found.end = None


@pytest.mark.parametrize(
    "changes, error, told",
    [
        ({"surface": 3}, TypeError, "surface must be a Surface.*not 3"),
        ({"surface": "bowll"}, ValueError, "surface 'bowll' is unknown; did you mean 'bowl'"),
        ({"starts": (1, 2, 3)}, ValueError, r"start has shape \(3,\).*give shape \(2,\)"),
        ({"starts": (1, np.nan)}, ValueError, "start must be finite, not nan: give 2"),
        ({"learning_rate": -1}, ValueError, "learning_rate must be above 0, not -1"),
        ({"rule": "adam"}, TypeError, "rule must be a rule such as .*, not 'adam'"),
        ({"steps": 0}, ValueError, "steps must be at least 1, not 0"),
        ({"steps": 2**31}, ValueError, r"steps must be below 2\*\*31, not 2147483648"),
        ({"stop": 1e-6}, TypeError, "stop must be made with Stop"),
        ({"progress": "bar"}, TypeError, r"progress must be a function \(done, total\), not 'bar'"),
    ],
)
def test_what_does_not_fit_is_named_with_its_value_and_a_remedy(changes, error, told):
    fitting = {"surface": gd.surfaces.bowl, "starts": (-5, -2), "learning_rate": 0.1}
    with pytest.raises(error, match=told):
        settle(**fitting | changes)


def test_more_runs_than_there_is_room_for(monkeypatch):
    monkeypatch.setattr("gdviz.checks.MEMORY", 1e6)
    with pytest.raises(
        ValueError, match=r"make 20000 runs, .* 0.00[0-9]+ GB, more than.*take fewer"
    ):
        settle(gd.surfaces.bowl, np.ones((2, 20_000)), 0.1)


@pytest.mark.parametrize("rule", RULES)
def test_a_model_of_five_coordinates(rule):
    class Model:
        dimension = 5

        def value(self, w):
            return (w**4).sum(axis=0) + (w**2).sum(axis=0)

        def gradient(self, w):
            return 4 * w**3 + 2 * w

    starts = np.random.default_rng(0).normal(size=(5, 13))
    agree(Model(), starts, np.geomspace(1e-3, 1, 13), rule, 60, gd.Stop(gradient_norm=1e-3))
