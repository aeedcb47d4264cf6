"""From a course of training to the table that its picture draws, and to the sentences under it."""

from copy import copy

import numpy as np

from ..descent.sentences import sensible
from ..descent.verdicts import tell

MOST_UNITS = 60  # at most so many hidden units are drawn


class Fit:
    """A course as far as it had come, as `columns` for the browser: of a single run, or of n.

    Each is (stages,) or (n, stages); the curves, ``"fit"``, have an axis more.
    """

    def __init__(self, course, scene):
        self.course = course = copy(course)  # which may go on meanwhile
        self._range, self._question = scene.range, scene.question
        self._path = np.moveaxis(course.path[: course.known], 1, 0)  # (d, stages, n)
        found = course.network.predict(self._path, self._range.inputs)
        exact = np.moveaxis(found.reshape(len(found), *self._path.shape[1:]), 0, -1)
        with np.errstate(over="ignore"):
            curves = exact.astype(np.float16).swapaxes(0, 1)
        self._errors = self._range.errors(exact)  # (2, stages, n)
        known = slice(course.known)
        self.columns = {
            "step": self._rows(np.minimum(course.at[known, np.newaxis], course.taken)),
            "loss": self._rows(course.loss[known]),
            "dead": self._rows(course.dead[known]),
            "fit": np.ascontiguousarray(curves[0] if self._alone else curves),
        }
        if self._range.measures:
            errors = zip(("inside", "outside"), self._errors, strict=True)
            self.columns |= {name: self._rows(error) for name, error in errors}
        if scene.backward:
            self.columns |= self._backward(scene.backward)

    @property
    def _alone(self):
        return len(self.course.rates) == 1

    def with_taylor(self, taylor):
        """Return the columns, and that of the polynomial if there is one."""
        more = {} if taylor is None else {"taylor": taylor(self._range.inputs)}
        return self.columns | more

    def captions(self, taylor):
        """Return a sentence or two on each run."""
        ends = self._errors[:, -1]
        told = [
            f"{tell(self.course, i, rate, self._compared(ends[:, i], taylor))} {self._question}"
            for i, rate in enumerate(self.course.rates)
        ]
        return [caption.rstrip() for caption in told]

    def _compared(self, errors, taylor):
        """Return a sentence on the distances from the true curve; "" where it is not known."""
        if not self._range.measures:
            return ""
        inside, outside = map(sensible, errors)
        said = f"RMS error {inside} inside the interval, {outside} outside"
        if taylor is not None:
            ours = map(sensible, self._range.errors(taylor(self._range.inputs)))
            said += f"; Taylor polynomial of degree {taylor.degree}: {' and '.join(ours)}"
        return f"{said}."

    def _backward(self, view):
        """Return the network as a view draws it, and the steepness of each weight.

        That is how many of the view's `shares` the slope of the loss has, beside the steepest of
        its stage; below 0 where the slope is.
        """
        network = self.course.network
        count = min(network.hidden, MOST_UNITS)
        with np.errstate(all="ignore"):
            slopes = network.unpack(network.gradient(self._path))
            both = np.concatenate([slopes.hidden[0, :count], slopes.output[:count, 0]])
            share = np.nan_to_num(both / abs(both).max(axis=0))
        kinds = np.sign(share) * np.digitize(abs(share), view.shares)
        kinds = np.transpose(kinds, (2, 1, 0)).astype(np.float16)  # (n, stages, weights)
        drawn = view.network(count)
        if self._alone:
            return drawn | {"steepness": kinds[0]}
        return {name: np.array([each]) for name, each in drawn.items()} | {"steepness": kinds}

    def _rows(self, column):
        with np.errstate(over="ignore"):
            rows = np.ascontiguousarray(column.T, dtype=np.float32)
        return rows[0] if self._alone else rows


def unit_columns(course, scene):
    """Return what units add to a single run: (stages, units, q) arrays, in float16.

    Those that learn are NaN where they are dead; those that die are NaN till they do.
    """
    network, path = course.network, course.path[: course.known, :, 0].T
    x = scene.range.inputs[:: 2 if network.hidden <= 25 else 4]
    weights = network.unpack(path).output[:MOST_UNITS, 0]
    added = network.hidden_outputs(path, x)[:, :MOST_UNITS] * weights
    dead = network.dead(path)[:MOST_UNITS]
    ever = dead.any(axis=1)
    with np.errstate(over="ignore"):
        added = np.moveaxis(added, 0, -1).astype(np.float16)  # (units, stages, q)
    alive = np.where(dead[..., np.newaxis], np.float16(np.nan), added)
    columns = {"unit inputs": x, "units": alive.swapaxes(0, 1)}
    if ever.any():
        dying = np.where(dead[ever][..., np.newaxis], added[ever], np.float16(np.nan))
        columns["dead units"] = dying.swapaxes(0, 1)
    return columns
