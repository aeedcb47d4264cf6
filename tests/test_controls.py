"""The controls, without a browser: where they stand, and what they are linked to."""

from itertools import permutations

import numpy as np
import pytest
from ipywidgets import FloatSlider
from matplotlib.figure import Figure

from gdviz.controls import Player, RateSlider, StartSliders
from gdviz.live import Live
from tests.packets import widgets

RATES = np.geomspace(0.01, 1, 121)


@pytest.fixture(autouse=True)
def nothing_is_left_open():
    before = widgets()
    yield
    for widget in widgets() - before:
        widget.close()


@pytest.fixture
def live():
    figure = Figure()
    (line,) = figure.subplots().plot([], [])
    return Live(figure, {line: "all"})


def linked(links):
    """Return what is linked in the browser: pairs of (widget, trait)."""
    return [(link.source, link.target) for link in links]


# The learning rate


@pytest.fixture
def slider(live):
    slider = RateSlider(live)
    slider.lay_out(RATES, 0.1, [("best", RATES[90]), ("limit", RATES[110])])
    return slider


def test_the_slider_stands_at_the_rate_nearest_to_the_one_asked_for(slider):
    assert slider.slider.index == 60
    assert slider.slider.label == "0.1"
    assert len(slider.slider.options) == len(RATES)


def test_the_browser_alone_moves_the_picture_with_the_slider(slider, live):
    index = slider.slider, "index"
    assert linked(slider.links) == [(index, (live, "frame"))]
    assert slider.ruler.slider is slider.slider


def test_marks_are_named_and_stand_at_their_rates(slider):
    assert slider.ruler.marks == [[90, f"best {RATES[90]:.3g}"], [110, f"limit {RATES[110]:.3g}"]]
    assert slider.ruler.count == len(RATES)


def test_it_knows_its_rates(slider):
    assert slider.holds(RATES[7])
    assert not slider.holds(RATES[7] * (1 + 1e-9))
    assert slider.nearest(RATES[7] * 1.001) == RATES[7]
    assert (slider.nearest(1e-9), slider.nearest(1e9)) == (RATES[0], RATES[-1])


def test_sliding_from_code_moves_the_picture_too(slider, live):
    slider.slide_to(RATES[33])
    assert (slider.slider.index, live.frame) == (33, 33)


def test_other_rates_are_taken_over_at_once(slider):
    heard = []
    slider.slider.observe(lambda change: heard.append(change.new), "index")
    slider.lay_out(RATES * 100, RATES[0] * 100)
    assert (slider.slider.index, slider.slider.label) == (0, "1")
    assert slider.ruler.marks == []
    assert set(heard) == {0}  # and no index in between


# The start


@pytest.fixture
def sliders():
    return StartSliders()


def test_there_is_a_slider_per_coordinate(sliders):
    sliders.place((1.0,), ((-2, 2),))
    assert [slider.description for slider in sliders.children] == ["start x"]
    sliders.place((1.0, 3.0), ((-2, 2), (-4, 4)))
    assert [slider.description for slider in sliders.children] == ["start x", "start y"]
    assert sliders.value == (1, 3)
    ends = [(slider.min, slider.max) for slider in sliders.children]
    assert ends == [(-2, 2), (-4, 4)]


def test_a_start_between_two_steps_is_kept_though_the_slider_shows_a_step(sliders):
    """For in the browser a slider rounds whatever it is given, and sends that back."""
    sliders.place((0.1234, -1.1), ((-2, 2), (-4, 4)))
    x, y = sliders.children
    assert (x.value, y.value) == pytest.approx((0.12, -1.1), abs=1e-12)
    assert sliders.value == (0.1234, -1.1)
    x.value = -2 + 212 * x.step  # the same step, reckoned otherwise
    assert sliders.value == (0.1234, -1.1)
    y.value = 1.0
    assert sliders.value == (0.1234, 1.0)
    x.value = 0.13
    assert sliders.value == (0.13, 1.0)


def test_a_slider_that_a_hand_has_moved_is_left_alone(sliders):
    sliders.place((0.5,), ((-2, 2),))
    (slider,) = sliders.children
    slider.value = 0.7100000000000001
    heard = []
    slider.observe(heard.append)
    sliders.place(sliders.value, ((-2, 2),))
    assert heard == []


@pytest.mark.parametrize("told", [*permutations(["value", "min", "max", "step"])])
def test_the_browser_hears_of_a_new_range_before_it_hears_of_the_value(sliders, told):
    """Else it clips the value to the old range, and sends that back as a new start."""
    for slider in sliders.sliders:
        assert list(slider.get_state(told))[-1] == "value"


@pytest.mark.parametrize("told", [*permutations(["value", "max", "step"])])
def test_the_player_hears_of_its_last_step_before_it_is_sent_there(live, told):
    player = Player(live)
    for control in (player.step, player.play):
        assert list(control.get_state(told))[-1] == "value"


def test_a_move_is_not_repeated_to_the_browser_it_came_from(live, monkeypatch):
    slider, sliders, player = RateSlider(live), StartSliders(), Player(live)
    slider.lay_out(RATES, 0.1)
    moves = [(slider.slider, {"index": 7}), (player.step, {"value": 3})]
    moves += [
        (player.play, {"value": 3}),
        (sliders.sliders[0], {"value": 0.5}),
        (live, {"frame": 7}),
    ]
    for control, move in [*moves, (live, {"frame": 7})]:
        sent = []
        monkeypatch.setattr(type(control), "_send", lambda _, message, **more: sent.append(message))  # noqa: B023
        control.set_state(move)
        assert getattr(control, *move) == move[next(iter(move))]
        assert sent == []
    plain = FloatSlider()
    sent = []
    monkeypatch.setattr(FloatSlider, "_send", lambda _, message, **more: sent.append(message))
    plain.set_state({"value": 0.5})
    assert [message["method"] for message in sent] == ["echo_update"]  # as ipywidgets does


@pytest.mark.parametrize("start", [-1000.0, 0.5, 1000.0])
@pytest.mark.parametrize("domain", [(-1, 1), (50, 60), (-1e-6, 1e-6), (-2e5, -1e5)])
def test_a_start_outside_the_domain_widens_the_slider(sliders, start, domain):
    sliders.place((0.0,), ((-3, 3),))
    sliders.place((start,), (domain,))
    (slider,) = sliders.children
    assert sliders.value == (start,)
    assert (slider.min, slider.max) == (min(start, domain[0]), max(start, domain[1]))
    assert 100 <= (slider.max - slider.min) / slider.step <= 1500


def test_closing_them_closes_the_hidden_one_too():
    before = widgets()
    sliders = StartSliders()
    sliders.place((1.0,), ((-2, 2),))
    sliders.close()
    assert {type(widget).__name__ for widget in widgets() - before} == {"Layout"}  # its own


# The player


def test_the_player_shows_all_steps_at_first(live):
    player = Player(live)
    player.show(25)
    assert (player.step.max, player.play.max) == (25, 25)
    assert (player.step.value, player.play.value, live.reveal) == (25, 25, 25)
    player.show(10)
    assert (player.step.max, player.step.value, live.reveal) == (10, 10, 10)


def test_the_browser_alone_plays(live):
    player = Player(live)
    step = player.step, "value"
    assert linked(player.links) == [((player.play, "value"), step), (step, (live, "reveal"))]
