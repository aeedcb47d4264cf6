"""The controls around a live figure: a ruled learning-rate slider, start sliders, a player."""

from importlib.resources import files

import anywidget
import ipywidgets as widgets
import numpy as np
from IPython.display import display
from traitlets import Instance, Int, List

from . import plots
from .lifetime import family
from .setting import RATES

WIDE = {"width": "100%"}
ROW = {"flex_flow": "row wrap", "width": "100%"}


class _Quiet:
    """A control whose moves the kernel does not repeat to the browser they came from."""

    def trait_metadata(self, traitname, key, default=None):
        """Return what a trait is tagged with; none is to be echoed."""
        return False if key == "echo_update" else super().trait_metadata(traitname, key, default)


class _ValueLast(_Quiet):
    """A control whose range can change together with its value."""

    def get_state(self, key=None, drop_defaults=False):
        """Return what the browser is told, the value last: there it is clipped to the range."""
        state = super().get_state(key, drop_defaults)
        return dict(sorted(state.items(), key=lambda item: item[0] == "value"))


class FloatSlider(_ValueLast, widgets.FloatSlider):
    """A slider of numbers."""


class IntSlider(_ValueLast, widgets.IntSlider):
    """A slider of whole numbers."""


class SelectionSlider(_Quiet, widgets.SelectionSlider):
    """A slider of choices."""


class Play(_ValueLast, widgets.Play):
    """Buttons that count."""


class Ruler(anywidget.AnyWidget):
    """A strip under a slider, with named zones and marks to click.

    Attributes
    ----------
    count : int
        The number of positions of the slider.
    zones : list of [from, to, name, colour]
        Stretches between two positions.
    marks : list of [position, name]
        Buttons; a click moves the slider there.
    slider : ipywidgets.SelectionSlider
    """

    _esm = files(__package__).joinpath("ruler.js").read_text(encoding="utf-8")
    _css = files(__package__).joinpath("ruler.css").read_text(encoding="utf-8")
    count = Int(RATES).tag(sync=True)
    zones = List().tag(sync=True)
    marks = List().tag(sync=True)
    slider = Instance(SelectionSlider).tag(sync=True, **widgets.widget_serialization)


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
        self.rates, self.live = np.ones(RATES), live
        self.slider = SelectionSlider(
            options=range(RATES), description="learning rate", layout=WIDE
        )
        self.slider.style.description_width = "7em"
        self.ruler = Ruler(slider=self.slider)
        self.links = [widgets.jslink((self.slider, "index"), (live, "frame"))]
        super().__init__([self.slider, self.ruler], layout=WIDE)
        self.add_class("gdviz-ruled")

    def lay_out(self, rates, rate, marks=(), zones=()):
        """Give the slider other rates, and its ruler the marks and zones that belong to them."""
        self.rates = rates
        with self.slider.hold_sync():  # other options put its index at 0 for a moment
            self.slider.options = [(f"{rate:.4g}", i) for i, rate in enumerate(rates)]
            self.slider.index = self._place(rate)
        self.ruler.count = len(rates)
        self.rule(marks, zones)

    def rule(self, marks, zones):
        """Draw marks and zones on the ruler."""
        self.ruler.zones = [[*zone, plots.ZONE_COLOURS[zone[-1]]] for zone in zones]
        near = len({f"{mark:.3g}" for _, mark in marks}) < len(marks)
        digits = 5 if near else 3  # so that two marks never read alike
        self.ruler.marks = [
            [self._place(mark), f"{name} {mark:.{digits}g}"] for name, mark in marks
        ]

    def slide_to(self, rate):
        """Move the slider and the live figure to a rate the slider holds."""
        index = self._place(rate)
        if index != self.slider.index:  # else the browser may have moved on: don't pull it back
            self.slider.index = self.live.frame = index

    def nearest(self, rate):
        """Return the slider's rate that is nearest to another."""
        return float(self.rates[self._place(rate)])

    def holds(self, rate):
        """Whether a rate is, to the last digit, one of the slider's."""
        return rate in self.rates

    def _place(self, rate):
        return int(np.argmin(abs(np.log(self.rates / rate))))


class StartSliders(widgets.HBox):
    """One slider per coordinate of the start."""

    def __init__(self):
        self.sliders = [
            FloatSlider(
                description=f"start {name}",
                readout_format=".2f",
                layout={"flex": "1 1 17em", "width": "auto"},
            )
            for name in "xy"
        ]
        for slider in self.sliders:
            slider.style.description_width = "initial"
        self._put = {}  # slider -> (the number it was given, the nearest step that it shows)
        super().__init__(self.sliders, layout=ROW)

    def close(self):
        """Close every slider, the hidden one too."""
        for widget in family(*self.sliders):
            widget.close()
        super().close()

    @property
    def value(self):
        """Where the sliders stand, a tuple of floats: exactly where they were put, or moved to."""
        return tuple(
            put if abs(slider.value - shown) < 1e-3 * slider.step else slider.value
            for slider, (put, shown) in ((s, self._put[s]) for s in self.children)
        )

    def place(self, start, domain, names=("x", "y")):
        """Put the sliders where a start is, on a surface of this domain.

        In the browser a slider knows whole steps only, and sends back what it makes of any other
        number: so it is given the nearest step, in one message. One that stands there is left
        alone: a hand may have moved it on.
        """
        self.children = self.sliders[: len(start)]
        parts = zip(self.children, map(float, start), domain, names, strict=False)
        for slider, value, ends, name in parts:
            slider.description = f"start {name}"
            low, high = min(*ends, value), max(*ends, value)
            with slider.hold_sync():
                slider.min = min(low, slider.max)  # traitlets refuses min > max on the way
                slider.max, slider.min = high, low
                slider.step = step = 10.0 ** np.floor(np.log10((high - low) / 150))
                shown = min(low + round((value - low) / step) * step, high)
                if abs(slider.value - shown) >= 1e-3 * step:
                    slider.value = shown
            self._put[slider] = value, slider.value


class Player(widgets.HBox):
    """Play, pause and step through a run, in the browser alone."""

    def __init__(self, live):
        self.live, self.steps = live, None
        self.play = Play(interval=150, show_repeat=False)
        self.step = IntSlider(description="step", readout=True, layout=WIDE)
        self.step.style.description_width = "3em"
        self.links = [
            widgets.jslink((self.play, "value"), (self.step, "value")),
            widgets.jslink((self.step, "value"), (live, "reveal")),
        ]
        super().__init__([self.play, self.step], layout=WIDE)

    def show(self, steps, reveal=None, stride=1):
        """Set how many steps there are, and show them all, or as many as `reveal` says."""
        self.steps, self.play.playing = steps, False
        for control in (self.step, self.play):
            with control.hold_sync():  # lest the browser round the old value to the new stride
                control.max, control.step = steps, stride
                control.value = steps if reveal is None else reveal
        self.live.reveal = self.step.value


class Controls:
    """The controls that every explorer has.

    Parameters
    ----------
    live : Live
    choices : sequence of str
        The surfaces to choose from; none leaves the choice out.

    Attributes
    ----------
    rate, player, start, steps, choice, reset : widgets
    rows : list of ipywidgets.HBox
        What stands under the picture.
    """

    def __init__(self, live, choices):
        self.rate, self.player, self.start = RateSlider(live), Player(live), StartSliders()
        self.steps = IntSlider(min=1, max=200, description="steps", continuous_update=False)
        self.choice = widgets.Dropdown(options=choices, description="surface")
        self.reset = widgets.Button(description="reset", icon="undo")
        rows = [self.player, self.start], [self.steps, *[self.choice][: len(choices)], self.reset]
        self.rows = [widgets.HBox(row, layout=ROW) for row in rows]

    def place(self, setting):
        """Put every control where a setting is."""
        names = plots.names_of(setting.surface)
        start = np.atleast_1d(setting.start) if setting.shown else ()  # no sliders beyond a plane
        self.start.place(start, setting.shown or (), names)
        self.steps.max = max(200, setting.steps)
        self.steps.value = setting.steps
        if self.player.steps != setting.steps:
            self.player.show(setting.steps)
        known = setting.surface.name in self.choice.options
        self.choice.value = setting.surface.name if known else None


def progress_bar():
    """Show a progress bar; return the function that moves it.

    Give it to `settle` for long work: ``settle(..., progress=gd.progress_bar())``.

    Returns
    -------
    callable
        Takes how much is done, and of how much.
    """
    bar = widgets.FloatProgress(min=0, max=1, layout=WIDE)
    display(bar)

    def move(done, total):
        bar.max, bar.value = total, done
        bar.description = f"{done / total:.0%}"
        if done >= total:
            bar.bar_style = "success"

    return move
