"""Controls that an explorer has only where a lesson asks for them.

Each panel takes the explorer it belongs to, changes it with `explorer.change(...)` inside
`explorer.handler(...)`, and puts itself where a setting is with `place(setting)`.
"""

from dataclasses import replace

import ipywidgets as widgets
import numpy as np

from .checks import Stop
from .surfaces import Surface

WIDE = {"width": "100%"}
CRITERIA = {
    "gradient_norm": "gradient at most",
    "loss": "loss at most",
    "loss_change": "loss change at most",
    "step": "step length at most",
}


class StopPanel(widgets.VBox):
    """One switch and one threshold per stopping criterion."""

    def __init__(self, explorer):
        self._explorer = explorer
        self.switches, self.sliders = {}, {}
        rows = []
        for name, label in CRITERIA.items():
            switch = widgets.Checkbox(description=label, indent=False, layout={"width": "13em"})
            slider = widgets.FloatLogSlider(
                value=1e-3, min=-8, max=2, step=0.25, readout_format=".1e", layout=WIDE
            )
            slider.description, slider.style.description_width = label, "0px"
            for control in (switch, slider):
                control.observe(explorer.handler(self._changed), "value")
            self.switches[name], self.sliders[name] = switch, slider
            rows.append(
                widgets.HBox([switch, slider], layout={"width": "48%", "min_width": "22em"})
            )
        super().__init__([widgets.HBox(rows, layout={"flex_flow": "row wrap", "width": "100%"})])

    def _changed(self, _):
        chosen = {name: self.sliders[name].value for name in CRITERIA if self.switches[name].value}
        self._explorer.change(stop=Stop(**chosen) if chosen else None)

    def place(self, setting):
        """Show the thresholds of a setting."""
        for name in CRITERIA:
            threshold = getattr(setting.stop, name, None)
            self.switches[name].value = threshold is not None
            if threshold:
                self.sliders[name].value = threshold


class FormulaPanel(widgets.VBox):
    """A text box to type a surface; the formula and its gradient, typeset."""

    def __init__(self, explorer):
        self._explorer = explorer
        self.text = widgets.Text(
            description="f(x, y) =", continuous_update=False, placeholder="x**2 + y**2"
        )
        self.text.layout.width = "98%"
        self.typeset = widgets.HTMLMath()
        self.text.observe(explorer.handler(self._typed), "value")
        super().__init__([self.text, self.typeset], layout=WIDE)

    def _typed(self, text):
        setting = self._explorer.setting
        if not text.strip() or text == setting.surface.formula:
            return
        d = setting.surface.dimension
        surface = Surface.from_formula(text, dimension=d, domain=setting.shown)
        self._explorer.surface = surface

    def place(self, setting):
        """Show the formula of a setting's surface."""
        surface = setting.surface
        self.text.value = surface.formula or ""
        self.text.description = "f(x) =" if surface.dimension == 1 else "f(x, y) ="
        lines = [surface.latex, surface.gradient_latex] if surface.formula else []
        self.typeset.value = "".join(f"<div>${line}$</div>" for line in lines)


class FamilyPanel(widgets.HBox):
    """A slider over a family of surfaces, such as valleys of every condition number.

    Parameters
    ----------
    explorer : Explorer
    make : callable
        Takes the number, returns the Surface.
    label : str
    low, high : float
        Positive; the slider is logarithmic.
    value : float
        Where it stands at first.
    """

    def __init__(self, explorer, make, label, low, high, value):
        self._explorer, self._make = explorer, make
        self._numbers = [(explorer.surface, value), (None, value)]  # the first, the latest
        self.slider = widgets.FloatLogSlider(
            value=value,
            min=np.log10(low),
            max=np.log10(high),
            step=np.log10(high / low) / 60,
            description=label,
            readout_format=".3g",
            layout=WIDE,
        )
        self.slider.style.description_width = "initial"
        self.slider.observe(explorer.handler(self._moved), "value")
        super().__init__([self.slider], layout=WIDE)

    def _moved(self, value):
        surface = self._make(value)
        self._numbers[1] = surface, value
        self._explorer.change(surface=surface)

    def place(self, setting):
        """Show the number of a member that is known, so that a reset moves the slider back."""
        for surface, number in self._numbers:
            if surface is setting.surface:
                self.slider.value = number


class ZoomPanel(widgets.HBox):
    """Look closer at the start, and back."""

    def __init__(self, explorer):
        self._explorer = explorer
        closer = widgets.Button(description="zoom in at the start", icon="search-plus")
        back = widgets.Button(description="zoom out", icon="search-minus")
        for button in (closer, back):
            button.layout.width = "auto"
        closer.on_click(explorer.pressed(self._closer))
        back.on_click(explorer.pressed(self._back))
        super().__init__([closer, back])

    def _closer(self):
        setting = self._explorer.setting
        window = [
            (at - (high - low) / 6, at + (high - low) / 6)
            for at, (low, high) in zip(setting.start, setting.shown, strict=True)
        ]
        self._explorer.change(window=tuple(window))

    def _back(self):
        self._explorer.change(window=None)

    def place(self, setting):
        """Offer the way back only where there is one."""
        self.children[1].disabled = setting.window is None


class RulePanel(widgets.HBox):
    """Choose which of the racing rules the learning-rate slider drives."""

    def __init__(self, explorer):
        self._explorer = explorer
        self.choice = widgets.ToggleButtons(description="drive", style={"button_width": "auto"})
        self.choice.observe(explorer.handler(self._chosen), "index")
        super().__init__([self.choice], layout=WIDE)

    def _chosen(self, index):
        racers = self._explorer.racers
        rule = list(racers)[index]
        self._explorer.change(rule=rule, learning_rate=racers[rule])

    def place(self, setting):
        """Show which rule is driven."""
        rules = list(self._explorer.racers)
        names = [rule.name for rule in rules]
        if list(self.choice.options) != names:
            self.choice.options = names
        self.choice.index = rules.index(setting.rule)


class CloudPanel(widgets.HBox):
    """Draw other random starts."""

    def __init__(self, explorer, seed):
        self._explorer, self.seed = explorer, seed
        button = widgets.Button(description="other random starts", icon="random")
        button.layout.width = "auto"
        button.on_click(explorer.pressed(self._draw))
        super().__init__([button])

    def _draw(self):
        self.seed += 1
        setting = self._explorer.setting
        offsets = random_offsets(setting.surface, setting.cloud.shape[1], self.seed)
        self._explorer.change(cloud=offsets)

    def place(self, setting):
        """Do nothing: the starts are in the setting."""


def random_offsets(surface, count, seed):
    """Return offsets from the middle of a surface's domain, spread evenly over it.

    Parameters
    ----------
    surface : Surface
    count : int
    seed : int

    Returns
    -------
    numpy.ndarray, shape (d, count)
    """
    half = np.ptp(surface.domain, axis=1) / 2
    return np.random.default_rng(seed).uniform(-half, half, (count, len(half))).T


def middle(surface):
    """Return the middle of a surface's domain, a tuple of floats."""
    return tuple(float(v) for v in np.mean(surface.domain, axis=1))


def with_cloud(setting, count, seed):
    """Return a setting with `count` random starts instead of one."""
    if isinstance(count, bool) or not isinstance(count, int) or not 2 <= count <= 1000:
        raise ValueError(f"starts: {count!r}; give a whole number from 2 to 1000")
    surface = setting.surface
    offsets = random_offsets(surface, count, seed)
    return replace(setting, start=middle(surface), cloud=offsets)
