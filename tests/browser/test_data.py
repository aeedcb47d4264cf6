"""Explorers of data in a real JupyterLab: hovering, dragging data, standardizing, counting rows."""

import re

import pytest
from playwright.sync_api import expect

LINE = "gd.explore(gd.LinearRegression([1, 2, 3, 4], [2, 3, 5, 6]), steps=40, scaling=True)"
POINTS = "[*e.surface.x.ravel(), *e.surface.y]"
NOISY = (
    "gd.explore(gd.LinearRegression(range(8), [1, 0, 3, 2, 5, 4, 7, 6]), batch_size=2, steps=16, "
    "beside='loss')"
)


@pytest.fixture
def show(lab):
    """Return a function that opens an explorer and returns its live figure."""

    def show(code):
        lab.cell(f"import gdviz as gd\ne = {code}\ne")
        lab.wait_for_frame(lab.stage(), 0)
        return lab.stage()

    return show


def place(lab, stage, panel, x, y):
    """Return where on the page a place on a panel is."""
    lims = lab.value(f"[*e.live.scene['axes'][{panel}].values()][1:3]")
    box = stage.locator(".gdviz-plane").nth(panel).bounding_box()
    (left, right), (low, high) = lims
    return (
        box["x"] + box["width"] * (x - left) / (right - left),
        box["y"] + box["height"] * (high - y) / (high - low),
    )


def drawn(stage):
    return stage.locator("canvas").evaluate("canvas => canvas.toDataURL()")


def test_hovering_shows_a_line_and_asks_nobody(lab, show):
    stage = show(LINE)
    readout = stage.locator(".gdviz-readout")
    told, before, calm = "[e.live.key, e.live.question]", drawn(stage), readout.inner_text()
    said = lab.value(told)
    mouse = lab.page.mouse
    mouse.move(*place(lab, stage, 0, 0, 1))
    mouse.move(*place(lab, stage, 0, 1, 2))
    expect(readout).to_contain_text("under the pointer")
    intercept, slope = map(float, re.findall(r"= (-?[\d.]+)", readout.inner_text()))
    assert (intercept, slope) == pytest.approx((1, 2), abs=0.02)
    assert drawn(stage) != before
    mouse.move(*place(lab, stage, 1, 2, 3))
    expect(readout).to_have_text(calm)
    assert drawn(stage) == before
    assert lab.value(told) == said


def test_a_data_point_follows_the_pointer_and_the_valley_changes(lab, show):
    stage = show(LINE)
    mouse, (x, y) = lab.page.mouse, place(lab, stage, 1, 4, 6)
    end = place(lab, stage, 1, 3, 2)
    background = lab.value("hash(e.live.background)")
    mouse.move(x, y)
    mouse.down()
    for k in range(1, 31):
        mouse.move(x + (end[0] - x) * k / 30, y + (end[1] - y) * k / 30)
        lab.page.wait_for_timeout(30)  # long enough for pictures to change under the hand
    lab.page.wait_for_timeout(1000)
    mouse.move(*end)
    mouse.up()
    expect(stage.locator("figcaption")).not_to_have_class(re.compile("problem"))
    lab.becomes(POINTS, pytest.approx([1, 2, 3, 3, 2, 3, 5, 2], abs=0.05))
    lab.becomes(f"[e.live.whole, hash(e.live.background) == {background}]", [True, False])


def test_a_data_point_is_chosen_and_moved_by_keys(lab, show):
    stage = show(LINE)
    area, caption = stage.locator(".gdviz-picture"), stage.locator("figcaption")
    start, calm = lab.value("e.start"), drawn(stage)
    area.focus()
    expect(stage.locator(".gdviz-readout")).to_have_attribute("data-keys", re.compile("n, b: data"))
    area.press("n")
    area.press("n")
    expect(caption).to_have_text(re.compile(r"Data point 2 of 4, at \(2, 3\)"))
    assert drawn(stage) != calm  # a ring about it
    for key in ("ArrowRight", "ArrowUp", "Shift+ArrowUp"):
        area.press(key)
    (left, right), (low, high) = lab.value("[*e.live.scene['axes'][1].values()][1:3]")
    at = [2 + (right - left) / 200, 3 + 11 * (high - low) / 200]
    lab.becomes(POINTS, pytest.approx([1, at[0], 3, 4, 2, at[1], 5, 6]))
    lab.becomes("e.live.whole", True)
    area.press("b")
    expect(caption).to_have_text(re.compile(r"Data point 1 of 4, at \(1, 2\)"))
    area.press("Escape")
    area.press("ArrowRight")
    expect(caption).not_to_contain_text("Data point")
    lab.becomes(f"list(e.start) == {start}", False)
    lab.panel.get_by_role("button", name="reset").click()
    lab.becomes(POINTS, [1, 2, 3, 4, 2, 3, 5, 6])


def test_the_input_is_standardized_by_a_click(lab, show):
    show(LINE)
    lab.panel.get_by_text("standardize the input").first.click()
    expect(lab.panel.locator("b", has_text="standardized 1")).to_be_visible()
    expect(lab.stage().locator("figcaption")).to_contain_text("learning rate 1 ")
    assert lab.value("e.setting.scaling is not None")


def test_the_loss_is_counted_by_rows_when_chosen(lab, show):
    stage = show(NOISY)
    before = lab.frames_shown(stage)
    lab.panel.locator("select").last.select_option("rows looked at")
    lab.wait_for_frame(stage, before)
    assert lab.value("[*e.live.scene['axes'][1]['xlim']]") == [0, 32]
