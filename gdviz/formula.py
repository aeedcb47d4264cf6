"""A formula: the height, the slopes and the curvatures that follow from one text."""

from collections.abc import Callable
from functools import cached_property

import numpy as np

from .graph import Graph
from .reading import PARTIAL, VARIABLES, mentions, read


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
        self._term, self.text = read(text)
        self.dimension = dimension or (2 if mentions(self._term, "y") else 1)
        if self.dimension == 1 and mentions(self._term, "y"):
            raise ValueError("The formula contains y, but dimension is 1: use dimension=2.")
        self._variables = VARIABLES[: self.dimension]
        self._graph = Graph()
        self._height = self._graph.build(self._term)
        self._slopes = [self._graph.slope(self._height, each) for each in self._variables]
        self._curvatures = [  # xx, xy, yy
            self._graph.slope(slope, each)
            for i, slope in enumerate(self._slopes)
            for each in self._variables[i:]
        ]

    @cached_property
    def value(self) -> Callable:
        """The height at each point."""
        compute = self._graph.compiled([self._height])
        return lambda w: compute(w)[0]

    @cached_property
    def gradient(self) -> Callable:
        """The slopes at each point."""
        return self._where_defined(self._graph.compiled(self._slopes))

    @cached_property
    def hessian(self) -> Callable:
        """The curvatures at each point."""
        compute = self._where_defined(self._graph.compiled(self._curvatures))
        entry = [[0]] if self.dimension == 1 else [[0, 1], [1, 2]]
        return lambda w: compute(w)[entry]

    def _where_defined(self, compute):
        """Make slopes NaN where the height is: 1/x is no slope of log(x) at x = -1."""
        if self._graph.operations(self._height).isdisjoint(PARTIAL):
            return compute
        return lambda w: np.where(np.isnan(self.value(w)), np.nan, compute(w))

    @cached_property
    def is_quadratic(self):
        """Whether the curvature is the same everywhere (bool)."""
        if not self._graph.is_polynomial(self._height):
            return False
        somewhere = np.random.default_rng(0).uniform(-1, 1, (self.dimension, 50))
        with np.errstate(all="ignore"):  # a polynomial the same at so many points is a constant
            curvature = self.hessian(somewhere)
            return bool((np.ptp(curvature, axis=-1) <= 1e-9 * np.abs(curvature).max()).all())

    @cached_property
    def latex(self):
        """``f(x, y) = ...`` in LaTeX (str)."""
        return self._typeset[0]

    @cached_property
    def gradient_latex(self):
        r"""``f'(x) = ...``, or ``\nabla f(x, y) = ...`` as a pair, in LaTeX (str)."""
        return self._typeset[1]

    @cached_property
    def _typeset(self):
        from .typeset import typeset  # sympy waits until someone wants to see LaTeX

        return typeset(self._term, self._variables)
