"""The numbers behind the picture of a fit: curves, what units add to them, and errors."""

from copy import copy
from functools import cached_property

import numpy as np

from .surface import Surface
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
