"""The fixture itself: a plain slider, in a real JupyterLab, by keyboard."""

import sys
from pathlib import Path
from statistics import median

import pytest
from playwright.sync_api import expect

from tests.benchmarks.link import delayed_link
from tests.browser.lab import open_lab

DELAY = 0.03

SLIDER_AND_LABEL = """
import ipywidgets
slider = ipywidgets.IntSlider(description="n")
label = ipywidgets.Label("heard nothing")
slider.observe(lambda change: setattr(label, "value", f"heard {change.new}"), "value")
ipywidgets.VBox([slider, label])
"""


def three_keys(lab):
    """Move the slider three times; return the median ms until its label had followed."""
    output = lab.cell(SLIDER_AND_LABEL)
    handle, label = output.locator(".noUi-handle"), output.locator(".widget-label").last
    expect(label).to_have_text("heard nothing")
    trips = [lab.round_trip(handle, "ArrowRight", watched=label) for _ in range(3)]
    expect(label).to_have_text("heard 3")
    assert lab.kernel_eval("slider.value") == "3"
    return median(trips)


def test_a_key_on_a_slider_reaches_the_kernel_and_comes_back(lab):
    assert three_keys(lab) > 0


def test_the_lab_works_over_a_slow_line(server, browser):
    with (
        delayed_link(server.port, delay=DELAY, bits_per_second=200e6) as port,
        open_lab(browser, server, port=port) as lab,
    ):
        assert three_keys(lab) > 2 * DELAY * 1000
        assert not lab.errors


def test_the_kernel_is_the_python_that_runs_the_tests(lab):
    lab.cell("pass")
    kernel = lab.kernel_eval("import sys; print(sys.executable)")
    assert Path(kernel).resolve() == Path(sys.executable).resolve()
    assert lab.kernel_eval("import sys; sys.prefix") == repr(sys.prefix)


def test_run_again_and_restart(lab):
    lab.cell("n = globals().get('n', 0) + 1\nprint(n)")
    lab.run_cell(0)
    assert lab.kernel_eval("n") == "2"
    lab.restart_and_run_all()
    assert lab.kernel_eval("n") == "1"


def test_things_can_happen_during_a_run(lab):
    output = lab.cell("import time\nprint('begun')\ntime.sleep(0.3)\nprint('done')")
    expect(output).to_contain_text("done")
    seen = []
    lab.run_all(meanwhile=lambda: seen.append("done" in output.inner_text()))
    lab.restart_and_run_all(meanwhile=lambda: seen.append(lab.page.title()))
    assert len(seen) == 2
    expect(output).to_contain_text("done")


def test_a_failing_cell_fails_the_test(lab):
    with pytest.raises(AssertionError, match="ZeroDivisionError"):
        lab.cell("1 / 0")
    expect(lab.cell("1 / 0", may_fail=True)).to_contain_text("ZeroDivisionError")


@pytest.mark.window(width=600, height=500, scale=2, dark=True)
def test_the_window_can_be_small_sharp_and_dark(lab):
    look = lab.page.evaluate(
        "() => [innerWidth, devicePixelRatio, document.body.dataset.jpThemeLight,"
        " matchMedia('(prefers-color-scheme: dark)').matches]"
    )
    assert look == [600, 2, "false", True]


def test_the_next_window_is_light_again(lab):
    assert lab.page.locator("body").get_attribute("data-jp-theme-light") == "true"


BROKEN_WIDGET = """
import anywidget
class Broken(anywidget.AnyWidget):
    _esm = "export default { render() { throw new Error('no picture') } }"
Broken()
"""


def test_an_error_in_a_widgets_script_is_noticed(lab):
    with lab.page.expect_console_message(lambda message: message.type == "error"):
        lab.cell(BROKEN_WIDGET)
    assert any("no picture" in error for error in lab.errors)
    lab.errors.clear()
