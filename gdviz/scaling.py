"""The data behind a setting: raw inputs whatever the model sees, moved points, and scaling."""

from dataclasses import replace

import numpy as np

from .data import standardize
from .theory import curvatures


def raw_inputs(setting):
    """Return the inputs as they were measured: (m,) or (m, features) array."""
    x, scaling = setting.surface.x, setting.scaling
    return x if scaling is None else scaling.mean + scaling.spread * x


def on_raw(setting, w):
    """Return the parameters that do to raw inputs what `w` (d, *batch) does: (d, *batch)."""
    return w if setting.scaling is None else setting.scaling.unscale(w)


def with_data(setting, inputs, targets):
    """Return a setting whose model learns from other data, raw inputs (m,) or (m, features).

    The picture of the surface holds still as long as the minimum stays on it.
    """
    scaling = None if setting.scaling is None else standardize(inputs)
    model = type(setting.surface)(inputs if scaling is None else scaling.x, targets)
    window = setting.shown
    if window and model.minima:
        (low, high), at = np.transpose(window), np.array(model.minima[0])
        window = window if ((at > low) & (at < high)).all() else None
    return replace(setting, surface=model, scaling=scaling, window=window)


def with_scaling(setting, scaled, learning_rate):
    """Return a setting with standardized, or raw, inputs: the same data, the same first line.

    Parameters
    ----------
    setting : Setting
        Of a model with one input.
    scaled : bool
    learning_rate : float or None
        None for the new model's own.

    Examples
    --------
    >>> from .models import LinearRegression
    >>> from .setting import Setting
    >>> raw = Setting(LinearRegression([1, 2, 3], [2, 4, 7]), (1, 2), 0.1)
    >>> scaled = with_scaling(raw, True, None)
    >>> scaled.surface.x.round(2), np.round(scaled.start, 2), scaled.learning_rate
    (array([-1.22,  0.  ,  1.22]), array([5.  , 1.63]), 1.0)
    """
    scaling, inputs = standardize(raw_inputs(setting)) if scaled else None, raw_inputs(setting)
    start = on_raw(setting, np.array(setting.start, float))
    if scaled:
        start = start[0] + scaling.mean * start[1], scaling.spread * start[1]
        inputs = scaling.x
    model = type(setting.surface)(inputs, setting.surface.y)
    return replace(
        setting,
        surface=model,
        scaling=scaling,
        start=tuple(float(v) for v in start),
        learning_rate=learning_rate or model.learning_rate,
        window=None,
    )


def condition_number(model):
    """Return largest over smallest curvature, at the minimum if there is one, else at (0, 0).

    >>> from .models import LinearRegression
    >>> round(condition_number(LinearRegression([1, 2, 3, 4], [2, 3, 5, 6])), 1)
    55.8
    """
    found = curvatures(model, model.minima[0] if model.minima else model.start)
    return float(found[-1] / found[0])
