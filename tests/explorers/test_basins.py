"""Basin pictures: what a student sees under a run, told apart by colour."""

import io
from dataclasses import replace

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from PIL import Image
from scipy.optimize import minimize

import gdviz as gd
from gdviz.explorers.basins import basin_picture
from gdviz.explorers.setting import Setting
from gdviz.pictures.style import BASINS, FLOWN, UNSETTLED

# Himmelblau (1972), to the digits that scipy.optimize.minimize reaches
MINIMA = [(3, 2), (-2.805118, 3.131312), (-3.779310, -3.283186), (3.584428, -1.848126)]


def himmelblau(w):
    x, y = w
    return (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2


def setting(surface, rate=None, window=None):
    surface = gd.surfaces[surface] if isinstance(surface, str) else surface
    return Setting(surface, surface.start, rate or surface.learning_rate, window=window)


def walk(w, rate, steps):
    """Return where plain descent on Himmelblau's surface is after some steps."""
    for _ in range(steps):
        x, y = w
        a, b = x**2 + y - 11, x + y**2 - 7
        w = w - rate * np.array([4 * x * a + 2 * b, 2 * a + 4 * y * b])
    return w


def starts(of, pixels):
    """Return the starts (2, pixels, pixels) whose colours a picture holds, the top row first."""
    (left, right), (bottom, top) = of.shown
    side = (np.arange(pixels) + 0.5) / pixels
    return np.meshgrid(left + (right - left) * side, top - (top - bottom) * side)


def hues(picture):
    """Return which of the colours each pixel is a paler shade of; -1 grey, -2 dark."""
    rgb = picture[..., :3] / 255
    names = np.full(rgb.shape[:2], -9)
    for k, colour in enumerate(BASINS):
        ink = 1 - np.array(to_rgb(colour))  # paler: less of the same ink
        share = ((1 - rgb) @ ink) / (ink @ ink)
        names[np.abs(1 - rgb - share[..., np.newaxis] * ink).max(axis=-1) < 0.02] = k
    for k, colour in ((-1, UNSETTLED), (-2, FLOWN)):
        names[(np.abs(rgb - to_rgb(colour)) < 0.005).all(axis=-1)] = k
    assert (names > -9).all(), "a colour that the key does not explain"
    return names


def hue_at(of, points, pixels=60):
    """Return the hue of the pixel in which each point lies."""
    names, (x, y) = hues(basin_picture(of, pixels)), starts(of, pixels)
    return [names.flat[np.argmin(np.hypot(x - at[0], y - at[1]))] for at in points]


def test_each_start_has_the_colour_of_the_minimum_it_reaches():
    of, pixels = setting("himmelblau", 0.01), 60
    names, (x, y) = hues(basin_picture(of, pixels)), starts(of, pixels)
    for k, at in enumerate(MINIMA):
        assert np.allclose(minimize(himmelblau, at).x, at, atol=1e-4)
        ends = walk(np.array([x, y]), 0.01, 300)
        there = np.hypot(ends[0] - at[0], ends[1] - at[1]) < 0.05
        assert there.any()
        assert {*names[there]} == {k}


@pytest.mark.parametrize("rate", [0.003, 0.01, 0.0145])
def test_a_minimum_keeps_its_colour_whatever_the_rate(rate):
    assert hue_at(setting("himmelblau", rate), MINIMA) == [0, 1, 2, 3]


def test_a_minimum_that_a_rate_cannot_hold_leaves_the_others_their_colours():
    """At (-3.78, -3.28) the largest curvature is 133.8, so none stay above 0.01495."""
    first, second, third, fourth = hue_at(setting("himmelblau", 0.017), MINIMA)
    assert (first, second, fourth) == (0, 1, 3)
    assert third == -1


@pytest.mark.parametrize("minimum", range(4))
def test_a_minimum_keeps_its_colour_in_a_zoomed_window(minimum):
    x, y = MINIMA[minimum]
    close = setting("himmelblau", window=((x - 0.3, x + 0.3), (y - 0.3, y + 0.3)))
    assert {*hues(basin_picture(close, 20)).ravel()} == {minimum}


def test_minima_that_nobody_listed_keep_their_colours_too():
    """A typed surface knows no minima; here four, at closed forms."""
    four = gd.Surface.from_formula("x**4/4 - x**2/2 + y**4/4 - y**2/2 + x*y/4", domain=(-2.5, 2.5))
    deep, shallow = np.sqrt(5) / 2, np.sqrt(3) / 2
    at = [(deep, -deep), (-deep, deep), (shallow, shallow), (-shallow, -shallow)]
    names = hue_at(setting(four, 0.1), at)
    assert {*names} == {0, 1, 2, 3}
    for rate in (0.03, 0.3, 0.5):
        assert hue_at(setting(four, rate), at) == names
    closer = [hue_at(setting(four, 0.1, [(v - 0.1, v + 0.1) for v in w]), [w])[0] for w in at]
    assert closer == names
    assert hue_at(setting(four, 0.7), at)[2:] == names[2:]
    ground = hues(basin_picture(setting(four, 0.7), 60))  # above 2/3 the deep ones hold nobody
    assert np.isin(ground, names[:2]).mean() < 0.02  # but on the diagonal, where no run turns off


def test_a_start_on_a_ridge_that_ends_at_the_saddle_has_no_minimum():
    of, pixels = setting("saddle"), 61  # an odd number: the middle row lies on the ridge y = 0
    names = hues(basin_picture(of, pixels))
    assert {*names[30]} == {-1}
    assert ({*names[:30].ravel()}, {*names[31:].ravel()}) == ({0}, {1})


def test_ground_too_flat_to_go_on_has_no_minimum():
    """In the corners of the plateau the slope is below 1e-6: exp(-16) * sqrt(32)."""
    names = hues(basin_picture(setting("plateau"), 200))
    assert names[0, 0] == names[0, -1] == names[-1, 0] == names[-1, -1] == -1
    assert {*names.ravel()} == {0, -1}


def test_every_point_of_a_ring_is_a_minimum():
    ring = gd.Surface.from_formula("(x**2 + y**2 - 2)**2", domain=(-2, 2))
    of = setting(ring, 0.02)
    names, (x, y) = hues(basin_picture(of, 60)), starts(of, 60)
    assert (names[np.hypot(x, y) > 0.1] >= 0).all()


def test_where_runs_fly_away_it_is_dark():
    """On x^2 + y^2 every run leaves at a rate above 1, and none below."""
    bowl = gd.Surface.from_formula("x**2 + y**2", domain=(-1, 1))
    assert {*hues(basin_picture(setting(bowl, 1.2), 10)).ravel()} == {-2}
    assert {*hues(basin_picture(setting(bowl, 0.9), 10)).ravel()} == {0}


def test_where_runs_jump_to_and_fro_it_is_grey():
    """On x^2 + y^2 a step at rate 1 leads to the opposite point, for ever."""
    bowl = gd.Surface.from_formula("x**2 + y**2", domain=(-1, 1))
    assert {*hues(basin_picture(setting(bowl, 1.0), 10)).ravel()} == {-1}


def test_undefined_ground_is_transparent():
    half = gd.Surface.from_formula("log(x) + y**2 + (x - 2)**2", domain=((-3, 3), (-2, 2)))
    picture = basin_picture(setting(half, 0.05), 40)
    left = starts(setting(half), 40)[0] < 0
    assert (picture[left, 3] == 0).all()
    assert (picture[~left, 3] == 255).all()


def test_farther_is_paler():
    picture = basin_picture(setting("bowl", 0.05), 41)
    brightness = picture[20, 20:, :3].sum(axis=-1)  # from the minimum to the edge
    assert brightness[-1] > brightness[0]
    assert (np.diff(brightness.astype(int)) >= 0).all()


def test_the_start_plays_no_part():
    one = setting("himmelblau")
    assert (basin_picture(one, 20) == basin_picture(replace(one, start=(-4, 4)), 20)).all()


def test_swatches_say_what_the_colours_mean(explore):
    explorer = explore("himmelblau", basins=True)
    said = [text.get_text() for text in explorer.live.figure.axes[0].get_legend().get_texts()]
    assert said == ["which minimum", "takes many steps", "flies away", "settles nowhere"]


def test_at_rest_the_frame_that_is_asked_for_is_coloured_even_before_its_slider_is_heard(explore):
    explorer = explore("himmelblau", basins=True)
    here = explorer.setting
    last = len(here.rates.values) - 1
    for asked in (20, 3, last + 9):  # or while there were more
        explorer.live.question = {"picture": {"frame": asked, "time": asked}}
        frame = min(asked, last)
        there = here.but(learning_rate=float(here.rates.values[frame]))
        (image,) = explorer.live.images.values()
        assert image["frame"] == frame
        seen = np.asarray(Image.open(io.BytesIO(image["png"])))
        assert (seen == basin_picture(there)).all()
        assert explorer.setting is here
