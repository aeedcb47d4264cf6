"""From a setting to the table that its picture draws, and to the sentences under it."""

from time import perf_counter

import numpy as np

from ..descent.columns import Columns
from ..descent.program import look_of, program_of
from ..descent.sentences import counts, noise_ball
from ..live.controls import grid_step
from .basins import map_program
from .rows import looked_at, on_raw, rows_of

ROWS = "rows", "label 0", "label 1"
MOST_LOOKED_AT = 32  # rows of a batch that are drawn, else they are a haze
LONG = 0.5  # seconds: a family of surfaces that takes longer is left to Python
NUMBERS = "With learning rate {rate} from here the loss ends at {loss}."
COUNTING = "The runs that go on from here are still to be counted."


def columns_of(setting, names, rates=None):
    """Return columns by name, of the run or of runs at many learning rates; and these (Descent).

    A name may begin with whose column it is: ``"1."`` for a rival by its number in the race,
    ``"compared."`` for runs at other rates, ``"raw."`` for parameters of unscaled inputs,
    ``"rows."`` and ``"label 0."`` for data, ``"batch."`` for those that each step looks at, if they
    are few. With rates there is an axis for frames, one per rate.
    """
    kind = kind_for(setting)
    run = Columns(setting.run if rates is None else setting.descend(rates), kind)
    others = {str(number): Columns(rival.run, kind) for number, rival in setting.rivals.items()}
    if setting.look.compare:
        others["compared"] = Columns(setting.descend(setting.look.compare), kind)
    found = {}
    for name in names:
        whose, _, own = name.rpartition(".")
        if whose in ROWS:
            found[name] = rows_of(setting, whose)[own]
        elif whose == "batch":
            if setting.batch_size <= MOST_LOOKED_AT:
                found[name] = looked_at(setting)[own].astype(np.float32)
        elif whose == "raw":
            found[name] = run.rows(on_raw(setting, run.points)["xyz".index(own)])
        elif not whose:
            found[name] = run[own]
        else:
            found[name] = others[whose][own]
        alike = bool(whose) and whose != "raw"  # the same lines in every frame
        if rates is not None and alike and np.ndim(found.get(name)) > 1:
            found[name] = found[name][np.newaxis]
    return found, run.descent


def kind_for(setting):
    """Return the shortest kind of number (dtype) that tells apart the places of what is shown."""
    kinds = [np.float16] * (setting.cloud is not None) + [np.float32]
    fine = (kind for kind in kinds if np.finfo(kind).eps < setting.fineness)
    return next(fine, np.float64)


def program_on(setting, drags):
    """Return by what numbers the browser can fill the same columns itself; {} if it cannot."""
    if setting.batch_size is not None or setting.shown is None:
        return {}
    curved = setting.look.limit
    runs = {"": _program(setting, curved)}
    for number, rival in setting.rivals.items():
        program = _program(rival, False)
        runs[str(number)] = program and program | {"rate": rival.learning_rate}
    if not all(runs.values()):
        return {}
    scaling = setting.scaling
    return {
        "runs": runs,  # by whose they are, as in `columns_of`
        "steps": setting.steps,
        "rates": setting.rates.values.tolist(),
        "rows": getattr(setting.surface, "n", 0),
        "minima": _minima(setting.surface),
        "compare": list(setting.look.compare),
        "cloud": None if setting.cloud is None else (setting.cloud / setting.spread).T.tolist(),
        "spreads": setting.starts is not None,  # whether the start has one more number, that
        "unscale": scaling and {"mean": float(scaling.mean), "spread": float(scaling.spread)},
        "grid": [grid_step(*ends) for ends in setting.shown],
        "number": setting.member,
        "drags": drags,  # what a place on each of the axes sets
        "map": map_program(setting) if setting.look.basins else None,
        "caption": NUMBERS if setting.cloud is None else COUNTING,
    }


def members_of(family, domain):
    """Return by what numbers the browser knows the surfaces of a family itself (list of dict).

    Each has its ``number``, its ``look`` as in `program_of`, and its ``minima``. The list is empty
    if Python alone knows one of them.
    """
    found, begun = [], perf_counter()
    for number in family.numbers:
        try:
            surface = family.make(number)
            look = look_of(surface)
        except Exception:  # it is said under the picture if a hand comes to that number
            return []
        if look is None or surface.domain != domain or perf_counter() - begun > LONG:
            return []
        found.append({"number": number, "look": look, "minima": _minima(surface)})
    return found


def _minima(surface):
    """Return the known minima, each its coordinates and then its height (list of list)."""
    return [[*map(float, at), float(surface.value(at))] for at in surface.minima]


def _program(setting, curved):
    made = setting.surface, setting.rule, setting.steps, setting.stop, setting.timetable
    return program_of(*made, curved=curved)


def sentences_on(setting, runs):
    """Return what to say of each of the runs at one or many learning rates."""
    if setting.cloud is None:
        said = runs.explanations()
    elif runs.batches:
        said = noise_ball(runs)
    else:
        said = counts(runs)
    return [f"{sentence} {setting.look.question}".rstrip() for sentence in said]
