"""Everything that decides a run, in one frozen object; and the learning rates worth a slider."""

import math
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Any

import numpy as np

from . import theory
from .batches import minibatches
from .descent import descend, side_by_side
from .rules import AdaGrad, Adam, GradientDescent, OwnRule, RMSProp
from .surfaces import Surface

PLANE = 1.164  # how much wider than high a plane is drawn
RATES = 121  # positions of a learning-rate slider
PACED = AdaGrad, Adam, RMSProp  # their rate is about the length of a step, whatever the slope


@dataclass(frozen=True)
class Setting:
    """What is descended, from where and how.

    Attributes
    ----------
    surface : Surface
    start : float or sequence of float
    learning_rate : float
    steps : int
    rule : rule or callable
    stop : Stop or None
    window : tuple of (low, high), or None
        The part of the surface that is shown; None for its whole domain.
    cloud : numpy.ndarray of shape (d, n), or None
        Offsets from the start: n runs at once instead of one.
    batch_size : int or None
        How many rows of a model's data each step looks at; None for all. The runs of a cloud
        shuffle the data each in a way of their own.
    schedule : callable or None
        How the learning rate changes with the steps.
    scaling : Standardized or None
        For a model whose inputs are standardized: the way back to the raw ones.
    even : bool
        Whether both parameters of a plane are drawn to one scale: round is round.
    room : tuple of (low, high), or None
        Limits of the axes that show data; None for those that fit the data.
    held : (number, row), or None
        Which row of the data is dragged, and by which drag.
    """

    surface: Surface
    start: Any
    learning_rate: float
    steps: int = 40
    rule: Any = field(default_factory=GradientDescent)
    stop: Any = None
    window: tuple | None = None
    cloud: np.ndarray | None = field(default=None, compare=False)
    batch_size: int | None = None
    schedule: Any = None
    scaling: Any = None
    even: bool = False
    room: tuple | None = field(default=None, compare=False)
    held: tuple | None = field(default=None, compare=False)

    @property
    def shown(self):
        """The part of the surface that is shown: (low, high) per coordinate."""
        if self.window or not self.even:
            return self.window or self.surface.domain
        (left, right), (low, high) = self.surface.domain
        half = max((right - left) / 2, (high - low) / 2 * PLANE)
        across, up = (left + right) / 2, (low + high) / 2
        return (across - half, across + half), (up - half / PLANE, up + half / PLANE)

    def descend(self, rates=None):
        """Return the run (or cloud of runs), or one for each of the given learning rates.

        A student's own rule is run for one rate at a time: it may think of one run only.
        """
        if rates is not None and isinstance(self.rule, OwnRule):
            return side_by_side([replace(self, learning_rate=float(r)).descend() for r in rates])
        start, rate = self.start, self.learning_rate if rates is None else rates
        if self.cloud is not None:
            start = np.reshape(start, (-1, 1)) + self.cloud
            if rates is not None:
                start, rate = start[:, np.newaxis], np.asarray(rates)[:, np.newaxis]
        return descend(
            self.surface,
            start,
            rate,
            rule=self.rule,
            steps=self.steps,
            stop=self.stop,
            batches=self._batches(),
            schedule=self.schedule,
        )

    def _batches(self):
        if self.batch_size is None:
            return None
        seed = 0 if self.cloud is None else range(self.cloud.shape[1])
        return minibatches(self.surface.n, self.batch_size, seed=seed)


def rate_range(setting, count=RATES):
    """Return the learning rates of a slider, and what is known of them.

    Where theory gives one stable limit for the whole surface the slider spans it. Rules that pace
    themselves take steps about as long as their rate, so theirs spans lengths from a
    ten-thousandth of the domain to half of it. Elsewhere it spans two decades to either side.

    Parameters
    ----------
    setting : Setting
        Its own learning rate is always among them.
    count : int

    Returns
    -------
    rates : numpy.ndarray, shape (count,)
        Rising, evenly spaced in the logarithm, but for the rate and the marks, which are exact.
    marks : list of (name, rate)
    zones : list of (first position, last position, regime)
    """
    surface, rate, rule = setting.surface, setting.learning_rate, setting.rule
    if isinstance(rule, PACED):
        size = math.hypot(*np.ptp(surface.domain, axis=1)) if surface.domain else 10.0
        return rate_grid(size / 1e4, size / 2, [rate], count), [], []
    known = theory.limits(surface, rule)
    if known is None:
        return rate_grid(rate / 100, rate * 100, [rate], count), [], []
    limit, best = known
    marks = [("best", best), ("limit", limit)] if best else [("limit", limit)]
    rates = rate_grid(limit / 200, 2 * limit, {rate, *(mark for _, mark in marks)}, count)
    point = (surface.minima or [surface.start])[0]
    return rates, marks, zones_of(theory.regime(rates, surface, point, rule))


def zones_of(words):
    """Return (first, last, word) for every stretch of equal words along a slider."""
    zones, first = [], 0
    for word, same in groupby(map(str, words)):
        last = first + len(list(same)) - 1
        zones.append((max(first - 0.5, 0), min(last + 0.5, len(words) - 1), word))
        first = last + 1
    return zones


def rate_grid(low, high, exact, count=RATES):
    """Return learning rates from low to high, evenly in the logarithm, sorted.

    The position nearest to each of the `exact` rates holds that rate itself; an exact rate
    beyond the ends widens the range.

    >>> grid = rate_grid(0.01, 1, [0.3, 2.5])
    >>> len(grid), 0.3 in grid, float(grid[-1])
    (121, True, 2.5)
    """
    low, high = min([low, *exact]), max([high, *exact])
    grid = np.geomspace(low, high, count)
    free = np.ones(count, bool)
    for rate in exact:
        nearest = np.argmin(np.where(free, np.abs(np.log(grid / rate)), np.inf))
        grid[nearest], free[nearest] = rate, False
    return np.sort(grid)
