"""When a run is to stop, beyond its number of steps."""

from dataclasses import dataclass, fields

import numpy as np

from ..checks import expect, number


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
        for name in (threshold.name for threshold in fields(self)):
            if (value := getattr(self, name)) is not None:
                least = -np.inf if name == "loss" else 0.0
                wanted = f"a finite number{', 0 or above' * (least == 0)}, or left out"
                value = number(f"Stop: {name}", value, wanted, lambda n, least=least: n >= least)
                object.__setattr__(self, name, value)


def check_stop(stop):
    """Return `stop`, or the `Stop` that never fires for None."""
    if stop is None:
        return Stop()
    wanted = "made with Stop(gradient_norm=1e-6) or so"
    return expect(isinstance(stop, Stop), "stop", wanted, stop)
