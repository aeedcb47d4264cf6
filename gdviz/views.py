"""A view is one panel of an explorer: what stands still on it, what moves, and with which numbers.

`plots` draws, a view knows which numbers of a descent each moving artist wants.
"""

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
    """

    def __init__(self, descent):
        self.descent = descent
        self.step = np.arange(len(descent.path))
        self.coordinates = [self._rows(column) for column in np.moveaxis(descent.path, 1, 0)]
        self.loss = self._rows(descent.loss)

    @cached_property
    def slope(self):
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

    def __init__(self, ax, surface):
        plots.curve(ax, surface)
        self.ax, self.run = ax, plots.run(ax, tangent=True)
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


class PlaneView:
    """A two-dimensional surface as contours, with the path over them."""

    readout = "step {}:  x = {},  y = {},  loss = {}"
    label = "A contour plot, and on it the path of gradient descent from its start."

    def __init__(self, ax, surface):
        plots.contours(ax, surface)
        self.ax, self.run = ax, plots.run(ax)
        follow = {"trail": "trail", "start": "first", "point": "point"}
        self.moving = {artist: follow[name] for name, artist in self.run.items()}

    def data(self, frames):
        """Return {artist: (x, y)} for `Live`."""
        return dict.fromkeys(self.run.values(), tuple(frames.coordinates))

    def numbers(self, frames):
        """Return what the readout's ``{}`` stand for."""
        return frames.step, *frames.coordinates, frames.loss


class LossView:
    """Loss against step, on axes that hold still."""

    def __init__(self, ax, surface, steps, scale=None):
        plots.loss_axes(ax, surface, steps, scale=scale)
        self.run = plots.run_loss(ax)
        self.moving = {self.run["trail"]: "trail", self.run["point"]: "point"}

    def data(self, frames):
        """Return {artist: (step, loss)} for `Live`."""
        return dict.fromkeys(self.run.values(), (frames.step, frames.loss))
