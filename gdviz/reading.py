"""Read a formula as a student types it.

The text may come from a text box on a public page, so it is read, never run: `read` checks its
characters, syntax and names against short lists and turns it into a *term*, a number, a name or a
tuple ``(operation, term, ...)``. It computes nothing but small floating-point numbers.
"""

import ast
import difflib
import operator
import re
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

LONGEST_TEXT = 500  # characters
MOST_PARTS = 200  # numbers, names, operations and calls
DEEPEST = 16  # operations inside operations
LARGEST_NUMBER = 1e100
LARGEST_EXPONENT = 20
LARGEST_POWER = 100  # of a power of a power, multiplied out


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


def mentions(term, name):
    """Return whether a name occurs in a term."""
    return term == name or (isinstance(term, tuple) and any(mentions(t, name) for t in term))


def _short(text):
    return repr(text if len(text) <= 40 else text[:37] + "...")
