"""Which minimum each start of a window reaches, as a picture to lie under a run."""

from functools import lru_cache

import numpy as np
from matplotlib.colors import to_rgb

from .outcome import CODES
from .settle import settle
from .theory import curvatures

PIXELS = 200
STEPS = 300
COLOURS = "#56b4e9", "#e69f00", "#009e73", "#cc79a7", "#f0e442", "#0072b2", "#b8862b", "#8fbf8f"
FLOWN, UNSETTLED = "#4a4a4a", "#e9e9e9"
ENDED = CODES["reached a minimum"], CODES["stopped: gradient norm"]
MOST = 200  # minima told apart; colours repeat


def basin_picture(setting, pixels=PIXELS):
    """Colour every start of the shown window by the minimum it reaches.

    Parameters
    ----------
    setting : Setting
        Its surface, window, learning rate and rule; its start plays no part.
    pixels : int
        Starts along each side.

    Returns
    -------
    numpy.ndarray of uint8, shape (pixels, pixels, 4)
        One colour per minimum, paler the more steps it takes; dark where runs fly away, pale grey
        where they settle nowhere within 300 steps, transparent where the surface is undefined. The
        first row is the top one.
    """
    middles = (np.arange(pixels) + 0.5) / pixels
    x, y = (low + (high - low) * middles for low, high in setting.shown)
    starts = np.stack(np.meshgrid(x, y[::-1]))
    found = settle(
        setting.surface,
        starts,
        setting.learning_rate,
        rule=setting.rule,
        steps=STEPS,
    )
    number = _which_minimum(setting.surface, found)
    palette = np.array([to_rgb(c) for c in (*COLOURS, UNSETTLED, FLOWN)])
    flown = np.isin(found.codes, [CODES["diverged"], CODES["left the domain"]])
    colour = palette[np.where(flown, -1, np.where(number < 0, -2, number % len(COLOURS)))]
    pale = np.clip(np.log1p(found.steps_taken) / np.log(STEPS), 0.1, 1) * 0.75
    pale = np.where(flown | (number < 0), 0, pale)[..., np.newaxis]
    rgb = colour * (1 - pale) + pale
    opacity = np.where(np.isnan(setting.surface.value(starts)), 0, 255)
    return np.dstack([np.round(255 * rgb), opacity]).astype(np.uint8)


def _which_minimum(surface, found):
    """Return the number of the minimum at which each run ended, -1 where it ended at none.

    Minima are told apart by where they lie, to a fiftieth of the domain. Those that only this rate
    finds are numbered after the known ones.
    """
    size = np.ptp(surface.domain, axis=1)[:, np.newaxis] / 50
    number = np.full(found.codes.size, -1)
    left = np.flatnonzero(np.isin(found.codes, ENDED))
    minima, end = _minima(surface), found.end.reshape(len(size), -1)
    for k in range(MOST):
        if k == len(minima):
            left = left[_is_bottom(surface, end[:, left])]
        if not left.size:
            break
        at = end[:, left[0]] if k >= len(minima) else minima[k]
        there = (np.abs(end[:, left] - at[:, np.newaxis]) < size).all(axis=0)
        number[left[there]], left = k, left[~there]
    return number.reshape(found.codes.shape)


@lru_cache(maxsize=4)
def _minima(surface):
    """Return the known minima, then those that a careful rate finds: each keeps its colour.

    Parameters
    ----------
    surface : Surface

    Returns
    -------
    list of (d,) arrays
    """
    sides = [np.linspace(low, high, 24) for low, high in surface.domain]
    found = settle(surface, np.stack(np.meshgrid(*sides)), surface.learning_rate)
    ends = found.end[:, np.isin(found.codes, ENDED)]
    ends = ends[:, _is_bottom(surface, ends)]
    minima = [np.array(at) for at in surface.minima]
    size = np.ptp(surface.domain, axis=1) / 50
    for end in ends.T:
        if not any((np.abs(end - at) < size).all() for at in minima) and len(minima) < MOST:
            minima.append(end)
    return minima


def _is_bottom(surface, ends):
    """Whether the surface curves down in no direction: runs also end on ridges and on plateaus.

    Along the floor of a ring or a trough it is level, but for rounding.
    """
    smallest, largest = curvatures(surface, ends)
    return (largest > 0) & (smallest >= -1e-3 * largest)
