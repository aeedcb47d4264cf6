"""What we descend: a surface knows its height, its slope and its curvature, and nothing else."""

import difflib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from numbers import Integral, Real
from types import SimpleNamespace

import numpy as np

from .formula import Formula


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
        d = self.dimension
        for text in ("name", "source"):
            if not isinstance(getattr(self, text), str):
                raise TypeError(f"{text} must be a text, not {getattr(self, text)!r}.")
        domain = _domain(self.domain, d)
        start = self.start
        if start is None:
            start = [low + 0.8 * (high - low) for low, high in domain]
        minima = self.minima if np.iterable(self.minima) else [self.minima]
        object.__setattr__(self, "domain", domain)
        object.__setattr__(self, "start", _point("start", start, d))
        object.__setattr__(self, "minima", tuple(_point("minima", each, d) for each in minima))
        rate = _safe_rate(self) if self.learning_rate is None else _positive(self.learning_rate)
        object.__setattr__(self, "learning_rate", rate)

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
            _check_dimension(dimension)
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
        _check_dimension(dimension)
        domain = _domain(domain, dimension)
        _probe("f", f, (), domain)
        if gradient is not None:
            _probe("gradient", gradient, (dimension,), domain)
        if hessian is not None:
            _probe("hessian", hessian, (dimension, dimension), domain)
        slopes = gradient or _central_differences(f)
        curvatures = hessian or _central_differences(slopes)
        return cls(
            name=getattr(f, "__name__", "f") if name is None else name,
            dimension=dimension,
            domain=domain,
            start=start,
            learning_rate=learning_rate,
            minima=minima,
            source=source,
            formula=None,
            gradient_source="given" if gradient else "central differences",
            _maths=SimpleNamespace(
                value=lambda w: np.array(f(w), dtype=float),
                gradient=lambda w: np.array(slopes(w), dtype=float),
                hessian=lambda w: np.array(curvatures(w), dtype=float),
                is_quadratic=False,  # nothing proves it
                latex=None,
                gradient_latex=None,
            ),
        )

    def value(self, w):
        """Return the height at each point: (d, *batch) -> (*batch), NaN where undefined.

        For d = 1 a bare number is a point too.
        """
        return self._at(w, self._raw_value)

    def gradient(self, w):
        """Return the direction of steepest ascent, per coordinate: (d, *batch) -> (d, *batch)."""
        return self._at(w, self._raw_gradient)

    def hessian(self, w):
        """Return the matrix of second derivatives: (d, *batch) -> (d, d, *batch)."""
        return self._at(w, self._raw_hessian)

    def _at(self, w, compute):
        w = self._points(w)
        with np.errstate(all="ignore"):
            found = compute(w)
        nowhere = np.isnan(w).any(axis=0)  # even a constant slope is unknown at an unknown point
        return np.where(nowhere, np.nan, found)[()] if nowhere.any() else found[()]

    # The same for loops: float64 arrays (d, *batch), unchecked, under the caller's own errstate

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
        """Return w as a float64 array of shape (d, *batch)."""
        w = _real_array("w", w, "give numbers, coordinates first")
        d = self.dimension
        if d == 1 and w.ndim == 0:
            w = w[np.newaxis]
        if w.ndim == 0 or w.shape[0] != d:
            raise ValueError(
                f"w has shape {w.shape}, but {self.name} has {_coordinates(d)}, and they come "
                f"first: give a point of shape ({d},), or n points of shape ({d}, n)."
            )
        return w

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


# Checks and defaults


def _coordinates(d):
    return "1 coordinate" if d == 1 else f"{d} coordinates"


def _check_dimension(dimension):
    if (
        isinstance(dimension, bool)
        or not isinstance(dimension, Integral)
        or dimension not in (1, 2)
    ):
        raise ValueError(f"dimension must be 1 or 2, not {dimension!r}.")


def _real_array(argument, given, remedy):
    """Return `given` as a float64 array; NaN and infinity may be in it."""
    try:
        numbers = np.asarray(given)
    except ValueError:
        raise ValueError(f"{argument} is ragged: {given!r}; {remedy}.") from None
    if numbers.dtype.kind not in "iuf":
        raise TypeError(f"{argument} must hold real numbers, not {given!r}; {remedy}.")
    return numbers.astype(float, copy=False)


def _finite_array(argument, given, remedy):
    numbers = _real_array(argument, given, remedy)
    if not np.isfinite(numbers).all():
        raise ValueError(f"{argument} must be finite, not {given!r}; {remedy}.")
    return numbers


def _domain(domain, d):
    remedy = "give (low, high), the same for every coordinate, or one such pair for each"
    ends = _finite_array("domain", domain, remedy)
    if ends.shape not in {(2,), (d, 2)}:
        raise ValueError(f"domain has shape {ends.shape} for {_coordinates(d)}; {remedy}.")
    pairs = tuple((float(low), float(high)) for low, high in np.broadcast_to(ends, (d, 2)))
    for low, high in pairs:
        if not low < high:
            raise ValueError(f"domain needs low < high, not ({low:g}, {high:g}): swap them.")
    return pairs


def _point(argument, point, d):
    remedy = "give one number" if d == 1 else "give two numbers, (x, y)"
    numbers = np.atleast_1d(_finite_array(argument, point, remedy))
    if numbers.shape != (d,):
        raise ValueError(f"{argument} needs {_coordinates(d)}, not {point!r}: {remedy}.")
    return tuple(numbers.tolist())


def _positive(rate):
    number = _finite_array("learning_rate", rate, "give one number above 0")
    if number.ndim or not number > 0:
        raise ValueError(f"learning_rate must be one number above 0, not {rate!r}.")
    return float(number)


def _safe_rate(surface):
    """Return 1 / L, where L is the largest curvature in the domain below the start.

    With it no step goes up (Nesterov 2004, section 1.2.3); one digit is enough.
    """
    axes = [np.linspace(low, high, 21) for low, high in surface.domain]
    grid = np.stack(np.meshgrid(*axes)).reshape(surface.dimension, -1)
    below = grid[:, surface.value(grid) <= surface.value(np.array(surface.start))]
    curvature = np.moveaxis(surface.hessian(below), -1, 0)
    curvature = curvature[np.isfinite(curvature).all(axis=(1, 2))]
    largest = np.abs(np.linalg.eigvalsh(curvature)).max(initial=0.0)
    return float(f"{1 / largest:.0e}") if 1e-100 < largest < 1e100 else 0.1


def _central_differences(f):
    """Return the function w -> (f(w + h) - f(w - h)) / 2h, coordinates on a new first axis.

    h = eps**(1/4) leaves about 8 digits, and 7 when the result is differentiated again.
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
    """Call a function on one point and on small batches, and insist on the shapes promised."""
    if not callable(function):
        raise TypeError(f"{argument} must be a function of w, not {function!r}.")
    low, width = np.array(domain)[:, 0], np.ptp(np.array(domain), axis=1)
    unpack = "x, = w" if len(domain) == 1 else "x, y = w"
    for batch in ((), (5,), (3, 4)):
        w = (low + width * np.random.default_rng(0).random((*batch, len(domain)))).T
        remedy = (
            f"for w of shape {w.shape} return an array of shape {(*lead, *w.shape[1:])}: unpack "
            f"with {unpack}, then use NumPy on whole arrays, np.where for if, np.sin for math.sin"
        )
        try:
            with np.errstate(all="ignore"):
                shape = np.asarray(function(w), dtype=float).shape
        except Exception as error:
            raise ValueError(f"{argument} failed, {error!r}; {remedy}.") from error
        if shape != (*lead, *w.shape[1:]):
            raise ValueError(f"{argument} returned shape {shape}; {remedy}.")


# The gallery

D2L = "Zhang, Lipton, Li & Smola, Dive into Deep Learning, https://d2l.ai, chapter "
GOODFELLOW = "Goodfellow, Bengio & Courville (2016), Deep Learning, section 8.2."


def _entry(text, domain, start, learning_rate, minima, source):
    return {
        "text": text, "domain": domain, "start": start, "learning_rate": learning_rate,
        "minima": minima, "source": source,
    }  # fmt: skip


ENTRIES = {
    "parabola": _entry(
        "x**2", (-11, 11), 10, 0.2, [0], D2L + "Gradient Descent"),
    "wide_parabola": _entry(
        "0.01*x**2", (-11, 11), 10, 20, [0],
        "The parabola made 100 times flatter: every good learning rate is 100 times larger"),
    "double_well": _entry(
        "x**4/4 - x**3/3 - x**2", (-2.2, 3.2), -1.9, 0.1, [2, -1],
        "A quartic built backwards from its slope, x*(x + 1)*(x - 2)"),
    "cliff": _entry(
        "0.05*x**2 + 2*sigmoid(6*(x - 1))", (-6, 5), 4.5, 2, [-0.13334582398076797],
        "A bowl with a step; after " + GOODFELLOW + "4, Cliffs and Exploding Gradients"),
    "x_cos_x": _entry(
        "x*cos(0.15*pi*x)", (-11, 11), 10, 0.2,
        [7.269388146311475, -1.8256845786723395], D2L + "Gradient Descent"),
    "bowl": _entry(
        "x**2 + 2*y**2", (-6, 6), (-5, -2), 0.1, [(0, 0)], D2L + "Gradient Descent"),
    "valley": _entry(
        "(x**2/20 + y**2)/2", ((-6, 6), (-3, 3)), (-5, -2), 1.6, [(0, 0)],
        "Goh (2017), Why Momentum Really Works, Distill, https://doi.org/10.23915/distill.00006"),
    "saddle": _entry(
        "x**2/2 + y**4/4 - y**2/2", (-2, 2), (1.5, 0.01), 0.3, [(0, 1), (0, -1)],
        "Nesterov (2004), Introductory Lectures on Convex Optimization, example 1.2.2"),
    "himmelblau": _entry(
        "(x**2 + y - 11)**2 + (x + y**2 - 7)**2", (-5, 5), (0, 0), 0.01,
        [(3, 2), (-2.805118086952745, 3.1313125182505730),
         (-3.779310253377747, -3.283185991286169), (3.584428340330492, -1.848126526964404)],
        "Himmelblau (1972), Applied Nonlinear Programming, McGraw-Hill"),
    "rosenbrock": _entry(
        "(1 - x)**2 + 100*(y - x**2)**2", ((-2, 2), (-1, 3)), (-1.2, 1), 0.001, [(1, 1)],
        "Rosenbrock (1960), An automatic method for finding the greatest or least value of a "
        "function, The Computer Journal 3(3), 175-184"),
    "beale": _entry(
        "(1.5 - x + x*y)**2 + (2.25 - x + x*y**2)**2 + (2.625 - x + x*y**3)**2",
        (-4.5, 4.5), (0, -1), 0.03, [(3, 0.5)],
        "Beale (1958), On an iterative method for finding a local minimum of a function of more "
        "than one variable, Princeton, Statistical Techniques Research Group, report 25"),
    "rastrigin": _entry(
        "20 + x**2 + y**2 - 10*cos(2*pi*x) - 10*cos(2*pi*y)", (-5.12, 5.12), (2.3, -1.8), 0.002,
        [(0, 0)],
        "Rastrigin (1974), Systems of Extremal Control; written as in Mühlenbein, Schomisch & "
        "Born (1991), The parallel genetic algorithm as function optimizer, Parallel Computing 17"),
    "plateau": _entry(
        "1 - exp(-(x**2 + y**2)/2)", (-4, 4), (2, 1.5), 1, [(0, 0)],
        "An upside-down Gaussian; after " + GOODFELLOW + "3, Plateaus, Saddle Points"),
}  # fmt: skip


def valley(condition=20.0):
    """Return a quadratic valley, (x**2 / condition + y**2) / 2, as narrow as you like.

    Its curvature is 1 across (along y) and 1 / condition along the floor (along x), so the stable
    limit stays at 2 whatever the condition number: only the walk along the floor gets slower.

    Parameters
    ----------
    condition : float
        The largest curvature over the smallest, from 1 (a round bowl) to 1e6.

    Returns
    -------
    Surface

    Raises
    ------
    TypeError, ValueError
        If `condition` is no number, or outside 1 to 1e6.

    Examples
    --------
    >>> valley(100).hessian([0.0, 0.0])
    array([[0.01, 0.  ],
           [0.  , 1.  ]])
    """
    if isinstance(condition, bool) or not isinstance(condition, Real):
        raise TypeError(f"condition must be a number, not {condition!r}.")
    if not 1 <= condition <= 1e6:
        raise ValueError(f"condition must be from 1 to 1e6, not {condition!r}.")
    text = f"(x**2/{float(condition)!r} + y**2)/2".replace(".0 ", " ")
    return Surface.from_formula(**ENTRIES["valley"] | {"text": text}, name="valley")


class Gallery:
    """The named surfaces, each made when it is first asked for.

    Examples
    --------
    >>> surfaces["himmelblau"].minima[0]
    (3.0, 2.0)
    >>> surfaces.himmelblau is surfaces["himmelblau"]
    True
    >>> surfaces["himelblau"]
    Traceback (most recent call last):
    ValueError: There is no surface 'himelblau'; did you mean 'himmelblau'? There are parabola, ...
    """

    def __init__(self):
        self._made = {}

    def __getitem__(self, name):
        if name not in self:
            near = difflib.get_close_matches(str(name), self.keys(), n=1)
            hint = f" did you mean {near[0]!r}?" if near else ""
            raise ValueError(f"There is no surface {name!r};{hint} There are {', '.join(self)}.")
        if name not in self._made:
            self._made[name] = Surface.from_formula(name=name, **ENTRIES[name])
        return self._made[name]

    def __getattr__(self, name):
        if name in ENTRIES:
            return self[name]
        near = difflib.get_close_matches(name, self.keys(), n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise AttributeError(f"There is no surface {name!r}{hint}")

    def __iter__(self):
        return iter(ENTRIES)

    def __len__(self):
        return len(ENTRIES)

    def __contains__(self, name):
        return isinstance(name, str) and name in ENTRIES

    def keys(self, dimension=None):
        """Return the names (list of str), of one dimension if it is given; makes no surface."""
        if dimension is None:
            return list(ENTRIES)
        _check_dimension(dimension)
        return [name for name in ENTRIES if np.ndim(ENTRIES[name]["start"]) == dimension - 1]

    def _ipython_key_completions_(self):
        return list(ENTRIES)

    def __dir__(self):
        return [*super().__dir__(), *ENTRIES]

    def __repr__(self):
        return f"surfaces: {', '.join(ENTRIES)}"


surfaces = Gallery()
