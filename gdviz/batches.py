"""Look at a few rows of data at a time, and let the learning rate change along the way."""

import math
import operator
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count

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
    [4 3]
    [0 1]
    [2]
    [0 1]
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

    Made by `constant`, `step_decay`, `inverse_time` or `cosine`; a function of k will do as well.

    Attributes
    ----------
    name : str
    factor : callable
        From k, a number or an array, to what the learning rate is multiplied by.
    """

    name: str
    factor: Callable = field(repr=False, compare=False)

    def __call__(self, k):
        return self.factor(np.asarray(k, dtype=float))[()]
