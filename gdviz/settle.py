"""Where a million runs end, when and how, without keeping their paths: what a map is made of.

Runs walk side by side in blocks that fit the processor's cache, a stretch of steps at a time.
After each stretch those that ended leave their block, and blocks that became small are joined, so
the time goes to runs that are still on their way.
"""

import math
import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import chain, pairwise

import numpy as np

from gdviz.checks import Stop, check_room, check_runs, check_steps, check_stop, check_surface
from gdviz.descent import advance, note, raw, slopes_of
from gdviz.outcome import OUTCOMES, TAIL, classify, motion
from gdviz.rules import AdaGrad, Adam, GradientDescent, Momentum, Nesterov, OwnRule, RMSProp
from gdviz.rules import as_rule, begin

WIDTH = 2**12  # runs side by side in a block
STRETCH = 8  # steps between two looks at who has ended
OURS = (AdaGrad, Adam, GradientDescent, Momentum, Nesterov, RMSProp)  # safe in threads


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
        What happened, as indices into `gdviz.outcome.OUTCOMES`.
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
        return f"Settled({self.codes.size} runs: {found})"

    @cached_property
    def outcome(self):
        """What happened, in words: a str, or (*batch) array of str."""
        words = np.array(OUTCOMES)[self.codes]
        return words if self.codes.ndim else str(words)


def settle(surface, starts, learning_rate, rule=None, steps=500, stop=None, progress=None):
    """Find out where each of up to millions of runs ends, when and how.

    They are the runs that `descend` would make, without their paths.

    Parameters
    ----------
    surface : Surface or model
    starts : (d, *batch) array_like
        Coordinates come first: a meshgrid ``np.array([x, y])`` is a batch of starts.
    learning_rate : float or array_like
        Positive. An array broadcasts against the batch: one rate per run.
    rule : rule or callable, optional
        `GradientDescent()` by default, or a function (theta, gradient, learning_rate) -> new
        theta. It is called once per step with all runs still on their way: fewer and fewer.
    steps : int
        How many updates at most.
    stop : Stop, optional
        When to stop earlier; by default ``Stop(gradient_norm=1e-6)``.
    progress : callable, optional
        Called about a hundred times as ``progress(done, total)``, in updates that are made or no
        longer needed. An exception it raises ends the work.

    Returns
    -------
    Settled

    Raises
    ------
    TypeError, ValueError
        As `descend` does.

    Examples
    --------
    >>> from gdviz.surfaces import surfaces
    >>> ends = settle(surfaces.double_well, [[-1.9, 0.5, 3.0]], 0.1)
    >>> ends.end.round(3)
    array([[-1.,  2.,  2.]])
    >>> ends
    Settled(3 runs: 3 stopped: gradient norm)
    """
    surface, rule = check_surface(surface), as_rule(GradientDescent() if rule is None else rule)
    steps, stop = check_steps(steps), check_stop(Stop(gradient_norm=1e-6) if stop is None else stop)
    if progress is not None and not callable(progress):
        raise TypeError(f"progress must be a function (done, total), not {progress!r:.60}.")
    starts, rate = check_runs(surface, starts, learning_rate)
    (d, *batch), n = starts.shape, math.prod(starts.shape[1:])
    check_room(8 * n * d * (5 + 2 * rule.memories), n)
    rates = np.array(np.broadcast_to(rate, batch)) if batch else float(rate)
    work = _Work(surface, rule, stop, steps, starts.reshape(d, n), progress)
    work.run(rates.ravel() if np.ndim(rate) else rate)
    for array in (work.end, work.taken, work.codes, rates):
        np.asarray(array).flags.writeable = False
    return Settled(
        end=work.end.reshape(d, *batch),
        steps_taken=work.taken.reshape(batch),
        codes=work.codes.reshape(batch),
        surface=surface,
        learning_rate=rates,
    )


@dataclass(frozen=True, eq=False)
class _Block:
    """Runs side by side: which, where, with what gradient, memories and learning rates."""

    runs: np.ndarray  # (n,)
    theta: np.ndarray  # (d, n), as slope and each memory
    slope: np.ndarray
    memory: list
    rate: float | np.ndarray  # or (n,)

    def part(self, some):
        rate = self.rate[some] if np.ndim(self.rate) else self.rate
        return _Block(
            self.runs[some],
            self.theta[:, some],
            self.slope[:, some],
            [m[:, some] for m in self.memory],
            rate,
        )

    @staticmethod
    def join(blocks):
        """Return one block of all the runs of several."""
        first = blocks[0]
        if len(blocks) == 1:
            return first
        parts = zip(*([each.runs, each.theta, each.slope, *each.memory] for each in blocks))
        runs, theta, slope, *memory = (np.concatenate(part, axis=-1) for part in parts)
        many = np.ndim(first.rate)
        rate = np.concatenate([each.rate for each in blocks]) if many else first.rate
        return _Block(runs, theta, slope, memory, rate)


class _Work:
    """What is to be found out about n runs, and what has been found so far."""

    def __init__(self, surface, rule, stop, steps, starts, progress):
        self.surface, self.rule, self.stop, self.steps = surface, rule, stop, steps
        self.starts, self.progress = starts, progress
        self.gradient, self.value = slopes_of(surface), raw(surface, "value")
        d, n = starts.shape
        self.end, self.taken, self.codes = (
            starts.copy(),
            np.empty(n, np.int32),
            np.empty(n, np.int8),
        )
        rows = min(STRETCH + TAIL, steps)
        self.width = n if isinstance(rule, OwnRule) else WIDTH
        self.room = np.empty((rows + 1) * d * min(n, self.width))
        self.room2 = np.empty(rows * min(n, self.width))
        self.done, self.told, self.total = 0, 0, n * steps
        self.width = n if isinstance(rule, OwnRule) else WIDTH
        safe = type(rule) in OURS and getattr(surface, "formula", None) is not None
        self.threads = min(os.cpu_count() or 1, 2) if safe and n > WIDTH and 0 else 1

    def run(self, rate):
        """Take all runs to their end; rate is a number or (n,)."""
        blocks = [self.begin(k, rate) for k in range(0, len(self.taken), self.width)]
        with ThreadPoolExecutor(self.threads) if self.threads > 1 else nullcontext() as pool:
            for done, until in pairwise(
                chain(range(0, max(self.steps - TAIL, 1), STRETCH), [self.steps])
            ):
                walk = partial(self.walk, done, until)
                left = []
                for block, spared in map(walk, blocks) if pool is None else pool.map(walk, blocks):
                    left += [block] if block.runs.size else []
                    self.tell(spared)
                blocks = self.joined(left)
                if not blocks:
                    break

    def begin(self, k, rate):
        some = slice(k, k + self.width)
        theta = self.starts[:, some].copy()
        with np.errstate(all="ignore"):
            slope = self.gradient(theta)
        return _Block(
            np.arange(k, k + theta.shape[1]),
            theta,
            slope,
            begin(self.rule, theta.shape),
            rate[some] if np.ndim(rate) else rate,
        )

    def walk(self, done, until, block):
        d, n = block.theta.shape
        rows = until - done
        path = self.room[: (rows + 1) * d * n].reshape(rows + 1, d, n)
        slopes = None
        if self.stop.gradient_norm is not None:
            slopes = self.room2[: rows * n].reshape(rows, n)
        path[0] = block.theta
        taken, ending = np.full(n, until, np.int32), np.zeros(n, np.int8)
        with np.errstate(all="ignore"):
            slope = advance(
                self.gradient, self.rule, block.rate, block.memory, block.slope, path, done, slopes
            )
            note(self.surface, self.stop, path, slopes, done, taken, ending)
            over = np.arange(n) if until == self.steps else np.flatnonzero(ending)
            self.finish(block, path, taken[over], ending[over], over, done, until)
        if until == self.steps:
            on = over[:0]
        elif not over.size:
            return _Block(block.runs, path[-1].copy(), slope, block.memory, block.rate), n * (
                until - done
            )
        else:
            on = np.flatnonzero(ending == 0)
        spared = on.size * (until - done) + over.size * (self.steps - done)
        memory = [each.take(on, axis=1) for each in block.memory]
        rate = block.rate[on] if np.ndim(block.rate) else block.rate
        return _Block(block.runs[on], path[-1].take(on, axis=1), slope.take(on, axis=1), memory, rate), spared

    def finish(self, block, path, taken, ending, over, done, until):
        if not over.size:
            return
        runs = block.runs[over]
        end = path[taken - done, :, over].T
        self.end[:, runs] = end
        self.taken[runs] = taken
        codes = ending
        if until == self.steps or (ending == 5).any():
            codes = classify(
                self.surface, ending, self.starts[:, runs], end, motion(path[-TAIL - 1 :, :, over])
            )
        self.codes[runs] = codes

    def joined(self, blocks):
        if not blocks:
            return []
        whole = _Block.join(blocks)
        return [whole.part(slice(k, k + self.width)) for k in range(0, whole.runs.size, self.width)]

    def tell(self, more, last=False):
        self.done += more
        if self.progress and (self.done - self.told) * 100 >= self.total:
            self.told = self.done
            self.progress(self.done, self.total)
