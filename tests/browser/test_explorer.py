"""An explorer in a real JupyterLab: what a student's hands do, and what the page then shows.

One window serves most of these tests: each puts its code into the one cell and runs it again.
"""

import re
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from textwrap import dedent
from time import monotonic, sleep

import pytest
from playwright.sync_api import expect

from gdviz.pictures.scene import AWAY, MEANWHILE
from tests.browser.lab import open_lab

RUN = (0xD5, 0x5E, 0x00)  # the colour of a run
RECORD = """caption => { window.said = []; new MutationObserver(() =>
    window.said.push(caption.textContent)).observe(caption, { childList: true }); }"""


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
        self.typed = lab.panel.get_by_role("textbox", name="type a learning rate")
        self.axes = None  # known beforehand where the kernel cannot be asked

    def handle(self, name):
        return self.lab.panel.get_by_role("slider", name=name, exact=True)

    def kernel(self, expression):
        """Return the value of an expression in the kernel, where `e` is the explorer."""
        return self.lab.value(expression)

    def numbers(self):
        """Return the numbers written under the picture: the step, then the rest."""
        parts = self.readout.inner_text().replace("−", "-").replace(":", ",").split(",")
        return [float(part.split("=")[-1].replace("step", "")) for part in parts]

    def settled(self, seconds=20):
        """Wait until hand and kernel rest; then page and kernel must show the same."""
        end = monotonic() + seconds
        while self.kernel("not e.live.whole") or self.caption.inner_text() != self.kernel(
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
            """(stage, [x, y, colour]) => {
              const canvas = stage.querySelector("canvas");
              const pane = stage.querySelector(".gdviz-plane").style; // over the first axes
              const [left, bottom, w, h] = ["left", "bottom", "width", "height"].map((side) =>
                parseFloat(pane[side]) / 100);
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
        """Return a place as fractions of the first axes."""
        axes = self.axes or self.kernel("e.live.scene['axes'][0]")
        (x0, x1), (y0, y1) = axes["xlim"], axes["ylim"]
        return (x - x0) / (x1 - x0), (y - y0) / (y1 - y0)


@pytest.fixture
def show(lab):
    """Run `e = gd.explore(...)` in the window's only cell; return its picture."""

    def show(explorer, before=""):
        code = f"import gdviz as gd\n{before}\ne = {explorer}\ne"  # the kernel may be another
        lab.page.evaluate(
            "(code) => lab.panel.content.widgets[0].model.sharedModel.setSource(code)", code
        )
        lab.run_cell(0)
        return Picture(lab)

    return show


SENT_AGAIN = """import gdviz as gd
from IPython.display import display
e = gd.explore("himmelblau")
display(e)
for _ in range(100):
    e.live.send_state()"""


def test_a_state_that_is_sent_twice_does_not_leave_the_picture_empty(lab):
    """As JupyterLab does when a cell is run while it still asks the kernel for its widgets."""
    lab.page.evaluate(
        "(code) => lab.panel.content.widgets[0].model.sharedModel.setSource(code)", SENT_AGAIN
    )
    lab.run_cell(0)
    picture = Picture(lab)
    expect(picture.readout).to_contain_text("step")


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
    handle, begun = picture.handle("learning rate"), picture.kernel("e.rate.slider.index")
    with busy_kernel(lab, 1.5):
        for _ in range(5):
            handle.press("ArrowRight")
        assert lab.frames_shown(picture.stage) > shown
        assert picture.caption.inner_text() != before
        assert lab.page.evaluate("() => lab.working") is True
    picture.settled()
    assert picture.kernel("e.rate.slider.index") == begun + 5
    assert picture.kernel("e.learning_rate") == picture.kernel(
        f"e.setting.rates.values[{begun + 5}]"
    )


def test_a_move_of_a_slider_is_told_to_the_kernel_once(lab, show):
    picture = show("gd.explore('himmelblau')")
    picture.settled()
    lab.page.evaluate(
        """() => {
          window.told = [];
          lab.panel.sessionContext.session.kernel.anyMessage.connect((_, { msg, direction }) => {
            const said = msg.content.data?.state;
            if (direction === "send" && said) told.push(Object.keys(said));
          });
        }"""
    )
    begun = picture.kernel("e.rate.slider.index")
    for name, key, wanted, kept, number in (
        ("learning rate", "ArrowLeft", [["index"]], "e.live.frame", begun - 1),
        ("step", "Home", [["value"]] * 2, "e.live.reveal", 0),  # to the slider, and to the player
        ("step", "ArrowRight", [["value"]] * 2, "e.live.reveal", 1),
    ):
        shown = lab.frames_shown(picture.stage)
        picture.handle(name).press(key)
        assert lab.frames_shown(picture.stage) == shown + 1
        lab.becomes(kept, number)
        assert lab.page.evaluate("told.splice(0)") == wanted


def test_the_learning_rate_by_drag(lab, show):
    picture = show("gd.explore('himmelblau')")
    shown, captions = lab.frames_shown(picture.stage), set()
    rail = lab.panel.locator(".gdviz-ruled .noUi-base")
    begin = picture.kernel("e.rate.slider.index / (len(e.rate.slider.options) - 1)")
    with picture.held(rail, begin, 0.5) as move:
        for k in range(20):
            move(begin - 0.03 * k, 0.5)
            captions.add(picture.caption.inner_text())
    assert lab.frames_shown(picture.stage) >= shown + 15
    assert len(captions) >= 15
    picture.settled()
    assert picture.kernel("e.rate.slider.index") < 20


def test_a_mark_on_the_ruler_sets_its_very_rate(lab, show):
    picture = show("gd.explore('parabola')")
    lab.panel.get_by_role("button", name="limit 1").click()
    expect(picture.caption).to_contain_text("learning rate 1 ")
    expect(picture.typed).to_have_value("1")
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
    sliders = picture.kernel("[s.value for s in e.start_sliders.children]")
    assert sliders == pytest.approx([x, y], abs=1e-9)  # one number everywhere
    picture.handle("learning rate").press("PageDown")  # all rates are those of the new start
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
    handle, begun = picture.handle("learning rate"), picture.kernel("e.rate.slider.index")
    for n in range(6):
        with picture.held(picture.plane, 0.3, 0.3) as move:
            for k in range(6):
                move(0.3 + 0.02 * k + 0.05 * n, 0.4)
        for _ in range(4):
            handle.press("ArrowLeft")
    picture.settled()
    # its last message may still be on its way
    lab.becomes("[e.rate.slider.index, e.live.frame]", [begun - 24] * 2, seconds=5)


NEXT_RATE = "e.rate.slider.options[e.rate.slider.index + 1][0]"  # as it is labelled


@contextmanager
def silent_kernel(picture):
    """Let the kernel answer nothing; what it is asked it hears of afterwards."""
    picture.axes = picture.kernel("e.live.scene['axes'][0]")
    with TemporaryDirectory() as folder:
        end = Path(folder, "end")
        wait = f"""
            import pathlib, time
            with e._lock:  # JupyterLab may have callbacks on another thread
                while not pathlib.Path({str(end)!r}).exists():
                    time.sleep(0.02)"""
        picture.page.evaluate("(code) => lab.begin('evaluate', [code])", dedent(wait))
        yield
        assert picture.page.evaluate("() => lab.working") is True
        end.touch()
        picture.page.evaluate("() => lab.ended()")


def test_the_start_moves_without_the_kernel_and_the_caption_gives_numbers_alone(lab, show):
    picture = show("gd.explore('himmelblau')")
    said, next_rate = picture.caption.inner_text(), picture.kernel(NEXT_RATE)
    with silent_kernel(picture):
        for _ in range(5):
            picture.handle("start x").press("ArrowRight")
        expect(picture.caption).to_have_text(
            re.compile(r"^With learning rate 0.01 from here the l")
        )
        lowest = picture.readout.inner_text()
        here = float(picture.handle("start x").get_attribute("aria-valuetext"))
        assert here > 0
        assert picture.is_run_at(here, 0)
        picture.handle("learning rate").press("ArrowRight")  # another rate from the same start
        expect(picture.caption).to_contain_text(f"With learning rate {next_rate} from here")
        expect(picture.readout).not_to_have_text(lowest)
    assert picture.settled() == pytest.approx([here, 0], abs=1e-9)
    expect(picture.caption).not_to_have_text(said)


def test_a_drag_shows_its_run_without_the_kernel_and_ends_where_it_was_let_go(lab, show):
    picture = show("gd.explore('valley', steps=30, race={gd.GradientDescent(): 1, gd.Adam(): 0.5})")
    with silent_kernel(picture):
        with picture.held(picture.plane, 0.5, 0.5) as move:
            for k in range(31):
                move(0.5 + 0.006 * k, 0.5 - 0.006 * k)
                sleep(0.02)
            # even before the hand pauses: no sentence stands under another run than its own
            assert picture.caption.inner_text().startswith("With learning rate 1 from here")
        picture.handle("step").press("Home")
        x, y = picture.numbers()[1:3]
        assert picture.is_run_at(x, y)
        picture.handle("step").press("End")
    assert picture.settled() == pytest.approx([x, y], abs=1e-9)


def test_a_hand_on_the_loss_curve_moves_the_shown_step_without_the_kernel(lab, show):
    picture = show("gd.explore('himmelblau', steps=20)")
    losses = picture.stage.locator(".gdviz-plane").nth(1)
    with silent_kernel(picture):
        with picture.held(losses, 0.25, 0.9):
            expect(picture.readout).to_contain_text("step 5:")
            expect(picture.handle("step")).to_have_attribute("aria-valuetext", "5")
            expect(picture.caption).to_have_text(MEANWHILE)
        with picture.held(losses, 0.25, 0.9) as move:
            for k in range(16):
                move(0.25 + 0.05 * k, 0.5)
        expect(picture.readout).to_contain_text("step 20:")
        with picture.held(losses, 0.5, 0.5) as move:
            move(0.1, 3)
    expect(picture.readout).to_contain_text("step 2:")
    lab.becomes("[e.live.reveal, e.player.step.value, e.setting.reveal]", [2, 2, 2])
    picture.handle("step").press("ArrowRight")
    expect(picture.readout).to_contain_text("step 3:")
    picture.settled()


@pytest.mark.parametrize("change", ("e.surface = 'rosenbrock'", "e.start = (2.5, -2.5)"))
def test_a_start_that_python_sets_waits_for_no_slider(lab, show, change):
    picture = show("gd.explore('himmelblau')")
    picture.caption.evaluate(RECORD)
    lab.kernel_eval(
        dedent(f"""
            import time
            x, y = e.start_sliders.children
            with x.hold_sync():  # told of last
                with y.hold_sync():
                    {change}
                    time.sleep(0.5)
                time.sleep(0.5)
        """)
    )
    said = picture.kernel("e.live.caption")
    expect(picture.caption).to_have_text(said)
    assert lab.page.evaluate("() => window.said") == [said]
    picture.settled()


def test_the_last_of_two_starts_that_python_sets_is_the_one_that_stays(lab, show):
    picture = show("gd.explore('himmelblau')")
    lab.kernel_eval(
        dedent("""
            x, y = e.start_sliders.children
            with x.hold_sync():
                with y.hold_sync():
                    e.start = (2.5, -2.5)
                    e.start = (1.0, 1.5)
        """)
    )
    assert picture.settled() == pytest.approx([1, 1.5])
    picture.handle("learning rate").press("ArrowRight")
    assert picture.settled() == pytest.approx([1, 1.5])


def test_an_older_answer_does_not_pull_the_start_back(lab, show):
    picture = show("gd.explore('himmelblau', reveal=0)")
    readouts = picture.readout.evaluate_handle("readout => [readout.textContent]")
    record = """(readout, found) => new MutationObserver(() => found.push(readout.textContent))
        .observe(readout, { childList: true })"""
    with silent_kernel(picture):
        picture.readout.evaluate(record, readouts)
        with picture.held(picture.plane, 0.2, 0.2) as move:
            expect(picture.readout).to_contain_text("x = −3")
            picture.page.wait_for_timeout(100)  # the first question is on its way
            move(0.8, 0.8)
            expect(picture.readout).to_contain_text("x = 3")
        picture.handle("learning rate").press("ArrowRight")
    assert picture.settled() == pytest.approx([3, -3])
    told = (text for text in readouts.json_value() if text.startswith("step 0:"))
    places = [text.split(",")[0].split("=")[1].strip() for text in told]
    assert [place for place, _ in groupby(places)] == ["0", "−3", "3"]


def test_a_click_waits_for_no_slider(lab, show):
    picture = show("gd.explore('himmelblau')")
    lab.kernel_eval("hold = e.start_sliders.children[0].hold_sync(); hold.__enter__()")
    box = picture.plane.bounding_box()
    picture.plane.click(position={"x": 0.25 * box["width"], "y": 0.25 * box["height"]})
    expect(picture.handle("start y")).not_to_have_attribute("aria-valuetext", "0.00")
    expect(picture.handle("start x")).to_have_attribute("aria-valuetext", "0.00")
    said = picture.kernel("e.live.caption")
    expect(picture.caption).to_have_text(said)
    picture.caption.evaluate(RECORD)
    sleep(0.5)
    lab.kernel_eval("hold.__exit__(None, None, None)")
    expect(picture.handle("start x")).not_to_have_attribute("aria-valuetext", "0.00")
    assert lab.page.evaluate("() => window.said") == []
    picture.settled()


def test_another_surface_of_a_family_is_shown_without_the_kernel(lab, show):
    picture = show("gd.explore('valley', family=(gd.valley, 'condition', 1, 100, 10), steps=20)")
    canvas = picture.stage.locator("canvas")
    ground = canvas.evaluate("canvas => canvas.toDataURL()")
    with silent_kernel(picture):
        picture.handle("condition").press("End")
        expect(picture.caption).to_have_text(re.compile("With learning rate .* from here"))
        shown = picture.readout.inner_text()
        assert canvas.evaluate("canvas => canvas.toDataURL()") != ground
        picture.handle("condition").press("Home")
        expect(picture.readout).not_to_have_text(shown)
        picture.handle("condition").press("End")
        expect(picture.readout).to_have_text(shown)
    picture.settled()
    assert picture.kernel("e.setting.member") == pytest.approx(100)
    expect(picture.readout).to_have_text(shown)


def test_without_a_sound_program_the_start_waits_for_the_kernel(lab, show):
    picture = show("gd.explore('himmelblau')")
    picture.kernel("setattr(e.live, 'program', e.live.program | {'runs': {'': {'look': {}}}})")
    expect(picture.caption).to_contain_text("cannot be made here")
    picture.handle("start x").press("ArrowRight")
    x, _ = picture.settled()
    assert x > 0


def test_a_learning_rate_is_typed_beside_the_slider(lab, show):
    picture = show("gd.explore('himmelblau', steps=10)")
    said, next_rate = picture.caption.inner_text(), picture.kernel(NEXT_RATE)
    with silent_kernel(picture):  # the field follows the slider all the same
        picture.handle("learning rate").press("ArrowRight")
        expect(picture.typed).to_have_value(next_rate)
        picture.handle("learning rate").press("ArrowLeft")
        expect(picture.typed).to_have_value("0.01")
    picture.settled()  # lest the slider is heard of after the field
    for text in ("abc", "-1", "1e400", "0,1", ""):
        picture.typed.fill(text)
        picture.typed.press("Enter")
        expect(picture.caption).to_contain_text(re.compile(f"^ValueError: .* not .*{text}.*"))
        expect(picture.typed).to_have_value(text)
    picture.typed.press("Escape")
    expect(picture.typed).to_have_value("0.01")
    expect(picture.caption).to_have_text(said)
    picture.typed.fill("0.0123")
    picture.typed.press("Enter")
    expect(picture.caption).to_contain_text("learning rate 0.0123")
    expect(picture.typed).to_have_value("0.0123")
    picture.settled()
    assert picture.kernel("e.learning_rate") == 0.0123
    picture.typed.fill("1.230e-2")
    picture.typed.press("Enter")
    expect(picture.typed).to_have_value("0.0123")
    picture.handle("learning rate").press("ArrowRight")
    expect(picture.typed).not_to_have_value("0.0123")


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
    picture = show("gd.explore('himmelblau', choices=True)")
    said = [picture.caption.inner_text(), MEANWHILE]
    picture.caption.evaluate(RECORD)
    picture.handle("number of steps").press("ArrowLeft")
    expect(picture.caption).to_contain_text("After 39 steps")
    picture.settled()
    said.append(picture.caption.inner_text())
    lab.panel.get_by_role("combobox", name="surface").select_option(
        "rosenbrock: (1 − x)² + 100·(y − x²)²"
    )
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


@pytest.mark.parametrize("how", ["restarted", "dead"])
def test_a_figure_whose_kernel_has_ended_says_so(server, browser, how):
    with open_lab(browser, server) as lab:
        lab.cell("import gdviz as gd\ne = gd.explore('himmelblau', steps=10)\ne")
        picture = Picture(lab)
        restart = "() => lab.panel.sessionContext.session.kernel.restart()"
        crash = """() => void lab.panel.sessionContext.session.kernel.requestExecute(
            { code: "import os; os._exit(1)" })"""
        lab.page.evaluate(restart if how == "restarted" else crash)
        expect(picture.caption).to_contain_text("run its cell again", timeout=20_000)
        expect(picture.caption).to_have_class("gdviz-problem")
        if how == "dead":
            lab.page.locator(".jp-Dialog").get_by_role("button", name="Ok").click()
        shown = lab.frames_shown(picture.stage)
        picture.handle("learning rate").press("ArrowRight")  # what the browser has, it shows
        lab.wait_for_frame(picture.stage, shown)
        picture.plane.click(position={"x": 50, "y": 50})
        expect(picture.readout).to_contain_text("x = −")
        expect(picture.caption).to_contain_text("run its cell again")
        lab.page.wait_for_timeout(500)  # in which the hand rests
        expect(picture.caption).to_contain_text("run its cell again")
        lab.run_cell(0)
        expect(lab.panel.locator("figcaption")).to_contain_text("After 10 steps")
        assert [error for error in lab.errors if "gdviz" in error or "blob:" in error] == []


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
    assert picture.kernel("[p.comm, p.figure.comm, p.figure.live]") == [None, None, None]


# Who cannot see it, or not well


def test_play_and_step_stand_right_under_the_picture_and_all_fits_a_laptop(lab, show):
    for name in ("himmelblau", "parabola"):  # without a ruler under the rate, and with one
        picture = show(f"gd.explore({name!r}, choices=True)")
        explorer = lab.panel.locator(".gdviz-explorer")
        assert explorer.bounding_box()["height"] <= 650
        parts = (
            explorer.locator(".gdviz-ruled"),
            picture.stage.locator(".gdviz-picture"),
            explorer.locator(".widget-play"),
            picture.readout,
            picture.caption,
            picture.handle("start x"),
            picture.handle("number of steps"),
        )
        tops = [part.bounding_box()["y"] for part in parts]
        assert tops == sorted(tops)
        box = parts[1].bounding_box()
        assert tops[2] - box["y"] - box["height"] < 8
        labels = explorer.locator(".widget-label:visible").evaluate_all(
            "(all) => all.filter((label) => label.scrollWidth > label.clientWidth).length"
        )
        assert labels == 0  # every name is whole


KINDS = """
import gdviz as gd
from IPython.display import display
valley, both = "valley", {gd.GradientDescent(): 1.6, gd.Momentum(0.9): 0.2}
model = gd.LinearRegression([1, 2, 3, 4], [2, 3, 5, 6])
for surface, options in [
    ("parabola", {"formula": True}),
    ("himmelblau", {"choices": True, "formula": True}),
    ("himmelblau", {"basins": True}),
    ("rastrigin", {"starts": 50}),
    ("double_well", {"beside": "outcomes", "choices": True}),
    (valley, {"race": both, "own_rule": True}),
    (valley, {"stop": gd.Stop(loss_change=1e-3)}),
    (valley, {"family": (gd.valley, "condition number", 1, 100, 20)}),
    (model, {"batch_size": 2, "scaling": True}),
]:
    display(gd.explore(surface, **options))
"""


def edges(locator, side):
    """Return where boxes that are seen begin ("left") or end ("right"), as whole pixels (set)."""
    script = """(all, side) => all.filter((each) => each.checkVisibility())
        .map((each) => Math.round(each.getBoundingClientRect()[side]))"""
    return set(locator.evaluate_all(script, side))


@pytest.mark.window(width=1366, height=768)
def test_every_kind_of_explorer_is_one_grid_and_fits_a_laptop(lab):
    lab.cell(KINDS)
    explorers = lab.panel.locator(".gdviz-explorer")
    expect(explorers).to_have_count(9)
    for explorer in explorers.all():
        lab.wait_for_frame(explorer.locator(".gdviz-stage"), 0)
        assert explorer.bounding_box()["height"] <= 650
        # Two columns; what goes all the way begins with the left one and ends with the right one
        tracks, numbers = explorer.locator(".noUi-target"), explorer.locator(".widget-readout")
        assert len(edges(tracks, "left")) <= 2 and len(edges(tracks, "right")) <= 2
        assert len(edges(numbers, "left")) <= 2
        cut = explorer.locator(".widget-label:visible").evaluate_all(
            "(all) => all.filter((label) => label.scrollWidth > label.clientWidth).length"
        )
        assert cut == 0


TYPESET = """() => {
  const typesetter = lab.panel.content.rendermime.latexTypesetter;
  const typeset = typesetter.typeset.bind(typesetter);
  window.typeset = 0;
  typesetter.typeset = (element) => (window.typeset++, typeset(element));
}"""


def test_a_picture_does_not_wait_for_what_typesets_formulas(lab):
    lab.cell("0")
    lab.page.evaluate(TYPESET)
    lab.cell("import gdviz as gd; e = gd.explore('himmelblau'); e")
    names = lab.panel.locator(".widget-slider > label")
    expect(names).to_have_text(["learning rate", "step", "start x", "start y", "number of steps"])
    lab.kernel_eval("setattr(e, 'surface', gd.LinearRegression([1, 2, 3], [2, 3, 5]))")
    expect(names.nth(2)).to_have_text("start intercept")
    expect(lab.panel.get_by_role("slider", name="start slope")).to_be_visible()
    assert lab.page.evaluate("typeset") == 0
    lab.cell("import ipywidgets; ipywidgets.Label('$x$')")
    lab.page.wait_for_function("typeset > 0")


def test_a_slider_shown_alone_keeps_its_name(lab):
    lab.cell("import gdviz as gd; e = gd.explore('bowl'); display(e, e.steps_slider)")
    label = lab.panel.locator(".widget-slider > label").last
    expect(label).to_be_visible()
    written = "(label) => getComputedStyle(label, '::before').content"
    assert label.evaluate(written) == '"number of steps"'


def test_the_shown_step_says_of_how_many(lab, show):
    show("gd.explore('parabola', steps=30, reveal=4)")
    player = lab.panel.locator(".gdviz-player")
    assert player.inner_text().split() == ["step", "4", "of", "30"]


def test_a_longer_sentence_moves_what_stands_below_once_at_most(lab, show):
    picture = show("gd.explore('cliff', learning_rate=7.05)")
    expect(picture.caption).to_contain_text("leaps")
    handle, below = picture.handle("learning rate"), picture.handle("number of steps")
    place = below.bounding_box()["y"]
    handle.press("Home")
    expect(picture.caption).to_contain_text("crawls")
    assert below.bounding_box()["y"] == place


def test_what_glides_when_its_figure_is_closed_stops(lab, show):
    picture = show("gd.explore('himmelblau', steps=200, reveal=0)")
    lab.panel.locator(".widget-play button").first.click()
    expect(picture.readout).to_contain_text("step 1")
    frames = (
        "const draw = requestAnimationFrame; window.requestAnimationFrame = (f) => held.push(f)"
    )
    lab.page.evaluate(f"() => {{ window.held = []; {frames}; window.draw = draw; }}")
    lab.page.wait_for_timeout(300)  # in which the ball takes another step
    lab.kernel_eval("e.change(window=((0, 4), (0, 4)))")
    lab.page.wait_for_timeout(500)  # in which the lens sets out
    lab.kernel_eval("e.close()")
    expect(lab.panel.locator(".gdviz-stage")).to_have_count(0)
    lab.page.wait_for_timeout(300)  # in which the page lets go of it
    step = (
        "const now = held; held = []; now.forEach((f) => f(performance.now())); return now.length;"
    )
    assert lab.page.evaluate(f"() => {{ {step} }}")
    lab.page.wait_for_timeout(500)  # after which a ball and a lens would have arrived
    assert [lab.page.evaluate(f"() => {{ {step} }}") for _ in range(5)][-1] == 0  # none goes on
    lab.page.evaluate("() => void (window.requestAnimationFrame = draw)")


def test_every_control_has_a_name(lab, show):
    picture = show("gd.explore('himmelblau')")
    names = lab.panel.locator(".noUi-handle").evaluate_all(
        "(handles) => handles.map((handle) => handle.getAttribute('aria-label'))"
    )
    assert names == ["learning rate", "step", "start x", "start y", "number of steps"]
    buttons = lab.panel.locator(".gdviz-explorer button:visible").evaluate_all(
        "(all) => all.map((b) => b.getAttribute('aria-label') || b.title || b.textContent.trim())"
    )
    assert all(buttons), buttons
    assert {"play or pause", "stop"} <= set(buttons)
    image = picture.stage.get_by_role("application")
    assert "contour" in image.get_attribute("aria-label")
    assert picture.caption.get_attribute("role") == "status"


def test_a_slider_says_its_rate_and_not_its_position(lab, show):
    picture = show("gd.explore('parabola')")
    handle = picture.handle("learning rate")
    expect(handle).to_have_attribute("aria-valuetext", "0.2")
    handle.press("ArrowRight")
    expect(handle).to_have_attribute("aria-valuetext", picture.typed.input_value())


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
        assert white == "rgb(255, 255, 255)"  # what matplotlib has drawn is dark on white,
        turned = picture.stage.locator(".gdviz-picture").evaluate(
            "(element) => getComputedStyle(element).filter"
        )
        assert turned.startswith("invert") if dark else turned == "none"  # and is turned round
    finally:
        lab.theme(dark=False)


def test_a_run_that_has_left_is_said_to_have_left_before_its_last_step(show):
    picture = show("gd.explore('himmelblau', learning_rate=0.06, reveal=3)")
    expect(picture.caption).to_have_text(f"{AWAY.format('The')} {MEANWHILE}")
    picture.handle("step").press("ArrowLeft")
    expect(picture.caption).to_have_text(MEANWHILE)


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

    def overflow():
        explorer = phone.panel.locator(".gdviz-explorer")
        return explorer.evaluate("(element) => element.scrollWidth - element.clientWidth")

    aspect = phone.value("[e.live.scene['width'], e.live.scene['height']]")
    wide, high, right = sizes()
    assert right <= 700
    assert wide < 100 * aspect[0]
    assert wide / high == pytest.approx(aspect[0] / aspect[1], rel=0.01)
    assert overflow() <= 1
    phone.page.set_viewport_size({"width": 480, "height": 800})
    above = "(picture) => picture.clientHeight > picture.clientWidth"
    phone.page.wait_for_function(
        above, arg=picture.stage.locator(".gdviz-picture").element_handle()
    )
    plane, losses = (each.bounding_box() for each in picture.stage.locator(".gdviz-plane").all())
    assert plane["y"] + plane["height"] < losses["y"]  # there they stand above each other
    assert min(plane["width"], losses["width"]) > 0.6 * sizes()[0]
    assert sizes()[2] <= 480
    assert overflow() <= 1
    picture.plane.tap(position={"x": 0.25 * plane["width"], "y": 0.25 * plane["height"]})
    x, y = picture.settled()
    assert (x, y) == pytest.approx((-2.5, 2.5), abs=0.1)
    assert picture.is_run_at(x, y)
    phone.page.set_viewport_size({"width": 700, "height": 800})
    phone.page.wait_for_function(
        f"(picture) => !({above})(picture)",
        arg=picture.stage.locator(".gdviz-picture").element_handle(),
    )
    assert sizes()[:2] == pytest.approx((wide, high), abs=1)


def test_a_finger_sets_the_start(phone):
    picture = Picture(phone)
    picture.plane.scroll_into_view_if_needed()
    box = picture.plane.bounding_box()
    phone.page.touchscreen.tap(box["x"] + 0.75 * box["width"], box["y"] + 0.25 * box["height"])
    x, y = picture.settled()
    assert (x, y) == pytest.approx((2.5, 2.5), abs=0.1)
    assert picture.is_run_at(x, y)
    assert picture.plane.evaluate("(plane) => getComputedStyle(plane).touchAction") == "none"
