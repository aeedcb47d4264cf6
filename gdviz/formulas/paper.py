"""A formula's graph for reading, not for computing: exact numbers, and a way back to terms."""

from collections import Counter
from fractions import Fraction
from functools import reduce
from operator import add, mul, pow, sub, truediv

from .graph import Graph
from .reading import CONSTANTS

LONGEST_FRACTION = 10**6  # above and below the bar


class Paper(Graph):
    """A graph where 1/3, pi, e and log(2) stay what they are, and slopes are as in a textbook."""

    def build(self, term, known=None):
        """Return the node of a term, its constants kept by name."""
        names = {name: self._node("variable", name) for name in CONSTANTS}
        return super().build(term, names | (known or {}))

    def parts(self, nodes):
        """Return how many numbers, names and operations the nodes have when written out (int)."""
        parts = {}
        for place in self.below(nodes):
            parts[place] = 1 + sum(parts[each] for each in self._operands(place))
        return sum(parts[node] for node in nodes)

    def term(self, node):
        """Return a node as a term such as `read` makes, like addends and factors gathered.

        What is taken away does not come first if anything is added.
        """
        addends = self._addends(node)
        first = next((product for product in addends if addends[product] > 0), None)
        order = sorted(addends, key=lambda product: product is not first)
        written = (self._written(addends[product], product) for product in order)
        return reduce(lambda *both: (add, *both), written) if addends else 0

    # Exact numbers

    def _number(self, value):
        node = super()._number(value)  # which refuses what is too large
        return node if value % 1 else self._node("number", Fraction(value))

    def _work_out(self, operation, values):
        found = super()._work_out(operation, values)  # which refuses what is no real number
        if not isinstance(operation, str):
            return self._number(operation(*values))
        if self._value(found) % 1 == 0:
            return found
        return self._node(operation, *map(self._number, values))

    # Slopes as in a textbook

    def _slope(self, place, variable, slopes):
        kind, first, *rest = self._nodes[place]
        if kind is mul and self._value(first) is not None:
            return self._spread(first, slopes[rest[0]])
        if kind is truediv:  # (u/v)' = u'/v - (u/v)*v'/v
            less = self._multiply(place, slopes[rest[0]])
            return self._subtract(self._divide(slopes[first], *rest), self._divide(less, *rest))
        return super()._slope(place, variable, slopes)

    def _spread(self, number, node):
        """Return a number times a node, a sum multiplied out."""
        kind, *rest = self._nodes[node]
        if kind not in (add, sub):
            return self._multiply(number, node)
        return self._apply(kind, *(self._spread(number, each) for each in rest))

    # Back to terms

    def _addends(self, node):
        """Return what a node is the sum of, {((node, exponent), ...): number}."""
        kind, first, *rest = self._nodes[node]
        if kind not in (add, sub):
            number, powers = self._powers(node)
            return {tuple(sorted(powers.items(), key=self._rank)): number}
        addends = self._addends(first)
        for product, number in self._addends(*rest).items():
            addends[product] = kind(addends.get(product, 0), number)
        return {product: number for product, number in addends.items() if number}

    def _powers(self, node, exponent=1):
        """Return what a node to some power is the product of: a number, and exponents by node."""
        kind, first, *rest = self._nodes[node]
        if kind == "number":
            return self._value(self._power(node, exponent)), Counter()
        if kind is pow:
            return self._powers(first, exponent * rest[0])
        if kind not in (mul, truediv):
            return 1, Counter({node: exponent})
        number, powers = self._powers(first, exponent)
        other, others = self._powers(*rest, exponent if kind is mul else -exponent)
        powers.update(others)
        return self._value(self._number(number * other)), powers

    def _rank(self, power):
        """Return where a power stands in a product: variables, then others, exp at the end."""
        node, _ = power
        kind = self._nodes[node][0]
        return (kind != "variable") + (kind == "exp"), node

    def _written(self, number, powers):
        """Return a number times nodes to their powers as a term."""
        number, bottom = _above_and_below(number)
        above = [self._factor(node, each) for node, each in powers if each > 0]
        below = [self._factor(node, -each) for node, each in powers if each < 0]
        top, bottom = reduce(_times, above, number), reduce(_times, below, bottom)
        return top if bottom == 1 else (truediv, top, bottom)

    def _factor(self, node, exponent):
        kind, *rest = self._nodes[node]
        if kind == "variable":
            base = rest[0]
        elif kind in (add, sub):
            base = self.term(node)
        else:
            base = (kind, *map(self.term, rest))
        return base if exponent == 1 else (pow, base, exponent)


def _above_and_below(number):
    """Return a number as one over another, as whole ones where they are short."""
    if not isinstance(number, Fraction):
        return number, 1
    above, below = number.as_integer_ratio()
    long = below > 1 and max(abs(above), below) > LONGEST_FRACTION
    return (float(number), 1) if long else (above, below)


def _times(a, b):
    return b if a == 1 else (mul, a, b)
