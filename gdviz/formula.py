"""Read a formula as a student types it; derive slope, curvature and LaTeX from that one text.

The text may come from a text box on a public page, so it is a guest, not code: characters, syntax
and names are checked against short lists, and the sympy expression is built by walking our own
syntax tree. No text is ever handed to ``eval``, to ``sympify`` or to anything else that runs it.
"""

import ast
import difflib
import functools
import re
import warnings

import numpy as np

VARIABLES = ("x", "y")
CONSTANTS = ("pi", "e")
FUNCTIONS = {  # as a student may write it: as sympy calls it
    "sin": "sin",
    "cos": "cos",
    "tan": "tan",
    "arcsin": "asin",
    "arccos": "acos",
    "arctan": "atan",
    "asin": "asin",
    "acos": "acos",
    "atan": "atan",
    "sinh": "sinh",
    "cosh": "cosh",
    "tanh": "tanh",
    "exp": "exp",
    "log": "log",
    "ln": "log",
    "sqrt": "sqrt",
    "abs": "Abs",
    "sigmoid": "sigmoid",
}
NAMES = (*VARIABLES, *CONSTANTS, *FUNCTIONS)

LONGEST_TEXT = 500  # characters
MOST_NODES = 200  # numbers, names, operations and calls in one formula
DEEPEST = 40  # operations inside operations
LARGEST_EXPONENT = 20  # as typed; 100 after powers of powers are multiplied out
LARGEST_NUMBER = 10**100
LARGEST_GRADIENT = 1500  # nodes: what sympy differentiates once more without a noticeable wait

NUMPY = {  # everything a generated function can reach
    **{name: getattr(np, name) for name in ("sin", "cos", "tan", "arcsin", "arccos", "arctan")},
    **{name: getattr(np, name) for name in ("sinh", "cosh", "tanh", "exp", "log", "sqrt", "abs")},
    "sign": np.sign,
    "sigmoid": lambda u: 1 / (1 + np.exp(-u)),
}


class Formula:
    """A formula in x (and y), with the slope and curvature that follow from it.

    Parameters
    ----------
    text : str
        What to compute, in Python's notation: ``"x**2 + 3*sin(y)"``.
    dimension : {1, 2}, optional
        How many coordinates a point has; by default 2 where y appears, else 1.

    Attributes
    ----------
    text : str
        The formula as typed, with its spaces tidied.
    dimension : int
        1 or 2.
    value, gradient, hessian : callable
        Take float64 points of shape (d, *batch) and return arrays of shape (*batch), (d, *batch)
        and (d, d, *batch). They check nothing; overflow and NaN are the caller's to expect.

    Raises
    ------
    TypeError
        If `text` is not a string.
    ValueError
        If `text` is not a formula, or a heavier one than a lesson needs; the message names the
        piece and says what to write instead.

    Examples
    --------
    >>> valley = Formula("x**2 + 10*y**2")
    >>> valley.gradient(np.array([1.0, 2.0]))
    array([ 2., 40.])
    >>> print(valley.gradient_latex)
    \\nabla f(x, y) = \\left(2 x,\\; 20 y\\right)
    >>> Formula("x^2")
    Traceback (most recent call last):
    ValueError: '^' in the formula: write ** for powers, as in x**2.
    """

    def __init__(self, text, dimension=None):
        tree, self.text = parse(text)
        import sympy  # here, not above: it doubles the time `import gdviz` takes

        self._symbols = sympy.symbols(VARIABLES, real=True)
        self._expression = _Builder(self.text, self._symbols).build(tree)
        has_y = self._symbols[1] in self._expression.free_symbols or _mentions(tree, "y")
        self.dimension = dimension or (2 if has_y else 1)
        if has_y and self.dimension == 1:
            raise ValueError("The formula contains y, but dimension is 1: use dimension=2.")
        self._symbols = self._symbols[: self.dimension]
        self._slopes = [_derivative(self._expression, symbol) for symbol in self._symbols]
        size = sum(1 for slope in self._slopes for _ in sympy.preorder_traversal(slope))
        if size > LARGEST_GRADIENT:
            raise ValueError(
                f"The gradient of {_short(self.text)} would have {size} parts, more than "
                f"{LARGEST_GRADIENT}: use fewer products and fewer functions inside functions."
            )

    @functools.cached_property
    def _curvatures(self):
        return [
            _derivative(slope, symbol)
            for i, slope in enumerate(self._slopes)
            for symbol in self._symbols[i:]
        ]

    @functools.cached_property
    def value(self):
        compute = _compiled(self._symbols, [self._expression])
        return lambda w: compute(w)[0]

    @functools.cached_property
    def gradient(self):
        return self._where_defined(_compiled(self._symbols, self._slopes))

    @functools.cached_property
    def hessian(self):
        compute = self._where_defined(_compiled(self._symbols, self._curvatures))
        entry = [[0]] if self.dimension == 1 else [[0, 1], [1, 2]]
        return lambda w: compute(w)[entry]

    def _where_defined(self, compute):
        """Make slopes NaN where the formula is: 1/x is no slope of log(x) at x = -1."""
        import sympy

        partial = self._expression.has(sympy.log, sympy.asin, sympy.acos) or any(
            not power.exp.is_integer
            for power in self._expression.atoms(sympy.Pow)
            if power.exp.is_number
        )
        if not partial:
            return compute
        return lambda w: np.where(np.isnan(self.value(w)), np.nan, compute(w))

    @property
    def is_quadratic(self):
        """Whether the curvature is the same everywhere (bool)."""
        return self._expression.is_polynomial(*self._symbols) and not any(
            curvature.free_symbols for curvature in self._curvatures
        )

    @functools.cached_property
    def latex(self):
        """``f(x, y) = ...`` in LaTeX (str)."""
        import sympy

        return f"f({', '.join(VARIABLES[: self.dimension])}) = {sympy.latex(self._expression)}"

    @functools.cached_property
    def gradient_latex(self):
        """The slope ``f'(x) = ...`` or the gradient as a pair, in LaTeX (str)."""
        import sympy

        if self.dimension == 1:
            return f"f'(x) = {sympy.latex(self._slopes[0])}"
        pair = r",\; ".join(map(sympy.latex, self._slopes))
        return rf"\nabla f(x, y) = \left({pair}\right)"


# Text to syntax tree: nothing here knows sympy, nothing here computes


def parse(text):
    """Check a formula's text and return its syntax tree.

    Parameters
    ----------
    text : str
        The formula as typed.

    Returns
    -------
    tree : ast.expr
        Numbers, names, + - * / ** and calls; what they mean is not yet checked.
    text : str
        The text with its spaces tidied; positions in the tree refer to it.

    Raises
    ------
    TypeError, ValueError
        As `Formula` does.
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
    _check_characters(text)
    try:
        tree = ast.parse(text, mode="eval").body
    except (SyntaxError, RecursionError, MemoryError) as error:
        near = text[max((getattr(error, "offset", 0) or 1) - 1, 0) :] or text
        raise ValueError(
            f"The formula cannot be read at {_short(near)}: close every bracket, write functions "
            "as sin(x) and products with *."
        ) from None
    count = sum(isinstance(node, ast.expr) for node in ast.walk(tree))
    if count > MOST_NODES:
        raise ValueError(
            f"The formula has {count} numbers, names and operations, more than {MOST_NODES}: "
            "shorten it."
        )
    return tree, text


def _check_characters(text):
    if found := re.search(r"[^A-Za-z0-9_.+\-*/(), ]", text):
        remedies = {
            "^": "write ** for powers, as in x**2",
            "=": "write only what stands to the right of the equals sign",
        }
        remedy = "use plain letters, numbers, brackets ( ), and + - * / **"
        raise ValueError(f"{found[0]!r} in the formula: {remedies.get(found[0], remedy)}.")
    number = r"(?<![\w.])(?>(?:\d[\d_]*\.?|\.\d)[\d_]*(?:[eE][+-]?\d+)?)"
    if found := re.search(rf"({number}|\)) ?([A-Za-z_(])", text) or re.search(
        r"(\)) ?([\d.])", text
    ):
        left, right = found[1], re.match(r"\w+|.", text[found.start(2) :])[0]
        raise ValueError(
            f"{found[0]!r} in the formula: write the product with *, as in {left}*{right}"
            + ("...)." if right == "(" else ".")
        )


def _mentions(tree, name):
    return any(isinstance(node, ast.Name) and node.id == name for node in ast.walk(tree))


def _short(text):
    return repr(text if len(text) <= 40 else text[:37] + "...")


# Syntax tree to sympy expression


class _Builder:
    """Builds a sympy expression from a syntax tree, one known node at a time."""

    def __init__(self, text, symbols):
        import sympy

        self.sympy = sympy
        self.text = text
        self.names = dict(zip(VARIABLES, symbols, strict=True)) | {"pi": sympy.pi, "e": sympy.E}

    def build(self, node, depth=0):
        """Return `node` as a real, finite sympy expression of harmless size."""
        if depth > DEEPEST:
            raise self.refusal(node, f"it lies more than {DEEPEST} operations deep; simplify it")
        match node:
            case ast.Constant(value=int() | float()) if not isinstance(node.value, bool):
                built = self.number(node)
            case ast.Name():
                built = self.name(node)
            case ast.UnaryOp(op=ast.UAdd() | ast.USub()):
                operand = self.build(node.operand, depth + 1)
                built = -operand if isinstance(node.op, ast.USub) else operand
            case ast.BinOp(op=ast.Add() | ast.Sub() | ast.Mult() | ast.Div() | ast.Pow()):
                left, right = self.build(node.left, depth + 1), self.build(node.right, depth + 1)
                built = self.operation(node, left, right)
            case ast.Call():
                built = self.call(node, depth)
            case ast.Attribute():
                raise self.refusal(node, f"a formula has no dots in names; write {node.attr}")
            case ast.Tuple():
                raise self.refusal(node, "commas do not belong here; write 0.5 for one half")
            case _:
                raise self.refusal(
                    node, "only numbers, + - * / **, brackets and functions are allowed"
                )
        return self.checked(node, built)

    def number(self, node):
        if abs(node.value) > LARGEST_NUMBER:
            raise self.refusal(node, "numbers may reach 1e100; use a smaller one")
        return self.sympy.sympify(node.value)

    def name(self, node):
        if node.id in self.names:
            return self.names[node.id]
        if node.id in FUNCTIONS:
            raise self.refusal(node, f"a function needs brackets; write {node.id}(x)")
        raise self.unknown(node)

    def operation(self, node, left, right):
        match node.op:
            case ast.Add():
                return left + right
            case ast.Sub():
                return left - right
            case ast.Mult():
                return left * right
            case ast.Div():
                if right.is_zero:
                    raise self.refusal(node, "this divides by zero; change the denominator")
                return left / right
            case _:
                return self.power(node, left, right)

    def power(self, node, base, exponent):
        if exponent.free_symbols:
            if base.free_symbols or not base.is_positive:
                raise self.refusal(
                    node,
                    "an exponent may hold x or y only over a positive number, as in 2**x; "
                    "write exp(y*log(x)) for x**y",
                )
            return base**exponent
        if abs(exponent) > LARGEST_EXPONENT:
            raise self.refusal(node, f"exponents may reach {LARGEST_EXPONENT}; use a smaller one")
        if exponent.is_Float and float(exponent).is_integer():
            exponent = self.sympy.Integer(int(exponent))
        if not base.free_symbols and not (base.is_Rational and exponent.is_Integer):
            return self.constant(node, lambda: float(base) ** float(exponent))
        if base.is_zero and exponent.is_negative:
            raise self.refusal(node, "this divides by zero; change the exponent")
        return base**exponent

    def call(self, node, depth):
        name = node.func
        if not isinstance(name, ast.Name) or name.id in self.names:
            raise self.refusal(node, "only functions can be called; write products with *")
        if name.id not in FUNCTIONS:
            raise self.unknown(name)
        if len(node.args) != 1 or node.keywords or isinstance(node.args[0], ast.Starred):
            raise self.refusal(node, f"{name.id} takes one value; write {name.id}(x)")
        argument = self.build(node.args[0], depth + 1)
        known_as = FUNCTIONS[name.id]
        if not argument.free_symbols:
            # Left to sympy, a constant such as exp(exp(exp(9))) would be worked out exactly.
            by_name = NUMPY.get(name.id) or NUMPY.get(known_as) or NUMPY["arc" + known_as[1:]]
            return self.constant(node, lambda: by_name(float(argument)))
        if known_as == "Abs" and not argument.is_extended_real:
            return self.sympy.sqrt(argument**2)  # sympy differentiates Abs of real values only
        return (
            _sigmoid()(argument)
            if known_as == "sigmoid"
            else getattr(self.sympy, known_as)(argument)
        )

    def constant(self, node, compute):
        """Work out a number in floating point, which cannot take long."""
        try:
            with np.errstate(all="ignore"):
                number = compute()
        except (OverflowError, ZeroDivisionError):
            number = np.nan
        if isinstance(number, complex) or not abs(number) <= LARGEST_NUMBER:
            raise self.refusal(node, "this is not a real number below 1e100; change it")
        number = float(number)
        return self.sympy.sympify(int(number) if number.is_integer() else number)

    def checked(self, node, built):
        """Refuse what is not real and finite, or whose exact numbers would grow without end."""
        s = self.sympy
        if built.has(s.I, s.zoo, s.nan, s.oo, -s.oo):
            raise self.refusal(node, "this is nowhere a real number; change it")
        if built.is_Rational and max(abs(built.p), built.q) > 10**15:
            built = s.Float(float(built))
        for number in built.atoms(s.Number):
            if (
                max(abs(number.p), number.q) > LARGEST_NUMBER
                if number.is_Rational
                else (abs(number) > LARGEST_NUMBER)
            ):
                raise self.refusal(node, "its numbers go beyond 1e100; use smaller ones")
        for power in built.atoms(s.Pow):
            if power.exp.is_number and abs(power.exp) > 5 * LARGEST_EXPONENT:
                raise self.refusal(node, f"it multiplies out to a power of {power.exp}; use less")
        return built

    def refusal(self, node, why):
        piece = ast.get_source_segment(self.text, node) or self.text
        return ValueError(f"{_short(piece)} in the formula: {why}.")

    def unknown(self, node):
        near = difflib.get_close_matches(node.id, NAMES, n=1)
        hint = f"did you mean {near[0]}? " if near else ""
        return self.refusal(node, f"{hint}Known names are {', '.join(NAMES)}")


@functools.cache
def _sigmoid():
    import sympy

    class sigmoid(sympy.Function):  # noqa: N801 (the name is what LaTeX and NumPy see)
        is_extended_real = True

        def fdiff(self, argindex=1):
            return self * (1 - self)

    return sigmoid


# Sympy expression to NumPy


def _derivative(expression, symbol):
    """Differentiate; the spike of abs(x)'s curvature at its kink counts as 0."""
    import sympy

    slope = expression.diff(symbol)
    if slope.has(sympy.DiracDelta):
        slope = slope.replace(sympy.DiracDelta, lambda *_: sympy.Integer(0))
    return slope


def _compiled(symbols, expressions):
    """Return a function of float64 points (d, *batch) that gives (len(expressions), *batch)."""
    import sympy

    compute = sympy.lambdify(
        symbols, expressions, modules=[NUMPY], printer=_printer(), cse=True, docstring_limit=0
    )

    def filled(w):
        out = np.empty((len(expressions), *w.shape[1:]))
        for i, values in enumerate(compute(*w)):
            out[i] = values  # broadcasts a constant over the batch
        return out

    return filled


@functools.cache
def _printer():
    from sympy.printing.numpy import NumPyPrinter

    class Printer(NumPyPrinter):
        """Writes small integer powers as products: NumPy's x**3 takes five times x*x*x."""

        def _print_Pow(self, expr, rational=False):  # noqa: N802
            base, exponent = expr.base, expr.exp
            if exponent.is_Integer and abs(exponent) > 1 and base.is_Symbol:
                product = "*".join([self._print(base)] * abs(int(exponent)))
                return f"({product})" if exponent > 0 else f"(1/({product}))"
            return super()._print_Pow(expr, rational=rational)

    return Printer(
        {
            "fully_qualified_modules": False,
            "inline": True,
            "allow_unknown_functions": True,
            "user_functions": {"sigmoid": "sigmoid"},
        }
    )
