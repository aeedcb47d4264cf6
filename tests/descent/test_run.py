"""Runs of gradient descent, against a plain loop over Python numbers."""

import math
from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gdviz as gd
from gdviz.descent.run import WIDTH

RULES = [
    gd.GradientDescent(),
    gd.Momentum(0.8),
    gd.Nesterov(0.8),
    gd.AdaGrad(),
    gd.RMSProp(0.9),
    gd.Adam(),
    lambda theta, gradient, learning_rate: theta - learning_rate * np.sign(gradient),
]


class Plain:
    """a x**2 + b y**2 + c x y + q (x**4 + y**4), as functions of two plain numbers or arrays."""

    def __init__(self, a, b, c, q):
        self.numbers = a, b, c, q
        self.surface = gd.Surface.from_function(
            lambda w: self.value(*w),
            lambda w: np.stack(self.gradient(*w)),
            dimension=2,
            domain=(-5, 5),
            start=(1, 1),
            learning_rate=0.1,
        )

    def value(self, x, y):
        a, b, c, q = self.numbers
        return a * x * x + b * y * y + c * x * y + q * (x * x * x * x + y * y * y * y)

    def gradient(self, x, y):
        a, b, c, q = self.numbers
        return 2 * a * x + c * y + 4 * q * (x * x * x), 2 * b * y + c * x + 4 * q * (y * y * y)


def update(rule, w, g, rate, v, s, t):
    """Return one coordinate after update number t, and its memories v and s."""
    match rule:
        case gd.GradientDescent():
            return w - rate * g, v, s
        case gd.Momentum(beta):
            v = beta * v + g
            return w - rate * v, v, s
        case gd.Nesterov(beta):
            v = beta * v + g
            return w - rate * (g + beta * v), v, s
        case gd.AdaGrad():
            s = s + g * g
            return w - rate * g / (math.sqrt(s) + 1e-10), v, s
        case gd.RMSProp(decay):
            s = decay * s + (1 - decay) * (g * g)
            return w - rate * g / (math.sqrt(s) + 1e-8), v, s
        case gd.Adam():
            v, s = 0.9 * v + 0.1 * g, 0.999 * s + 0.001 * (g * g)
            less, lesser = np.power([0.9, 0.999], t).tolist()  # ** differs in the last digit
            return w - rate / (1 - less) * v / (math.sqrt(s / (1 - lesser)) + 1e-8), v, s
        case _:
            return (w - rate * math.copysign(1, g) if g else w), v, s


def walk(plain, start, rate, rule, steps, stop):
    """Return one run's path, the updates it made, and the criterion that stopped it ("" if none).

    The path stays where the run stopped, and is NaN after it left all bounds.
    """
    path, g = [tuple(start)], plain.gradient(*start)
    memory = [(0.0, 0.0)] * 2
    for t in range(1, steps + 1):
        moved = [
            update(rule, w, g, rate, *m, t) for w, g, m in zip(path[-1], g, memory, strict=True)
        ]
        new, memory = tuple(w for w, *_ in moved), [m for _, *m in moved]
        if not all(abs(w) <= 1e15 for w in new):
            if all(map(math.isfinite, new)):
                path.append(new)
            nothing = [(math.nan, math.nan)] * (steps + 1 - len(path))
            return path + nothing, len(path) - 1, "left"
        g = plain.gradient(*new)
        now, before = plain.value(*new), plain.value(*path[-1])
        measured = {
            "gradient_norm": math.hypot(*g),
            "loss": now,
            "loss_change": abs(now - before),
            "step": math.dist(new, path[-1]),
        }
        path.append(new)
        for name, size in measured.items():
            threshold = getattr(stop, name)
            if threshold is not None and size <= threshold:
                return path + [new] * (steps - t), t, name
    return path, steps, ""


def agree(plain, starts, rates, rule, steps, stop=None):
    """Insist that a batch of runs is, number for number, what the plain loop makes of each."""
    runs = gd.descend(plain.surface, starts, rates, rule, steps, stop)
    for i, (start, rate) in enumerate(zip(np.transpose(starts).tolist(), rates, strict=True)):
        path, taken, why = walk(plain, start, rate, rule, steps, stop or gd.Stop())
        np.testing.assert_allclose(runs.path[..., i], path, rtol=1e-9, atol=1e-12)
        assert runs.steps_taken[i] == taken
        assert runs.stopped_by[i] == (why if why != "left" else "")
        assert (runs.ending[i] == 5) == (why == "left")
        assert runs.end[:, i] == pytest.approx(path[taken], rel=1e-9, abs=1e-12)
        losses = np.array([plain.value(*point) for point in path])
        losses[~np.isfinite(losses)] = np.nan
        np.testing.assert_allclose(runs.loss[:, i], losses, rtol=1e-8, atol=1e-12)
    return runs


numbers = st.floats(-2, 2).map(lambda number: round(number, 3))
surfaces = st.builds(Plain, numbers, numbers, numbers, st.sampled_from([0, 0.25]))
rates = st.floats(-3, 0.5).map(lambda power: float(f"{10**power:.3g}"))
batches = st.lists(st.tuples(numbers, numbers, rates), min_size=1, max_size=5)
threshold = st.none() | st.floats(-9, 1).map(lambda power: float(f"{10**power:.3g}"))
stops = st.builds(gd.Stop, *[threshold] * 4)
quietly = settings(deadline=None, max_examples=250)


@quietly
@given(surfaces, batches, st.sampled_from(RULES), st.integers(1, 150))
def test_every_run_of_a_batch_is_the_plain_loop(plain, batch, rule, steps):
    *starts, each = np.array(batch).T
    agree(plain, starts, each, rule, steps)


@quietly
@given(surfaces, batches, st.sampled_from(RULES), st.integers(1, 150), stops)
def test_stopping_is_the_plain_loop_with_a_break(plain, batch, rule, steps, stop):
    *starts, each = np.array(batch).T
    agree(plain, starts, each, rule, steps, stop)


# Shapes


def test_the_trap_two_rates_are_two_runs_never_one_rate_per_coordinate():
    start, two = (-5.0, -2.0), [0.1, 0.6]
    runs = gd.descend(gd.surfaces.bowl, start, two, steps=20)
    assert runs.path.shape == (21, 2, 2)
    assert runs.batch == (2,)
    for i, rate in enumerate(two):
        one = gd.descend(gd.surfaces.bowl, start, rate, steps=20)
        assert (runs.path[:, :, i] == one.path).all()
        by_hand = [c * (1 - k * rate) for c, k in zip(start, (2, 4), strict=True)]
        assert runs.path[1, :, i] == pytest.approx(by_hand)


@pytest.mark.parametrize(
    "surface, start, rate, batch",
    [
        ("parabola", 10, 0.2, ()),
        ("parabola", np.float32(10), np.float64(0.2), ()),
        ("parabola", [10], 1, ()),
        ("parabola", 10, [0.2], (1,)),
        ("parabola", [10], [0.2, 0.3], (2,)),
        ("parabola", [[10, 3, 1]], 0.2, (3,)),
        ("parabola", [[10, 3]], [[0.2], [0.3], [0.4]], (3, 2)),
        ("bowl", (-5, -2), 0.1, ()),
        ("bowl", (-5, -2), np.array(0.1), ()),
        ("bowl", (-5, -2), [0.1], (1,)),
        ("bowl", (-5, -2), np.full((2, 2), 0.1), (2, 2)),
        ("bowl", np.ones((2, 1)), 0.1, (1,)),
        ("bowl", np.ones((2, 3)), 0.1, (3,)),
        ("bowl", np.ones((2, 3)), [0.1], (3,)),
        ("bowl", np.ones((2, 3, 4)), 0.1, (3, 4)),
        ("bowl", np.ones((2, 3, 4)), [[0.1], [0.2], [0.3]], (3, 4)),
        ("bowl", np.ones((2, 3, 1)), [0.1, 0.2], (3, 2)),
        ("bowl", np.ones((2, 2), int), np.array([[1], [2], [3]]), (3, 2)),
        ("bowl", np.ones((2, 1, 2, 1)), np.full((2, 1, 3), 0.1), (2, 2, 3)),
    ],
)
def test_a_batch_of_any_shape(surface, start, rate, batch):
    surface = gd.surfaces[surface]
    runs = gd.descend(surface, start, rate, rule=gd.Momentum(0.5), steps=7)
    d = surface.dimension
    assert runs.batch == batch
    assert runs.path.shape == (8, d, *batch)
    assert runs.loss.shape == (8, *batch)
    assert runs.start.shape == runs.end.shape == (d, *batch)
    assert runs.ending.shape == runs.codes.shape == batch
    assert np.shape(runs.steps_taken) == np.shape(runs.learning_rate) == batch
    assert np.shape(runs.outcome) == np.shape(runs.stopped_by) == batch
    if batch == ():
        assert (type(runs.steps_taken), type(runs.learning_rate)) == (int, float)
        assert (type(runs.outcome), type(runs.stopped_by)) == (str, str)
    start = np.array(start, float).reshape(d, *np.shape(start)[1:])
    starts = np.broadcast_to(
        start.reshape(d, *(1,) * (len(batch) - start.ndim + 1), *start.shape[1:]), (d, *batch)
    )
    for where in np.ndindex(batch):
        one_rate = np.broadcast_to(rate, batch)[where]
        one = gd.descend(surface, starts[:, *where], one_rate, rule=gd.Momentum(0.5), steps=7)
        assert (runs.path[:, :, *where] == one.path).all()


def test_batches_wider_than_a_block_and_longer_than_one():
    rng = np.random.default_rng(0)
    starts, rate = rng.uniform(-5, 5, (2, WIDTH + 7)), rng.uniform(0.001, 0.02, WIDTH + 7)
    stop = gd.Stop(gradient_norm=1e-3)
    wide = gd.descend(gd.surfaces.himmelblau, starts, rate, gd.Momentum(0.5), 60, stop)
    some = np.r_[0:3, WIDTH - 3 : WIDTH + 7]
    few = gd.descend(
        gd.surfaces.himmelblau, starts[:, some], rate[some], gd.Momentum(0.5), 60, stop
    )
    np.testing.assert_array_equal(wide.path[:, :, some], few.path)
    np.testing.assert_array_equal(wide.loss[:, some], few.loss)
    assert (wide.steps_taken[some] == few.steps_taken).all()
    assert (wide.codes[some] == few.codes).all()


def test_a_long_run_crosses_many_blocks():
    stop = gd.Stop(gradient_norm=1e-6)
    run = gd.descend(gd.surfaces.parabola, 10, 0.001, steps=20_000, stop=stop)
    expected = math.ceil(math.log(1e-6 / 20) / math.log(1 - 0.002))
    assert run.steps_taken == expected
    assert (run.path[expected:] == run.end).all()
    assert run.path[expected - 1, 0] * 2 > 1e-6


# Stopping


PARABOLA = gd.surfaces.parabola  # from 10 at rate 0.25 it halves x with every step


@pytest.mark.parametrize(
    "stop, taken, name",
    [
        (gd.Stop(), 50, ""),
        (gd.Stop(gradient_norm=5), 2, "gradient_norm"),
        (gd.Stop(gradient_norm=4.999), 3, "gradient_norm"),
        (gd.Stop(loss=25), 1, "loss"),
        (gd.Stop(loss=0.5), 4, "loss"),
        (gd.Stop(loss=-1), 50, ""),
        (gd.Stop(loss_change=18.75), 2, "loss_change"),
        (gd.Stop(step=1.25), 3, "step"),
        (gd.Stop(step=0), 50, ""),
        (gd.Stop(gradient_norm=1e300), 1, "gradient_norm"),
        (gd.Stop(gradient_norm=5, loss=25), 1, "loss"),
        (gd.Stop(gradient_norm=1e-9, loss_change=18.75, step=1.25), 2, "loss_change"),
        (gd.Stop(gradient_norm=5, loss=6.25, loss_change=18.75, step=2.5), 2, "gradient_norm"),
        (gd.Stop(loss=6.25, loss_change=18.75, step=2.5), 2, "loss"),
        (gd.Stop(loss_change=18.75, step=2.5), 2, "loss_change"),
    ],
)
def test_which_criterion_fires_and_when(stop, taken, name):
    run = gd.descend(PARABOLA, 10, 0.25, steps=50, stop=stop)
    assert (run.steps_taken, run.stopped_by) == (taken, name)
    assert run.path[taken] == 10 / 2**taken
    assert (run.path[taken:] == run.path[taken]).all()
    assert (run.loss[taken:] == run.loss[taken]).all()
    assert run.outcome == ("stopped: " + name.replace("_", " ") if name else "reached a minimum")


def test_a_criterion_is_checked_after_an_update_not_before():
    run = gd.descend(PARABOLA, 0, 0.25, stop=gd.Stop(gradient_norm=1, loss=1, step=1))
    assert (run.steps_taken, run.stopped_by) == (1, "gradient_norm")


def test_one_step_only():
    run = gd.descend(PARABOLA, 10, 0.25, steps=1)
    assert run.path[:, 0].tolist() == [10, 5]
    assert (run.steps_taken, run.outcome) == (1, "still moving")
    stopped = gd.descend(PARABOLA, 10, 0.25, steps=1, stop=gd.Stop(step=5))
    assert (stopped.steps_taken, stopped.stopped_by) == (1, "step")


def test_a_stopped_run_does_not_wake_again_when_its_neighbours_go_on():
    # With momentum a run rolls through the minimum: it would leave again if it could
    starts = np.linspace(0.5, 10, 7)[np.newaxis]
    stop = gd.Stop(loss=1.0)
    runs = gd.descend(PARABOLA, starts, 0.001, gd.Momentum(0.99), steps=1000, stop=stop)
    for i, start in enumerate(starts[0]):
        one = gd.descend(PARABOLA, start, 0.001, gd.Momentum(0.99), steps=1000, stop=stop)
        np.testing.assert_array_equal(runs.path[:, :, i], one.path)
        assert runs.steps_taken[i] == one.steps_taken < 1000
        assert (runs.path[one.steps_taken :, 0, i] == one.end).all()


# Divergence


def test_a_diverged_run_is_frozen_where_it_left_and_nan_after():
    run = gd.descend(PARABOLA, 10, 1.5, steps=100)
    left = math.ceil(math.log2(1e14))
    assert run.steps_taken == left
    assert run.outcome == "diverged"
    assert run.end == run.path[left] == 10 * (-2.0) ** left
    assert np.isfinite(run.path[: left + 1]).all()
    assert np.isfinite(run.loss[: left + 1]).all()
    assert np.isnan(run.path[left + 1 :]).all()
    assert np.isnan(run.loss[left + 1 :]).all()


def test_a_run_without_a_finite_next_point_ends_on_the_last_finite_one():
    steep = gd.Surface.from_formula("exp(x**2)", domain=(-30, 30))
    run = gd.descend(steep, 2, 1.0, steps=10)
    assert run.steps_taken == 1
    assert run.end == pytest.approx([2 - 4 * math.exp(4)])
    assert np.isnan(run.path[2:]).all()
    assert np.isnan(run.loss[1:]).all()  # its height is beyond all numbers
    assert run.outcome == "diverged"


def test_converged_diverged_moving_and_stopped_runs_side_by_side():
    stop = gd.Stop(step=1e-12)
    rate = [1e-6, 0.2, 0.9999, 1.5, 1e308, 0.5]
    runs = gd.descend(PARABOLA, 10, rate, steps=60, stop=stop)
    assert runs.outcome.tolist() == [
        "still moving",
        "stopped: step",
        "bouncing",
        "diverged",
        "diverged",
        "stopped: step",
    ]
    assert runs.steps_taken.tolist() == [60, 58, 60, 47, 0, 2]
    assert np.isnan(runs.path[-1, 0]).tolist() == [False, False, False, True, True, False]
    assert np.isfinite(runs.end).all()
    assert runs.stopped_by.tolist() == ["", "step", "", "", "", "step"]


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("rate", [1e-300, 1e-3, 1.0, 1e3, 1e15, 1e300])
@pytest.mark.parametrize("name", ["parabola", "x_cos_x", "himmelblau", "beale", "rosenbrock"])
def test_no_warning_whatever_the_rate(name, rate, rule):
    surface = gd.surfaces[name]
    stop = gd.Stop(gradient_norm=1e-12, loss_change=0, step=0)
    run = gd.descend(surface, surface.start, [rate, rate / 2], rule=rule, steps=40, stop=stop)
    assert np.isfinite(run.end).all()
    assert len(run.explanations()) == 2
    assert "nan" not in " ".join(run.explanations())
    assert np.isfinite(run.loss[0]).all()


@pytest.mark.parametrize(
    "text, start, rate, taken",
    [
        ("log(x)", 2, 0.5, 5),
        ("log(x)", 2, 5, 1),
        ("log(x)", -1, 0.5, 0),
        ("sqrt(x)", 1, 0.1, 15),
        ("sqrt(x)", 0, 0.1, 0),
        ("1/x", 0, 0.1, 0),
        ("x**2 - log(x)", 1, 3, 1),
        ("arcsin(x)", 0.5, 0.5, 3),
    ],
)
def test_a_run_that_enters_the_undefined_stays_there(text, start, rate, taken):
    surface = gd.Surface.from_formula(text, domain=(0, 5))
    for steps in {taken + 30, max(taken, 1)}:
        run = gd.descend(surface, start, rate, steps=steps)
        assert (run.steps_taken, run.outcome) == (taken, "left the domain")
        assert np.isnan(run.path[taken + 1 :]).all()
        assert np.isfinite(run.end).all()


def test_a_given_gradient_does_not_lead_through_the_undefined():
    bottom = gd.Surface.from_function(
        lambda w: w[0] - np.log(w[0]), lambda w: 1 - 1 / w, dimension=1, domain=(0.1, 5)
    )
    run = gd.descend(bottom, 0.2, 5, steps=100)  # jumps to 20.2, comes back, and past 0
    formula = gd.descend(gd.Surface.from_formula("x - log(x)"), 0.2, 5, steps=100)
    assert run.path == pytest.approx(formula.path, nan_ok=True)
    assert run.steps_taken == formula.steps_taken
    assert run.outcome == formula.outcome == "left the domain"


def test_numbers_that_end_are_no_edge_of_the_domain():
    # inf - inf has no value, but the surface is defined there
    for text in ("x**20 - x**19", "exp(x) - exp(x/2)"):
        surface = gd.Surface.from_formula(text)
        for rate in (1e2, 1e5, 1e10):
            run = gd.descend(surface, 3, rate, steps=5)
            assert run.outcome in ("diverged", "still moving", "stuck on a plateau"), text


# A student's own rule


def test_own_rule_may_spoil_its_arguments():
    def spoil(theta, gradient, learning_rate):
        new = theta - learning_rate * gradient
        theta[...], gradient[...] = np.nan, np.nan
        if isinstance(learning_rate, np.ndarray):
            learning_rate[...] = np.nan
        return new

    rate = np.array([0.1, 0.2])
    own = gd.descend(gd.surfaces.bowl, (-5, -2), rate, rule=spoil, steps=20)
    ours = gd.descend(gd.surfaces.bowl, (-5, -2), rate, steps=20)
    assert (own.path == ours.path).all()
    assert rate.tolist() == own.learning_rate.tolist() == [0.1, 0.2]


def test_own_rule_that_raises_is_heard():
    def broken(theta, gradient, learning_rate):
        raise ZeroDivisionError("my own mistake")

    with pytest.raises(ZeroDivisionError, match="my own mistake"):
        gd.descend(gd.surfaces.bowl, (-5, -2), 0.1, rule=broken)


def test_own_rule_sees_the_shapes_it_is_promised():
    seen = set()

    def look(theta, gradient, learning_rate):
        seen.add((theta.shape, gradient.shape, np.shape(learning_rate)))
        return theta

    for start, rate in (((-5, -2), 0.1), ((-5, -2), [[0.1], [0.2]]), (np.ones((2, 3, 4)), 0.1)):
        gd.descend(gd.surfaces.bowl, start, rate, rule=look, steps=2)
    assert seen == {((2,), (2,), ()), ((2, 2), (2, 2), (2,)), ((2, 12), (2, 12), ())}


def test_own_rule_takes_no_step_where_there_is_no_slope():
    def by_sign(theta, gradient, learning_rate):
        return np.where(gradient > 0, theta - learning_rate, theta + learning_rate)

    log = gd.Surface.from_formula("log(x)", domain=(0, 5))
    run = gd.descend(log, 1, 0.3, rule=by_sign, steps=20)
    assert (run.steps_taken, run.outcome) == (4, "left the domain")


# The result


def test_results_are_read_only_and_keep_no_hold_of_what_was_given():
    start, rate = np.array([[-5.0, 1.0], [-2.0, 3.0]]), np.array([0.1, 0.2])
    runs = gd.descend(gd.surfaces.bowl, start, rate, steps=5)
    start[...], rate[...] = 99, 99
    assert runs.start.tolist() == [[-5, 1], [-2, 3]]
    assert runs.learning_rate.tolist() == [0.1, 0.2]
    for name in ("path", "loss", "start", "end", "codes", "ending", "steps_taken", "learning_rate"):
        array = getattr(runs, name)
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0
    with pytest.raises(AttributeError):
        runs.path = None
    assert runs.path.dtype == runs.loss.dtype == runs.end.dtype == float


def test_how_a_result_shows_itself():
    assert repr(gd.descend(PARABOLA, 10, 0.2)) == (
        "Descent(gradient descent, 100 steps: reached a minimum)"
    )
    many = gd.descend(PARABOLA, 10, [0.2, 0.3, 1.5], rule=gd.Momentum(0))
    assert repr(many) == "Descent(momentum 0, 100 steps: 1 diverged, 2 reached a minimum)"


def test_thresholds_have_the_names_of_stop():
    names = [threshold.name for threshold in fields(gd.Stop)]
    assert names == ["gradient_norm", "loss", "loss_change", "step"]


# What does not fit


@pytest.mark.parametrize(
    "changes, error, told",
    [
        ({"surface": 3}, TypeError, "surface must be a Surface.*not 3"),
        ({"surface": "bowll"}, ValueError, "surface 'bowll' is unknown; did you mean 'bowl'"),
        ({"surface": gd.Surface}, TypeError, "surface must be a Surface"),
        (
            {"start": None},
            TypeError,
            r"start must hold .*, not None: give 2 finite numbers, such as \(-5",
        ),
        (
            {"start": "origin"},
            TypeError,
            "start must hold real .*'origin': give 2 finite",
        ),
        ({"start": (True, False)}, TypeError, r"start must hold .*not \(True, False\): give 2"),
        ({"start": (1j, 0)}, TypeError, "start must hold real numbers, not .*: give 2"),
        ({"start": (1, (2, 3))}, ValueError, "start is ragged, .*: give 2"),
        ({"start": (1, np.nan)}, ValueError, "start must be finite, not nan: give 2"),
        ({"start": (1, -np.inf)}, ValueError, "start must be finite, not -inf: give 2"),
        ({"start": (1, 1e16)}, ValueError, r"start contains 1e\+16, beyond 1e\+15.*: give 2"),
        ({"start": 5}, ValueError, r"start has shape \(\), but bowl has 2 coord.*shape \(2,\)"),
        ({"start": (1, 2, 3)}, ValueError, r"start has shape \(3,\).*give shape \(2,\), or \(2,"),
        ({"start": np.ones((3, 2))}, ValueError, r"start has shape \(3, 2\)"),
        ({"start": np.ones((2, 0))}, ValueError, "start is empty: give 2"),
        (
            {"learning_rate": None},
            TypeError,
            "learning_rate must hold .*, not None: give a number",
        ),
        (
            {"learning_rate": "fast"},
            TypeError,
            "learning_rate must hold .*, not 'fast': give a num",
        ),
        (
            {"learning_rate": True},
            TypeError,
            "learning_rate must hold .*, not True: give a number",
        ),
        ({"learning_rate": 0}, ValueError, "learning_rate must be above 0, not 0"),
        ({"learning_rate": [0.1, -2]}, ValueError, "learning_rate must be above 0, not -2"),
        (
            {"learning_rate": np.nan},
            ValueError,
            "learning_rate must be finite, not nan: give a num",
        ),
        (
            {"learning_rate": np.inf},
            ValueError,
            "learning_rate must be finite, not inf: give a num",
        ),
        ({"learning_rate": []}, ValueError, "learning_rate is empty: give"),
        ({"learning_rate": [[0.1], [0.2, 0.3]]}, ValueError, "learning_rate is ragged, .*: give"),
        (
            {"start": np.ones((2, 3)), "learning_rate": [0.1, 0.2]},
            ValueError,
            r"learning_rate has shape \(2,\) and start \(2, 3\).*one rate per run",
        ),
        ({"rule": "adam"}, TypeError, r"rule must be a rule such as .*, not 'adam'"),
        ({"rule": 0}, TypeError, r"rule must be a rule such as .*, not 0"),
        ({"rule": gd.Momentum}, TypeError, r"rule is the class Momentum: write Momentum\(0.9\)"),
        ({"steps": 0}, ValueError, "steps must be at least 1, not 0"),
        ({"steps": -3}, ValueError, "steps must be at least 1, not -3"),
        ({"steps": 10.0}, TypeError, "steps must be a whole number such as 100, not 10.0"),
        ({"steps": None}, TypeError, "steps must be a whole number such as 100, not None"),
        ({"steps": True}, TypeError, "steps must be a whole number such as 100, not True"),
        ({"steps": "many"}, TypeError, "steps must be a whole number such as 100, not 'many'"),
        (
            {"steps": 10**9},
            ValueError,
            "steps is 1000000000: .* 1 run would need 24 GB.*fewer steps",
        ),
        ({"steps": 10**400}, ValueError, r"steps is 1e\+300: .* would need .* GB.*fewer steps"),
        ({"start": np.ones((2, 2000)), "steps": 10**6}, ValueError, "2000 runs would need 48 GB"),
        (
            {"stop": 1e-6},
            TypeError,
            r"stop must be made with Stop\(gradient_norm=1e-6\).*not 1e-06",
        ),
        ({"stop": gd.Stop}, TypeError, "stop must be made with Stop"),
    ],
)
def test_what_does_not_fit_is_named_with_its_value_and_a_remedy(changes, error, told):
    fitting = {"surface": gd.surfaces.bowl, "start": (-5, -2), "learning_rate": 0.1}
    with pytest.raises(error, match=told) as caught:
        gd.descend(**fitting | changes)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    "thresholds, error, told",
    [
        ({"gradient_norm": -1}, ValueError, "gradient_norm must be a finite.*or left out, not -1"),
        (
            {"loss_change": -1e-9},
            ValueError,
            "loss_change must be .* 0 or above, .*not -1e-09",
        ),
        ({"step": math.nan}, ValueError, "step must be a finite number.*not nan"),
        ({"loss": math.inf}, ValueError, "loss must be a finite number.*not inf"),
        ({"loss": "low"}, TypeError, "loss must be a finite number, .*not 'low'"),
        ({"step": True}, TypeError, "step must be a finite number, .*not True"),
        ({"step": [1e-3]}, TypeError, r"step must be a finite number, .*not \[0.001\]"),
    ],
)
def test_thresholds_that_do_not_fit(thresholds, error, told):
    with pytest.raises(error, match=told):
        gd.Stop(**thresholds)


# What happened, in a word


def formula(text, *domain):
    return gd.Surface.from_formula(text, domain=domain or (-2, 2))


HAPPENED = [
    # surface, start, learning rate, steps, what happened
    (gd.surfaces.parabola, 10, 0.2, 50, "reached a minimum"),
    (gd.surfaces.parabola, 0, 0.2, 5, "reached a minimum"),  # began there
    (gd.surfaces.parabola, 10, 0.5, 1, "reached a minimum"),  # in one jump
    (gd.surfaces.parabola, 10, 0.99, 1000, "reached a minimum"),
    (gd.surfaces.parabola, 10, 0.99, 100, "still moving"),  # to and fro, but ever less
    (gd.surfaces.parabola, 10, 1e-6, 100, "still moving"),  # hardly
    (gd.surfaces.parabola, 10, 1.0, 100, "bouncing"),
    (gd.surfaces.parabola, 10, 1.1, 20, "diverged"),  # not far from 400, but on its way
    (gd.surfaces.parabola, 10, 1.1, 1000, "diverged"),
    (gd.surfaces.double_well, -1.9, 0.5, 100, "bouncing"),  # chaos
    (gd.surfaces.double_well, 0, 0.1, 50, "stuck at a maximum"),
    (gd.surfaces.double_well, 1e-9, 0.1, 400, "reached a minimum"),
    (gd.surfaces.himmelblau, (0, 0), 0.01, 5, "still moving"),
    (gd.surfaces.himmelblau, (0, 0), 0.01, 100, "reached a minimum"),
    (gd.surfaces.himmelblau, (0, 0), 0.03, 100, "bouncing"),
    (gd.surfaces.rosenbrock, (-1.2, 1), 0.001, 1000, "still moving"),  # low, but far
    (gd.surfaces.rosenbrock, (-1.2, 1), 0.001, 30000, "reached a minimum"),
    (gd.surfaces.plateau, (4, 4), 1, 100, "stuck on a plateau"),
    (gd.surfaces.saddle, (0, 0), 0.3, 20, "stuck at a saddle"),
    (gd.surfaces.saddle, (1.5, 0), 0.3, 100, "stuck at a saddle"),  # along the ridge
    (gd.surfaces.saddle, (1.5, 0.01), 0.3, 100, "reached a minimum"),
    (formula("x**2 - y**2"), (1, 1e-6), 0.1, 50, "still moving"),
    (formula("x**2 - y**2"), (1, 1e-6), 0.1, 200, "diverged"),  # downhill without end
    (formula("3*x"), 1, 0.1, 1000, "still moving"),
    (formula("0*x + 3"), 1, 0.1, 10, "stuck on a plateau"),
    (formula("exp(-x)", 0, 10), 1, 0.5, 1000, "still moving"),
    (formula("exp(x**2)"), 1.9, 0.1, 30, "diverged"),
    # where curvature vanishes
    (formula("x**4"), 0, 0.1, 10, "reached a minimum"),
    (formula("x**4"), 1, 0.1, 1000, "still moving"),
    (formula("-x**4"), 0, 0.1, 10, "stuck at a maximum"),
    (formula("x**3"), 0, 0.1, 10, "stuck on a plateau"),
    (formula("x**3"), 1, 0.1, 1000, "still moving"),  # towards a bend, not a bottom
    (formula("x**2 + 0*y"), (1, 1), 0.1, 100, "reached a minimum"),  # a trough's floor
    (formula("abs(x)"), 1, 0.15, 100, "bouncing"),
    # where the surface ends
    (formula("log(x)", 0.1, 4), 1, 0.1, 3, "still moving"),
    (formula("log(x)", 0.1, 4), 1, 0.1, 100, "left the domain"),
    (formula("sqrt(x)", 0, 4), 1, 0.1, 30, "left the domain"),
    (formula("x - log(x)", 0.1, 4), 1.5, 0.1, 300, "reached a minimum"),
    # whatever the units
    (formula("1e-8*x**2"), 1, 1e7, 100, "reached a minimum"),
    (formula("1e8*x**2 + 1e6"), 1, 1e-9, 100, "reached a minimum"),
]


@pytest.mark.parametrize("surface, start, rate, steps, happened", HAPPENED)
def test_what_happened_in_a_word(surface, start, rate, steps, happened):
    run = gd.descend(surface, start, rate, steps=steps)
    assert run.outcome == happened
    assert type(run.outcome) is str
    assert len(run.explain()) <= 240


@pytest.mark.parametrize("name", gd.surfaces)
def test_a_minimum_that_was_reached_is_one(name):
    """Nothing lower lies on a circle of a hundredth of the diagonal, in any direction."""
    surface = gd.surfaces[name]
    low, high = np.array(surface.domain).T
    starts = np.random.default_rng(5).uniform(low, high, (300, surface.dimension)).T
    rates = surface.learning_rate * np.array([[0.1], [1], [3]])
    runs = gd.descend(surface, starts[:, np.newaxis], rates, steps=300)
    ends = runs.end[:, runs.outcome == "reached a minimum"]
    angle = np.linspace(0, 2 * np.pi, 33)[1:]
    ways = np.array([np.cos(angle), np.sin(angle)]) if len(low) == 2 else np.array([[-1, 1]])
    ring = ends[:, np.newaxis] + 0.01 * np.linalg.norm(high - low) * ways[:, :, np.newaxis]
    assert ends.size or name in ("rosenbrock",)
    assert (surface.value(ring) > surface.value(ends)).all()


def test_outcomes_of_a_batch_are_those_of_its_runs():
    rates = np.geomspace(0.001, 0.1, 40)
    runs = gd.descend(gd.surfaces.himmelblau, (0, 0), rates)
    assert runs.outcome.shape == (40,)
    for rate, happened, sentence in zip(rates, runs.outcome, runs.explanations(), strict=True):
        one = gd.descend(gd.surfaces.himmelblau, (0, 0), rate)
        assert (one.outcome, one.explain()) == (happened, sentence)


# The same without paths


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize(
    "stop",
    [gd.Stop(gradient_norm=1e-3), gd.Stop(loss_change=1e-4, step=1e-5), gd.Stop(loss=1), gd.Stop()],
    ids=str,
)
@pytest.mark.parametrize("steps", [1, 7, 90])
def test_settle_finds_the_ends_of_descend(rule, stop, steps):
    starts = np.random.default_rng(2).uniform(-6, 6, (2, 30, 40))
    rates = np.geomspace(0.001, 0.05, 40)
    runs = gd.descend(gd.surfaces.himmelblau, starts, rates, rule, steps, stop)
    ends = gd.settle(gd.surfaces.himmelblau, starts, rates, rule, steps, stop)
    assert (ends.steps_taken == runs.steps_taken).all()
    assert ends.end == pytest.approx(runs.end, rel=1e-12)
    assert (ends.outcome == runs.outcome).all()
