"""The data behind a setting: rows as they are drawn, moved points, and scaling."""

import numpy as np

from ..descent.curvature import curvatures
from ..losses.datasets import standardize
from ..losses.regression import LogisticRegression


def on_raw(setting, w):
    """Return the parameters that do to raw inputs what `w` (d, *batch) does: (d, *batch)."""
    return w if setting.scaling is None else setting.scaling.unscale(w)


def rows_of(setting, kind):
    """Return the rows of data as they are drawn, by name x and y, each (m,).

    With a label as kind, ``"label 1"``, the others are NaN; any other kind is all rows.
    """
    inputs, targets = setting.inputs, setting.surface.y
    x, y = (inputs, targets) if inputs.ndim == 1 else inputs.T
    label = kind.removeprefix("label ")
    others = targets != float(label) if label != kind else np.zeros(len(targets), bool)
    return {"x": np.where(others, np.nan, x), "y": np.where(others, np.nan, y)}


def looked_at(setting):
    """Return the rows that each step looks at, by name x, y and seen: (batch size, steps + 1).

    What a model sees of x may be scaled. A smaller batch, and that after the last step, is NaN.
    """
    size, steps = setting.batch_size, setting.steps
    rows = np.full((steps + 1, size), -1)  # the last of each column, which is NaN
    for place, batch in zip(rows[:steps], setting.run.batches, strict=False):
        place[: len(batch)] = batch
    columns = {"x": setting.inputs, "y": setting.surface.y, "seen": setting.surface.x}
    return {name: np.append(column, np.nan)[rows.T] for name, column in columns.items()}


def with_row_at(setting, ax, x, y, press, row=None):
    """Return the setting in which the row of data that a drag holds has moved to a place.

    That is the row of this number; without one, that which was nearest when the drag began.
    """
    inputs, targets = setting.inputs.copy(), setting.surface.y.copy()
    flat = inputs.ndim == 1  # one input, so the targets are drawn over it
    columns = np.column_stack([inputs, targets]) if flat else inputs
    if row is None:
        row = _row_held(setting, ax, columns, x, y, press)
    if flat:
        decides = isinstance(setting.surface, LogisticRegression)
        inputs[row], targets[row] = x, float(y > 0.5) if decides else y
    else:
        inputs[row] = x, y
    moved = with_data(setting, inputs, targets)
    return moved.but(room=(ax.get_xlim(), ax.get_ylim()), held=(press, row))


def _row_held(setting, ax, columns, x, y, press):
    if press is not None and setting.held and setting.held[0] == press:
        return setting.held[1]
    reach = np.ptp(ax.get_xlim()), np.ptp(ax.get_ylim())
    return int(np.argmin((((columns - (x, y)) / reach) ** 2).sum(axis=1)))


def with_data(setting, inputs, targets):
    """Return a setting whose model learns from other data, raw inputs (m,) or (m, features).

    The picture of the surface holds still as long as the minimum stays on it.
    """
    scaling = None if setting.scaling is None else standardize(inputs)
    model = type(setting.surface)(
        inputs if scaling is None else scaling.x, targets, setting.surface.names
    )
    window = setting.shown
    if window and model.minima:
        (low, high), at = np.transpose(window), np.array(model.minima[0])
        window = window if ((at > low) & (at < high)).all() else None
    return setting.but(surface=model, scaling=scaling, window=window)


def with_scaling(setting, scaled):
    """Return a setting with standardized, or raw, inputs: the same data, the same first line.

    >>> from gdviz.explorers.setting import Setting
    >>> from gdviz.losses.regression import LinearRegression
    >>> raw = Setting(LinearRegression([1, 2, 3], [2, 4, 7]), (1, 2), 0.1)
    >>> scaled = with_scaling(raw, True)
    >>> scaled.surface.x.round(2), np.round(scaled.start, 2), scaled.learning_rate
    (array([-1.22,  0.  ,  1.22]), array([5.  , 1.63]), 1.0)
    """
    scaling, inputs = standardize(setting.inputs) if scaled else None, setting.inputs
    start = on_raw(setting, np.array(setting.start, float))
    if scaled:
        start = start[0] + scaling.mean * start[1], scaling.spread * start[1]
        inputs = scaling.x
    model = type(setting.surface)(inputs, setting.surface.y, setting.surface.names)
    return setting.but(
        surface=model,
        scaling=scaling,
        start=tuple(float(v) for v in start),
        learning_rate=setting.other_rate or model.learning_rate,
        other_rate=setting.learning_rate,
        window=None,
        held=None,
    )


def condition_number(model):
    """Return largest over smallest curvature, at the minimum if there is one, else at (0, 0).

    >>> from gdviz.losses.regression import LinearRegression
    >>> round(condition_number(LinearRegression([1, 2, 3, 4], [2, 3, 5, 6])), 1)
    55.8
    """
    found = curvatures(model, model.minima[0] if model.minima else model.start)
    return float(found[-1] / found[0])
