"""Views of the data that a model learns from, with what it makes of them at the shown step."""

from dataclasses import replace

import numpy as np

from . import marks, plots
from .models import LogisticRegression
from .scaling import on_raw, raw_inputs, with_data

SURENESS = {0.5: 0.0, 0.1: np.log(1 / 9), 0.9: np.log(9)}  # probability -> score


def dragged(ax, setting, inputs, x, y, press):
    """Return the row that a drag holds: the one that was nearest when the drag began."""
    if press is not None and setting.held and setting.held[0] == press:
        return setting.held[1]
    columns = np.column_stack([inputs, setting.surface.y]) if inputs.ndim == 1 else inputs
    reach = np.ptp(ax.get_xlim()), np.ptp(ax.get_ylim())
    return int(np.argmin((((columns - (x, y)) / reach) ** 2).sum(axis=1)))


class DataView:
    """The data of a model with one input, and its prediction at the shown step.

    A data point can be dragged; the loss surface changes with it. While the pointer hovers over
    the plane of parameters, the prediction of the place under it is drawn too.
    """

    label = "Beside it the data, with the model's prediction at the shown step."
    drag = True

    def __init__(self, ax, setting):
        self.ax, self._setting, self.raw = ax, setting, raw_inputs(setting).ravel()
        self.decides = isinstance(setting.surface, LogisticRegression)
        points = plots.scatter(
            ax, self.raw, setting.surface.y, labels=self.decides, room=setting.room
        )
        self.line, self.guess = marks.prediction(ax), marks.guess(ax)
        self.moving, self.points = {}, []
        if self.decides:
            self.shade, self.cut = marks.shade(ax), marks.level(ax)
            self.points = points  # over the shading, so they move with it
            self.moving = {self.shade: "ramp", self.cut: "level"} | dict.fromkeys(points, "all")
        squeezed = " logistic" * self.decides
        self.moving |= {self.guess: "hover" + squeezed, self.line: "mix" + squeezed}
        self.inputs = np.linspace(*ax.get_xlim(), 201 if self.decides else 2)
        self.seen = self.inputs  # as the model sees them
        if (scaling := setting.scaling) is not None:
            self.seen = (self.inputs - scaling.mean) / scaling.spread

    def data(self, frames):
        """Return {artist: its numbers} for `Live`; the prediction is computed in the browser."""
        zero, one = np.zeros(1), np.ones(1)
        data = {artist: artist.get_data(orig=True) for artist in self.points}
        data[self.guess] = self.inputs, zero, one, self.seen
        data[self.line] = *data[self.guess], *frames.coordinates
        if self.decides:
            terms = frames.coordinates
            if self._setting.scaling is not None:
                terms = on_raw(self._setting, np.stack(terms))
            data |= {self.shade: (*terms, zero), self.cut: (*terms, zero, zero)}
        return data

    def setting(self, setting, x, y, press=None):
        """Return the setting in which the data point that is held has moved here."""
        row = dragged(self.ax, setting, self.raw, x, y, press)
        inputs, targets = self.raw.copy(), setting.surface.y.copy()
        inputs[row], targets[row] = x, float(y > 0.5) if self.decides else y
        room = self.ax.get_xlim(), self.ax.get_ylim()
        return replace(with_data(setting, inputs, targets), room=room, held=(press, row))


class DecisionView:
    """The data of a model with two inputs and two classes, and its decision at the shown step.

    The ground is shaded by the probability of label 1; lines mark where it is 0.1, 0.5 and 0.9.
    """

    label = (
        "Data of two classes; the ground is shaded by the probability of each, and a line "
        "stands where both are equally probable."
    )
    readout = "step {}:  intercept = {},  slopes = {} and {},  loss = {}"
    drag, hover = True, None

    def __init__(self, ax, setting):
        self.ax, model = ax, setting.surface
        points = plots.classes(ax, model.x, model.y, room=setting.room)
        self.shade, self.points = marks.shade(ax), points
        self.levels = {marks.level(ax, quiet=p != 0.5): score for p, score in SURENESS.items()}
        follow = dict.fromkeys(self.levels, "level") | dict.fromkeys(points, "all")
        self.moving = {self.shade: "ramp"} | follow

    def data(self, frames):
        """Return {artist: its numbers} for `Live`."""
        terms = tuple(frames.coordinates)
        data = {artist: artist.get_data(orig=True) for artist in self.points}
        levels = {artist: (*terms, np.array([score])) for artist, score in self.levels.items()}
        return data | levels | {self.shade: terms}

    def numbers(self, frames):
        """Return what the readout's ``{}`` stand for."""
        return frames.step, *frames.coordinates, frames.loss

    def setting(self, setting, x, y, press=None):
        """Return the setting in which the data point that is held has moved here."""
        row = dragged(self.ax, setting, setting.surface.x, x, y, press)
        inputs = setting.surface.x.copy()
        inputs[row] = x, y
        room = self.ax.get_xlim(), self.ax.get_ylim()
        moved = with_data(setting, inputs, setting.surface.y)
        return replace(moved, room=room, held=(press, row))
