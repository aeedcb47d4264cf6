"""Look at a few rows of data at a time, and let the learning rate change along the way."""

import math
import operator
from collections.abc import Callable
from dataclasses import dataclass, field
from numbers import Real

import numpy as np


@dataclass(frozen=True)
class Minibatches:
    """The rows to look at, step after step; from `minibatches`. Iterate it: it never ends.

    Attributes
    ----------
    n : int
        How many rows of data there are.
    size : int
        How many of them a step looks at.
    seed : int or tuple of int
        One shuffle for all runs, or one per run.
    """

    n: int
    size: int
    seed: int | tuple

    @property
    def batch(self):
        """The shape of the seeds (tuple); () for a single one."""
        return np.shape(self.seed)

    @property
    def per_epoch(self):
        """How many steps see every row once (int)."""
        return -(-self.n // self.size)

    def seen(self, steps):
        """Return how many rows were looked at after so many steps: an int or array of int."""
        epochs, rest = np.divmod(steps, self.per_epoch)
        return epochs * self.n + np.minimum(rest * self.size, self.n)

    def __iter__(self):
        """Yield (size,) or (size, *seeds) arrays of int; the last of an epoch may be smaller."""
        shuffles = [np.random.default_rng(each) for each in np.ravel(self.seed).tolist()]
        order = np.empty((len(shuffles), self.n), dtype=np.intp)
        while True:
            for shuffled, rng in zip(order, shuffles, strict=True):
                shuffled[:] = rng.permutation(self.n)
            for k in range(0, self.n, self.size):
                rows = order[:, k : k + self.size].T
                yield np.array(rows, order="C").reshape((len(rows), *self.batch))


def minibatches(n, size, seed=0):
    """Deal out the rows of the data a few at a time, in a new random order every epoch.

    An epoch sees every row once. If `size` does not divide `n`, its last batch holds the rest.

    Parameters
    ----------
    n : int
        How many rows of data there are, ``model.n``.
    size : int
        How many of them each step looks at: 1 is stochastic, `n` is plain gradient descent.
    seed : int or array_like of int
        An array makes one run per seed, each with rows of its own; run i is the run that seed i
        makes alone.

    Returns
    -------
    Minibatches

    Raises
    ------
    TypeError, ValueError
        If `n` or `size` is no whole number, below 1, or `size` above `n`; or a seed is no whole
        number from 0.

    Examples
    --------
    >>> for step, rows in zip(range(4), minibatches(5, 2)):
    ...     print(rows)
    [2 4]
    [3 0]
    [1]
    [4 1]
    >>> next(iter(minibatches(5, 2, seed=range(100)))).shape
    (2, 100)
    """
    n, size = _whole("n", n, "the number of rows, model.n"), _whole("size", size, "such as 32")
    if n < 1:
        raise ValueError(f"n must be at least 1, not {n}: give the number of rows, model.n.")
    if not 1 <= size <= n:
        raise ValueError(
            f"size must be from 1 to {n}, the number of rows, not {size}: 1 looks at one row per "
            "step, n at all."
        )
    seeds = np.asarray(list(seed) if isinstance(seed, range) else seed)
    if seeds.dtype.kind not in "iu" or seeds.size == 0:
        raise TypeError(f"seed must be a whole number or several, not {seed!r:.60}.")
    if seeds.min() < 0:
        raise ValueError(f"seed must be 0 or above, not {seeds.min()}.")
    return Minibatches(n, size, _tuples(seeds.tolist()))


@dataclass(frozen=True)
class Schedule:
    """How the learning rate changes: update k, counted from 0, uses learning_rate * schedule(k).

    Made by `constant`, `step_decay`, `inverse_time` or `cosine`; all begin at 1. Your own function
    of k will do as well.

    Attributes
    ----------
    name : str
    factor : callable
        From k, a number or an array, to what the learning rate is multiplied by.
    """

    name: str
    factor: Callable = field(repr=False, compare=False)

    def __call__(self, k):
        """Return the factor at update k: a number, or an array like k."""
        return self.factor(np.asarray(k, dtype=float))[()]


def constant():
    """Keep the learning rate as it is.

    >>> constant()(7)
    np.float64(1.0)
    """
    return Schedule("constant()", np.ones_like)


def step_decay(every, factor=0.5):
    """Multiply the learning rate by `factor`, above 0 and at most 1, every so many steps.

    >>> step_decay(10)([0, 9, 10, 20])
    array([1.  , 1.  , 0.5 , 0.25])
    """
    every, factor = _above("every", every), _above("factor", factor)
    if factor > 1:
        raise ValueError(f"factor must be at most 1, not {factor:g}: the rate is to decay.")
    return Schedule(f"step_decay({every:g}, {factor:g})", lambda k: factor ** (k // every))


def inverse_time(half):
    """Divide the learning rate by 1 + k / half: half of it is left after `half` steps.

    Slow enough to arrive from anywhere, and fast enough to silence the noise of minibatches.
    Source: Robbins & Monro (1951), A stochastic approximation method, Annals of Mathematical
    Statistics 22, 400-407.

    >>> inverse_time(10)([0, 10, 90])
    array([1. , 0.5, 0.1])
    """
    half = _above("half", half)
    return Schedule(f"inverse_time({half:g})", lambda k: 1 / (1 + k / half))


def cosine(steps):
    """Lower the learning rate along half a cosine wave, to 0 at `steps` and after.

    Source: Loshchilov & Hutter (2017), SGDR, ICLR, equation 5 without restarts.

    >>> cosine(10)([0, 5, 10, 11]).round(6)
    array([1. , 0.5, 0. , 0. ])
    """
    steps = _above("steps", steps)
    return Schedule(
        f"cosine({steps:g})", lambda k: (1 + np.cos(np.pi * np.minimum(k / steps, 1))) / 2
    )


# What `descend` asks for


def check_batches(batches, model):
    """Return `batches` if they were made for a model with so many rows."""
    if batches is None:
        return None
    if not isinstance(batches, Minibatches):
        raise TypeError(
            f"batches must be made with minibatches(model.n, 32) or so, not {batches!r:.60}."
        )
    n = getattr(model, "n", None)
    if n is None:
        raise TypeError("batches need a model made from data: a surface has no rows to look at.")
    if n != batches.n:
        raise ValueError(
            f"batches deal out {batches.n} rows, but the model has {n}: use minibatches({n}, ...)."
        )
    return batches


def check_schedule(schedule, steps):
    """Return what each update's learning rate is multiplied by, (steps,) array; None for None."""
    if schedule is None:
        return None
    if not callable(schedule):
        raise TypeError(
            f"schedule must be one such as inverse_time(50), or a function of k, not "
            f"{schedule!r:.60}."
        )
    factors = [schedule(k) for k in range(steps)]
    for k, factor in enumerate(factors):
        if np.ndim(factor) or np.asarray(factor).dtype.kind not in "iuf":
            raise TypeError(
                f"schedule({k}) is {factor!r:.60}: return one number for each whole number k."
            )
        if not 0 <= factor < math.inf:
            raise ValueError(f"schedule({k}) is {factor:g}: return 0 or above, and finite.")
    return np.array(factors, dtype=float)


def deal(gradient, batches, batch, some):
    """Return a function of the points (d, *runs) that looks at other rows at each call.

    Parameters
    ----------
    gradient : callable
        A model's, from points and rows.
    batches : Minibatches
    batch : tuple of int
        The shape of all runs, against which the seeds broadcast.
    some : slice
        Which of them, counted flat, are walked now; () is a single run.
    """
    if batches.size == batches.n:  # all rows: their order makes no difference
        return gradient
    dealt = iter(batches)
    if not batches.batch:
        return lambda w: gradient(w, next(dealt))
    seeds = np.arange(math.prod(batches.batch)).reshape(batches.batch)
    seeds = np.broadcast_to(seeds, batch).ravel()[some]
    return lambda w: gradient(w, (rows := next(dealt)).reshape(len(rows), -1).take(seeds, axis=1))


def _whole(argument, number, usual):
    try:
        if isinstance(number, bool):
            raise TypeError
        return operator.index(number)
    except TypeError:
        raise TypeError(
            f"{argument} must be a whole number, {usual}, not {number!r:.60}."
        ) from None


def _above(argument, number):
    if isinstance(number, bool) or not isinstance(number, Real):
        raise TypeError(f"{argument} must be a number above 0, not {number!r:.60}.")
    if not 0 < number < math.inf:
        raise ValueError(f"{argument} must be a finite number above 0, not {number!r}.")
    return float(number)


def _tuples(seeds):
    return tuple(map(_tuples, seeds)) if isinstance(seeds, list) else seeds
