"""A live figure without a browser: what it sends, what its still shows, what it refuses."""

import gc
import io
import subprocess
import sys
import threading
import weakref

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image
from scipy.special import expit

from gdviz.live import Live
from tests.packets import current, readout, shown, size, unpack, widgets

FRAMES, POINTS = 5, 7


@pytest.fixture(autouse=True)
def nothing_is_left_open():
    before = widgets()
    yield
    for widget in widgets() - before:
        widget.close()


@pytest.fixture
def figure():
    figure = Figure(figsize=(8, 4))
    linear, logarithmic = figure.subplots(1, 2)
    linear.set(xlim=(-4, 4), ylim=(0, 10))
    logarithmic.set(xlim=(0, 6), yscale="log", ylim=(1e-3, 1e3))
    return figure


@pytest.fixture
def lines(figure):
    """Two lines: one on linear axes, one on logarithmic axes."""
    return [ax.plot([], [], "o-", color="red")[0] for ax in figure.axes]


@pytest.fixture
def live(figure, lines):
    options = {"drag": figure.axes[:1], "label": "Two lines.", "readout": "step {}: {}"}
    return Live(figure, dict.fromkeys(lines, "trail"), **options)


def numbers(*shape):
    """Return as many different numbers within both axes."""
    return np.linspace(0.1, 3.9, int(np.prod(shape))).reshape(shape)


def sweep(lines):
    step, x, y = np.arange(POINTS), numbers(FRAMES, POINTS), numbers(FRAMES, POINTS)[::-1]
    return {lines[0]: (x, y), lines[1]: (step, y)}


CAPTIONS = [f"Frame {n}." for n in range(FRAMES)]


# What is sent


def test_a_sweep_holds_the_same_numbers_as_float32(live, lines):
    data = sweep(lines)
    live.show_all(data, CAPTIONS)
    for live.frame in range(FRAMES):
        for line, (x, y) in data.items():
            sent_x, sent_y = shown(live, line)
            assert np.array_equal(sent_x, (x if x.ndim == 1 else x[live.frame]).astype(np.float32))
            assert np.array_equal(sent_y, y[live.frame].astype(np.float32))


def test_an_array_used_twice_travels_once(live, lines):
    data = sweep(lines)
    assert data[lines[0]][1] is data[lines[1]][1]
    live.show_all(data, CAPTIONS, readout=data[lines[1]])
    assert len(live.sweep["arrays"]) == 3
    assert size(live.sweep) < 4 * (2 * FRAMES + 1) * POINTS + 600


def test_what_all_frames_share_is_sent_for_one(live, lines):
    grid = numbers(1, 3, POINTS)  # three lines of one style, the same in every frame
    live.show_all({lines[0]: (np.arange(POINTS), grid)}, CAPTIONS)
    assert [array.shape for array in unpack(live.sweep)] == [(POINTS,), (1, 3, POINTS)]
    assert all(array["shared"] for array in live.sweep["arrays"])
    assert np.array_equal(shown(live, lines[0])[1], grid[0].astype(np.float32))


def test_numbers_beyond_float32_are_sent_as_infinite_without_a_warning(live, lines):
    y = np.array([1.0, 1e60, -1e300, np.nan])
    live.show_all({lines[0]: (np.arange(4), y)}, ["One."])
    assert np.array_equal(shown(live, lines[0])[1], [1, np.inf, -np.inf, np.nan], equal_nan=True)


def test_the_readout_is_read_at_the_shown_step(live, lines):
    data = sweep(lines)
    live.show_all(data, CAPTIONS, readout=data[lines[1]])
    live.frame, live.reveal = 2, 3
    assert readout(live) == [3, data[lines[1]][1][2, 3].astype(np.float32)]


def test_the_scene_tells_how_the_axes_map_and_how_a_line_looks(live, figure):
    linear, logarithmic = live.scene["axes"]
    assert (linear["xlim"], linear["ylim"]) == ([-4, 4], [0, 10])
    assert (linear["yscale"], logarithmic["yscale"]) == ("linear", "log")
    assert (linear["drag"], logarithmic["drag"]) == (True, False)
    assert [artist["axes"] for artist in live.scene["artists"]] == [0, 1]
    assert {artist["color"] for artist in live.scene["artists"]} == {"#ff0000ff"}
    assert (live.scene["width"], live.scene["height"]) == (8, 4)


# Glimpses and sweeps


def one(lines):
    return {lines[0]: (numbers(POINTS), numbers(POINTS))}


def test_a_glimpse_is_shown_until_the_next_sweep(live, lines):
    live.show_all(sweep(lines), CAPTIONS, frame=3)
    assert (live.stale, live.caption) == (False, "Frame 3.")
    live.show_one(one(lines), "A glimpse.")
    assert (live.stale, live.caption) == (True, "A glimpse.")
    assert current(live) == (live.glimpse, 0)
    assert live.glimpse["version"] == live.version
    assert np.array_equal(shown(live, lines[0])[0], numbers(POINTS).astype(np.float32))
    live.show_all(sweep(lines), CAPTIONS, frame=1)
    assert (live.stale, live.caption) == (False, "Frame 1.")


def test_a_caption_may_follow_its_picture(live, lines):
    live.show_all(sweep(lines), CAPTIONS, frame=3)
    live.show_one(one(lines), None)
    assert (live.stale, live.caption, live.glimpse["captions"]) == (True, "", [None])
    live.say("A glimpse.")
    assert live.said == {"of": live.glimpse["version"], "caption": "A glimpse."}
    assert live.caption == "A glimpse."
    live.show_one(one(lines), "Another.")
    assert live.caption == "Another."
    assert live.said["of"] != live.glimpse["version"]


def test_a_glimpse_may_hold_several_lines_of_one_style(live, lines):
    live.show_one({lines[0]: (np.arange(POINTS), numbers(3, POINTS))}, "Three runs.")
    assert unpack(live.glimpse)[1].shape == (1, 3, POINTS)


def test_a_frame_beyond_the_last_shows_the_last(live, lines):
    live.show_all(sweep(lines), CAPTIONS)
    live.frame = FRAMES + 10
    assert live.caption == CAPTIONS[-1]
    live.still()
    x, _ = sweep(lines)[lines[0]]
    live.reveal = POINTS
    live.still()
    assert np.array_equal(lines[0].get_xdata(), x[-1])


def test_a_problem_stands_in_place_of_the_caption(live, lines):
    live.show_all(sweep(lines), CAPTIONS)
    live.problem = "ValueError: no."
    assert repr(live) == "Two lines. ValueError: no."
    live.problem = ""
    assert repr(live) == "Two lines. Frame 0."


def test_another_picture_waits_for_its_own_numbers(live, lines):
    live.show_all(sweep(lines), CAPTIONS)
    other = Figure(figsize=(4, 4))
    (line,) = other.subplots().plot([], [])
    live.restage(other, {line: "all"}, label="One line.")
    assert live.sweep["scene"] != live.scene["id"]  # the browser goes on showing the old one
    live.show_all({line: (np.arange(2), numbers(FRAMES, 2))}, CAPTIONS)
    assert live.sweep["scene"] == live.scene["id"]
    assert (live.scene["label"], live.scene["width"]) == ("One line.", 4)
    live.still()


# Stills


def pixels(png):
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int)


def red(png):
    """Return the centre of what is red in a picture, as fractions from its lower left corner."""
    picture = pixels(png)
    height, width, _ = picture.shape
    row, column = np.nonzero((picture[..., 0] > 200) & (picture[..., 1:] < 60).all(axis=2))
    return (column.mean() + 0.5) / width, 1 - (row.mean() + 0.5) / height


def test_a_still_is_a_small_png_of_the_figures_size(live, lines):
    live.show_all(sweep(lines), CAPTIONS)
    png = live.still()
    assert png.startswith(b"\x89PNG")
    assert len(png) < 60_000
    assert pixels(png).shape == (400, 800, 3)
    assert pixels(live.background).shape == (800, 1600, 3)


def test_moving_artists_are_on_the_still_and_not_on_the_background(live, lines):
    live.show_all(sweep(lines), CAPTIONS)
    live.reveal = POINTS
    assert np.isfinite(red(live.still())).all()
    background = pixels(live.background)
    assert not ((background[..., 0] > 200) & (background[..., 1:] < 60).all(axis=2)).any()


@pytest.mark.parametrize("follow", ["trail", "point", "first", "all"])
def test_a_still_shows_the_frame_and_step_that_are_shown(figure, lines, follow):
    live = Live(figure, dict.fromkeys(lines, follow))
    data = sweep(lines)
    live.show_all(data, CAPTIONS)
    live.frame, live.reveal = 3, 4
    live.still()
    part = {"trail": slice(5), "point": slice(4, 5), "first": slice(1), "all": slice(None)}[follow]
    for line, (x, y) in data.items():
        assert np.array_equal(line.get_xdata(), (x if x.ndim == 1 else x[3])[part])
        assert np.array_equal(line.get_ydata(), y[3][part])


def test_a_still_shows_a_glimpse(live, lines):
    live.show_all(sweep(lines), CAPTIONS, frame=3)
    live.reveal = POINTS
    live.show_one(one(lines), "A glimpse.")
    live.still()
    assert np.array_equal(lines[0].get_xdata(), numbers(POINTS))


def test_several_lines_of_one_style_are_not_joined(figure, lines):
    live = Live(figure, {lines[0]: "all"})
    live.show_one({lines[0]: (np.arange(3), np.ones((2, 3)))}, "Two lines.")
    live.still()
    expected = [0, 1, 2, np.nan, 0, 1, 2, np.nan]
    assert np.array_equal(lines[0].get_xdata(), expected, equal_nan=True)


def test_a_tangent_has_the_slope_it_is_given_and_its_point_in_the_middle(figure, lines):
    live = Live(figure, {lines[0]: "tangent"})
    x, slope = np.array([-2.0, 0.0, 1.0]), np.array([-4.0, 0.0, 2.0])
    live.show_one({lines[0]: (x, x**2, slope)}, "A parabola.")
    for live.reveal in range(3):
        live.still()
        (x0, x1), (y0, y1) = lines[0].get_data()
        assert (y1 - y0) / (x1 - x0) == pytest.approx(slope[live.reveal], abs=1e-9)
        assert (x0 + x1) / 2 == pytest.approx(x[live.reveal], abs=1e-9)


@pytest.mark.parametrize("terms", [(-3, 2, 0), (8, 0, -2), (1, 0.5, -0.25), (40, 1, 1)])
def test_a_level_is_where_a_score_has_its_value_at_the_shown_step(figure, lines, terms):
    live = Live(figure, {lines[0]: "level"})
    steps = [np.array([other, term], float) for other, term in zip((1, 1, 1), terms, strict=True)]
    live.show_one({lines[0]: (*steps, np.array([0.75]))}, "A line.")
    live.reveal = 1
    live.still()
    x, y = lines[0].get_data()
    assert terms[0] + terms[1] * x + terms[2] * y == pytest.approx([0.75, 0.75])
    assert np.hypot(np.ptp(x) / 8, np.ptp(y) / 10) > 2  # longer than the axes are wide or high


def test_a_ramp_has_the_colours_of_its_score(figure, lines):
    ax = lines[0].axes
    ramp = ax.imshow([[0.5]], extent=(-4, 4, 0, 10), aspect="auto", cmap="gray", vmin=0, vmax=1)
    live = Live(figure, {ramp: "ramp"})
    live.show_one({ramp: (np.array([-1.0]), np.array([0.5]), np.array([0.1]))}, "A ramp.")
    live.still()
    x, y = np.linspace(-4, 4, 201)[1::2], np.linspace(10, 0, 201)[1::2]
    expected = expit(-1 + 0.5 * x + 0.1 * y[:, np.newaxis])
    assert np.asarray(ramp.get_array()) == pytest.approx(expected)
    (spec,) = live.scene["artists"]  # the browser knows the colours of scores from -6 to 6
    greys = [int(colour[1:3], 16) / 255 for colour in spec["colors"]]
    assert greys == pytest.approx(expit(np.linspace(-6, 6, len(greys))), abs=0.01)


def test_what_shows_while_a_pointer_hovers_is_on_no_still(figure, lines):
    live = Live(figure, {lines[0]: "hover"}, drag=figure.axes, hover={figure.axes[1]: "{} {}"})
    live.show_one({lines[0]: (np.arange(3), np.ones(1), np.ones(1), np.arange(3))}, "Hover.")
    live.still()
    assert len(lines[0].get_xdata()) == 0
    assert [axes["hover"] for axes in live.scene["axes"]] == ["", "{} {}"]


@pytest.mark.parametrize("panel", [0, 1], ids=["linear", "logarithmic"])
def test_a_place_is_where_the_scene_says_the_browser_draws_it(figure, lines, panel):
    """The still, drawn by matplotlib, agrees with the numbers that drawing.js maps by."""
    live = Live(figure, {lines[panel]: "all"})
    place = 2.5, 8.0
    live.show_one({lines[panel]: ([place[0]], [place[1]])}, "A dot.")
    axes = live.scene["axes"][panel]
    left, bottom, width, height = axes["box"]
    scale = np.log10 if axes["yscale"] == "log" else np.asarray
    low, high = scale(axes["ylim"])
    x = left + width * (place[0] - axes["xlim"][0]) / np.ptp(axes["xlim"])
    y = bottom + height * (scale(place[1]) - low) / (high - low)
    assert red(live.still()) == pytest.approx((x, y), abs=1 / 400)


def test_stills_may_be_drawn_from_several_threads(live, lines):
    live.show_all(sweep(lines), CAPTIONS)
    live.reveal = POINTS
    expected, found = live.still(), []
    threads = [threading.Thread(target=lambda: found.append(live.still())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected] * 4


def test_it_is_shown_as_a_view_a_sentence_and_a_still(live, lines):
    live.show_all(sweep(lines), CAPTIONS)
    data, _ = live._repr_mimebundle_()
    assert data["text/plain"] == "Two lines. Frame 0."
    assert data["image/png"] == live.still()
    assert data["application/vnd.jupyter.widget-view+json"]["model_id"] == live.model_id


# What is refused


def bad(make, error, *words):
    with pytest.raises(error) as caught:
        make()
    for word in words:
        assert word in str(caught.value)


def test_what_is_no_figure_is_refused():
    bad(lambda: Live(3, {}), TypeError, "figure", "3", "Figure()")


def test_artists_that_cannot_move_are_refused(figure, lines):
    other = Figure().subplots().plot([], [])[0]
    bad(lambda: Live(figure, {figure: "all"}), TypeError, "moving", "Figure", "Line2D")
    bad(lambda: Live(figure, {other: "all"}), ValueError, "moving", "not on the axes")
    bad(lambda: Live(figure, {lines[0]: "tail"}), ValueError, "moving", "'tail'", "'trail'")
    figure.axes[0].set_xscale("symlog")
    bad(lambda: Live(figure, {lines[0]: "all"}), ValueError, "scale", "symlog", "'log'")


@pytest.mark.parametrize(
    ("columns", "remedy"),
    [
        ((np.zeros(3),), "give x, y"),
        ((np.zeros(3), np.zeros(3), np.zeros(3)), "give x, y"),
        ((np.zeros(0), np.zeros(0)), "at least one point"),
        ((1.0, 2.0), "at least one point"),
        ((np.zeros(3), np.zeros((4, 3))), "one per caption"),
        ((np.zeros(3), np.zeros((FRAMES, 4))), "equally long"),
    ],
)
def test_numbers_that_make_no_frames_are_refused(live, lines, columns, remedy):
    live.show_all(sweep(lines), CAPTIONS)
    before = live.sweep, live.version
    bad(lambda: live.show_all({lines[0]: columns}, CAPTIONS), ValueError, "data", remedy)
    assert (live.sweep, live.version) == before
    live.still()


def test_numbers_for_an_artist_that_does_not_move_are_refused(figure, lines):
    live = Live(figure, {lines[0]: "all"})
    bad(lambda: live.show_one({lines[1]: ([1], [1])}, "No."), ValueError, "data", "does not move")


def test_a_sweep_of_no_frames_is_refused(live):
    bad(lambda: live.show_all({}, []), ValueError, "captions", "one sentence per frame")


# Its end


def test_closing_leaves_neither_widgets_nor_a_figure(figure, lines):
    before = widgets()
    live = Live(figure, dict.fromkeys(lines, "trail"), label="Two lines.")
    live.show_all(sweep(lines), CAPTIONS)
    live.close()
    live.close()
    assert widgets() == before
    assert repr(live) == "Two lines. Frame 0."
    assert not live.background
    assert not live.sweep["arrays"]


def test_a_closed_figure_is_freed_even_while_its_widget_is_held():
    figure = Figure()
    (line,) = figure.subplots().plot([], [])
    live = Live(figure, {line: "all"})
    live.show_one({line: ([1], [1])}, "A dot.")
    live.close()
    remembered = weakref.ref(figure)
    del figure, line
    gc.collect()
    assert remembered() is None


def test_pyplot_is_never_loaded():
    """It keeps figures for ever, and is not for the second thread that callbacks run on."""
    code = (
        "import sys, gdviz; gdviz.explore('parabola').live.still();"
        "assert 'matplotlib.pyplot' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


def test_texts_on_one_place_are_written_below_each_other(figure):
    ax = figure.axes[1]
    texts = [
        ax.annotate(name, (0, 1), xytext=(6, 0), textcoords="offset points", fontsize=8)
        for name in ("momentum", "Adam", "elsewhere")
    ]
    live = Live(figure, dict.fromkeys(texts, "point"))
    together = np.array([2.0]), np.array([5.0])
    live.show_all(dict.fromkeys(texts[:2], together) | {texts[2]: (np.zeros(1), together[1])}, [""])
    live.still()
    boxes = [text.get_window_extent() for text in texts]
    assert not boxes[0].overlaps(boxes[1])
    assert [float(text.xy[1]) for text in texts[::2]] == pytest.approx([5, 5])
