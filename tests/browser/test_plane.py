"""What explorers of the plane do in a real JupyterLab: basins, races, clouds, typed surfaces."""

import re

from playwright.sync_api import expect


def explorer(lab, options):
    """Open an explorer, wait for its first frame; return its live figure."""
    lab.cell(f"import gdviz as gd\ne = gd.explore({options})\ne")
    stage = lab.stage()
    lab.wait_for_frame(stage, 0)
    return stage


def caption(stage):
    return stage.locator("figcaption")


def test_the_basin_map_follows_the_learning_rate_and_ends_at_the_newest(lab):
    stage = explorer(lab, "'himmelblau', basins=True")
    handle = lab.panel.get_by_role("slider", name="learning rate")
    handle.focus()
    lab.kernel_eval(
        "import io, numpy as np\nfrom PIL import Image\n"
        "from gdviz.explorers.basins import basin_picture"
    )
    slider = "e.rate.slider"
    rate = lab.kernel_eval(f"print({slider}.options[{slider}.index + 15][0])")
    for _ in range(15):
        handle.press("ArrowRight")
    expect(caption(stage)).to_contain_text(f"learning rate {float(rate):.3g} ")
    lab.page.wait_for_function(
        "([element]) => Number(element.dataset.image) >= 2", arg=[stage.element_handle()]
    )
    seen = "np.asarray(Image.open(io.BytesIO(e.live.images['0']['png'])))"
    same = f"bool(({seen} == basin_picture(e.setting)).all())"
    lab.becomes(same, True, seconds=30)  # the last one comes when the hand rests


def test_a_typed_surface_is_taken_over_and_a_wrong_one_explained(lab):
    stage = explorer(lab, "'himmelblau', formula=True")
    box = lab.panel.locator("input[type=text]").last
    box.fill("x**2 + foo(y)")
    box.press("Enter")
    expect(caption(stage)).to_contain_text("'foo' in the formula")
    expect(caption(stage)).to_contain_text("sqrt")  # it says which names there are
    assert lab.kernel_eval("e.surface.name") == "'himmelblau'"
    box.fill("x**2 + 3*y**2")
    box.press("Enter")
    expect(caption(stage)).not_to_contain_text("formula")
    expect(lab.panel.locator(".gdviz-explorer mjx-container").first).to_be_visible()
    assert lab.kernel_eval("e.surface.formula") == "'x**2 + 3*y**2'"


def test_a_run_that_leaves_the_domain_says_so(lab):
    code = "gd.Surface.from_formula('log(x) + y**2', domain=((-2, 4), (-3, 3)), start=(2, 1))"
    stage = explorer(lab, f"{code}, learning_rate=0.4")
    expect(caption(stage)).to_contain_text("left the domain")


def test_another_rule_of_a_race_can_be_driven(lab):
    race = "{gd.GradientDescent(): 1.6, gd.Momentum(0.8): 0.5, gd.Adam(): 0.3}"
    stage = explorer(lab, f"'valley', race={race}")
    lab.panel.get_by_role("button", name="Adam").click()
    expect(caption(stage)).to_contain_text("learning rate 0.3")
    field = lab.panel.get_by_role("textbox", name="type a learning rate")
    expect(field).to_have_value("0.3")  # the slider has come to the rate of the other rule
    handle = lab.panel.get_by_role("slider", name="learning rate")
    handle.press("ArrowRight")
    expect(caption(stage)).to_contain_text(re.compile(r"learning rate 0\.3[1-9]"))
    assert (
        lab.kernel_eval("e.rule.name, e.setting.race[0][0].name") == "('Adam', 'gradient descent')"
    )


def test_other_random_starts_can_be_drawn(lab):
    stage = explorer(lab, "'himmelblau', starts=50, steps=30")
    expect(caption(stage)).to_contain_text("Of 50 runs")
    lab.kernel_eval("cloud = e.setting.cloud")
    shown = lab.frames_shown(stage)
    lab.panel.get_by_role("button", name="other random starts").click()
    lab.wait_for_frame(stage, shown)
    assert lab.kernel_eval("bool((cloud != e.setting.cloud).all())") == "True"


def test_a_stopping_criterion_can_be_switched_on(lab):
    stage = explorer(lab, "'valley', stop=True, learning_rate=1.6")
    lab.panel.get_by_text("loss change ≤").first.click()
    expect(caption(stage)).to_contain_text("stopped after")
    expect(caption(stage)).to_contain_text("Left to go")


def test_a_rule_is_typed_and_joins_the_race_and_a_wrong_one_is_explained(lab):
    race = "{gd.GradientDescent(): 1.6, gd.Adam(): 0.5}"
    stage = explorer(lab, f"'valley', own_rule=True, race={race}")
    box = lab.panel.get_by_label("your rule")
    box.fill("v = 0.8*v + g; theta = theta - rate*v")
    box.press("Enter")
    expect(lab.panel.get_by_role("button", name="your rule")).to_be_visible()
    assert lab.kernel_eval("e.descent.rule.name") == "'your rule'"
    before = caption(stage).inner_text()
    box.fill("theta = theta - rate*w")
    box.press("Enter")
    expect(caption(stage)).to_contain_text("'w' in the rule")
    box.fill("v = 0.8*v + g; theta = theta - rate*v")
    box.press("Enter")
    expect(caption(stage)).to_have_text(before)
