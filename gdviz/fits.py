"""The views of a network in training: the fitted curve, and the loss against step."""

from copy import copy
from functools import cached_property

import numpy as np

from . import marks, plots
from .surface import Surface
from .verdicts import flat_loss
from .words import sensible

BEYOND = 0.4  # how far the picture goes on, on each side, as a share of the interval
INSIDE, MARGIN = 48, 16  # in so many stretches curves are drawn; even, for Simpson's rule
MOST_UNITS = 60  # at most so many hidden units are drawn


class Range:
    """The interval of the data and what lies beyond: where curves are drawn and measured.

    Attributes
    ----------
    inputs : (81,) array
    truth : (81,) array
        The true curve, NaN where it is not known.
    """

    def __init__(self, x, formula=None):
        low, high = float(x.min()), float(x.max())
        far = BEYOND * (high - low)
        ends = [(low - far, low, MARGIN), (low, high, INSIDE), (high, high + far, MARGIN)]
        parts = [np.linspace(a, b, count + 1) for a, b, count in ends]
        self.inputs = np.concatenate([parts[0], parts[1][1:], parts[2][1:]])
        self.truth = np.full(len(self.inputs), np.nan)
        if formula is not None:
            curve = Surface.from_formula(formula, dimension=1, domain=(low - far, high + far))
            self.truth = curve.value(self.inputs[np.newaxis])
        weights = np.zeros((2, len(self.inputs)))
        first = 0
        for part, side in zip(parts, (1, 0, 1), strict=True):
            simpson = np.array([1.0, *[4.0, 2.0] * (len(part) // 2)])
            simpson[-1] = 1
            weights[side, first : first + len(part)] += simpson * np.ptp(part) / len(part)
            first += len(part) - 1
        weights[:, ~np.isfinite(self.truth)] = 0
        with np.errstate(invalid="ignore"):
            self._weights = weights / weights.sum(axis=1, keepdims=True)

    @property
    def measures(self):
        """Whether the true curve is known inside the interval and outside."""
        return bool(np.isfinite(self._weights).all())

    def errors(self, curves):
        """Return the root mean square distance from the true curve, by Simpson's rule.

        Parameters
        ----------
        curves : (..., 81) array

        Returns
        -------
        (2, ...) array
            Inside the interval of the data, and outside.
        """
        known = np.isfinite(self.truth)
        with np.errstate(over="ignore", invalid="ignore"):
            squares = (curves[..., known] - self.truth[known]) ** 2
            return np.moveaxis(np.sqrt(squares @ self._weights[:, known].T), -1, 0)


class FitView:
    """The data, and the curve that a network makes of it at the shown step."""

    label = "Data points, and the curve that a network makes of them."
    drag = False

    def __init__(self, ax, training):
        network, taylor = training.surface, training.taylor
        x, y = network.x.ravel(), network.y.ravel()
        self.ax, self.range = ax, Range(x, taylor and taylor.text)
        key = "grey: what each hidden unit adds;  black dashes: dead units"
        if taylor:
            short = taylor.text if len(taylor.text) < 25 else "the true curve"
            key = f"dotted: {short};  {key}"
        plots.fit_axes(ax, x, y, truth=(self.range.inputs, self.range.truth), key=key)
        self.marks = marks.fit(ax, taylor=taylor is not None)
        self.moving = {
            artist: "all" if "taylor" in name else "curve" for name, artist in self.marks.items()
        }
        errors = ",  RMS error inside = {},  outside = {}" * self.range.measures
        self.readout = "step {}:  loss = {},  dead units = {}" + errors

    def data(self, fit, taylor):
        """Return {artist: (x, y)} for `Live`, but for the units."""
        data = {
            self.marks["curve"]: (self.range.inputs, fit.curves),
            self.marks["name"]: self._name_place(fit.curves),
        }
        if taylor is not None:
            y = taylor(self.range.inputs)
            data[self.marks["taylor"]] = self.range.inputs, y
            data[self.marks["taylor name"]] = self._last_seen(y)
        return data

    def units(self, fit):
        """Return {artist: (x, y)} for the contributions of the hidden units of a single run."""
        x, alive, dead = fit.units
        data = {self.marks["units"]: (x, alive)}
        return data | ({self.marks["dead"]: (x, dead)} if dead.size else {})

    def _name_place(self, curves):
        """Return where the network's name stands: at the left, held inside the axes."""
        at = MARGIN // 4
        y = curves[..., at : at + 1].astype(np.float32)
        return self.range.inputs[[at]], np.clip(y, *self._room())

    def _last_seen(self, y):
        """Return where a curve is last seen inside the axes: its name's x, and a y over it."""
        low, high = self._room()
        inside = np.flatnonzero((y > low) & (y < high))
        last = inside[-1] if len(inside) else len(y) - 1
        top = y[max(0, last - MARGIN) : last + 1].max(keepdims=True)
        return self.range.inputs[[last]], np.clip(top, low, high)

    def _room(self):
        low, high = self.ax.get_ylim()
        return low + 0.04 * (high - low), high - 0.08 * (high - low)


class TrainingView:
    """Loss against step, on axes that hold still."""

    label = "Beside them the loss after each step."

    def __init__(self, ax, training):
        top = 10.0 ** np.ceil(np.log10(10 * flat_loss(training.surface)))
        plots.empty_loss_axes(ax, training.steps, "log", (top * 1e-6, top))
        self.run = marks.run_loss(ax)
        self.moving = {self.run["trail"]: "trail", self.run["point"]: "point"}

    def data(self, fit):
        """Return {artist: (step, loss)} for `Live`."""
        return dict.fromkeys(self.moving, (fit.step, fit.loss))


class Fit:
    """The numbers of a course, laid out for the browser: of a single run, or of n.

    Attributes
    ----------
    step, loss, dead : (stages,) or (n, stages) arrays
    """

    def __init__(self, course, range_):
        self.course = course = copy(course)  # which may go on meanwhile
        self._range, self._alone, self._known = range_, len(course.rates) == 1, course.known
        self.step = self._rows(np.minimum(course.at[: self._known, np.newaxis], course.taken))
        self._path = np.moveaxis(course.path[: self._known], 1, 0)  # (d, stages, n)
        self.loss = self._rows(course.loss[: self._known])
        self.dead = self._rows(course.dead[: self._known])

    @cached_property
    def _exact(self):
        found = self.course.network.predict(self._path, self._range.inputs)
        return np.moveaxis(found.reshape(len(found), *self._path.shape[1:]), 0, -1)

    @cached_property
    def curves(self):
        """What the networks predict: (stages, 81) or (n, stages, 81), in float16."""
        with np.errstate(over="ignore"):
            curves = np.moveaxis(self._exact.astype(np.float16), 1, 0)
        return np.ascontiguousarray(curves[0] if self._alone else curves)

    @cached_property
    def errors(self):
        """Inside and outside: each (stages,) or (n, stages)."""
        return [self._rows(error) for error in self._range.errors(self._exact)]

    @cached_property
    def units(self):
        """The inputs (q,), and what units add to a single run: (stages, units, q), in float16.

        First those that learn, NaN where they are dead; then those that die, NaN till they do.
        """
        network, path = self.course.network, self._path[..., 0]
        x = self._range.inputs[:: 2 if network.hidden <= 25 else 4]
        weights = network.unpack(path).output[:MOST_UNITS, 0]
        added = network.hidden_outputs(path, x)[:, :MOST_UNITS] * weights
        dead = network.dead(path)[:MOST_UNITS]
        ever = dead.any(axis=1)
        with np.errstate(over="ignore"):
            added = np.moveaxis(added, 0, -1).astype(np.float16)  # (units, stages, q)
        alive = np.where(dead[..., np.newaxis], np.float16(np.nan), added)
        dying = np.where(dead[ever][..., np.newaxis], added[ever], np.float16(np.nan))
        return x, alive.swapaxes(0, 1), dying.swapaxes(0, 1)

    def computed(self):
        """Compute what takes long; return the fit."""
        _ = self.curves, self.errors
        return self

    @property
    def readout(self):
        """What the readout's ``{}`` stand for."""
        errors = self.errors if self._range.measures else ()
        return self.step, self.loss, self.dead, *errors

    def _rows(self, column):
        with np.errstate(over="ignore"):
            rows = np.ascontiguousarray(column.T, dtype=np.float32)
        return rows[0] if self._alone else rows


def compare(range_, errors, taylor):
    """Return a sentence on the distances from the true curve; "" where it is not known."""
    if not range_.measures:
        return ""
    inside, outside = map(sensible, errors)
    said = f"RMS error {inside} inside the interval, {outside} outside"
    if taylor is not None:
        ours = map(sensible, range_.errors(taylor(range_.inputs)))
        said += f"; Taylor polynomial of degree {taylor.degree}: {' and '.join(ours)}"
    return f"{said}."
