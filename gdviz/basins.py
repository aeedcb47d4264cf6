"""Which minimum each start of a window reaches, as a picture to lie under a run."""

import numpy as np
from matplotlib.colors import to_rgb

from .outcome import CODES
from .settle import settle

PIXELS = 200
STEPS = 300
COLOURS = "#56b4e9", "#e69f00", "#009e73", "#cc79a7", "#f0e442", "#0072b2", "#b8862b", "#8fbf8f"
FLOWN, UNSETTLED = "#4a4a4a", "#e9e9e9"


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
        where they settle nowhere within 300 steps. The first row is the top one.
    """
    middles = (np.arange(pixels) + 0.5) / pixels
    x, y = (low + (high - low) * middles for low, high in setting.shown)
    found = settle(
        setting.surface,
        np.stack(np.meshgrid(x, y[::-1])),
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
    return np.dstack([np.round(255 * rgb), np.full(number.shape, 255)]).astype(np.uint8)


def _which_minimum(surface, found):
    """Return the number of the minimum at which each run ended, -1 where it ended at none.

    Known minima come first; others are told apart by where they lie, to a fiftieth of the domain.
    """
    size = np.ptp(surface.domain, axis=1).reshape(-1, 1, 1)
    ended = (found.codes == CODES["reached a minimum"]) | (
        found.codes == CODES["stopped: gradient norm"]
    )
    number = np.full(ended.shape, -1)
    known = [np.reshape(at, (-1, 1, 1)) for at in surface.minima]
    for k, at in enumerate(known):
        number[ended & (np.abs(found.end - at) < size / 50).all(axis=0)] = k
    for k in range(len(known), len(COLOURS)):
        other = np.argwhere(ended & (number < 0))
        if not len(other):
            break
        at = found.end[:, *other[0]].reshape(-1, 1, 1)
        number[ended & (number < 0) & (np.abs(found.end - at) < size / 50).all(axis=0)] = k
    return number
