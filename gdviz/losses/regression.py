"""Losses made from data: what a line, or a decision, does to the data it learns from."""

from functools import cached_property

import numpy as np

from ..checks import check_texts, points_of
from ..formulas.formula import Formula
from ..formulas.reading import sigmoid
from .datasets import check_varying
from .model import Model


class Scored(Model):
    """A model that scores a row of data by intercept + slopes @ row, (features + 1) parameters.

    Not for direct use. A kind of model says what a score costs (`_loss`) and how that changes with
    the score (`_error`, `_bend`): functions of scores (rows, n) and targets (rows, 1 or n).
    """

    _width = 1
    _foretold = "target"

    def __init__(self, x, y, names=None):
        super().__init__(x, y)
        if self.y.ndim != 1:
            raise ValueError(f"y has shape {self.y.shape}: give one number per row, (n,).")
        self.dimension = len(self._columns) + 1
        self.names = self._named(names)
        self.start = (0.0,) * self.dimension
        self.design = np.column_stack([np.ones(self.n), self._columns.T])
        self.target = self.y
        _check_independent(self.design)

    def _named(self, names):
        """Return what the columns are called, a tuple of str: those of x, and y."""
        features = len(self._columns)
        if names is None:
            inputs = ["input"] if features == 1 else [f"input {k + 1}" for k in range(features)]
            return *inputs, self._foretold
        names = check_texts("names", names, 'one per column, such as ["length (cm)", "price"]')
        if len(names) != features + 1:
            raise ValueError(
                f"names has {len(names)} entries: give {features + 1}, what each column of x is "
                "called, then y."
            )
        return tuple(names)

    def _look(self, w, rows):
        """Return the scores, their targets, and how errors (rows, n) pull at the parameters."""
        if rows is None or rows.ndim == 1:
            some = slice(None) if rows is None else rows
            seen = self.design[some]
            return seen @ w, self.target[some, np.newaxis], lambda e: seen.T @ e / len(e)
        seen = self._columns.take(rows, axis=1)  # (features, size, n)
        scores = w[0] + np.einsum("fn,fsn->sn", w[1:], seen)

        def pull(e):
            slopes = np.einsum("sn,fsn->fn", e, seen)
            return np.concatenate([e.sum(axis=0)[np.newaxis], slopes]) / len(e)

        return scores, self.target.take(rows), pull

    def _value(self, w, rows):
        scores, target, _ = self._look(w, rows)
        return self._loss(scores, target).mean(axis=0)

    def _gradient(self, w, rows):
        scores, target, pull = self._look(w, rows)
        return pull(self._error(scores, target))

    def hessian(self, w):
        """Return the curvature of the loss: (d, *batch) -> (d, d, *batch)."""
        with np.errstate(all="ignore"):
            return self._in_blocks(self._hessian, points_of("w", w, self))

    def _hessian(self, w, rows):
        scores, target, _ = self._look(w, rows)
        pairs = self.design[:, :, np.newaxis] * self.design[:, np.newaxis]
        found = np.tensordot(pairs, self._bend(scores, target), axes=(0, 0))
        return found / self.n

    def _predict(self, w, x):
        return self._squash(w[0] + np.tensordot(x, w[1:], axes=(0, 0)))

    @cached_property
    def learning_rate(self):
        """1 / (the largest curvature anywhere), to one digit (float): it descends safely."""
        largest = np.linalg.norm(self.design, 2) ** 2 / self.n * self._most_bend
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
    names : sequence of str, optional
        What the columns of x, and then y, are called where they are drawn: ``("size (m²)",
        "price")``.

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

    def __init__(self, x, y, names=None):
        super().__init__(x, y, names)
        size = np.linalg.norm(self.design, axis=0)
        self._best = np.linalg.lstsq(self.design / size, self.y)[0] / size
        self._least = ((self.design @ self._best - self.y) ** 2).mean() / 2
        self._root = np.linalg.qr(self.design / np.sqrt(self.n), mode="r")
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
    def as_formula(self):
        """The loss as a formula in the intercept, x, and the slope, y, for one feature; else None.

        It agrees with `value` and `gradient` but for rounding.
        """
        if self.dimension != 2:
            return None
        (a, b), (_, c), (p, q) = *self._root.tolist(), self._best.tolist()
        tall = f"({a!r}*(x - ({p!r})) + ({b!r})*(y - ({q!r})))**2"
        try:
            return Formula(f"{float(self._least)!r} + ({tall} + (({c!r})*(y - ({q!r})))**2)/2")
        except ValueError:  # numbers beyond those of formulas
            return None

    @cached_property
    def domain(self):
        """A box around the best line that holds (0, 0), for one feature; else None."""
        spread = np.std(self.y) / np.array([1.0, *self._columns.std(axis=1)])
        return _box(self._best, spread)


class LogisticRegression(Scored):
    """A yes-or-no decision: loss = the mean of -log(the probability given to the right label).

    The probability of label 1 is sigmoid(intercept + slopes @ x); parameters are the intercept,
    then one slope per feature. If a line separates the classes, but for rows on it, the loss has no
    minimum: it falls for ever as the slopes grow, and `minima` is empty.
    Source: Cox (1958), J. Royal Statistical Society B 20(2), 215-242.

    Parameters
    ----------
    x : (m,) or (m, features) array_like
    y : (m,) array_like
        The labels, 0 or 1.
    names : sequence of str, optional
        What the columns of x, and then label 1, are called where they are drawn:
        ``("petal width (cm)", "virginica")``.

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
    array([[-2.27 ,  0.908]])
    >>> LogisticRegression([1, 2, 3, 4], [0, 0, 1, 1]).minima
    ()
    """

    name = "logistic regression"
    slope_is_bounded = True  # no row pulls harder than it lies far out
    source = "Cox (1958), J. Royal Statistical Society B 20(2), 215-242"
    _most_bend = 0.25
    _targets_may_be = "biuf"
    _foretold = "label 1"

    def __init__(self, x, y, names=None):
        super().__init__(x, y, names)
        if not np.isin(self.y, (0, 1)).all():
            other = self.y[~np.isin(self.y, (0, 1))][0]
            raise ValueError(f"y must hold labels 0 and 1 only, not {other:g}: use y == {other:g}.")
        if np.ptp(self.y) == 0:
            raise ValueError(f"y holds one class only, {self.y[0]:g}: give rows of both 0 and 1.")
        self.target = 2 * self.y - 1  # with labels -1 and 1 nothing cancels far from the line

    @staticmethod
    def _loss(score, sign):  # np.logaddexp(0, -sign * score), which takes twice as long
        return np.maximum(-sign * score, 0) + np.log1p(np.exp(-np.abs(score)))

    _error = staticmethod(lambda score, sign: -sign / (1 + np.exp(sign * score)))
    _bend = staticmethod(lambda score, sign: 1 / (2 + np.exp(score) + np.exp(-score)))
    _squash = staticmethod(sigmoid)

    def mistakes(self, w):
        """Return how many rows lie on the wrong side of the cut, or on it.

        Parameters
        ----------
        w : (d, *batch) array_like

        Returns
        -------
        int or (*batch) array of int

        Examples
        --------
        >>> LogisticRegression([1, 2, 3, 4], [0, 1, 0, 1]).mistakes([-5, 2])
        np.int64(2)
        """
        return self._in_blocks(self._mistakes, points_of("w", w, self))[()]

    def _mistakes(self, w, rows):
        return (self.design @ w * self.target[:, np.newaxis] <= 0).sum(axis=0)

    @cached_property
    def minima(self):
        """The minimum, or () if the classes can be separated: tuple of tuple of float."""
        w, arrived = self._led
        return (tuple(w.tolist()),) if arrived else ()

    @property
    def separable(self):
        """Whether a cut has all labels 0 on one side and all labels 1 on the other (bool)."""
        return not self.minima and not self.mistakes(self._led[0])

    @cached_property
    def domain(self):
        """A box around the minimum, or the way to it, that holds (0, 0); None beyond 1 feature."""
        around = self.minima[0] if self.minima else self._newton(6)[0]
        return _box(np.array(around), 2 / np.array([1.0, *self._columns.std(axis=1)]))

    @cached_property
    def _led(self):
        """Where Newton's steps lead (d,), and whether they come to rest there (bool)."""
        return self._newton(100)

    def _newton(self, steps):
        """Follow Newton's steps over inputs about their mean, which may be far from 0."""
        mean = self._columns.mean(axis=1)
        w, arrived = type(self)(self.x - mean, self.y)._follow(steps)
        return np.append(w[0] - mean @ w[1:], w[1:]), arrived

    def _follow(self, steps):
        """Follow Newton's steps: return where they lead (d,), and whether they came to rest there.

        On separable data they never do: each adds about 1 to the scores.
        """
        w = np.zeros(self.dimension)
        with np.errstate(all="ignore"):
            for _ in range(steps):
                hessian = self.hessian(w)
                size = np.sqrt(np.diag(hessian))
                if not np.linalg.cond(hessian / np.outer(size, size)) < 1e10:
                    break  # some direction is flat: its rows are all but decided
                move = np.linalg.solve(hessian, self.gradient(w))
                if np.abs(self.design @ move).max() < 1e-9:
                    return w - move, True
                shares = 0.5 ** np.arange(30)
                losses = self.value(w[:, np.newaxis] - shares * move[:, np.newaxis])
                lower = losses <= self.value(w) * (1 + 1e-12)  # rounding is no reason to hesitate
                w = w - shares[lower.argmax()] * move
        return w, False


def _check_independent(design):
    """Refuse a design (m, features + 1) whose columns depend on one another."""
    check_varying(design[:, 1:])
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
