"""What we descend: a surface knows its height, its slope and its curvature, and nothing else."""

import difflib
import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from numbers import Real
from types import SimpleNamespace

import numpy as np

from gdviz.formula import Formula


@dataclass(frozen=True, eq=False, repr=False)
class Surface:
    """A function of one or two parameters, with the slope and curvature that descent needs.

    Make one with `Surface.from_formula` or `Surface.from_function`, or take one from `surfaces`.
    A point is an array of shape (d,), a batch of points (d, *batch): coordinates come first.

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
        Known minima, best first where they differ; may be empty, need not be all.
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
    Surface('x**2 + 2*y**2', 2 coordinates, gradient by formula)
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

    def __repr__(self):
        coordinates = "1 coordinate" if self.dimension == 1 else "2 coordinates"
        return f"Surface({self.name!r}, {coordinates}, gradient by {self.gradient_source})"

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
        """Make a surface from a formula such as ``"x**2 + 10*sin(y)"``.

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
        \\nabla f(x, y) = \\left(2 x,\\; 4 y^{3}\\right)
        """
        if dimension is not None:
            _check_dimension(dimension)
        maths = Formula(text, dimension)
        return cls._complete(
            maths, name or maths.text, maths.dimension, domain, start, learning_rate, minima,
            source, maths.text, "formula",
        )  # fmt: skip

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
        Surface('<lambda>', 1 coordinate, gradient by central differences)
        >>> hills.gradient(0.0).round(6)
        array([1.])
        """
        _check_dimension(dimension)
        domain = _domain(domain, dimension)
        for argument, function, lead in (
            ("f", f, ()),
            ("gradient", gradient, (dimension,)),
            ("hessian", hessian, (dimension, dimension)),
        ):
            if function is not None or argument == "f":
                _probe(argument, function, lead, domain)
        numeric_gradient = gradient is None
        gradient = gradient or _central_differences(f)
        maths = SimpleNamespace(
            value=f,
            gradient=gradient,
            hessian=hessian or _central_differences(gradient),
            is_quadratic=False,
            latex=None,
            gradient_latex=None,
        )
        return cls._complete(
            maths, name or getattr(f, "__name__", "f"), dimension, domain, start, learning_rate,
            minima, source, None, "central differences" if numeric_gradient else "given",
        )  # fmt: skip

    @classmethod
    def _complete(cls, maths, name, dimension, domain, start, rate, minima, source, text, how):
        """Check every field, and fill the ones left open."""
        domain = _domain(domain, dimension)
        if start is None:
            start = tuple(low + 0.8 * (high - low) for low, high in domain)
        surface = cls(
            name=name,
            dimension=dimension,
            domain=domain,
            start=_point("start", start, dimension),
            learning_rate=1.0,
            minima=tuple(_point("minima", minimum, dimension) for minimum in minima),
            source=source,
            formula=text,
            gradient_source=how,
            _maths=maths,
        )
        return replace(surface, learning_rate=_rate(surface) if rate is None else _positive(rate))

    def value(self, w):
        """Return the height at each point: (d, *batch) -> (*batch), NaN where undefined.

        For d = 1 a bare number is a point too.
        """
        w = self._points(w)
        with np.errstate(all="ignore"):
            return np.asarray(self._raw_value(w), dtype=float)[()]

    def gradient(self, w):
        """Return the direction of steepest ascent: (d, *batch) -> (d, *batch)."""
        w = self._points(w)
        with np.errstate(all="ignore"):
            return np.asarray(self._raw_gradient(w), dtype=float)

    def hessian(self, w):
        """Return the curvature matrix: (d, *batch) -> (d, d, *batch)."""
        w = self._points(w)
        with np.errstate(all="ignore"):
            return np.asarray(self._raw_hessian(w), dtype=float)

    # The same without checks, for loops: float64 (d, *batch) in, under the caller's own errstate

    @cached_property
    def _raw_value(self) -> Callable:
        return self._maths.value

    @cached_property
    def _raw_gradient(self) -> Callable:
        return self._maths.gradient

    @cached_property
    def _raw_hessian(self) -> Callable:
        return self._maths.hessian

    def _points(self, w):
        try:
            w = np.asarray(w)
        except ValueError:
            raise ValueError(f"w is ragged: {w!r}; give every coordinate equally many.") from None
        if w.dtype.kind not in "iuf":
            raise TypeError(f"w must hold real numbers, not {w.dtype}.")
        if self.dimension == 1 and w.ndim == 0:
            w = w[np.newaxis]
        if w.ndim == 0 or w.shape[0] != self.dimension:
            d = self.dimension
            raise ValueError(
                f"w has shape {w.shape}, but {self.name} has {d} coordinate{'s' * (d > 1)}, which "
                f"come first: give a point of shape ({d},) or n points of shape ({d}, n)."
            )
        return w.astype(float, copy=False)

    @property
    def is_quadratic(self):
        """Whether the curvature is known to be the same everywhere (bool)."""
        return self._maths.is_quadratic

    @property
    def latex(self):
        """``f(x, y) = ...`` in LaTeX (str), or None for a surface made from functions."""
        return self._maths.latex

    @property
    def gradient_latex(self):
        """The gradient in LaTeX (str), or None for a surface made from functions."""
        return self._maths.gradient_latex


def valley(condition=20.0):
    """Return a quadratic valley, (x**2 / condition + y**2) / 2, as narrow as you like.

    Its curvature is 1 across (along y) and 1 / condition along the floor (along x), so the stable
    limit stays at 2 whatever the condition number; only the walk along the floor gets slower.

    Parameters
    ----------
    condition : float
        Largest over smallest curvature, from 1 (a round bowl) up to 1e6.

    Returns
    -------
    Surface

    Examples
    --------
    >>> valley(100).hessian([0.0, 0.0])
    array([[0.01, 0.  ],
           [0.  , 1.  ]])
    """
    if not isinstance(condition, Real) or isinstance(condition, bool):
        raise TypeError(f"condition must be a number, not {condition!r}.")
    if not 1 <= condition <= 1e6:
        raise ValueError(f"condition must be between 1 and 1e6, not {condition!r}.")
    return Surface.from_formula(
        f"(x**2/{float(condition)!r} + y**2)/2",
        name="valley",
        domain=((-6, 6), (-3, 3)),
        start=(-5, -2),
        learning_rate=1.6,
        minima=[(0, 0)],
        source="Goh (2017), Why Momentum Really Works, Distill: a convex quadratic, eigenvalue 1",
    )


# Checks and defaults


def _check_dimension(dimension):
    if dimension not in (1, 2) or isinstance(dimension, bool):
        raise ValueError(f"dimension must be 1 or 2, not {dimension!r}.")


def _numbers(argument, given, remedy):
    """Return `given` as a float64 array of finite numbers."""
    try:
        numbers = np.asarray(given)
    except ValueError:
        raise ValueError(f"{argument} is ragged: {given!r}; {remedy}.") from None
    if numbers.dtype.kind not in "iuf":
        raise TypeError(f"{argument} must hold real numbers, not {given!r}; {remedy}.")
    if not np.isfinite(numbers).all():
        raise ValueError(f"{argument} must be finite, not {given!r}; {remedy}.")
    return numbers.astype(float)


def _domain(domain, d):
    remedy = f"give (low, high), or {d} such pair{'s' * (d > 1)}"
    ends = _numbers("domain", (-5, 5) if domain is None else domain, remedy)
    if ends.shape not in {(2,), (d, 2)}:
        raise ValueError(f"domain has shape {ends.shape}: {domain!r}; {remedy}.")
    pairs = tuple((float(low), float(high)) for low, high in np.broadcast_to(ends, (d, 2)))
    for low, high in pairs:
        if not low < high:
            raise ValueError(f"domain must have low < high, not ({low:g}, {high:g}); swap them.")
    return pairs


def _point(argument, point, d):
    remedy = "give one number" if d == 1 else "give two numbers, (x, y)"
    numbers = np.atleast_1d(_numbers(argument, point, remedy))
    if numbers.shape != (d,):
        raise ValueError(
            f"{argument} must have {d} coordinate{'s' * (d > 1)}, not {point!r}; {remedy}."
        )
    return tuple(numbers.tolist())


def _positive(rate):
    number = _numbers("learning_rate", rate, "give one number above 0")
    if number.ndim or not number > 0:
        raise ValueError(f"learning_rate must be one number above 0, not {rate!r}.")
    return float(number)


def _rate(surface):
    """Return 1 / L, L the largest curvature in the domain not higher up than the start."""
    grid = np.stack(np.meshgrid(*(np.linspace(*ends, 21) for ends in surface.domain)))
    grid = grid.reshape(surface.dimension, -1)
    below = grid[:, surface.value(grid) <= surface.value(np.array(surface.start))]
    curvature = np.moveaxis(surface.hessian(below), -1, 0)
    curvature = curvature[np.isfinite(curvature).all(axis=(1, 2))]
    largest = np.abs(np.linalg.eigvalsh(curvature)).max(initial=0.0)
    return float(f"{1 / largest:.0e}") if 1e-100 < largest < 1e100 else 0.1


def _central_differences(f):
    """Return the function w -> (f(w + h) - f(w - h)) / 2h, one new first axis for coordinates.

    h = eps**(1/4) also suits a second round, where the rounding of the first is magnified.
    """

    def slopes(w):
        h = np.finfo(float).eps ** 0.25 * np.maximum(1.0, np.abs(w))
        found = []
        for i in range(len(w)):
            step = np.zeros_like(w)
            step[i] = h[i]
            found.append((np.asarray(f(w + step)) - np.asarray(f(w - step))) / (2 * h[i]))
        return np.stack(found)

    return slopes


def _probe(argument, function, lead, domain):
    """Call `function` on one point and on a small batch, and insist on the shapes promised."""
    if not callable(function):
        raise TypeError(f"{argument} must be a function of w, not {function!r}.")
    d = len(domain)
    low, high = np.array(domain).T
    for batch in ((), (5,), (3, 4)):
        where = np.random.default_rng(0).uniform(size=(d, *batch))
        w = (low + (high - low) * where.T).T
        promised = (*lead, *batch)
        remedy = (
            f"for w of shape {w.shape} it must return shape {promised}: unpack with "
            f"{'x, = w' if d == 1 else 'x, y = w'} and compute with NumPy on whole arrays"
        )
        try:
            with np.errstate(all="ignore"):
                returned = np.asarray(function(w), dtype=float)
        except Exception as error:
            raise ValueError(
                f"{argument} failed ({type(error).__name__}: {error}); {remedy} "
                "(np.where for if, np.sin for math.sin)."
            ) from error
        if returned.shape != promised:
            raise ValueError(f"{argument} returned shape {returned.shape}; {remedy}.")


# The gallery

D2L = "Zhang, Lipton, Li & Smola, Dive into Deep Learning, d2l.ai, "
GOODFELLOW = "after Goodfellow, Bengio & Courville (2016), Deep Learning, section 8.2"


def _entry(text, domain, start, learning_rate, minima, source, **more):
    return dict(
        text=text, domain=domain, start=start, learning_rate=learning_rate, minima=minima,
        source=source, **more,
    )  # fmt: skip


ENTRIES = {
    "parabola": _entry(
        "x**2", (-11, 11), 10, 0.2, [0], D2L + "Gradient Descent"),
    "wide_parabola": _entry(
        "0.01*x**2", (-11, 11), 10, 20, [0],
        "The parabola made 100 times flatter, so that every good rate is 100 times larger"),
    "double_well": _entry(
        "x**4/4 - x**3/3 - x**2", (-2.2, 3.2), -1.9, 0.1, [2, -1],
        "A quartic built from its slope x*(x + 1)*(x - 2)"),
    "cliff": _entry(
        "0.05*x**2 + 2*sigmoid(6*(x - 1))", (-6, 5), 4.5, 2, [], GOODFELLOW + ".4, Cliffs"),
    "x_cos_x": _entry(
        "x*cos(0.15*pi*x)", (-11, 11), 10, 0.5, [], D2L + "Gradient Descent"),
    "bowl": _entry(
        "x**2 + 2*y**2", (-6, 6), (-5, -2), 0.1, [(0, 0)], D2L + "Gradient Descent"),
    "saddle": _entry(
        "x**2/2 + y**4/4 - y**2/2", (-2, 2), (1.5, 0.01), 0.3, [(0, 1), (0, -1)],
        "Nesterov (2004), Introductory Lectures on Convex Optimization, example 1.2.2"),
    "himmelblau": _entry(
        "(x**2 + y - 11)**2 + (x + y**2 - 7)**2", (-5, 5), (0, 0), 0.01, [(3, 2)],
        "Himmelblau (1972), Applied Nonlinear Programming, McGraw-Hill"),
    "rosenbrock": _entry(
        "(1 - x)**2 + 100*(y - x**2)**2", ((-2, 2), (-1, 3)), (-1.2, 1), 0.001, [(1, 1)],
        "Rosenbrock (1960), The Computer Journal 3(3), 175-184"),
    "beale": _entry(
        "(1.5 - x + x*y)**2 + (2.25 - x + x*y**2)**2 + (2.625 - x + x*y**3)**2",
        (-4.5, 4.5), (1, 1), 0.01, [(3, 0.5)],
        "Beale (1958), Princeton Statistical Techniques Research Group, Technical Report 25"),
    "rastrigin": _entry(
        "20 + x**2 + y**2 - 10*cos(2*pi*x) - 10*cos(2*pi*y)", (-5.12, 5.12), (2.3, -1.8), 0.002,
        [(0, 0)], "Rastrigin (1974), Systems of Extremal Control; in two variables as in "
        "Mühlenbein, Schomisch & Born (1991), Parallel Computing 17, 619-632"),
    "plateau": _entry(
        "1 - exp(-(x**2 + y**2)/2)", (-4, 4), (2, 1.5), 1, [(0, 0)],
        "An upside-down Gaussian; " + GOODFELLOW + ".3, Plateaus"),
}  # fmt: skip


class Gallery:
    """The named surfaces; each is made the first time it is asked for."""

    def __init__(self):
        self._made = {}

    def __getitem__(self, name):
        if name not in self._made:
            if name == "valley":
                self._made[name] = valley()
            elif isinstance(name, str) and name in ENTRIES:
                self._made[name] = Surface.from_formula(name=name, **ENTRIES[name])
            else:
                near = difflib.get_close_matches(str(name), list(self), n=1)
                hint = f"did you mean {near[0]!r}? " if near else ""
                raise ValueError(
                    f"No surface is called {name!r}: {hint}There are {', '.join(self)}."
                )
        return self._made[name]

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        try:
            return self[name]
        except ValueError as error:
            raise AttributeError(str(error)) from None

    def __iter__(self):
        return iter([*ENTRIES, "valley"])

    def __len__(self):
        return len(list(iter(self)))

    def __contains__(self, name):
        return name in list(iter(self))

    def keys(self):
        return list(self)

    def __dir__(self):
        return [*super().__dir__(), *self]

    def _ipython_key_completions_(self):
        return list(self)

    def __repr__(self):
        return f"surfaces: {', '.join(self)}"


surfaces = Gallery()
