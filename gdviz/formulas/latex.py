r"""A formula in LaTeX, as one writes it on paper, in commands that every renderer knows.

A term is a sum of products. So there are two questions: what is added, with which sign; and what
stands above and what below the fraction bar. A slope comes as a term too, from `Paper.term`.
"""

import re
from itertools import pairwise
from numbers import Real
from operator import add, mul, pow, sub, truediv

from .reading import CONSTANTS

GREEK = """alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau
upsilon phi chi psi omega"""
SYMBOLS = {name: rf"\{name}" for name in GREEK.split()} | {"rate": r"\eta"}
OPERATORS = {
    name: rf"\{name}"
    for name in ("sin", "cos", "tan", "arcsin", "arccos", "arctan", "sinh", "cosh", "tanh")
} | {"log": r"\ln"}  # to many, \log has base 10
LONGEST_DECIMAL = 10  # characters; one that is longer is rounded


def latex(term, symbols=None):
    """Return a term in LaTeX; `symbols` (dict) has LaTeX for names that are not to be as usual."""
    return _Printer(symbols or {}).sum(term)


class _Printer:
    """Prints terms; in an exponent, `inline`, the fraction bar is a slash."""

    def __init__(self, symbols, inline=False):
        self._symbols, self._inline = symbols, inline

    def sum(self, term):
        """Return any term, with nothing around it."""
        text = ""
        for less, addend in _addends(term):
            negative, above, below = _quotient(addend)
            text += f" {'+' if less == negative else '-'} {self._quotient(above, below)}"
        return text[3:] if text.startswith(" +") else f"-{text[3:]}"

    def _quotient(self, above, below):
        above, below = _tidied(above), _tidied(below)
        if not below:
            return self._product(above)
        if self._inline:
            bottom = self._product(below)
            brackets = len(below) > 1 or r"\cdot" in bottom
            return f"{self._product(above)}/{_bracketed(bottom) if brackets else bottom}"
        beside = []
        if _is_bulky(above) and all(isinstance(each, Real) for each in below):
            beside = [each for each in above if not isinstance(each, Real)]
            above = above[: -len(beside)]
        bar = rf"\frac{{{self._alone(above)}}}{{{self._alone(below)}}}"
        return _joined([bar, *map(self._factor, beside)])

    def _alone(self, factors):
        """Return a product that something else holds together: a sum needs no brackets there."""
        return self.sum(factors[0]) if len(factors) == 1 else self._product(factors)

    def _product(self, factors):
        return _joined([self._factor(each) for each in factors] or ["1"])

    def _factor(self, term):
        """Return a term so that it can stand in a product."""
        match term:
            case Real():
                return _number(term)
            case str():
                return self._symbols.get(term) or _symbol(term)
            case ("power", base, exponent) if exponent == 0.5:
                return self._call("sqrt", [base])
            case (operation, base, exponent) if operation in (pow, "power"):
                return self._power(base, exponent)
            case (str() as function, *operands):
                return self._call(function, operands)
        return _bracketed(self.sum(term))

    def _power(self, base, exponent):
        raised = f"^{{{self._in_exponent(exponent)}}}"
        match base:
            case (str() as function, *operands) if function in OPERATORS:
                if isinstance(exponent, int) and exponent > 0:  # sin to the -1 would be arcsin
                    return self._call(function, operands, raised)
            case str() | ("abs", _):
                return self._factor(base) + raised
        text = self.sum(base)
        return (text if text.replace(".", "").isdigit() else _bracketed(text)) + raised

    def _call(self, function, operands, raised=""):
        match function, operands:
            case "exp", (exponent,):
                return f"e^{{{self._in_exponent(exponent)}}}"
            case "sqrt", (operand,):
                return rf"\sqrt{{{self.sum(operand)}}}"
            case "abs", (operand,):
                return rf"\left|{self.sum(operand)}\right|"
        name = OPERATORS.get(function, rf"\operatorname{{{function}}}")
        return name + raised + _bracketed(", ".join(map(self.sum, operands)))

    def _in_exponent(self, term):
        return _Printer(self._symbols, inline=True).sum(term)


def _addends(term):
    """Yield what is added up: whether it is taken away, and the term."""
    match term:
        case (operation, first, second) if _is_sum(term):
            yield from _addends(first)
            if operation is add:
                yield from _addends(second)
            else:
                yield True, second
        case _:
            yield False, term


def _is_sum(term):
    """Return whether a term is a sum or a difference; 0 - x is neither, it is -x."""
    match term:
        case (operation, first, _):
            return operation is add or (operation is sub and first != 0)
    return False


def _is_bulky(factors):
    """Return whether a product reads better beside 1/2 than over 2."""
    return any(map(_is_high, factors)) or (len(factors) > 1 and any(map(_is_sum, factors)))


def _is_high(term):
    """Return whether there is a fraction bar in a term."""
    match term:
        case (operation, base, *_) if operation in (pow, "power", "exp"):
            return operation != "exp" and _is_high(base)
        case (operation, *operands):
            return operation is truediv or any(map(_is_high, operands))
    return False


def _quotient(term):
    """Return whether a term is negative, and its factors above and below the fraction bar."""
    match term:
        case (operation, first, second) if operation is sub and first == 0:
            negative, above, below = _quotient(second)
            return not negative, above, below
        case (operation, first, second) if operation in (mul, truediv):
            (negative, above, below), (other, *more) = _quotient(first), _quotient(second)
            up, down = more if operation is mul else more[::-1]
            return negative != other, above + up, below + down
        case Real():
            return term < 0, [abs(term)], []
    return False, [term], []


def _tidied(factors):
    """Return factors as on paper: numbers first, then pi and e, no 1, and x x as a power."""
    numbers = [each for each in factors if isinstance(each, Real) and each != 1]
    powers = {}
    for factor in factors:
        match factor:
            case Real():
                continue
            case (operation, base, exponent) if operation is pow and exponent > 0:
                powers[base] = powers.get(base, 0) + exponent
            case _:
                powers[factor] = powers.get(factor, 0) + 1
    constants_first = sorted(powers, key=lambda base: base not in CONSTANTS)
    return numbers + [
        base if powers[base] == 1 else (pow, base, powers[base]) for base in constants_first
    ]


def _joined(factors):
    """Return factors side by side: a dot before a digit, a little space around a long name."""
    text = factors[0]
    for before, after in pairwise(factors):
        long = r"\mathrm" in (before[:7], after[:7])
        text += (r" \cdot " if after[0].isdigit() else r" \, " if long else " ") + after
    return text


def _bracketed(text):
    return rf"\left({text}\right)"


def _number(value):
    """Return a number that is not negative, with digits enough to be told from others."""
    digits = f"{value:.12g}"
    if len(digits) > LONGEST_DECIMAL and not digits.isdigit():
        digits = f"{value:.6g}"
    mantissa, _, exponent = digits.partition("e")
    if not exponent:
        return mantissa
    power = f"10^{{{int(exponent)}}}"
    return power if mantissa == "1" else rf"{mantissa} \cdot {power}"


def _symbol(name):
    """Return the usual LaTeX of a name: theta, beta1, v_max."""
    found = re.fullmatch(r"([A-Za-z]+)_?(\w+)", name)
    if name in SYMBOLS or len(name) == 1 or not found or name.isalpha():
        upright = name.replace("_", r"\_")
        return name if len(name) == 1 else SYMBOLS.get(name, rf"\mathrm{{{upright}}}")
    stem, index = found.groups()
    return f"{_symbol(stem)}_{{{index if index.isdigit() else _symbol(index)}}}"
