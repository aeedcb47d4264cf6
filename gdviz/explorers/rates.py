"""The learning rates worth a slider, and what is known of them."""

import math
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from numbers import Real

import numpy as np

from ..checks import number
from ..descent import curvature
from ..descent.rules import AdaGrad, Adam, OwnRule, RMSProp
from ..descent.run import descend
from ..losses.numeric import grid
from ..pictures.style import ZONE_COLOURS

RATES = 121  # positions of a learning-rate slider
CLOUD_RATES = 41  # fewer positions where each holds many runs
PACED = AdaGrad, Adam, RMSProp  # their rate is about the length of a step, whatever the slope


@dataclass(frozen=True, eq=False)
class Rates:
    """The learning rates of a slider, with its ruler."""

    values: np.ndarray  # (count,), rising
    marks: list | tuple = ()  # of (name, rate)
    zones: list | tuple = ()  # of (first position, last position, word)

    def index(self, rate):
        """Return the position nearest to a rate (int)."""
        return int(np.argmin(abs(np.log(self.values / rate))))

    def nearest(self, rate):
        """Return the rate of the slider that is nearest to another (float)."""
        return float(self.values[self.index(rate)])

    def __contains__(self, rate):
        return isinstance(rate, Real) and rate in self.values

    @cached_property
    def labels(self):
        """The slider's positions, each with its label."""
        return [(f"{rate:.4g}", i) for i, rate in enumerate(self.values)]

    @cached_property
    def ruler(self):
        """The traits of the ruler (dict)."""
        near = len({f"{mark:.3g}" for _, mark in self.marks}) < len(self.marks)
        digits = 5 if near else 3  # so that two marks never read alike
        return {
            "count": len(self.values),
            "zones": [[*zone, ZONE_COLOURS[zone[-1]]] for zone in self.zones],
            "marks": [[self.index(mark), f"{name} {mark:.{digits}g}"] for name, mark in self.marks],
        }


def slidable(rate):
    """Return a learning rate around which there can be others."""
    wanted = "one number from 1e-100 to 1e100"
    return number("learning_rate", rate, wanted, lambda n: 1e-100 <= n <= 1e100)


def rates_around(surface, rule, rate, count=RATES, only=""):
    """Return the rates of a slider that holds a rate exactly.

    Where theory gives one stable limit for the whole surface, or near all its minima, the slider
    spans it; what the ruler says of a rate without naming a place holds everywhere. Rules that pace
    themselves take steps about as long as their rate, so theirs spans lengths from a
    ten-thousandth of the domain to half of it. Elsewhere it ends where most runs fly away, or spans
    two decades to either side.

    Theory is about steps that look at all rows of the data, at a rate that stays: if these do not,
    `only` says when its limit would hold, and there is no zone, nor a best rate.
    """
    if isinstance(rule, PACED):
        size = math.hypot(*np.ptp(surface.domain, axis=1)) if surface.domain else 10.0
        return Rates(rate_grid(size / 1e4, size / 2, [rate], count))
    known = curvature.limits(surface, rule)
    if known is None:
        highest = _highest_that_holds(surface, rule)
        if highest is None:
            return Rates(rate_grid(rate / 100, rate * 100, [rate], count))
        low, high = min(highest / 100, rate / 20), max(1.5 * highest, 2 * rate)
        return Rates(rate_grid(low, high, [rate], count))
    limit, best = known
    quadratic = getattr(surface, "is_quadratic", False)
    place = "" if quadratic else " near the minimum"
    marks = [(f"limit{place} {only}".rstrip(), limit)]
    if best and quadratic and not only:
        marks = [("best", best), *marks]
    values = rate_grid(limit / 200, 2 * limit, {rate, *(mark for _, mark in marks)}, count)
    if only or not quadratic:  # what is smooth there may leap over all of it from elsewhere
        return Rates(values, marks)
    point = (surface.minima or [surface.start])[0]
    return Rates(values, marks, zones_of(curvature.regime(values, surface, point, rule)))


def _highest_that_holds(surface, rule):
    """Return about the highest rate at which a quarter of runs from all over a surface stay near.

    None if that is not found among rates around the surface's own, or not without much work.
    """
    if isinstance(rule, OwnRule) or not getattr(surface, "formula", None):
        return None
    rates = surface.learning_rate * np.geomspace(1e-2, 1e2, 33)
    starts = grid(surface.domain, 4).reshape(surface.dimension, -1, 1)  # an even number: no centre
    away = descend(surface, starts, rates, rule=rule, steps=30).outcome == "diverged"
    holds = np.flatnonzero(away.mean(axis=0) <= 0.75)
    return rates[holds[-1]] if len(holds) and holds[-1] + 1 < len(rates) else None


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
