"""A live figure without a browser: what it sends, what its still shows, what it refuses."""

import gc
import io
import subprocess
import sys
import threading
import weakref

import numpy as np
import pytest
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.figure import Figure
from PIL import Image
from scipy.special import expit

from gdviz.live.live import Live
from tests.packets import column, current, readout, shown, size, widgets

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
    options = {"drag": figure.axes[:1], "label": "Two lines.", "readout": "step {step}: {y}"}
    marks = [(lines[0], "trail", ("x", "y")), (lines[1], "trail", ("step", "y"))]
    return Live(figure, marks, **options)


def numbers(*shape):
    """Return as many different numbers within both axes."""
    return np.linspace(0.1, 3.9, int(np.prod(shape))).reshape(shape)


def everything():
    """Return columns of all frames."""
    step, x, y = np.arange(POINTS), numbers(FRAMES, POINTS), numbers(FRAMES, POINTS)[::-1]
    return {"step": step, "x": x, "y": y}


CAPTIONS = [f"Frame {n}." for n in range(FRAMES)]


# What is sent


def test_a_figure_keeps_no_pixels_of_what_it_has_drawn(live):
    live.show(everything(), [""] * FRAMES)
    live.still()
    kept = [each for each in gc.get_objects() if isinstance(each, RendererAgg)]
    assert kept and not any(each.width in (800, 1600) for each in kept)


def test_a_table_holds_the_same_numbers_as_float32(live, lines):
    columns = everything()
    live.show(columns, CAPTIONS)
    for live.frame in range(FRAMES):
        for line, x in zip(lines, (columns["x"][live.frame], columns["step"]), strict=True):
            sent_x, sent_y = shown(live, line)
            assert np.array_equal(sent_x, x.astype(np.float32))
            assert np.array_equal(sent_y, columns["y"][live.frame].astype(np.float32))


def test_a_column_used_twice_travels_once(live):
    live.show(everything(), CAPTIONS)
    assert size(live.table) < 4 * (2 * FRAMES + 1) * POINTS + 600


def test_what_all_frames_share_is_sent_for_one(figure, lines):
    live = Live(figure, [(lines[0], "all", ("step", "grid"))])
    grid = numbers(1, 3, POINTS)  # three lines of one style, the same in every frame
    live.show({"step": np.arange(POINTS), "grid": grid}, CAPTIONS)
    sent = live.table["columns"]
    assert [sent[name]["frames"] for name in ("step", "grid")] == [1, 1]
    assert np.array_equal(shown(live, lines[0])[1], grid[0].astype(np.float32))


def test_columns_that_all_tables_share_are_sent_with_the_scene(figure, lines):
    inputs = numbers(POINTS)
    live = Live(figure, [(lines[0], "all", ("inputs", "y"))], columns={"inputs": inputs})
    for y in (numbers(POINTS), -numbers(POINTS)):
        live.show({"y": y}, ["One."], whole=False)
        assert {*live.table["columns"]} == {"y"}
        assert np.array_equal(shown(live, lines[0])[0], inputs.astype(np.float32))
    live.still()
    assert np.array_equal(lines[0].get_xdata(), inputs)


def test_numbers_beyond_float32_are_sent_as_infinite_without_a_warning(live):
    y = np.array([1.0, 1e60, -1e300, np.nan])
    live.show({"x": np.arange(4), "y": y}, ["One."])
    assert np.array_equal(column(live, "y"), [1, np.inf, -np.inf, np.nan], equal_nan=True)


def test_the_readout_is_read_at_the_shown_step(live):
    columns = everything()
    live.show(columns, CAPTIONS)
    live.frame, live.reveal = 2, 3
    assert readout(live) == [3, columns["y"][2, 3].astype(np.float32)]


def test_the_scene_tells_how_the_axes_map_and_how_a_line_looks(live, figure):
    linear, logarithmic = live.scene["axes"]
    assert (linear["xlim"], linear["ylim"]) == ([-4, 4], [0, 10])
    assert (linear["yscale"], logarithmic["yscale"]) == ("linear", "log")
    assert (linear["drag"], logarithmic["drag"]) == (True, False)
    assert [artist["axes"] for artist in live.scene["marks"]] == [0, 1]
    assert {artist["color"] for artist in live.scene["marks"]} == {"#ff0000ff"}
    assert (live.scene["width"], live.scene["height"]) == (8, 4)


# One frame, and all


def one():
    return {"x": numbers(POINTS), "y": numbers(POINTS)}


def test_one_frame_is_shown_until_all_are_there(live):
    live.show(everything(), CAPTIONS, frame=3)
    assert (live.whole, live.caption) == (True, "Frame 3.")
    key = live.key
    live.show(one(), ["One frame."], whole=False)
    assert (live.whole, live.caption) == (False, "One frame.")
    assert current(live) == (live.table, 0)
    assert live.key > key
    assert np.array_equal(column(live, "x"), numbers(POINTS).astype(np.float32))
    live.show(everything(), CAPTIONS, frame=1)
    assert (live.whole, live.caption) == (True, "Frame 1.")


def test_one_frame_may_hold_several_lines_of_one_style(live):
    live.show({"step": np.arange(POINTS), "y": numbers(3, POINTS)}, ["Three runs."], whole=False)
    assert column(live, "y").shape == (3, POINTS)


def test_a_frame_beyond_the_last_shows_the_last(live, lines):
    live.show(everything(), CAPTIONS)
    live.frame = FRAMES + 10
    assert live.caption == CAPTIONS[-1]
    live.still()
    live.reveal = POINTS
    live.still()
    assert np.array_equal(lines[0].get_xdata(), everything()["x"][-1])


def test_a_problem_stands_in_place_of_the_caption(live, lines):
    live.show(everything(), CAPTIONS)
    live.problem = "ValueError: no."
    assert repr(live) == "Two lines. ValueError: no."
    live.problem = ""
    assert repr(live) == "Two lines. Frame 0."


def test_another_picture_waits_for_its_own_numbers(live, lines):
    live.show(everything(), CAPTIONS)
    other = Figure(figsize=(4, 4))
    (line,) = other.subplots().plot([], [])
    live.restage(other, [(line, "all", ("step", "y"))], label="One line.")
    assert live.table["scene"] != live.scene["id"]  # the browser goes on showing the old one
    live.show({"step": np.arange(2), "y": numbers(FRAMES, 2)}, CAPTIONS)
    assert live.table["scene"] == live.scene["id"]
    assert (live.scene["label"], live.scene["width"]) == ("One line.", 4)
    live.still()


def test_a_figure_can_be_given_later(figure, lines):
    live = Live()
    data, _ = live._repr_mimebundle_()
    assert repr(live) == data["text/plain"] == "" and "image/png" not in data
    live.restage(figure, [(lines[0], "trail", ("x", "y"))], label="A line.")
    live.show(everything(), CAPTIONS)
    data, _ = live._repr_mimebundle_()
    assert data["text/plain"] == "A line. Frame 0."
    assert pixels(data["image/png"]).shape == (400, 800, 3)
    live.close()


def test_a_readout_whose_column_is_not_there_yet_is_no_error(figure, lines):
    mark = lines[0], "trail", ("x", "y")
    live = Live(figure, [mark], readout="{x} {far}", meanwhile="Go on.")
    live.show({"x": np.arange(3), "y": np.arange(3)}, ["The end."])
    assert live.caption == "Go on."
    live.reveal = 2
    assert live.caption == "The end."
    live.close()


@pytest.mark.parametrize("inches", [(3.337, 2.221), (2.005, 2.995), (3.0049, 2.0051)])
def test_a_still_of_odd_size_is_whole(inches):
    figure = Figure(figsize=inches)
    (line,) = figure.subplots().plot([], [])
    live = Live(figure, [(line, "all", ("x", "y"))])
    live.show({"x": np.arange(2), "y": np.arange(2)}, ["A line."])
    assert pixels(live.still()).shape == (*(int(100 * inch) for inch in inches[::-1]), 3)
    live.close()


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
    live.show(everything(), CAPTIONS)
    png = live.still()
    assert png.startswith(b"\x89PNG")
    assert len(png) < 60_000
    assert pixels(png).shape == (400, 800, 3)
    assert pixels(live.background).shape == (800, 1600, 3)


def test_a_still_is_what_matplotlib_draws(live, figure, lines):
    live.show(everything(), CAPTIONS)
    live.reveal = POINTS
    still, buffer = pixels(live.still()), io.BytesIO()
    figure.savefig(buffer, dpi=100)
    assert np.abs(still - pixels(buffer.getvalue())).mean() < 3  # of 255


def test_moving_artists_are_on_the_still_and_not_on_the_background(live, lines):
    live.show(everything(), CAPTIONS)
    live.reveal = POINTS
    assert np.isfinite(red(live.still())).all()
    background = pixels(live.background)
    assert not ((background[..., 0] > 200) & (background[..., 1:] < 60).all(axis=2)).any()


@pytest.mark.parametrize("follow", ["trail", "point", "first", "all"])
def test_a_still_shows_the_frame_and_step_that_are_shown(figure, lines, follow):
    live = Live(
        figure, [(line, follow, (x, "y")) for line, x in zip(lines, ("x", "step"), strict=True)]
    )
    columns = everything()
    live.show(columns, CAPTIONS)
    live.frame, live.reveal = 3, 4
    live.still()
    part = {"trail": slice(5), "point": slice(4, 5), "first": slice(1), "all": slice(None)}[follow]
    for line, x in zip(lines, (columns["x"][3], columns["step"]), strict=True):
        assert np.array_equal(line.get_xdata(), x[part])
        assert np.array_equal(line.get_ydata(), columns["y"][3][part])


def test_a_still_shows_a_single_frame(live, lines):
    live.show(everything(), CAPTIONS, frame=3)
    live.reveal = POINTS
    live.show(one(), ["One frame."], whole=False)
    live.still()
    assert np.array_equal(lines[0].get_xdata(), numbers(POINTS))


def test_several_lines_of_one_style_are_not_joined(figure, lines):
    live = Live(figure, [(lines[0], "all", ("x", "y"))])
    live.show({"x": np.arange(3), "y": np.ones((2, 3))}, ["Two lines."], whole=False)
    live.still()
    expected = [0, 1, 2, np.nan, 0, 1, 2, np.nan]
    assert np.array_equal(lines[0].get_xdata(), expected, equal_nan=True)


def test_a_tangent_has_the_slope_it_is_given_and_its_point_in_the_middle(figure, lines):
    live = Live(figure, [(lines[0], "tangent", ("x", "y", "slope"))])
    x, slope = np.array([-2.0, 0.0, 1.0]), np.array([-4.0, 0.0, 2.0])
    live.show({"x": x, "y": x**2, "slope": slope}, ["A parabola."], whole=False)
    for live.reveal in range(3):
        live.still()
        (x0, x1), (y0, y1) = lines[0].get_data()
        assert (y1 - y0) / (x1 - x0) == pytest.approx(slope[live.reveal], abs=1e-9)
        assert (x0 + x1) / 2 == pytest.approx(x[live.reveal], abs=1e-9)


@pytest.mark.parametrize("terms", [(-3, 2, 0), (8, 0, -2), (1, 0.5, -0.25), (40, 1, 1)])
def test_a_level_is_where_a_score_has_its_value_at_the_shown_step(figure, lines, terms):
    live = Live(figure, [(lines[0], "level", tuple("abc"), 0.75)])
    columns = {name: np.array([1, term], float) for name, term in zip("abc", terms, strict=True)}
    live.show(columns, ["A line."], whole=False)
    live.reveal = 1
    live.still()
    x, y = lines[0].get_data()
    assert terms[0] + terms[1] * x + terms[2] * y == pytest.approx([0.75, 0.75])
    assert np.hypot(np.ptp(x) / 8, np.ptp(y) / 10) > 2  # longer than the axes are wide or high


def test_a_ramp_has_the_colours_of_its_score(figure, lines):
    ax = lines[0].axes
    ramp = ax.imshow([[0.5]], extent=(-4, 4, 0, 10), aspect="auto", cmap="gray", vmin=0, vmax=1)
    live = Live(figure, [(ramp, "ramp", tuple("abc"))])
    terms = {"a": np.array([-1.0]), "b": np.array([0.5]), "c": np.array([0.1])}
    live.show(terms, ["A ramp."], whole=False)
    live.still()
    x, y = np.linspace(-4, 4, 201)[1::2], np.linspace(10, 0, 201)[1::2]
    expected = expit(-1 + 0.5 * x + 0.1 * y[:, np.newaxis])
    assert np.asarray(ramp.get_array()) == pytest.approx(expected)
    (spec,) = live.scene["marks"]  # the browser knows the colours of scores from -6 to 6
    greys = [int(colour[1:3], 16) / 255 for colour in spec["colors"]]
    assert greys == pytest.approx(expit(np.linspace(-6, 6, len(greys))), abs=0.01)


def test_what_shows_while_a_pointer_hovers_is_on_no_still(figure, lines):
    marks = [(lines[0], "hover", ("x", "u"))]
    live = Live(figure, marks, drag=figure.axes, hover={figure.axes[1]: "{x} {y}"})
    live.show({"x": np.arange(3), "u": np.arange(3)}, ["Hover."], whole=False)
    live.still()
    assert len(lines[0].get_xdata()) == 0
    assert [axes["hover"] for axes in live.scene["axes"]] == ["", "{x} {y}"]


@pytest.mark.parametrize("panel", [0, 1], ids=["linear", "logarithmic"])
def test_a_place_is_where_the_scene_says_the_browser_draws_it(figure, lines, panel):
    """The still, drawn by matplotlib, agrees with the numbers that drawing.js maps by."""
    live = Live(figure, [(lines[panel], "all", ("x", "y"))])
    place = 2.5, 8.0
    live.show({"x": [place[0]], "y": [place[1]]}, ["A dot."])
    axes = live.scene["axes"][panel]
    left, bottom, width, height = axes["box"]
    scale = np.log10 if axes["yscale"] == "log" else np.asarray
    low, high = scale(axes["ylim"])
    x = left + width * (place[0] - axes["xlim"][0]) / np.ptp(axes["xlim"])
    y = bottom + height * (scale(place[1]) - low) / (high - low)
    assert red(live.still()) == pytest.approx((x, y), abs=1 / 400)


def test_stills_may_be_drawn_from_several_threads(live, lines):
    live.show(everything(), CAPTIONS)
    live.reveal = POINTS
    expected, found = live.still(), []
    threads = [threading.Thread(target=lambda: found.append(live.still())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected] * 4


def test_it_is_shown_as_a_view_a_sentence_and_a_still(live, lines):
    live.show(everything(), CAPTIONS)
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
    bad(lambda: Live(3, []), TypeError, "figure", "3", "Figure()")


def test_artists_that_cannot_move_are_refused(figure, lines):
    other, columns = Figure().subplots().plot([], [])[0], ("x", "y")
    bad(lambda: Live(figure, [(figure, "all", columns)]), TypeError, "marks", "Figure", "Line2D")
    bad(lambda: Live(figure, [(other, "all", columns)]), ValueError, "marks", "not on the axes")
    bad(
        lambda: Live(figure, [(lines[0], "tail", columns)]),
        ValueError,
        "marks",
        "'tail'",
        "'trail'",
    )
    figure.axes[0].set_xscale("symlog")
    bad(lambda: Live(figure, [(lines[0], "all", columns)]), ValueError, "scale", "symlog", "'log'")


@pytest.mark.parametrize("columns", [("x",), ("x", "y", "z")])
def test_a_mark_wants_as_many_columns_as_it_draws(figure, lines, columns):
    make = lambda: Live(figure, [(lines[0], "trail", columns)])  # noqa: E731
    bad(make, ValueError, "marks", "'trail'", str(list(columns)))


@pytest.mark.parametrize(
    ("columns", "remedy"),
    [
        ({"x": np.zeros(0), "y": np.zeros(0)}, "at least one point"),
        ({"x": 1.0, "y": 2.0}, "at least one point"),
        ({"x": np.zeros(3), "y": np.zeros((4, 3))}, "one per caption"),
        ({"x": np.zeros(3), "y": np.zeros((FRAMES, 4))}, "equally long"),
    ],
)
def test_numbers_that_make_no_frames_are_refused(live, columns, remedy):
    live.show(everything(), CAPTIONS)
    before = live.table
    bad(lambda: live.show(columns, CAPTIONS), ValueError, "columns", remedy)
    assert live.table is before
    live.still()


def test_a_table_of_no_frames_is_refused(live):
    bad(lambda: live.show({}, []), ValueError, "captions", "one sentence per frame")


# Its end


def test_closing_leaves_neither_widgets_nor_a_figure(figure, lines):
    before = widgets()
    live = Live(figure, [(line, "trail", ("x", "y")) for line in lines], label="Two lines.")
    live.show(everything(), CAPTIONS)
    live.close()
    live.close()
    assert widgets() == before
    assert repr(live) == "Two lines. Frame 0."
    assert not live.background
    assert not live.table["columns"]


def test_a_closed_figure_is_freed_even_while_its_widget_is_held():
    figure = Figure()
    (line,) = figure.subplots().plot([], [])
    live = Live(figure, [(line, "all", ("x", "y"))])
    live.show({"x": [1], "y": [1]}, ["A dot."])
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
    columns = ("here", "high"), ("here", "high"), ("there", "high")
    marks = [(text, "point", each) for text, each in zip(texts, columns, strict=True)]
    live = Live(figure, marks)
    live.show({"here": np.array([2.0]), "there": np.zeros(1), "high": np.array([5.0])}, [""])
    live.still()
    boxes = [text.get_window_extent() for text in texts]
    assert not boxes[0].overlaps(boxes[1])
    assert [float(text.xy[1]) for text in texts[::2]] == pytest.approx([5, 5])


# What a mark draws


def test_a_point_that_is_held_stays_inside_the_axes(figure, lines):
    ax = figure.axes[1]
    name = ax.annotate("run", (0, 1), xytext=(6, 0), textcoords="offset points")
    live = Live(figure, [(name, "held", ("x", "y"))])
    for y, share in ((1e9, 0.92), (1e-9, 0.04), (1.0, 0.5)):
        live.show({"x": np.array([2.0]), "y": np.array([y])}, ["A name."])
        live.still()
        assert (np.log10(name.xy[1]) + 3) / 6 == pytest.approx(share)


def test_a_still_writes_the_numbers_of_the_shown_step_and_of_the_next(figure):
    text = figure.axes[0].annotate("{x} − {rate} × {dx} = {next x}, {lost}", (0, 1))
    live = Live(figure, [(text, "point", ("x", "y"))])
    columns = {"x": [10.0, 12.0], "y": [1, 2], "rate": [1e-7], "dx": [-2e7, 0.30000000000000004]}
    live.show(columns, ["A text."], whole=False)
    live.still()
    assert text.get_text() == "10 − 1e−07 × (−2e+07) = 12, –"
    live.reveal = 1
    live.still()
    assert text.get_text() == "12 − 1e−07 × 0.3 = 12, –"
    assert live.names == {"x", "y", "rate", "dx", "lost"}


def test_a_name_stands_where_its_line_is_last_seen(figure, lines):
    ax = figure.axes[0]
    names = [ax.annotate("", (0, 1), xytext=(6, 0), textcoords="offset points") for _ in "ab"]
    marks = [(name, "last seen", ("x", "y"), row) for row, name in enumerate(names)]
    live = Live(figure, marks)
    x = np.linspace(-4, 4, 101)
    live.show({"x": x, "y": np.stack([x**2, 5 + 0 * x])}, ["Two curves."], whole=False)
    live.still()
    assert names[0].xy[0] == pytest.approx(x[x**2 < 10][-1])
    assert names[1].xy[0] == pytest.approx(x[93])


def test_points_in_space_are_seen_where_matplotlib_draws_them():
    from mpl_toolkits.mplot3d import proj3d

    figure = Figure(figsize=(4, 4))
    solid = figure.add_subplot(projection="3d", xlim=(-1, 1), ylim=(-1, 1), zlim=(0, 2))
    flat = figure.add_axes((0, 0, 1, 1), xlim=(0, 1), ylim=(0, 1))
    (line,) = flat.plot([], [])
    figure.canvas.draw()
    x, y, z = np.random.default_rng(0).uniform(-1, 1, (3, 20))
    x[3] = 1.5  # outside the window
    onto_figure = solid.transData + figure.transFigure.inverted()
    places = proj3d.proj_transform(x, y, z, solid.get_proj())[:2]
    expected = onto_figure.transform(np.column_stack(places))
    affine = onto_figure.frozen().get_matrix()
    lift = np.eye(4)
    lift[np.ix_([0, 1], [0, 1, 3])] = affine[:2]
    through = (lift @ solid.get_proj(), False, ((-1, 1), (-1, 1)))
    live = Live(figure, [(line, "all", ("x", "y", "z"), 0, through)])
    live.show({"x": x, "y": y, "z": z}, ["In space."])
    live.still()
    seen = np.column_stack(line.get_data())
    assert np.isnan(seen[3]).all()
    inside = np.delete(np.arange(20), 3)
    assert seen[inside] == pytest.approx(expected[inside])
