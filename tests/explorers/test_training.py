"""The network's explorer without a browser: what it trains, shows and says, and what wins.

Where the browser would speak, the tests set what it sets: an index, `frame`, a `question`.
"""

import asyncio
import contextvars
import gc
import subprocess
import sys
import threading
import time
import weakref

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

import gdviz as gd
from gdviz.explorers.training import Course, stride_of
from gdviz.live.worker import Worker
from gdviz.pictures.scene import MEANWHILE
from tests.packets import column, readout, shown, size, widgets
from tests.packets import rest as rest_hand

X = np.linspace(-3, 3, 64)


def network(**options):
    return gd.Network(X, np.sin(X), **options)


@pytest.fixture
def explore():
    """`gd.explore`; what it opens is closed at the end, and no widget or thread outlives it."""
    opened, before = [], widgets()

    def explore(net=None, **options):
        opened.append(gd.explore(net or network(), **options))
        return opened[-1]

    yield explore
    for explorer in opened:
        explorer.close()
    assert widgets() == before
    assert not [thread for thread in threading.enumerate() if thread.name == "gdviz"]


def rest(explorer):
    """Do what the browser does when the hand rests; wait for what comes of it."""
    explorer.wait()
    rest_hand(explorer.live)
    explorer.wait()


def slide(explorer, index):
    explorer.rate.slider.index = explorer.live.frame = index


def artist(explorer, name, follow):
    """Return the artist that draws a column in this way."""
    (found,) = (
        mark.artist
        for mark in explorer.live.marks
        if name in mark.columns and mark.follow == follow
    )
    return found


def losses(explorer):
    """Return the loss curve that the browser draws now."""
    return np.atleast_1d(column(explorer.live, "loss"))


# The course


@settings(deadline=None, max_examples=25)
@given(
    st.lists(st.floats(1e-3, 30), min_size=1, max_size=5, unique=True),
    st.integers(1, 400),
    st.sampled_from(["tanh", "relu", "sigmoid", "linear"]),
)
def test_a_course_is_its_runs_one_step_and_one_run_at_a_time(rates, steps, activation):
    net = gd.Network(X[::8], np.sin(X[::8]), hidden=4, activation=activation)
    course = Course(net, np.array(net.start), rates, steps)
    while not course.done:
        course.advance()
    assert (course.steps, course.share) == (steps, 1)
    for i, rate in enumerate(rates):
        w, path = np.array(net.start), [np.array(net.start)]
        for _ in range(steps):
            with np.errstate(all="ignore"):
                w = w - rate * net.gradient(w)
            path.append(w)
        path = np.array(path)[course.at]
        calm = (np.abs(path) < 1e3).all(axis=1)  # where rounding does not grow to be seen
        calm[np.argmin(calm) :] = calm.all()
        np.testing.assert_allclose(course.path[calm, :, i], path[calm], rtol=1e-7, atol=1e-10)
        assert np.isfinite(course.path[-1, :, i]).all() or not calm.all()


@pytest.mark.parametrize("steps", [1, 7, 120, 121, 1000, 1234, 20_000])
def test_at_most_120_points_of_a_course_are_kept_the_last_among_them(steps):
    at = Course(network(hidden=1), np.zeros(4), [0.1], steps).at
    assert at[0] == 0 and at[-1] == steps
    assert len(at) <= 122 and len(at) >= min(steps, 48)
    assert {*np.diff(at)[:-1]} <= {stride_of(steps)}


# What is shown


@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_it_opens_with_the_trained_network(explore, activation):
    net = network(activation=activation)
    explorer = explore(net, learning_rate=0.1, steps=500)
    run = gd.descend(net, net.start, 0.1, steps=500)
    assert (explorer.descent.end == run.end).all()
    assert losses(explorer) == pytest.approx(run.loss[::5], rel=1e-6)
    x, curves = shown(explorer.live, artist(explorer, "fit", "curve"))
    expected = net.predict(run.path[::5].T, x).T
    assert curves.astype(float) == pytest.approx(expected, rel=2e-3, abs=2e-3)
    drawn = column(explorer.live, "units")
    w, thin = net.unpack(run.end), x[::2]
    added = (net.hidden_outputs(run.end, thin) * w.output[:, 0]).T
    added[net.dead(run.end)] = np.nan
    assert drawn[-1].astype(float) == pytest.approx(added, rel=2e-3, abs=2e-3, nan_ok=True)
    step, loss, dead = readout(explorer.live)[:3]
    explorer.live.reveal = 0
    assert (step, dead) == (500, net.dead(run.end).sum())
    assert loss == pytest.approx(run.loss[-1], rel=1e-6)


def test_every_frame_of_the_sweep_is_the_network_at_its_learning_rate(explore):
    explorer = explore(steps=200, taylor=("sin(x)", 3))
    rest(explorer)
    live, net = explorer.live, explorer.surface
    assert live.whole
    assert len(live.table["captions"]) == len(explorer.setting.rates.values) == 41
    for index in range(0, 41, 5):
        slide(explorer, index)
        rate = explorer.setting.rates.values[index]
        assert explorer.learning_rate == rate
        run = gd.descend(net, net.start, rate, steps=200)
        here, drawn = run.loss[::2], losses(explorer)
        seen = np.isfinite(here)
        assert np.minimum(drawn[seen], 1e30) == pytest.approx(np.minimum(here[seen], 1e30))
        assert np.isnan(drawn[~seen][1:]).all()  # the first is where it was last seen
        assert (live.detail["frame"], live.detail["key"]) == (index, live.key)
        assert column(live, "units").shape[:2] == (101, 20)
        assert len(live.still()) < 60_000
        told = "diverged" if np.isnan(here[-1]) else f"the loss is {run.loss[-1]:.3g}:"
        assert told in live.caption


def weights_drawn(explorer):
    """Return how wide a still draws each weight: {(to, unit): width}, below 0 for orange.

    `to` is 0 for weights to hidden units, 1 for those to the prediction; units count from the top.
    """
    explorer.live.still()
    nodes = artist(explorer, "nodes y", "all").get_ydata()[1:-1]
    found = {}
    for mark in explorer.live.marks:
        if mark.follow != "kind" or not len(mark.artist.get_xdata()):
            continue
        sign = {"#0072b2": 1, "#d55e00": -1}[mark.artist.get_color()]
        for (left, low), (_, high) in mark.artist.get_xydata().reshape(-1, 3, 2)[:, :2]:
            to = int(left > 0.3)
            unit = int(np.flatnonzero(nodes == (low if to else high))[0])
            assert (to, unit) not in found
            found[to, unit] = sign * mark.artist.get_linewidth()
    return found


@pytest.mark.parametrize("options", [{}, {"activation": "relu"}, {"hidden": 1}])
def test_each_weight_is_as_wide_as_the_loss_is_steep_along_it(explore, options):
    explorer = explore(network(**options), beside="network", steps=200, learning_rate=0.3, seed=2)
    net, path = explorer.surface, explorer.descent.path
    nudges = 1e-6 * np.eye(net.dimension)
    for explorer.live.reveal in (0, 60, 200):
        w = path[explorer.live.reveal][:, np.newaxis]
        slopes = (net.value(w + nudges) - net.value(w - nudges)) / 2e-6
        h = net.hidden
        weights = np.stack([slopes[h : 2 * h], slopes[2 * h + 1 :]])
        shares, drawn = weights / abs(weights).max(), weights_drawn(explorer)
        assert {place for place, share in np.ndenumerate(shares) if abs(share) > 0.021} <= {*drawn}
        for place, width in drawn.items():
            low, high = {0.8: (0.02, 0.1), 1.6: (0.1, 0.25), 2.8: (0.25, 0.5), 4.5: (0.5, 1)}[
                abs(width)
            ]
            assert 0.999 * low <= shares[place] * np.sign(width) <= 1.001 * high


def test_no_error_comes_back_to_dead_units_or_through_weights_of_0(explore):
    explorer = explore(
        network(activation="relu"), beside="network", learning_rate=0.3, seed=2, steps=100
    )
    dead = np.flatnonzero(explorer.surface.dead(explorer.descent.end))
    assert dead.size > 3
    assert not {unit for _, unit in weights_drawn(explorer)} & {*dead}
    explorer.scale = 0
    explorer.wait()
    assert weights_drawn(explorer) == {}


def test_the_slopes_of_every_rate_are_there_when_the_hand_rests(explore):
    explorer = explore(beside="network", steps=120)
    rest(explorer)
    assert explorer.live.whole
    assert explorer.live.caption.startswith("After 120 steps")
    explorer.live.reveal = 119
    assert explorer.live.caption == MEANWHILE
    explorer.live.reveal = 120
    slide(explorer, 30)
    swept = weights_drawn(explorer)
    alone = explore(
        beside="network", steps=120, learning_rate=float(explorer.setting.rates.values[30])
    )
    assert swept == weights_drawn(alone)
    assert len(swept) > 10
    explorer.hidden = 3
    explorer.wait()
    assert {unit for _, unit in weights_drawn(explorer)} <= {0, 1, 2}
    assert size(explorer.live.table) < 4e5


def test_the_step_slider_counts_true_steps(explore):
    explorer = explore(steps=1234, reveal=600)
    assert (explorer.player.step.max, explorer.player.step.step) == (1234, 20)
    assert (explorer.live.reveal, explorer.player.step.value) == (600, 600)
    explorer.live.still()
    _, curves = shown(explorer.live, artist(explorer, "fit", "curve"))
    drawn = artist(explorer, "fit", "curve").get_ydata()
    assert np.array_equal(drawn, curves[30])
    explorer.live.reveal = 1234
    explorer.live.still()
    assert np.array_equal(artist(explorer, "fit", "curve").get_ydata(), curves[-1])
    explorer.steps = 100
    assert (explorer.player.step.max, explorer.player.step.step) == (100, 1)
    assert explorer.live.reveal == 100


@pytest.mark.parametrize("steps, hidden", [(120, 20), (600, 20), (1000, 50), (5000, 10)])
def test_packets_are_small(explore, steps, hidden):
    explorer = explore(network(hidden=hidden), steps=steps, taylor=("sin(x)", 5))
    assert size(explorer.live.table) < 4e5
    rest(explorer)
    assert size(explorer.live.table) < 1.5e6
    assert size(explorer.live.detail) < 4e5


def test_its_still_and_its_sentence_are_there_at_once(explore):
    explorer = explore(question="Why?")
    explorer.hidden = 5
    bundle = explorer._repr_mimebundle_()
    assert bundle["image/png"][:4] == b"\x89PNG"
    assert "the loss is" in bundle["text/plain"] and bundle["text/plain"].endswith(" Why?")
    assert explorer.live.table["captions"][0] in bundle["text/plain"]


def test_a_run_that_leaves_all_bounds_is_seen_leaving(explore):
    explorer = explore(learning_rate=1.0, steps=1000)
    run = explorer.descent
    assert run.outcome == "diverged" and run.steps_taken == 21
    steps, drawn = shown(explorer.live, artist(explorer, "loss", "trail"))
    assert steps[:5].tolist() == [0, 10, 20, 21, 21]
    assert drawn[2:4] == pytest.approx(run.loss[20:22], rel=1e-5)
    assert np.isnan(drawn[4:]).all()
    explorer = explore(network(activation="relu", hidden=30), learning_rate=0.3, steps=5000)
    explorer.live.still()
    drawn = artist(explorer, "loss", "trail").get_ydata()
    assert explorer.descent.loss[8] > 1e40 and drawn[1] == 1e30


# What is changed


CHANGES = {
    "hidden": 5,
    "activation": "sigmoid",
    "seed": 3,
    "scale": 0.3,
    "steps": 300,
    "learning_rate": 0.0321,
}


@pytest.mark.parametrize("name", CHANGES)
def test_whatever_is_changed_is_trained_and_shown(explore, name):
    explorer = explore(steps=200)
    setattr(explorer, name, CHANGES[name])
    settled = explorer.descent  # waits until it is trained
    explorer.wait()  # and until it is shown
    assert getattr(explorer, name) == CHANGES[name]
    if name != "learning_rate":
        assert explorer.controls[name].value == CHANGES[name]
    stride = stride_of(explorer.steps)
    assert losses(explorer) == pytest.approx(settled.loss[::stride], rel=1e-5)
    net = network(hidden=explorer.hidden, activation=explorer.activation)
    start = net.random_start(explorer.seed, explorer.scale)
    run = gd.descend(net, start, explorer.learning_rate, steps=explorer.steps)
    assert (run.end == settled.end).all()
    explorer.reset()
    assert (
        explorer.descent.end == gd.descend(network(), network().start, 0.1, steps=200).end
    ).all()


def test_other_data_are_drawn_on_axes_of_their_own(explore):
    explorer = explore(steps=100)
    figure = weakref.ref(explorer.live.figure)
    explorer.surface = gd.Network(X * 10, 100 * np.cos(X), hidden=4)
    explorer.wait()
    assert explorer.live.figure.axes[0].get_xlim()[0] < -30
    assert explorer.live.table["scene"] == explorer.live.scene["id"]
    gc.collect()
    assert figure() is None


def test_the_controls_do_what_the_attributes_do(explore):
    explorer = explore(steps=100, taylor=("sin(x)", 3))
    explorer.controls["hidden"].value = 7
    explorer.controls["activation"].value = "relu"
    explorer.controls["seed"].value = 4
    explorer.controls["scale"].value = 3.0
    explorer.controls["steps"].value = 200
    explorer.controls["degree"].value = 9
    got = [getattr(explorer, n) for n in ("hidden", "activation", "seed", "scale", "steps")]
    assert got == [7, "relu", 4, 3.0, 200]
    assert explorer.degree == 9
    explorer.reset_button.click()
    assert (explorer.hidden, explorer.degree, explorer.steps) == (20, 3, 100)


def test_a_learning_rate_can_be_typed(explore):
    explorer = explore(steps=100)
    explorer.rate.field.typed = "-1"
    assert explorer.live.problem.startswith("ValueError: learning_rate must be ")
    explorer.rate.field.typed = "0.0123"
    explorer.wait()
    assert (explorer.learning_rate, explorer.live.problem) == (0.0123, "")
    run = gd.descend(network(), network().start, 0.0123, steps=100)
    assert losses(explorer) == pytest.approx(run.loss, rel=1e-5)


def test_the_newest_setting_wins(explore):
    explorer = explore(steps=5000)
    for hidden in range(2, 20):
        explorer.hidden = hidden
        time.sleep(0.003 * (hidden % 4))
    explorer.learning_rate = 0.02
    explorer.seed = 5
    explorer.wait()
    net = network(hidden=19)
    run = gd.descend(net, net.random_start(5), 0.02, steps=5000)
    assert losses(explorer) == pytest.approx(run.loss[::50], rel=1e-5)
    assert explorer.live.problem == ""


def test_a_rate_chosen_while_the_others_are_trained_is_shown_and_they_go_on(explore):
    explorer = explore(steps=2000)
    rest_hand(explorer.live)
    while explorer._many.known < 3:
        time.sleep(0.001)
    many = explorer._many
    slide(explorer, 10)
    rest(explorer)
    assert explorer._many is many and many.done and explorer.live.whole
    run = gd.descend(network(), network().start, explorer.setting.rates.values[10], steps=2000)
    assert losses(explorer) == pytest.approx(run.loss[::20], rel=1e-5)


def test_a_long_training_shows_how_far_it_is_and_blocks_nobody(explore):
    explorer = explore(steps=100)
    explorer.steps = 20_000
    explorer.hidden = 50
    assert not explorer.wait(0)  # whoever set it goes on before it is done
    seen, shares = set(), set()
    while not explorer.wait(0.01):
        seen.add(len(losses(explorer)))
        shares.add(explorer.bar.value)
    assert len(seen) > 3 and len(shares) > 3
    assert explorer.bar.layout.visibility == "hidden"
    assert len(losses(explorer)) == 101


def test_a_training_that_is_stopped_keeps_what_was_shown(explore):
    explorer = explore(steps=100)
    explorer.steps = 20_000
    while len(losses(explorer)) < 5:
        time.sleep(0.002)
    assert not explorer.stop.disabled
    before = losses(explorer)
    explorer.stop.click()
    explorer.wait()
    after = losses(explorer)
    assert len(before) <= len(after) < 101
    assert (after[: len(before)] == before).all()
    taken = explorer.descent.steps_taken
    assert taken == 200 * (len(after) - 1)
    assert f"After {taken} of 20000 steps" in explorer.live.caption
    assert explorer.descent.loss[::200] == pytest.approx(after, rel=1e-5)
    key = explorer.live.key
    rest(explorer)  # the browser asks for the others: not while the first was stopped
    assert explorer.live.key == key
    explorer.hidden = 3
    explorer.wait()
    assert len(losses(explorer)) == 101


def test_while_the_others_are_trained_stopping_keeps_the_shown_network(explore):
    explorer = explore(steps=5000)
    before = losses(explorer)
    rest_hand(explorer.live)
    explorer.interrupt()
    explorer.wait()
    assert not explorer.live.whole
    assert (losses(explorer) == before).all()
    explorer.interrupt()  # nothing to stop


def test_what_goes_wrong_in_the_background_is_said(explore, monkeypatch):
    explorer = explore(steps=100)
    before = losses(explorer)
    monkeypatch.setattr(Course, "advance", lambda self: 1 / 0)
    explorer.hidden = 3
    explorer.wait()
    assert explorer.live.problem == "ZeroDivisionError: division by zero"
    assert (losses(explorer) == before).all()
    monkeypatch.undo()
    explorer.hidden = 4
    explorer.wait()
    assert explorer.live.problem == ""


# What is said


def test_the_errors_of_a_taylor_polynomial_against_closed_forms(explore):
    """x**2 and its tangent at 0, the line 0, differ by x**2: mean squares are those of x**4."""
    x = np.linspace(-1, 1, 30)
    explorer = explore(gd.Network(x, x**2, hidden=3), steps=50, taylor=("x**2", 1))
    low, high = explorer.live.figure.axes[0].get_xlim()
    assert (low, high) == pytest.approx((-1.8, 1.8))
    inside, outside = (1 / 5) ** 0.5, ((1.8**5 - 1) / 5 / 0.8) ** 0.5
    said = f"Taylor polynomial of degree 1: {inside:.3g} and {outside:.3g}."
    assert said in explorer.live.caption
    explorer.degree = 2
    assert "Taylor polynomial of degree 2: 0 and 0." in explorer.live.caption
    assert not explorer.live.whole
    rest(explorer)
    assert all("degree 2: 0 and 0." in each for each in explorer.live.table["captions"][:20])


@pytest.mark.parametrize("center", [0.0, 1.0])
def test_the_errors_inside_and_outside_against_quadrature(explore, center):
    x = np.linspace(-1, 1.5, 40)
    explorer = explore(gd.Network(x, np.exp(x)), steps=400, taylor=("exp(x)", 3, center))
    net, w = explorer.surface, explorer.descent.end
    polynomial = gd.taylor("exp(x)", 3, center)
    said = []
    for curve in (lambda t: net.predict(w, [t])[0], polynomial):

        def square(t, curve=curve):
            return (curve(t) - np.exp(t)) ** 2

        middle, left, right = quad(square, -1, 1.5), quad(square, -2, -1), quad(square, 1.5, 2.5)
        said += [(middle[0] / 2.5) ** 0.5, ((left[0] + right[0]) / 2) ** 0.5]
    caption = explorer.live.caption
    numbers = caption.split("RMS error ")[1].replace(" inside the interval, ", " ")
    numbers = numbers.replace(" outside; Taylor polynomial of degree 3: ", " ").replace("and ", "")
    assert [float(n) for n in numbers.rstrip(".").split()[:4]] == pytest.approx(said, rel=6e-3)
    explorer.live.reveal = 400
    assert readout(explorer.live)[3:] == pytest.approx(said[:2], rel=1e-3)


@pytest.mark.parametrize(
    "options, net, said",
    [
        ({}, {}, "the loss is 0.00128: the curve follows the data."),
        ({"learning_rate": 1.0}, {}, "diverged: 21 steps took the loss from 0.647 to 1.76e+32."),
        ({"learning_rate": 1e-3}, {}, "take more steps or a larger rate"),
        ({"scale": 0}, {}, "All 20 hidden units are alike, and stay so"),
        ({"scale": 0}, {"activation": "relu"}, "are dead: only the output bias still learns."),
        ({"scale": 1e9}, {"hidden": 3}, "are dead: only the output layer still learns."),
        ({"scale": 0}, {"activation": "relu", "hidden": 1}, "The hidden unit is dead"),
        ({}, {"activation": "relu"}, "of 20 hidden units are dead."),
        ({"learning_rate": 0.42}, {}, "the loss jumps: steps are almost too large"),
        ({"learning_rate": 0.3}, {"hidden": 200}, "too large"),
    ],
)
def test_a_sentence_says_how_it_went(explore, options, net, said):
    explorer = explore(network(**net), **options)
    assert said in explorer.live.caption
    if "of 20" in said and "relu" in str(net) and not options:
        dead = explorer.surface.dead(explorer.descent.end).sum()
        assert f" {dead} of 20 hidden units are dead." in explorer.live.caption


def test_the_ruler_says_which_rates_learn(explore):
    explorer = explore(steps=500)
    rest(explorer)
    words = [zone[2] for zone in explorer.rate.ruler.zones]
    assert words[0] in ("slow", "stuck") and "learns" in words and words[-1] == "diverges"
    ((best, name),) = explorer.rate.ruler.marks
    ends = gd.descend(network(), network().start, explorer.setting.rates.values, steps=500).loss[-1]
    assert best == np.nanargmin(ends) and name.startswith("best")
    explorer.hidden = 3
    assert explorer.rate.ruler.zones == explorer.rate.ruler.marks == []


def test_the_end_of_a_training_is_not_told_before_it_is_shown(explore):
    explorer = explore(steps=100, reveal=0)
    assert explorer.live.caption == MEANWHILE
    explorer.player.step.value = 40
    assert explorer.live.caption == MEANWHILE
    explorer.player.step.value = 100
    assert "After 100 steps" in explorer.live.caption
    assert explore(steps=100, reveal=0, question="Why?").live.caption == "Why?"


def test_a_training_that_flew_away_is_told_from_there_on(explore):
    explorer = explore(learning_rate=0.9, steps=200, reveal=0)
    taken = explorer.descent.steps_taken
    assert explorer.live.caption == MEANWHILE
    assert 2 < taken < 150
    for explorer.player.step.value in (taken + 4, 150, 200):
        assert f"diverged: {taken} steps" in explorer.live.caption
    explorer.player.step.value = 2
    assert explorer.live.caption == MEANWHILE


@pytest.mark.parametrize(
    "net, options", [({"activation": "linear"}, {}), ({}, {"scale": 0.0}), ({"hidden": 2}, {})]
)
def test_the_best_rate_is_one_that_learns(explore, net, options):
    """Among rates that are all too slow, or lead nowhere, none is called the best."""
    explorer = explore(network(**net), steps=500, **options)
    rest(explorer)
    learn = [
        (first, last) for first, last, word, _ in explorer.rate.ruler.zones if word == "learns"
    ]
    marks = explorer.rate.ruler.marks
    assert len(marks) == bool(learn)
    for at, _ in marks:
        assert any(first <= at <= last for first, last in learn)


def test_a_true_curve_that_is_not_defined_everywhere(explore):
    x = np.linspace(0.5, 3, 20)
    explorer = explore(gd.Network(x, np.log(x)), steps=50, taylor=("log(x)", 3, 1.0))
    assert "RMS error" in explorer.live.caption and "undefined" not in explorer.live.caption
    assert explore(gd.Network(x, 0 * x + 3), steps=50).live.caption
    assert explore(gd.Network(x, 0 * x), steps=50).live.caption


# What does not fit

TWO_INPUTS = gd.Network(np.random.default_rng(0).normal(size=(9, 2)), np.arange(9.0))


@pytest.mark.parametrize(
    "options, error, said",
    [
        ({"learning_rate": 0}, ValueError, "learning_rate must be one number above 0, not 0"),
        (
            {"learning_rate": "big"},
            TypeError,
            "learning_rate must be one number above 0, .*'big'",
        ),
        ({"steps": 0}, ValueError, "steps must be at least 1, not 0"),
        ({"steps": 10**6}, ValueError, "use at most 20000, or gd.descend"),
        ({"seed": -1}, ValueError, "seed must be 0 or above, not -1"),
        ({"seed": 0.5}, TypeError, "seed must be a whole number such as 0, not 0.5"),
        ({"scale": -1}, ValueError, "scale must be one number, 0 or above, not -1"),
        ({"scale": np.nan}, ValueError, "scale must be one number, 0 or above, not nan"),
        ({"reveal": 2000}, ValueError, "reveal must be from 0 to 1000, not 2000"),
        ({"taylor": "sin(x)"}, ValueError, r"give \(formula, degree\), such as"),
        ({"taylor": ("sin(x)", -1)}, ValueError, "degree must be from 0 to 50, not -1"),
        ({"taylor": ("sin(y)", 3)}, ValueError, "contains y"),
        ({"taylor": ("abs(x)", 3)}, ValueError, "is not smooth at x = 0"),
        ({"net": TWO_INPUTS}, ValueError, "has 2 input"),
        ({"rule": gd.Adam()}, TypeError, "rule"),
        ({"beside": "3d"}, ValueError, "beside"),
    ],
)
def test_what_does_not_fit_is_said_before_anything_is_opened(explore, options, error, said):
    before = widgets()
    with pytest.raises(error, match=said):
        explore(**options)
    assert widgets() == before


@pytest.mark.parametrize(
    "name, value, error",
    [
        ("hidden", 0, "hidden must be from 1 to 1000, not 0."),
        ("activation", "tahn", "did you mean 'tanh'"),
        ("steps", -3, "steps must be at least 1"),
        ("learning_rate", -0.1, "learning_rate must be one number above 0"),
        ("scale", "big", "scale must be one number, 0 or above, not 'big'"),
        ("degree", 3, "there is no Taylor polynomial"),
        ("surface", "himmelblau", "is no Network"),
    ],
)
def test_in_code_a_wrong_value_is_an_exception_and_changes_nothing(explore, name, value, error):
    explorer = explore(steps=100)
    before = explorer.setting
    with pytest.raises((ValueError, TypeError), match=error):
        setattr(explorer, name, value)
    assert explorer.setting is before


def test_in_the_explorer_no_hidden_units_are_a_sentence_in_the_caption(explore):
    explorer = explore(steps=100)
    explorer.controls["hidden"].value = 0
    assert explorer.live.caption == "ValueError: hidden must be from 1 to 1000, not 0."
    assert explorer.hidden == 20
    explorer.controls["hidden"].value = 1
    explorer.wait()
    assert explorer.live.caption.startswith("After 100 steps")


# What lasts, and what must not


def test_closing_ends_the_work_and_frees_everything():
    before = widgets()
    for long in (False, True):
        explorer = gd.explore(network(), steps=200, taylor=("sin(x)", 5))
        figure = weakref.ref(explorer.live.figure)
        rest(explorer)
        if long:
            explorer.steps = 20_000
        explorer.close()
        explorer.close()
        assert explorer.wait(5)
        assert widgets() == before
        held = weakref.ref(explorer)
        del explorer
        gc.collect()
        assert figure() is None and held() is None
    assert not [thread for thread in threading.enumerate() if thread.name == "gdviz"]


def test_opened_again_and_again_nothing_piles_up():
    before, threads = widgets(), threading.active_count()
    for _ in range(10):
        explorer = gd.explore(network(hidden=5), steps=500)
        rest_hand(explorer.live)
        explorer.close()
    assert widgets() == before
    assert explorer.wait(5) and threading.active_count() <= threads


def test_a_worker_works_on_what_was_asked_for_last():
    done, failed = [], []
    worker = Worker(failed.append)

    def job(name, rest=0.0):
        for k in range(5):
            done.append((name, k))
            yield rest
        done.append(name)

    worker.start(job("a", rest=10))
    worker.start(job("b"))
    worker.wait()
    assert "b" in done and "a" not in done and not worker.busy
    worker.start(1 / 0 for _ in range(1))
    worker.wait()
    assert [type(error) for error in failed] == [ZeroDivisionError]
    worker.start(job("c", rest=10))
    worker.stop()
    assert worker.wait(2) and "c" not in done


def test_a_worker_has_the_context_of_who_starts_it():
    """Some kernels find in it whom a message answers, and refuse to send without."""
    answers = contextvars.ContextVar("answers")
    seen, worker = [], Worker(print)
    answers.set("cell 3")
    worker.start(seen.append(answers.get()) or 0 for _ in range(1))
    assert worker.wait(5) and seen == ["cell 3"]


def test_nobody_waits_for_ever_for_a_worker_that_cannot_tell_how_it_failed(monkeypatch):
    raised, done = [], []
    monkeypatch.setattr(threading, "excepthook", lambda hook: raised.append(hook.exc_type))
    worker = Worker(lambda error: error.told)
    worker.start(1 / 0 for _ in range(1))
    assert worker.wait(5) and not worker.busy
    worker.start(done.append(k) or 0 for k in range(3))
    assert worker.wait(5) and done == [0, 1, 2]
    assert raised == [AttributeError]


ENDING = """
import atexit
from time import sleep
from gdviz.live.worker import Worker
sent = []

def job():
    while True:
        sent.append(0)
        yield 0.001

Worker(print).start(job())
sleep(0.1)
atexit.register(lambda: (before := len(sent), sleep(0.2), print(len(sent) - before, bool(sent))))
"""


def test_no_thread_sends_anything_while_a_kernel_ends():
    """What a message lacks that was cut short then, the browser took from the next one."""
    code = [sys.executable, "-c", ENDING]
    ended = subprocess.run(code, capture_output=True, timeout=60, check=True)
    assert ended.stdout.split() == [b"0", b"True"], ended.stderr


# Where no thread can be started, as in a browser's Python


@pytest.fixture
def no_threads(monkeypatch):
    def start(thread):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", start)


def test_without_threads_and_without_a_loop_all_is_done_at_once(no_threads, explore, monkeypatch):
    explorer = explore(steps=300)
    explorer.learning_rate = 0.02
    assert not explorer._worker.busy and explorer._course.done
    assert len(explorer.descent.loss) == 301
    rest_hand(explorer.live)
    assert not explorer._worker.busy and explorer.live.whole
    assert explorer.wait(0)
    monkeypatch.setattr(Course, "advance", lambda self: 1 / 0)
    explorer.hidden = 3
    assert explorer.live.problem == "ZeroDivisionError: division by zero"


def test_without_threads_the_loop_goes_on_between_two_pieces(no_threads, explore):
    turns, pictures = [], []

    async def ticks(explorer):
        while explorer._worker.busy:
            turns.append(explorer.bar.value)
            await asyncio.sleep(0)

    async def hand():
        explorer = explore(steps=20_000)
        explorer.steps = 10_000
        assert explorer._worker.busy and not explorer._course.done
        explorer.live.observe(lambda change: pictures.append(explorer.bar.value), "packet")
        await ticks(explorer)
        assert explorer._course.done
        rest_hand(explorer.live)
        assert explorer._worker.busy
        await ticks(explorer)
        assert explorer.live.whole
        return explorer

    explorer = asyncio.run(hand())
    assert len(turns) > 20 and not explorer._worker.busy
    explorer.seed = 3  # the loop has ended: now it is done at once
    assert explorer._course.done


def test_without_threads_who_waits_does_the_work(no_threads, explore):
    async def hand():
        explorer = explore(steps=20_000)
        explorer.seed = 5
        assert not explorer.wait(0) and not explorer._course.done
        assert len(explorer.descent.loss) == 20_001
        assert explorer.wait()
        explorer.seed = 6
        explorer.interrupt()
        assert explorer.wait(5) and not explorer._course.done
        explorer.seed = 7
        explorer.close()
        assert not explorer._worker.busy

    asyncio.run(hand())


def test_without_threads_the_newest_job_wins(no_threads):
    done, failed = [], []
    worker = Worker(failed.append)

    def job(name, pieces=5):
        for k in range(pieces):
            done.append((name, k))
            yield 10  # nobody rests: the loop's other work has its turn
        done.append(name)

    async def hand():
        worker.start(job("a"))
        await asyncio.sleep(0)
        worker.start(job("b"))
        while worker.busy:
            await asyncio.sleep(0)
        worker.start(1 / 0 for _ in range(1))
        assert worker.wait(1)
        worker.start(job("c"))
        worker.stop()
        worker.wait()
        worker.start(job("d", 10_000))
        await asyncio.sleep(0)

    asyncio.run(hand())
    assert ("a", 0) in done and "a" not in done and "b" in done and "c" not in done
    assert ("d", 0) in done and "d" not in done and not worker.busy  # it ended with the loop
    assert [type(error) for error in failed] == [ZeroDivisionError]


def test_detail_belongs_to_one_frame(explore):
    explorer = explore(steps=100)
    rest(explorer)
    live, lines = explorer.live, artist(explorer, "units", "curve")
    live.still()
    assert len(lines.get_xdata())
    live.frame = 3  # the browser is ahead of the kernel
    live.still()
    assert not len(lines.get_xdata())
    assert column(live, "units") is None


@pytest.mark.parametrize("known", [True, False])
def test_swatches_say_what_the_lines_mean(explore, known):
    explorer = explore(steps=20, **{"taylor": ("sin(x)", 3)} if known else {})
    explorer.wait()
    said = [text.get_text() for text in explorer.live.figure.axes[0].get_legend().get_texts()]
    assert said == ["sin(x)"] * known + ["what each hidden unit adds", "dead units"]


@pytest.mark.parametrize("activation", ["linear", "tanh"])
def test_the_name_of_the_network_stands_over_its_curve(explore, activation):
    explorer = explore(network(activation=activation), steps=200)
    explorer.live.still()
    name, curve = artist(explorer, "fit", "name"), artist(explorer, "fit", "curve")
    ax = name.axes
    box = ax.transData.inverted().transform_bbox(name.get_window_extent())
    x, y = curve.get_data()
    under = np.interp(np.linspace(box.x0, box.x1, 20), x[:81], y[:81])
    assert box.y0 > under.max() or ax.get_ylim()[1] - box.y1 < 0.1 * np.ptp(ax.get_ylim())


def test_nothing_is_written_beyond_the_left_edge(explore):
    """Of 1/(1 + x²) the targets have two digits after the point."""
    explorer = explore(gd.Network(X, 1 / (1 + X**2)), steps=20, taylor=("1/(1+x**2)", 4))
    left = explorer.live.figure.axes[0]
    assert left.yaxis.get_tightbbox().x0 >= 0
    assert left.get_legend().get_texts()[0].get_text() == "1/(1+x²)"
