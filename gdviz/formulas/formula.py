"""A formula: the height, the slopes and the curvatures that follow from one text."""

from collections.abc import Callable
from functools import cached_property

import numpy as np

from .code import compiled
from .graph import Graph
from .latex import latex
from .paper import Paper
from .reading import VARIABLES, mentions, read
from .tape import tape

MOST_PARTS = 400  # of a gradient that anyone would read


class Formula:
    """A formula in x (and y), with the slope and the curvature that follow from it.

    `value`, `gradient` and `hessian` are functions of float64 points (d, *batch) that return new
    arrays (*batch), (d, *batch) and (d, d, *batch). They check nothing, and leave overflow and NaN
    to the caller's ``np.errstate``.
    """

    def __init__(self, text, dimension=None):
        self._term, self.text = read(text)
        flat = not mentions(self._term, "y")
        self.dimension = dimension or (1 if flat else 2)
        if self.dimension == 1 and not flat:
            raise ValueError("The formula contains y, but dimension is 1: use dimension=2.")
        self._variables = VARIABLES[: self.dimension]
        self._point = ", ".join(self._variables)
        self._graph = graph = Graph()
        self._height = graph.build(self._term)
        slopes = [graph.slope(self._height, each) for each in self._variables]
        curvatures = [  # xx, xy, yy
            graph.slope(slope, each)
            for i, slope in enumerate(slopes)
            for each in self._variables[i:]
        ]
        self._slopes = graph.where_defined(slopes, self._height)
        self._curvatures = graph.where_defined(curvatures, self._height)

    @cached_property
    def value(self) -> Callable:
        """The height at each point."""
        compute = compiled(self._graph, [self._height])
        return lambda w: compute(w)[0]

    @cached_property
    def gradient(self) -> Callable:
        """The slopes at each point."""
        return compiled(self._graph, self._slopes)

    @cached_property
    def hessian(self) -> Callable:
        """The curvatures at each point."""
        compute = compiled(self._graph, self._curvatures)
        entry = [[0]] if self.dimension == 1 else [[0, 1], [1, 2]]
        return lambda w: compute(w)[entry]

    @cached_property
    def tape(self):
        """A tape from a point to the height and the slopes there (dict)."""
        return self._tape([self._height, *self._slopes])

    @cached_property
    def curved_tape(self):
        """The same with the curvatures xx, xy and yy (dict)."""
        return self._tape([self._height, *self._slopes, *self._curvatures])

    def _tape(self, nodes):
        graph = Graph()
        return tape(graph, graph.absorb(self._graph, nodes), self._variables)

    def slopes_in(self, graph, point):
        """Return the nodes of the slopes in another graph, where the point's nodes are known."""
        known = dict(zip(self._variables, point, strict=True))
        return graph.absorb(self._graph, self._slopes, known)

    @cached_property
    def is_quadratic(self):
        """Whether the curvature is the same everywhere (bool)."""
        if not self._graph.is_polynomial(self._height):
            return False
        spread = np.arange(1, 51) * np.sqrt([[2.0], [3.0]][: self.dimension]) % 1  # all over
        somewhere = 2 * spread - 1
        with np.errstate(all="ignore"):  # a polynomial the same at so many points is a constant
            curvature = self.hessian(somewhere)
            return bool((np.ptp(curvature, axis=-1) <= 1e-9 * np.abs(curvature).max()).all())

    @cached_property
    def latex(self):
        """``f(x, y) = ...`` in LaTeX (str)."""
        return f"f({self._point}) = {latex(self._term)}"

    @cached_property
    def gradient_latex(self):
        r"""``f'(x) = ...``, or ``\nabla f(x, y) = ...`` as a pair, in LaTeX (str)."""
        slopes = self._slopes_on_paper()
        if self.dimension == 1:
            return f"f'({self._point}) = {slopes[0]}"
        pair = r",\; ".join(slopes)
        return rf"\nabla f({self._point}) = \left({pair}\right)"

    def _slopes_on_paper(self):
        """Return each slope in LaTeX, or dots where nobody would read them."""
        paper = Paper()
        try:
            height = paper.build(self._term)
            slopes = [paper.slope(height, each) for each in self._variables]
            if paper.parts(slopes) <= MOST_PARTS:
                return [latex(paper.term(slope)) for slope in slopes]
        except ValueError:  # exact numbers may divide by a zero that rounding has hidden
            pass
        return [r"\ldots"] * self.dimension
