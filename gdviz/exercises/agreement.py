"""Whether a student's function does what it should, and if not, in numbers, what it does."""

from copy import deepcopy

import numpy as np

from ..checks import ENDS, check_callable, expect, in_words, real_array, short

ENDLESS = "Did a loop never end? Look at what should end it: does that ever change?"
UNWRITTEN = "Another function that it calls may be still to be written."
CLOSE = {"rtol": 1e-6, "atol": 1e-8}  # finite differences are no better


def agrees_with(reference, cases):
    """Return a test for a `Challenge`: a function is to give what the reference gives.

    Parameters
    ----------
    reference : callable
        Gives the right result: a number or an array.
    cases : sequence of tuple
        The arguments of each call, the same for both functions; each gets copies.

    Returns
    -------
    callable
        Takes a function. Returns True if they agree in every case; ``...`` if the function gives
        three dots, as one that is still to be written; else a sentence about the first case that
        differs.

    Examples
    --------
    >>> agree = agrees_with(lambda x: 2 * x, [(np.array([1.0, 3.0]),), (np.array([0.5, 2.0]),)])
    >>> def slope(x):
    ...     return -2 * x
    >>> agree(slope)
    'slope([1, 3]) gives [-2, -6]; it should be [2, 6]. Its sign is wrong.'
    >>> agree(lambda x: ...), agree(lambda x: x + x)
    (Ellipsis, True)
    """
    check_callable("reference", reference, "a function that is right")
    several = isinstance(cases, list | tuple) and len(cases) > 0
    fits = several and all(isinstance(case, tuple | list) for case in cases)
    expect(fits, "cases", "tuples of arguments, such as [(1, 2)]", cases)

    def test(function):
        if not callable(function):
            return f"{_told(function)} is no function: give its name, without parentheses."
        for case in cases:
            result = _compare(function, reference, case)
            if result is not True:
                return result
        return True

    return test


def _compare(function, reference, case):
    """Return True, three dots or a sentence on one call."""
    call = f"{getattr(function, '__name__', 'It')}({', '.join(map(_told, case))})"
    with np.errstate():  # what it sets there is over with it
        right, given = np.asarray(reference(*_copies(case)), dtype=float), _copies(case)
    try:
        with np.errstate():
            found = function(*given)
    except ENDS as error:
        said = f"{call} stops with {in_words(error).rstrip('.')}."
        endless, unwritten = isinstance(error, KeyboardInterrupt), "ellipsis" in said.lower()
        return f"{said} {ENDLESS * endless}{UNWRITTEN * unwritten}".rstrip()
    if found is ...:
        return ...
    if found is None:
        return f"{call} gives nothing back: let it end with a line that begins with return."
    try:
        remedy = "it, or another function that it calls, may be still to be written"
        found = real_array(f"What {call} gives", found, remedy, kinds="biuf")
    except (TypeError, ValueError) as error:
        return str(error)
    changed = [n for n, (a, b) in enumerate(zip(given, case, strict=True)) if _differ(a, b)]
    if changed:
        return (
            f"{call} changes what it is given in place {changed[0] + 1}, which may still be "
            "needed: where you have a -= b, write a = a - b, which makes a new array."
        )
    if found.shape != right.shape:
        return f"{call} gives {_shape(found)}; it should be {_shape(right)}."
    if np.allclose(found, right, equal_nan=True, **CLOSE):
        return True
    return f"{call} gives {_wrong(found, right)}"


def _wrong(found, right):
    """Return what is wrong with numbers of the right shape."""
    if found.ndim > 1:
        row = np.argmin([np.allclose(a, b, **CLOSE) for a, b in zip(found, right, strict=True)])
        return f"row {row} as {_told(found[row])}; it should be {_told(right[row])}."
    said = f"{_told(found)}; it should be {_told(right)}."
    if np.allclose(found, -right, **CLOSE):
        return f"{said} Its sign is wrong."
    if found.ndim and np.allclose(np.sort(found), np.sort(right), **CLOSE):
        return f"{said} They stand in another order."
    with np.errstate(all="ignore"):
        factors = np.ravel(found / right)
    if factors.size > 1 and np.isfinite(factors).all() and np.allclose(factors, factors[0]):
        return f"{said} It is {factors[0]:.4g} times that."
    good = np.isclose(found, right, **CLOSE)
    if good.any():
        return f"{said} Only number {np.argmin(good)}, counted from 0, is wrong."
    return said


def _copies(case):
    return [deepcopy(each) if isinstance(each, np.ndarray | list) else each for each in case]


def _differ(a, b):
    if isinstance(a, np.ndarray):
        return a.shape != b.shape or a.tobytes() != b.tobytes()  # bytes of NaN are alike
    return isinstance(a, list) and repr(a) != repr(b)


def _shape(array):
    """Return in words how large an array is, as a list of points where it is one."""
    if array.ndim == 2:
        rows, columns = array.shape
        return f"{rows} row{'s' * (rows != 1)} of {columns}"
    return f"an array of shape {array.shape}" if array.ndim else "a single number"


def _told(value):
    """Return an argument or a result as a student would write it, in few digits."""
    if isinstance(value, np.ndarray | list | tuple | float | np.number):
        try:
            array = real_array("value", value, "")
        except (TypeError, ValueError):
            return short(value)
        return np.array2string(
            array, separator=", ", threshold=8, formatter={"float_kind": lambda n: f"{n:.4g}"}
        ).replace("\n", "")
    return getattr(value, "__name__", None) or short(value)
