"""A lesson from end to end by keyboard alone."""

import pytest
from playwright.sync_api import expect

NAMED = """(it) => {
  const role = it.getAttribute("role") ?? it.tagName.toLowerCase();
  return [role, it.getAttribute("aria-label") ?? it.textContent.trim()];
}"""
FOCUSED = f"() => ({NAMED})(document.activeElement)"
THERE = f"""(wanted) => [...document.querySelectorAll(".jp-Notebook .jp-OutputArea *")]
  .some((it) => it.checkVisibility() && ({NAMED})(it).join() === wanted.join())"""
SEEN = """() => {
  const { activeElement: it } = document, style = getComputedStyle(it);
  return it.matches(":focus-visible") && style.outlineStyle !== "none"
    && parseFloat(style.outlineWidth) >= 1;
}"""


class Hand:
    """Presses keys in an open notebook, and nothing else."""

    def __init__(self, lab):
        self.lab, self.page, self.press = lab, lab.page, lab.page.keyboard.press

    @property
    def cell(self):
        """The number of the active cell."""
        return self.page.evaluate("() => lab.panel.content.activeCellIndex")

    def run_until(self, text):
        """Run cells up to the next whose source begins with a text; go back to that one."""
        script = "() => lab.panel.content.widgets.map((cell) => cell.model.sharedModel.getSource())"
        sources = self.page.evaluate(script)
        last = next(i for i in range(self.cell, len(sources)) if sources[i].startswith(text))
        while (here := self.cell) <= last:
            self.press("Shift+Enter")
            self.page.wait_for_function("(i) => lab.panel.content.activeCellIndex > i", arg=here)
        self.page.wait_for_function("() => lab.idle()", timeout=60_000)
        self.press("ArrowUp")

    def tab_to(self, *wanted):
        """Go on to a control as soon as it is there; it must be seen to have the focus."""
        self.page.wait_for_function(THERE, arg=wanted)
        passed = []
        while [*wanted] not in passed and len(passed) < 30:
            self.press("Tab")
            passed.append(self.page.evaluate(FOCUSED))
        assert passed[-1] == [*wanted], passed
        assert self.page.evaluate(SEEN), f"nobody sees that {wanted} has the focus"

    def leave(self):
        """Go back from the output to its cell, and on to the next one."""
        for _ in range(40):
            self.press("Shift+Tab")
            if self.page.evaluate("() => document.activeElement.matches('.jp-Notebook-cell')"):
                break
        self.press("ArrowDown")


@pytest.mark.window(width=1366, height=768)
def test_a_lesson_is_done_by_keyboard_alone(lab):
    lab.open("02-choose-a-learning-rate")
    hand, stages = Hand(lab), lab.panel.locator(".gdviz-stage")

    # The first figure
    hand.run_until("gd.explore(")
    expect(stages).to_have_count(1, timeout=60_000)
    caption, readout = (stages.first.locator(part) for part in ("figcaption", ".gdviz-readout"))
    hand.tab_to("slider", "learning rate")
    hand.press("End")
    expect(caption).to_contain_text("diverged")
    hand.tab_to("button", "best 0.5")
    hand.press("Enter")
    expect(caption).to_contain_text("learning rate 0.5")
    hand.tab_to("slider", "step")
    hand.press("Home")
    expect(readout).to_contain_text("step 0: x = 9,")
    hand.tab_to("slider", "start x")
    hand.press("PageDown")
    expect(readout).not_to_contain_text("x = 9,")
    hand.tab_to("button", "reset")
    hand.press("Enter")
    expect(caption).to_contain_text("learning rate 0.03")
    hand.leave()

    # A prediction: the choice, the figure that it opens, the answer
    hand.run_until("gd.predict(")
    hand.tab_to("button", "0.2")
    hand.press("Enter")
    expect(stages).to_have_count(2, timeout=60_000)
    caption = stages.nth(1).locator("figcaption")
    hand.tab_to("slider", "learning rate")
    hand.press("End")
    expect(caption).to_contain_text("diverged")
    hand.leave()

    # A challenge: an answer typed, and checked
    hand.run_until("def fast_enough(")
    hand.press("ArrowDown")
    hand.press("Enter")
    hand.press("ControlOrMeta+a")
    lab.page.keyboard.type("quick.check(0.3)")
    hand.press("Shift+Enter")
    expect(lab.panel.get_by_text("Solved. Loss below 1e-6")).to_be_visible()
    hand.run_until("gd.summary(")
    expect(lab.panel.get_by_text("1 of 3 made, 1 came true")).to_be_visible()
