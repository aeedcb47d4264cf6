"""Look at a few rows of data at a time: which ones, and when."""

import math
from dataclasses import dataclass

import numpy as np

from ..checks import check_room, expect, seeds_of, short, whole


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
        rngs = [np.random.default_rng(each) for each in np.ravel(self.seed).tolist()]
        order = np.empty((len(rngs), self.n), dtype=np.min_scalar_type(self.n))
        while True:
            _shuffle(order, rngs)
            for k in range(0, self.n, self.size):
                rows = order[:, k : k + self.size].T
                yield rows.astype(np.intp, order="C").reshape((len(rows), *self.batch))


def _shuffle(order, rngs):
    """Fill each row of `order` (seeds, n) with the numbers below n in random order.

    Random keys are sorted that carry the numbers in their last bits: faster than a permutation.
    """
    n = order.shape[1]
    numbers, last = np.arange(n, dtype=np.uint64), np.uint64(2 ** (n - 1).bit_length() - 1)
    for row, rng in zip(order, rngs, strict=True):
        keys = rng.integers(2**64, size=n, dtype=np.uint64)
        keys &= ~last
        keys |= numbers
        keys.sort()
        keys &= last
        row[:] = keys


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
    [3 2]
    [1 0]
    [4]
    [3 1]
    >>> next(iter(minibatches(5, 2, seed=range(100)))).shape
    (2, 100)
    """
    n = whole("n", n, ", the number of rows, model.n", least=1)
    size = whole("size", size, ", such as 32", least=1, most=n)
    seeds = seeds_of("seed", seed)
    need, what = 8 * n * seeds.size, f"n is {short(n)}: shuffling so many rows for each seed"
    check_room(need, what, "take fewer rows or seeds")
    return Minibatches(n, size, _tuples(seeds.tolist()))


def check_batches(batches, model):
    """Return `batches` if they were made for a model with so many rows."""
    if batches is None:
        return None
    wanted = "made with minibatches(model.n, 32) or so"
    expect(isinstance(batches, Minibatches), "batches", wanted, batches)
    n = getattr(model, "n", None)
    if n is None:
        raise TypeError("batches need a model made from data: a surface has no rows to look at.")
    if n != batches.n:
        raise ValueError(
            f"batches deal out {batches.n} rows, but the model has {n}: use minibatches({n}, ...)."
        )
    return batches


def deal(gradient, batches, batch, some):
    """Return a function of the points (d, *runs) that looks at other rows at each call.

    `gradient` is a model's, from points and rows; `batch` the shape of all runs, against which the
    seeds broadcast; `some` the slice of them, counted flat, that are walked now.
    """
    if batches.size == batches.n:  # all rows: their order makes no difference
        return gradient
    dealt = iter(batches)
    if not batches.batch:
        return lambda w: gradient(w, next(dealt))
    seeds = np.arange(math.prod(batches.batch)).reshape(batches.batch)
    runs = np.broadcast_to(seeds, batch).ravel()[some]  # the seed of each
    own = np.array_equal(runs, seeds.ravel())

    def look(w):
        rows = next(dealt)
        rows = rows.reshape(len(rows), -1)
        return gradient(w, rows if own else rows.take(runs, axis=1))

    return look


def _tuples(seeds):
    return tuple(map(_tuples, seeds)) if isinstance(seeds, list) else seeds
