"""The formula reader: what it accepts is right, what it refuses is never run."""

import builtins
import subprocess
import sys
import time

import hypothesis.strategies as st
import mpmath
import numpy as np
import pytest
from hypothesis import given, settings

from gdviz.formulas.formula import Formula
from gdviz.formulas.reading import CONSTANTS, FUNCTIONS, LONGEST_TEXT, VARIABLES, read

mpmath.mp.dps = 50

POINTS = np.array([[0.3, 0.7, -0.4, 1.9], [0.2, -0.6, 0.8, 2.3]])


# The oracle: Python runs the same text with mpmath's functions, 50 digits deep, and differentiates
# by central differences; nothing of it is shared with the reader, sympy or NumPy.


def real(f):
    def checked(u):
        value = f(u)
        return value if isinstance(value, mpmath.mpf) else mpmath.nan

    return checked


MPMATH = {
    name: real(getattr(mpmath, name))
    for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh", "asin", "acos", "atan")
}
MPMATH |= {name: real(getattr(mpmath, name)) for name in ("exp", "log", "ln", "sqrt", "sign")}
MPMATH |= {f"arc{name}": MPMATH[f"a{name}"] for name in ("sin", "cos", "tan")}
MPMATH |= {"abs": abs, "sigmoid": lambda u: 1 / (1 + mpmath.exp(-u))}
MPMATH |= {"pi": mpmath.pi, "e": mpmath.e, "__builtins__": {}}


def by_mpmath(text, point):
    code = compile(text, "formula", "eval")

    def f(*w):
        # real variables, so that x**0.5 is undefined, rather than complex, for negative x
        value = eval(code, MPMATH, dict(zip("xy", w, strict=False)))
        return value if isinstance(value, mpmath.mpf | int | float) else mpmath.nan

    w = [mpmath.mpf(float(u)) for u in point]
    d, h = len(w), mpmath.mpf(10) ** -16

    def moved(*steps):
        return f(*(u + h * sum(j == i for j in steps) - h * sum(-1 - j == i for j in steps)
                   for i, u in enumerate(w)))  # fmt: skip

    gradient = [(moved(i) - moved(-1 - i)) / (2 * h) for i in range(d)]
    hessian = [
        [
            (moved(i, j) - moved(i, -1 - j) - moved(-1 - i, j) + moved(-1 - i, -1 - j)) / (4 * h**2)
            for j in range(d)
        ]
        for i in range(d)
    ]
    return float(f(*w)), np.array(gradient, dtype=float), np.array(hessian, dtype=float)


def assert_agrees(text, points, rtol=1e-9):
    formula = Formula(text, dimension=len(points))
    with np.errstate(all="ignore"):
        value, gradient = formula.value(points), formula.gradient(points)
        hessian = formula.hessian(points)
    for i, point in enumerate(points.T):
        expected = by_mpmath(text, point)
        got = value[i], gradient[:, i], hessian[:, :, i]
        for ours, theirs in zip(got, expected, strict=True):
            if np.isnan(expected[0]):
                assert np.isnan(ours).all(), (text, point)
            else:
                size = 1 + np.abs(theirs).max()
                np.testing.assert_allclose(ours, theirs, rtol, rtol * size, err_msg=text)


@pytest.mark.parametrize("name", [*FUNCTIONS, "ln", "asin", "acos", "atan"])
def test_value_slope_and_curvature_of_every_function(name):
    assert_agrees(f"{name}(x)", POINTS[:1])
    assert_agrees(f"{name}(x*y - 0.3*x)*y", POINTS)


@pytest.mark.parametrize(
    "text",
    [
        "x**2 + 2*y**2",
        "-x**3 - -y + +2",
        "(x + y)**7/(1 + x**2)**2",
        "x**-3*y**20",
        "2**x + 0.5**(x*y) + pi**-y + e**(x - y)",
        "x**0.5 + (x*y)**1.5 + (1 + x**2)**-2.5 + (x**2)**(1/3)",
        "sqrt(x)**2 + exp(log(x)) + x/x",
        "abs(abs(x) - abs(y))*x",
        "1/3*x + 1e5*y - .5 + 2.*x*1_000",
        "e*x + pi*y + sqrt(2)*exp(1)*2**0.5",
        "3*(1 - x)**2*exp(-x**2 - (y + 1)**2) - 10*(x/5 - x**3 - y**5)*exp(-x**2 - y**2)",
        "-20*exp(-0.2*sqrt(0.5*(x**2 + y**2))) - exp(0.5*(cos(2*pi*x) + cos(2*pi*y))) + e + 20",
        "-(y + 47)*sin(sqrt(abs(x/2 + y + 47))) - x*sin(sqrt(abs(x - (y + 47))))",
        "sin(x - y - (x + y)) + tan(x - (y + 0.1))",
    ],
)
def test_formulas_agree_with_mpmath(text):
    assert_agrees(text, POINTS)


leaves = st.sampled_from(["x", "y", "x", "y", "2", "0.5", "3", "pi", "1.5", "(1/3)"])
formulas = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("+-*/"), inner).map("({0[0]} {0[1]} {0[2]})".format),
        st.tuples(inner, st.sampled_from(["2", "3", "-1"])).map("({0[0]})**{0[1]}".format),
        st.tuples(
            st.sampled_from(["sin", "cos", "exp", "tanh", "arctan", "sigmoid", "log", "sqrt"]),
            inner,
        ).map("{0[0]}({0[1]})".format),
    ),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None)
@given(formulas)
def test_random_formulas_agree_with_mpmath(text):
    point = np.array([[0.37], [0.81]])
    try:
        expected = by_mpmath(text, point[:, 0])
    except (ZeroDivisionError, OverflowError, TypeError):
        return
    try:
        formula = Formula(text, dimension=2)
    except ValueError as error:
        assert "real number" in str(error) or "cancels" in str(error) or "zero" in str(error)
        return
    with np.errstate(all="ignore"):
        got = formula.value(point)[0], formula.gradient(point)[:, 0]
        got += (formula.hessian(point)[..., 0],)
    if np.isfinite(got[0]) and all(np.abs(part).max() < 1e8 for part in expected):
        for ours, theirs in zip(got, expected, strict=True):
            size = 1 + max(np.abs(part).max() for part in expected)
            np.testing.assert_allclose(ours, theirs, 1e-6, 1e-6 * size, err_msg=text)


# What is not a formula


REFUSED = {
    # text: what the message must name
    "": "empty",
    "   ": "empty",
    "x^2": r"write \*\*",
    "2x": "'2x'.*2\\*x",
    "2(x + 1)": r"'2\('",
    "(x + 1)(x - 1)": r"'\)\('",
    "(x + 1)2": r"'\)2'",
    "3 x": "'3 x'",
    "1e5x": "'1e5x'",
    "xy": r"write x\*y",
    "x y": "cannot be read at 'y'",
    "sin x": r"sin\(x\)",
    "x(2)": r"'x\(2\)'.*\*",
    "sin": r"write sin\(x\)",
    "sin()": "takes one value",
    "sin(x, y)": "takes one value",
    "sin(*x)": r"'\*x'",
    "sin(x=1)": "'='",
    "y = x**2": "right of the equals sign",
    "sinn(x)": "did you mean 'sin'",
    "foo(x)": "'foo'.*Known names are x, y, pi, e, sin",
    "z": "'z'.*Known names",
    "X": "'X'.*Known names",
    "log10(x)": "'log10'",
    "0,5*x": "0.5",
    "(x": "close every bracket",
    "x)": "cannot be read",
    "x +": "cannot be read",
    "x**y": r"exp",
    "(-2)**x": "exponent",
    "x/0": "divides by zero",
    "1/(2 - 2)": "divides by zero",
    "0**-1": "real number",
    "log(-1)": "real number",
    "(-8)**(1/3)": "real number",
    "x/(x - x)": "cancels out.*no real number",
    "exp(x - x + 999)": "cancels out",
    "exp(1/(x - x))": "cancels out",
    "1e99*x*1e99*y*1e99*x*1e99*y": "1e300",
    # hostile
    "x.real": r"'x\.real'.*no dots",
    "np.sin(x)": r"'np\.sin\(x\)'",
    "(x).__class__.__bases__": "no dots",
    "__import__": "'__import__'",
    "__import__(x)": "'__import__'",
    "__import__('os').system('true')": '"\'"',
    "import os": "cannot be read",
    "canary(x)": "'canary'",
    "canary()": "'canary'",
    "eval(x)": "'eval'",
    "exec(x)": "'exec'",
    "open(x)": "'open'",
    "sympify(x)": "'sympify'",
    "lambda: x": "':'",
    "lambda x": "cannot be read",
    "[x for x in y]": r"'\['",
    "(x for x in y)": "x for x in y",
    "{x}": "'{'",
    "x[0]": r"'\['",
    "'x'": '"\'"',
    '"x"': "'\"'",
    "f'{x}'": '"\'"',
    "x if y else x": "x if y else x",
    "x and y": "x and y",
    "not x": "not x",
    "x is y": "x is y",
    "x in y": "x in y",
    "x // y": "x // y",
    "x % y": "'%'",
    "x @ y": "'@'",
    "x < y": "'<'",
    "x | y": r"'\|'",
    "~x": "'~'",
    "x := 2": "':'",
    "x; y": "';'",
    "x\\\ny": "'\\\\",
    "await x": "await x",
    "(yield)": "yield",
    "True": "'True'",
    "None": "'None'",
    "...": "'...'",
    "2j": "'2j'",
    "0x10": "'0x'",
    "1if x else y": "'1if'",
    "x#y": "'#'",
    "x\0": r"\\x00",
    "\uff58**2": "'\uff58'",  # a full-width x, which Python's own parser reads as x
    "x\u00b2": "'\u00b2'",
    "\u03c0*x": "'\u03c0'",
    "x\u2212y": "'\u2212'",
    "\u0445**2": "'\u0445'",  # a Cyrillic letter that looks like x
    "9**9**9**9": r"'9\*\*9\*\*9'.*20",
    "9**9**9": "20",
    "x**21": "20",
    "x**1e9": "20",
    "(((x**20)**20)**20)**20": "100",
    "((((10**15 + x - x)**20)**20)**20)": "100",
    "10**20**20": "20",
    "10**20*10**20*10**20*10**20*10**20*10": "1e100",
    "1e999": "1e100",
    "9" * 400: "1e100",
    "exp(exp(exp(exp(9))))": "1e100",
    "cosh(9**9)": "1e100",
    "x" * 100_000: "100000 characters",
    "+".join("x" * 240): "parts",
    "-" * 400 + "x": "parts",
    "(" * 150 + "x" + ")" * 149: "cannot be read",
    "(" * 240 + "x" + ")" * 240: "cannot be read",
    "sin(" * 90 + "x" + ")" * 90: "deep",
    "2**" * 90 + "x": "deep",
    "(x + 1/" * 40 + "x" + ")" * 40: "deep",
}


@pytest.mark.parametrize("text", REFUSED, ids=lambda text: ascii(text[:25]))
def test_refusals_name_the_piece(text):
    with pytest.raises(ValueError, match=REFUSED[text]) as caught:
        Formula(text)
    message = str(caught.value)
    assert len(message) < 300
    assert caught.value.__cause__ is None  # no parser's traceback in front of a student


@pytest.mark.parametrize("text", [None, 3, b"x**2", ["x"], 2.5, True])
def test_not_a_text(text):
    with pytest.raises(TypeError, match="formula is a text"):
        Formula(text)


def test_dimension():
    assert Formula("x**2").dimension == 1
    assert Formula("x**2 + 0*y").dimension == 2
    assert Formula("x**2", dimension=2).dimension == 2
    with pytest.raises(ValueError, match="contains y"):
        Formula("x + y", dimension=1)


def test_nothing_needs_sympy():
    code = """
import sys
import numpy as np
from gdviz.formulas.formula import Formula
formula = Formula("sin(x)**2 + y**3/(1 + exp(-x))")
formula.value(np.ones(2)), formula.gradient(np.ones(2)), formula.hessian(np.ones(2))
assert not formula.is_quadratic
assert formula.latex and formula.gradient_latex
assert "sympy" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True)


# Thousands of strange texts: a formula or a ValueError, soon, and nothing run


@pytest.fixture(scope="module")
def nothing_runs():
    """Return a function that reads a text and fails if that ran, imported or opened anything."""
    called, events, watching = [], [], [False]
    builtins.canary = lambda *values: called.append(values)
    heard = ("exec", "import", "open", "os.", "subprocess.", "socket.", "ctypes.", "pickle.")

    def listen(event, _):
        if watching[0] and event.startswith(heard):
            events.append(event)

    sys.addaudithook(listen)  # cannot be removed, only told to stop listening
    for text in ("abs(x) + 2**y + x**0.5", "sinn(x)", "(x"):
        try_to_read(text)  # whatever is imported late, is imported now

    def check(text):
        watching[0], started = True, time.process_time()
        try:
            formula = try_to_read(text)
        finally:
            watching[0] = False
        took = time.process_time() - started
        assert not called
        assert not events
        assert took < 2  # generous: a shared machine; the usual is a few milliseconds
        return formula

    yield check
    del builtins.canary


def try_to_read(text):
    try:
        return Formula(text)
    except ValueError as error:
        assert str(error)
        return None


pieces = st.sampled_from(
    [
        *(*VARIABLES, *CONSTANTS, *FUNCTIONS),
        *("canary", "canary()", "canary(x)", "__import__", "os", "eval", "exec", "lambda"),
        *(
            "if",
            "else",
            "for",
            "in",
            "not",
            "and",
            "is",
            "await",
            "yield",
            "None",
            "True",
            "import",
        ),
        *("**", "//", "(", ")", "sin(", "exp(", "log(", " ", "\n", "_", "z", *"0123456789xy+-*/.,"),
        *("'", '"', "[", "]", "{", "}", ":", ":=", "=", "^", "%", "@", "<", "!", "#", "\\", "\0"),
        *(
            "9**9",
            "**9",
            "1e9",
            "1e99",
            "1e309",
            "0x",
            "1_",
            "2j",
            ".5",
            "5.",
            ".real",
            ".__class__",
        ),
        *("x - x", "**20", "10**20", "/0", "\u03c0", "\uff58", "\u00b2", "x**2 + y**2"),
    ]
)


@settings(max_examples=1500, deadline=None)
@given(st.lists(pieces, max_size=25).map("".join))
def test_strange_pieces_are_never_run(nothing_runs, text):
    nothing_runs(text)


@settings(max_examples=500, deadline=None)
@given(st.text(max_size=60))
def test_strange_characters_are_never_run(nothing_runs, text):
    nothing_runs(text)


@settings(max_examples=800, deadline=None)
@given(
    st.sampled_from(
        [
            "(x**2 + y - 11)**2 + (x + y**2 - 7)**2",
            "x*cos(0.15*pi*x)",
            "1 - exp(-(x**2 + y**2)/2)",
            "2**(x - 1)*sqrt(abs(y))",
        ]
    ),
    st.lists(st.tuples(st.integers(0, 40), st.integers(0, 3), pieces), min_size=1, max_size=4),
)
def test_mutated_formulas_are_never_run(nothing_runs, text, changes):
    for place, cut, piece in changes:
        text = text[:place] + piece + text[place + cut :]
    formula = nothing_runs(text)
    if formula is not None:
        w = np.zeros((formula.dimension, 2, 3))
        with np.errstate(all="ignore"):
            assert formula.value(w).shape == (2, 3)
            assert formula.gradient(w).shape == w.shape
            assert formula.hessian(w).shape == (formula.dimension, *w.shape)
        assert formula.latex.startswith("f(x")


@pytest.mark.parametrize(
    "text",
    [
        "2**(x + 20)*2**(-x)",
        "exp(1000000000*log(3*x))/x**20",
        "exp(999999999*log(x))",
        "exp(10**9*log(2*x) - 10**9*log(x))",
        "exp(exp(exp(x + 9.5)*exp(-x)))",
        "sinh(cosh(sinh(cosh(sinh(cosh(sinh(cosh(x))))))))",
        "tanh((((arctan(x)*(x + 7) + x/x)*(log(x) + acos(x) + y))/(x**(1/3) + (1 + y - x)))**2)",
        "log(10**(cosh(10**x)**20/((1 + tanh(y) - 1)*arccos((y*20)**-0.5))))",
        "(x + (x*x)**1.5/pi**(y + x))**1.5",
        "(sinh(y*123456789012 + sigmoid(x) - sinh(47))**20)**2",
        "(1e99 - x + y*x)**7/1e99",
        "-" * 12 + "x",
        "+".join(f"{i}*x**{i % 20}" for i in range(1, 32)),
    ],
)
def test_what_computer_algebra_would_take_for_ever_or_choke_on(nothing_runs, text):
    """Each of these hangs sympy, fills its memory or breaks its stack."""
    formula = nothing_runs(text)
    if formula is not None:
        with np.errstate(all="ignore"):
            formula.hessian(np.full((formula.dimension, 3), 0.5))
        assert formula.gradient_latex


# What follows from a formula


def test_constants_fill_the_batch():
    for text in ("3", "x - x + 3", "pi"):
        formula = Formula(text, dimension=2)
        w = np.zeros((2, 4, 5))
        assert formula.value(w).shape == (4, 5)
        assert formula.gradient(w).shape == (2, 4, 5)
        assert not formula.hessian(w).any()
        assert formula.value(w).dtype == formula.gradient(w).dtype == float
        assert formula.value(np.zeros(2)).shape == ()


def test_what_cancels_out_is_worked_out():
    """A slider may bring a factor to 0, and the formula is still one."""
    formula = Formula("y*cos(0*x) + exp(x - x + 2)*x + sqrt(4 + 0*y)")
    np.testing.assert_allclose(formula.value(np.array([3.0, 5.0])), 5 + 3 * np.exp(2) + 2)
    np.testing.assert_allclose(formula.gradient(np.array([3.0, 5.0])), [np.exp(2), 1])


def test_results_are_new_arrays():
    formula = Formula("x")
    w = np.array([[1.0, 2.0]])
    assert not np.shares_memory(formula.value(w), w)


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [("log(x)", 1.0, -1.0), ("sqrt(x)", 1.0, -1.0), ("arcsin(x)", 0.5, 2.0), ("x**1.5", 1.0, -1.0)],
)
def test_undefined_is_nan(text, inside, outside):
    formula = Formula(text)
    with np.errstate(all="ignore"):
        for what in (formula.value, formula.gradient, formula.hessian):
            assert np.isfinite(what(np.array([inside]))).all()
            assert np.isnan(what(np.array([outside]))).all()


def test_kinks_and_steps():
    formula = Formula("abs(x)")
    w = np.array([[-2.0, 0.0, 3.0]])
    np.testing.assert_array_equal(formula.gradient(w), [[-1, 0, 1]])
    np.testing.assert_array_equal(formula.hessian(w), np.zeros((1, 1, 3)))


@pytest.mark.parametrize(
    ("text", "quadratic"),
    [
        ("x**2 + 3*x*y - y", True),
        ("3", True),
        ("(x + y)*(x - y)", True),
        ("(x**2 + 1)**2 - x**4", True),
        ("1e-6*x**2 + 1e6*y**2", True),
        ("x**2 + y**3", False),
        ("abs(x) + y", False),
        ("exp(x) + y**2", False),
        ("x**2/y", False),
        ("1e99*x**9*y", False),
    ],
)
def test_is_quadratic(text, quadratic):
    assert Formula(text, dimension=2).is_quadratic is quadratic


def test_longest_text():
    assert Formula("x" + " " * (LONGEST_TEXT - 1)).text == "x"
    with pytest.raises(ValueError, match="501 characters"):
        Formula("x" + " " * LONGEST_TEXT)


def test_read_keeps_fractions_and_works_out_the_rest():
    assert read("x/3")[0][1:] == ("x", 3)
    assert read("2**3 + sqrt(4)")[0][1:] == (8, 2)
    assert read("ln(x)")[0] == ("log", "x")
    assert read("e**x")[0] == ("exp", "x")
    assert read("x**0.5")[0] == ("sqrt", "x")
