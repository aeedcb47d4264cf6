"""The same lesson where it is not JupyterLab that shows it: in Notebook 7 and in Voila.

The one server of these tests serves all three. What such a page logs of its own is not ours, nor
are the fonts that Voila fetches from elsewhere.
"""

import shutil

import pytest
from playwright.sync_api import expect

from tests.browser.lab import NOTEBOOKS

LESSON = "00-start-here.ipynb"
DRAWN = "() => document.querySelector('.gdviz-stage')?.dataset.frame > 0"
HAS_KERNEL = """async () => {
    const { sessionContext } = window.jupyterapp.shell.currentWidget;
    await sessionContext.ready;
    await sessionContext.session.kernel.info;
}"""
LOWEST = "at learning rate 0.000316 the"  # of the slider
MORE = "([stage, n]) => Number(stage.dataset.frame) > n"


@pytest.fixture
def page(server, browser):
    """A window of its own; the kernels that it started end with it."""
    shutil.copy(NOTEBOOKS / LESSON, server.root)
    window, others = browser.new_context(viewport={"width": 1280, "height": 900}), kernels(server)
    yield window.new_page()
    window.close()
    for kernel in kernels(server) - others:
        server.ask(f"kernels/{kernel}", method="DELETE")


def kernels(server):
    """Return the ids of the kernels that run now; Voila's belong to no session."""
    return {kernel["id"] for kernel in server.ask("kernels")}


def caption_after(page, key):
    """Press a key on the first learning rate; return what is said of the next frame."""
    stage = page.locator(".gdviz-stage").first
    before = int(stage.get_attribute("data-frame"))
    page.get_by_role("slider", name="learning rate").first.press(key)
    page.wait_for_function(MORE, arg=[stage.element_handle(), before])
    return stage.locator("figcaption")


def test_in_notebook_7_the_first_cell_opens_a_figure_that_keys_move(page, server):
    page.goto(f"{server.url}/notebooks/{LESSON}")
    page.wait_for_function("() => window.jupyterapp?.shell.currentWidget")
    page.evaluate(HAS_KERNEL)
    page.locator(".jp-CodeCell .cm-content").first.click()
    page.keyboard.press("Shift+Enter")
    page.wait_for_function(DRAWN)
    expect(caption_after(page, "Home")).to_contain_text(LOWEST)
    expect(caption_after(page, "PageUp")).not_to_contain_text(LOWEST)
    area = page.locator(".gdviz-picture").first
    area.focus()  # there arrow keys move no slider, but they move the picture
    start = page.get_by_role("slider", name="start x").first
    before = float(start.get_attribute("aria-valuetext"))
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    expect(start).to_have_attribute("aria-valuetext", f"{before + 3 * 0.01:.2f}")
    expect(area).to_be_focused()


def test_in_voila_keys_move_a_figure_and_a_prediction_opens_its_own(page, server):
    page.goto(f"{server.url}/voila/render/{LESSON}")
    page.wait_for_function(DRAWN)
    expect(caption_after(page, "Home")).to_contain_text(LOWEST)
    expect(caption_after(page, "ArrowRight")).not_to_contain_text(LOWEST)
    explained = page.get_by_text("Explain.", exact=True)
    expect(explained).to_have_count(0)
    page.get_by_role("button", name="on its way there").click()
    expect(explained).to_be_visible()
    expect(page.locator(".gdviz-stage")).to_have_count(2)
