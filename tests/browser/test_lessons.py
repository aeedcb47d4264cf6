"""Every lesson, opened in JupyterLab as a student would: run it, predict, and see the figures."""

import pytest

from tests.browser.lab import open_lab
from tests.save_notebooks import lessons

LESSONS = [path for path in lessons() if "solutions" not in path.parts]


@pytest.fixture(scope="module")
def window(server, browser):
    with open_lab(browser, server, height=2000) as opened:
        yield opened


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_a_lesson_runs_and_each_prediction_opens_its_figure(lab, path):
    lab.open(path)
    lab.run_all()
    questions = int(
        lab.kernel_eval(
            "import gdviz, ipywidgets\n"
            "asked = [v for v in ipywidgets.Widget.widgets.values()"
            " if isinstance(v, gdviz.Prediction)]\n"
            "[q.predict(0) for q in asked]\n"
            "len(asked)"
        ).splitlines()[-1]
    )
    opened = lab.kernel_eval("sum(q.figure is not None for q in asked)")
    assert questions == int(opened) > 0
    lab.page.wait_for_function(
        "() => document.querySelector('.gdviz-stage')?.dataset.frame > 0", timeout=60_000
    )
    assert lab.panel.locator(".gdviz-problem").count() == 0
