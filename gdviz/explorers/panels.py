"""Controls that an explorer has only where a lesson asks for them.

Each panel takes the explorer it belongs to and binds its controls to fields of the setting.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from html import escape
from typing import NamedTuple

import numpy as np

from ..checks import check_callable, check_text, positive, short
from ..descent.rules import Rule
from ..descent.sentences import sensible
from ..descent.stop import Stop
from ..live.controls import FloatSlider, SelectionSlider
from ..live.together import (
    HTML,
    Button,
    Checkbox,
    Dropdown,
    FloatLogSlider,
    HBox,
    HTMLMath,
    Text,
    ToggleButtons,
)
from ..losses.surface import Surface
from .rows import condition_number, with_scaling
from .setting import SCHEDULES
from .tables import members_of

POSITIONS = 61  # of a slider over a family
YOURS = "your rule"  # what a typed one is called
CRITERIA = {
    "gradient_norm": "gradient ≤",
    "loss": "loss ≤",
    "loss_change": "loss change ≤",
    "step": "step length ≤",
}


class Panel(HBox):
    """Controls that take their places among the others of an explorer.

    Two stand side by side there, and one that is `wide` alone.
    """

    def __init__(self, *controls, wide=False):
        super().__init__(controls)
        self.add_class("gdviz-wide" if wide else "gdviz-among")


class StopPanel(Panel):
    """One switch and one threshold per stopping criterion."""

    def __init__(self, explorer):
        self.switches, self.sliders, rows = {}, {}, []
        for name, label in CRITERIA.items():
            switch = Checkbox(description=label, indent=False)
            slider = FloatLogSlider(
                value=1e-3, min=-8, max=2, step=0.25, readout_format=".1e", description=label
            )
            self.switches[name], self.sliders[name] = switch, slider
            self._bind(explorer, name, switch, slider)
            rows.append(HBox([switch, slider]).add_class("gdviz-switched"))
        super().__init__(*rows)

    @staticmethod
    def _bind(explorer, name, switch, slider):
        """Tie a criterion to the setting; switched off, its slider keeps the threshold."""

        def threshold(setting):
            return getattr(setting.stop, name, None)

        def stopping(setting, value):
            chosen = {each: getattr(setting.stop, each, None) for each in CRITERIA} | {name: value}
            some = any(each is not None for each in chosen.values())
            return setting.but(stop=Stop(**chosen) if some else None)

        explorer.bind(
            switch,
            lambda setting: threshold(setting) is not None,
            lambda setting, on: stopping(setting, slider.value if on else None),
        )
        explorer.bind(
            slider,
            lambda setting: threshold(setting) or slider.value,
            lambda setting, value: stopping(setting, value if switch.value else None),
        )


class FormulaPanel(Panel):
    """A text box to type a surface; the formula and its gradient, typeset."""

    def __init__(self, explorer):
        self.text = Text(continuous_update=False, placeholder="x**2 + y**2")
        self.typeset = HTMLMath()
        explorer.bind(
            self.text,
            lambda setting: setting.surface.formula or "",
            self._typed,
            fit=lambda setting: {
                "description": "f(x) =" if setting.surface.dimension == 1 else "f(x, y) ="
            },
        )
        explorer.bind(self.typeset, fit=self._written)
        super().__init__(self.text, self.typeset)

    @staticmethod
    def _typed(setting, text):
        if not text.strip():
            return setting
        now = setting.surface
        return setting.on(Surface.from_formula(text, dimension=now.dimension, domain=now.domain))

    @staticmethod
    def _written(setting):
        surface = setting.surface
        lines = [surface.latex, surface.gradient_latex] if surface.formula else []
        return {"value": "".join(f"<div>${line}$</div>" for line in lines)}


class RulePanel(Panel):
    """A text box to type a rule, which then joins the race; what it does, typeset."""

    def __init__(self, explorer):
        self.text = Text(
            description="your rule", continuous_update=False, placeholder="theta = theta - rate*g"
        )
        self.typeset = HTMLMath()
        explorer.bind(self.text, lambda setting: _text_of(setting.rule), self._typed)
        explorer.bind(self.typeset, fit=self._written)
        super().__init__(self.text, self.typeset)

    @staticmethod
    def _typed(setting, text):
        return setting.joined_by(Rule(text, name=YOURS)) if text.strip() else setting

    @staticmethod
    def _written(setting):
        latex = getattr(setting.rule, "latex", None)
        said = f"{escape(setting.rule.name)}: ${latex}$" if latex else ""
        return {"value": f"<div>{said}</div>"}


def _text_of(rule):
    """Return the text of a rule, with numbers for its parameters; "" for a function."""
    text = getattr(rule, "text", "")
    for name, value in getattr(rule, "parameters", {}).items():
        text = re.sub(rf"\b{name}\b", f"{value:g}", text)
    return text


class Family(NamedTuple):
    """Surfaces by a number: a function that makes them, what the number is called, its values."""

    make: Callable
    label: str
    numbers: list  # of float, rising


def family_of(given):
    """Return a `Family`, and which number it opens with, from (make, label, low, high, value)."""
    if not isinstance(given, tuple | list) or len(given) != 5:
        raise TypeError(
            "family must be (make, label, low, high, value), such as (gd.valley, 'condition', 1, "
            f"100, 20), not {short(given)}."
        )
    make, label, *ends = given
    check_callable("family[0]", make, "a function such as gd.valley")
    make = np.errstate()(make)  # what a student sets there is over with each call
    check_text("family[1]", label)
    low, high, value = (positive(n, f"family[{i}]") for i, n in enumerate(ends, 2))
    if not low <= value <= high or low == high:
        raise ValueError(f"family must have low <= value <= high, not {low}, {value}, {high}.")
    return Family(make, label, np.geomspace(low, high, POSITIONS).tolist()), value


class FamilyPanel(Panel):
    """A logarithmic slider over a family of surfaces, such as valleys of every condition number.

    Where the browser knows them it shows them itself.
    """

    def __init__(self, explorer, family):
        low, high = np.log10(family.numbers[0]), np.log10(family.numbers[-1])
        self.slider = FloatLogSlider(
            min=low,
            max=high,
            step=(high - low) / (len(family.numbers) - 1),
            value=family.numbers[0],
            description=family.label,
            readout_format=".3g",
        )
        explorer.bind(
            self.slider,
            lambda setting: setting.member,
            lambda setting, number: setting.but(
                surface=family.make(number), member=number, held=("member", 0)
            ),
        )
        if explorer.setting.moves:
            explorer.live.members = members_of(family, explorer.setting.surface.domain)
        if explorer.live.members:
            explorer.live.sliders = [*explorer.live.sliders, self.slider]
        super().__init__(self.slider, wide=True)


class ZoomPanel(Panel):
    """Look closer at the start, and back."""

    def __init__(self, explorer):
        self.closer = Button(description="zoom in at the start", icon="search-plus")
        self.back = Button(description="zoom out", icon="search-minus")
        explorer.on_press(self.closer, lambda: explorer.apply(_closer))
        explorer.on_press(self.back, lambda: explorer.change(window=None))
        explorer.bind(self.back, fit=lambda setting: {"disabled": setting.window is None})
        super().__init__(self.closer, self.back)


def _closer(setting):
    """Return a setting with a window a third as large around its start."""
    window = [
        (at - (high - low) / 6, at + (high - low) / 6)
        for at, (low, high) in zip(setting.start, setting.shown, strict=True)
    ]
    return setting.but(window=tuple(window))


class RacePanel(Panel):
    """Choose which of the racing rules the learning-rate slider drives."""

    def __init__(self, explorer):
        self.choice = ToggleButtons(description="drive", style={"button_width": "auto"})
        explorer.bind(
            self.choice,
            lambda setting: [rule for rule, _ in setting.race].index(setting.rule),
            lambda setting, index: setting.driving(setting.race[index][0]),
            trait="index",
            fit=lambda setting: {"options": [rule.name for rule, _ in setting.race]},
        )
        super().__init__(self.choice, wide=True)


class SpreadPanel(Panel):
    """How far random starts are spread."""

    def __init__(self, explorer):
        name = {"description": "spread", "readout_format": ".0%"}
        self.spread = FloatSlider(min=0.02, max=1, step=0.02, value=1, **name)
        explorer.bind(
            self.spread,
            lambda setting: setting.spread,
            lambda setting, spread: setting.but(spread=spread),
        )
        sliders = list(explorer.live.sliders)
        sliders.insert(2, self.spread)  # after the coordinates, before the surface of a family
        explorer.live.sliders = sliders
        super().__init__(self.spread)


class CloudPanel(Panel):
    """Draw other random starts."""

    def __init__(self, explorer):
        self.draw = Button(description="other random starts", icon="random")
        explorer.on_press(self.draw, lambda: explorer.change(seed=explorer.setting.seed + 1))
        super().__init__(self.draw)


class BatchPanel(Panel):
    """How many rows of the data each step looks at, how the rate goes on, what a step costs."""

    def __init__(self, explorer):
        first, self._own = explorer.setting, {}  # schedules that are in no menu, by name
        self.schedule = Dropdown(description="schedule")
        explorer.bind(
            self.schedule,
            lambda setting: self._name_of(setting.schedule),
            lambda setting, name: setting.but(schedule=self._own.get(name, name)),
            fit=self._offered,
        )
        shown = [self.schedule]
        if first.batch_size is not None:
            shown = [self._size_slider(explorer), self.schedule]
            if first.look.beside == "loss":
                shown.append(self._cost_menu(explorer))
        super().__init__(*shown)

    def _name_of(self, schedule):
        return (
            getattr(schedule, "name", "your own") if callable(schedule) else schedule or "constant"
        )

    def _offered(self, setting):
        if callable(setting.schedule):
            self._own[self._name_of(setting.schedule)] = setting.schedule
        return {"options": [*SCHEDULES, *self._own]}

    def _size_slider(self, explorer):
        self.size = SelectionSlider(options=[1], description="batch size", continuous_update=False)
        explorer.bind(
            self.size,
            lambda setting: setting.batch_size,
            lambda setting, size: setting.but(batch_size=size),
            fit=lambda setting: {"options": _sizes(setting.surface.n, setting.batch_size)},
        )
        return self.size

    def _cost_menu(self, explorer):
        options = [("steps", "steps"), ("rows looked at", "rows")]
        self.cost = Dropdown(options=options, description="loss by")
        explorer.bind(
            self.cost,
            lambda setting: setting.look.cost,
            lambda setting, cost: setting.but(look=replace(setting.look, cost=cost)),
        )
        return self.cost


def _sizes(n, size):
    """Return the batch sizes of a slider for n rows: powers of two, all, and the given one."""
    return sorted({1, *(2**k for k in range(1, 12) if 2**k < n), n, size})


class ScalePanel(Panel):
    """Standardize the input, or not; and what that does to the valley."""

    def __init__(self, explorer):
        self.switch = Checkbox(description="standardize the input", indent=False)
        self.valley = HTML()
        self._told = None, None  # of which model, what: it costs more than a move of the start
        explorer.bind(self.switch, lambda setting: setting.scaling is not None, with_scaling)
        explorer.bind(self.valley, self._valley)
        super().__init__(self.switch, self.valley, wide=True)

    def _valley(self, setting):
        if self._told[0] is not setting.surface:
            self._told = setting.surface, _told_of_valley(setting)
        return self._told[1]


def _told_of_valley(setting):
    """Return the condition number with and without scaling, the shown one in bold."""
    scaled = setting.scaling is not None
    other = with_scaling(setting, not scaled)
    raw, flat = (other, setting) if scaled else (setting, other)
    told = []
    for name, each in {"raw": raw, "standardized": flat}.items():
        number = f"{name} {sensible(condition_number(each.surface))}"
        told.append(f"<b>{number}</b>" if each is setting else number)
    mean, spread = sensible(flat.scaling.mean), sensible(flat.scaling.spread)
    return f"condition number: {', '.join(told)} (input minus {mean}, divided by {spread})"
