"""Read a formula as a student types it; derive slope, curvature and LaTeX from that one text.

The text may come from a text box on a public page, so it is read, never run: `read` checks its
characters, syntax and names against short lists and turns it into a *term*, a number, a name or a
tuple ``(operation, term, ...)``. The sympy expression is built from the term alone.
"""

import ast
import difflib
import operator
import re
from collections.abc import Callable
from functools import cache, cached_property
from math import e, pi

import numpy as np

VARIABLES = ("x", "y")
CONSTANTS = {"pi": pi, "e": e}
OPERATIONS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}
EXACT = (operator.add, operator.sub, operator.mul, operator.truediv)  # 1/3 stays a fraction


def sigmoid(u):
    """Return 1 / (1 + exp(-u)), a smooth step from 0 to 1, for an array u of any shape."""
    return 1 / (1 + np.exp(-u))


FUNCTIONS = {  # by name: how NumPy computes it, and the formula of its slope
    "sin": (np.sin, "cos(x)"),
    "cos": (np.cos, "-sin(x)"),
    "tan": (np.tan, "1 + tan(x)**2"),
    "arcsin": (np.arcsin, "1/sqrt(1 - x**2)"),
    "arccos": (np.arccos, "-1/sqrt(1 - x**2)"),
    "arctan": (np.arctan, "1/(1 + x**2)"),
    "sinh": (np.sinh, "cosh(x)"),
    "cosh": (np.cosh, "sinh(x)"),
    "tanh": (np.tanh, "1 - tanh(x)**2"),
    "exp": (np.exp, "exp(x)"),
    "log": (np.log, "1/x"),
    "sqrt": (np.sqrt, "1/(2*sqrt(x))"),
    "abs": (np.abs, "sign(x)"),
    "sign": (np.sign, "0"),
    "sigmoid": (sigmoid, "sigmoid(x)*(1 - sigmoid(x))"),
}
COMPUTE = {name: compute for name, (compute, _) in FUNCTIONS.items()} | {"power": np.power}
PARTIAL = ("log", "sqrt", "arcsin", "arccos", "power")  # not defined everywhere
ALIASES = {"ln": "log", "asin": "arcsin", "acos": "arccos", "atan": "arctan"}
NAMES = (*VARIABLES, *CONSTANTS, *FUNCTIONS)
LATEX = {"exp": "e^{{{}}}", "sqrt": r"\sqrt{{{}}}", "abs": r"\left|{{{}}}\right|"}

LONGEST_TEXT = 500  # characters
MOST_PARTS = 200  # numbers, names, operations and calls
DEEPEST = 16  # operations inside operations
LARGEST_NUMBER = 1e100
LARGEST_EXPONENT = 20
LARGEST_POWER = 100  # of a power of a power, multiplied out
LARGEST_GRADIENT = 800  # parts: sympy differentiates as many once more without a noticeable wait


class Formula:
    r"""A formula in x (and y), with the slope and the curvature that follow from it.

    Parameters
    ----------
    text : str
        What to compute, in Python's notation: ``"x**2 + 3*sin(y)"``.
    dimension : {1, 2}, optional
        How many coordinates a point has; by default 2 where y appears, else 1.

    Attributes
    ----------
    text : str
        The formula as typed, its spaces tidied.
    dimension : int
        d, 1 or 2.
    value, gradient, hessian : callable
        Take float64 points (d, *batch); return new arrays (*batch), (d, *batch), (d, d, *batch).
        They check nothing, and leave overflow and NaN to the caller's ``np.errstate``.

    Raises
    ------
    TypeError
        If `text` is not a string.
    ValueError
        If `text` is no formula, or a heavier one than a lesson needs. The message names the piece
        and says what to write instead.

    Examples
    --------
    >>> valley = Formula("x**2 + 10*y**2")
    >>> valley.gradient(np.array([1.0, 2.0]))
    array([ 2., 40.])
    >>> print(valley.gradient_latex)
    \nabla f(x, y) = \left(2 x,\; 20 y\right)
    >>> Formula("x^2")
    Traceback (most recent call last):
    ValueError: '^' in the formula: write ** for powers, as in x**2.
    """

    def __init__(self, text, dimension=None):
        term, self.text = read(text)
        self.dimension = dimension or (2 if _mentions(term, "y") else 1)
        if self.dimension == 1 and _mentions(term, "y"):
            raise ValueError("The formula contains y, but dimension is 1: use dimension=2.")
        import sympy  # here, not above: it doubles the time that `import gdviz` takes
        from sympy.core.parameters import distribute

        self._symbols = sympy.symbols(VARIABLES[: self.dimension])
        self._expression = _build(term, dict(zip(VARIABLES, self._symbols, strict=False)))
        with distribute(False):  # 2*(x + y - 7) stays as on paper, and is cheaper to compute
            self._slopes = [self._expression.diff(symbol) for symbol in self._symbols]
        self._refuse_what_cannot_be_drawn()

    def _refuse_what_cannot_be_drawn(self):
        import sympy

        impossible = (sympy.I, sympy.zoo, sympy.nan, sympy.oo, -sympy.oo)
        expressions = [self._expression, *self._slopes]
        if any(expression.has(*impossible) for expression in expressions):
            raise ValueError(f"{_short(self.text)} is not a real number anywhere: change it.")
        numbers = (number for each in expressions for number in each.atoms(sympy.Number))
        if any(abs(number) > LARGEST_NUMBER for number in numbers):
            raise ValueError(
                f"{_short(self.text)} multiplies out to numbers above 1e100: use less."
            )
        size = sum(1 for slope in self._slopes for _ in sympy.preorder_traversal(slope))
        if size > LARGEST_GRADIENT:
            raise ValueError(
                f"The gradient of {_short(self.text)} has {size} parts, more than "
                f"{LARGEST_GRADIENT}: use fewer products and fewer functions inside functions."
            )

    @cached_property
    def _curvatures(self):
        """The second derivatives: xx, xy, yy."""
        from sympy.core.parameters import distribute

        with distribute(False):
            return [
                slope.diff(symbol)
                for i, slope in enumerate(self._slopes)
                for symbol in self._symbols[i:]
            ]

    @cached_property
    def value(self) -> Callable:
        """The height at each point."""
        compute = _compiled(self._symbols, [self._expression])
        return lambda w: compute(w)[0]

    @cached_property
    def gradient(self) -> Callable:
        """The slopes at each point."""
        return self._where_defined(_compiled(self._symbols, self._slopes))

    @cached_property
    def hessian(self) -> Callable:
        """The curvatures at each point."""
        compute = self._where_defined(_compiled(self._symbols, self._curvatures))
        entry = [[0]] if self.dimension == 1 else [[0, 1], [1, 2]]
        return lambda w: compute(w)[entry]

    def _where_defined(self, compute):
        """Make slopes NaN where the height is: 1/x is no slope of log(x) at x = -1."""
        if not self._expression.has(*map(_function, PARTIAL)):
            return compute
        return lambda w: np.where(np.isnan(self.value(w)), np.nan, compute(w))

    @cached_property
    def is_quadratic(self):
        """Whether the curvature is the same everywhere (bool)."""
        if not self._expression.is_polynomial(*self._symbols):
            return False
        somewhere = np.random.default_rng(0).uniform(-1, 1, (self.dimension, 50))
        with np.errstate(all="ignore"):  # a polynomial the same at so many points is a constant
            curvature = self.hessian(somewhere)
            return bool((np.ptp(curvature, axis=-1) <= 1e-9 * np.abs(curvature).max()).all())

    @cached_property
    def latex(self):
        """``f(x, y) = ...`` in LaTeX (str)."""
        import sympy

        return f"f({', '.join(VARIABLES[: self.dimension])}) = {sympy.latex(self._expression)}"

    @cached_property
    def gradient_latex(self):
        r"""``f'(x) = ...``, or ``\nabla f(x, y) = ...`` as a pair, in LaTeX (str)."""
        import sympy

        if self.dimension == 1:
            return f"f'(x) = {sympy.latex(self._slopes[0])}"
        pair = r",\; ".join(map(sympy.latex, self._slopes))
        return rf"\nabla f(x, y) = \left({pair}\right)"


# From text to term: plain Python, which computes nothing but small floating-point numbers


def read(text):
    """Read a formula.

    Parameters
    ----------
    text : str
        The formula as typed.

    Returns
    -------
    term : float, int, str or tuple
        A number, a name, or ``(operation, term, ...)`` where the operation is one of
        `OPERATIONS`' values or a name in `FUNCTIONS`.
    text : str
        The text, its spaces tidied.

    Raises
    ------
    TypeError, ValueError
        As `Formula` does.

    Examples
    --------
    >>> read("2 * sin(x)")
    ((<built-in function mul>, 2, ('sin', 'x')), '2 * sin(x)')
    """
    if not isinstance(text, str):
        raise TypeError(f"A formula is a text such as 'x**2', not {type(text).__name__}.")
    if len(text) > LONGEST_TEXT:
        raise ValueError(
            f"The formula has {len(text)} characters, more than {LONGEST_TEXT}: shorten it."
        )
    text = " ".join(text.split())
    if not text:
        raise ValueError("The formula is empty: write one, such as x**2.")
    _check_spelling(text)
    try:
        tree = ast.parse(text, mode="eval").body
    except (SyntaxError, RecursionError, MemoryError) as error:
        near = text[max((getattr(error, "offset", 0) or 1) - 1, 0) :] or text
        raise ValueError(
            f"The formula cannot be read at {_short(near)}: close every bracket, write functions "
            "as sin(x) and products with *."
        ) from None
    parts = sum(isinstance(node, ast.expr) for node in ast.walk(tree))
    if parts > MOST_PARTS:
        raise ValueError(f"The formula has {parts} parts, more than {MOST_PARTS}: shorten it.")
    try:
        return _read(tree), text
    except _RefusedError as refused:
        node, why = refused.args
        piece = _short(text[node.col_offset : node.end_col_offset])
        raise ValueError(f"{piece} in the formula: {why}.") from None


def _check_spelling(text):
    if found := re.search(r"[^A-Za-z0-9_.+\-*/(), ]", text):
        remedies = {
            "^": "write ** for powers, as in x**2",
            "=": "write only what stands to the right of the equals sign",
        }
        usual = "use plain letters, numbers, brackets ( ), and + - * / **"
        raise ValueError(f"{found[0]!r} in the formula: {remedies.get(found[0], usual)}.")
    number = r"(?<![\w.])(?>(?:\d[\d_]*\.?|\.\d)[\d_]*(?:[eE][+-]?\d+)?)"
    if found := re.search(rf"{number} ?(?:\(|[A-Za-z_]+)|\) ?(?:\(|\w+|\.\d)", text):
        raise ValueError(f"{_short(found[0])} in the formula: write products with *, as in 2*x.")


class _RefusedError(Exception):
    """A syntax node, and why a formula may not hold it."""


def _read(node, depth=0, power=1.0):
    """Return the node as a term; `power` is what it will be raised to from outside."""
    if depth > DEEPEST:
        raise _RefusedError(node, f"it lies more than {DEEPEST} operations deep; simplify it")
    match node:
        case ast.Constant(value=bool()):
            raise _RefusedError(node, "write a number, 1 or 0")
        case ast.Constant(value=int() | float()):
            term = node.value
        case ast.Name(id=name):
            _check_name(node, VARIABLES + tuple(CONSTANTS))
            term = name
        case ast.UnaryOp(op=ast.UAdd() | ast.USub() as sign):
            operand = _read(node.operand, depth + 1, power)
            term = (operator.sub, 0, operand) if isinstance(sign, ast.USub) else operand
        case ast.BinOp(op=ast.Pow()):
            term = _read_power(node, depth, power)
        case ast.BinOp(op=op) if type(op) in OPERATIONS:
            along = isinstance(op, ast.Add | ast.Sub)  # a long sum is not deep
            left = _read(node.left, depth if along else depth + 1, power)
            right = _read(node.right, depth + 1, power)
            if isinstance(op, ast.Div) and _number(right) == 0:
                raise _RefusedError(node, "this divides by zero; change what it divides by")
            term = (OPERATIONS[type(op)], left, right)
        case ast.Call(func=ast.Name(id=name)) if name not in (*VARIABLES, *CONSTANTS):
            _check_name(node.func, (*FUNCTIONS, *ALIASES))
            if len(node.args) != 1 or node.keywords:
                raise _RefusedError(node, f"{name} takes one value; write {name}(x)")
            term = (ALIASES.get(name, name), _read(node.args[0], depth + 1))
        case ast.Call():
            raise _RefusedError(node, "only functions take brackets; write products with *")
        case ast.Attribute(attr=name):
            raise _RefusedError(node, f"names have no dots here; write {name}")
        case ast.Tuple():
            raise _RefusedError(node, "a comma does not belong here; write 0.5 for one half")
        case _:
            raise _RefusedError(node, "a formula holds numbers, + - * / **, ( ) and functions")
    return _settled(node, term)


def _read_power(node, depth, power):
    exponent = _read(node.right, depth + 1)
    size = _number(exponent)
    if size is None:
        base = _read(node.left, depth + 1)
        if (_number(base) or 0) <= 0:
            raise _RefusedError(
                node, "x or y in an exponent needs a number below, as in 2**x; or use exp and log"
            )
        return ("exp", exponent) if base == "e" else ("power", base, exponent)
    if abs(size) > LARGEST_EXPONENT:
        raise _RefusedError(node, f"exponents end at {LARGEST_EXPONENT}; use a smaller one")
    power *= max(1.0, abs(size))
    if power > LARGEST_POWER:
        raise _RefusedError(node, f"powers of powers end at {LARGEST_POWER}; use smaller ones")
    base = _read(node.left, depth + 1, power)
    if size.is_integer():
        return operator.pow, base, int(size)
    return ("sqrt", base) if size == 0.5 else ("power", base, exponent)


def _check_name(node, allowed):
    if node.id in allowed:
        return
    if node.id in (*FUNCTIONS, *ALIASES):
        raise _RefusedError(node, f"a function needs brackets; write {node.id}(x)")
    near = difflib.get_close_matches(node.id, NAMES, n=1)
    hint = f"did you mean {near[0]}? " if near else ""
    if set(node.id) <= set(VARIABLES):
        hint = f"write {'*'.join(node.id)}. "
    raise _RefusedError(node, f"{hint}Known names are {', '.join(NAMES)}")


def _settled(node, term):
    """Return the term; where it is constant, check its size, and work out powers and functions.

    Left to sympy, a constant such as exp(exp(exp(9))) would be worked out exactly, for ever.
    """
    try:
        number = _number(term)
    except (OverflowError, ZeroDivisionError, TypeError):  # TypeError: a complex root
        number = np.nan
    if number is None:
        return term
    if not abs(number) <= LARGEST_NUMBER:
        raise _RefusedError(node, "this is no real number up to 1e100; change it")
    if not isinstance(term, tuple) or term[0] in EXACT:
        return term
    return int(number) if number.is_integer() and abs(number) < 1e15 else number


def _number(term):
    """Return the value of a term without x and y (float), or None."""
    match term:
        case str():
            return CONSTANTS.get(term)
        case (operation, *operands):
            values = [_number(operand) for operand in operands]
            if None in values:
                return None
            compute = COMPUTE.get(operation, operation)
            with np.errstate(all="ignore"):
                return float(compute(*values))
        case _:
            return float(term)


def _mentions(term, name):
    return term == name or (isinstance(term, tuple) and any(_mentions(t, name) for t in term))


def _short(text):
    return repr(text if len(text) <= 40 else text[:37] + "...")


# From term to sympy, and from sympy to NumPy


def _build(term, names):
    """Return the term as a sympy expression, with `names` (dict) for x and y.

    All functions are our own, so sympy is left with sums, products and whole powers. Its own
    functions simplify themselves: exp(10**9*log(3*x)) would compute 3**(10**9), and sqrt(x)**2
    would be defined for negative x.
    """
    import sympy

    match term:
        case "pi" | "e":
            return sympy.pi if term == "pi" else sympy.E
        case str():
            return names[term]
        case int() | float():
            return sympy.Integer(term) if isinstance(term, int) else sympy.Float(term)
        case (operation, *operands):
            built = [_build(operand, names) for operand in operands]
            if not isinstance(operation, str):
                return operation(*built)
            if any(each.free_symbols for each in built):
                return _function(operation)(*built)
            return _build(_constant(operation, built), names)  # as in sin(0*x)


def _constant(operation, operands):
    """Return what a function makes of sympy numbers (int or float)."""
    try:
        with np.errstate(all="ignore"):
            number = float(COMPUTE[operation](*map(float, operands)))
    except (OverflowError, TypeError):  # TypeError: a division by zero
        number = np.nan
    if not abs(number) <= LARGEST_NUMBER:
        raise ValueError(f"x or y cancels out, and {operation} gives no real number: change it.")
    return int(number) if number.is_integer() else number


@cache
def _function(name):
    """Return a function as a sympy class that knows its slope and LaTeX, and evaluates nothing."""
    import sympy
    from sympy.printing.precedence import PRECEDENCE

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


def _compiled(symbols, expressions):
    """Return the function of points (d, *batch) that gives (len(expressions), *batch)."""
    import sympy
    from sympy.core.parameters import distribute

    with distribute(False):
        compute = sympy.lambdify(symbols, expressions, [COMPUTE | CONSTANTS], _printer(), cse=True)

    def compute_all(w):
        out = np.empty((len(expressions), *w.shape[1:]))
        for i, values in enumerate(compute(*w)):
            out[i] = values  # also spreads a constant over the batch
        return out

    return compute_all


@cache
def _printer():
    from sympy.printing.numpy import NumPyPrinter

    class Printer(NumPyPrinter):
        """Writes powers as products: for NumPy x**3 is five times the work of x*x*x."""

        def _print_Integer(self, expr):  # noqa: N802
            return str(expr) if abs(expr) < 2**53 else repr(float(expr))

        def _print_Function(self, expr):  # noqa: N802
            return f"{expr.func.__name__}({', '.join(map(self._print, expr.args))})"

        def _print_Pow(self, expr, rational=False):  # noqa: N802
            base, exponent = expr.as_base_exp()
            if not (base.is_Symbol and exponent.is_Integer and 1 < abs(exponent) <= 100):
                return super()._print_Pow(expr, rational=rational)
            product = "*".join([self._print(base)] * abs(int(exponent)))
            return f"({product})" if exponent > 0 else f"(1/({product}))"

    return Printer({"fully_qualified_modules": False, "allow_unknown_functions": True})
