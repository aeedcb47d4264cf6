"""What we descend: a surface knows its height, its slope and its curvature, and nothing else."""

from dataclasses import dataclass, field
from functools import partial
from types import SimpleNamespace

import numpy as np

from ..checks import check_dimension, check_text, domain_of, point_of, points_of, positive
from ..formulas.formula import Formula
from .numeric import careful, central_differences, safe_rate


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Surface:
    """A function of one or two parameters, with the slope and curvature that descent needs.

    Make one with `Surface.from_formula` or `Surface.from_function`, or take one from `surfaces`.
    A point is an array of shape (d,), many points are (d, *batch): coordinates come first.

    Attributes
    ----------
    name : str
        What to call it.
    dimension : int
        d, the number of coordinates: 1 or 2.
    domain : tuple of (float, float)
        The part worth drawing: (low, high) for each coordinate. Descent may leave it.
    start : tuple of float
        A starting point from which there is something to see.
    learning_rate : float
        A learning rate that works from there.
    minima : tuple of tuple of float
        Known minima, the lowest first; may be empty, need not be all.
    source : str
        Where the surface comes from.
    formula : str or None
        The text it was made from; None for a surface made from functions.
    gradient_source : str
        ``"formula"``, ``"given"`` or ``"central differences"``.

    Examples
    --------
    >>> bowl = Surface.from_formula("x**2 + 2*y**2", start=(-5, -2), learning_rate=0.1)
    >>> bowl
    Surface('x**2 + 2*y**2', dimension=2, gradient by formula)
    >>> bowl.value([3.0, 1.0])
    np.float64(11.0)
    >>> bowl.gradient([3.0, 1.0])
    array([6., 4.])
    """

    name: str
    dimension: int
    domain: tuple[tuple[float, float], ...]
    start: tuple[float, ...]
    learning_rate: float
    minima: tuple[tuple[float, ...], ...]
    source: str
    formula: str | None
    gradient_source: str
    _maths: Formula | SimpleNamespace = field(repr=False)

    def __post_init__(self):
        """Check every field, and fill the ones left open."""
        d, start, rate, minima = self.dimension, self.start, self.learning_rate, self.minima
        check_text("name", self.name), check_text("source", self.source)
        set_, domain = partial(object.__setattr__, self), domain_of(self.domain, d)
        if start is None:
            start = [low + 0.8 * (high - low) for low, high in domain]
        if isinstance(minima, str) or not np.iterable(minima):
            minima = [minima]
        set_("domain", domain)
        set_("start", point_of("start", start, d))
        set_("minima", tuple(point_of("minima", each, d) for each in minima))
        set_("learning_rate", safe_rate(self) if rate is None else positive(rate))

    def __repr__(self):
        d, source = self.dimension, self.gradient_source
        return f"Surface({self.name!r}, dimension={d}, gradient by {source})"

    @classmethod
    def from_formula(
        cls,
        text,
        *,
        name=None,
        dimension=None,
        domain=None,
        start=None,
        learning_rate=None,
        minima=(),
        source="",
    ):
        r"""Make a surface from a formula such as ``"x**2 + 10*sin(y)"``.

        Parameters
        ----------
        text : str
            A formula in x, or x and y, in Python's notation. The gradient, the curvature and the
            LaTeX are derived from it, after simplifying it as on paper: ``x/x`` is 1.
        name : str, optional
            By default the formula itself.
        dimension : {1, 2}, optional
            By default 2 where y appears, else 1.
        domain : (low, high) or one such pair per coordinate, optional
            By default (-5, 5) for each coordinate.
        start : float or sequence of d floats, optional
            By default a point well to the upper right in the domain.
        learning_rate : float, optional
            By default 1 / (largest curvature in the domain not higher up than the start), which
            descends safely, rounded to one digit.
        minima : sequence of points, optional
            Known minima.
        source : str, optional
            Where the surface comes from.

        Returns
        -------
        Surface

        Raises
        ------
        TypeError, ValueError
            If the text is no formula or an argument does not fit; the message says which piece,
            and what to write instead.

        Examples
        --------
        >>> print(Surface.from_formula("x**2 + y**4").gradient_latex)
        \nabla f(x, y) = \left(2 x,\; 4 y^{3}\right)
        """
        if dimension is not None:
            check_dimension(dimension)
        maths = Formula(text, dimension)
        return cls(
            name=maths.text if name is None else name,
            dimension=maths.dimension,
            domain=(-5, 5) if domain is None else domain,
            start=start,
            learning_rate=learning_rate,
            minima=minima,
            source=source,
            formula=maths.text,
            gradient_source="formula",
            _maths=maths,
        )

    @classmethod
    def from_function(
        cls,
        f,
        gradient=None,
        hessian=None,
        *,
        dimension,
        domain,
        name=None,
        start=None,
        learning_rate=None,
        minima=(),
        source="",
    ):
        """Make a surface from plain NumPy functions of a batch of points.

        Parameters
        ----------
        f : callable
            Takes w of shape (d, *batch), returns heights of shape (*batch).
        gradient : callable, optional
            Takes w, returns shape (d, *batch). By default central differences of `f`, which are
            good to about 8 digits; `gradient_source` says so.
        hessian : callable, optional
            Takes w, returns shape (d, d, *batch). By default central differences of the gradient.
        dimension, domain, name, start, learning_rate, minima, source
            As in `from_formula`.

        Returns
        -------
        Surface

        Raises
        ------
        TypeError, ValueError
            If a function fails on a small batch, or returns another shape.

        Examples
        --------
        >>> hills = Surface.from_function(lambda w: np.sin(w[0]), dimension=1, domain=(-3, 3))
        >>> hills
        Surface('<lambda>', dimension=1, gradient by central differences)
        >>> hills.gradient(0.0).round(6)
        array([1.])
        """
        check_dimension(dimension)
        domain = domain_of(domain, dimension)
        value = careful("f", f, (), domain)
        slopes, curvatures = central_differences(value), None
        if gradient is not None:
            slopes = careful("gradient", gradient, (dimension,), domain)
        if hessian is not None:
            curvatures = careful("hessian", hessian, (dimension, dimension), domain)
        return cls(
            name=getattr(f, "__name__", "f") if name is None else name,
            dimension=dimension,
            domain=domain,
            start=start,
            learning_rate=learning_rate,
            minima=minima,
            source=source,
            formula=None,
            gradient_source="central differences" if gradient is None else "given",
            _maths=SimpleNamespace(
                value=value,
                gradient=slopes,
                hessian=curvatures or central_differences(slopes),
            ),
        )

    def value(self, w):
        """Return the height at each point: (d, *batch) -> (*batch).

        It is NaN where undefined, as log(x) at -1, and infinite where it grows without end, as 1/x
        and log(x) at 0. For d = 1 a bare number is a point too.
        """
        return self._at(w, self._raw_value)

    def gradient(self, w):
        """Return the direction of steepest ascent, per coordinate: (d, *batch) -> (d, *batch)."""
        return self._at(w, self._raw_gradient)

    def hessian(self, w):
        """Return the matrix of second derivatives: (d, *batch) -> (d, d, *batch)."""
        return self._at(w, self._raw_hessian)

    def _at(self, w, compute):
        w = points_of("w", w, self)
        with np.errstate(all="ignore"):
            found = compute(w)
        nowhere = np.isnan(w).any(axis=0)  # even a constant slope is unknown at an unknown point
        return np.where(nowhere, np.nan, found)[()] if nowhere.any() else found[()]

    # The same for loops: float64 arrays (d, *batch), unchecked, under the caller's own errstate

    _raw_value = property(lambda self: self._maths.value)
    _raw_gradient = property(lambda self: self._maths.gradient)
    _raw_hessian = property(lambda self: self._maths.hessian)

    @property
    def is_quadratic(self):
        """Whether the curvature is known to be the same everywhere (bool)."""
        return getattr(self._maths, "is_quadratic", False)  # of functions nothing proves it

    @property
    def latex(self):
        """``f(x, y) = ...`` in LaTeX (str), or None for a surface made from functions."""
        return getattr(self._maths, "latex", None)

    @property
    def gradient_latex(self):
        """The gradient in LaTeX (str), or None for a surface made from functions."""
        return getattr(self._maths, "gradient_latex", None)
