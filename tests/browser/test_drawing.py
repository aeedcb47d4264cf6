"""What the browser draws by itself lies where a still has it."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from gdviz.descent.sentences import sensible
from gdviz.live.live import source
from gdviz.live.marks import Mark, pose, readable, spread_texts

SOURCES = "numbers.js", "drawing.js", "past.js"
ONWARD = """([columns, reveal]) => onward(
  columns.map((values) => ({ values })),
  reveal,
  axesMap({ box: [0.1, 0.1, 0.8, 0.8], xlim: [-2, 2], ylim: [-3, 3], xscale: "linear",
    yscale: "linear" }, 288, 288),
  1)"""
PAST = """([names, runs]) => {
  const past = pastRuns();
  const marks = [{ follow: "ghost", columns: names, axes: 0 }];
  const drawn = [];
  drawMark = (ctx, mark, lines) => drawn.push(lines[0].map(([x]) => x));
  const map = { x: (v) => v, y: (v) => v, rect: { x: 0, y: 0, w: 9, h: 9 } };
  return runs.map(([xs, reveal, story, rests]) => {
    const column = () => ({ values: Float64Array.from(xs), shape: [xs.length], points: xs.length });
    past.look(marks, column, reveal, story);
    drawn.length = 0;
    past.draw(null, marks[0], map, 1);
    if (rests) past.rest();
    if (rests === "reset") past.forget();
    return drawn[0] ?? null;
  });
}"""
SPREAD = """([places, size, floor]) => {
  const texts = places.map(([x, y], i) => ({ x, y, floor, i, mark: { size } }));
  spread(texts, 1);
  return texts.sort((a, b) => a.i - b.i).map(({ x, y }) => [x, y]);
}"""
ARROWHEAD = """([box, paths]) => paths.map((path) =>
  arrowhead(box, path.length - 1, (k) => path[k], 1))"""


@pytest.fixture(scope="module")
def page(browser):
    context = browser.new_context()
    opened = context.new_page()
    opened.add_script_tag(content="".join(map(source, SOURCES)))
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


WRITTEN = """(ys) => {
  const mark = { size: 8, weight: "normal", color: "black", align: "left", offset: [0, 0] };
  const at = [];
  const ctx = { drawImage: (picture, x, y) => at.push([x, y]) };
  drawTexts(ctx, ys.map((y) => ({ mark, x: 9, y: y ?? NaN, floor: 99, text: "name" })), 1, 1);
  return at;
}"""


@pytest.mark.parametrize("place", range(4))
def test_a_run_that_is_nowhere_takes_no_other_name_with_it(page, place):
    ys = [20, 21, 50]
    names = page.evaluate(WRITTEN, ys)
    ys.insert(place, None)
    assert page.evaluate(WRITTEN, ys) == names
    assert len(names) == 3 and None not in np.ravel(names)


HALVES = """([bits, own]) => {
  const known = globalThis.Float16Array;
  if (!own) globalThis.Float16Array = undefined;
  const found = [...floats(Uint8Array.from(bits), true, false)];
  globalThis.Float16Array = known;
  return found.map(String);
}"""


@pytest.mark.parametrize("own", [True, False])
def test_numbers_of_two_bytes_are_what_numpy_takes_them_for(page, own):
    numbers = np.arange(2**16, dtype=np.uint16).view(np.float16)
    found = page.evaluate(HALVES, [list(numbers.tobytes()), own])
    np.testing.assert_array_equal([float(each) for each in found], numbers.astype(float))


def test_names_lie_as_in_a_still_none_on_another_and_none_below_the_axes(page):
    random, size = np.random.default_rng(5), 8
    figure = Figure(figsize=(4, 4), dpi=72)  # a pixel is a point
    ax = figure.add_axes((0.1, 0.1, 0.8, 0.8), xlim=(28.8, 259.2), ylim=(28.8, 259.2))
    for many in range(1, 9):
        for low in (60, 240):  # some of them where there is hardly room
            places = np.column_stack(
                [random.uniform(200, 230, many), random.uniform(low, 259.2, many)]
            )
            found = np.array(page.evaluate(SPREAD, [places.tolist(), size, 259.2]))
            names = [ax.annotate("name", (x, 288 - y), fontsize=size) for x, y in places]
            spread_texts(names)
            assert np.array(
                [(x, 288 - y) for x, y in (name.xy for name in names)]
            ) == pytest.approx(found)
            assert found[:, 1].max() <= 259.2
            assert np.diff(np.sort(found[:, 1])).min(initial=99) >= 1.1 * size - 1e-9
            assert (np.argsort(found[:, 1]) == np.argsort(places[:, 1])).all()


@pytest.mark.parametrize(
    "number", [6.937e-9, 3.94e-15, 1.5e-40, 6.35e9, 2e100, 3.5e38, -3e80, 0.25, 1230.0]
)
def test_a_readout_writes_a_number_as_sentences_do(page, number):
    """But for its last digit: a readout has four."""
    few = float(f"{number:.3g}")
    assert page.evaluate("(number) => sensible(number)", few) == sensible(number)


@pytest.mark.parametrize(
    "number",
    [
        0.1 + 0.2,
        -12345.6,
        1.5e-7,
        0.0,
        1e6,
        9.99999e-5,
        2e100,
        -3.5e38,
        np.inf,
        np.nan,
        1.0625,
        12345,
    ],
)
def test_a_still_writes_a_number_as_the_browser_does(page, number):
    assert page.evaluate("(number) => sensible(number)", number) == readable(number)


def test_a_text_holds_the_numbers_of_the_shown_step_and_of_the_next(page):
    text, columns = (
        "{x} − {rate} × {dx} = {next x}, {lost}",
        {"x": [4, 2], "rate": [0.5], "dx": [-4]},
    )
    given = [text, {k: {"values": v, "points": len(v)} for k, v in columns.items()}]
    read = "([text, columns]) => readAt(text, [], (name) => columns[name], 0)"
    assert page.evaluate(read, given) == "4 − 0.5 × (−4) = 2, –"


def test_the_arrow_onward_is_the_same_in_the_browser_and_in_a_still(page):
    x, y = [0.0, 1.0, 1.5, 1.5, np.nan], [0.0, -2.0, 1.0, 1.001, np.nan]
    columns = [np.array(each) for each in (x, y, [0, 1, 2, 3, 4])]
    figure = Figure(figsize=(4, 4), dpi=72)  # a pixel is a point
    ax = figure.add_axes((0.1, 0.1, 0.8, 0.8), xlim=(-2, 2), ylim=(-3, 3))
    (line,) = ax.plot([], [])
    for reveal in range(3):
        sent = [[None if np.isnan(v) else float(v) for v in each] for each in columns]
        ((*corners,),) = page.evaluate(ONWARD, [sent, reveal])
        pose(Mark(line, "onward", ("x", "y", "step")), columns, reveal)
        still = ax.transData.transform(line.get_xydata()) * (1, -1) + (0, 288)
        assert sorted(corners) == pytest.approx(np.array(sorted(still.tolist())), abs=1e-6)
    for reveal in (3, 4):  # what flew away, and after the last step
        pose(Mark(line, "onward", ("x", "y", "step")), columns, reveal)
        assert np.isnan(line.get_xydata()).all()


def test_the_run_at_rest_stays_as_a_ghost_until_the_next_one_has_been_at_rest(page):
    a, b, c = ([0, *range(k, k + 8)] for k in (1, 3, 5))
    nearly = [0, 1 + 1e-7, *a[2:8], 20]
    seen = [
        (a, 2, 1, True),
        (nearly, 1, 1, False),  # the kernel's, where the browser's own was: the same run
        (b, 2, 1, False),  # a hand has begun
        (c, 2, 1, True),
        (c, 2, 1, False),
        (b, 2, 1, True),
        (a, 2, 2, True),  # another surface
        (b, 2, 2, "reset"),
        (c, 2, 2, False),
    ]
    ghosts = page.evaluate(PAST, [["x", "y"], seen])
    assert ghosts == [None, None, a[:2], a[:2], a[:2], c[:3], None, a[:3], None]
