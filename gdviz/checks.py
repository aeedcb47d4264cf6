"""What may be asked of a run: when to stop, and whether what was given fits."""

import math
from dataclasses import dataclass, fields
from numbers import Real

import numpy as np

from .given import whole

MEMORY = 4e9  # bytes that the path and losses of one call may take
BOUND = 1e15  # a run with a coordinate beyond this has left all bounds


@dataclass(frozen=True)
class Stop:
    """When to stop, beyond the number of steps: met when a quantity is at or below its threshold.

    Checked after each update; the first that is met stops the run (in this order, if several are
    met at once).

    Parameters
    ----------
    gradient_norm : float, optional
        Length of the gradient at the new point.
    loss : float, optional
        Loss at the new point.
    loss_change : float, optional
        How much the last update changed the loss, up or down.
    step : float, optional
        Length of the last update.

    Examples
    --------
    >>> Stop(gradient_norm=1e-6)
    Stop(gradient_norm=1e-06, loss=None, loss_change=None, step=None)
    """

    gradient_norm: float | None = None
    loss: float | None = None
    loss_change: float | None = None
    step: float | None = None

    def __post_init__(self):
        for threshold in fields(self):
            value = getattr(self, threshold.name)
            if value is None:
                continue
            if isinstance(value, bool) or not isinstance(value, Real):
                raise TypeError(f"Stop: {threshold.name} must be a number, not {value!r}.")
            if not math.isfinite(value) or (value < 0 and threshold.name != "loss"):
                raise ValueError(
                    f"Stop: {threshold.name} must be a finite number, 0 or above, not {value!r}; "
                    "leave it out to stop by steps alone."
                )

    @property
    def watches_loss(self):
        """Whether the loss is needed at every step (bool)."""
        return self.loss is not None or self.loss_change is not None


def check_stop(stop):
    """Return `stop`, or the `Stop` that never fires for None."""
    if stop is None:
        return Stop()
    if not isinstance(stop, Stop):
        raise TypeError(f"stop must be made with Stop(gradient_norm=1e-6) or so, not {stop!r:.60}.")
    return stop


def check_surface(surface):
    """Return `surface` if it has a value, a gradient and a dimension."""
    if isinstance(surface, type) or not all(
        hasattr(surface, name) for name in ("value", "gradient", "dimension")
    ):
        raise TypeError(
            "surface must be a Surface, such as surfaces.parabola or "
            f"Surface.from_formula('x**2'), or a model, not {surface!r:.60}."
        )
    return surface


def raw(surface, name):
    """Return a surface's fastest `value` or `gradient`: unchecked where it offers that."""
    return getattr(surface, f"_raw_{name}", None) or getattr(surface, name)


def check_steps(steps):
    """Return `steps` as an int, 1 or more."""
    count = whole("steps", steps, " such as 100")
    if count < 1:
        raise ValueError(f"steps must be at least 1, not {count}.")
    return count


def check_memory(need, steps, runs):
    """Refuse a path that would need more than `MEMORY` bytes."""
    if need > MEMORY:
        need, steps = min(need, 10**300), min(steps, 10**300)  # beyond is no float
        raise ValueError(
            f"steps is {steps if steps < 1e15 else f'{steps:.3g}'}: the whole path of {runs} "
            f"run{'s' * (runs > 1)} would need {need / 1e9:.3g} GB, more "
            f"than {MEMORY / 1e9:g} GB; take fewer steps or fewer runs."
        )


def check_room(need, runs):
    """Refuse more runs at once than `MEMORY` bytes hold."""
    if need > MEMORY:
        raise ValueError(
            f"starts and learning_rate make {runs} runs, which would need {need / 1e9:.3g} GB, "
            f"more than {MEMORY / 1e9:g} GB: take fewer, or settle some after others."
        )


def check_runs(surface, start, learning_rate, seeds=()):
    """Return start and rate of every run: (d, *batch) and a float or an array that broadcasts.

    A learning rate belongs to a run: it broadcasts against the batch, never the coordinates. So
    do the seeds of minibatches, of which only the shape is given.
    """
    d = surface.dimension
    numbers = "a finite number" if d == 1 else f"{d} finite numbers"
    usual = getattr(surface, "start", (0.0,) * min(d, 3))
    such = usual[0] if d == 1 else usual if d <= 3 else "the model's .start"
    remedy = f"give {numbers}, such as {such}"
    start = _real("start", start, remedy)
    if start.ndim == 0 and d == 1:
        start = start[np.newaxis]
    if start.ndim == 0 or len(start) != d:
        raise ValueError(
            f"start has shape {start.shape}, but {getattr(surface, 'name', 'the model')} has {d} "
            f"coordinate{'s' * (d > 1)}: give shape ({d},), or ({d}, ...) for many starts."
        )
    if (np.abs(start) > BOUND).any():
        far = start[np.abs(start) > BOUND].flat[0]
        raise ValueError(f"start contains {far:g}, beyond {BOUND:g}, where runs end: {remedy}.")
    rate = _real("learning_rate", learning_rate, "give a number above 0, such as 0.1")
    if not (rate > 0).all():
        raise ValueError(f"learning_rate must be above 0, not {rate[~(rate > 0)].flat[0]:g}.")
    try:
        batch = np.broadcast_shapes(start.shape[1:], rate.shape, seeds)
    except ValueError:
        raise ValueError(
            f"learning_rate has shape {rate.shape} and start {start.shape}: the learning rates "
            f"must broadcast against the starts {start.shape[1:]}, one rate per run"
            + (f", and against the {seeds} seeds of batches." if seeds else ".")
        ) from None
    missing = len(batch) - (start.ndim - 1)
    start = start.reshape(d, *(1,) * missing, *start.shape[1:])
    return np.broadcast_to(start, (d, *batch)), rate if rate.ndim else float(rate)


def _real(argument, given, remedy):
    """Return finite real numbers as a float64 array, or say which argument is not."""
    try:
        array = np.asarray(given)
    except ValueError:
        raise ValueError(f"{argument} is ragged: {remedy}.") from None
    if array.dtype.kind not in "iuf":
        raise TypeError(f"{argument} is {given!r:.60}: {remedy}.")
    if array.size == 0:
        raise ValueError(f"{argument} is empty: {remedy}.")
    array = array.astype(float)
    if not np.isfinite(array).all():
        raise ValueError(f"{argument} contains {array[~np.isfinite(array)].flat[0]}: {remedy}.")
    return array


def one_of(argument, value, known):
    """Return `value` if it is one of the known ones."""
    if value not in known:
        raise ValueError(f"{argument}: {value!r} is unknown; use one of {known}")
    return value


def rates_of(argument, rates):
    """Return learning rates as a list of floats, or say that they are none."""
    try:
        numbers = np.asarray(rates, dtype=float).ravel()
    except (TypeError, ValueError):
        numbers = np.array([np.nan])
    if not (np.isfinite(numbers) & (numbers > 0)).all():
        raise ValueError(f"{argument}: {rates!r}; give learning rates above 0, such as [0.1, 0.2]")
    return numbers.tolist()
