"""A view is one panel of an explorer: what stands still on it, what moves, and with which numbers.

`plots` draws; a view knows which numbers of a run each moving artist wants. Every view has `ax`,
`drag` (whether a place on it is a setting), `moving` (artist -> how it follows the shown step),
`label` (a sentence for those who cannot see it) and `data(frames)` (artist -> its numbers).
"""

from dataclasses import replace
from functools import cached_property

import numpy as np

from . import marks, plots, theory


class Frames:
    """The numbers of one or many runs, laid out for the browser.

    Parameters
    ----------
    descent : Descent
        A single run, or a batch of shape ``(frames,)``; a cloud of n runs adds a last axis.
    cloud : bool
        Whether it is a cloud: sent as float16, fine enough to be drawn.
    others : Frames or None
        Runs at other learning rates, to compare with.
    rivals : list of Frames
        Runs of other rules, to race with.

    Attributes
    ----------
    step : numpy.ndarray, shape (steps + 1,)
        Like a coordinate where a criterion stopped a run: it counts no further than that.
    coordinates : list of numpy.ndarray, each (steps + 1,) or (frames, steps + 1)
        With a cloud (frames, n, steps + 1).
    loss, gradient, limit : numpy.ndarray
        Like a coordinate; `gradient` is a list of them. `limit` is the stable limit at each point.
    """

    def __init__(self, descent, *, cloud=False, others=None, rivals=()):
        self.descent, self.others, self.rivals = descent, others, list(rivals)
        self.kind = np.float16 if cloud else np.float32
        self.step = np.arange(len(descent.path))
        fired = np.asarray(descent.stopped_by) != ""
        if fired.any():
            last = np.where(fired, descent.steps_taken, self.step[-1])
            self.step = self._rows(np.minimum.outer(self.step, last))
        self.coordinates = [self._rows(column) for column in np.moveaxis(descent.path, 1, 0)]
        self.loss = self._rows(descent.loss)

    @cached_property
    def gradient(self):
        """The gradient at every point, by coordinate; computed when first asked for."""
        return [self._rows(part) for part in self.descent.surface.gradient(self._points)]

    @cached_property
    def limit(self):
        """The stable limit at every point, NaN where the surface curves down."""
        limit = theory.stable_limit(self.descent.surface, self._points)
        return self._rows(np.nan * self.descent.loss if limit is None else limit)

    def seen(self, steps, cost="rows"):
        """Return what so many steps cost: themselves, or how many rows of data they looked at."""
        if cost == "steps":
            return steps
        batches = self.descent.batches
        return batches.seen(steps) if batches else np.multiply(steps, self.descent.surface.n)

    @property
    def _points(self):
        return np.moveaxis(self.descent.path, 1, 0)

    def _rows(self, column):
        """Put the steps last: ``(steps + 1, *batch)`` to ``(*batch, steps + 1)``."""
        with np.errstate(over="ignore"):  # beyond float32 is beyond every picture
            return np.ascontiguousarray(np.moveaxis(column, 0, -1), dtype=self.kind)


class CurveView:
    """A one-dimensional surface as a curve, with the tangent at the shown step."""

    readout = "step {}:  x = {},  loss = {},  slope = {}"
    label = "A curve, and on it the steps of gradient descent from its start."
    drag = True

    def __init__(self, ax, setting):
        plots.curve(ax, setting.surface, setting.shown)
        self.ax, self.run = ax, marks.run(ax, tangent=True)
        follow = {"trail": "trail", "start": "first", "point": "point", "tangent": "tangent"}
        self.moving = {artist: follow[name] for name, artist in self.run.items()}

    def data(self, frames):
        """Return {artist: (x, y[, slope])} for `Live`."""
        (x,) = frames.coordinates
        places = dict.fromkeys(self.run.values(), (x, frames.loss))
        return places | {self.run["tangent"]: (x, frames.loss, frames.gradient[0])}

    def numbers(self, frames):
        """Return what the readout's ``{}`` stand for."""
        return frames.step, *frames.coordinates, frames.loss, frames.gradient[0]

    def setting(self, setting, x, y, press=None):
        """Return the setting for a place on the curve: it sets the start."""
        return replace(setting, start=(x,))


class PlaneView:
    """A two-dimensional surface as contours, with the path over them.

    Parameters
    ----------
    arrows : bool
        Draw the gradient: a field of arrows, and a strong one at the shown step.
    limit : bool
        Read out the stable limit at the shown step.
    basins : bool
        Leave room under the run for a picture of the basins of attraction.
    rivals : sequence of int
        The numbers (colours) of the rules that race along.
    """

    label = "A contour plot, and on it the path of gradient descent from its start."
    drag = True

    def __init__(self, ax, setting, *, arrows=False, limit=False, basins=False, rivals=()):
        plots.contours(ax, setting.surface, setting.shown, filled=not basins)
        self.ax, self.limit = ax, limit
        self.moving = {}
        self.basins = marks.picture(ax, setting.shown) if basins else None
        if basins:
            self.moving[self.basins] = "image"
        if arrows:
            plots.gradient_field(ax, setting.surface, setting.shown)
        self.rivals = [marks.rival(ax, i) for i in rivals]
        self.moving |= dict.fromkeys(self.rivals, "trail")
        self.cloud = setting.cloud is not None
        self.run = marks.cloud(ax) if self.cloud else marks.run(ax, arrow=arrows)
        follow = {"trail": "trail", "start": "first", "point": "point", "arrow": "arrow"}
        self.moving |= {artist: follow[name] for name, artist in self.run.items()}
        limited = ",  stable limit here = {}" * limit
        across, up = plots.names_of(setting.surface)
        self.batches, rows = setting.batch_size is not None, setting.batch_size and " ({} rows)"
        step = f"step {{}}{rows or ''}:  {across} = {{}},  {up} = {{}},  loss = {{}}{limited}"
        self.readout = "" if self.cloud else step
        self.hover = f"under the pointer:  {across} = {{}},  {up} = {{}}"

    def data(self, frames):
        """Return {artist: (x, y[, dx, dy])} for `Live`."""
        data = dict.fromkeys(self.run.values(), tuple(frames.coordinates))
        if "arrow" in self.run:
            data[self.run["arrow"]] = *frames.coordinates, *frames.gradient
        for artist, rival in zip(self.rivals, frames.rivals, strict=True):
            data[artist] = tuple(rival.coordinates)
        return data

    def numbers(self, frames):
        """Return what the readout's ``{}`` stand for."""
        if self.cloud:
            return ()
        limit = (frames.limit,) if self.limit else ()
        rows = (frames.seen(frames.step),) if self.batches else ()
        return frames.step, *rows, *frames.coordinates, frames.loss, *limit

    def setting(self, setting, x, y, press=None):
        """Return the setting for a place on the plane: it sets the start."""
        return replace(setting, start=(x, y))


class LossView:
    """Loss against cost, on axes that hold still; other learning rates quietly behind.

    The cost is counted in steps, or in rows of data looked at.
    """

    label = "Beside it the loss after each step."
    drag = False

    def __init__(self, ax, setting, *, scale=None, compare=(), rivals=None, cost="steps"):
        self.ax, self.others, self.cost = ax, None, cost
        plots.loss_axes(ax, setting.surface, setting.steps, scale=scale)
        if cost == "rows":
            rows = setting.steps * (setting.batch_size or setting.surface.n)
            ax.set(xlim=(0, rows), xlabel="rows of data looked at")
        self.run = marks.run_loss(ax, cloud=setting.cloud is not None)
        self.moving = {}
        if len(compare):
            self.others, self.labels = marks.compared_losses(ax, compare)
            self.moving |= dict.fromkeys([self.others, *self.labels], "all")
        self.rivals = [marks.rival_loss(ax, i, name) for i, name in (rivals or {}).items()]
        for trail, name in self.rivals:
            self.moving |= {trail: "trail", name: "point"}
        self.name = marks.run_name(ax, setting.rule.name) if rivals else None
        if rivals:
            self.moving[self.name] = "point"
            left, bottom, width, height = ax.get_position().bounds
            ax.set_position((left, bottom, width - 0.09, height))  # room for the names
        self.stop = self.run.get("stop")
        if self.stop:
            self.moving[self.stop] = "all"
        self.moving |= {artist: name for name, artist in self.run.items() if name != "stop"}

    def data(self, frames):
        """Return {artist: (step, loss)} for `Live`."""
        cost = self._cost(frames)
        data = {artist: (cost, frames.loss) for name, artist in self.run.items() if name != "stop"}
        if self.stop:
            data[self.stop] = self._stopped(frames)
        for (trail, name), rival in zip(self.rivals, frames.rivals, strict=True):
            data |= {trail: (self._cost(rival), rival.loss), name: self._name_place(rival)}
        if self.name is not None:
            data[self.name] = self._name_place(frames)
        if self.others is not None:
            step, losses = self._cost(frames.others), frames.others.loss
            steps = np.broadcast_to(step, losses.shape)
            places = [self._label_place(*each) for each in zip(steps, losses, strict=True)]
            data[self.others] = [
                each[np.newaxis] if each.ndim > 1 and frames.loss.ndim > 1 else each
                for each in (step, losses)
            ]
            data |= dict(zip(self.labels, places, strict=True))
        return data

    def _cost(self, frames):
        return frames.seen(frames.step, self.cost)

    def _stopped(self, frames):
        """Return an upright line at the step where a criterion stopped the run; else nothing."""
        fired = np.asarray(frames.descent.stopped_by) != ""
        taken = frames.seen(frames.descent.steps_taken, self.cost)
        at = np.where(fired, taken, np.nan)[..., np.newaxis]
        x = np.repeat(at, 2, axis=-1)
        return x, np.broadcast_to(np.array(self.ax.get_ylim()), x.shape)

    def _name_place(self, frames):
        """Return a run's loss, held inside the axes."""
        return self._cost(frames), np.clip(frames.loss, *self.ax.get_ylim())

    def _label_place(self, step, loss):
        """Return where a curve is last seen inside the axes: its label's x and y."""
        low, high = self.ax.get_ylim()
        inside = np.flatnonzero((loss > low) & (loss < high))
        last = min(inside[-1] if len(inside) else 0, int(0.93 * (len(loss) - 1)))
        return step[[last]], loss[[last]]


class OutcomeView:
    """What happens for every learning rate and start of a one-dimensional surface."""

    label = "Beside it a map: the outcome for every learning rate and every start."
    drag = True

    def __init__(self, ax, setting, rates):
        (low, high), *_ = setting.shown
        starts = np.linspace(low, high, 121)
        runs = replace(setting, start=starts[np.newaxis, :, np.newaxis]).descend(rates)
        plots.outcome_map(ax, rates, starts, runs.outcome)
        self.ax = ax
        self.moving = {marks.place(ax): "first"}

    def data(self, frames):
        """Return {artist: (learning rate, start)} for `Live`."""
        rates = np.asarray(frames.descent.learning_rate, np.float32)
        return dict.fromkeys(self.moving, (rates[..., None], frames.coordinates[0][..., :1]))

    def setting(self, setting, rate, start, press=None):
        """Return the setting for a place on the map."""
        return replace(setting, learning_rate=rate, start=(start,))


class HeightView:
    """A two-dimensional surface in space, with the same path on it."""

    label = "Beside it the same surface seen in space, with the same path."
    drag = False

    def __init__(self, ax, setting):
        self.surface, self.window = setting.surface, setting.shown
        self.ax, self.project = plots.heights(ax, setting.surface, setting.shown)
        self.run = marks.run(self.ax)
        follow = {"trail": "trail", "start": "first", "point": "point"}
        self.moving = {artist: follow[name] for name, artist in self.run.items()}

    def data(self, frames):
        """Return {artist: (x, y)}, projected onto the picture."""
        x, y = frames.coordinates
        inside = np.ones(x.shape, bool)
        for column, (low, high) in zip((x, y), self.window, strict=True):
            inside &= (column >= low) & (column <= high)
        seen = [np.where(inside, column, np.nan) for column in (x, y, frames.loss)]
        return dict.fromkeys(self.run.values(), self.project(*seen))
