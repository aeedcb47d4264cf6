"""A run as a program of numbers, by which a browser makes it itself.

What it makes is the run of `descend`: to the last digit for sums, products and square roots.
"""

from ..checks import BOUND
from ..formulas.formula import Formula
from ..formulas.tape import tape
from ..losses.regression import LogisticRegression
from .rules import Written
from .schedules import check_schedule

MOST_ROWS = 2000  # of data that a browser goes through at every step


def program_of(surface, rule, steps, stop=None, schedule=None, *, curved=False):
    """Return the program (dict) of such a run as `descend` makes, from any start at any rate.

    ``look`` is a tape from a point to the loss, the slopes and, if `curved`, the curvatures there,
    or the ``design`` and the ``signs`` of a logistic regression; ``update`` a tape from the point,
    the slopes, what is remembered and the rate to the new point and memory. It is None where the
    surface or the rule is known to Python alone.
    """
    look = look_of(surface, curved)
    if look is None or not isinstance(rule, Written):
        return None
    d, factors = surface.dimension, check_schedule(schedule, steps)
    graph, outputs = rule.recipe.lay(d)
    remembered = [name for name in outputs if not name.startswith("new")]
    inputs = [f"{name}{i}" for name in ("theta", "g") for i in range(d)] + [*remembered, "rate"]
    found = [outputs[f"new{i}"] for i in range(d)] + [outputs[name] for name in remembered]
    return {
        "dimension": d,
        "look": look,
        "update": tape(graph, found, inputs, rule.parameters, steps),
        "factors": None if factors is None else factors.tolist(),
        "stop": None if stop is None else vars(stop),
        "bound": BOUND,
    }


def look_of(surface, curved=False):
    """Return what works out loss and slopes at a point, as in `program_of`; None if only Python."""
    maths = getattr(surface, "as_formula", None) or getattr(surface, "_maths", None)
    if isinstance(maths, Formula):
        return maths.curved_tape if curved else maths.tape
    if isinstance(surface, LogisticRegression) and surface.n <= MOST_ROWS:
        return {"design": surface.design.tolist(), "signs": surface.target.tolist()}
    return None
