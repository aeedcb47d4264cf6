"""An explorer without a browser: what it computes and sends, and how it answers its controls.

Where the browser would speak, the tests set what it sets: an index, a `question`, `frame`.
"""

import gc
import pydoc
import re
import weakref
from fractions import Fraction

import numpy as np
import pytest
from IPython.core.formatters import DisplayFormatter
from matplotlib.figure import Figure

import gdviz as gd
from gdviz.live.together import Dropdown, family
from gdviz.pictures.scene import MEANWHILE
from tests.packets import column, current, point, readout, shown, size, widgets
from tests.packets import rest as rest_hand

ONE_DIMENSION = [name for name in gd.surfaces if gd.surfaces[name].dimension == 1]
TWO_DIMENSIONS = [name for name in gd.surfaces if gd.surfaces[name].dimension == 2]


DATA = gd.LinearRegression([0.0, 1, 2, 3], [1.0, 2, 2, 4])


def artists(explorer, follow, panel=0):
    """Return the moving artists of a panel that follow the step in this way."""
    live = explorer.live
    ax = live.figure.axes[panel]
    return [mark.artist for mark in live.marks if mark.follow == follow and mark.artist.axes is ax]


def path(explorer):
    """Return the path the browser draws now: (steps + 1, d)."""
    (trail,) = artists(explorer, "trail")
    columns = shown(explorer.live, trail)
    return np.stack(columns[: explorer.surface.dimension], axis=1)


def same(sent, exact):
    """Say whether what was sent is the same numbers in float32."""
    with np.errstate(over="ignore"):
        return np.array_equal(sent, np.asarray(exact).astype(np.float32), equal_nan=True)


def rates(explorer):
    """Return the learning rate of every position of the slider."""
    return explorer.setting.rates.values


def start_of(explorer):
    """Return where the start sliders stand."""
    return tuple(slider.value for slider in explorer.start_sliders.children)


def rest(explorer):
    """Do what the browser does when the hand rests."""
    rest_hand(explorer.live)


# What is sent


@pytest.mark.parametrize("name", ["parabola", "cliff", "himmelblau", "saddle"])
def test_every_frame_is_the_descent_at_its_learning_rate(explore, name):
    explorer = explore(name, steps=30)
    surface, live = explorer.surface, explorer.live
    assert len(live.table["captions"]) == len(rates(explorer)) == 121
    for live.frame in range(121):
        run = gd.descend(surface, explorer.start, rates(explorer)[live.frame], steps=30)
        assert same(path(explorer), run.path if surface.dimension == 2 else run.path[:, :1])
        (loss,) = artists(explorer, "trail", panel=1)
        step, height = shown(live, loss)
        assert same(step, np.arange(31))
        assert same(height, run.loss)
        assert live.caption == run.explain()


def test_in_one_dimension_the_tangent_has_the_curves_slope(explore):
    explorer = explore("double_well")
    (tangent,) = artists(explorer, "tangent")
    x, height, slope = shown(explorer.live, tangent)
    run = explorer.descent
    assert same(x, run.path[:, 0])
    assert same(height, run.loss)
    assert same(slope, explorer.surface.gradient(run.path.T)[0])


def next_step(explorer):
    """Return the text over the next step and where its arrow points; "" and None if there is none.

    They are those of the still.
    """
    explorer.live.still()
    arrow, text = artists(explorer, "next")
    tip = float(arrow.get_xdata()[1]) if len(arrow.get_xdata()) > 1 else None
    return text.get_text() if text.get_visible() else "", tip


def test_the_next_step_is_a_sum_before_it_is_taken(explore):
    explorer = explore("parabola", start=10, learning_rate=0.1, steps=3, reveal=0)
    live, told = explorer.live, []
    for live.reveal in range(4):
        told.append(next_step(explorer))
    assert [text for text, _ in told] == [
        "10 − 0.1 × 20 = 8",
        "8 − 0.1 × 16 = 6.4",
        "6.4 − 0.1 × 12.8 = 5.12",
        "",
    ]
    assert [tip for _, tip in told[:3]] == pytest.approx(explorer.descent.path[1:, 0])
    assert told[3] == ("", None)
    live.reveal = 0
    explorer.start, explorer.learning_rate = -6, 0.2
    assert next_step(explorer) == ("−6 − 0.2 × (−12) = −3.6", pytest.approx(-3.6))


@pytest.mark.parametrize(
    "options",
    [{"rule": gd.Momentum(0.9)}, {"schedule": gd.inverse_time(2)}, {"rule": lambda w, g, r: w - r}],
)
def test_a_step_that_is_no_such_sum_is_not_written_as_one(explore, options):
    explorer = explore("parabola", start=10, learning_rate=0.1, steps=5, reveal=3, **options)
    before, after = explorer.descent.path[3:5, 0]
    text, tip = next_step(explorer)
    assert text == f"{before:.4g} → {after:.4g}".replace("-", "−")
    assert tip == pytest.approx(after)


def test_a_sum_gives_way_to_another_rule(explore):
    explorer = explore("parabola", start=10, learning_rate=0.1, steps=5, reveal=1)
    explorer.rule = gd.Momentum(0.5)
    assert next_step(explorer)[0] == "8 → 5.4"
    explorer.reset()
    assert next_step(explorer)[0] == "8 − 0.1 × 16 = 6.4"


@pytest.mark.parametrize(
    ("options", "last"),
    [
        ({"start": 10, "learning_rate": 0.2, "stop": gd.Stop(gradient_norm=1)}, 6),
        ({"surface": "double_well", "start": -2, "learning_rate": 5}, 3),
    ],
)
def test_where_a_run_is_over_no_step_is_announced(explore, options, last):
    """At a criterion that stops it, or where it has left all bounds."""
    explorer = explore(**{"surface": "parabola", "steps": 20} | options)
    seen = []
    for explorer.live.reveal in range(21):
        seen.append(bool(next_step(explorer)[0]))
    assert seen == [k < last for k in range(21)]
    assert explorer.descent.steps_taken == last


@pytest.mark.parametrize("start", [-10.9, 0.0, 10.9])
def test_what_is_said_of_the_next_step_stays_inside_the_picture(explore, start):
    explorer = explore("parabola", start=start, learning_rate=0.1234, steps=5, reveal=0)
    explorer.live.still()
    _, text = artists(explorer, "next")
    box, ax = text.get_window_extent(), text.axes.get_window_extent()
    assert ax.x0 <= box.x0 < box.x1 <= ax.x1
    assert ax.y0 <= box.y0
    (low, high), *_ = explorer.surface.domain
    curve = explorer.surface.value(np.linspace(low, high, 201)[None]).min()
    assert box.y1 < text.axes.transData.transform((0, curve))[1]


@pytest.mark.parametrize("name", ["parabola", "double_well", "himmelblau", "rosenbrock"])
def test_packets_are_small(explore, name):
    explorer = explore(name, steps=100, question="What is going on here?")
    assert size(explorer.live.table) <= 200_000
    explorer.start = np.add(explorer.start, 0.1)
    assert not explorer.live.whole
    assert size(explorer.live.table) <= 12_000


def test_the_same_numbers_travel_once(explore):
    explorer = explore("himmelblau", steps=20)
    columns = explorer.live.table["columns"]
    assert {*columns} == explorer.live.names  # what is drawn, and nothing else
    assert len({column["data"] for column in columns.values()}) == len(columns)
    framed = [name for name, column in columns.items() if column["frames"] == 121]
    assert {*framed} == {"x", "y", "loss", "stop step"}


def test_it_opens_at_the_surfaces_own_start_and_rate(explore):
    explorer = explore("rosenbrock")
    surface = gd.surfaces.rosenbrock
    assert (explorer.start, explorer.learning_rate) == (surface.start, surface.learning_rate)
    assert rates(explorer)[explorer.live.frame] == surface.learning_rate
    assert explorer.live.reveal == explorer.steps == 40
    assert same(
        path(explorer), gd.descend(surface, surface.start, surface.learning_rate, steps=40).path
    )


def test_the_readout_says_where_the_shown_step_is(explore):
    explorer = explore("parabola", start=8, learning_rate=0.25, steps=6)
    explorer.live.reveal = 1
    assert readout(explorer.live) == [1, 4, 16, 8]  # step, x, loss, slope
    explorer = explore("bowl", start=(2, 1), learning_rate=0.25, steps=6)
    explorer.live.reveal = 0
    assert readout(explorer.live) == [0, 2, 1, explorer.surface.value([2, 1])]


def test_the_question_ends_every_caption(explore):
    explorer = explore("parabola", question="Why?")
    assert all(caption.endswith(" Why?") for caption in explorer.live.table["captions"])
    explorer.start = 3
    assert explorer.live.caption.endswith(" Why?")


def test_the_end_is_not_told_before_it_is_shown(explore):
    explorer = explore("parabola", start=10, learning_rate=0.2, steps=12, reveal=3)
    assert explorer.live.caption == MEANWHILE
    explorer.live.reveal = 12
    assert explorer.live.caption == explorer.descent.explain()
    explorer = explore("parabola", steps=12, reveal=0, question="Which way?")
    assert explorer.live.caption == "Which way?"


@pytest.mark.parametrize(
    "options", [{"stop": gd.Stop(step=0.2)}, {"surface": "himmelblau", "learning_rate": 0.05}]
)
def test_a_run_that_ended_early_is_told_from_there_on(explore, options):
    explorer = explore(**{"surface": "bowl", "steps": 60, **options})
    last = explorer.descent.steps_taken
    assert 3 < last < 20
    for explorer.live.reveal in (last, last + 1, 59):
        assert explorer.live.caption == explorer.descent.explain()
    explorer.live.reveal = 2
    assert explorer.live.caption == MEANWHILE


def test_it_can_begin_at_any_step(explore):
    explorer = explore("parabola", steps=12, reveal=3)
    assert (explorer.player.step.value, explorer.live.reveal) == (3, 3)
    assert explorer.player.step.max == 12
    assert explore("parabola", steps=12, reveal=0).live.reveal == 0


@pytest.mark.parametrize("name", ["double_well", "himmelblau"])
def test_learning_rates_to_compare_stand_behind_every_frame(explore, name):
    compared = [0.001, 0.01, 0.02]
    explorer = explore(name, compare=compared, steps=25)
    live = explorer.live
    labels = artists(explorer, "last seen", panel=1)
    (others,) = artists(explorer, "all", panel=1)
    losses = gd.descend(explorer.surface, explorer.start, compared, steps=25).loss.T
    step, sent = shown(live, others)
    assert same(step, np.arange(26))
    assert same(sent, losses)
    assert [label.get_text() for label in labels] == ["0.001", "0.01", "0.02"]
    live.still()
    low, high = live.figure.axes[1].get_ylim()
    for label, loss in zip(labels, losses, strict=True):
        inside = np.flatnonzero((loss > low) & (loss < high))
        assert label.xy[0] == pytest.approx(min(inside[-1], int(0.93 * 25)))
    explorer.start = np.multiply(explorer.start, 0.5)
    losses = gd.descend(explorer.surface, explorer.start, compared, steps=25).loss.T
    assert same(np.squeeze(shown(live, others)[1]), losses)
    live.still()


def test_a_move_of_the_start_is_answered_by_one_table(explore):
    explorer, sent = explore("himmelblau"), []
    explorer.live.observe(lambda change: sent.append(change.name), ["table", "scene", "detail"])
    point(explorer.live, -3.0, 2.0)
    assert sent == ["table"]
    assert explorer.live.table["captions"] == [explorer.descent.explain()]


@pytest.mark.parametrize("size", [1e-3, 1, 12345, 1e6])
@pytest.mark.parametrize("kind", ["curve", "plane", "model"])
def test_labels_of_large_numbers_are_not_cut_off(explore, kind, size):
    surface = {
        "curve": gd.Surface.from_formula(f"{size}*x**2"),
        "plane": gd.Surface.from_formula("x**2 + y**2", domain=((-1, 1), (-size, size))),
        "model": gd.LinearRegression([0, 1, 2], [0, -size, -2 * size]),
    }[kind]
    explorer = explore(surface)
    for ax in explorer.live.figure.axes:
        assert ax.yaxis.label.get_window_extent().x0 >= -1e-6


# The learning rate


def test_the_learning_rate_slides_without_the_kernel_sending_anything(explore):
    explorer = explore("himmelblau")
    table = explorer.live.table
    explorer.rate.slider.index = explorer.live.frame = 7
    assert explorer.learning_rate == rates(explorer)[7]
    assert same(path(explorer), explorer.descent.path)
    assert explorer.live.table is table


def test_another_surface_comes_together_with_the_frame_of_its_rate(explore, monkeypatch):
    """Else its caption tells of another rate until the slider is heard of."""
    explorer, sent = explore("himmelblau", learning_rate=0.003), []
    send = type(explorer.live)._send

    def note(widget, message, **more):
        if widget is explorer.live:
            sent.append(message["state"])
        send(widget, message, **more)

    monkeypatch.setattr(type(explorer.live), "_send", note)
    explorer.surface = "rosenbrock"
    (frame,) = [state["frame"] for state in sent if "table" in state]
    assert rates(explorer)[frame] == explorer.learning_rate


def test_while_one_frame_is_known_the_learning_rate_asks_for_another(explore):
    explorer = explore("himmelblau")
    explorer.start = (1.0, 1.0)
    explorer.rate.slider.index = explorer.live.frame = 7
    assert same(path(explorer), explorer.descent.path)
    assert explorer.live.caption == explorer.descent.explain()
    rest(explorer)
    assert explorer.live.whole
    assert same(path(explorer), explorer.descent.path)


@pytest.mark.parametrize("rate", [0.0123456789, Fraction(1, 7), np.float32(0.03), 5, 1e-12, 1e12])
def test_a_learning_rate_that_is_not_on_the_slider_is_taken_exactly(explore, rate):
    explorer = explore("bowl")
    explorer.learning_rate = float(rate)
    assert explorer.learning_rate == rates(explorer)[explorer.rate.slider.index] == float(rate)
    assert len(rates(explorer)) == 121
    assert (np.diff(rates(explorer)) > 0).all()
    assert explorer.live.frame == explorer.rate.slider.index
    assert same(path(explorer), explorer.descent.path)
    assert explore("bowl", learning_rate=float(rate)).learning_rate == float(rate)


def test_a_learning_rate_on_the_slider_moves_it(explore):
    explorer = explore("bowl")
    table = explorer.live.table
    explorer.learning_rate = float(rates(explorer)[11])
    assert (explorer.rate.slider.index, explorer.live.frame) == (11, 11)
    assert explorer.live.table is table


def test_the_best_rate_and_the_stable_limit_are_marked_exactly(explore):
    explorer = explore("bowl")
    limit = float(gd.stable_limit(gd.surfaces.bowl, [0, 0]))
    best = float(gd.best_rate(gd.surfaces.bowl, [0, 0]))
    (at_best, best_name), (at_limit, limit_name) = explorer.rate.ruler.marks
    assert (rates(explorer)[at_best], rates(explorer)[at_limit]) == (
        best,
        limit,
    )
    assert best_name.startswith("best")
    assert limit_name.startswith("limit")


def test_zones_cover_the_slider_and_name_its_regimes(explore):
    explorer = explore("parabola")
    zones = explorer.rate.ruler.zones
    assert [zone[2] for zone in zones] == ["crawling", "smooth", "overshooting", "unstable"]
    assert (zones[0][0], zones[-1][1]) == (0, 120)
    assert [zone[0] for zone in zones[1:]] == [zone[1] for zone in zones[:-1]]
    for first, last, word, *_ in zones:
        within = rates(explorer)[int(np.ceil(first)) : int(last) + 1]
        assert {*gd.regime(within, gd.surfaces.parabola, [0.0])} == {word}


@pytest.mark.parametrize("name", ["cliff", "plateau", "saddle", "rosenbrock", "beale"])
def test_where_curvature_changes_a_promise_names_its_place(explore, name):
    explorer = explore(name)
    ((at, said),) = explorer.rate.ruler.marks
    limit = gd.stable_limit(gd.surfaces[name], gd.surfaces[name].minima[0])
    assert rates(explorer)[at] == pytest.approx(limit)
    assert said == f"limit near the minimum {limit:.3g}"
    assert explorer.rate.ruler.zones == []


def test_where_minima_curve_differently_there_are_no_marks(explore):
    explorer = explore("himmelblau")
    assert explorer.rate.ruler.marks == []
    assert explorer.rate.ruler.zones == []
    limits = [gd.stable_limit(explorer.surface, at) for at in explorer.surface.minima]
    low, high = rates(explorer)[[0, -1]]
    assert 20 * low < min(limits) and max(limits) < high < 4 * max(limits)


# The start


def test_the_pointer_sets_the_start(explore):
    explorer = explore("himmelblau")
    point(explorer.live, 1.5, -2.5, axes=0)
    assert explorer.start == (1.5, -2.5)
    assert [slider.value for slider in explorer.start_sliders.children] == [1.5, -2.5]
    assert not explorer.live.whole
    assert same(path(explorer), explorer.descent.path)
    assert same(path(explorer)[0], (1.5, -2.5))


def test_on_a_curve_the_pointer_sets_x_alone(explore):
    explorer = explore("parabola")
    point(explorer.live, -4.0, 70.0, axes=0)
    assert np.array_equal(explorer.start, [-4])
    assert same(path(explorer)[0], [-4])


def test_a_table_knows_of_the_pointer_and_whether_the_sliders_stand_there(explore):
    explorer = explore("himmelblau")
    point(explorer.live, 1.3, 1.0)
    told = explorer.live.table
    assert (told["start"], told["ahead"]) == ([1.3, 1.0], True)
    assert told["turn"] == explorer.live.question["turn"]
    explorer.start_sliders.children[0].set_state({"value": 1.2999999999999998})  # as browsers round
    explorer.rate.slider.index += 1
    assert explorer.live.table["key"] > told["key"]
    assert (explorer.live.table["start"], explorer.live.table["ahead"]) == ([1.3, 1.0], False)


def test_a_start_slider_sets_the_start(explore):
    explorer = explore("himmelblau")
    explorer.start_sliders.children[1].value = 2.0
    assert np.array_equal(explorer.start, [0, 2])
    assert same(path(explorer), explorer.descent.path)


def test_when_the_hand_rests_all_learning_rates_come(explore):
    explorer = explore("himmelblau")
    for x in (0.5, 1.0, 1.5):
        point(explorer.live, x, 1.0, axes=0)
        assert not explorer.live.whole
    last = explorer.live.key
    explorer.live.question = explorer.live.question | {
        "key": last - 1
    }  # of a table that is no longer the newest
    assert not explorer.live.whole
    explorer.live.question = explorer.live.question | {"key": last}
    assert explorer.live.whole
    for explorer.live.frame in (0, 60, 120):
        rate = rates(explorer)[explorer.live.frame]
        assert same(path(explorer), gd.descend(explorer.surface, (1.5, 1.0), rate, steps=40).path)


def test_a_place_is_taken_even_if_the_hand_rested_before_it_was_sent(explore):
    """The browser sends one question at a time, and the newest tells of both."""
    explorer = explore("himmelblau")
    point(explorer.live, 0.5, 1.0)
    place = {"at": [1.5, 1.0], "axes": 0, "press": 1, "turn": -1}
    explorer.live.question = explorer.live.question | place | {"key": explorer.live.key}
    assert explorer.start == (1.5, 1.0)
    rest(explorer)
    assert explorer.start == (1.5, 1.0)
    assert explorer.live.whole


def test_a_place_that_was_held_already_does_not_swallow_that_the_hand_rests(explore):
    """A move to the same place makes no new table, so the browser would not ask again."""
    explorer = explore("himmelblau")
    point(explorer.live, 1.5, 1.0)
    place = {"at": [1.5, 1.0], "axes": 0, "press": 1, "turn": -1}
    explorer.live.question = explorer.live.question | place | {"key": explorer.live.key}
    assert explorer.live.whole


def test_a_wish_that_comes_late_changes_nothing(explore):
    explorer = explore("himmelblau")
    explorer.start = (1.0, 1.0)
    explorer.steps = 20  # sends all by itself
    table = explorer.live.table
    rest(explorer)
    assert explorer.live.table is table


def test_the_same_start_again_sends_nothing(explore):
    explorer = explore("himmelblau", start=(1, 2))
    table = explorer.live.table
    explorer.start = [1.0, 2.0]
    assert explorer.live.whole
    assert explorer.live.table is table


@pytest.mark.parametrize("start", [[1, 2], (1.0, 2.0), np.array([1, 2])])
def test_a_start_may_be_any_sequence(explore, start):
    explorer = explore("himmelblau", start=start)
    assert same(path(explorer)[0], [1, 2])
    explorer.start = start
    assert explorer.live.whole


def test_a_start_far_outside_the_picture_is_shown_as_far_as_it_goes(explore):
    explorer = explore("parabola", start=1e6)
    assert start_of(explorer) == (1e6,)
    explorer.start = -1e9
    assert same(path(explorer)[0], [-1e9])
    explorer.start = 1
    (low, high) = explorer.surface.domain[0]
    assert (explorer.start_sliders.children[0].min, explorer.start_sliders.children[0].max) == (
        low,
        high,
    )


# Everything else that can be set


def test_the_number_of_steps_can_be_set(explore):
    explorer = explore("himmelblau")
    explorer.steps = 15
    assert len(path(explorer)) == 16
    assert (explorer.player.step.max, explorer.live.reveal) == (15, 15)
    assert explorer.steps_slider.value == 15
    explorer.steps_slider.value = 33
    assert explorer.steps == 33
    assert len(path(explorer)) == 34
    assert explorer.live.figure.axes[1].get_xlim() == (0, 33)
    explorer.steps = 500
    assert explorer.steps_slider.value == 500


def half(theta, gradient, learning_rate):
    return theta - 0.5 * learning_rate * gradient


@pytest.mark.parametrize("rule", [gd.Momentum(0.9), gd.Adam(), half])
def test_the_rule_can_be_set(explore, rule):
    explorer = explore("himmelblau")
    explorer.rule = rule
    expected = gd.descend(explorer.surface, (0, 0), explorer.learning_rate, rule=rule, steps=40)
    assert same(path(explorer), expected.path)
    assert explorer.live.whole
    assert same(path(explore("himmelblau", rule=rule)), expected.path)


def test_a_rule_of_the_lessons_moves_the_marks(explore):
    explorer = explore("bowl")
    limit = explorer.rate.ruler.marks[-1][1]
    explorer.rule = gd.Momentum(0.9)
    assert explorer.rate.ruler.marks[-1][1] != limit


def test_the_surface_can_be_set_by_name_or_to_ones_own(explore):
    explorer = explore("himmelblau", choices=True)
    explorer.surface = "rosenbrock"
    surface = gd.surfaces.rosenbrock
    assert (explorer.surface, explorer.start) == (surface, surface.start)
    assert explorer.choice.value == "rosenbrock"
    assert same(path(explorer), explorer.descent.path)
    explorer.surface = gd.Surface.from_formula("x**2 + y**4", start=(1, 2))
    assert explorer.choice.value == explorer.surface.name
    assert same(path(explorer)[0], [1, 2])
    explorer.choice.value = "beale"
    assert explorer.surface is gd.surfaces.beale
    assert explorer.live.whole


def test_the_surface_may_have_another_dimension(explore):
    explorer = explore("himmelblau")
    for name, dimension in [("parabola", 1), ("bowl", 2), ("cliff", 1)]:
        explorer.surface = name
        assert len(explorer.start_sliders.children) == dimension
        assert len(artists(explorer, "tangent")) == (dimension == 1)
        assert same(path(explorer), explorer.descent.path)
        explorer.live.still()
        explorer.start = np.multiply(explorer.start, 0.9)
        rest(explorer)
        assert same(path(explorer), explorer.descent.path)


def test_reset_goes_back_to_the_beginning(explore):
    explorer = explore("himmelblau", start=(1, 1), learning_rate=0.02, steps=25, choices=True)
    before = path(explorer)
    explorer.surface = "parabola"
    explorer.steps = 10
    explorer.learning_rate = 0.4
    explorer.start = 3
    explorer.reset()
    assert explorer.surface is gd.surfaces.himmelblau
    assert (explorer.start, explorer.learning_rate, explorer.steps) == ((1, 1), 0.02, 25)
    assert np.array_equal(path(explorer), before)
    assert explorer.choice.value == "himmelblau"


def test_the_reset_button_resets(explore):
    explorer = explore("himmelblau")
    point(explorer.live, 1.0, 1.0, axes=0)
    explorer.reset_button.click()
    assert explorer.start == gd.surfaces.himmelblau.start
    assert same(path(explorer), explorer.descent.path)


def test_the_choice_offers_surfaces_of_the_same_dimension_or_those_asked_for(explore):
    def offered(explorer):
        return [name for _, name in explorer.choice.options]

    assert offered(explore("parabola", choices=True)) == ONE_DIMENSION
    assert offered(explore("bowl", choices=True)) == TWO_DIMENSIONS
    few = explore("bowl", choices=["bowl", "valley"])
    assert offered(few) == ["bowl", "valley"]
    assert [said for said, _ in few.choice.options] == ["bowl: x² + 2·y²", "valley: (x²/20 + y²)/2"]
    assert few.choice in family(few)
    none = explore("bowl")
    assert not any(isinstance(each, Dropdown) for each in family(none))


def test_a_typed_surface_stands_on_the_menu_as_long_as_it_is_shown(explore):
    explorer = explore("bowl", choices=["bowl", "saddle"], formula=True)
    (panel,) = explorer.panels
    panel.text.value = "x**2 + y**4"
    assert explorer.choice.value == explorer.surface.name == "x**2 + y**4"
    assert [name for _, name in explorer.choice.options] == ["bowl", "saddle", "x**2 + y**4"]
    explorer.choice.value = "saddle"
    assert explorer.surface.name == "saddle"
    assert [name for _, name in explorer.choice.options] == ["bowl", "saddle"]
    explorer.surface = gd.surfaces.valley  # not on the menu
    assert explorer.choice.value == "valley"


@pytest.mark.parametrize("way", ["mended", "as before", "emptied", "chosen", "reset", "slid"])
def test_what_was_said_of_a_text_goes_when_it_is_no_longer_there(explore, way):
    explorer = explore("bowl", choices=True, formula=True)
    (panel,) = explorer.panels
    good = panel.text.value
    panel.text.value = "x^"
    assert explorer.live.problem.startswith("ValueError: '^' in the formula")
    assert panel.text.value == "x^"
    if way == "chosen":
        explorer.choice.value = "himmelblau"
    elif way == "reset":
        explorer.reset_button.click()
    elif way == "slid":
        explorer.start_sliders.children[0].value = 1.0
    else:
        panel.text.value = {"mended": "x**2 + y**4", "as before": good, "emptied": ""}[way]
    assert explorer.live.problem == ""
    assert panel.text.value == explorer.surface.formula


def everything(explorer):
    """Return all that a reset is to bring back."""
    live, fields = explorer.live, dict(vars(explorer.setting))
    fields.pop("run", None)
    sliders = explorer.rate.slider.index, explorer.player.step.value, live.reveal, live.frame
    columns = {name: column(live, name).tobytes() for name in live.names}
    return fields, sliders, start_of(explorer), columns, live.caption


def test_a_reset_brings_everything_back(explore):
    race = {gd.Momentum(0.8): 0.5, gd.GradientDescent(): 1.6}
    explorer = explore("valley", race=race, reveal=7, steps=30)
    before = everything(explorer)
    explorer.panels[0].choice.index = 1
    explorer.rate.slider.index = explorer.live.frame = 11
    explorer.panels[0].choice.index = 0
    explorer.player.step.value = explorer.live.reveal = 20
    explorer.steps = 50
    explorer.reset()
    assert everything(explorer) == before
    assert explorer.setting.rivals[1].learning_rate == 1.6


def test_a_driven_rule_keeps_the_rate_it_was_given_until_a_reset(explore):
    race = {gd.Momentum(0.8): 0.5, gd.GradientDescent(): 1.6}
    explorer = explore("valley", race=race)
    explorer.learning_rate = 0.25
    explorer.panels[0].choice.index = 1
    assert (explorer.rule, explorer.learning_rate) == (gd.GradientDescent(), 1.6)
    assert explorer.setting.rivals[0].learning_rate == 0.25
    explorer.reset()
    assert (explorer.rule, explorer.learning_rate) == (gd.Momentum(0.8), 0.5)


def test_random_starts_keep_their_seed_on_another_surface_and_get_it_back(explore):
    explorer = explore("himmelblau", starts=5, seed=7)
    first = explorer.descent.start
    explorer.surface = "bowl"
    half = np.ptp(gd.surfaces.bowl.domain, axis=1) / 2
    expected = np.random.default_rng(7).uniform(-half, half, (5, 2)).T
    assert explorer.descent.start == pytest.approx(expected)
    explorer.panels[0].draw.click()
    assert not np.array_equal(explorer.descent.start, expected)
    explorer.reset()
    assert np.array_equal(explorer.descent.start, first)


def test_many_shufflings_of_one_start_stay_so_with_other_data(explore):
    model = gd.LinearRegression([1, 2, 3, 4], [2, 3, 5, 6])
    explorer = explore(model, batch_size=1, seeds=6)
    explorer.surface = gd.LinearRegression([1, 2, 3, 5], [2, 3, 5, 6])
    assert np.array_equal(explorer.descent.start, np.zeros((2, 6)))
    assert len(np.unique(explorer.descent.end, axis=1).T) == 6


def test_a_formula_typed_in_a_zoomed_map_keeps_the_whole_domain(explore):
    explorer = explore("himmelblau", basins=True, formula=True, start=(1, 1))
    zoom, formula = explorer.panels
    zoom.closer.click()
    assert explorer.setting.shown != gd.surfaces.himmelblau.domain
    formula.text.value = "x**2 + y**2"
    assert explorer.surface.domain == explorer.setting.shown == gd.surfaces.himmelblau.domain
    assert explorer.live.problem == ""


# What users try first


def test_a_formula_or_a_function_can_be_explored_at_once(explore):
    for given in ("x**2 + 3*y**2", lambda x, y: x**2 + 3 * y**2):
        explorer = explore(given)
        assert explorer.surface.gradient([1.0, 2.0]) == pytest.approx([2, 12])
        assert same(path(explorer), explorer.descent.path)
    assert explore(lambda x: x**2).surface.dimension == 1
    explorer.surface = "x**2 + y**4"
    assert explorer.surface.value([1.0, 2.0]) == 17


@pytest.mark.parametrize(
    ("surface", "given", "meant"),
    [
        ("bowl", "lr", "learning_rate"),
        ("bowl", "learning_rat", "learning_rate"),
        ("bowl", "Starts", "starts"),
        ("bowl", "n_iter", "steps"),
        (gd.Network([0, 1, 2], [0, 1, 0]), "lr", "learning_rate"),
    ],
)
def test_an_argument_that_does_not_exist_names_the_nearest_that_does(surface, given, meant):
    with pytest.raises(TypeError, match=f"no argument {given!r}; did you mean {meant!r}"):
        gd.explore(surface, **{given: 3})


def test_help_shows_what_an_explorer_takes():
    told = pydoc.plain(pydoc.render_doc(gd.explore))
    for name in ("surface='himmelblau'", "learning_rate=None", "race=None", "taylor=None"):
        assert name in told
    assert "learning_rate, rule=None" in pydoc.plain(pydoc.render_doc(gd.descend))


# A map of outcomes beside the curve


def test_a_map_of_outcomes_sets_rate_and_start(explore):
    explorer = explore("double_well", beside="outcomes")
    figure = explorer.live.figure
    assert [axes["drag"] for axes in explorer.live.scene["axes"]] == [True, True]
    point(explorer.live, 0.3, 1.25, axes=1)
    assert np.array_equal(explorer.start, [1.25])
    assert explorer.learning_rate == explorer.setting.rates.nearest(0.3)
    assert rates(explorer)[explorer.live.frame] == explorer.learning_rate
    assert explorer.live.figure is figure  # the map was not drawn again
    (cross,) = artists(explorer, "first", panel=1)
    x, y = shown(explorer.live, cross)
    assert same(np.ravel(x)[0], explorer.learning_rate)
    assert same(np.ravel(y)[0], 1.25)
    rest(explorer)
    assert same(path(explorer), explorer.descent.path)


def test_a_map_of_outcomes_is_drawn_again_for_another_rule_or_rate(explore):
    explorer = explore("double_well", beside="outcomes")
    figure = explorer.live.figure
    explorer.rule = gd.Momentum(0.9)
    assert explorer.live.figure is not figure
    figure = explorer.live.figure
    explorer.learning_rate = 0.777
    assert explorer.live.figure is not figure


def test_a_map_of_outcomes_wants_one_dimension(explore):
    explorer = explore("double_well", beside="outcomes")
    figure = explorer.live.figure
    with pytest.raises(ValueError, match="surface: 'himmelblau' has 2"):
        explorer.surface = "himmelblau"
    assert explorer.surface is gd.surfaces.double_well
    assert explorer.live.figure is figure


# What goes wrong


@pytest.fixture
def moody():
    """A rule that fails once it is told to."""

    def moody(theta, gradient, learning_rate):
        if moody.broken:
            raise RuntimeError("not today")
        return theta - learning_rate * gradient

    moody.broken = False
    return moody


def test_an_error_in_a_callback_is_said_and_the_last_good_picture_stays(explore, moody):
    explorer = explore("himmelblau", rule=moody)
    before, start, still = path(explorer), explorer.start, explorer.live.still()
    moody.broken = True
    point(explorer.live, 2.5, 0.0, axes=0)
    assert explorer.live.problem == "RuntimeError: not today"
    assert explorer.live.caption == explorer.live.problem
    assert explorer.start == start
    assert np.array_equal(path(explorer), before)
    assert explorer.live.still() == still
    moody.broken = False
    point(explorer.live, -3.2, -3.0, axes=0)
    assert explorer.live.problem == ""
    assert same(path(explorer), explorer.descent.path)


def test_a_problem_is_cleared_when_only_the_learning_rate_moves_on(explore, moody):
    explorer = explore("himmelblau", rule=moody)
    moody.broken = True
    point(explorer.live, 2.5, 0.0, axes=0)
    assert explorer.live.problem
    explorer.rate.slider.index = explorer.live.frame = 3
    assert explorer.live.problem == ""


def test_an_error_while_the_hand_rests_is_said_too(explore, moody):
    explorer = explore("himmelblau", rule=moody)
    point(explorer.live, 2.5, 0.0, axes=0)
    moody.broken = True
    rest(explorer)
    assert explorer.live.problem == "RuntimeError: not today"
    assert not explorer.live.whole
    assert same(path(explorer)[0], (2.5, 0))


def test_an_error_in_code_is_raised_and_changes_nothing(explore, moody):
    explorer = explore("himmelblau", rule=moody)
    before, start = path(explorer), explorer.start
    moody.broken = True
    with pytest.raises(RuntimeError, match="not today"):
        explorer.start = (2.5, 0)
    assert explorer.start == start
    assert explorer.live.problem == ""
    assert np.array_equal(path(explorer), before)


def careful(theta, gradient, learning_rate):
    if np.max(learning_rate) > 0.5:
        raise ValueError("too fast for me")
    return theta - learning_rate * gradient


def test_a_rule_that_fails_at_other_learning_rates_changes_nothing(explore):
    """The shown run is fine, and the sweep behind it is not."""
    explorer = explore("himmelblau")
    before, rule, old = path(explorer), explorer.rule, rates(explorer)
    figure, marks = explorer.live.figure, explorer.rate.ruler.marks
    with pytest.raises(ValueError, match="too fast for me"):
        explorer.rule = careful
    assert explorer.rule is rule
    assert rates(explorer) is old
    assert explorer.rate.ruler.marks == marks
    assert explorer.live.figure is figure
    assert np.array_equal(path(explorer), before)
    explorer.start = (1, 1)  # and all goes on
    assert same(path(explorer), explorer.descent.path)


def test_before_the_first_picture_an_error_is_raised_and_no_widget_is_left():
    before = widgets()
    with pytest.raises(ValueError, match="too fast for me"):
        gd.explore("himmelblau", rule=careful)
    gc.collect()
    assert widgets() == before


def for_one_run_only(theta, gradient, learning_rate):
    return theta - (learning_rate if gradient[0] > 0 else 0.5 * learning_rate) * gradient


def test_a_rule_may_think_of_one_run_only(explore):
    explorer = explore("himmelblau", rule=for_one_run_only, steps=10)
    for explorer.live.frame in (0, 60):
        rate = rates(explorer)[explorer.live.frame]
        expected = gd.descend(explorer.surface, (0, 0), rate, rule=for_one_run_only, steps=10)
        assert same(path(explorer), expected.path)


def test_a_control_can_fail_and_the_others_go_on(explore):
    explorer = explore("himmelblau")
    point(explorer.live, float("nan"), 0.0, axes=0)
    assert explorer.live.problem.startswith("ValueError: start")
    assert explorer.start == (0, 0)
    explorer.steps_slider.value = 10
    assert explorer.live.problem == ""
    assert len(path(explorer)) == 11


@pytest.mark.parametrize(
    ("options", "counted"),
    [
        ({}, ["", "step"]),
        ({"beside": "3d"}, ["", "", ""]),
        ({"starts": 5}, ["", "step"]),
        ({"surface": DATA, "batch_size": 2, "cost": "rows"}, ["", "rows"]),
    ],
    ids=str,
)
def test_a_pointer_finds_the_shown_step_where_steps_run_along(explore, options, counted):
    explorer = explore(**{"surface": "himmelblau"} | options)
    live = explorer.live
    assert [axes["reveals"] for axes in live.scene["axes"]] == counted
    for name in filter(None, counted):
        at = column(live, name)
        per = explorer.setting.batch_size or 1
        assert np.array_equal(at.reshape(-1, at.shape[-1])[0], per * np.arange(41))


BAD_RATES = ["abc", "-1", "1e400", "0,1", "", "nan", "1e-300"]


@pytest.mark.parametrize("text", BAD_RATES)
def test_a_typed_rate_that_is_none_is_one_sentence_and_the_last_good_run_stays(explore, text):
    explorer = explore("himmelblau")
    field, before, grid = explorer.rate.field, path(explorer), rates(explorer)
    field.typed = text
    assert explorer.live.caption.startswith("ValueError: learning_rate must be ")
    assert explorer.live.caption.count(". ") == 0
    assert (explorer.learning_rate, field.typed) == (0.01, text)  # to be mended
    assert rates(explorer) is grid
    assert np.array_equal(path(explorer), before)
    field.typed = None  # Escape
    assert explorer.live.problem == ""
    field.typed = text  # and said again
    assert explorer.live.problem
    explorer.rate.slider.index = explorer.live.frame = 3
    assert (explorer.live.problem, field.typed) == ("", None)


def test_a_typed_rate_becomes_the_learning_rate_exactly(explore):
    explorer = explore("himmelblau")
    for text, rate in {"0.0123": 0.0123, " 5e-3 ": 0.005, "0.005": 0.005, "7": 7.0}.items():
        explorer.rate.field.typed = text
        assert (explorer.learning_rate, explorer.live.problem) == (rate, "")
        assert explorer.rate.field.typed is None  # taken over
        assert rate in rates(explorer)
        assert explorer.rate.slider.label == f"{rate:g}"
        assert same(path(explorer), explorer.descent.path)


def raising(theta, gradient, learning_rate):
    raise KeyError("momentum")


BAD = [
    ({"surface": "himelblau"}, ValueError, ["'himelblau'", "'himmelblau'"]),
    ({"surface": 3}, TypeError, ["surface", "3", "'bowl'"]),
    ({"surface": None}, TypeError, ["surface", "None", "'bowl'"]),
    ({"start": (1, 2, 3)}, ValueError, ["start", "(3,)", "(2,)"]),
    ({"start": 1.0}, ValueError, ["start", "()", "(2,)"]),
    ({"start": (1, float("nan"))}, ValueError, ["start", "nan", "2 finite numbers"]),
    ({"start": (1, float("inf"))}, ValueError, ["start", "inf", "2 finite numbers"]),
    ({"start": "here"}, TypeError, ["start", "'here'", "2 finite numbers"]),
    ({"start": np.zeros((2, 3))}, ValueError, ["start", "(3,)", "one start"]),
    ({"learning_rate": 0}, ValueError, ["learning_rate", "above 0", "0"]),
    ({"learning_rate": -0.1}, ValueError, ["learning_rate", "above 0", "-0.1"]),
    ({"learning_rate": float("nan")}, ValueError, ["learning_rate", "nan", "0.1"]),
    ({"learning_rate": "fast"}, TypeError, ["learning_rate", "'fast'", "0.1"]),
    ({"learning_rate": [0.1, 0.2]}, ValueError, ["learning_rate", "(2,)", "one rate"]),
    ({"steps": 0}, ValueError, ["steps", "0", "at least 1"]),
    ({"steps": -5}, ValueError, ["steps", "-5", "at least 1"]),
    ({"steps": 2.5}, TypeError, ["steps", "2.5", "whole number"]),
    ({"steps": 10**9}, ValueError, ["steps", "1000000000", "MB", "use at most"]),
    ({"rule": 3}, TypeError, ["rule", "3", "Momentum(0.9)"]),
    ({"rule": gd.Momentum}, TypeError, ["rule", "Momentum(0.9)", "parentheses"]),
    ({"rule": lambda *_: None}, TypeError, ["rule", "nothing", "return the new theta"]),
    ({"rule": lambda *_: np.zeros(5)}, ValueError, ["rule", "(5,)", "return the new theta"]),
    ({"rule": raising}, KeyError, ["momentum"]),
    ({"reveal": -1}, ValueError, ["reveal", "-1", "0 to 40"]),
    ({"reveal": 41}, ValueError, ["reveal", "41", "0 to 40"]),
    ({"reveal": "all"}, TypeError, ["reveal", "'all'", "whole number"]),
    ({"beside": "map"}, ValueError, ["beside", "'map'", "outcomes"]),
    ({"beside": "outcomes"}, ValueError, ["surface", "himmelblau", "'parabola'"]),
    ({"loss_scale": "sqrt"}, ValueError, ["loss_scale", "'sqrt'", "log"]),
    ({"compare": [0.1, -1]}, ValueError, ["compare", "-1", "above 0"]),
    ({"compare": ["a"]}, TypeError, ["compare", "'a'", "above 0"]),
    ({"choices": ["bole"]}, ValueError, ["'bole'", "'bowl'"]),
]


def _named(options):
    """Return a name for a test that is the same in every process."""
    return re.sub(" at 0x[0-9a-f]+", "", str(options))


@pytest.mark.parametrize(("options", "error", "words"), BAD, ids=[_named(bad[0]) for bad in BAD])
def test_bad_input_is_refused_by_name_with_a_remedy(options, error, words):
    before = widgets()
    with pytest.raises(error) as caught:
        gd.explore(**options)
    for word in words:
        assert word in str(caught.value)
    del caught
    gc.collect()
    assert widgets() == before


@pytest.fixture(scope="module")
def himmelblau():
    explorer = gd.explore("himmelblau")
    yield explorer
    explorer.close()


SETTABLE = [
    bad for bad in BAD if {*bad[0]} <= {"surface", "start", "learning_rate", "steps", "rule"}
]


@pytest.mark.parametrize(
    ("options", "error", "words"), SETTABLE, ids=[_named(bad[0]) for bad in SETTABLE]
)
def test_what_cannot_be_set_changes_nothing(himmelblau, options, error, words):
    explorer = himmelblau
    names = "surface", "start", "learning_rate", "steps", "rule"
    before, picture = [getattr(explorer, name) for name in names], current(explorer.live)
    ((name, value),) = options.items()
    with pytest.raises(error) as caught:
        setattr(explorer, name, value)
    for word in words:
        assert word in str(caught.value)
    assert [getattr(explorer, name) for name in names] == before
    assert current(explorer.live) == picture


# Divergence, and surfaces that are hard to draw (a warning would fail these tests)


@pytest.mark.parametrize("name", gd.surfaces)
def test_no_learning_rate_warns_or_breaks_the_picture(explore, name):
    explorer = explore(name, steps=60)
    limits = [(ax.get_xlim(), ax.get_ylim()) for ax in explorer.live.figure.axes]
    for rate in (1e-12, 1.0, 1e12):
        explorer.learning_rate = rate
        explorer.live.still()
        assert explorer.live.caption
    assert [(ax.get_xlim(), ax.get_ylim()) for ax in explorer.live.figure.axes] == limits


def test_a_run_that_flies_away_stays_on_the_picture_until_it_has_gone(explore):
    explorer = explore("parabola", learning_rate=30.0, steps=100)
    assert explorer.descent.outcome == "diverged"
    assert np.isnan(path(explorer)[-1])
    assert np.isfinite(path(explorer)[:2]).all()
    assert "diverged" in explorer.live.caption


HARD = {
    "flat": ("3 + 0*x", {}),
    "zero": ("0*x", {}),
    "bottomless": ("-x**2", {"domain": (-2, 2)}),
    "a slope": ("x", {}),
    "undefined left of 0": ("log(x)", {"domain": (-1, 3), "start": 1.0}),
    "a pole": ("1/x", {"domain": (-1, 1), "start": 0.5}),
    "steep": ("exp(x)", {"domain": (-1000, 1000), "start": 1.0}),
    "far from zero": ("(x - 1000000)**2", {"domain": (999_999, 1_000_001), "start": 1_000_000.5}),
    "flat plane": ("1 + 0*x", {"dimension": 2}),
    "undefined half plane": ("log(x) + y**2", {"domain": ((-1, 3), (-2, 2)), "start": (1, 1)}),
    "steep plane": ("exp(x*y)", {"domain": ((-30, 30), (-30, 30)), "start": (1, 1)}),
    "narrow": ("x**2 + y**2", {"domain": ((-0.001, 0.001), (-1000, 1000)), "start": (0.0001, 1)}),
}


@pytest.mark.parametrize(
    ("surface", "scale"),
    [*((surface, None) for surface in HARD), ("bottomless", "log"), ("flat", "log")],
)
def test_surfaces_that_are_hard_to_draw_are_drawn(explore, surface, scale):
    formula, options = HARD[surface]
    explorer = explore(gd.Surface.from_formula(formula, **options), loss_scale=scale)
    for ax in explorer.live.figure.axes:
        assert np.isfinite([ax.get_xlim(), ax.get_ylim()]).all()
        assert np.diff(ax.get_ylim()) > 0
    explorer.live.still()
    explorer.start = np.multiply(explorer.start, 0.9)
    explorer.live.still()
    rest(explorer)
    assert not explorer.live.problem


@pytest.mark.parametrize("surface", ["flat", "a slope", "undefined left of 0", "a pole"])
def test_their_outcomes_are_drawn_too(explore, surface):
    formula, options = HARD[surface]
    explorer = explore(gd.Surface.from_formula(formula, **options), beside="outcomes")
    explorer.live.still()


def test_a_surface_of_plain_functions_can_be_explored(explore):
    bowl = gd.Surface.from_function(
        lambda w: (w**2).sum(axis=0), dimension=2, domain=((-3, 3), (-3, 3))
    )
    explorer = explore(bowl)
    assert same(path(explorer), explorer.descent.path)


# As a widget


@pytest.mark.parametrize("name", gd.surfaces)
def test_its_still_is_small_and_shows_the_run(explore, name):
    explorer = explore(name)
    bundle = explorer._repr_mimebundle_()
    assert len(bundle["image/png"]) < 60_000
    assert bundle["text/plain"] == f"{explorer.live.scene['label']} {explorer.descent.explain()}"
    (trail,) = artists(explorer, "trail")
    assert same(trail.get_xdata(), explorer.descent.path[:, 0])


def test_its_label_says_what_the_picture_shows(explore):
    assert "contour" in explore("bowl").live.scene["label"]
    assert "curve" in explore("parabola").live.scene["label"]
    assert "map" in explore("parabola", beside="outcomes").live.scene["label"]


def test_what_is_closed_is_shown_as_its_sentence(explore):
    x = np.linspace(-1, 1, 9)
    network = explore(gd.Network(x, x**2, hidden=2), steps=5)
    for each in (explore("bowl"), network, gd.Live(Figure(), [], label="Nothing moves.")):
        each.close()
        data, metadata = DisplayFormatter().format(each)
        assert (data, metadata) == ({"text/plain": repr(each)}, {})
        assert len(repr(each)) > 10


@pytest.mark.parametrize("name", ["parabola", "himmelblau"])
def test_closing_leaves_no_widget_and_no_figure(name):
    before = widgets()
    explorer = gd.explore(name, compare=[0.01])
    figure = weakref.ref(explorer.live.figure)
    explorer.surface = "bowl"
    second = weakref.ref(explorer.live.figure)
    explorer.close()
    explorer.close()
    assert widgets() == before
    gc.collect()
    assert figure() is None
    assert second() is None  # though IPython may hold the explorer for ever
    assert "bowl" not in repr(explorer)
    held = weakref.ref(explorer)
    del explorer
    gc.collect()
    assert held() is None


def test_another_surface_frees_the_last_figure(explore):
    explorer = explore("himmelblau")
    figure = weakref.ref(explorer.live.figure)
    explorer.surface = "bowl"
    gc.collect()
    assert figure() is None


def test_explorers_do_not_disturb_each_other(explore):
    first, second = explore("bowl"), explore("bowl")
    before = path(first)
    second.start, second.learning_rate = (1, 1), 0.3
    assert np.array_equal(path(first), before)


# Everything at once, in any order


ACTIONS = {
    "start": lambda e, r: setattr(e, "start", r.uniform(-2, 2, e.surface.dimension)),
    "rate": lambda e, r: setattr(e, "learning_rate", 10 ** r.uniform(-3, 0)),
    "steps": lambda e, r: setattr(e.steps_slider, "value", int(r.integers(1, 60))),
    "rule": lambda e, r: setattr(e, "rule", gd.Momentum(r.uniform(0, 0.9))),
    "surface": lambda e, r: setattr(e, "surface", str(r.choice(list(gd.surfaces)))),
    "pointer": lambda e, r: point(e.live, *r.uniform(-2, 2, 2)),
    "slide": lambda e, r: _slide(e, int(r.integers(121))),
    "rest": lambda e, r: rest(e),
    "reset": lambda e, r: e.reset(),
    "step": lambda e, r: setattr(e.live, "reveal", int(r.integers(e.steps + 1))),
}


def _slide(explorer, index):
    explorer.rate.slider.index = explorer.live.frame = index


@pytest.mark.parametrize("seed", range(4))
def test_after_any_actions_the_picture_is_that_of_the_setting(explore, seed):
    explorer, random = explore("double_well"), np.random.default_rng(seed)
    for name in random.choice(list(ACTIONS), 40):
        ACTIONS[name](explorer, random)
        assert explorer.live.problem == "", name
        assert same(path(explorer), explorer.descent.path), name
        over = explorer.live.reveal >= explorer.descent.steps_taken
        expected = explorer.descent.explain() if over else MEANWHILE
        assert explorer.live.caption == expected, name
        assert rates(explorer)[explorer.rate.slider.index] == explorer.learning_rate, name
        assert np.array_equal(start_of(explorer), np.atleast_1d(explorer.start)), name
        assert explorer.steps_slider.value == explorer.player.step.max == explorer.steps, name


def test_random_starts_have_a_spread_and_no_start_sliders(explore):
    explorer = explore("himmelblau", starts=40, steps=3)
    assert explorer.start_sliders.children == ()
    assert "x" not in explorer.live.controls
    slider = next(panel for panel in explorer.panels if hasattr(panel, "spread")).spread
    wide = explorer.descent.path[0].copy()
    slider.value = 0.5
    assert not explorer.live.whole and explorer.live.table["start"] == [0.0, 0.0, 0.5]
    assert explorer.descent.path[0] == pytest.approx(wide / 2)
    explorer.start = (2, 1)
    assert pytest.approx(wide.T / 2 + (2, 1)) == explorer.descent.path[0].T
    explorer.reset()
    assert (slider.value, explorer.setting.spread) == (1.0, 1.0)
    for wrong in (0, -1, 1.5, np.nan, "wide"):
        with pytest.raises((TypeError, ValueError), match="spread"):
            explorer.change(spread=wrong)
    assert explorer.setting.spread == 1


@pytest.mark.parametrize(
    ("formula", "domain", "start", "low", "high"),
    [  # what lessons 00, 01, 02 and 04 ask to be tried
        (gd.surfaces["himmelblau"].formula, (-5, 5), (0, 0), 0.001, 0.04),
        (gd.surfaces["double_well"].formula, (-2.2, 3.2), -1.9, 0.01, 1),
        ("x**4/4", (-4, 4), 3, 0.01, 1),
        ("x**4/4 - x**2/2 + y**4/4 - y**2/2 + x*y/4", (-2.5, 2.5), (2, 1), 0.1, 0.7),
    ],
)
def test_most_of_the_slider_is_for_rates_at_which_something_else_happens(
    explore, formula, domain, start, low, high
):
    surface = gd.Surface.from_formula(formula, domain=domain, start=start)
    rates = explore(surface).setting.rates.values
    assert rates[0] <= low < high <= rates[-1] < 1000 * rates[0]
    runs = gd.descend(surface, np.reshape(start, (-1, 1)), rates, steps=100)
    assert np.mean(runs.outcome == "diverged") < 0.3
