"""A run as a table of named columns: what a picture draws of it."""

from functools import cached_property

import numpy as np

from .curvature import stable_limit

AXES = "x", "y", "z"  # names of the first coordinates


class Columns:
    """The columns of a run, or of runs side by side, by name: runs first, steps last.

    They are of a `kind` (dtype); float16 is fine enough for many runs at once to be drawn.
    """

    def __init__(self, descent, kind):
        self.descent, self.kind = descent, kind

    def __getitem__(self, name):
        if name in AXES:
            return self.rows(self.points[AXES.index(name)])
        if name[0] == "d" and name[1:] in AXES:
            return self.rows(self._gradient[AXES.index(name[1:])])
        return _COLUMNS[name](self)

    def rows(self, column):
        """Return a column with its steps last: (steps + 1, *batch) to (*batch, steps + 1)."""
        with np.errstate(over="ignore"):  # beyond float32 is beyond every picture
            return np.ascontiguousarray(np.moveaxis(column, 0, -1), dtype=self.kind)

    @property
    def points(self):
        """The path, coordinates first: (d, steps + 1, *batch) array."""
        return np.moveaxis(self.descent.path, 1, 0)

    @cached_property
    def _gradient(self):
        return self.descent.surface.gradient(self.points)

    @property
    def _steps(self):
        """The step of every point; where a criterion stopped a run it counts no further."""
        step, fired = np.arange(len(self.descent.path)), self._fired
        if not fired.any():
            return step
        last = np.where(fired, self.descent.steps_taken, step[-1])
        return np.minimum.outer(step, last)

    @property
    def _fired(self):
        return np.asarray(self.descent.stopped_by) != ""

    def _seen(self, steps):
        """Return how many rows of data so many steps have looked at."""
        batches = self.descent.batches
        return batches.seen(steps) if batches else np.multiply(steps, self.descent.surface.n)

    def _limit(self):
        limit = stable_limit(self.descent.surface, self.points)
        return self.rows(np.nan * self.descent.loss if limit is None else limit)

    def _mistakes(self):
        """Return how many rows a decision has on the wrong side; NaN where the run is gone."""
        wrong = self.descent.surface.mistakes(np.nan_to_num(self.points))
        return self.rows(np.where(np.isnan(self.descent.loss), np.nan, wrong))

    def _stop(self, cost):
        """Return what a run cost that a criterion stopped, NaN for others: one point."""
        cost = np.where(self._fired, cost(self.descent.steps_taken), np.nan)
        return cost[..., np.newaxis].astype(np.float32)


_COLUMNS = {
    "step": lambda run: run.rows(run._steps),
    "rows": lambda run: run.rows(run._seen(run._steps)),
    "loss": lambda run: run.rows(run.descent.loss),
    "limit": Columns._limit,
    "mistakes": Columns._mistakes,
    "rate": lambda run: np.asarray(run.descent.learning_rate, np.float32)[..., np.newaxis],
    "stop step": lambda run: run._stop(np.asarray),
    "stop rows": lambda run: run._stop(run._seen),
}
