"""What moves on a picture: runs that leave it, and a colour for every rule."""

import re

import numpy as np
import pytest
from matplotlib.colors import to_hex, to_rgb

import gdviz as gd
from gdviz.losses.numeric import grid
from gdviz.pictures import axes as plots
from gdviz.pictures import style
from gdviz.pictures.scene import AWAY, MEANWHILE

RULES = {
    gd.GradientDescent(): 0.1,
    gd.Momentum(0.9): 0.02,
    gd.Nesterov(0.9): 0.03,
    gd.AdaGrad(): 0.5,
    gd.RMSProp(0.9): 0.05,
    gd.Adam(): 0.3,
}
LEAVES = {  # where a run goes, and the edge at which it is last seen
    "up": ("himmelblau", {"learning_rate": 0.06, "reveal": 4, "steps": 40}, (None, 5.0)),
    "down": ("valley", {"learning_rate": 2.2, "reveal": 20, "steps": 60}, (None, -3.0)),
    "left": ("-x**2", {"start": -1.5, "learning_rate": 0.3, "reveal": 20}, (-5.0, None)),
}


def marks(explorer, follow, panel=0):
    """Return the lines, or names, of a panel that follow the step in this way."""
    ax = explorer.live.figure.axes[panel]
    found = [mark.artist for mark in explorer.live.marks if mark.follow == follow]
    return [artist for artist in found if artist.axes is ax]


def of_run(explorer, kind):
    """Return the lines of a race by colour, in one panel: the plane's or the loss's."""
    return {to_hex(line.get_color()): line for line in marks(explorer, "trail", kind == "loss")}


# A run that flies away


@pytest.mark.parametrize("case", LEAVES)
def test_an_arrow_at_the_edge_shows_where_a_run_left(explore, case):
    surface, options, edge = LEAVES[case]
    explorer = explore(surface, **options)
    explorer.live.still()
    arrow = marks(explorer, "away")[-1]
    corners = arrow.get_xydata()
    assert len(corners) == 4
    tip = corners[0]
    for at, expected in zip(tip, edge, strict=True):
        assert expected is None or at == pytest.approx(expected)
    ax = explorer.live.figure.axes[0]
    (left, right), (low, high) = ax.get_xlim(), ax.get_ylim()
    assert left <= tip[0] <= right and low <= tip[1] <= high
    run = explorer.descent
    there = run.path[options["reveal"]]
    ahead = tip - corners[1:3].mean(axis=0)
    if len(there) == 2:
        assert np.sign(ahead[1]) == np.sign(there[1])
    else:
        assert ahead[0] < 0


def test_while_a_run_is_on_the_picture_there_is_no_arrow(explore):
    explorer = explore("himmelblau", learning_rate=0.06, reveal=2)
    explorer.live.still()
    assert not any(len(line.get_xdata()) for line in marks(explorer, "away"))
    assert explorer.live.caption == MEANWHILE


def test_the_caption_says_at_every_step_that_a_run_has_left(explore):
    explorer = explore("valley", learning_rate=2.2, steps=60)
    (low, high) = explorer.live.figure.axes[0].get_ylim()
    for explorer.live.reveal in range(60):
        y = explorer.descent.path[explorer.live.reveal, 1]
        away = AWAY.format("The") + " " if not low <= y <= high else ""
        assert explorer.live.caption == away + MEANWHILE
    explorer.live.reveal = 60
    assert "diverged" in explorer.live.caption


def test_a_run_that_comes_back_is_not_said_to_be_gone(explore):
    explorer = explore("cliff", learning_rate=12.0, steps=30)
    left, right = explorer.live.figure.axes[0].get_xlim()
    said = []
    for explorer.live.reveal in range(30):
        out = not left <= explorer.descent.path[explorer.live.reveal, 0] <= right
        assert explorer.live.caption.startswith(AWAY.format("The")) == out
        said.append(out)
    assert {True, False} <= {*said}


@pytest.mark.parametrize("name", [name for name in gd.surfaces if name != "x_cos_x"])
def test_a_growing_loss_is_followed_above_all_ground_that_is_shown(explore, name):
    explorer = explore(name, learning_rate=gd.surfaces[name].learning_rate)
    ax = explorer.live.figure.axes[1]
    if ax.get_yscale() == "log":
        surface = gd.surfaces[name]
        highest = np.nanmax(surface.value(grid(surface.domain, 61)))
        assert ax.get_ylim()[1] >= 10 * highest


def test_a_loss_that_grows_without_bound_fills_its_axes_before_it_leaves(explore):
    explorer = explore("valley", learning_rate=2.1, steps=60)
    top = explorer.live.figure.axes[1].get_ylim()[1]
    assert (explorer.descent.loss < top).sum() > 12


# One colour per rule for ever


@pytest.mark.parametrize("driven", RULES)
@pytest.mark.parametrize("panel", ["plane", "loss"])
def test_each_rule_has_its_colour_whichever_is_driven_and_that_one_is_heavier(
    explore, panel, driven
):
    explorer = explore("valley", race=RULES, steps=10)
    explorer.panels[0].choice.index = list(RULES).index(driven)
    lines = of_run(explorer, panel)
    assert {*lines} == {*style.RULE_COLOURS.values()} and len(lines) == 6
    mine = lines.pop(style.RULE_COLOURS[type(driven)])
    assert all(mine.get_linewidth() > line.get_linewidth() for line in lines.values())


@pytest.mark.parametrize("rule", RULES)
def test_alone_a_rule_has_the_same_colour(explore, rule):
    explorer = explore("valley", rule=rule, learning_rate=0.1)
    assert [*of_run(explorer, "plane")] == [style.RULE_COLOURS[type(rule)]]
    assert [*of_run(explorer, "loss")] == [style.RULE_COLOURS[type(rule)]]


def test_rules_of_ones_own_and_two_of_a_kind_are_told_apart():
    own = gd.Rule("theta = theta - rate*g")
    rules = [gd.GradientDescent(), gd.Momentum(0.9), own, gd.Momentum(0.5)]
    colours = style.colours_of(rules)
    assert len({*colours}) == 4
    assert colours[:2] == [style.RULE_COLOURS[gd.GradientDescent], style.RULE_COLOURS[gd.Momentum]]
    assert style.colours_of([own]) == [style.RUN]


def test_a_name_in_a_race_has_the_rate_beside_it(explore):
    explorer = explore("valley", race=RULES, steps=10)
    for explorer.live.frame in (40, 80):
        explorer.live.still()
        names = {name.get_text(): name for name in marks(explorer, "held", 1)}
        shown = explorer.setting.rates.values[explorer.live.frame]
        others = {f"{rule.name} at {rate:g}" for rule, rate in RULES.items()}
        others.remove("gradient descent at 0.1")
        assert {*names} == others | {f"gradient descent at {shown:.4g}"}
        for rule in RULES:
            (name,) = (each for text, each in names.items() if text.startswith(rule.name))
            assert name.get_color() == style.RULE_COLOURS[type(rule)]
    assert re.search("{rate}", str([mark.get("text") for mark in explorer.live.scene["marks"]]))
    assert "rate" in explorer.live.table["columns"]


def test_names_in_a_race_stand_within_the_figure(explore):
    explorer = explore("valley", race=RULES, steps=10)
    explorer.live.still()
    for name in marks(explorer, "held", 1):
        assert name.get_window_extent().x1 <= explorer.live.figure.bbox.x1


# Height that is felt


def light(colour):
    return np.array(to_rgb(colour)) @ (0.2126, 0.7152, 0.0722)


def test_the_ground_rises_from_a_strong_dark_to_nearly_white():
    lights = [light(shade) for shade in plots.PAINT["shades"]]
    assert np.all(np.diff(lights) > 0)
    assert lights[-1] - lights[0] > 0.4


def test_the_browser_paints_the_ground_in_the_colours_that_matplotlib_does(explore):
    explorer = explore("himmelblau")
    filled = [each for each in explorer.live.figure.axes[0].collections if each.get_fill()]
    drawn = [to_hex(colour) for colour in filled[0].get_facecolor()]
    assert drawn == explorer.live.scene["axes"][0]["ground"]["shades"] == plots.PAINT["shades"]


def test_a_surface_in_space_is_lit_from_one_side(explore):
    explorer = explore("bowl", beside="3d")
    (solid,) = explorer.live.figure.axes[1].collections
    colours = solid.get_facecolor()
    side = int(np.sqrt(len(colours)))
    facets = colours[: side**2].reshape(side, side, 4)
    one, other = (facets[k, k, :3].sum() for k in (2, -3))  # as high, but on either side
    assert abs(one - other) > 0.1


# What is descended


TITLES = {
    "x_cos_x": "f(x) = x·cos(0.15·π·x)",
    "himmelblau": "f(x, y) = (x² + y − 11)² + (x + y² − 7)²",
    "x**2 + 2*x**12": "f(x) = x² + 2·x¹²",
    "abs(x)**1.5": "f(x) = abs(x)^1.5",
}


@pytest.mark.parametrize("surface", TITLES)
def test_the_formula_stands_above_the_surface(explore, surface):
    assert explore(surface).live.figure.axes[0].get_title(loc="left") == TITLES[surface]


def test_no_formula_stands_above_what_has_none_or_another_in_a_moment(explore):
    model = gd.LinearRegression([1, 2, 3], [2, 3, 5])
    family = {"family": (gd.valley, "condition", 1, 100, 20)}
    for surface, options in ((model, {}), (lambda x: x**2, {}), (gd.valley(20), family)):
        assert explore(surface, **options).live.figure.axes[0].get_title(loc="left") == ""


def test_a_formula_ends_within_the_figure(explore):
    for name in gd.surfaces:
        figure = explore(name).live.figure
        title = max(figure.axes[0]._left_title.get_window_extent().x1, 0)
        assert title <= figure.bbox.x1 * 0.7
