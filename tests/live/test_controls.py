"""The controls, without a browser: where they stand, and what they are linked to."""

from itertools import permutations

import ipywidgets as widgets_of_ipywidgets
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from matplotlib.figure import Figure

from gdviz.live.box import put_traits
from gdviz.live.controls import FloatSlider, IntSlider, Player, RuledSlider, range_around
from gdviz.live.live import Live
from tests.packets import widgets

LABELS = [(f"{10 ** (k / 60 - 2):.3g}", k) for k in range(121)]


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
    return Live(figure, [(line, "all", ("x", "y"))])


# A slider over a ruler


@pytest.fixture
def slider(live):
    slider = RuledSlider(live, "learning rate")
    slider.put(options=LABELS, index=60)
    return slider


def test_the_browser_alone_moves_the_picture_with_the_slider(slider, live):
    assert live.controls == {"rate": slider.slider}
    assert slider.ruler.slider is slider.slider
    assert (slider.slider.index, slider.slider.label, live.frame) == (60, "0.1", 60)


def test_sliding_from_code_moves_the_picture_too(slider, live):
    slider.put(options=LABELS, index=33)
    assert (slider.slider.index, live.frame) == (33, 33)


def test_a_picture_that_is_ahead_of_the_kernel_is_not_pulled_back(slider, live, monkeypatch):
    slider.slider.index = 40  # as the browser says, which is at 44 by now
    live.frame, sent = 44, []
    monkeypatch.setattr(type(live), "_send", lambda _, message, **more: sent.append(message))
    slider.put(options=LABELS, index=40)
    assert live.frame == 40  # till the kernel hears of 44
    assert sent == []


def test_other_positions_are_taken_over_at_once(slider, live):
    slider.put(options=LABELS[:50], index=0)
    assert (slider.slider.index, slider.slider.label, live.frame) == (0, "0.01", 0)


# Ranges


@pytest.mark.parametrize("told", [*permutations(["value", "min", "max", "step"])])
def test_the_browser_hears_of_a_new_range_before_it_hears_of_the_value(told):
    """Else it clips the value to the old range, and sends that back."""
    for slider in (FloatSlider(), IntSlider()):
        assert list(slider.get_state(told))[-1] == "value"


@pytest.mark.parametrize("told", [*permutations(["value", "max", "step"])])
def test_the_player_hears_of_its_last_step_before_it_is_sent_there(live, told):
    player = Player(live)
    for control in (player.step, player.play):
        assert list(control.get_state(told))[-1] == "value"


@pytest.mark.parametrize("traits", [*permutations(["value", "min", "max"])])
@pytest.mark.parametrize(("low", "high"), [(50.0, 60.0), (-60.0, -50.0), (0.25, 0.75)])
def test_a_range_may_change_in_any_order(traits, low, high):
    slider, heard = FloatSlider(min=0, max=1, value=0.5), []
    slider.observe(lambda change: heard.append(change.new), "value")
    wanted = {"value": (low + high) / 2, "min": low, "max": high}
    put_traits(slider, **{name: wanted[name] for name in traits})
    assert {name: getattr(slider, name) for name in wanted} == wanted
    assert {*heard} <= {wanted["value"]}  # and nothing in between


def test_a_move_is_not_repeated_to_the_browser_it_came_from(live, monkeypatch):
    slider, start, player = RuledSlider(live, "rate"), FloatSlider(), Player(live)
    slider.put(options=LABELS, index=60)
    moves = [(slider.slider, {"index": 7}), (player.step, {"value": 3})]
    moves += [(player.play, {"value": 3}), (start, {"value": 0.5})]
    for control, move in [*moves, (live, {"frame": 7})]:
        sent = []
        monkeypatch.setattr(type(control), "_send", lambda _, message, **more: sent.append(message))  # noqa: B023
        control.set_state(move)
        assert getattr(control, *move) == move[next(iter(move))]
        assert sent == []
    plain = widgets_of_ipywidgets.FloatSlider()
    sent = []
    monkeypatch.setattr(
        widgets_of_ipywidgets.FloatSlider, "_send", lambda _, message, **more: sent.append(message)
    )
    plain.set_state({"value": 0.5})
    assert [message["method"] for message in sent] == ["echo_update"]  # as ipywidgets does


@given(st.floats(-1e9, 1e9), st.floats(-1e6, 1e6), st.floats(1e-3, 1e6))
@example(8.137, -11.0, 22.0)
def test_a_slider_shows_exactly_the_number_that_is_meant(value, low, width):
    """In the browser a slider stands at whole steps only, counted from its least number."""
    assume(abs(value - low) < 1e7 * width)
    high = low + width
    grid = range_around(value, low, high)
    places = (value - grid["min"]) / grid["step"]
    assert places == pytest.approx(round(places), abs=1e-3)
    assert grid["min"] - 1e-6 * grid["step"] <= value <= grid["max"] == max(value, high)
    assert grid["min"] - grid["step"] <= min(value, low) + 1e-6 * grid["step"]
    assert 100 <= (grid["max"] - grid["min"]) / grid["step"] <= 1550


@pytest.mark.parametrize(
    ("value", "shown"), [(8.14, "8.14"), (0.0, "0.00"), (34.0, "34"), (2.1927, "2.1927")]
)
def test_the_number_beside_a_slider_is_the_one_that_is_meant(value, shown):
    grid = range_around(value, *((-5, 5) if abs(value) < 20 else (-100, 100)))
    assert format(value, grid["readout_format"]) == shown


def test_a_range_stays_the_same_while_a_slider_moves_on_it():
    grid = range_around(8.137, -11, 11)
    for k in range(0, 210, 7):
        assert range_around(grid["min"] + k * grid["step"], -11, 11) == grid


# The player


def test_the_player_shows_as_many_steps_as_it_is_told(live):
    player = Player(live)
    for steps, shown in ((25, 25), (10, 10), (10, 3), (100, 0)):
        player.put(max=steps, step=1, value=shown)
        assert (player.step.max, player.play.max) == (steps, steps)
        assert (player.step.value, player.play.value, live.reveal) == (shown, shown, shown)


def test_the_browser_alone_plays(live):
    player = Player(live)
    assert live.controls == {"step": player.step, "play": player.play}
