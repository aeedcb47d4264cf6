"""A formula as a computational graph, and its slopes by the chain rule.

Every number, variable and operation is a node, known by its place in a list. Equal nodes are one
node, so what a formula and its slopes share is computed once, and a slope needs only a few times
the nodes of its formula, however deep that is nested.
"""

from functools import partial, reduce
from operator import add, mul, pow, sub, truediv

import numpy as np

from .reading import COMPUTE, CONSTANTS, FUNCTIONS, PARTIAL, SIGNS, read

LARGEST = 1e300  # beyond it the next product may be infinite


class Graph:
    """Nodes: ``("number", 2)``, ``("variable", "x")`` or ``(operation, node, ...)``.

    Sums, differences, products and quotients are tidied as on paper when they are made: 0*u is 0,
    u + u is 2*u, and x/x is 1. What works out to no real number up to `LARGEST` is refused.
    """

    def __init__(self):
        self._nodes, self._places = [], {}
        self._one = self._number(1)

    def build(self, term, known=None):
        """Return the node of a term as `read` makes it; `known` (dict) has nodes for names."""
        match term:
            case str() if known and term in known:
                return known[term]
            case str() if term in CONSTANTS:
                return self._number(CONSTANTS[term])
            case str():
                return self._node("variable", term)
            case (operation, base, exponent) if operation is pow:
                return self._power(self.build(base, known), exponent)
            case (operation, *operands):
                return self._apply(operation, *(self.build(each, known) for each in operands))
            case _:
                return self._number(term)

    def slope(self, node, variable):
        """Return the node of the slope of a node along x or y."""
        slopes = {}
        for place in self.below([node]):
            slopes[place] = self._slope(place, variable, slopes)
        return slopes[node]

    def where_defined(self, nodes, height):
        """Return nodes that are NaN where the height is: 1/x is no slope of log(x) at x = -1."""
        if self.operations(height).isdisjoint(PARTIAL):
            return nodes
        return [self._node("defined", node, height) for node in nodes]

    def where_finite(self, node, others):
        """Return the node that is NaN where any of the others is not finite, else as it was."""
        for other in others:
            node = self._node(add, node, self._node(mul, self._number(0), other))
        return node

    def squares(self, nodes):
        """Return the node of the sum of their squares."""
        return reduce(partial(self._node, add), (self._node(mul, node, node) for node in nodes))

    def below(self, outputs):
        """Return all that the outputs are made of, operands first: dict of place to node."""
        needed = set(outputs)
        for place in range(max(outputs), -1, -1):
            if place in needed:
                needed.update(self._operands(place))
        return {place: self._nodes[place] for place in sorted(needed)}

    def is_polynomial(self, node):
        """Return whether a node is made of sums, products and whole powers alone (bool)."""
        for kind, *rest in self.below([node]).values():
            if (kind is truediv and self._value(rest[1]) is None) or (kind is pow and rest[1] < 0):
                return False
        return self.operations(node) <= {*SIGNS, pow}

    def operations(self, node):
        """Return the operations that a node is made of (set)."""
        return {kind for kind, *_ in self.below([node]).values()} - {"number", "variable"}

    # Nodes

    def _node(self, *parts):
        """Return the place of a node, made if it is not there yet."""
        key = parts, type(parts[-1])  # on paper 1/2 and 0.5 are two numbers
        if key not in self._places:
            self._places[key] = len(self._nodes)
            self._nodes.append(parts)
        return self._places[key]

    def _number(self, value):
        if not abs(value) <= LARGEST:
            raise ValueError("This works out to numbers above 1e300: use smaller ones.")
        return self._node("number", int(value) if value == int(value) else value)

    def _value(self, node):
        """Return the number that a node is, or None."""
        kind, first, *_ = self._nodes[node]
        return first if kind == "number" else None

    def _operands(self, node):
        kind, *rest = self._nodes[node]
        return [] if kind in ("number", "variable") else rest[:1] if kind is pow else rest

    # Operations, tidied

    def _apply(self, operation, *operands):
        values = [self._value(operand) for operand in operands]
        if None not in values:
            return self._work_out(operation, values)
        tidy = {add: self._add, sub: self._subtract, mul: self._multiply, truediv: self._divide}
        return tidy[operation](*operands) if operation in tidy else self._node(operation, *operands)

    def _work_out(self, operation, values):
        try:
            with np.errstate(all="ignore"):
                if isinstance(operation, str):
                    found = float(COMPUTE[operation](*map(float, values)))
                else:
                    found = float(operation(*values))
        except (ZeroDivisionError, OverflowError):
            found = np.nan
        if not abs(found) <= LARGEST:
            name = SIGNS.get(operation, operation)
            raise ValueError(f"Something cancels out, and {name} gives no real number: change it.")
        return self._number(found)

    def _split(self, node):
        """Return a node as a number times a node."""
        kind, first, *rest = self._nodes[node]
        if kind == "number":
            return first, self._one
        if kind is mul and self._value(first) is not None:
            return self._value(first), *rest
        return 1, node

    def _scaled(self, factor, node):
        """Return a number times a node that is not itself so split."""
        if factor == 0 or node == self._one:
            return self._number(factor)
        return node if factor == 1 else self._node(mul, self._number(factor), node)

    def _add(self, a, b):
        (m, u), (n, v) = self._split(a), self._split(b)
        if u == v:
            return self._scaled(m + n, u)
        if m == 0:
            return b
        if m < 0 < n:
            (a, m, u), (b, n, v) = (b, n, v), (a, m, u)
        if n < 0:
            return self._node(sub, a, self._scaled(-n, v))
        return a if n == 0 else self._node(add, a, b)

    def _subtract(self, a, b):
        n, v = self._split(b)
        return self._add(a, self._scaled(-n, v))

    def _multiply(self, a, b):
        (m, u), (n, v) = self._split(a), self._split(b)
        if self._one in (u, v):
            return self._scaled(m * n, u if v == self._one else v)
        return self._scaled(m * n, self._node(mul, *sorted((u, v))))

    def _divide(self, a, b):
        (m, u), (n, v) = self._split(a), self._split(b)
        if 0 in (m, n):
            return self._work_out(truediv, (m, n))
        if u == v:
            return self._number(m / n)
        if u == self._one:
            return self._node(truediv, self._number(m / n), v)
        if v != self._one:
            return self._scaled(m / n, self._node(truediv, u, v))
        return self._node(truediv, u, b) if m == 1 else self._scaled(m / n, u)

    def _power(self, base, exponent):
        if exponent in (0, 1):
            return base if exponent else self._one
        if (value := self._value(base)) is not None:
            return self._work_out(pow, (value, exponent))
        return self._node(pow, base, exponent)

    # The chain rule

    def _slope(self, place, variable, slopes):
        """Return the node of a node's slope, from the nodes of its operands' slopes."""
        kind, first, *rest = self._nodes[place]
        if kind == "number":
            return self._number(0)
        if kind == "variable":
            return self._number(first == variable)
        along = [slopes[operand] for operand in self._operands(place)]
        if all(self._value(each) == 0 for each in along):
            return along[0]
        if kind in (add, sub):
            return self._apply(kind, *along)
        if kind is mul:
            return self._add(self._multiply(along[0], *rest), self._multiply(first, along[1]))
        if kind is truediv:  # (u/v)' = (u' - (u/v)*v')/v
            return self._divide(self._subtract(along[0], self._multiply(place, along[1])), *rest)
        if kind is pow:
            outer = self._multiply(self._number(*rest), self._power(first, rest[0] - 1))
        elif kind == "power" and self._value(along[1]) == 0:
            less = self._subtract(*rest, self._one)
            outer = self._multiply(*rest, self._apply("power", first, less))
        elif kind == "power":
            outer, along = self._multiply(self._apply("log", first), place), along[1:]
        else:
            outer = self.build(read(FUNCTIONS[kind][1])[0], {"x": first})
        return self._multiply(outer, along[0])

    # Graphs of several parts

    def absorb(self, other, nodes, known=()):
        """Return nodes of another graph as nodes of this one; `known` (dict) has nodes for names.

        Powers become products on the way: for NumPy x**3 is five times the work of x*x*x.
        """
        copies, known = {}, dict(known)
        for place, (kind, *rest) in other.below(nodes).items():
            if kind is pow:
                copies[place] = self._product(copies[rest[0]], rest[1])
            elif kind == "variable" and rest[0] in known:
                copies[place] = known[rest[0]]
            elif kind in ("number", "variable"):
                copies[place] = self._node(kind, *rest)
            else:
                copies[place] = self._node(kind, *(copies[each] for each in rest))
        return [copies[node] for node in nodes]

    def _product(self, base, exponent):
        if exponent < 0:
            return self._node(truediv, self._one, self._product(base, -exponent))
        if exponent == 1:
            return base
        half = exponent // 2
        return self._node(mul, self._product(base, half), self._product(base, exponent - half))
