"""What a lesson shows is open to all: axe-core finds nothing serious in it, light or dark."""

import pytest

from tests.browser.access import barriers
from tests.browser.lab import open_lab

OUTPUT = ".jp-OutputArea-output"  # what surrounds it is JupyterLab's own
SHOWN = """
import gdviz as gd
from IPython.display import display

race = {gd.GradientDescent(): 0.01, gd.Adam(): 0.1}
line, stop = gd.LinearRegression([0, 1, 2, 3], [0, 1, 0, 1]), gd.Stop(gradient_norm=0.01)
asked = gd.predict(
    "Up?", ["yes", "no"], lambda: gd.explore("parabola"), answer=1, because="So.", explain="$x^2$."
)
asked.predict(0)
challenge = gd.Challenge("Find 2.", lambda n: n == 2)
for each in (
    gd.explore("himmelblau", choices=True, race=race, formula=True, own_rule=True, basins=True),
    gd.explore("valley", stop=stop, family=(gd.valley, "condition", 1, 100, 20)),
    gd.explore(line, batch_size=2, seeds=3, schedule="cosine"),
    gd.explore(line, scaling=True),
    gd.explore(gd.Network([0, 1, 2], [0, 1, 0], hidden=3), steps=20, taylor=("sin(x)", 3)),
    gd.predict("Down?", ["yes", "no"], lambda: gd.explore("bowl")),
    asked,
    challenge.check(...),
    challenge.check(3),
    gd.summary(),
):
    display(each)
"""
DRAWN = """() => [...document.querySelectorAll(".gdviz-stage")]
    .filter((stage) => stage.dataset.frame > 0).length === 6"""


@pytest.fixture(scope="module")
def window(server, browser):
    with open_lab(browser, server, height=6000) as opened:
        opened.cell(SHOWN)
        opened.page.wait_for_function(DRAWN)
        yield opened


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_nothing_that_is_shown_shuts_anybody_out(window, dark):
    window.theme(dark=dark)
    assert barriers(window.page, OUTPUT) == []


def test_every_number_that_can_be_typed_has_a_name(window):
    numbers = window.page.locator(".gdviz-explorer [contenteditable=true]:visible")
    named = numbers.evaluate_all("(all) => all.map((each) => [each.role, each.ariaLabel])")
    assert ["textbox", "type start x"] in named
    assert ["textbox", "type number of steps"] in named
    assert {role for role, _ in named} == {"textbox"}


def test_a_control_without_a_name_would_be_found(window):
    window.cell("import ipywidgets; ipywidgets.IntSlider()")
    window.page.locator(".noUi-handle").last.wait_for()
    assert "aria-input-field-name" in barriers(window.page, OUTPUT)[0]
