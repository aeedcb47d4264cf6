"""What hands do to the picture itself: keys, zoom, and what stays of the run before."""

import pytest
from playwright.sync_api import expect

from tests.browser.test_elsewhere import DRAWN, HAS_KERNEL, LESSON, page  # noqa: F401
from tests.browser.test_explorer import Picture, lab, show, window  # noqa: F401


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
    press = picture.page.keyboard.press
    for key in ("ArrowRight", "Shift+ArrowRight", "ArrowDown", "PageUp", "PageUp", "PageDown"):
        press(key)
    assert picture.settled() == pytest.approx([0.11, -0.01], abs=1e-9)
    assert picture.kernel("[e.rate.slider.index, e.live.frame]") == [61, 61]
    picture.area.focus()
    for key in ("Home", ".", ".", ".", ","):
        press(key)
    expect(picture.readout).to_contain_text("step 2:")
    expect(picture.handle("step")).to_have_attribute("aria-valuetext", "2")
    press("Space")
    expect(picture.readout).to_contain_text("step 5:")
    press("Space")
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
    told = "() => getComputedStyle(document.querySelector('.gdviz-readout'), '::after').content"
    assert "arrow keys: start" in picture.page.evaluate(told)
    assert "contour" in area.get_attribute("aria-label")
    assert "PageUp" in area.get_attribute("aria-keyshortcuts")
    described = picture.page.locator(f"#{area.get_attribute('aria-describedby')}")
    assert "learning rate" in described.evaluate("(help) => help.textContent")
    picture.handle("step").focus()
    assert picture.page.evaluate(told) == "none"


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


def test_in_notebook_7_arrow_keys_on_the_picture_move_the_start(page, server):  # noqa: F811
    page.goto(f"{server.url}/notebooks/{LESSON}")
    page.wait_for_function("() => window.jupyterapp?.shell.currentWidget")
    page.evaluate(HAS_KERNEL)
    page.locator(".jp-CodeCell .cm-content").first.click()
    page.keyboard.press("Shift+Enter")
    page.wait_for_function(DRAWN)
    area = page.locator(".gdviz-picture").first
    area.focus()
    start = page.get_by_role("slider", name="start x").first
    before = float(start.get_attribute("aria-valuetext"))
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    step = 3 * 0.01
    expect(start).to_have_attribute("aria-valuetext", f"{before + step:.2f}")
    expect(area).to_be_focused()
