"""An explorer in a real JupyterLab: what a student's hands do, and what the page then shows.

One window serves most of these tests: each puts its code into the one cell and runs it again.
"""

import json
import re
from contextlib import contextmanager
from time import monotonic, sleep

import pytest
from playwright.sync_api import expect

from gdviz.words import MEANWHILE
from tests.browser.lab import open_lab

RUN = (0xD5, 0x5E, 0x00)  # the colour of a run


@pytest.fixture(scope="module")
def window(server, browser):
    with open_lab(browser, server) as opened:
        opened.cell("import gdviz as gd")
        yield opened


@pytest.fixture
def lab(window):
    """A window shared by this file's tests; an error logged in its page fails the test."""
    yield window
    assert not window.errors, "the page logged errors:\n" + "\n".join(window.errors)


class Picture:
    """The live figure of the open notebook's only cell, and the controls around it."""

    def __init__(self, lab):
        self.lab, self.page = lab, lab.page
        expect(lab.panel.locator(".gdviz-stage")).to_have_count(1)
        self.stage = lab.stage()
        lab.wait_for_frame(self.stage, 0)
        self.caption = self.stage.locator("figcaption")
        self.readout = self.stage.locator(".gdviz-readout")
        self.plane = self.stage.locator(".gdviz-plane").first

    def handle(self, name):
        return self.lab.panel.get_by_role("slider", name=name, exact=True)

    def kernel(self, expression):
        """Return the value of an expression in the kernel, where `e` is the explorer."""
        return json.loads(
            self.lab.kernel_eval(f"import json; print(json.dumps({expression}, default=float))")
        )

    def numbers(self):
        """Return the numbers written under the picture: the step, then the rest."""
        parts = self.readout.inner_text().replace("−", "-").replace(":", ",").split(",")
        return [float(part.split("=")[-1].replace("step", "")) for part in parts]

    def settled(self, seconds=20):
        """Wait until hand and kernel rest; then page and kernel must show the same."""
        end = monotonic() + seconds
        while self.kernel("e.live.stale") or self.caption.inner_text() != self.kernel(
            "e.live.caption"
        ):
            assert monotonic() < end, [self.caption.inner_text(), self.kernel("e.live.caption")]
            sleep(0.05)
        here = [round(float(v), 9) for v in self.kernel("[*map(float, e.descent.path[0])]")]
        self.handle("step").press("Home")
        expect(self.readout).to_contain_text("step 0:")
        assert self.numbers()[1 : 1 + len(here)] == pytest.approx(here, rel=1e-3, abs=1e-6)
        self.handle("step").press("End")
        expect(self.readout).not_to_contain_text("step 0:")
        return here

    @contextmanager
    def held(self, locator, fx=0.5, fy=0.5):
        """Press the mouse in a box, at these fractions of it, and let go at the end."""
        move = self.mover(locator)
        move(fx, fy)
        self.page.mouse.down()
        yield move
        self.page.mouse.up()

    def mover(self, locator):
        """Return a function that moves the mouse to fractions of a box."""
        locator.scroll_into_view_if_needed()
        box = locator.bounding_box()
        return lambda fx, fy: self.page.mouse.move(
            box["x"] + fx * box["width"], box["y"] + fy * box["height"]
        )

    def is_run_at(self, x, y):
        """Whether the canvas has the run's colour at a place in data (of the first axes)."""
        return self.stage.evaluate(
            """(stage, [box, x, y, colour]) => {
              const canvas = stage.querySelector("canvas");
              const [left, bottom, w, h] = box;
              const at = [(left + w * x) * canvas.width, (1 - bottom - h * y) * canvas.height];
              const reach = Math.round(canvas.width / 60);
              const [u, v] = at.map((n) => Math.round(n) - reach);
              const ctx = canvas.getContext("2d");
              const { data } = ctx.getImageData(u, v, 2 * reach, 2 * reach);
              for (let i = 0; i < data.length; i += 4)
                if (colour.every((c, k) => Math.abs(data[i + k] - c) < 8) && data[i + 3] > 200)
                  return true;
              return false;
            }""",
            [*self._place(x, y), RUN],
        )

    def _place(self, x, y):
        """Return the box of the first axes, and a place as fractions of it."""
        axes = self.kernel("e.live.scene['axes'][0]")
        (x0, x1), (y0, y1) = axes["xlim"], axes["ylim"]
        return axes["box"], (x - x0) / (x1 - x0), (y - y0) / (y1 - y0)


@pytest.fixture
def show(lab):
    """Run `e = gd.explore(...)` in the window's only cell; return its picture."""

    def show(explorer, before=""):
        code = f"{before}\ne = {explorer}\ne".strip()
        lab.page.evaluate(
            "(code) => lab.panel.content.widgets[0].model.sharedModel.setSource(code)", code
        )
        lab.run_cell(0)
        return Picture(lab)

    return show


@contextmanager
def busy_kernel(lab, seconds):
    """Keep the kernel busy for a while."""
    lab.page.evaluate(
        "(code) => lab.begin('evaluate', [code])", f"import time; time.sleep({seconds})"
    )
    yield
    lab.page.evaluate("() => lab.ended()")


# The learning rate


def test_the_learning_rate_by_keyboard_even_while_the_kernel_is_busy(lab, show):
    picture = show("gd.explore('himmelblau')")
    before, shown = picture.caption.inner_text(), lab.frames_shown(picture.stage)
    handle = picture.handle("learning rate")
    with busy_kernel(lab, 1.5):
        for _ in range(5):
            handle.press("ArrowRight")
        assert lab.frames_shown(picture.stage) > shown
        assert picture.caption.inner_text() != before
        assert lab.page.evaluate("() => lab.working") is True
    picture.settled()
    assert picture.kernel("e.rate.slider.index") == 65
    assert picture.kernel("e.learning_rate") == pytest.approx(0.01 * 10 ** (5 / 30))


def test_the_learning_rate_by_drag(lab, show):
    picture = show("gd.explore('himmelblau')")
    shown, captions = lab.frames_shown(picture.stage), set()
    rail = lab.panel.locator(".gdviz-ruled .noUi-base")
    with picture.held(rail, 0.5, 0.5) as move:
        for k in range(20):
            move(0.5 - 0.02 * k, 0.5)
            captions.add(picture.caption.inner_text())
    assert lab.frames_shown(picture.stage) >= shown + 15
    assert len(captions) >= 15
    picture.settled()
    assert picture.kernel("e.rate.slider.index") < 20


def test_a_mark_on_the_ruler_sets_its_very_rate(lab, show):
    picture = show("gd.explore('parabola')")
    lab.panel.get_by_role("button", name="limit 1").click()
    expect(picture.caption).to_contain_text("learning rate 1 ")
    expect(lab.panel.locator(".gdviz-ruled .widget-readout")).to_have_text("1")
    picture.settled()
    assert picture.kernel("e.learning_rate") == 1
    lab.panel.get_by_role("button", name="best 0.5").press("Enter")
    expect(picture.caption).to_contain_text("learning rate 0.5 ")
    picture.handle("learning rate").press("ArrowLeft")
    expect(picture.caption).not_to_contain_text("learning rate 0.5 ")
    lab.panel.get_by_role("button", name="best 0.5").click()  # again, after the slider moved away
    expect(picture.caption).to_contain_text("learning rate 0.5 ")


# The player


def test_play_pause_and_step(lab, show):
    picture = show("gd.explore('parabola', start=8, learning_rate=0.25, steps=30, reveal=0)")
    assert picture.numbers() == [0, 8, 64, 16]
    play = lab.panel.locator(".widget-play button").first
    with busy_kernel(lab, 1.5):
        play.click()
        expect(picture.readout).to_contain_text(re.compile(r"step ([3-9]|[12]\d):"))
        play.click()
        step = picture.numbers()[0]
        assert step < 30
        sleep(0.5)
        assert picture.numbers()[0] <= step + 1  # one that was on its way
    picture.handle("step").press("Home")
    picture.handle("step").press("ArrowRight")
    expect(picture.readout).to_contain_text("step 1:")
    assert picture.numbers() == [1, 4, 16, 8]
    picture.handle("step").press("ArrowRight")
    picture.handle("step").press("ArrowRight")
    picture.handle("step").press("ArrowLeft")
    expect(picture.readout).to_contain_text("step 2:")
    assert picture.numbers() == [2, 2, 4, 4]
    assert picture.is_run_at(2, 4)
    picture.handle("step").press("End")
    expect(picture.readout).to_contain_text("step 30:")
    play.click()  # at the end it begins again
    expect(picture.readout).to_contain_text(re.compile(r"step ([2-9]|1\d):"))


# The start


def test_the_start_by_drag_on_the_plane(lab, show):
    picture = show("gd.explore('himmelblau')")
    with picture.held(picture.plane, 0.5, 0.5) as move:
        for k in range(31):
            move(0.5 + 0.01 * k, 0.5 - 0.008 * k)
    x, y = picture.settled()
    assert (x, y) == pytest.approx((3.0, 2.4), abs=0.1)
    assert picture.is_run_at(x, y)
    assert [x, y] == pytest.approx(picture.kernel("e.live.pointer[:2]"), abs=0.05)
    sliders = picture.kernel("[s.value for s in e.start_sliders.children]")
    assert sliders == pytest.approx([x, y], abs=0.006)  # they know hundredths
    picture.handle("learning rate").press("PageDown")  # the sweep is that of the new start
    picture.settled()


def test_dragging_out_of_the_plane_stops_at_its_edge(lab, show):
    picture = show("gd.explore('himmelblau')")
    with picture.held(picture.plane, 0.9, 0.5) as move:
        move(1.4, 0.5)
    x, _ = picture.settled()
    assert x == 5


def test_a_click_sets_the_start_and_sliders_move_it(lab, show):
    picture = show("gd.explore('parabola')")
    picture.plane.click(position={"x": 60, "y": 100})
    (x,) = picture.settled()
    assert x < 0
    picture.handle("start x").press("ArrowRight")
    (moved,) = picture.settled()
    assert x < moved < x + 0.5
    assert picture.is_run_at(moved, moved**2)


def test_the_learning_rate_can_move_on_before_the_new_sweep_has_come(lab, show):
    picture = show("gd.explore('himmelblau')")
    handle = picture.handle("learning rate")
    for n in range(6):
        with picture.held(picture.plane, 0.3, 0.3) as move:
            for k in range(6):
                move(0.3 + 0.02 * k + 0.05 * n, 0.4)
        for _ in range(4):
            handle.press("ArrowLeft")
    picture.settled()
    assert picture.kernel("e.rate.slider.index") == picture.kernel("e.live.frame") == 60 - 24


def test_a_click_on_the_map_of_outcomes_sets_rate_and_start(lab, show):
    picture = show("gd.explore('double_well', beside='outcomes')")
    area = picture.stage.locator(".gdviz-plane").nth(1)
    box = area.bounding_box()
    area.click(position={"x": 0.25 * box["width"], "y": 0.25 * box["height"]})
    low, high = picture.kernel("[*map(float, e.surface.domain[0])]")
    (x,) = picture.settled()
    assert x == pytest.approx(high - 0.25 * (high - low), abs=0.05)
    index = picture.kernel("e.rate.slider.index")
    assert index == pytest.approx(30, abs=1)
    assert picture.kernel("e.live.frame") == index


def test_steps_surface_and_reset(lab, show):
    picture = show("gd.explore('himmelblau')")
    said = [picture.caption.inner_text(), MEANWHILE]
    picture.caption.evaluate(
        "(caption) => { window.said = []; new MutationObserver(() =>"
        " window.said.push(caption.textContent)).observe(caption, { childList: true }); }"
    )
    picture.handle("steps").press("ArrowLeft")
    expect(picture.caption).to_contain_text("After 39 steps")
    picture.settled()
    said.append(picture.caption.inner_text())
    lab.panel.get_by_role("combobox", name="surface").select_option("rosenbrock")
    expect(picture.caption).to_contain_text("learning rate 0.001 ")
    picture.settled()
    said.append(picture.caption.inner_text())
    assert picture.kernel("e.surface.name") == "rosenbrock"
    lab.panel.get_by_role("button", name="reset").click()
    expect(picture.caption).to_contain_text("After 40 steps")
    picture.settled()
    assert set(lab.page.evaluate("() => window.said")) <= set(said)  # and nothing in between
    assert picture.kernel("(e.surface.name, e.steps)") == ["himmelblau", 40]


# What lasts, and what must not


def test_a_cell_run_thirty_times_piles_up_nothing(lab, show):
    code = "gd.explore('himmelblau')"
    ask = (
        "[len(__import__('ipywidgets').widgets.widget._instances), "
        "sum(type(o).__name__ == 'Figure' for o in __import__('gc').get_objects()), "
        "__import__('psutil').Process().memory_info().rss / 1e6]"
    )
    devtools = lab.page.context.new_cdp_session(lab.page)

    def state():
        lab.kernel_eval("import gc; _ = gc.collect(), gc.collect()")
        devtools.send("HeapProfiler.collectGarbage")
        found = devtools.send("Memory.getDOMCounters")
        return picture.kernel(ask), found, lab.page.locator(".gdviz-picture").count()

    for count in range(1, 31):
        if count == 1:
            picture = show(code)
        else:
            lab.run_cell(0)
        if count == 5:
            (widgets, figures, memory), page, pictures = state()
    picture = Picture(lab)
    (widgets_now, figures_now, memory_now), page_now, pictures_now = state()
    assert pictures_now == pictures == 1
    assert widgets_now == widgets
    assert figures_now <= figures
    assert memory_now < memory + 30
    # JupyterLab itself keeps about 160 nodes and 40 listeners of this many controls at each run
    assert page_now["nodes"] < page["nodes"] + 25 * 250
    assert page_now["jsEventListeners"] < page["jsEventListeners"] + 25 * 100
    picture.settled()


def test_run_again_and_restart_during_a_drag(lab, show):
    picture = show("gd.explore('himmelblau')", before="import gdviz as gd")

    def drag():
        with picture.held(picture.plane, 0.4, 0.4) as move:
            for k in range(60):
                move(0.4 + 0.005 * k, 0.4)
                sleep(0.01)

    for run in (lab.run_all, lab.restart_and_run_all):
        run(meanwhile=drag)
        picture = Picture(lab)
        picture.settled()
        picture.plane.click(position={"x": 50, "y": 50})
        x, _ = picture.settled()
        assert x < 0


RULE = """
def rule(theta, gradient, learning_rate):
    if theta[0] > 2 and step:
        raise RuntimeError("no further <b>than</b> 2")
    return theta - learning_rate * gradient
step = 0
"""


def test_an_exception_in_a_rule_is_said_under_the_last_good_picture(lab, show):
    picture = show("gd.explore('himmelblau', start=(-3, -3), steps=5, rule=rule)", before=RULE)
    before = picture.caption.inner_text()
    lab.kernel_eval("step = 1")
    picture.plane.click(position={"x": 250, "y": 100})
    expect(picture.caption).to_have_text("RuntimeError: no further <b>than</b> 2")
    expect(picture.caption).to_have_class("gdviz-problem")
    assert picture.is_run_at(-3, -3)
    lab.kernel_eval("step = 0")
    picture.plane.click(position={"x": 60, "y": 250})
    expect(picture.caption).not_to_have_class("gdviz-problem")
    picture.settled()
    assert picture.caption.inner_text() != before


def test_a_prediction_opens_its_figure_when_a_choice_is_clicked(lab, show):
    code = "e = gd.predict('Up?', ['up', 'down'], lambda: gd.explore('bowl'), answer=1)\ne"
    lab.page.evaluate(
        "(code) => lab.panel.content.widgets[0].model.sharedModel.setSource(code)", code
    )
    lab.run_cell(0)
    expect(lab.panel.locator(".gdviz-stage")).to_have_count(0)
    lab.panel.get_by_role("button", name="down", exact=True).click()
    picture = Picture(lab)
    expect(lab.panel.get_by_text("As you predicted")).to_have_count(1)
    lab.kernel_eval("p, e = e, e.figure")
    picture.plane.click(position={"x": 50, "y": 50})
    picture.settled()
    lab.run_cell(0)  # closes the prediction and its figure
    expect(lab.panel.locator(".gdviz-stage")).to_have_count(0)
    assert picture.kernel("[p.comm, p.figure.comm, p.figure.live.comm]") == [None, None, None]


# Who cannot see it, or not well


def test_every_control_has_a_name(lab, show):
    picture = show("gd.explore('himmelblau')")
    names = lab.panel.locator(".noUi-handle").evaluate_all(
        "(handles) => handles.map((handle) => handle.getAttribute('aria-label'))"
    )
    assert names == ["learning rate", "step", "start x", "start y", "steps"]
    buttons = lab.panel.locator(".gdviz-explorer button:visible").evaluate_all(
        "(all) => all.map((b) => b.getAttribute('aria-label') || b.title || b.textContent.trim())"
    )
    assert all(buttons), buttons
    assert {"play or pause", "stop"} <= set(buttons)
    image = picture.stage.get_by_role("img")
    assert "contour" in image.get_attribute("aria-label")
    assert picture.caption.get_attribute("role") == "status"


def test_a_slider_says_its_rate_and_not_its_position(lab, show):
    picture = show("gd.explore('parabola')")
    handle = picture.handle("learning rate")
    expect(handle).to_have_attribute("aria-valuetext", "0.2")
    handle.press("ArrowRight")
    readout = lab.panel.locator(".gdviz-ruled .widget-readout").inner_text()
    expect(handle).to_have_attribute("aria-valuetext", readout)


CONTRAST = """(element) => {
  const parse = (text) => (text.match(/[\\d.]+/g) ?? [0, 0, 0, 0]).map(Number);
  const light = (colour) => {
    const [r, g, b] = colour.slice(0, 3).map((c) => {
      const v = c / 255;
      return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  let ground = element;
  while (ground && (parse(getComputedStyle(ground).backgroundColor)[3] ?? 1) === 0)
    ground = ground.parentElement;
  const back = light(parse(getComputedStyle(ground ?? document.body).backgroundColor));
  const fore = light(parse(getComputedStyle(element).color));
  return (Math.max(fore, back) + 0.05) / (Math.min(fore, back) + 0.05);
}"""  # WCAG 2.2: 4.5 for text


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_what_is_written_can_be_read_in_both_themes(lab, show, dark):
    picture = show("gd.explore('parabola')")
    lab.theme(dark=dark)
    try:
        for part in (".gdviz-readout", "figcaption", ".gdviz-zone", ".gdviz-mark"):
            assert lab.panel.locator(part).first.evaluate(CONTRAST) >= 4.5, part
        lab.kernel_eval("e.live.problem = 'ValueError: no'")
        expect(picture.caption).to_have_class("gdviz-problem")
        assert picture.caption.evaluate(CONTRAST) >= 4.5
        white = picture.stage.locator(".gdviz-picture").evaluate(
            "(element) => getComputedStyle(element).backgroundColor"
        )
        assert white == "rgb(255, 255, 255)"  # what matplotlib has drawn is dark on white
    finally:
        lab.theme(dark=False)


# Small, sharp and touched


@pytest.fixture(scope="module")
def phone(server, browser):
    with open_lab(browser, server, width=700, height=800, scale=2, touch=True) as opened:
        opened.page.evaluate(
            "() => window.jupyterapp.commands.execute('application:toggle-left-area')"
        )
        opened.cell("import gdviz as gd\ne = gd.explore('himmelblau')\ne")
        yield opened
        assert not opened.errors


def test_on_a_sharp_screen_the_picture_is_sharp(phone):
    picture = Picture(phone)
    canvas = picture.stage.evaluate(
        "(stage) => { const c = stage.querySelector('canvas'); const i ="
        " stage.querySelector('img'); return [c.width / c.clientWidth, c.height / c.clientHeight,"
        " i.naturalWidth / i.clientWidth, devicePixelRatio]; }"
    )
    assert canvas[3] == 2
    assert canvas[:2] == pytest.approx([2, 2], abs=0.01)
    assert canvas[2] >= 2


def test_in_a_narrow_window_the_picture_is_smaller_and_whole(phone):
    picture = Picture(phone)

    def sizes():
        box = picture.stage.locator(".gdviz-picture").bounding_box()
        return box["width"], box["height"], box["x"] + box["width"]

    aspect = json.loads(phone.kernel_eval("print([e.live.scene['width'], e.live.scene['height']])"))
    for width in (700, 480):
        shown = phone.frames_shown(picture.stage)
        phone.page.set_viewport_size({"width": width, "height": 800})
        if width != 700:
            phone.wait_for_frame(picture.stage, shown)
        wide, high, right = sizes()
        assert right <= width
        assert wide < 100 * aspect[0]
        assert wide / high == pytest.approx(aspect[0] / aspect[1], rel=0.01)
        overflow = phone.panel.locator(".gdviz-explorer").evaluate(
            "(element) => element.scrollWidth - element.clientWidth"
        )
        assert overflow <= 1


def test_a_finger_sets_the_start(phone):
    picture = Picture(phone)
    picture.plane.scroll_into_view_if_needed()
    box = picture.plane.bounding_box()
    phone.page.touchscreen.tap(box["x"] + 0.75 * box["width"], box["y"] + 0.25 * box["height"])
    x, y = picture.settled()
    assert (x, y) == pytest.approx((2.5, 2.5), abs=0.1)
    assert picture.is_run_at(x, y)
    assert picture.plane.evaluate("(plane) => getComputedStyle(plane).touchAction") == "none"
