"""What every loss made from data has in common.

A model has the face of a `Surface`, so whatever walks on a surface can walk on a model, and can
look at a part of the data only: `rows` are the numbers of the rows to look at.
"""

import numpy as np

from ..checks import points_of, real_array, whole_array
from .datasets import as_data

BLOCK = 2**16  # numbers worked on at once: half a megabyte stays in the processor's cache


class Model:
    """A loss made from data `x` and `y`, read-only, in `n` rows: the mean of what each row costs.

    Not for direct use: take `LinearRegression`, `LogisticRegression` or `Network`.
    """

    name = "model"
    source = ""
    formula = latex = gradient_latex = None
    gradient_source = "formula"
    is_quadratic = False
    minima = ()  # where the loss is least, if that is known
    domain = None  # the part worth drawing, (low, high) each, of two parameters; None for more
    _targets_may_be = "iuf"  # kinds of NumPy's numbers

    def __init__(self, x, y):
        self.x, self.y = as_data("x", x), as_data("y", y, self._targets_may_be)
        self.n = len(self.x)
        if len(self.y) != self.n:
            raise ValueError(
                f"x has {self.n} rows, but y has {len(self.y)}: give one y for each row of x."
            )
        self._columns = np.ascontiguousarray(self.x.reshape(self.n, -1).T)  # (features, n)

    def __repr__(self):
        return f"{type(self).__name__}({self.n} rows, dimension={self.dimension})"

    def value(self, w, rows=None):
        """Return the loss: (d, *batch) -> (*batch).

        Parameters
        ----------
        w : (d, *batch) array_like
            The parameters.
        rows : (size,) or (size, *batch) array of int, optional
            Which rows of the data to look at: the same for all runs, or each run its own. By
            default all.
        """
        w = points_of("w", w, self)
        with np.errstate(all="ignore"):
            return self._raw_value(w, self._checked(rows, w))[()]

    def gradient(self, w, rows=None):
        """Return the slope of the loss: (d, *batch) -> (d, *batch); `rows` as for `value`."""
        w = points_of("w", w, self)
        with np.errstate(all="ignore"):
            return self._raw_gradient(w, self._checked(rows, w))

    def predict(self, w, x=None):
        """Return the prediction for each input.

        Parameters
        ----------
        w : (d, *batch) array_like
        x : (q,) or (q, features) array_like, optional
            By default the x learned from.

        Returns
        -------
        (q, *batch) array
            Or (q, outputs, *batch) for a network where y has columns.
        """
        w, x = points_of("w", w, self), self._inputs(x)
        with np.errstate(all="ignore"):
            return self._predict(w, x)

    # The same for loops: float64 arrays, unchecked, under the caller's own errstate

    def _raw_value(self, w, rows=None):
        return self._in_blocks(self._value, w, rows)

    def _raw_gradient(self, w, rows=None):
        return self._in_blocks(self._gradient, w, rows)

    def _in_blocks(self, compute, w, rows=None, count=None):
        """Return compute(w (d, n), rows None, (size,) or (size, n)) -> (..., n), as (..., *batch).

        So few runs at a time that the work on `count` rows each stays in the cache.
        """
        flat = w.reshape(len(w), -1)
        own = rows is not None and rows.ndim > 1
        rows = rows.reshape(len(rows), -1) if own else rows
        count = count or (self.n if rows is None else len(rows))
        width = max(1, BLOCK // (self._width * count))
        if flat.shape[1] <= width:
            found = compute(flat, rows)
        else:
            parts = (slice(k, k + width) for k in range(0, flat.shape[1], width))
            found = [compute(flat[:, k], rows[:, k] if own else rows) for k in parts]
            found = np.concatenate(found, axis=-1)
        return found.reshape((*found.shape[:-1], *w.shape[1:]))

    def _checked(self, rows, w):
        if rows is None:
            return None
        rows = whole_array("rows", rows, "row numbers such as [0, 5]")
        if rows.ndim == 0 or len(rows) == 0 or rows.shape[1:] not in {(), w.shape[1:]}:
            raise ValueError(
                f"rows has shape {rows.shape}: give (size,) for all runs, or (size, *batch) with "
                f"the batch {w.shape[1:]} of w, and at least one row."
            )
        if rows.min() < 0 or rows.max() >= self.n:
            raise ValueError(f"rows must be from 0 to {self.n - 1}, the last row of the data.")
        return rows

    def _inputs(self, x):
        """Return inputs to predict from: (q,) or (q, features) -> (features, q)."""
        features = len(self._columns)
        x = self.x if x is None else real_array("x", x, "give inputs like those learned from")
        shapes = [(features,), ()] if features == 1 else [(features,)]
        if not x.size or x.ndim == 0 or x.shape[1:] not in shapes:
            also = " or (q,)" * (features == 1)
            raise ValueError(
                f"x has shape {x.shape}: give one row per prediction, (q, {features}){also}."
            )
        return x.reshape(len(x), -1).T
