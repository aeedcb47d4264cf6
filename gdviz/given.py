"""What is given for a surface, made whole or refused with a word on what to give instead."""

import operator
from numbers import Integral

import numpy as np


def coordinates(d):
    """Return how many coordinates, in words."""
    return "1 coordinate" if d == 1 else f"{d} coordinates"


def check_dimension(dimension):
    """Refuse a dimension other than 1 or 2."""
    if (
        isinstance(dimension, bool)
        or not isinstance(dimension, Integral)
        or dimension not in (1, 2)
    ):
        raise ValueError(f"dimension must be 1 or 2, not {dimension!r}.")


def whole(argument, number, usual):
    """Return a whole number as an int; True and False are none."""
    try:
        if isinstance(number, bool):
            raise TypeError
        return operator.index(number)
    except TypeError:
        raise TypeError(f"{argument} must be a whole number{usual}, not {number!r:.60}.") from None


def real_array(argument, given, remedy):
    """Return `given` as a float64 array; NaN and infinity may be in it."""
    try:
        numbers = np.asarray(given)
    except ValueError:
        raise ValueError(f"{argument} is ragged: {given!r}; {remedy}.") from None
    if numbers.dtype.kind not in "iuf":
        raise TypeError(f"{argument} must hold real numbers, not {given!r}; {remedy}.")
    return numbers.astype(float, copy=False)


def finite_array(argument, given, remedy):
    """Return `given` as a float64 array of finite numbers."""
    numbers = real_array(argument, given, remedy)
    if not np.isfinite(numbers).all():
        raise ValueError(f"{argument} must be finite, not {given!r}; {remedy}.")
    return numbers


def domain_of(domain, d):
    """Return a domain as d pairs of floats, low before high."""
    remedy = "give (low, high), the same for every coordinate, or one such pair for each"
    ends = finite_array("domain", domain, remedy)
    if ends.shape not in {(2,), (d, 2)}:
        raise ValueError(f"domain has shape {ends.shape} for {coordinates(d)}; {remedy}.")
    pairs = tuple((float(low), float(high)) for low, high in np.broadcast_to(ends, (d, 2)))
    for low, high in pairs:
        if not low < high:
            raise ValueError(f"domain needs low < high, not ({low:g}, {high:g}): swap them.")
    return pairs


def point_of(argument, point, d):
    """Return a point as a tuple of d floats."""
    remedy = "give one number" if d == 1 else "give two numbers, (x, y)"
    numbers = np.atleast_1d(finite_array(argument, point, remedy))
    if numbers.shape != (d,):
        raise ValueError(f"{argument} needs {coordinates(d)}, not {point!r}: {remedy}.")
    return tuple(numbers.tolist())


def positive(rate):
    """Return a learning rate as a float above 0."""
    number = finite_array("learning_rate", rate, "give one number above 0")
    if number.ndim or not number > 0:
        raise ValueError(f"learning_rate must be one number above 0, not {rate!r}.")
    return float(number)


def safe_rate(surface):
    """Return 1 / L, where L is the largest curvature in the domain below the start.

    With it no step goes up (Nesterov 2004, section 1.2.3); one digit is enough.
    """
    axes = [np.linspace(low, high, 21) for low, high in surface.domain]
    grid = np.stack(np.meshgrid(*axes)).reshape(surface.dimension, -1)
    below = grid[:, surface.value(grid) <= surface.value(np.array(surface.start))]
    curvature = np.moveaxis(surface.hessian(below), -1, 0)
    curvature = curvature[np.isfinite(curvature).all(axis=(1, 2))]
    largest = np.abs(np.linalg.eigvalsh(curvature)).max(initial=0.0)
    return float(f"{1 / largest:.0e}") if 1e-100 < largest < 1e100 else 0.1


def central_differences(f):
    """Return the function w -> (f(w + h) - f(w - h)) / 2h, coordinates on a new first axis.

    h = eps**(1/4) leaves about 8 digits, and 7 when the result is differentiated again.
    """

    def slopes(w):
        h = np.finfo(float).eps ** 0.25 * np.maximum(1.0, np.abs(w))
        found = []
        for i in range(len(w)):
            step = np.zeros_like(w)
            step[i] = h[i]
            found.append((np.asarray(f(w + step)) - np.asarray(f(w - step))) / (2 * h[i]))
        return np.stack(found)

    return slopes


def probe(argument, function, lead, domain):
    """Call a function on one point and on small batches, and insist on the shapes promised."""
    if not callable(function):
        raise TypeError(f"{argument} must be a function of w, not {function!r}.")
    low, width = np.array(domain)[:, 0], np.ptp(np.array(domain), axis=1)
    unpack = "x, = w" if len(domain) == 1 else "x, y = w"
    for batch in ((), (5,), (3, 4)):
        w = (low + width * np.random.default_rng(0).random((*batch, len(domain)))).T
        remedy = (
            f"for w of shape {w.shape} return an array of shape {(*lead, *w.shape[1:])}: unpack "
            f"with {unpack}, then use NumPy on whole arrays, np.where for if, np.sin for math.sin"
        )
        try:
            with np.errstate(all="ignore"):
                shape = np.asarray(function(w), dtype=float).shape
        except Exception as error:
            raise ValueError(f"{argument} failed, {error!r}; {remedy}.") from error
        if shape != (*lead, *w.shape[1:]):
            raise ValueError(f"{argument} returned shape {shape}; {remedy}.")
