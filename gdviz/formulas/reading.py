"""Read a formula, or a rule made of formulas, as a student types it.

The text may come from a text box on a public page, so it is read, never run: `read` checks its
characters, syntax and names against short lists and turns it into a *term*, a number, a name or a
tuple ``(operation, term, ...)``. It computes nothing but small floating-point numbers.
"""

import ast
import operator
import re
from math import e, pi
from typing import NamedTuple

import numpy as np

from ..checks import did_you_mean, short

VARIABLES = ("x", "y")
CONSTANTS = {"pi": pi, "e": e}
OPERATIONS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}
SIGNS = {operator.add: "+", operator.sub: "-", operator.mul: "*", operator.truediv: "/"}


def sigmoid(u, out=None):
    """Return 1 / (1 + exp(-u)), a smooth step from 0 to 1, for an array u of any shape."""
    return np.divide(1, np.add(1, np.exp(np.negative(u, out), out), out), out)


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
RULE_VARIABLES = ("theta", "g", "rate", "k")  # k: which update this is, from 1
ELSEWHERE = {"lr": "rate", "learning_rate": "rate", "gradient": "g", "grad": "g", "w": "theta"}

LONGEST_TEXT = 500  # characters
MOST_PARTS = 200  # numbers, names, operations and calls
DEEPEST = 16  # operations inside operations
LARGEST_NUMBER = 1e100
LARGEST_EXPONENT = 20
LARGEST_POWER = 100  # of a power of a power, multiplied out


def read(text):
    """Return a formula as a term, and its text with the spaces tidied.

    >>> read("2 * sin(x)")
    ((<built-in function mul>, 2, ('sin', 'x')), '2 * sin(x)')
    """
    text = _tidied(text, FORMULA)
    return _term(text, FORMULA), text


def read_rule(text, parameters=()):
    """Return a rule's statements, pairs of a name and the term it is set to, and its tidied text.

    They may use theta, g, rate, k, the parameters (names), and what they set themselves.
    """
    scope = Scope("rule", (*RULE_VARIABLES, *parameters), "theta = theta - rate*g")
    text = _tidied(text, scope, "; ")
    halves = [_halves(statement, scope, parameters) for statement in text.split("; ")]
    targets, statements = [target for target, _ in halves], []
    for i, (target, right) in enumerate(halves):
        later = set(targets[i + 1 :]) - {*targets[: i + 1], *scope.variables}
        seen = scope._replace(variables=tuple(dict.fromkeys((*scope.variables, *targets))))
        term = _term(right, seen)
        for name in later:
            if mentions(term, name):
                raise ValueError(
                    f"{name} in the rule is used before it is set: move {name} = ... further up."
                )
        statements.append((target, term))
    if "theta" not in targets:
        raise ValueError(
            "The rule never sets theta: end it with a statement such as theta = theta - rate*g."
        )
    return tuple(statements), text


class Scope(NamedTuple):
    """What a text is, which names stand for numbers in it, and an example of one."""

    what: str
    variables: tuple
    example: str


FORMULA = Scope("formula", VARIABLES, "x**2")


def _tidied(text, scope, between=None):
    """Return a text with its spaces tidied; its parts if `between` (str) tells what is between."""
    what, _, example = scope
    if not isinstance(text, str):
        raise TypeError(f"A {what} is a text such as {example!r}, not {type(text).__name__}.")
    if len(text) > LONGEST_TEXT:
        raise ValueError(
            f"The {what} has {len(text)} characters, more than {LONGEST_TEXT}: shorten it."
        )
    parts = re.split(r"[;\r\n]", text) if between else [text]
    text = (between or "").join(filter(None, (" ".join(part.split()) for part in parts)))
    if not text:
        raise ValueError(f"The {what} is empty: write one, such as {example}.")
    return text


def _halves(statement, scope, parameters):
    """Return what a statement of a rule sets, and the formula to the right of its equals sign."""
    found = re.fullmatch(r"(\w+) ?= ?(.*)", statement)
    if found and not found[1][0].isdigit() and "=" not in found[2] and found[2]:
        target, right = found.groups()
        why = _unsettable(target, parameters)
        if why is None:
            return target, right
    elif found := re.fullmatch(r"(\w+) ?(\*\*|//|[-+*/]) ?= ?(.*)", statement):
        why = f"write {found[1]} = {found[1]} {found[2]} ({found[3]:.20})"
    elif re.search("[=!<>]=|[<>]", statement):
        why = "a rule compares nothing; write one = to set a name"
    elif statement.count("=") > 1:
        why = "write one = in each statement, with ; between statements"
    elif "=" in statement:
        why = "write a name, one =, and a formula, as in theta = theta - rate*g"
    else:
        why = "it sets nothing; write a name and = before it, as in theta = theta - rate*g"
    raise _refusal(statement, scope, why)


def _unsettable(target, parameters):
    """Return why a rule may not set a name, or None."""
    if target in VARIABLES:
        return "say theta; it stands for each coordinate in turn"
    if target in RULE_VARIABLES[1:] or target in parameters:
        return f"{target} is given and cannot be set; choose another name"
    if target in (*CONSTANTS, *FUNCTIONS, *ALIASES):
        return f"{target} is a known name already; choose another"
    plain = re.fullmatch("[A-Za-z][A-Za-z0-9_]*", target)
    return None if plain else "a name is made of plain letters, such as v"


def _term(text, scope):
    """Return a tidied text as a term."""
    _check_spelling(text, scope)
    try:
        tree = ast.parse(text, mode="eval").body
    except (SyntaxError, RecursionError, MemoryError) as error:
        near = text[max((getattr(error, "offset", 0) or 1) - 1, 0) :] or text
        raise ValueError(
            f"The {scope.what} cannot be read at {short(near)}: close every bracket, write "
            "functions as sin(x) and products with *."
        ) from None
    parts = sum(isinstance(node, ast.expr) for node in ast.walk(tree))
    if parts > MOST_PARTS:
        raise ValueError(f"The {scope.what} has {parts} parts, more than {MOST_PARTS}: shorten it.")
    try:
        return _read(tree, scope)
    except _RefusedError as refused:
        node, why = refused.args
        raise _refusal(text[node.col_offset : node.end_col_offset], scope, why) from None


def _check_spelling(text, scope):
    if found := re.search(r"[^A-Za-z0-9_.+\-*/(), ]", text):
        remedies = {
            "^": "write ** for powers, as in x**2",
            "=": "write only what stands to the right of the equals sign",
        }
        usual = "use plain letters, numbers, brackets ( ), and + - * / **"
        raise _refusal(found[0], scope, remedies.get(found[0], usual))
    number = r"(?<![\w.])(?>(?:\d[\d_]*\.?|\.\d)[\d_]*(?:[eE][+-]?\d+)?)"
    if found := re.search(rf"{number} ?(?:\(|[A-Za-z_]+)|\) ?(?:\(|\w+|\.\d)", text):
        raise _refusal(found[0], scope, f"write products with *, as in 2*{scope.variables[0]}")


def _refusal(piece, scope, why):
    return ValueError(f"{short(piece)} in the {scope.what}: {why}.")


class _RefusedError(Exception):
    """A syntax node, and why a formula may not hold it."""


def _read(node, scope, depth=0, power=1.0):
    """Return the node as a term; `power` is what it will be raised to from outside."""
    if depth > DEEPEST:
        raise _RefusedError(node, f"it lies more than {DEEPEST} operations deep; simplify it")
    match node:
        case ast.Constant(value=bool()):
            raise _RefusedError(node, "write a number, 1 or 0")
        case ast.Constant(value=int() | float()):
            term = node.value
        case ast.Name(id=name):
            _check_name(node, (*scope.variables, *CONSTANTS), scope)
            term = name
        case ast.UnaryOp(op=ast.UAdd() | ast.USub() as sign):
            operand = _read(node.operand, scope, depth + 1, power)
            term = (operator.sub, 0, operand) if isinstance(sign, ast.USub) else operand
        case ast.BinOp(op=ast.Pow()):
            term = _read_power(node, scope, depth, power)
        case ast.BinOp(op=op) if type(op) in OPERATIONS:
            along = isinstance(op, ast.Add | ast.Sub)  # a long sum is not deep
            left = _read(node.left, scope, depth if along else depth + 1, power)
            right = _read(node.right, scope, depth + 1, power)
            if isinstance(op, ast.Div) and _number(right) == 0:
                raise _RefusedError(node, "this divides by zero; change what it divides by")
            term = (OPERATIONS[type(op)], left, right)
        case ast.Call(func=ast.Name(id=name)) if name not in (*scope.variables, *CONSTANTS):
            _check_name(node.func, (*FUNCTIONS, *ALIASES), scope)
            if len(node.args) != 1 or node.keywords:
                raise _RefusedError(node, f"{name} takes one value; write {name}(x)")
            term = (ALIASES.get(name, name), _read(node.args[0], scope, depth + 1))
        case ast.Call():
            raise _RefusedError(node, "only functions take brackets; write products with *")
        case ast.Attribute(attr=name):
            raise _RefusedError(node, f"names have no dots here; write {name}")
        case ast.Tuple():
            raise _RefusedError(node, "a comma does not belong here; write 0.5 for one half")
        case _:
            raise _RefusedError(node, "a formula holds numbers, + - * / **, ( ) and functions")
    return _settled(node, term)


def _read_power(node, scope, depth, power):
    exponent = _read(node.right, scope, depth + 1)
    size = _number(exponent)
    if size is None:
        base = _read(node.left, scope, depth + 1)
        if (_number(base) or 0) <= 0:
            raise _RefusedError(
                node, "a name in an exponent needs a number below, as in 2**x; or use exp and log"
            )
        return ("exp", exponent) if base == "e" else ("power", base, exponent)
    if abs(size) > LARGEST_EXPONENT:
        raise _RefusedError(node, f"exponents end at {LARGEST_EXPONENT}; use a smaller one")
    power *= max(1.0, abs(size))
    if power > LARGEST_POWER:
        raise _RefusedError(node, f"powers of powers end at {LARGEST_POWER}; use smaller ones")
    base = _read(node.left, scope, depth + 1, power)
    if size.is_integer():
        return operator.pow, base, int(size)
    return ("sqrt", base) if size == 0.5 else ("power", base, exponent)


def _check_name(node, allowed, scope):
    if node.id in allowed:
        return
    if node.id in (*FUNCTIONS, *ALIASES):
        raise _RefusedError(node, f"a function needs brackets; write {node.id}(x)")
    known = (*scope.variables, *CONSTANTS, *FUNCTIONS)
    hint = did_you_mean(ELSEWHERE.get(node.id, node.id), known)
    if set(node.id) <= set(VARIABLES):
        hint = f" write {'*'.join(node.id)}." if scope == FORMULA else " say theta."
    raise _RefusedError(node, f"{hint} Known names are {', '.join(known)}".strip())


def _settled(node, term):
    """Return the term; where it is constant, check its size, and work out powers and functions."""
    try:
        number = _number(term)
    except (OverflowError, ZeroDivisionError, TypeError):  # TypeError: a complex root
        number = np.nan
    if number is None:
        return term
    if not abs(number) <= LARGEST_NUMBER:
        raise _RefusedError(node, "this is no real number up to 1e100; change it")
    if not isinstance(term, tuple) or term[0] in SIGNS:  # 1/3 stays a fraction
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
