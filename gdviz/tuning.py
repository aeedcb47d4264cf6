"""The controls of a network's explorer, but for the learning rate and the player."""

import ipywidgets as widgets

from .controls import ROW, IntSlider
from .network import ACTIVATIONS

HALF = {"flex": "1 1 17em", "width": "auto"}
STEPS = 50, 100, 200, 500, 1000, 2000, 5000, 10_000
SCALES = 0.0, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0


class Tuning:
    """Width, activation, start, steps, degree; and how far a long training is.

    Parameters
    ----------
    explorer : NetworkExplorer

    Attributes
    ----------
    hidden, activation, seed, scale, steps, degree, reset, stop, bar : widgets
        `degree` is None without a Taylor polynomial.
    rows : list of ipywidgets.HBox
    """

    def __init__(self, explorer):
        self.hidden = IntSlider(min=0, max=50, description="hidden units", layout=HALF)
        self.activation = widgets.Dropdown(
            options=list(ACTIVATIONS), description="activation", layout=HALF
        )
        self.seed = IntSlider(min=0, max=30, description="seed", layout=HALF)
        self.scale = _choice(SCALES, "start scale")
        self.steps = _choice(STEPS, "steps")
        self.degree = None
        controls = ["hidden", "activation", "seed", "scale", "steps"]
        if explorer.degree is not None:
            self.degree = IntSlider(min=0, max=20, description="degree", layout=HALF)
            controls.append("degree")
        for name in controls:
            control = getattr(self, name)
            control.style.description_width = "6.5em"
            control.observe(explorer.handler(_setter(explorer, name)), "value")
        self.reset = widgets.Button(description="reset", icon="undo")
        self.stop = widgets.Button(description="stop training", icon="pause", disabled=True)
        self.bar = widgets.FloatProgress(min=0, max=1, layout=HALF)
        self.bar.style.description_width = "6.5em"
        for button, action in ((self.reset, explorer.reset), (self.stop, explorer.interrupt)):
            button.on_click(explorer.pressed(action))
        last = [self.steps, *filter(None, [self.degree])]
        rows = [self.hidden, self.activation], [self.seed, self.scale], last
        self.rows = [widgets.HBox(row, layout=ROW) for row in rows]
        self.rows.append(widgets.HBox([self.reset, self.stop, self.bar], layout=ROW))
        self.progress(None)

    def place(self, training):
        """Put every control where a training is."""
        network, taylor = training.surface, training.taylor
        self.hidden.max = max(50, network.hidden)
        self.hidden.value, self.activation.value = network.hidden, network.activation
        self.seed.max = max(30, training.seed)
        self.seed.value = training.seed
        for slider, value in ((self.scale, training.scale), (self.steps, training.steps)):
            if value not in slider.options:
                slider.options = sorted({*slider.options, value})
            slider.value = value
        if taylor is not None:
            self.degree.max = max(20, taylor.degree)
            self.degree.value = taylor.degree

    def progress(self, share, what=""):
        """Show how much is done, from 0 to 1; None when there is nothing to wait for."""
        self.stop.disabled = share is None
        self.bar.layout.visibility = "hidden" if share is None else "visible"
        self.bar.description, self.bar.value = what, round(share or 0, 2)


def _choice(options, name):
    return widgets.SelectionSlider(
        options=options, description=name, continuous_update=False, layout=HALF
    )


def _setter(explorer, name):
    return lambda value: setattr(explorer, name, value)
