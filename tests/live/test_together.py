"""Widgets that are made together: what they share, and that this does no harm."""

from collections import Counter

import pytest
from ipywidgets import Widget

import gdviz as gd
from gdviz.live.together import HTML, FloatLogSlider, HBox, together
from tests.packets import widgets


@pytest.fixture
def explorer():
    before = widgets()
    explorer = gd.explore("bowl", stop=True, starts=5, formula=True)
    yield explorer
    explorer.close()
    assert widgets() == before


def test_half_of_an_explorer_is_not_layouts_and_styles(explorer):
    made = widgets()
    plain = [each for each in made if each._model_name.endswith(("LayoutModel", "StyleModel"))]
    assert len(plain) < len(made) / 3
    assert explorer.steps_slider.layout is explorer.rate.slider.layout
    assert explorer.steps_slider.style is explorer.player.step.style


def test_a_control_can_look_otherwise_than_those_it_shares_a_layout_with(explorer):
    slider, others = explorer.steps_slider, explorer.player.step
    with pytest.raises(TypeError, match=r"width: .* shares .* layout = {'width': '50%'}"):
        slider.layout.width = "50%"
    with pytest.raises(TypeError, match=r"handle_color: .* shares"):
        slider.style.handle_color = "red"
    slider.layout, slider.style = {"width": "50%"}, {"handle_color": "red"}
    slider.layout.width = "60%"
    assert (slider.layout.width, slider.style.handle_color) == ("60%", "red")
    assert (others.layout.width, others.style.handle_color) == (None, None)


def test_each_control_is_told_once_what_becomes_of_it_and_the_figure_what_it_shows(monkeypatch):
    told, send = Counter(), Widget._send

    def note(self, message, buffers=None):
        told[self] += self.comm is not None
        send(self, message, buffers)

    monkeypatch.setattr(Widget, "_send", note)
    explorer = gd.explore("bowl", stop=True, starts=5, formula=True)
    assert told.pop(explorer.live) == 2
    assert max(told.values()) == 1
    monkeypatch.undo()
    explorer.close()


def test_a_slider_has_its_name_as_plain_text_and_not_as_what_may_be_a_formula():
    slider = FloatLogSlider(description="a rate")
    for name in ("a rate", "another"):
        slider.description = name
        told = slider.get_state()
        assert told["tooltip"] == slider.description == name
        assert "description" not in told
    slider.layout.close(), slider.style.close(), slider.close()


def test_what_is_made_apart_shares_nothing():
    with together():
        one = HBox([HTML("a"), FloatLogSlider()])
        with together():
            two = HBox([HTML("b")])
    three = HTML("c")
    layouts = [each.layout for each in (one, *one.children, two, *two.children, three)]
    assert [*map(layouts.index, layouts)] == [0, 0, 0, 3, 3, 5]
    three.layout.width = "10px"
    for widget in (*one.children, *two.children, one, two, three, *layouts):
        widget.close()
