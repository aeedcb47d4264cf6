r"""LaTeX as one writes it on paper; a reader that knows nothing of ours reads back what it says.

The oracle is latex2sympy2: it turns LaTeX into an expression of sympy's, which NumPy works out.
"""

import re
import time
from operator import add, mul, pow, sub, truediv

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from latex2sympy2_extended import latex2sympy

from gdviz.formulas.code import compiled
from gdviz.formulas.formula import Formula
from gdviz.formulas.graph import Graph
from gdviz.formulas.latex import latex
from gdviz.formulas.paper import Paper
from gdviz.formulas.reading import FUNCTIONS, read
from gdviz.losses.gallery import surfaces
from tests.formulas.test_formula import formulas

POINT = np.array([0.37, 0.81])

# The reader knows no sign and no sigmoid: they borrow the names of two functions that we don't have
BORROWED = {r"\operatorname{sign}": r"\operatorname{arcsinh}",
            r"\operatorname{sigmoid}": r"\operatorname{arctanh}"}  # fmt: skip
WORKED_OUT = {
    "asinh": np.sign,
    "atanh": lambda u: 1 / (1 + np.exp(-u)),
    "log": lambda u, base: np.log(u) / np.log(base),  # \ln is read as the logarithm to base e
}


def value_of(text, x, y):
    """Return the number that a piece of LaTeX says."""
    for ours, theirs in BORROWED.items():
        text = text.replace(ours, theirs)
    text = re.sub(r"(?<![+-]) (?=\\left\()", r" \\cdot ", text)  # x (y) is no function x of y
    expression = latex2sympy(text)
    compute = sympy.lambdify(sympy.symbols("x y"), expression, [WORKED_OUT, "numpy"])
    return float(compute(x, y))


def written(formula):
    """Return the LaTeX of a formula's height and of each of its slopes."""
    height = formula.latex.partition(" = ")[2]
    slopes = formula.gradient_latex.partition(" = ")[2]
    if formula.dimension == 2:
        slopes = slopes.removeprefix(r"\left(").removesuffix(r"\right)")
    return [height, *slopes.split(r",\; ")]


def assert_says_what_it_computes(formula, rtol=1e-9):
    point = POINT[: formula.dimension]
    expected = np.array([formula.value(point), *formula.gradient(point)])
    said = [value_of(text, *POINT) for text in written(formula)]
    size = 1 + np.abs(expected).max()
    np.testing.assert_allclose(said, expected, rtol, rtol * size, err_msg=formula.text)


@pytest.mark.parametrize("name", surfaces)
def test_the_gallery_says_what_it_computes(name):
    assert_says_what_it_computes(Formula(surfaces[name].formula))


@pytest.mark.parametrize(
    "text",
    [
        *(f"{name}(x*y)*x + {name}(y/3)**2" for name in FUNCTIONS),
        "-x**3 - -y + +2",
        "x - (y - (x - 0.1))*-2",
        "(x + y)**7/(1 + x**2)**2",
        "x**-3*y**20 - (-x)**3 - (x**2)**-3",
        "2**x + 0.5**(x*y) + pi**-y + e**(x - y) + x**pi + (1/3)**x + 2.5e-9**x",
        "x**0.5 + (x*y)**1.5 + (1 + x**2)**-2.5 + (x**2)**(1/3)",
        "1/3*x + 1e5*y - .5 + 2.*x*1_000 + 1e-8*x*y**2",
        "x/3/y + x/(y/2) + 2/(3*x) - x/-y",
        "exp(-(x/2)**2) + exp(-x/(2*y)) + exp(x)**2 + exp(1/(1 + x)/2)",
        "(x/2 + y)/3 + x*(x + 1)/2 + (x/(1 + y))**2 + 1/(1 + x/2)",
        "x*2*3 + 2*(x*2**y) + x*x*y*x",
        "-(y + 47)*sin(sqrt(abs(x/2 + y + 47))) - x*sin(sqrt(abs(x - (y + 47))))",
        "123456789*x + 1e40*y",
        "(2*x)**3 + (x*y)**2/(x*y) + x/x**2",
    ],
)
def test_latex_says_what_a_formula_computes(text):
    assert_says_what_it_computes(Formula(text, dimension=2))


@settings(max_examples=150, deadline=None)
@given(formulas)
def test_latex_of_random_formulas_says_what_they_compute(text):
    try:
        formula = Formula(text, dimension=2)
    except ValueError:
        return
    with np.errstate(all="ignore"):
        values = np.array([formula.value(POINT), *formula.gradient(POINT)])
        # as typed it may be undefined where u/u was tidied to 1
        typed = value_of(written(formula)[0], *POINT)
        if np.isfinite([typed, *values]).all() and np.abs(values).max() < 100:
            assert_says_what_it_computes(formula, rtol=1e-4)  # six digits of constants are shown


GRADIENTS = {
    "parabola": "2 x",
    "wide_parabola": "0.02 x",
    "double_well": "x^{3} - x^{2} - 2 x",
    "cliff": r"0.1 x + 12 \operatorname{sigmoid}\left(6 \left(x - 1\right)\right) "
    r"\left(1 - \operatorname{sigmoid}\left(6 \left(x - 1\right)\right)\right)",
    "x_cos_x": r"\cos\left(0.15 \pi x\right) - 0.15 \pi x \sin\left(0.15 \pi x\right)",
    "bowl": r"2 x,\; 4 y",
    "valley": r"\frac{x}{20},\; y",
    "saddle": r"x,\; y^{3} - y",
    "himmelblau": r"4 x \left(x^{2} + y - 11\right) + 2 \left(x + y^{2} - 7\right),\; "
    r"2 \left(x^{2} + y - 11\right) + 4 y \left(x + y^{2} - 7\right)",
    "rosenbrock": r"-2 \left(1 - x\right) - 400 x \left(y - x^{2}\right),\; "
    r"200 \left(y - x^{2}\right)",
    "beale": r"2 \left(1.5 - x + x y\right) \left(y - 1\right)"
    r" + 2 \left(2.25 - x + x y^{2}\right) \left(y^{2} - 1\right)"
    r" + 2 \left(2.625 - x + x y^{3}\right) \left(y^{3} - 1\right),\; "
    r"2 x \left(1.5 - x + x y\right) + 4 x y \left(2.25 - x + x y^{2}\right)"
    r" + 6 x y^{2} \left(2.625 - x + x y^{3}\right)",
    "rastrigin": r"2 x + 20 \pi \sin\left(2 \pi x\right),\; 2 y + 20 \pi \sin\left(2 \pi y\right)",
    "plateau": r"x e^{-\left(x^{2} + y^{2}\right)/2},\; y e^{-\left(x^{2} + y^{2}\right)/2}",
}


@pytest.mark.parametrize("name", surfaces)
def test_gradients_of_the_gallery_as_in_a_textbook(name):
    gradient = GRADIENTS[name]
    if surfaces[name].dimension == 1:
        assert surfaces[name].gradient_latex == f"f'(x) = {gradient}"
    else:
        assert surfaces[name].gradient_latex == rf"\nabla f(x, y) = \left({gradient}\right)"


@pytest.mark.parametrize(
    ("text", "height", "slope"),
    [
        ("x**2", "x^{2}", "2 x"),
        ("x*x*x", "x^{3}", "3 x^{2}"),
        ("-x", "-x", "-1"),
        ("0 - x", "-x", "-1"),
        ("3 - -2*x", "3 + 2 x", "2"),
        ("3 + -2*x", "3 - 2 x", "-2"),
        ("x - (3 - x)", r"x - \left(3 - x\right)", "2"),
        ("-(x + 1)", r"-\left(x + 1\right)", "-1"),
        ("x*2*3", r"2 \cdot 3 x", "6"),
        ("x*2**x", r"x \cdot 2^{x}", r"2^{x} + x \cdot 2^{x} \ln\left(2\right)"),
        ("x*(x + 1)", r"x \left(x + 1\right)", "2 x + 1"),
        ("x/2 - 0.5*x**2", r"\frac{x}{2} - 0.5 x^{2}", r"\frac{1}{2} - x"),
        ("3*x**2/20", r"\frac{3 x^{2}}{20}", r"\frac{3 x}{10}"),
        ("(x + 1)/2", r"\frac{x + 1}{2}", r"\frac{1}{2}"),
        ("(x/3 + 1)/2", r"\frac{1}{2} \left(\frac{x}{3} + 1\right)", r"\frac{1}{6}"),
        ("1/x", r"\frac{1}{x}", r"-\frac{1}{x^{2}}"),
        ("x/(1 + x)", r"\frac{x}{1 + x}",
         r"\frac{1}{1 + x} - \frac{x}{\left(1 + x\right)^{2}}"),
        ("0.1*x*3", r"0.1 \cdot 3 x", "0.3"),
        ("1e-8*x**2", "10^{-8} x^{2}", r"2 \cdot 10^{-8} x"),
        ("exp(-x)", "e^{-x}", "-e^{-x}"),
        ("exp(-x**2/2)", "e^{-x^{2}/2}", "-x e^{-x^{2}/2}"),
        ("sqrt(x)", r"\sqrt{x}", r"\frac{1}{2 \sqrt{x}}"),
        ("2**x", "2^{x}", r"2^{x} \ln\left(2\right)"),
        ("x**pi", r"x^{\pi}", r"\pi x^{\pi - 1}"),
        ("x**(1/3)", "x^{1/3}", r"\frac{x^{-2/3}}{3}"),
        ("abs(x)", r"\left|x\right|", r"\operatorname{sign}\left(x\right)"),
        ("sin(x)**2", r"\sin^{2}\left(x\right)", r"2 \sin\left(x\right) \cos\left(x\right)"),
        ("cos(pi*x)**-1", r"\left(\cos\left(\pi x\right)\right)^{-1}",
         r"\frac{\pi \sin\left(\pi x\right)}{\cos^{2}\left(\pi x\right)}"),
        ("tanh(x)", r"\tanh\left(x\right)", r"1 - \tanh^{2}\left(x\right)"),
        ("log(x**2)", r"\ln\left(x^{2}\right)", r"\frac{2}{x}"),
        ("x/3/3*9 + 0*x", r"\frac{9 x}{3 \cdot 3} + 0 x", "1"),
    ],
)  # fmt: skip
def test_as_on_paper(text, height, slope):
    assert Formula(text).latex == f"f(x) = {height}"
    assert Formula(text).gradient_latex == f"f'(x) = {slope}"


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (3, "3"),
        (0.1 + 0.2, "0.3"),
        (1 / 3, "0.333333"),
        (2**0.5, "1.41421"),
        (0.0001, "0.0001"),
        (1e-8, "10^{-8}"),
        (-2.5e-7, r"-2.5 \cdot 10^{-7}"),
        (123456789, "123456789"),
        (10**15, "10^{15}"),
        (10**99 * 7, r"7 \cdot 10^{99}"),
        (np.float64(0.25), "0.25"),
    ],
)
def test_numbers_have_digits_enough(number, expected):
    assert latex(number) == expected


def test_rules_have_their_usual_letters():
    bias = (truediv, "m", (sub, 1, ("power", "beta1", "k")))
    step = (mul, "rate", (truediv, "m", (add, ("sqrt", "s"), 1e-8)))
    assert latex((sub, "theta", step)) == r"\theta - \frac{\eta m}{\sqrt{s} + 10^{-8}}"
    assert latex(bias) == r"\frac{m}{1 - \beta_{1}^{k}}"
    average = (add, (mul, "decay", "s"), (mul, (sub, 1, "decay"), (pow, "g", 2)))
    assert latex(average, {"decay": r"\rho"}) == r"\rho s + \left(1 - \rho\right) g^{2}"
    assert latex((mul, "decay", "s")) == r"\mathrm{decay} \, s"
    assert latex("v_max") == r"v_{\mathrm{max}}"
    assert latex(("clip", "g", 1)) == r"\operatorname{clip}\left(g, 1\right)"


# Back from a graph to a term


@settings(max_examples=100, deadline=None)
@given(formulas)
def test_a_term_from_paper_computes_the_same(text):
    try:
        formula = Formula(text, dimension=2)
        paper, back = Paper(), Graph()
        again = back.build(paper.term(paper.build(read(text)[0])))
    except ValueError:
        return
    with np.errstate(all="ignore"):
        expected, got = formula.value(POINT), compiled(back, [again])(POINT)[0]
    if np.isfinite(expected):
        np.testing.assert_allclose(got, expected, 1e-9, 1e-9)


def test_paper_keeps_pi_fractions_and_logarithms():
    paper = Paper()
    slope = paper.slope(paper.build(read("pi*x/3*2**x")[0]), "x")
    assert latex(paper.term(slope)) == (
        r"\frac{\pi \cdot 2^{x}}{3} + \frac{\pi x \cdot 2^{x} \ln\left(2\right)}{3}"
    )


# Long ones


@pytest.mark.parametrize(
    "text",
    [
        "sigmoid(" * 14 + "x*y" + ")" * 14,
        "*".join(f"tanh(x - {i}*y)" for i in range(13)),
        "sin(sin(x)**2)*" * 7 + "sin(y)",
        "(" * 8 + "x*y" + "/(1 + x) + y)" * 8,
    ],
)
def test_a_gradient_too_long_to_be_read_is_dots(text):
    formula = Formula(text)
    started = time.process_time()
    assert len(formula.latex) < 2000
    assert len(formula.gradient_latex) < 20_000
    assert time.process_time() - started < 0.5  # a hundredth of it is usual


def test_dots():
    text = "sigmoid(" * 14 + "x*y" + ")" * 14
    assert Formula(text).gradient_latex == r"\nabla f(x, y) = \left(\ldots,\; \ldots\right)"
    assert Formula("x/(1/10*3 - 3/10)").gradient_latex == r"f'(x) = \ldots"  # divides by 5.6e-17


@pytest.mark.parametrize(
    "text",
    [
        "(" * 15 + "x" + "/2 + 1)" * 15,
        "(" * 7 + "x" + " + 1)*x/2" * 7,
        "sin(" * 8 + "x" + ")**2" * 4 + ")" * 4,
        "1/(x + " * 7 + "1" + ")" * 7,
        "exp(" * 8 + "x" + "/2)" * 8,
        "-(" * 7 + "x" + ")" * 7,
        " + ".join("x" * 99),
        "*".join("x" * 15),
    ],
)
def test_nested_formulas_are_printed_at_once(text):
    formula = Formula(text)
    started = time.process_time()
    assert formula.latex
    assert formula.gradient_latex
    assert time.process_time() - started < 0.5
