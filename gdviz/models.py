"""Losses made from data: what a line, or a decision, does to the data it learns from.

A model has the face of a `Surface`, so whatever walks on a surface can walk on a model, and can
look at a part of the data only: `rows` are the numbers of the rows to look at.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from gdviz.checks import BOUND
from gdviz.surfaces import _real_array

BLOCK = 2**16  # numbers worked on at once: half a megabyte stays in the processor's cache


class Model:
    """A loss made from data: the mean over the rows of a loss that depends on x @ parameters.

    Not for direct use: take `LinearRegression`, `LogisticRegression` or `Network`.

    Attributes
    ----------
    x, y : array
        The data, read-only.
    n : int
        How many rows of data there are.
    dimension : int
        d, how many parameters there are.
    start : tuple of d floats
        A starting point.
    learning_rate : float
        A learning rate that works from there.
    domain : tuple of (float, float), or None
        The part worth drawing, for two parameters; None for more.
    minima : tuple of tuple of float
        Where the loss is least, if that is known.
    source : str
    """

    name = "model"
    source = ""
    formula = latex = gradient_latex = None
    gradient_source = "given"
    is_quadratic = False
    minima = ()
    domain = None

    def __init__(self, x, y):
        self.x, self.y = _data("x", x), _data("y", y)
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
        w = self._points(w)
        with np.errstate(all="ignore"):
            return self._raw_value(w, self._checked(rows, w))[()]

    def gradient(self, w, rows=None):
        """Return the slope of the loss: (d, *batch) -> (d, *batch); `rows` as for `value`."""
        w = self._points(w)
        with np.errstate(all="ignore"):
            return self._raw_gradient(w, self._checked(rows, w))

    # The same for loops: float64 arrays, unchecked, under the caller's own errstate

    def _raw_value(self, w, rows=None):
        return self._in_blocks(self._value, w, rows)

    def _raw_gradient(self, w, rows=None):
        return self._in_blocks(self._gradient, w, rows)

    def _in_blocks(self, compute, w, rows=None):
        """Return compute(w (d, n), rows None, (size,) or (size, n)) -> (..., n), as (..., *batch).

        So few runs at a time that the work stays in the cache.
        """
        flat = w.reshape(len(w), -1)
        own = rows is not None and rows.ndim > 1
        rows = rows.reshape(len(rows), -1) if own else rows
        width = max(1, BLOCK // (self._width * (self.n if rows is None else len(rows))))
        if flat.shape[1] <= width:
            found = compute(flat, rows)
        else:
            parts = (slice(k, k + width) for k in range(0, flat.shape[1], width))
            found = [compute(flat[:, k], rows[:, k] if own else rows) for k in parts]
            found = np.concatenate(found, axis=-1)
        return found.reshape(*found.shape[:-1], *w.shape[1:])

    def _points(self, w):
        w = _real_array("w", w, "give numbers, coordinates first")
        if w.ndim == 0 or len(w) != self.dimension:
            raise ValueError(
                f"w has shape {w.shape}, but {self.name} has {self.dimension} parameters, and they "
                f"come first: give shape ({self.dimension},), or ({self.dimension}, runs)."
            )
        return w

    def _checked(self, rows, w):
        if rows is None:
            return None
        rows = np.asarray(rows)
        if rows.dtype.kind not in "iu":
            raise TypeError(f"rows must be row numbers such as [0, 5], not {rows!r:.60}.")
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
        x = self.x if x is None else _real_array("x", x, "give inputs like those learned from")
        if x.ndim == 0 or (x.ndim > 1 or features > 1) and x.shape[1:] != (features,):
            raise ValueError(
                f"x has shape {x.shape}: give one row per prediction, (q, {features})"
                f"{' or (q,)' * (features == 1)}."
            )
        return x.reshape(len(x), -1).T


class Scored(Model):
    """A model that scores a row of data by intercept + slopes @ row, (features + 1) parameters.

    Not for direct use. A kind of model says what a score costs (`_loss`) and how that changes with
    the score (`_error`, `_bend`): functions of scores (rows, n) and targets (rows, 1 or n).
    """

    _width = 1

    def __init__(self, x, y):
        super().__init__(x, y)
        if self.y.ndim != 1:
            raise ValueError(f"y has shape {self.y.shape}: give one number per row, (n,).")
        self.dimension = len(self._columns) + 1
        self.start = (0.0,) * self.dimension
        self._design = np.column_stack([np.ones(self.n), self._columns.T])
        self._target = self.y
        _check_independent(self._design)

    def _look(self, w, rows):
        """Return the scores, their targets, and how errors (rows, n) pull at the parameters."""
        if rows is None or rows.ndim == 1:
            some = slice(None) if rows is None else rows
            seen = self._design[some]
            return seen @ w, self._target[some, np.newaxis], lambda e: seen.T @ e / len(e)
        seen = self._columns.take(rows, axis=1)  # (features, size, n)
        scores = w[0] + (w[1:, np.newaxis] * seen).sum(axis=0)
        return (
            scores,
            self._target.take(rows),
            lambda e: np.concatenate([e.mean(axis=0)[np.newaxis], (e * seen).mean(axis=1)]),
        )

    def _value(self, w, rows):
        scores, target, _ = self._look(w, rows)
        return self._loss(scores, target).mean(axis=0)

    def _gradient(self, w, rows):
        scores, target, pull = self._look(w, rows)
        return pull(self._error(scores, target))

    def hessian(self, w):
        """Return the curvature of the loss: (d, *batch) -> (d, d, *batch)."""
        with np.errstate(all="ignore"):
            return self._in_blocks(self._hessian, self._points(w))

    def _hessian(self, w, rows):
        scores, target, _ = self._look(w, rows)
        pairs = self._design[:, :, np.newaxis] * self._design[:, np.newaxis]
        found = np.tensordot(pairs, self._bend(scores, target), axes=(0, 0))
        return found / self.n

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
        """
        w, x = self._points(w), self._inputs(x)
        with np.errstate(all="ignore"):
            return self._squash(w[0] + np.tensordot(x, w[1:], axes=(0, 0)))

    @cached_property
    def learning_rate(self):
        """1 / (the largest curvature anywhere), to one digit (float): it descends safely."""
        largest = np.linalg.norm(self._design, 2) ** 2 / self.n * self._most_bend
        return float(f"{1 / largest:.0e}")


class LinearRegression(Scored):
    """A line through data: loss = 1/(2m) * the sum of (intercept + slope * x - y)**2 over m rows.

    Parameters are the intercept, then one slope per feature. The loss is a quadratic bowl, so with
    all rows it is computed as one: no rows need looking at, however many there are.
    Source: Legendre (1805), Nouvelles méthodes pour la détermination des orbites des comètes; the
    factor 1/2, which keeps the gradient clean, as in Ng, Machine Learning Specialization.

    Parameters
    ----------
    x : (m,) or (m, features) array_like
    y : (m,) array_like

    Raises
    ------
    TypeError, ValueError
        If x and y do not fit together, are not finite, or no single line is best.

    Examples
    --------
    >>> line = LinearRegression([1, 2], [300, 500])
    >>> line.gradient([0, 0])
    array([-400., -650.])
    >>> np.round(line.minima, 6)
    array([[100., 200.]])
    """

    name = "linear regression"
    source = "Legendre (1805), Nouvelles méthodes pour la détermination des orbites des comètes"
    is_quadratic = True
    _most_bend = 1.0

    def __init__(self, x, y):
        super().__init__(x, y)
        size = np.linalg.norm(self._design, axis=0)
        self._best = np.linalg.lstsq(self._design / size, self.y)[0] / size
        self._least = ((self._design @ self._best - self.y) ** 2).mean() / 2
        self._root = np.linalg.qr(self._design / np.sqrt(self.n), mode="r")
        self.minima = (tuple(self._best.tolist()),)

    def _value(self, w, rows):
        if rows is not None:
            return super()._value(w, rows)
        return self._least + ((self._root @ (w - self._best[:, np.newaxis])) ** 2).sum(axis=0) / 2

    def _gradient(self, w, rows):
        if rows is not None:
            return super()._gradient(w, rows)
        return self._root.T @ (self._root @ (w - self._best[:, np.newaxis]))

    def _hessian(self, w, rows):
        return np.repeat((self._root.T @ self._root)[..., np.newaxis], w.shape[1], axis=-1)

    _loss = staticmethod(lambda score, y: (score - y) ** 2 / 2)
    _error = staticmethod(lambda score, y: score - y)
    _squash = staticmethod(lambda score: score)

    @cached_property
    def domain(self):
        """A box around the best line that holds (0, 0), for one feature; else None."""
        spread = np.std(self.y) / np.array([1.0, *self._columns.std(axis=1)])
        return _box(self._best, spread)


class LogisticRegression(Scored):
    """A yes-or-no decision: loss = the mean of -log(the probability given to the right label).

    The probability of label 1 is sigmoid(intercept + slopes @ x); parameters are the intercept,
    then one slope per feature. If a line separates the classes perfectly the loss has no minimum:
    it nears 0 as the slopes grow for ever, and `minima` is empty.
    Source: Cox (1958), J. Royal Statistical Society B 20(2), 215-242.

    Parameters
    ----------
    x : (m,) or (m, features) array_like
    y : (m,) array_like
        The labels, 0 or 1.

    Raises
    ------
    TypeError, ValueError
        If x and y do not fit together, are not finite, or a label is missing or another one.

    Examples
    --------
    >>> decision = LogisticRegression([1, 2, 3, 4], [0, 1, 0, 1])
    >>> decision.value([0, 0]).round(6)
    np.float64(0.693147)
    >>> np.round(decision.minima, 3)
    array([[-2.362,  0.945]])
    >>> LogisticRegression([1, 2, 3, 4], [0, 0, 1, 1]).minima
    ()
    """

    name = "logistic regression"
    source = "Cox (1958), J. Royal Statistical Society B 20(2), 215-242"
    _most_bend = 0.25

    def __init__(self, x, y):
        super().__init__(x, np.asarray(y, float) if np.asarray(y).dtype.kind == "b" else y)
        if not np.isin(self.y, (0, 1)).all():
            other = self.y[~np.isin(self.y, (0, 1))][0]
            raise ValueError(f"y must hold labels 0 and 1 only, not {other:g}: use y == {other:g}.")
        if np.ptp(self.y) == 0:
            raise ValueError(f"y holds one class only, {self.y[0]:g}: give rows of both 0 and 1.")
        self._target = 2 * self.y - 1  # with labels -1 and 1 nothing cancels far from the line

    _loss = staticmethod(lambda score, sign: np.logaddexp(0, -sign * score))
    _error = staticmethod(lambda score, sign: -sign / (1 + np.exp(sign * score)))
    _bend = staticmethod(lambda score, sign: 1 / (2 + np.exp(score) + np.exp(-score)))
    _squash = staticmethod(lambda score: 1 / (1 + np.exp(-score)))

    @cached_property
    def minima(self):
        """The minimum, or () if the classes can be separated: tuple of tuple of float."""
        w, arrived = self._newton(100)
        return (tuple(w.tolist()),) if arrived else ()

    @cached_property
    def domain(self):
        """A box around the minimum, or the way to it, that holds (0, 0); None beyond 1 feature."""
        around = self.minima[0] if self.minima else self._newton(6)[0]
        return _box(np.array(around), 2 / np.array([1.0, *self._columns.std(axis=1)]))

    def _newton(self, steps):
        """Follow Newton's steps: return where they lead (d,), and whether they came to rest there.

        On separable data they never do: each adds about 1 to the scores.
        """
        w = np.zeros(self.dimension)
        with np.errstate(all="ignore"):
            for _ in range(steps):
                try:
                    move = np.linalg.solve(self.hessian(w), self.gradient(w))
                except np.linalg.LinAlgError:
                    return w, False
                shares = 0.5 ** np.arange(30)
                losses = self.value(w[:, np.newaxis] - shares * move[:, np.newaxis])
                if np.abs(self._design @ move).max() < 1e-9:
                    return w - move, True
                w = w - shares[(losses <= self.value(w)).argmax()] * move
        return w, False


@dataclass(frozen=True, eq=False)
class Standardized:
    """Inputs with mean 0 and spread 1 in every column, and the way back; from `standardize`.

    Attributes
    ----------
    x : (m,) or (m, features) array
        The scaled inputs: (raw - mean) / spread.
    mean, spread : () or (features,) array
        Mean and standard deviation of each column of the raw inputs.
    """

    x: np.ndarray
    mean: np.ndarray
    spread: np.ndarray

    def unscale(self, w):
        """Return the parameters that do to raw inputs what `w` does to scaled ones.

        Parameters
        ----------
        w : (features + 1, *batch) array_like
            Intercept first.

        Returns
        -------
        (features + 1, *batch) array
        """
        w = np.asarray(w, dtype=float)
        slopes = (w[1:].T / self.spread).T
        return np.concatenate([w[:1] - np.tensordot(np.atleast_1d(self.mean), slopes, 1), slopes])


def standardize(x):
    """Give every column of the inputs mean 0 and spread 1: a round valley instead of a narrow one.

    Parameters
    ----------
    x : (m,) or (m, features) array_like

    Returns
    -------
    Standardized

    Raises
    ------
    TypeError, ValueError
        If x is not finite, or a column of it is constant.

    Examples
    --------
    >>> scaled = standardize([1, 2, 3])
    >>> scaled.x.round(3)
    array([-1.225,  0.   ,  1.225])
    >>> best = LinearRegression(scaled.x, [3, 5, 7]).minima[0]
    >>> scaled.unscale(best).round(6)
    array([1., 2.])
    """
    x = _data("x", x)
    mean, spread = x.mean(axis=0), x.std(axis=0)
    _check_varying(x.reshape(len(x), -1))
    return Standardized((x - mean) / spread, mean, spread)


def _data(argument, given):
    """Return data as a read-only float64 array (m,) or (m, columns), all finite."""
    data = np.array(_real_array(argument, given, "give one number, or a row of them, per row"))
    if data.ndim not in (1, 2) or data.size == 0:
        raise ValueError(
            f"{argument} has shape {data.shape}: give one row of data after the other, (m,) or "
            "(m, columns)."
        )
    if bad := np.argwhere(~(np.abs(data) <= BOUND)).tolist():
        raise ValueError(
            f"{argument} contains {data[tuple(bad[0])]:g} in row {bad[0][0]}: give finite numbers "
            f"up to {BOUND:g}, and leave out rows with gaps."
        )
    data.flags.writeable = False
    return data


def _check_varying(x):
    """Refuse inputs (m, features) with a constant column."""
    constant = np.flatnonzero((x == x[0]).all(axis=0))
    if constant.size:
        which = "x is" if x.shape[1] == 1 else f"Column {constant[0]} of x is"
        raise ValueError(
            f"{which} constant, {x[0, constant[0]]:g} in every row, so many lines fit equally well "
            "(the problem is singular): give inputs that differ, or leave that column out."
        )


def _check_independent(design):
    """Refuse a design (m, features + 1) whose columns depend on one another."""
    _check_varying(design[:, 1:])
    m, d = design.shape
    if np.linalg.matrix_rank(design / np.linalg.norm(design, axis=0)) < d:
        why = f"{m} rows cannot settle {d} parameters" if m < d else "columns repeat one another"
        raise ValueError(
            f"x is singular: {why}, so many parameters fit equally well; give more rows, or leave "
            "a column out."
        )


def _box(around, least):
    """Return the domain around two parameters, with (0, 0) in it; None for more."""
    half = 1.5 * np.maximum(np.abs(around), least)
    pairs = zip((around - half).tolist(), (around + half).tolist(), strict=True)
    return tuple(pairs) if len(around) == 2 else None
