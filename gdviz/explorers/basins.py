"""Which minimum each start of a window reaches, as a picture to lie under a run."""

from functools import lru_cache

import numpy as np
from matplotlib.colors import to_rgb

from ..checks import BOUND
from ..descent.curvature import curvatures
from ..descent.outcome import CODES, NEAR
from ..descent.program import program_of
from ..descent.settle import settle
from ..descent.stop import Stop
from ..losses.numeric import grid
from ..pictures.style import BASINS, FLOWN, UNSETTLED

PIXELS = 256
STEPS = 300
TOLERANCE = 1e-6  # a gradient as short as this is none
ENDED = CODES["reached a minimum"], CODES["stopped: gradient norm"]
MOST = 200  # minima told apart; colours repeat


def basin_picture(setting, pixels=PIXELS):
    """Colour every start of the shown window: (pixels, pixels, 4) array of uint8, top row first.

    There is one colour per minimum, paler the more steps it takes; it is dark where runs fly away,
    pale grey where they settle nowhere, transparent where the surface is undefined.
    """
    middles = (np.arange(pixels) + 0.5) / pixels
    x, y = (low + (high - low) * middles for low, high in setting.shown)
    starts = np.stack(np.meshgrid(x, y[::-1]))
    stop = Stop(gradient_norm=TOLERANCE)
    found = settle(setting.surface, starts, setting.learning_rate, setting.rule, STEPS, stop)
    number = _which_minimum(setting.surface, found)
    palette = np.array([to_rgb(c) for c in (*BASINS, UNSETTLED, FLOWN)])
    flown = np.isin(found.codes, [CODES["diverged"], CODES["left the domain"]])
    colour = palette[np.where(flown, -1, np.where(number < 0, -2, number % len(BASINS)))]
    pale = np.clip(np.log1p(found.steps_taken) / np.log(STEPS), 0.1, 1) * 0.75
    pale = np.where(flown | (number < 0), 0, pale)[..., np.newaxis]
    rgb = colour * (1 - pale) + pale
    opacity = np.where(np.isnan(setting.surface.value(starts)), 0, 255)
    return np.dstack([np.round(255 * rgb), opacity]).astype(np.uint8)


def map_program(setting):
    """Return by what numbers the browser makes such a picture at any rate; None if it cannot.

    A minimum that only one rate finds is grey there, and so is a run that still creeps towards one.
    """
    surface, window = setting.surface, setting.shown
    program = program_of(surface, setting.rule, STEPS)
    if program is None or "design" in program["look"]:
        return None
    return {
        "window": [list(ends) for ends in window],
        "update": program["update"],
        "steps": STEPS,
        "tolerance": TOLERANCE,
        "bound": BOUND,
        "minima": [list(map(float, at)) for at in _minima(surface)],
        "size": (np.ptp(surface.domain, axis=1) / 50).tolist(),
        "near": float(NEAR * np.linalg.norm(np.ptp(surface.domain, axis=1))),
        "colours": BASINS,
        "flown": FLOWN,
        "unsettled": UNSETTLED,
    }


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
    """Return a list of the known minima (d,), then those that a careful rate finds."""
    found = settle(surface, grid(surface.domain, 24), surface.learning_rate)
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
