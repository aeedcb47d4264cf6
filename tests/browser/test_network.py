"""The network's explorer in a real JupyterLab: its controls by keyboard, and what is shown then."""

from time import monotonic, sleep

import pytest
from playwright.sync_api import expect

CODE = """
import gdviz as gd, numpy as np
x = np.linspace(-3, 3, 64)
e = gd.explore(gd.Network(x, np.sin(x)), learning_rate=0.1, steps={steps}, taylor=("sin(x)", 5))
e
""".strip()


class Network:
    """The explorer of the open notebook's only cell."""

    def __init__(self, lab, steps):
        lab.cell(CODE.format(steps=steps))
        self.lab, self.stage = lab, lab.stage()
        self.caption = self.stage.locator("figcaption")
        self.readout = self.stage.locator(".gdviz-readout")
        lab.wait_for_frame(self.stage, 0)

    def handle(self, name):
        return self.lab.panel.get_by_role("slider", name=name, exact=True)

    def kernel(self, expression):
        return self.lab.value(expression)

    def settled(self, seconds=30):
        """Wait until all learning rates are there; then page and kernel must say the same."""
        end = monotonic() + seconds
        while self.kernel("[e.wait(), not e.live.whole][1]"):
            assert monotonic() < end, self.kernel("e.live.problem")
            sleep(0.05)
        expect(self.caption).to_have_text(self.kernel("e.live.caption"))
        loss = self.kernel("e.descent.loss[-1]")
        read = self.readout.inner_text().split("loss = ")[1].split(",")[0]
        assert float(read.replace("−", "-")) == pytest.approx(loss, rel=2e-3)


def test_the_newest_learning_rate_and_the_newest_width_are_shown(lab):
    network = Network(lab, steps=1000)
    rate, width = network.handle("learning rate"), network.handle("hidden units")
    network.settled()
    for _ in range(4):
        rate.press("ArrowLeft")
    network.settled()
    assert network.kernel("e.rate.slider.index") == network.kernel("e.live.frame") == 27 - 4
    for _ in range(5):
        width.press("ArrowLeft")  # every one of them begins a training
    for _ in range(3):
        rate.press("ArrowLeft")  # and so do these, while the others' sweep is out of date
    network.settled()
    assert network.kernel("[e.hidden, e.rate.slider.index, e.live.frame]") == [15, 20, 20]
    assert network.kernel("e.learning_rate == e.setting.rates.values[20]")
    network.handle("step").press("Home")
    expect(network.readout).to_contain_text("step 0:")
    network.handle("step").press("ArrowRight")
    expect(network.readout).to_contain_text("step 10:")
    network.handle("step").press("End")
    network.handle("degree").press("ArrowRight")
    expect(network.caption).to_contain_text("Taylor polynomial of degree 6")
    for name in ("seed", "start scale", "number of steps"):
        expect(network.handle(name)).to_have_count(1)


def test_the_number_of_steps_and_how_far_a_training_is_can_be_read(lab):
    network = Network(lab, steps=2000)
    whole = "element => element.scrollWidth <= element.clientWidth"
    assert lab.panel.locator(".gdviz-player > .widget-html").evaluate(whole)
    network.kernel("e._progress(0.5, 'other rates')")
    name, bar = (lab.panel.locator(f".widget-hprogress > {at}") for at in (".widget-label", "div"))
    assert bar.last.bounding_box()["width"] > 80
    assert name.bounding_box()["height"] < 20  # one line
    network.settled()


def test_no_hidden_units_are_a_sentence_under_the_last_good_picture(lab):
    network = Network(lab, steps=100)
    network.handle("hidden units").press("Home")
    expect(network.caption).to_have_text("ValueError: hidden must be from 1 to 1000, not 0.")
    handle = network.handle("hidden units")
    expect(handle).to_have_attribute("aria-valuetext", "20")  # back where the picture is
    handle.press("ArrowLeft")
    expect(network.caption).to_contain_text("After 100 steps")
    assert network.kernel("e.hidden") == 19


def test_a_long_training_goes_on_before_ones_eyes_and_can_be_stopped(lab):
    network = Network(lab, steps=100)
    network.settled()
    lab.kernel_eval("e.hidden = 50; e.steps = 20_000")
    expect(network.caption).to_contain_text("of 20000 steps")
    shown = lab.frames_shown(network.stage)
    lab.wait_for_frame(network.stage, shown + 2)
    lab.panel.get_by_role("button", name="stop training").click()
    assert network.kernel("e.wait()")
    taken = network.kernel("e.descent.steps_taken")
    assert 0 < taken < 20_000
    expect(network.caption).to_contain_text(f"After {taken} of 20000 steps")
    expect(network.readout).to_contain_text(f"step {taken}:")


def test_run_again_and_again_nothing_piles_up(lab):
    network = Network(lab, steps=500)
    network.settled()
    ask = (
        "[len(__import__('ipywidgets').widgets.widget._instances), "
        "sum(t.name == 'gdviz' for t in __import__('threading').enumerate())]"
    )
    before = network.kernel(ask)
    for _ in range(8):
        lab.run_cell(0)
    network.settled()
    assert network.kernel(ask) == before
    assert lab.page.locator(".gdviz-picture").count() == 1
