"""LaTeX of a formula and its gradient, by sympy, as one would write them on paper."""

from functools import cache

import sympy
from sympy.core.parameters import distribute
from sympy.printing.precedence import PRECEDENCE

from .reading import FUNCTIONS, read

LATEX = {"exp": "e^{{{}}}", "sqrt": r"\sqrt{{{}}}", "abs": r"\left|{{{}}}\right|"}
MOST_PARTS = 800  # of a gradient that anyone would read


def typeset(term, variables):
    r"""Return the LaTeX of a formula and of its gradient.

    Parameters
    ----------
    term : float, int, str or tuple
        As `read` makes it.
    variables : sequence of str
        The coordinates of a point: ``("x",)`` or ``("x", "y")``.

    Returns
    -------
    formula, gradient : str
        ``f(x, y) = ...`` and ``\nabla f(x, y) = ...``, for one coordinate ``f'(x) = ...``.

    Examples
    --------
    >>> typeset(read("x**2")[0], ("x",))
    ('f(x) = x^{2}', "f'(x) = 2 x")
    """
    symbols = sympy.symbols(variables)
    expression = _build(term, dict(zip(variables, symbols, strict=True)))
    with distribute(False):  # 2*(x + y - 7) stays as it is
        slopes = [expression.diff(symbol) for symbol in symbols]
    point = ", ".join(variables)
    parts = sum(1 for slope in slopes for _ in sympy.preorder_traversal(slope))
    written = [sympy.latex(each) if parts <= MOST_PARTS else r"\ldots" for each in slopes]
    formula = f"f({point}) = {sympy.latex(expression)}"
    if len(slopes) == 1:
        return formula, f"f'({point}) = {written[0]}"
    pair = r",\; ".join(written)
    return formula, rf"\nabla f({point}) = \left({pair}\right)"


def _build(term, names):
    """Return the term as a sympy expression, with `names` (dict) for x and y.

    All functions are our own, so sympy is left with sums, products and whole powers. Its own
    functions simplify themselves: exp(10**9*log(3*x)) would compute 3**(10**9), and sqrt(x)**2
    would be defined for negative x.
    """
    match term:
        case "pi" | "e":
            return sympy.pi if term == "pi" else sympy.E
        case str():
            return names[term]
        case int() | float():
            return sympy.Integer(term) if isinstance(term, int) else sympy.Float(term)
        case (operation, *operands):
            built = [_build(operand, names) for operand in operands]
            return (_function(operation) if isinstance(operation, str) else operation)(*built)


@cache
def _function(name):
    """Return a function as a sympy class that knows its slope and LaTeX, and evaluates nothing."""

    def slope(self, argindex=1):
        return _build(read(FUNCTIONS[name][1])[0], {"x": self.args[0]})

    def slope_of_power(self, argindex=1):
        base, exponent = self.args
        if argindex == 1:
            return exponent * self.func(base, exponent - 1)
        return _function("log")(base) * self

    def latex(self, printer, exp=None):
        if name == "power":
            base = printer.parenthesize(self.args[0], PRECEDENCE["Pow"])
            text = f"{base}^{{{printer._print(self.args[1])}}}"
        else:
            text = LATEX[name].format(printer._print(self.args[0]))
        return text if exp is None else rf"\left({text}\right)^{{{exp}}}"

    methods = {
        "fdiff": slope_of_power if name == "power" else slope,
        "_should_evalf": classmethod(lambda cls, argument: -1),  # not even of a number
    }
    if name == "power" or name in LATEX:
        methods["_latex"] = latex
    return type(name, (sympy.Function,), methods)
