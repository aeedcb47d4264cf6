"""The controls around a live figure: a ruled learning-rate slider, start sliders, a player."""

from importlib.resources import files

import anywidget
import ipywidgets as widgets
import numpy as np
from traitlets import Int, List

RATES = 121  # positions of the learning-rate slider
WIDE = {"width": "100%"}


class Ruler(anywidget.AnyWidget):
    """A strip under a slider, with named zones and marks to click.

    Attributes
    ----------
    count : int
        The number of positions of the slider.
    zones : list of [from, to, name, colour]
        Stretches between two positions.
    marks : list of [position, name]
        Buttons; a click sets `index`.
    index : int
        Link it to the slider's index in the browser.
    """

    _esm = files(__package__).joinpath("ruler.js").read_text(encoding="utf-8")
    _css = files(__package__).joinpath("ruler.css").read_text(encoding="utf-8")
    count = Int(RATES).tag(sync=True)
    zones = List().tag(sync=True)
    marks = List().tag(sync=True)
    index = Int(0).tag(sync=True)


class RateSlider(widgets.VBox):
    """A logarithmic slider of learning rates over a ruler, flipped through in the browser.

    Attributes
    ----------
    rates : numpy.ndarray, shape (121,)
        The learning rate of every position, rising.
    slider : ipywidgets.SelectionSlider
        Its index is the frame of the live figure.
    """

    def __init__(self, live):
        self.rates = np.ones(RATES)
        self.slider = widgets.SelectionSlider(
            options=range(RATES), description="learning rate", layout=WIDE
        )
        self.slider.style.description_width = "7em"
        self.ruler = Ruler()
        self.links = [
            widgets.jslink((self.ruler, "index"), (self.slider, "index")),
            widgets.jslink((self.slider, "index"), (live, "frame")),
        ]
        super().__init__([self.slider, self.ruler], layout=WIDE)
        self.add_class("gdviz-ruled")

    def mark(self, rates, index, marks=(), zones=()):
        """Give the slider other rates, and its ruler the marks and zones that belong to them."""
        self.rates = rates
        labels = [f"{rate:.4g}" for rate in rates]
        with self.slider.hold_sync(), self.slider.hold_trait_notifications():
            self.slider.options = [(label, i) for i, label in enumerate(labels)]
            self.slider.index = index
        self.ruler.zones = [list(zone) for zone in zones]
        self.ruler.marks = [list(mark) for mark in marks]

    @property
    def rate(self):
        """The learning rate at the slider's position."""
        return float(self.rates[self.slider.index])


def rate_grid(low, high, exact):
    """Return 121 learning rates from low to high, evenly in the logarithm, sorted.

    The position nearest to each of the `exact` rates holds that rate itself; an exact rate
    beyond the ends widens the range.

    >>> grid = rate_grid(0.01, 1, [0.3, 2.5])
    >>> len(grid), 0.3 in grid, float(grid[-1])
    (121, True, 2.5)
    """
    low, high = min([low, *exact]), max([high, *exact])
    grid = np.geomspace(low, high, RATES)
    free = np.ones(RATES, bool)
    for rate in exact:
        nearest = np.argmin(np.where(free, np.abs(np.log(grid / rate)), np.inf))
        grid[nearest], free[nearest] = rate, False
    return np.sort(grid)


class StartSliders(widgets.HBox):
    """One slider per coordinate of the start."""

    def __init__(self, on_move):
        self.sliders = [
            widgets.FloatSlider(description=f"start {name}", readout_format=".2f", layout=WIDE)
            for name in "xy"
        ]
        self._on_move, self._quiet = on_move, False
        for slider in self.sliders:
            slider.style.description_width = "4em"
            slider.observe(self._moved, "value")
        super().__init__(self.sliders, layout=WIDE)

    def _moved(self, change):
        if not self._quiet:
            self._on_move([slider.value for slider in self.children])

    def place(self, start, domain=None):
        """Put the sliders where a start is, without telling anyone."""
        self._quiet = True
        try:
            self.children = self.sliders[: len(start)]
            for slider, value, *limits in zip(
                self.children, start, *zip(*domain or (), strict=True), strict=False
            ):
                if limits:
                    low, high = min(limits[0], value), max(limits[1], value)
                    slider.min = min(low, slider.max)  # traitlets refuses min > max meanwhile
                    slider.max, slider.min = high, low
                    slider.step = 10.0 ** np.floor(np.log10((high - low) / 150))
                slider.value = value
        finally:
            self._quiet = False


class Player(widgets.HBox):
    """Play, pause and step through a run, in the browser alone."""

    def __init__(self, live):
        self.live = live
        self.play = widgets.Play(interval=150, show_repeat=False)
        self.step = widgets.IntSlider(description="step", readout=True, layout=WIDE)
        self.step.style.description_width = "3em"
        self.links = [
            widgets.jslink((self.play, "value"), (self.step, "value")),
            widgets.jslink((self.step, "value"), (live, "reveal")),
        ]
        super().__init__([self.play, self.step], layout=WIDE)

    def show(self, steps):
        """Set how many steps there are, and show them all."""
        self.play.playing = False
        for control in (self.step, self.play):
            control.max = steps
            control.value = steps
        self.live.reveal = steps
