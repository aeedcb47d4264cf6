"""The gallery: surfaces worth descending, each with its domain, a good start and its source."""

from inspect import Parameter, signature

import numpy as np

from ..checks import check_dimension, did_you_mean, expect, number, one_of, unknown
from .numeric import careful
from .surface import Surface

D2L = "Zhang, Lipton, Li & Smola, Dive into Deep Learning, https://d2l.ai, chapter "
PLAIN = Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD
GOODFELLOW = "Goodfellow, Bengio & Courville (2016), Deep Learning, section 8.2."

FIELDS = "text", "domain", "start", "learning_rate", "minima", "source"
ENTRIES = {
    "parabola": (
        "x**2", (-11, 11), 10, 0.2, [0], D2L + "Gradient Descent"),
    "wide_parabola": (
        "0.01*x**2", (-11, 11), 10, 20, [0],
        "The parabola made 100 times flatter: every good learning rate is 100 times larger"),
    "double_well": (
        "x**4/4 - x**3/3 - x**2", (-2.2, 3.2), -1.9, 0.1, [2, -1],
        "A quartic built backwards from its slope, x*(x + 1)*(x - 2)"),
    "cliff": (
        "0.05*x**2 + 2*sigmoid(6*(x - 1))", (-6, 5), 4.5, 2, [-0.13334582398076797],
        "A bowl with a step; after " + GOODFELLOW + "4, Cliffs and Exploding Gradients"),
    "x_cos_x": (
        "x*cos(0.15*pi*x)", (-11, 11), 10, 0.2,
        [7.269388146311475, -1.8256845786723395], D2L + "Gradient Descent"),
    "bowl": (
        "x**2 + 2*y**2", (-6, 6), (-5, -2), 0.1, [(0, 0)], D2L + "Gradient Descent"),
    "valley": (
        "(x**2/20 + y**2)/2", ((-6, 6), (-3, 3)), (-5, -2), 1.6, [(0, 0)],
        "Goh (2017), Why Momentum Really Works, Distill, https://doi.org/10.23915/distill.00006"),
    "saddle": (
        "x**2/2 + y**4/4 - y**2/2", (-2, 2), (1.5, 0.01), 0.3, [(0, 1), (0, -1)],
        "Nesterov (2004), Introductory Lectures on Convex Optimization, example 1.2.2"),
    "himmelblau": (
        "(x**2 + y - 11)**2 + (x + y**2 - 7)**2", (-5, 5), (0, 0), 0.01,
        [(3, 2), (-2.805118086952745, 3.1313125182505730),
         (-3.779310253377747, -3.283185991286169), (3.584428340330492, -1.848126526964404)],
        "Himmelblau (1972), Applied Nonlinear Programming, McGraw-Hill"),
    "rosenbrock": (
        "(1 - x)**2 + 100*(y - x**2)**2", ((-2, 2), (-1, 3)), (-1.2, 1), 0.001, [(1, 1)],
        "Rosenbrock (1960), An automatic method for finding the greatest or least value of a "
        "function, The Computer Journal 3(3), 175-184"),
    "beale": (
        "(1.5 - x + x*y)**2 + (2.25 - x + x*y**2)**2 + (2.625 - x + x*y**3)**2",
        (-4.5, 4.5), (0, -1), 0.03, [(3, 0.5)],
        "Beale (1958), On an iterative method for finding a local minimum of a function of more "
        "than one variable, Princeton, Statistical Techniques Research Group, report 25"),
    "rastrigin": (
        "20 + x**2 + y**2 - 10*cos(2*pi*x) - 10*cos(2*pi*y)", (-5.12, 5.12), (2.3, -1.8), 0.002,
        [(0, 0)],
        "Rastrigin (1974), Systems of Extremal Control; written as in Mühlenbein, Schomisch & "
        "Born (1991), The parallel genetic algorithm as function optimizer, Parallel Computing 17"),
    "plateau": (
        "1 - exp(-(x**2 + y**2)/2)", (-4, 4), (2, 1.5), 1, [(0, 0)],
        "An upside-down Gaussian; after " + GOODFELLOW + "3, Plateaus, Saddle Points"),
}  # fmt: skip
ENTRIES = {name: dict(zip(FIELDS, entry, strict=True)) for name, entry in ENTRIES.items()}


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
    condition = number("condition", condition, "a number from 1 to 1e6", lambda k: 1 <= k <= 1e6)
    text = f"(x**2/{condition!r} + y**2)/2".replace(".0 ", " ").replace("/1 ", " ")
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
    ValueError: surface 'himelblau' is unknown; did you mean 'himmelblau'? There are parabola, ...
    """

    def __init__(self):
        self._made = {}

    def __getitem__(self, name):
        if one_of("surface", name, list(self)) not in self._made:
            self._made[name] = Surface.from_formula(name=name, **ENTRIES[name])
        return self._made[name]

    def __getattr__(self, name):
        if name in ENTRIES:
            return self[name]
        raise AttributeError(unknown("surface", name, list(self)))

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
        check_dimension(dimension)
        return [name for name in ENTRIES if np.ndim(ENTRIES[name]["start"]) == dimension - 1]

    def formula(self, name):
        """Return the formula of a surface (str); makes no surface."""
        return ENTRIES[one_of("surface", name, list(self))]["text"]

    def _ipython_key_completions_(self):
        return list(ENTRIES)

    def __dir__(self):
        return [*super().__dir__(), *ENTRIES]

    def __repr__(self):
        return f"surfaces: {', '.join(ENTRIES)}"


surfaces = Gallery()


def as_surface(given):
    """Return the loss that is meant: a name, a formula, a function of x (and y), or itself."""
    if isinstance(given, str):
        return surfaces[given] if given in surfaces else _from_text(given)
    made = not isinstance(given, type)
    if made and callable(given) and not hasattr(given, "gradient"):
        return _from_coordinates(given)
    fits = made and all(hasattr(given, name) for name in ("value", "gradient", "dimension"))
    wanted = (
        "a Surface, a formula such as 'x**2 + 3*y**2', a name such as 'bowl', a function such as "
        "lambda x, y: ..., or a model"
    )
    return expect(fits, "surface", wanted, given)


def _from_text(text):
    """Return the surface of a formula; a text that is none may be a name spelled wrong."""
    try:
        return Surface.from_formula(text)
    except ValueError as error:
        if text.isidentifier() or did_you_mean(text, list(surfaces)):
            said = unknown("surface", text, list(surfaces))
            raise ValueError(f"{said} Or write a formula, such as 'x**2 + 3*y**2'.") from None
        raise ValueError(f"surface is no name in gd.surfaces, and as a formula: {error}") from None


def _from_coordinates(function):
    """Return the surface of a function of x, or of x and y."""
    try:
        known = signature(function).parameters.values()
    except (TypeError, ValueError):  # some functions written in C do not tell
        known = []
    needed = [each.name for each in known if each.default is each.empty and each.kind in PLAIN]
    wanted = "a function of x, or of x and y, such as lambda x, y: x**2 + 3*y**2,"
    expect(len(needed) in (1, 2), "surface", wanted, function)
    domain = ((-5, 5),) * len(needed)
    height = careful("surface", lambda w: function(*w), (), domain, needed)
    name = getattr(function, "__name__", "<lambda>")
    name = f"f({', '.join(needed)})" if name == "<lambda>" else name
    return Surface.from_function(height, dimension=len(needed), domain=domain, name=name)
