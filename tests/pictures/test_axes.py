"""What stands still on a picture: the right numbers, on axes that can be read."""

import io

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from PIL import Image

import gdviz as gd
from gdviz.descent.outcome import OUTCOMES
from gdviz.pictures import axes as plots
from gdviz.pictures import style

SQUARE = (-3, 3), (-3, 3)


@pytest.fixture
def ax():
    return Figure(figsize=(4, 4), facecolor="white").add_axes((0.1, 0.1, 0.8, 0.7))


def draw(ax):
    """Return the picture as an array of RGB numbers between 0 and 1, its first row on top."""
    buffer = io.BytesIO()
    FigureCanvasAgg(ax.figure).print_png(buffer)
    return np.asarray(Image.open(buffer).convert("RGB")) / 255


def colour_at(ax, x, y):
    """Return the colour of the picture at a place in data."""
    picture = draw(ax)
    column, row = ax.transData.transform((x, y))
    return picture[len(picture) - 1 - int(row), int(column)]


def marked(ax):
    """Return the places of single marks: the minima."""
    lines = [line for line in ax.lines if len(line.get_xdata()) == 1]
    return [tuple(map(float, np.ravel(line.get_data()))) for line in lines]


# One dimension


def test_a_curve_is_the_surface_over_its_window(ax):
    surface = gd.surfaces.double_well
    line, *_ = plots.curve(ax, surface, ((-1.5, 2.5),))
    x, f = line.get_data()
    assert (x[0], x[-1], *ax.get_xlim()) == (-1.5, 2.5, -1.5, 2.5)
    assert np.array_equal(f, surface.value(x[np.newaxis]))
    low, high = ax.get_ylim()
    assert low < f.min() < f.max() < high


def test_the_minima_of_a_curve_are_marked(ax):
    surface = gd.surfaces.double_well
    plots.curve(ax, surface, surface.domain)
    assert marked(ax) == [(x, float(surface.value([x]))) for (x,) in surface.minima]


# Two dimensions


def test_contours_are_darker_where_it_is_lower(ax):
    plots.contours(ax, gd.surfaces.bowl, SQUARE)
    assert ax.get_xlim() == ax.get_ylim() == (-3, 3)
    low, high = colour_at(ax, 0.1, 0.1), colour_at(ax, 2.9, 2.9)
    assert low.sum() < high.sum()


def test_contour_levels_are_close_near_the_bottom(ax):
    levels = plots.contours(ax, gd.surfaces.himmelblau, SQUARE).levels
    gaps = np.diff(levels)
    assert (gaps[1:] > gaps[:-1]).all()
    assert 0 < levels[0] < 1


def test_the_minima_of_a_plane_are_marked(ax):
    surface = gd.surfaces.himmelblau
    plots.contours(ax, surface, surface.domain)
    assert marked(ax) == [tuple(map(float, at)) for at in surface.minima]


@pytest.mark.parametrize(
    ("window", "aspect"), [(SQUARE, 1), (((0, 2), (0, 1)), 1), (((0, 30), (0, 1)), "auto")]
)
def test_a_plane_is_drawn_to_scale_where_it_fits(ax, window, aspect):
    plots.contours(ax, gd.surfaces.bowl, window)
    assert ax.get_aspect() == aspect


def test_the_plane_is_hatched_where_there_is_no_surface(ax):
    plots.contours(ax, gd.Surface.from_formula("log(x) + y**2", start=(1, 1)), SQUARE)
    assert ax.patch.get_hatch()
    draw(ax)


# The loss


@pytest.mark.parametrize(("name", "scale"), [("bowl", "log"), ("x_cos_x", "linear")])
def test_the_loss_is_logarithmic_where_it_stays_above_zero(ax, name, scale):
    plots.loss_axes(ax, gd.surfaces[name], 30)
    assert (ax.get_yscale(), ax.get_xlim()) == (scale, (0, 30))
    assert ("log" in ax.get_ylabel()) == (scale == "log")


@pytest.mark.parametrize("scale", ["log", "linear"])
@pytest.mark.parametrize("name", ["parabola", "himmelblau", "saddle"])
def test_the_scale_of_the_loss_can_be_chosen(ax, name, scale):
    plots.loss_axes(ax, gd.surfaces[name], 30, scale=scale)
    assert ax.get_yscale() == scale
    draw(ax)


@pytest.mark.parametrize("name", gd.surfaces)
def test_the_loss_at_the_start_is_on_the_axes(ax, name):
    surface = gd.surfaces[name]
    plots.loss_axes(ax, surface, 30)
    low, high = ax.get_ylim()
    assert low <= surface.value(surface.start) <= high


# The map of outcomes


def test_the_map_has_the_colour_of_what_happens_there(ax):
    rates, starts = np.geomspace(0.01, 1, 21), np.linspace(-2, 2, 11)
    outcomes = np.full((11, 21), "reached a minimum", dtype="<U22")
    outcomes[:, 15:] = "diverged"
    outcomes[8:, :5] = "still moving"
    plots.outcome_map(ax, rates, starts, outcomes)
    for row, column in [(5, 8), (5, 18), (9, 2)]:
        expected = to_rgb(plots.OUTCOME_COLOURS[str(outcomes[row, column])])
        assert colour_at(ax, rates[column], starts[row]) == pytest.approx(expected, abs=0.02)
    legend = [text.get_text() for text in ax.get_legend().get_texts()]
    assert sorted(legend) == ["diverged", "reached a minimum", "still moving"]


def test_every_outcome_of_a_run_without_criteria_has_a_colour():
    without = {outcome for outcome in OUTCOMES if not outcome.startswith("stopped")}
    assert without <= set(plots.OUTCOME_COLOURS)


# The figure


def test_two_panels_stand_side_by_side_on_white():
    figure, (left, right) = plots.side_by_side(0.42)
    assert figure.get_facecolor() == (1, 1, 1, 1)
    assert left.get_position().x1 < right.get_position().x0
    assert left.get_position().width == pytest.approx(0.42)
    assert right.get_position().x1 <= 1


def test_regimes_have_colours_of_their_own():
    assert len({*style.REGIME_COLOURS.values()}) == len(style.REGIME_COLOURS) == 4
    assert style.RUN not in style.REGIME_COLOURS.values()
