"""How a run walked, in one word: seen from its path alone, whatever curvature promises."""

import numpy as np
from numpy.linalg import norm

from .curvature import CRAWL

DUST = 1e-9  # as a share of a run's longest step: no step to speak of


def gaits(path, taken, minima):
    """Name how each of n runs walked: (n,) array of str, "" for one that took no steps.

    A step *overshoots* if the next one turns back, or if it passes a known minimum: if that lies in
    the ball across the step. A run *overshoots* if a step of its later half does, *overshot* if
    only earlier ones do; it is *calm* if none does. It *crawls* if its last step is about as long
    as the one before and neither overshoots; it *grows* if its steps do, and the last is longest.
    `path` is (steps + 1, d, n), `taken` (n,) counts steps, `minima` are (d, m).
    """
    k, runs = np.arange(len(path) - 1)[:, np.newaxis], np.arange(path.shape[2])
    with np.errstate(all="ignore"):
        updates = np.diff(path, axis=0)
        length = np.where(k < taken, norm(updates, axis=1), 0)
        length[np.isnan(length)] = 0
        longest = length.max(axis=0, initial=0)
        seen = length > DUST * longest
        over = np.zeros(length.shape, bool)
        over[:-1] = ((updates[1:] * updates[:-1]).sum(axis=1) < 0) & seen[1:]
        for at in minima.T:
            away = path - at[:, np.newaxis]
            near = norm(away, axis=1) <= DUST * longest
            passed = (away[1:] * away[:-1]).sum(axis=1) < 0
            over |= passed & ~near[1:] & ~near[:-1]
        over &= seen
        last = np.where(seen, k, -1).max(axis=0, initial=-1)  # the last step to speak of
        before = np.maximum(last - 1, 0)
        ratio = length[last, runs] / length[before, runs]
        late = (over & (2 * k >= last)).any(axis=0)
        grows = (last > 0) & (ratio > 1 / CRAWL) & (length[last, runs] == longest)
    early = over.any(axis=0)
    crawls = (last > 0) & (ratio > CRAWL) & (ratio < 1 / CRAWL)
    names = "", "grows", "overshoots", "overshot, then crawls", "overshot", "crawls"
    cases = last < 0, grows, late, early & crawls, early, crawls
    return np.select(cases, names, "calm")


def swerves(path):
    """Return whether each of n runs (steps + 1, d, n) ever turns off by more than 60 degrees.

    Steps count that are a hundredth of the longest: enough to be seen.
    """
    with np.errstate(all="ignore"):
        updates = np.nan_to_num(np.diff(path, axis=0))
        length = norm(updates, axis=1)
        seen = length > 0.01 * length.max(axis=0, initial=0)
        on = (updates[1:] * updates[:-1]).sum(axis=1) / (length[1:] * length[:-1])
        return ((on < 0.5) & seen[1:] & seen[:-1]).any(axis=0)
