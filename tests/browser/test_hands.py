"""What hands do to the picture itself: keys, zoom, and what stays of the run before."""

from math import exp
from time import monotonic, sleep

import pytest
from playwright.sync_api import expect

from tests.browser.test_explorer import (  # noqa: F401
    Picture,
    lab,
    phone,
    show,
    silent_kernel,
    window,
)


@pytest.fixture
def keyed(show):  # noqa: F811
    """Open an explorer and give its picture the focus, as Tab does."""

    def keyed(explorer):
        picture = show(explorer)
        picture.area = picture.stage.locator(".gdviz-picture")
        picture.handle("learning rate").focus()
        for _ in range(8):
            picture.page.keyboard.press("Tab")
            if picture.area.evaluate("(area) => area.matches(':focus-visible')"):
                return picture
        raise AssertionError("Tab does not come to the picture")

    return keyed


# Keys


def test_keys_on_the_picture_move_start_rate_and_step(lab, keyed):  # noqa: F811
    picture = keyed("gd.explore('himmelblau', start=(0, 0), learning_rate=0.01, steps=20)")
    cells = lab.page.evaluate("() => lab.panel.content.widgets.length")
    press, begun = picture.page.keyboard.press, picture.kernel("e.rate.slider.index")
    for key in ("ArrowRight", "Shift+ArrowRight", "ArrowDown", "PageUp", "PageUp", "PageDown"):
        press(key)
    assert picture.settled() == pytest.approx([0.11, -0.01], abs=1e-9)
    assert picture.kernel("[e.rate.slider.index, e.live.frame]") == [begun + 1] * 2
    picture.area.focus()
    for key in ("Home", ".", ".", ".", ","):
        press(key)
    expect(picture.readout).to_contain_text("step 2:")
    expect(picture.handle("step")).to_have_attribute("aria-valuetext", "2")
    lab.kernel_eval("e.player.play.interval = 2000")  # longer than from one look to the next
    press("Space")
    expect(picture.readout).to_contain_text("step 5:", timeout=20_000)
    press("Space")
    lab.becomes("e.player.play.playing", False)
    press("End")
    expect(picture.readout).to_contain_text("step 20:")
    for key in ("a", "d", "d"):  # the notebook's own keys stay its own
        press(key)
    expect(lab.panel.locator(".jp-Cell")).to_have_count(cells)


def test_keys_go_on_from_where_a_pointer_has_let_go(keyed):
    picture = keyed("gd.explore('himmelblau', start=(0, 0))")
    with picture.held(picture.plane, 0.5, 0.5) as move:
        move(0.75, 0.25)
    picture.page.keyboard.press("ArrowRight")
    x, y = picture.settled()
    assert (x, y) == pytest.approx((2.51, 2.5), abs=0.06)


def test_a_key_without_a_control_is_left_to_others(lab, keyed):  # noqa: F811
    picture = keyed("gd.explore('parabola', start=2)")
    lab.page.evaluate(
        """() => { window.heard = [];
        document.addEventListener("keydown", (event) => window.heard.push(event.key)); }"""
    )
    for key in ("ArrowUp", "ArrowLeft", "q"):
        picture.page.keyboard.press(key)
    assert lab.page.evaluate("() => window.heard") == ["ArrowUp", "q"]
    (x,) = picture.settled()
    assert x < 2


def test_the_keys_are_told_while_the_picture_has_the_focus_and_to_those_who_hear_it(keyed):
    picture = keyed("gd.explore('himmelblau')")
    area = picture.area
    style = "getComputedStyle(document.querySelector('.gdviz-readout'), '::after')"
    told = f"() => {style}.visibility === 'visible' && {style}.content"
    assert "arrow keys: start" in picture.page.evaluate(told)
    assert "contour" in area.get_attribute("aria-label")
    assert "PageUp" in area.get_attribute("aria-keyshortcuts")
    described = picture.page.locator(f"#{area.get_attribute('aria-describedby')}")
    assert "learning rate" in described.evaluate("(help) => help.textContent")
    picture.handle("step").focus()
    picture.page.wait_for_function(f"() => {style}.visibility === 'hidden'")


def test_keys_move_a_network_too(lab, keyed):  # noqa: F811
    network = "gd.Network([0, 1, 2, 3], [0, 1, 0, 1], hidden=3)"
    picture = keyed(f"gd.explore({network}, steps=50)")
    picture.page.keyboard.press("PageUp")
    picture.page.keyboard.press("Home")
    expect(picture.readout).to_contain_text("step 0:")
    expect(picture.caption).not_to_be_empty()
    picture.page.keyboard.press("End")
    expect(picture.readout).to_contain_text("step 50:")
    moved = "[s.rates.index(s.learning_rate) for s in (e._first, e.setting)]"
    first, now = picture.kernel(moved)
    assert now == first + 1


# Zoom


@pytest.fixture
def zoomed(show):  # noqa: F811
    """Open an explorer; return its picture and a function that turns the wheel over a place."""

    def zoomed(explorer, key="Control"):
        picture = show(explorer)
        picture.move = picture.mover(picture.plane)

        def wheel(fx, fy, *turns):
            picture.move(fx, fy)
            picture.page.keyboard.down(key)
            for turn in turns:
                picture.page.mouse.wheel(0, turn)
            picture.page.keyboard.up(key)

        return picture, wheel

    return zoomed


def window_of(picture, fits=bool):
    """Wait until the kernel draws a window that fits, as it was asked for; return it."""
    ask = "[e.live.question.get('window'), e.setting.window, e.live.scene['axes'][0]['xlim']]"
    end = monotonic() + 20
    while True:
        asked, seen, ends = picture.kernel(ask)
        drawn = ends == (seen or picture.kernel("e.surface.domain"))[0]
        if asked == seen and drawn and fits(seen):
            return seen
        assert monotonic() < end, [asked, seen, ends]
        sleep(0.05)


def is_home(seen):
    return seen is None


def width(seen):
    return seen[0][1] - seen[0][0] if seen else 0


def test_the_wheel_zooms_at_the_pointer_and_the_kernel_draws_what_is_seen(zoomed):
    picture, wheel = zoomed("gd.explore('himmelblau', start=(2, 1))")
    low, high = -5, 5
    at = low + 0.75 * (high - low)
    with silent_kernel(picture):  # the browser needs nobody for that
        shown = picture.lab.frames_shown(picture.stage)
        wheel(0.75, 0.25, -120, -120, -120)
        picture.lab.wait_for_frame(picture.stage, shown)
        picture.plane.click(position={"x": 5, "y": 5})
        expect(picture.readout).to_contain_text("step 40")
    zoomed = pytest.approx(10 * exp(-1.5))
    (left, right), (bottom, top) = window_of(picture, lambda seen: width(seen) == zoomed)
    assert left + 0.75 * (right - left) == pytest.approx(at, abs=0.02)
    assert bottom + 0.75 * (top - bottom) == pytest.approx(at, abs=0.02)
    x, y = picture.settled()  # the click was at the upper left corner of what was seen
    assert x == pytest.approx(left, abs=0.1)
    assert y == pytest.approx(top, abs=0.1)


def test_a_plain_wheel_scrolls_the_notebook_unless_the_picture_has_the_focus(zoomed):
    picture, wheel = zoomed("gd.explore('parabola')", key="Alt")
    wheel(0.5, 0.5, -120)
    picture.stage.locator(".gdviz-picture").focus()
    wheel(0.5, 0.5, -120)
    assert width(window_of(picture)) == pytest.approx(22 * exp(-0.25))  # once, not twice


def test_a_drag_with_shift_shifts_the_plane_and_a_double_click_leads_back(zoomed):
    picture, wheel = zoomed("gd.explore('himmelblau', start=(2, 1))")
    wheel(0.5, 0.5, -120)
    before = window_of(picture)
    picture.page.keyboard.down("Shift")
    with picture.held(picture.plane, 0.5, 0.5) as move:
        move(0.75, 0.5)
    picture.page.keyboard.up("Shift")
    after = window_of(picture, lambda seen: seen != before)
    shift = 0.25 * (before[0][1] - before[0][0])
    assert after[0] == pytest.approx([v - shift for v in before[0]], abs=0.02)
    assert after[1] == pytest.approx(before[1], abs=0.02)
    assert picture.kernel("e.start") == [2, 1]
    picture.plane.dblclick(position={"x": 60, "y": 90})
    window_of(picture, is_home)
    assert picture.settled() == [2, 1]  # the first of the two clicks is undone


def test_a_zoom_ends_at_the_limits_of_numbers_and_says_so(keyed):
    picture = keyed("gd.explore('himmelblau', start=(1, 1))")
    for sign, said in ("+", "as close as numbers"), ("-", "as far out"):
        for _ in range(120):
            picture.page.keyboard.press(sign)
        expect(picture.caption).to_contain_text(said)
        far = [lambda w: 0 < width(w) < 2e-11, lambda w: width(w) > 4e6][sign == "-"]
        window_of(picture, far)
        assert picture.kernel("e.live.problem") == ""
        expect(picture.caption).to_contain_text(said)
    picture.page.keyboard.press("0")
    window_of(picture, is_home)
    expect(picture.caption).not_to_contain_text("as far out")
    picture.settled()


DRAWN = """(canvas) => {
  const { clearRect } = CanvasRenderingContext2D.prototype;
  canvas.drawn = 0;
  canvas.getContext("2d").clearRect = function (...box) {
    canvas.drawn++;
    clearRect.apply(this, box);
  };
}"""


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_a_zoom_by_code_glides_unless_motion_is_to_be_reduced(zoomed, motion):
    picture, _ = zoomed("gd.explore('himmelblau', start=(2, 1), basins=True)")
    canvas = picture.stage.locator("canvas")
    picture.page.emulate_media(reduced_motion=motion)
    try:
        for button, closer in (("zoom in at the start", True), ("zoom out", False)):
            canvas.evaluate(DRAWN)
            before = picture.lab.frames_shown(picture.stage)
            picture.lab.panel.get_by_role("button", name=button).click()
            picture.lab.becomes("e.setting.window is not None", closer)
            picture.lab.wait_for_frame(picture.stage, before)
            picture.settled()
            gliding = "([canvas, stage, before]) => canvas.drawn + before - stage.dataset.frame"
            handles = [canvas.element_handle(), picture.stage.element_handle(), before]
            if motion == "no-preference":
                picture.page.wait_for_function(f"(all) => ({gliding})(all) > 5", arg=handles)
            else:
                assert picture.page.evaluate(gliding, handles) == 0
    finally:
        picture.page.emulate_media(reduced_motion="null")


def test_two_fingers_zoom_and_one_still_moves_the_start(phone):  # noqa: F811
    picture = Picture(phone)
    picture.plane.scroll_into_view_if_needed()
    box = picture.plane.bounding_box()
    devtools = phone.page.context.new_cdp_session(phone.page)

    def touch(kind, *places):
        x, y, w, h = (box[name] for name in ("x", "y", "width", "height"))
        points = [{"x": x + u * w, "y": y + v * h, "id": i} for i, (u, v) in enumerate(places)]
        devtools.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    start = picture.kernel("e.start")
    touch("touchStart", (0.4, 0.5))
    touch("touchStart", (0.4, 0.5), (0.6, 0.5))
    for k in range(1, 5):
        touch("touchMove", (0.4 - 0.05 * k, 0.5), (0.6 + 0.05 * k, 0.5))
    touch("touchEnd")
    (left, right), (bottom, top) = window_of(picture, lambda seen: 0 < width(seen) < 4)
    assert right - left == pytest.approx(10 / 3, rel=0.05)
    assert (left + right, bottom + top) == pytest.approx((0, 0), abs=0.1)
    assert picture.kernel("e.start") == start
    touch("touchStart", (0.75, 0.5))
    touch("touchEnd")
    x, _ = picture.settled()
    assert x == pytest.approx(left + 0.75 * (right - left), abs=0.05)


@pytest.mark.parametrize("fixed", ["basins=True", "arrows=True, beside='3d'"])
def test_a_map_follows_the_zoom(lab, zoomed, fixed):  # noqa: F811
    picture, wheel = zoomed(f"gd.explore('himmelblau', {fixed})")
    wheel(0.25, 0.25, -120, -120)
    seen = window_of(picture)
    assert picture.kernel("e.setting.shown") == seen
    if "basins" in fixed:
        assert picture.kernel("e._coloured[1]") == seen
        lab.panel.get_by_role("button", name="zoom out").click()
        expect(lab.panel.get_by_role("button", name="zoom out")).to_be_disabled()


# Clouds


def test_the_spread_of_random_starts_moves_without_the_kernel(lab, show):  # noqa: F811
    picture = show("gd.explore('himmelblau', starts=50, steps=10)")
    canvas = picture.stage.locator("canvas")
    assert lab.panel.get_by_role("slider", name="start x").count() == 0
    wide = canvas.evaluate("canvas => canvas.toDataURL()")
    with silent_kernel(picture):
        picture.handle("spread").press("Home")
        expect(picture.caption).to_contain_text("still to be counted")
        assert canvas.evaluate("canvas => canvas.toDataURL()") != wide
    expect(picture.caption).to_contain_text("Of 50 runs")
    at = picture.kernel("[e.setting.spread, float(abs(e.descent.path[0]).max())]")
    assert at[0] == pytest.approx(0.02)
    assert at[1] <= 0.02 * 5
