"""What the browser draws by itself lies where a still has it."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from gdviz.descent.sentences import sensible
from gdviz.live.live import source
from gdviz.live.marks import Mark, pose

ARROWHEAD = """([box, paths]) => paths.map((path) =>
  arrowhead(box, path.length - 1, (k) => path[k], 1))"""


@pytest.fixture(scope="module")
def page(browser):
    context = browser.new_context()
    opened = context.new_page()
    opened.add_script_tag(content=source("numbers.js") + source("drawing.js"))
    yield opened
    context.close()


def test_an_arrow_at_the_edge_is_the_same_in_the_browser_and_in_a_still(page):
    random = np.random.default_rng(3)
    paths = random.normal(0, 1, (40, 8, 2)) * 1.3 ** np.arange(8)[:, np.newaxis]
    paths[::5, -2:] = np.nan  # it flew away
    figure = Figure(figsize=(4, 4), dpi=72)  # a pixel is a point
    ax = figure.add_axes((0.1, 0.1, 0.8, 0.8), xlim=(-2, 2), ylim=(-3, 3))
    pixels = [ax.transData.transform(path) for path in paths]
    flipped = [[[x, 288 - y] for x, y in each.tolist()] for each in pixels]
    box = {"x": 28.8, "y": 28.8, "w": 230.4, "h": 230.4}
    found = page.evaluate(ARROWHEAD, [box, flipped])
    (line,) = ax.plot([], [])
    drawn = 0
    for path, corners in zip(paths, found, strict=True):
        pose(Mark(line, "away", ("x", "y")), [*path.T], len(path) - 1)
        still = ax.transData.transform(line.get_xydata()) * (1, -1) + (0, 288)
        assert (corners is None) == (len(still) == 0)
        if corners is not None:
            assert corners[0] == pytest.approx(still[0], abs=1e-6)
            barbs = np.array(sorted(corners[1:3]))
            assert barbs == pytest.approx(np.array(sorted(still[1:3].tolist())), abs=1e-6)
            drawn += 1
    assert 10 < drawn < 40


@pytest.mark.parametrize(
    "number", [6.937e-9, 3.94e-15, 1.5e-40, 6.35e9, 2e100, 3.5e38, -3e80, 0.25, 1230.0]
)
def test_a_readout_writes_a_number_as_sentences_do(page, number):
    """But for its last digit: a readout has four."""
    few = float(f"{number:.3g}")
    assert page.evaluate("(number) => sensible(number)", few) == sensible(number)
