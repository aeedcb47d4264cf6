"""Taylor polynomials: the curve that agrees best with another at one point."""

import operator
from dataclasses import dataclass

import numpy as np

from ..checks import number, real_array, whole
from .reading import COMPUTE, CONSTANTS, FUNCTIONS, read

HIGHEST = 50  # degree


@dataclass(frozen=True, eq=False)
class Taylor:
    """A Taylor polynomial, sum of coefficients[k] * (x - center)**k; from `taylor`. Call it with x.

    Attributes
    ----------
    text : str
        The formula of the curve.
    center : float
    coefficients : (degree + 1,) array
        The derivatives at the center, the k-th divided by k!; read-only.
    """

    text: str
    center: float
    coefficients: np.ndarray

    @property
    def degree(self):
        """The highest power of x (int)."""
        return len(self.coefficients) - 1

    def __call__(self, x):
        """Return the polynomial at x: any shape -> the same shape."""
        x = real_array("x", x, "give numbers") - self.center
        with np.errstate(all="ignore"):
            return np.polynomial.polynomial.polyval(x, self.coefficients)

    def __repr__(self):
        return f"Taylor({self.text!r}, degree={self.degree}, center={self.center:g})"


def taylor(text, degree, center=0.0):
    """Return the Taylor polynomial of a curve.

    The coefficients are exact but for rounding: every operation of the formula is carried out on
    whole series (Griewank & Walther 2008, Evaluating Derivatives, chapter 13).

    Parameters
    ----------
    text : str
        A formula in x, as for `Surface.from_formula`.
    degree : int
        From 0 to 50.
    center : float, optional
        Where polynomial and curve agree best.

    Returns
    -------
    Taylor

    Raises
    ------
    TypeError, ValueError
        If the text is no formula in x, an argument does not fit, or the curve is not smooth at the
        center.

    Examples
    --------
    >>> taylor("sin(x)", 5).coefficients.round(6)
    array([ 0.      ,  1.      ,  0.      , -0.166667,  0.      ,  0.008333])
    >>> taylor("exp(x)", 2, center=1)(1.0).round(6)
    np.float64(2.718282)
    """
    degree = whole("degree", degree, " such as 5", least=0, most=HIGHEST)
    center = number("center", center)
    term, text = read(text)
    x = np.zeros(degree + 1)
    x[:2] = [center, 1.0][: degree + 1]
    with np.errstate(all="ignore"):
        found = _series(term, x, {})
    if not np.isfinite(found).all():
        raise ValueError(
            f"{text!r:.60} is not smooth at x = {center:g}, so no polynomial follows it there: "
            "choose another center."
        )
    found.flags.writeable = False
    return Taylor(text, center, found)


def _series(term, x, known):
    """Return the series of a term, where `x` stands for the series x: (k,) -> (k,) array.

    `known` remembers functions of series: sigmoid, whose slope mentions it twice, asks often.
    """
    match term:
        case "x":
            return x
        case "y":
            raise ValueError("The formula contains y, but a curve is a formula in x alone.")
        case str() | int() | float():
            return _constant(CONSTANTS.get(term, term), x)
        case (operation, *operands):
            parts = [_series(operand, x, known) for operand in operands]
    if operation == operator.mul:
        return _times(*parts)
    if operation == operator.truediv:
        return _over(*parts)
    if operation == operator.pow:
        return _power(parts[0], operands[1])
    if operation == "power":
        return _function("exp", _times(parts[1], _function("log", parts[0], known)), known)
    if isinstance(operation, str):
        return _function(operation, parts[0], known)
    return operation(*parts)


def _constant(number, like):
    series = np.zeros_like(like)
    series[0] = number
    return series


def _times(a, b):
    return np.convolve(a, b)[: len(a)]


def _over(a, b):
    found = np.zeros_like(a)
    for k in range(len(a)):
        found[k] = (a[k] - found[:k] @ b[k:0:-1]) / b[0]
    return found


def _power(base, exponent):
    found = _constant(1.0, base)
    for _ in range(abs(exponent)):
        found = _times(found, base)
    return found if exponent >= 0 else _over(_constant(1.0, base), found)


def _function(name, u, known):
    """Return the series of a function of u: its slope, the formula's times u's, summed up."""
    key = name, u.tobytes()
    if key not in known:
        found = np.empty_like(u)
        found[0] = COMPUTE[name](u[0])
        if name in ("abs", "sign") and u[0] == 0:
            found[0] = np.nan
        if len(u) > 1:
            k = np.arange(1, len(u))
            slope = _series(read(FUNCTIONS[name][1])[0], u[:-1], known)
            found[1:] = _times(slope, k * u[1:]) / k
        known[key] = found
    return known[key]
