"""The controls around a live figure: a ruled slider flipped through in the browser, a player."""

import math

import anywidget
import ipywidgets as widgets
from IPython.display import display
from traitlets import Instance, Int, List, Unicode

from ..checks import number, positive
from .live import source
from .together import HTML, Alike, HBox, Named, close_earlier


class _Quiet(Alike):
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


class FloatSlider(Named, _ValueLast, widgets.FloatSlider):
    """A slider of numbers."""


class IntSlider(Named, _ValueLast, widgets.IntSlider):
    """A slider of whole numbers."""


class SelectionSlider(Named, _Quiet, widgets.SelectionSlider):
    """A slider of choices."""


class Play(_ValueLast, widgets.Play):
    """Buttons that count."""


class Ruler(Alike, anywidget.AnyWidget):
    """A strip under a slider, with named zones and marks to click.

    Attributes
    ----------
    count : int
        The number of positions of the slider.
    zones : list of [from, to, name, colour]
        Stretches between two positions.
    marks : list of [position, name]
        Buttons; a click moves the slider there.
    slider : SelectionSlider
        The one it lies under.
    """

    _esm, _css = source("ruler.js"), source("ruler.css")
    count = Int(2).tag(sync=True)
    zones = List().tag(sync=True)
    marks = List().tag(sync=True)
    slider = Instance(SelectionSlider).tag(sync=True, **widgets.widget_serialization)


class Field(Alike, anywidget.AnyWidget):
    """A text beside a slider: where that stands, until something else is typed.

    Attributes
    ----------
    typed : str or None
        What was typed, as long as nobody has taken it over.
    label : str
        What those who cannot see it are told.
    slider : SelectionSlider
        The one it stands beside; it follows that in the browser alone.
    """

    _esm, _css = source("field.js"), source("ruler.css")
    typed = Unicode(None, allow_none=True).tag(sync=True, echo_update=False)
    label = Unicode().tag(sync=True)
    slider = Instance(SelectionSlider).tag(sync=True, **widgets.widget_serialization)


class RuledSlider(Alike, widgets.VBox):
    """A slider over a ruler; its position is the frame of a live figure, in the browser alone.

    Attributes
    ----------
    slider : SelectionSlider
    field : Field
        In place of the slider's own readout, where a number can be typed.
    ruler : Ruler
    """

    def __init__(self, live, description):
        self.live = live
        self.slider = SelectionSlider(options=[0], description=description, readout=False)
        self.field = Field(slider=self.slider, label=f"type a {description}")
        self.ruler = Ruler(slider=self.slider)
        live.controls = live.controls | {"rate": self.slider}
        follow(live, "frame", self.slider, "index")
        super().__init__([HBox([self.slider, self.field]), self.ruler])
        self.add_class("gdviz-ruled")

    def put(self, *, options, index):
        """Give the slider positions, each with its label, and stand at one of them."""
        with self.slider.hold_sync():  # other options put its index at 0 for a moment
            other = options != list(self.slider.options)
            if other:
                self.slider.options = options
            if other or index != self.slider.index:
                self.slider.index = self.live.frame = index
            else:  # the browser may be ahead already: it is not told
                self.live.set_state({"frame": index})


def follow(live, name, control, trait):
    """Let a number of a live figure be what a control says, whatever the browser says of it."""
    set_state = live.set_state

    def told(state):
        set_state(state | {name: getattr(control, trait)} if name in state else state)

    live.set_state = told


def range_around(value, low, high):
    """Return the range of a slider that holds a value, on a grid of about a thousand steps.

    In the browser a slider knows whole steps only, counted from its least number. So the value
    lies on one, and what the slider shows is what is meant.

    >>> range_around(0.5, -2, 2)["step"], range_around(0.0625, -2, 2)["min"]
    (0.01, -1.9975)
    """
    low, high = float(min(low, value)), float(max(high, value))
    step = grid_step(low, high)
    low = value - math.floor((value - low) / step + 1e-6) * step
    digits = max(0, -round(math.log10(step)))
    while abs(round(value, digits) - value) > 1e-6 * step:
        digits += 1
    low = round(low, 6 - round(math.log10(step))) + 0.0
    return {"min": low, "max": high, "step": step, "readout_format": f".{min(digits, 9)}f"}


def grid_step(low, high):
    """Return the power of ten that is about a thousandth of a range."""
    return 10.0 ** math.floor(math.log10((high - low) / 150))


class Player(HBox):
    """Play, pause and step through a run, in the browser alone."""

    def __init__(self, live):
        self.live = live
        self.play = Play(interval=150, show_repeat=False)
        self.step = IntSlider(description="step")
        self.last = HTML(f"of {self.step.max}")
        live.controls = live.controls | {"step": self.step, "play": self.play}
        follow(live, "reveal", self.step, "value")
        super().__init__([self.play, self.step, self.last])
        self.add_class("gdviz-player")

    def put(self, *, max, step, value):
        """Set how many steps there are, every how many of them is shown, and which is shown."""
        if (max, step) != (self.step.max, self.step.step):
            self.play.playing = False
        elif value == self.step.value:  # the browser may be ahead: it is not told
            self.live.set_state({"reveal": value})
            return
        for control in (self.step, self.play):
            with control.hold_sync():  # lest the browser round the old value to the new stride
                control.max, control.step, control.value = max, step, value
        self.last.value, self.live.reveal = f"of {max}", value


def progress_bar():
    """Show a progress bar; return the function that moves it.

    Give it to `settle` for long work: ``settle(..., progress=gd.progress_bar())``.

    Returns
    -------
    callable
        Takes how much is done, and of how much.
    """
    bar = widgets.FloatProgress(min=0, max=1, layout={"width": "100%"})
    close_earlier(bar)
    display(bar)

    def move(done, total):
        total = positive(total, "total")
        done = number("done", done, "a number from 0", lambda n: n >= 0)
        bar.max, bar.value = total, done
        bar.description = f"{done / total:.0%}"
        if done >= total:
            bar.bar_style = "success"

    return move
