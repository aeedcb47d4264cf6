"""Where a million runs end, when and how, without keeping their paths: what a map is made of.

Runs walk side by side in blocks that fit the processor's cache, a stretch of steps at a time.
After each stretch the runs that have ended leave, and the others are dealt into full blocks again,
so the time goes to runs that are still on their way.
"""

import math
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from ..checks import check_callable, check_room, check_runs, check_steps, knows_its_keywords, short
from ..losses.gallery import as_surface
from .outcome import LEFT, OUTCOMES, TAIL, classify, named
from .rules import GradientDescent, OwnRule, as_rule, begin
from .run import frozen, note, slopes_of
from .steps import walker
from .stop import Stop, check_stop

WIDTH = 15 * 2**10  # runs side by side in a block; wider, and memory is fetched anew at every step
PIECE = 2**11  # runs judged at a time: what that takes is small enough to be used again
STRETCH = 16  # steps between two looks at who has ended


@dataclass(frozen=True, eq=False, repr=False)
class Settled:
    """Where each of many runs ended, when and how. All arrays are read-only.

    Attributes
    ----------
    end : (d, *batch) array of float64
        The last point: where the run stopped, or the last finite point before it left all bounds.
    steps_taken : (*batch) array of int32
        How many updates led to `end`.
    codes : (*batch) array of int8
        What happened, as indices into `outcome.OUTCOMES`.
    surface : Surface or model
    learning_rate : float or (*batch) array
    """

    end: np.ndarray
    steps_taken: np.ndarray
    codes: np.ndarray
    surface: object
    learning_rate: float | np.ndarray

    def __repr__(self):
        counts = np.bincount(self.codes.ravel(), minlength=len(OUTCOMES))
        found = ", ".join(f"{n} {word}" for n, word in zip(counts, OUTCOMES, strict=True) if n)
        return f"Settled({self.codes.size} run{'s' * (self.codes.size > 1)}: {found})"

    @cached_property
    def outcome(self):
        """What happened, in words: a str, or (*batch) array of str."""
        return named(self.codes)


@knows_its_keywords
def settle(surface, starts, learning_rate, rule=None, steps=500, stop=None, progress=None):
    """Find out where each of up to millions of runs ends, when and how.

    They are the runs that `descend` would make, without their paths.

    Parameters
    ----------
    surface : Surface or model
    starts : (d, *batch) array_like
        Coordinates come first: ``np.array(np.meshgrid(x, y))`` is a batch of starts.
    learning_rate : float or array_like
        Positive. An array broadcasts against the batch: one rate per run.
    rule : rule or callable, optional
        `GradientDescent()` by default, or a function (theta, gradient, learning_rate) -> new
        theta. It is called once per step, with all runs still on their way: fewer and fewer.
    steps : int
        How many updates at most.
    stop : Stop, optional
        When to stop earlier; by default ``Stop(gradient_norm=1e-6)``.
    progress : callable, optional
        Called up to about a hundred times as ``progress(done, total)``, in updates that were made
        or are no longer needed. If it raises an exception, the work ends there.

    Returns
    -------
    Settled

    Raises
    ------
    TypeError, ValueError
        As `descend` does.

    Examples
    --------
    >>> from gdviz.losses.gallery import surfaces
    >>> ends = settle(surfaces.double_well, [[-1.9, 0.5, 3.0]], 0.1)
    >>> ends.end.round(3)
    array([[-1.,  2.,  2.]])
    >>> ends
    Settled(3 runs: 3 stopped: gradient norm)
    """
    surface, rule = as_surface(surface), as_rule(GradientDescent() if rule is None else rule)
    steps, stop = check_steps(steps), check_stop(Stop(gradient_norm=1e-6) if stop is None else stop)
    if steps >= 2**31:
        raise ValueError(f"steps must be below 2**31, not {short(steps)}: 32 bits count them.")
    if progress is not None:
        # what a student sets there with np.seterr is over with each call
        progress = np.errstate()(check_callable("progress", progress, "a function (done, total)"))
    starts, rate = check_runs(surface, starts, learning_rate)
    (d, *batch), n = starts.shape, math.prod(starts.shape[1:])
    width, rows = n if isinstance(rule, OwnRule) else min(n, WIDTH), min(steps, max(STRETCH, TAIL))
    what = f"starts and learning_rate make {n} runs, which"
    need = 8 * d * (n * (6 + 2 * rule.memories) + width * (rows + 1))
    check_room(need, what, "take fewer, or settle some after others")
    rates = np.array(np.broadcast_to(rate, batch)) if batch else rate
    work = _Work(surface, rule, stop, steps, starts.reshape(d, n), width, rows)
    work.run(rates.ravel() if np.ndim(rate) else rate, progress or (lambda done, total: None))
    return Settled(
        end=frozen(work.end.reshape(d, *batch)),
        steps_taken=frozen(work.taken.reshape(batch)),
        codes=frozen(work.codes.reshape(batch)),
        surface=surface,
        learning_rate=frozen(rates) if batch else rate,
    )


def _dealt(blocks, width):
    """Return the same runs, with neighbours joined where they fit into one block."""
    piles = [[]]
    for block in blocks:
        if sum(len(which) for which, *_ in piles[-1]) + len(block[0]) > width:
            piles.append([])
        piles[-1].append(block)
    return [
        [np.concatenate(each, axis=-1) for each in zip(*pile, strict=True)] if pile[1:] else pile[0]
        for pile in piles
        if pile
    ]


class _Work:
    """What is to be found out about n runs, and what has been found out so far.

    Runs go side by side in blocks, lists of arrays with the runs last: which they are, the points,
    the gradients there, what the rule remembers, and the rates unless one is for all.
    """

    def __init__(self, surface, rule, stop, steps, starts, width, rows):
        self.surface, self.rule, self.stop, self.steps = surface, rule, stop, steps
        self.starts, self.width, self.gradient = starts, width, slopes_of(surface)
        self.advance = walker(surface, rule, self.gradient, self.gradient)
        d, n = starts.shape
        self.points, self.slopes = np.empty((rows + 1) * d * width), np.empty(rows * width)
        self.end, self.taken, self.codes = np.empty((d, n)), np.empty(n, "i4"), np.empty(n, "i1")

    def run(self, rate, progress):
        """Take all runs to their ends; rate is a number or (n,)."""
        n, done, told = len(self.taken), 0, 0
        blocks = [self.begin(slice(k, k + self.width), rate) for k in range(0, n, self.width)]
        # The last stretch is long enough to judge how a run moved in the end
        looks = {0, *range(self.steps - TAIL, 0, -STRETCH), self.steps}
        for first, last in pairwise(sorted(looks)):
            going = []
            for block in blocks:
                on = self.walk(block, first, last, rate)
                still = len(on[0])
                going += [on] if still else []
                done += still * (last - first) + (len(block[0]) - still) * (self.steps - first)
                if (done - told) * 100 >= n * self.steps or done == n * self.steps:
                    told = done
                    progress(done, n * self.steps)
            if not going:
                return
            blocks = _dealt(going, self.width)

    def begin(self, some, rate):
        """Return some of the runs before their first step."""
        theta = self.starts[:, some]
        which = np.arange(some.start, some.start + theta.shape[1])
        with np.errstate(all="ignore"):
            slope = self.gradient(theta)
        rates = [rate[some]] if np.ndim(rate) else []
        return [which, theta, slope, *begin(self.rule, theta.shape), *rates]

    def walk(self, block, first, last, rate):
        """Take a block from step `first` to step `last`; return the runs that go on."""
        which, theta, slope, *memory = block
        rates = [memory.pop()] if np.ndim(rate) else []
        (d, n), rows = theta.shape, last - first
        points = self.points[: (rows + 1) * d * n].reshape(rows + 1, d, n)
        slopes = self.slopes[: rows * n].reshape(rows, n)
        points[0] = theta
        taken, ending = np.full(n, last, "i4"), np.zeros(n, np.int8)
        with np.errstate(all="ignore"):
            squares = None if self.stop.gradient_norm is None else slopes
            each = rates[0] if rates else rate
            slope = self.advance(points, slope, memory, each, first, squares)
            note(self.surface, self.stop, points, slopes, first, taken, ending)
            over = np.arange(n) if last == self.steps else np.flatnonzero(ending)
            for k in range(0, over.size, PIECE):
                some = over[k : k + PIECE]
                self.keep(which[some], points, some, taken[some], ending[some], first)
        if not over.size:
            return [which, points[-1].copy(), slope, *memory, *rates]
        on = np.flatnonzero(ending == 0)[: 0 if last == self.steps else n]
        return [each.take(on, axis=-1) for each in (which, points[-1], slope, *memory, *rates)]

    def keep(self, which, points, over, taken, ending, first):
        """Write down how runs ended: `over` are their places in a block."""
        end = points[taken - first, :, over].T
        for coordinate, values in zip(self.end, end, strict=True):  # many times faster than at once
            coordinate[which] = values
        self.taken[which] = taken
        if (ending % LEFT).all():  # by criteria, which need no judgement
            self.codes[which] = ending
        else:
            tail = points[-TAIL - 1 :].take(over, axis=-1)
            starts, rolling = self.starts[:, which], self.rule.memories > 0
            self.codes[which] = classify(self.surface, ending, starts, end, tail, rolling)
