"""What may be given: one function per kind of argument; each returns it whole or refuses it.

A refusal is a `TypeError` or a `ValueError` that names the argument, the value, and what to give.
"""

import operator
from difflib import get_close_matches
from functools import wraps
from inspect import signature
from numbers import Integral, Real

import numpy as np

MEMORY = 4e9  # bytes that the path and losses of one call may take
MOST = 10**8  # numbers in one array that is given
ENDS = Exception, KeyboardInterrupt, SystemExit  # how a student's code may end
POWER = "in Python a power is written x**2, not x^2"
INSTEAD = {KeyboardInterrupt: "it was stopped", SystemExit: "leave out sys.exit() and quit()"}
BOUND = 1e15  # a run with a coordinate beyond this has left all bounds


# In words


def short(given):
    """Return how a value is written, on one line of at most 60 characters."""
    try:
        text = " ".join(repr(given).split())
    except Exception:  # an object of a student's own, or a whole number of too many digits
        text = f"one {type(given).__name__}"
    return text if len(text) <= 60 else f"{text[:57]}..."


def in_words(error):
    """Return what ended a student's code, in words: any of `ENDS`, even one that cannot say so."""
    try:
        text = INSTEAD.get(type(error)) or str(error)
        if isinstance(error, TypeError) and ("'bitwise_xor'" in text or " for ^" in text):
            text = POWER
    except ENDS:
        text = "it does not say why"
    return f"{type(error).__name__}: {text}"


def coordinates(d):
    """Return how many coordinates, in words."""
    return "1 coordinate" if d == 1 else f"{d} coordinates"


def did_you_mean(name, known):
    """Return " did you mean 'that'?" with the nearest of the known names; "" if none is near."""
    near = get_close_matches(name.lower(), known, n=1) if isinstance(name, str) else []
    return f" did you mean {near[0]!r}?" if near else ""


def unknown(what, name, known):
    """Return what to say of a name that is none of the known ones."""
    hint = did_you_mean(name, [each for each in known if isinstance(each, str)])
    known = ", ".join(map(str, known))
    return f"{what} {short(name)} is unknown{';' if hint else '.'}{hint} There are {known}."


# Names of arguments

ALSO_CALLED = {  # by those who know another library
    "lr": "learning_rate", "eta": "learning_rate", "alpha": "learning_rate",
    "step_size": "learning_rate", "rate": "learning_rate", "x0": "start", "init": "start",
    "iterations": "steps", "n_iter": "steps", "max_iter": "steps", "epochs": "steps",
    "optimizer": "rule", "momentum": "rule", "method": "rule", "tol": "stop",
    "random_state": "seed",
}  # fmt: skip


def check_keywords(what, given, known):
    """Refuse arguments that do not exist, and name the nearest that do."""
    for name in given:
        if name in known:
            continue
        meant = ALSO_CALLED.get(name)
        hint = f" did you mean {meant!r}?" if meant in known else did_you_mean(name, known)
        raise TypeError(f"{what} has no argument {name!r};{hint} There are {', '.join(known)}.")


def knows_its_keywords(function):
    """Let a function name the nearest argument when it is given one that does not exist."""
    known = list(signature(function).parameters)

    @wraps(function)
    def checked(*args, **given):
        check_keywords(function.__name__, given, known)
        return function(*args, **given)

    return checked


def expect(fits, argument, wanted, given, error=TypeError):
    """Return what is given if it fits; else say what the argument must be."""
    if not fits:
        raise error(f"{argument} must be {wanted}, not {short(given)}.")
    return given


# Texts and functions


def one_of(argument, value, known):
    """Return `value` if it is one of the known names, or None where that is one of them."""
    if not isinstance(value, str | None) or value not in known:
        raise ValueError(unknown(argument, value, known))
    return value


def check_text(argument, given):
    """Return a text."""
    return expect(isinstance(given, str), argument, "a text", given)


def yes_or_no(argument, given):
    """Return True or False."""
    return bool(expect(isinstance(given, bool | np.bool), argument, "True or False", given))


def check_callable(argument, given, kind="a function"):
    """Return something that can be called."""
    return expect(callable(given), argument, kind, given)


def check_texts(argument, given, such):
    """Return a list of texts."""
    fits = isinstance(given, list | tuple) and all(isinstance(each, str) for each in given)
    return list(expect(fits, argument, f"several texts, {such}", given))


# Numbers


def whole(argument, given, usual="", least=-np.inf, most=np.inf):
    """Return a whole number from `least` to `most` as an int; True and False are none."""
    try:
        if isinstance(given, bool | np.bool) or np.ma.is_masked(given):
            raise TypeError
        found = operator.index(given)
    except TypeError:
        raise TypeError(f"{argument} must be a whole number{usual}, not {short(given)}.") from None
    if not least <= found <= most:
        bounds = f"at least {least}" if most == np.inf else f"from {least} to {most}"
        raise ValueError(f"{argument} must be {bounds}, not {short(found)}.")
    return found


def number(argument, given, wanted="a finite number", fits=np.isfinite):
    """Return one finite number as a float; `wanted` says in words which ones fit."""
    try:
        found = real_array(argument, given, wanted)
        if found.ndim == 0 and np.isfinite(found) and fits(found):
            return float(found)
        error = TypeError if found.ndim else ValueError
    except (TypeError, ValueError) as refused:
        error = type(refused)
    raise error(f"{argument} must be {wanted}, not {short(given)}.")


def number_in(argument, text):
    """Return the one finite number that was typed."""
    try:
        found = float(text.replace("\u2212", "-"))
    except ValueError:
        wanted = "a number with a point, such as 0.01"
        raise ValueError(f"{argument} must be {wanted}, not {short(text)}.") from None
    expect(np.isfinite(found), argument, "a finite number", text, ValueError)
    return found


def positive(given, argument="learning_rate"):
    """Return one number above 0 as a float."""
    return number(argument, given, "one number above 0", lambda n: n > 0)


def check_dimension(dimension):
    """Return a dimension, 1 or 2."""
    whole_number = isinstance(dimension, Integral) and not isinstance(dimension, bool)
    fits = whole_number and dimension in (1, 2)
    return int(expect(fits, "dimension", "1 or 2", dimension, ValueError))


def check_steps(steps):
    """Return `steps` as an int, 1 or more."""
    return whole("steps", steps, " such as 100", least=1)


# Arrays


def _array(argument, given, remedy):
    """Return `given` as an array of its own kind, whole and of a size that fits the memory."""
    if has_masked(given):
        raise ValueError(
            f"{argument} has masked values: fill them, or leave their rows out; {remedy}."
        )
    if isinstance(given, range) and not given[MOST:]:
        given = np.arange(given.start, given.stop, given.step)
    if isinstance(given, range) or (isinstance(given, np.ndarray) and given.size > MOST):
        raise ValueError(f"{argument} holds more than {MOST} numbers: take fewer.")
    try:
        return np.asarray(given)
    except ValueError:
        raise ValueError(f"{argument} is ragged, {short(given)}: {remedy}.") from None


def real_array(argument, given, remedy, kinds="iuf"):
    """Return `given` as a float64 array; NaN and infinity may be in it."""
    numbers = _array(argument, given, remedy)
    if numbers.dtype == float:
        return numbers
    if numbers.dtype == object and all(map(_is_real, numbers.flat)):
        kinds = "O"  # fractions, and whole numbers beyond 64 bits
    if numbers.dtype.kind not in kinds:
        raise TypeError(f"{argument} must hold real numbers, not {short(given)}: {remedy}.")
    try:
        with np.errstate(over="ignore"):
            return numbers.astype(float)
    except OverflowError:
        raise ValueError(f"{argument} is too large, {short(given)}: {remedy}.") from None


def _is_real(each):
    return isinstance(each, Real) and not isinstance(each, bool)


def has_masked(given, depth=3):
    """Whether some values are masked, in an array or in lists of them."""
    if isinstance(given, list | tuple):
        return depth > 0 and any(has_masked(each, depth - 1) for each in given)
    return isinstance(given, np.ma.MaskedArray) and np.ma.is_masked(given)


def finite_array(argument, given, remedy):
    """Return `given` as a float64 array of finite numbers, at least one."""
    numbers = real_array(argument, given, remedy)
    if not numbers.size:
        raise ValueError(f"{argument} is empty: {remedy}.")
    if not np.isfinite(numbers).all():
        found = numbers[~np.isfinite(numbers)].flat[0]
        raise ValueError(f"{argument} must be finite, not {found}: {remedy}.")
    return numbers


def within_bounds(argument, given, remedy):
    """Return `given` as a float64 array of numbers within the bounds of a run, at least one."""
    numbers = finite_array(argument, given, remedy)
    if (far := numbers[np.abs(numbers) > BOUND]).size:
        raise ValueError(
            f"{argument} contains {far.flat[0]:g}, beyond {BOUND:g}, where runs end: {remedy}."
        )
    return numbers


def whole_array(argument, given, wanted="a whole number or several"):
    """Return whole numbers as an array of int."""
    numbers = _array(argument, given, f"give {wanted}")
    expect(numbers.dtype.kind in "iu", argument, wanted, given)
    return numbers


def seeds_of(argument, given):
    """Return one seed or several as an array of int, 0 or above."""
    seeds = whole_array(argument, given)
    expect(seeds.size and seeds.min() >= 0, argument, "0 or above", given, ValueError)
    return seeds


def domain_of(domain, d):
    """Return a domain as d pairs of floats, low before high."""
    remedy = "give (low, high), the same for every coordinate, or one such pair for each"
    ends = within_bounds("domain", domain, remedy)
    if ends.shape not in {(2,), (d, 2)}:
        raise ValueError(f"domain has shape {ends.shape} for {coordinates(d)}: {remedy}.")
    pairs = tuple((float(low), float(high)) for low, high in np.broadcast_to(ends, (d, 2)))
    for low, high in pairs:
        if not low < high:
            raise ValueError(f"domain needs low < high, not ({low:g}, {high:g}): swap them.")
    return pairs


def point_of(argument, point, d):
    """Return a point as a tuple of d floats."""
    remedy = "give one number" if d == 1 else "give two numbers, (x, y)"
    numbers = np.atleast_1d(within_bounds(argument, point, remedy))
    if numbers.shape != (d,):
        raise ValueError(f"{argument} needs {coordinates(d)}, not {short(point)}: {remedy}.")
    return tuple(numbers.tolist())


def points_of(argument, given, surface, check=real_array, remedy="give coordinates first"):
    """Return points as a float64 array (d, *batch): a bare number will do for d = 1."""
    d, points = surface.dimension, check(argument, given, remedy)
    if d == 1 and points.ndim == 0:
        points = points[np.newaxis]
    if points.ndim == 0 or len(points) != d:
        raise ValueError(
            f"{argument} has shape {points.shape}, but {getattr(surface, 'name', 'the model')} has "
            f"{coordinates(d)}, and they come first: give shape ({d},), or ({d}, n) for n points."
        )
    return points


def check_rates(given):
    """Return the learning rate of every run, all above 0, as a float64 array."""
    rates = finite_array("learning_rate", given, "give a number above 0, such as 0.1")
    if not (rates > 0).all():
        raise ValueError(f"learning_rate must be above 0, not {rates[rates <= 0].flat[0]:g}.")
    return rates


# Runs


def raw(surface, name):
    """Return a surface's fastest `value`, `gradient` or `hessian`: ours unchecked, or its own.

    A student's own gets copies, as it may change what it is given.
    """
    own = getattr(surface, name)
    return getattr(surface, f"_raw_{name}", None) or (lambda w, *rows: own(w.copy(), *rows))


def check_runs(surface, start, learning_rate, seeds=()):
    """Return start and rate of every run: (d, *batch) and a float or an array that broadcasts.

    A learning rate belongs to a run: it broadcasts against the batch, never the coordinates. So
    do the seeds of minibatches, of which only the shape is given.
    """
    start = points_of("start", start, surface, within_bounds, _start_like(surface))
    rate = check_rates(learning_rate)
    shapes = f"learning_rate has shape {rate.shape} and start {start.shape}: the learning rates"
    against = f"the starts {start.shape[1:]}, one rate per run"
    against += f", and against the {seeds} seeds of batches" * bool(seeds)
    batch = batch_of(
        f"{shapes} must broadcast against {against}", start.shape[1:], rate.shape, seeds
    )
    start = np.moveaxis(np.broadcast_to(np.moveaxis(start, 0, -1), (*batch, len(start))), -1, 0)
    return start, rate if rate.ndim else float(rate)


def batch_of(otherwise, *shapes):
    """Return the shape of all runs, or say what else would fit."""
    try:
        return np.broadcast_shapes(*shapes)
    except ValueError:
        raise ValueError(f"{otherwise}.") from None


def _start_like(surface):
    """Return what kind of start to give."""
    d, usual = surface.dimension, getattr(surface, "start", ())
    numbers = "a finite number" if d == 1 else f"{d} finite numbers"
    if d > 3 or np.shape(usual) != (d,):
        return f"give {numbers}"
    return f"give {numbers}, such as {usual[0] if d == 1 else usual}"


def check_memory(need, steps, runs):
    """Refuse a path that would need more than `MEMORY` bytes."""
    steps = steps if steps < 1e15 else f"{min(steps, 10**300):.3g}"
    what = f"steps is {steps}: the whole path of {runs} run{'s' * (runs > 1)}"
    check_room(need, what, "take fewer steps or fewer runs")


def check_room(need, what, remedy):
    """Refuse what would need more than `MEMORY` bytes."""
    if need > MEMORY:
        need = min(need, 10**300) / 1e9  # beyond is no float
        raise ValueError(
            f"{what} would need {need:.3g} GB, more than {MEMORY / 1e9:g} GB: {remedy}."
        )
