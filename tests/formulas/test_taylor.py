"""Taylor polynomials against mpmath."""

import mpmath
import numpy as np
import pytest

from gdviz.formulas.reading import FUNCTIONS
from gdviz.formulas.taylor import taylor

MPMATH = {"arcsin": "asin", "arccos": "acos", "arctan": "atan", "abs": "fabs"}


def derivatives(f, center, degree):
    with mpmath.workdps(80):
        return [float(each) for each in mpmath.taylor(f, mpmath.mpf(center), degree)]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function(name):
    if name == "sigmoid":
        expected = derivatives(lambda x: 1 / (1 + mpmath.exp(-x)), 0.3, 15)
    else:
        expected = derivatives(getattr(mpmath, MPMATH.get(name, name)), 0.3, 15)
    found = taylor(f"{name}(x)", 15, 0.3).coefficients
    assert found == pytest.approx(expected, rel=1e-10, abs=1e-13)


@pytest.mark.parametrize(
    "text, center, f",
    [
        ("sin(3*x)*exp(-x**2)", 0.3, lambda x: mpmath.sin(3 * x) * mpmath.exp(-(x**2))),
        ("1/(1 + 25*x**2)", 0, lambda x: 1 / (1 + 25 * x**2)),
        ("2**x - x**-3", 1.5, lambda x: 2**x - x**-3),
        ("x**2.5 + sqrt(x)**3", 2, lambda x: x**2.5 + mpmath.sqrt(x) ** 3),
        ("pi*x + e", 0, lambda x: mpmath.pi * x + mpmath.e),
        ("-x**2/7", -1, lambda x: -(x**2) / 7),
        ("3", 5, lambda x: mpmath.mpf(3)),
    ],
)
def test_curves(text, center, f):
    found = taylor(text, 12, center).coefficients
    assert found == pytest.approx(derivatives(f, center, 12), rel=1e-10, abs=1e-13)


@pytest.mark.parametrize("degree", [0, 1, 2, 50])
def test_polynomial(degree):
    found = taylor("sin(x)", degree, 1)
    assert found.degree == degree
    assert not found.coefficients.flags.writeable
    assert found(1.0) == pytest.approx(np.sin(1))
    x = np.linspace(-2, 4, 12).reshape(3, 4)
    assert found(x).shape == (3, 4)
    if degree == 50:
        assert found(x) == pytest.approx(np.sin(x), abs=1e-12)


def test_a_polynomial_is_good_inside_its_circle_and_useless_outside():
    runge = taylor("1/(1 + x**2)", 30)
    assert abs(runge(0.7) - 1 / 1.49) < 1e-4
    assert abs(runge(1.5) - 1 / 3.25) > 1000


@pytest.mark.parametrize(
    "given, error, said",
    [
        (("abs(x)", 3), ValueError, r"'abs\(x\)' is not smooth at x = 0"),
        (("log(x)", 3), ValueError, "is not smooth at x = 0.*another center"),
        (("sqrt(x)", 3), ValueError, "is not smooth"),
        (("1/x", 3), ValueError, "is not smooth"),
        (("x*y", 3), ValueError, "contains y"),
        (("x^2", 3), ValueError, "write"),
        ((7, 3), TypeError, "A formula is a text"),
        (("x", -1), ValueError, "degree must be from 0 to 50, not -1"),
        (("x", 51), ValueError, "degree must be from 0 to 50, not 51"),
        (("x", 2.0), TypeError, "degree must be a whole number"),
        (("x", 2, "0"), TypeError, "center must be a finite number, not '0'"),
        (("x", 2, np.inf), ValueError, "center must be a finite number, not inf"),
    ],
)
def test_what_does_not_fit(given, error, said):
    with pytest.raises(error, match=said):
        taylor(*given)
