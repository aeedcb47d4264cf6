"""How the learning rate changes along the way."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from ..checks import check_callable, check_memory, number, positive, real_array


@dataclass(frozen=True, repr=False)
class Schedule:
    """How the learning rate changes: update k, counted from 0, uses learning_rate * schedule(k).

    Made by `constant`, `step_decay`, `inverse_time` or `cosine`; all begin at 1. Your own function
    of k will do as well.

    Attributes
    ----------
    name : str
    factor : callable
        From k, a number or an array, to what the learning rate is multiplied by.
    """

    name: str
    factor: Callable = field(compare=False)

    def __repr__(self):
        return self.name

    def __call__(self, k):
        """Return the factor at update k: a number, or an array like k."""
        k = real_array("k", k, "give the number of an update, or several")
        with np.errstate(all="ignore"):
            return self.factor(k)[()]


def constant():
    """Keep the learning rate as it is.

    >>> constant()(7)
    np.float64(1.0)
    """
    return Schedule("constant()", np.ones_like)


def step_decay(every, factor=0.5):
    """Multiply the learning rate by `factor`, above 0 and at most 1, every so many steps.

    >>> step_decay(10)([0, 9, 10, 20])
    array([1.  , 1.  , 0.5 , 0.25])
    """
    every = positive(every, "every")
    factor = number("factor", factor, "above 0 and at most 1", lambda n: 0 < n <= 1)
    return Schedule(f"step_decay({every:.15g}, {factor:.15g})", lambda k: factor ** (k // every))


def inverse_time(half):
    """Divide the learning rate by 1 + k / half: half of it is left after `half` steps.

    Slow enough to arrive from anywhere, and fast enough to silence the noise of minibatches.
    Source: Robbins & Monro (1951), A stochastic approximation method, Annals of Mathematical
    Statistics 22, 400-407.

    >>> inverse_time(10)([0, 10, 90])
    array([1. , 0.5, 0.1])
    """
    half = positive(half, "half")
    return Schedule(f"inverse_time({half:.15g})", lambda k: 1 / (1 + k / half))


def cosine(steps):
    """Lower the learning rate along half a cosine wave, to 0 at `steps` and after.

    Source: Loshchilov & Hutter (2017), SGDR, ICLR, equation 5 without restarts.

    >>> cosine(10)([0, 5, 10, 11]).round(6)
    array([1. , 0.5, 0. , 0. ])
    """
    steps = positive(steps, "steps")
    return Schedule(
        f"cosine({steps:.15g})", lambda k: (1 + np.cos(np.pi * np.minimum(k / steps, 1))) / 2
    )


def check_schedule(schedule, steps):
    """Return what each update's learning rate is multiplied by, (steps,) array; None for None."""
    if schedule is None:
        return None
    check_callable("schedule", schedule, "one such as inverse_time(50), or a function of k")
    check_memory(40 * steps, steps, 1)
    with np.errstate(all="ignore"):
        return np.array([_factor(k, schedule(k)) for k in range(steps)])


def _factor(k, given):
    if isinstance(given, float) and 0 <= given < np.inf:  # as good as always, and quickly seen
        return given
    wanted = "one number, 0 or above and finite"
    return number(f"schedule({k})", given, wanted, lambda factor: factor >= 0)
