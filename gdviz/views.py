"""A view is one panel of an explorer: what stands still on it, what moves, and with which numbers.

`plots` draws, a view knows which numbers of a descent each moving artist wants.
"""

from dataclasses import replace
from functools import cached_property

import numpy as np

from . import plots


class Frames:
    """The numbers of one or many runs, laid out for the browser.

    Parameters
    ----------
    descent : Descent
        A single run, or a batch of shape ``(frames,)``.

    Attributes
    ----------
    step : numpy.ndarray, shape (steps + 1,)
    coordinates : list of numpy.ndarray, each (steps + 1,) or (frames, steps + 1)
    loss, slope : numpy.ndarray, (steps + 1,) or (frames, steps + 1)
        `slope` is the derivative along the first coordinate.
    others : Frames or None
        Runs at other learning rates, to compare with.
    """

    def __init__(self, descent, others=None):
        self.descent, self.others = descent, others
        self.step = np.arange(len(descent.path))
        self.coordinates = [self._rows(column) for column in np.moveaxis(descent.path, 1, 0)]
        self.loss = self._rows(descent.loss)

    @cached_property
    def slope(self):
        """The derivative along the first coordinate, computed when first asked for."""
        path = np.moveaxis(self.descent.path, 1, 0)
        return self._rows(self.descent.surface.gradient(path)[0])

    @staticmethod
    def _rows(column):
        """Turn ``(steps + 1, frames)`` into ``(frames, steps + 1)`` float32 rows."""
        with np.errstate(over="ignore"):  # beyond float32 is beyond every picture
            return np.ascontiguousarray(column.T, dtype=np.float32)


class CurveView:
    """A one-dimensional surface as a curve, with the tangent at the shown step."""

    readout = "step {}:  x = {},  loss = {},  slope = {}"
    label = "A curve, and on it the steps of gradient descent from its start."

    def __init__(self, ax, setting):
        plots.curve(ax, setting.surface)
        self.ax, self.drag, self.run = ax, True, plots.run(ax, tangent=True)
        follow = {"trail": "trail", "start": "first", "point": "point", "tangent": "tangent"}
        self.moving = {artist: follow[name] for name, artist in self.run.items()}

    def data(self, frames):
        """Return {artist: (x, y[, slope])} for `Live`."""
        (x,) = frames.coordinates
        places = dict.fromkeys(self.run.values(), (x, frames.loss))
        return places | {self.run["tangent"]: (x, frames.loss, frames.slope)}

    def numbers(self, frames):
        """Return what the readout's ``{}`` stand for."""
        return frames.step, *frames.coordinates, frames.loss, frames.slope

    def setting(self, setting, x, y):
        """Return the setting for a place on the curve: it sets the start."""
        return replace(setting, start=(x,))


class PlaneView:
    """A two-dimensional surface as contours, with the path over them."""

    readout = "step {}:  x = {},  y = {},  loss = {}"
    label = "A contour plot, and on it the path of gradient descent from its start."

    def __init__(self, ax, setting):
        plots.contours(ax, setting.surface)
        self.ax, self.drag, self.run = ax, True, plots.run(ax)
        follow = {"trail": "trail", "start": "first", "point": "point"}
        self.moving = {artist: follow[name] for name, artist in self.run.items()}

    def data(self, frames):
        """Return {artist: (x, y)} for `Live`."""
        return dict.fromkeys(self.run.values(), tuple(frames.coordinates))

    def numbers(self, frames):
        """Return what the readout's ``{}`` stand for."""
        return frames.step, *frames.coordinates, frames.loss

    def setting(self, setting, x, y):
        """Return the setting for a place on the plane: it sets the start."""
        return replace(setting, start=(x, y))


class LossView:
    """Loss against step, on axes that hold still; other learning rates quietly behind."""

    label = "Beside it the loss after each step."

    def __init__(self, ax, setting, *, scale=None, compare=()):
        plots.loss_axes(ax, setting.surface, setting.steps, scale=scale)
        self.ax, self.drag, self.run = ax, False, plots.run_loss(ax)
        self.moving = {self.run["trail"]: "trail", self.run["point"]: "point"}
        if len(compare):
            self.others, self.labels = plots.compared_losses(ax, compare)
            self.moving |= dict.fromkeys([self.others, *self.labels], "all")

    def data(self, frames):
        """Return {artist: (step, loss)} for `Live`."""
        data = dict.fromkeys(self.run.values(), (frames.step, frames.loss))
        if frames.others is None:
            return data
        losses = frames.others.loss
        places = [self._label_place(loss) for loss in losses]
        data[self.others] = frames.step, losses[None] if frames.loss.ndim > 1 else losses
        return data | dict(zip(self.labels, places, strict=True))

    def _label_place(self, loss):
        """Return where a curve is last seen inside the axes: its label's x and y."""
        low, high = self.ax.get_ylim()
        inside = np.flatnonzero((loss > low) & (loss < high))
        last = min(inside[-1] if len(inside) else 0, int(0.93 * (len(loss) - 1)))
        return np.array([last]), loss[[last]]


class OutcomeView:
    """What happens for every learning rate and start of a one-dimensional surface."""

    label = "Beside it a map: the outcome for every learning rate and every start."

    def __init__(self, ax, setting, rates):
        (low, high), *_ = setting.surface.domain
        starts = np.linspace(low, high, 121)
        runs = replace(setting, start=starts[np.newaxis, :, np.newaxis]).descend(rates)
        plots.outcome_map(ax, rates, starts, runs.outcome)
        self.ax, self.drag = ax, True
        self.moving = {plots.cross(ax): "first"}

    def data(self, frames):
        """Return {artist: (learning rate, start)} for `Live`."""
        rates = np.asarray(frames.descent.learning_rate, np.float32)
        return dict.fromkeys(self.moving, (rates[..., None], frames.coordinates[0][..., :1]))

    def setting(self, setting, rate, start):
        """Return the setting for a place on the map."""
        return replace(setting, learning_rate=rate, start=(start,))
