"""Every argument of every public function is sent the same odd values.

Each is either taken for what it plainly is, or refused by a `TypeError` or `ValueError` that names
the argument. To add a function, add a line of fitting arguments to `CALLS`.
"""

import contextlib
import dataclasses
import functools
import inspect
import io
import re
import warnings
from fractions import Fraction

import numpy as np
import pytest
from matplotlib.figure import Figure

import gdviz as gd
from tests.packets import widgets

try:
    import pandas
except ImportError:
    pandas = None

X, Y = [1.0, 2.0, 4.0, 3.0], [0.5, 1.5, 1.0, 2.5]
LINE, NET = gd.LinearRegression(X, Y), gd.Network(X, Y, hidden=2)
BOWL = gd.surfaces.bowl
W = np.array([0.5, -0.25])
SCALED = gd.standardize(X)


def height(w):
    return (w * w).sum(axis=0)


def slope(w):
    return 2 * w


def bend(w):
    return np.stack([[2 + 0 * w[0], 0 * w[0]], [0 * w[0], 2 + 0 * w[0]]])


def step(theta, gradient, learning_rate):
    return theta - learning_rate * gradient


COMMON = {
    "name": "hill", "domain": ((-2.0, 2.0), (-1.0, 3.0)), "start": (1.5, 0.5),
    "learning_rate": 0.125, "minima": [(0.5, 1.0)], "source": "a book",
}  # fmt: skip
LOOK = {"w": W, "rows": [0, 2]}


def ask(question, choices, show, answer=None, because="", explain=""):
    """Ask, answer and close."""
    more = {"answer": answer, "because": because, "explain": explain}
    with contextlib.closing(gd.Prediction(question, choices, show, **more)):
        pass


def opened(kind):
    """Return what opens an explorer, tells what it shows, and closes it."""

    @functools.wraps(kind)
    def told(*surface, **options):
        with contextlib.closing(kind(*surface, **options)) as explorer:
            setting = explorer.setting
            run = {"run": explorer.descent} if isinstance(explorer, gd.Explorer) else {}
            return {"start": setting.start, "rate": setting.learning_rate} | run

    return told


@functools.cache
def shared(surface):
    """Return an explorer for all that sets its attributes."""
    options = {"taylor": ("sin(x)", 3)} if surface is NET else {}
    return gd.explore(surface, steps=4, **options)


@pytest.fixture(autouse=True, scope="module")
def nothing_stays_open():
    """Open the shared explorers before widgets are counted, and close them at the end."""
    opened = [shared("bowl"), shared(NET)]
    yield
    shared.cache_clear()
    for explorer in opened:
        explorer.close()


def setters(explored, **fitting):
    """Return what sets each attribute of an explorer; one that is refused changes nothing."""

    def put(**given):
        explorer = shared(explored)
        explorer.reset()
        getattr(explorer, "wait", lambda: None)()
        before, picture = explorer.setting, explorer.live.table
        ((name, value),) = given.items()
        try:
            setattr(explorer, name, value)
        except (TypeError, ValueError):
            assert explorer.setting is before
            assert explorer.live.table is picture
            raise
        return explorer.setting.start

    kind = "NetworkExplorer" if explored is NET else "Explorer"
    return {f"{kind} attribute {name}": (put, {name: fitting[name]}) for name in fitting}


def figure():
    """Return the arguments of a live figure."""
    drawn = Figure(figsize=(1, 1))
    ax = drawn.subplots()
    (line,) = ax.plot([], [])
    image = ax.imshow(np.zeros((2, 2, 4)))
    marks = [(line, "trail", ("x", "y")), (image, "image")]
    return {
        "figure": drawn, "marks": marks, "columns": {"x": X}, "drag": [ax], "hover": {ax: "{x}"},
        "reveals": {ax: "x"}, "ground": {ax: None}, "zooms": {}, "label": "A line.",
        "readout": "x = {x}", "meanwhile": "Wait.", "away": "Gone.", "stride": 2,
    }  # fmt: skip


def live(**given):
    """Open a live figure and close it."""
    gd.Live(**figure() | given).close()


def show(**given):
    """Show tables and a picture in a live figure."""
    with contextlib.closing(
        gd.Live(**figure() | {"drag": [], "hover": {}, "reveals": {}})
    ) as shown:
        image = shown.marks[1].artist
        shown.show_image(given.get("artist", image), given.get("pixels", PIXELS))
        given = {name: given[name] for name in given if name not in ("artist", "pixels")}
        shown.show(**{"columns": {"y": [X, Y]}, "captions": ["One.", "Two."]} | given)
        shown.show_detail(given.get("columns", {"y": X}), given.get("frame") or 0)


def moved(done, total):
    """Move a progress bar."""
    before = widgets()
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            gd.progress_bar()(done, total)
    finally:
        for widget in widgets() - before:
            widget.close()


PIXELS = np.zeros((2, 2, 4), np.uint8)
FIT = gd.LinearRegression([1.0, 2.0, 4.0, 3.0], [0.5, 1.5, 1.0, 2.5])
CALLS = {  # by name: a function, and arguments that fit
    "Momentum": (gd.Momentum, {"beta": 0.5}),
    "Nesterov": (gd.Nesterov, {"beta": 0.5}),
    "RMSProp": (gd.RMSProp, {"decay": 0.5}),
    "Rule": (gd.Rule, {"text": "theta = theta - rate*g", "name": "plain"}),
    "Stop": (gd.Stop, {"gradient_norm": 0.5, "loss": 0.25, "loss_change": 0.125, "step": 0.5}),
    "minibatches": (gd.minibatches, {"n": 8, "size": 3, "seed": 5}),
    "step_decay": (gd.step_decay, {"every": 5.0, "factor": 0.5}),
    "step_decay()": (gd.step_decay(5), {"k": 12.0}),
    "inverse_time": (gd.inverse_time, {"half": 5.0}),
    "inverse_time()": (gd.inverse_time(5), {"k": [0.0, 12.0]}),
    "cosine": (gd.cosine, {"steps": 5.0}),
    "cosine()": (gd.cosine(5), {"k": [0.0, 3.0]}),
    "constant()": (gd.constant(), {"k": 3.0}),
    "valley": (gd.valley, {"condition": 8.0}),
    "surfaces[]": (lambda surface: gd.surfaces[surface], {"surface": "bowl"}),
    "surfaces.keys": (gd.surfaces.keys, {"dimension": 2}),
    "data": (gd.data, {"name": "iris"}),
    "data[]": (gd.data("iris").__getitem__, {"column": "species"}),
    "standardize": (gd.standardize, {"x": X}),
    "unscale": (SCALED.unscale, {"w": W}),
    "taylor": (gd.taylor, {"text": "sin(x)", "degree": 3, "center": 0.5}),
    "taylor()": (gd.taylor("sin(x)", 3), {"x": [0.5, 1.0]}),
    "from_formula": (
        gd.Surface.from_formula, {"text": "x**2 + y**2", "dimension": 2, **COMMON}
    ),
    "from_function": (
        gd.Surface.from_function,
        {"f": height, "gradient": slope, "hessian": bend, "dimension": 2, **COMMON},
    ),
    "value": (BOWL.value, {"w": W}),
    "gradient": (BOWL.gradient, {"w": W}),
    "hessian": (BOWL.hessian, {"w": W}),
    "LinearRegression": (gd.LinearRegression, {"x": X, "y": Y, "names": ["age (days)", "size"]}),
    "LogisticRegression": (
        gd.LogisticRegression, {"x": X, "y": [0.0, 1.0, 0.0, 1.0], "names": ["age (days)", "ripe"]}
    ),
    "LinearRegression.value": (LINE.value, LOOK),
    "LinearRegression.gradient": (LINE.gradient, LOOK),
    "LinearRegression.hessian": (LINE.hessian, {"w": W}),
    "LinearRegression.predict": (LINE.predict, {"w": W, "x": [0.5, 3.0]}),
    "Network": (gd.Network, {"x": X, "y": Y, "hidden": 3, "activation": "tanh", "output": "tanh"}),
    "Network.value": (NET.value, {"w": NET.start, "rows": [0, 2]}),
    "Network.gradient": (NET.gradient, {"w": NET.start, "rows": [0, 2]}),
    "Network.random_start": (NET.random_start, {"seed": 4, "scale": 0.5}),
    "Network.unpack": (NET.unpack, {"w": NET.start}),
    "Network.predict": (NET.predict, {"w": NET.start, "x": [0.5, 3.0]}),
    "Network.hidden_outputs": (NET.hidden_outputs, {"w": NET.start, "x": [0.5, 3.0]}),
    "Network.dead": (NET.dead, {"w": NET.start}),
    "descend": (
        gd.descend,
        {
            "surface": LINE, "start": W, "learning_rate": 0.125, "rule": gd.Momentum(0.5),
            "steps": 6, "stop": gd.Stop(step=0.001), "batches": gd.minibatches(4, 2),
            "schedule": gd.cosine(9),
        },
    ),
    "settle": (
        gd.settle,
        {
            "surface": BOWL, "starts": [[1.0, 2.0, 0.5], [0.5, 1.0, 0.0]],
            "learning_rate": [0.125, 0.25, 0.5], "rule": gd.Momentum(0.5), "steps": 6,
            "stop": gd.Stop(step=0.001), "progress": lambda done, total: None,
        },
    ),
    "best_rate": (gd.best_rate, {"surface": BOWL, "point": W}),
    "stable_limit": (gd.stable_limit, {"surface": BOWL, "point": W, "rule": gd.Momentum(0.5)}),
    "convergence_rate": (gd.convergence_rate, {"condition": 8.0}),
    "regime": (
        gd.regime,
        {
            "learning_rate": [0.125, 0.5], "curvature": BOWL, "point": W, "rule": gd.Momentum(0.5),
        },
    ),
    "regime by numbers": (gd.regime, {"learning_rate": [0.125, 0.5], "curvature": [1.0, 4.0]}),
    "agrees_with": (gd.agrees_with, {"reference": height, "cases": [(W,)]}),
    "Prediction": (
        ask,
        {
            "question": "Where?", "choices": ["here", "there"], "show": lambda: None, "answer": 1,
            "because": "So.", "explain": "Why?",
        },
    ),
    "predict a place": (
        ask,
        {"question": "Where?", "choices": ["here", "there"], "show": lambda: None},
    ),
    "explore a surface": (
        opened(gd.explore),
        {
            "surface": "bowl", "start": W, "learning_rate": 0.125, "steps": 4,
            "rule": gd.Momentum(0.5), "stop": gd.Stop(step=0.001), "reveal": 2, "beside": "loss",
            "loss_scale": "log", "compare": [0.125, 0.25], "arrows": False, "limit": False,
            "basins": False, "schedule": "cosine", "formula": False, "own_rule": False,
            "choices": ["bowl", "saddle"], "question": "Why?",
        },
    ),
    "explore a model": (
        opened(gd.explore),
        {
            "surface": FIT, "steps": 4, "batch_size": 2, "cost": "steps", "scaling": False,
            "seeds": 3,
        },
    ),
    "explore a cloud": (
        opened(gd.explore), {"surface": "bowl", "steps": 4, "starts": 3, "seed": 5},
    ),
    "explore a race": (
        opened(gd.explore),
        {"surface": "bowl", "steps": 4, "race": {gd.GradientDescent(): 0.1, gd.Adam(): 0.2}},
    ),
    "explore a family": (
        opened(gd.explore),
        {"steps": 4, "family": (gd.valley, "condition", 1, 100, 20)},
    ),
    "explore a network": (
        opened(gd.explore),
        {
            "surface": NET, "learning_rate": 0.125, "steps": 4, "seed": 3, "scale": 0.5,
            "taylor": ("sin(x)", 3), "reveal": 2, "beside": "network", "question": "Why?",
        },
    ),
    **setters(
        "bowl", surface="saddle", start=W, learning_rate=0.125, steps=6, rule=gd.Momentum(0.5),
        stop=gd.Stop(step=0.001),
    ),
    **setters(
        NET, surface=NET, learning_rate=0.125, steps=6, hidden=3, activation="tanh", seed=3,
        scale=0.5, degree=4,
    ),
    "Live of a figure": (live, figure()),
    "Live shows": (
        show,
        {
            "columns": {"y": X}, "captions": ["One.", "Two."], "whole": True, "frame": 1,
            "pixels": PIXELS,
        },
    ),
    "progress_bar moves": (moved, {"done": 3.0, "total": 5.0}),
    "Challenge": (gd.Challenge, {"task": "Do.", "test": callable, "hints": ["So."]}),
    "Challenge.then": (gd.Challenge("Do.", callable).then, {"show": lambda: "a picture"}),
}  # fmt: skip
ELSEWHERE = {  # nothing to give, a result, or sent odd values by the tests of the explorers
    "AdaGrad", "Adam", "GradientDescent", "constant", "Descent", "Surface", "summary",
    "surfaces",
}  # fmt: skip
SAID = {  # what a message may name instead; a class that is no such function says so itself
    "starts": "starts?", "text": "formula|rule", "surface": "surface|start|point",
    "curvature": "curvature|surface|point", "schedule": "schedule|Surface",
    "progress": "progress|Momentum|Surface", "taylor": "taylor|text|degree|center",
    "drag": "drag|draggable",
}  # fmt: skip
NUMBERS = {"0.3", "1e308", "5e-324", "2**70"}
POINTS = {"nan", "nan array", "empty array"}  # a point may be unknown, and a batch empty
ANYWHERE = {*NUMBERS, *POINTS, "inf", "-inf", "-1", "long double", "five axes"}
TEXTS, CLASSES = {"text", "digits", "empty text"}, {"class", "surface class"}
FLAGS = {"True", "False", "numpy.True_"}
TAKEN = {  # by argument, or function and argument: what is odd elsewhere and fits here
    "beta": {"0.3", "5e-324"}, "decay": {"0.3", "5e-324"}, "factor": {"0.3", "5e-324"},
    "learning_rate": {*NUMBERS, "five axes"}, "every": NUMBERS, "half": NUMBERS,
    "gradient_norm": NUMBERS, "loss": {*NUMBERS, "-1"}, "loss_change": NUMBERS, "step": NUMBERS,
    ("cosine", "steps"): NUMBERS, "center": {*NUMBERS, "-1"}, "condition": {"1e308", "2**70"},
    "scale": {"-1", "0.3", "5e-324"}, "w": POINTS, "point": POINTS, "minima": {"empty list"},
    "k": {*ANYWHERE, "empty list"}, ("taylor()", "x"): {*ANYWHERE, "empty list"},
    "curvature": {*ANYWHERE, "digits"}, "text": {"digits"}, "surface": {"digits"},
    ("LinearRegression.predict", "x"): POINTS, ("Network.predict", "x"): POINTS,
    ("Network.hidden_outputs", "x"): POINTS,
    ("Rule", "name"): {"text", "digits"}, ("from_formula", "name"): TEXTS,
    ("from_function", "name"): TEXTS, "source": TEXTS, "task": TEXTS,
    "question": TEXTS, "because": TEXTS, "explain": TEXTS,
    "hints": {"empty list", "list of digits"},
    "names": {"list of digits"}, "cases": {"ragged", "endless"},
    "arrows": FLAGS, "limit": FLAGS, "basins": FLAGS, "formula": FLAGS, "own_rule": FLAGS,
    "scaling": FLAGS, "whole": FLAGS,
    "compare": NUMBERS, "choices": {"list of digits", "True", "False", "empty list"},
    "seed": {"10**400", "10**5000", "2**70"}, "stop": {"True", "None"},
    "label": TEXTS, "readout": TEXTS, "meanwhile": TEXTS, "away": TEXTS,
    "marks": {"empty list"}, "columns": {"None"}, "hover": {"None"}, "reveals": {"None"},
    "ground": {"None"}, "zooms": {"None"}, "frame": {"None"},
    "captions": {"list of digits"}, "done": NUMBERS, "total": NUMBERS,
    "test": CLASSES, "show": CLASSES, "reference": CLASSES, "progress": CLASSES,
}  # fmt: skip


class Silent:
    """What cannot even say what it is."""

    def __repr__(self):
        raise RuntimeError("no words")


def ragged():
    return [[1.0, 2.0], [3.0]]


def endless():
    itself = []
    itself.append(itself)
    return itself


ODD = {  # by name: what makes a value that is right almost nowhere
    "None": lambda: None,
    "True": lambda: True,
    "False": lambda: False,
    "numpy.True_": lambda: np.True_,
    "nan": lambda: np.nan,
    "inf": lambda: np.inf,
    "-inf": lambda: -np.inf,
    "-1": lambda: -1,
    "0.3": lambda: 0.3,
    "1e308": lambda: 1e308,
    "5e-324": lambda: 5e-324,
    "10**400": lambda: 10**400,
    "-10**400": lambda: -(10**400),
    "10**5000": lambda: 10**5000,
    "2**70": lambda: 2**70,
    "range(10**30)": lambda: range(10**30),
    "range(10**9)": lambda: range(10**9),
    "1j": lambda: 1j,
    "complex array": lambda: W + 1j,
    "text": lambda: "odd",
    "digits": lambda: "12",
    "list of digits": lambda: ["1", "2"],
    "empty text": lambda: "",
    "bytes": lambda: b"12",
    "empty list": lambda: [],
    "empty array": lambda: np.empty((2, 0)),
    "ragged": ragged,
    "endless": endless,
    "dict": lambda: {1: 2},
    "set": lambda: {1.5},
    "generator": lambda: (k for k in (1.0, 2.0)),
    "object": object,
    "object array": lambda: np.array([None, object()]),
    "silent": Silent,
    "class": lambda: gd.Momentum,
    "surface class": lambda: gd.Surface,
    "module": lambda: np,
    "masked": lambda: np.ma.masked,
    "masked array": lambda: np.ma.array([1.0, 2.0], mask=[True, False]),
    "list of masked": lambda: [np.ma.masked, 1.0],
    "all masked": lambda: np.ma.masked_all(4),
    "nan array": lambda: np.array([1.0, np.nan]),
    "bool array": lambda: np.array([True, False]),
    "dates": lambda: np.array(["2026-01-01"], dtype="datetime64[D]"),
    "structured": lambda: np.zeros(2, dtype=[("a", float)]),
    "five axes": lambda: np.ones((1, 2, 1, 2, 1)),
    "long double": lambda: np.longdouble("1e4000"),
    "wide": lambda: np.broadcast_to(1.0, (3, 10**10)),
}


def alike(kind):
    """Return what makes something that is `given` once more, of another kind; None if it cannot."""

    def make(given):
        return kind(given) if np.asarray(given).dtype.kind in "iuf" else None

    return make


def fractions(given):
    numbers = np.asarray(given)
    if numbers.ndim == 0:
        return Fraction(given)
    return np.vectorize(Fraction, otypes=[object])(numbers).tolist()


def read_only(given):
    numbers = np.array(given)
    numbers.flags.writeable = False
    return numbers


def matrix(given):
    return np.array([given]).view(np.matrix) if np.ndim(given) < 2 else None


def series(given):
    return pandas.Series(given) if pandas and np.ndim(given) == 1 else None


ALIKE = {
    "float16": alike(np.float16),
    "float32": alike(np.float32),
    "int": alike(lambda given: np.asarray(given).astype(int)),
    "fractions": alike(fractions),
    "objects": alike(lambda given: np.array(given, dtype=object)),
    "list": alike(lambda given: np.array(given).tolist()),
    "tuple": alike(lambda given: tuple(given) if np.ndim(given) else given),
    "read-only": alike(read_only),
    "backwards": alike(lambda given: np.array([given, given])[::-1][0]),
    "big endian": alike(lambda given: np.array(given).astype(">f8")),
    "nothing masked": alike(np.ma.array),
    "matrix": alike(
        lambda given: np.array([given]).view(np.matrix) if np.ndim(given) < 2 else None
    ),
    "series": alike(series),
    "text": lambda given: np.str_(given) if isinstance(given, str) else None,
}
EVERY = [(name, argument) for name, (_, fitting) in CALLS.items() for argument in fitting]


def content(found, depth=3):
    """Return all that can be compared of a result."""
    if isinstance(found, np.ndarray | np.generic | float | int | str | None) or depth == 0:
        return found
    if isinstance(found, tuple | list):
        return [content(each, depth - 1) for each in found]
    if isinstance(found, gd.Descent):
        return [found.path, found.loss]
    if hasattr(found, "value") and hasattr(found, "start"):
        start = np.array(found.start)
        return [found.value(start), found.gradient(start), found.minima, found.learning_rate]
    if dataclasses.is_dataclass(found):
        return [content(each, depth - 1) for each in vars(found).values() if not callable(each)]
    return type(found)


def same(one, other):
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, str | type | None) or np.asarray(one).dtype.kind not in "iufb":
        return np.array_equal(one, other)
    return np.shape(one) == np.shape(other) and np.allclose(one, other, 1e-3, 1e-3, equal_nan=True)


def call(name, odd):
    """Call with one odd argument; return what it made, or the refusal, whose words must fit."""
    function, fitting = CALLS[name]
    before = widgets()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            given = fitting | odd
            if name.endswith("]") or name.endswith("()"):
                return content(function(*given.values()))
            return content(function(**given))
        except (TypeError, ValueError) as refusal:
            (argument,) = odd
            words = SAID.get(argument, argument)
            assert re.search(rf"\b({words})\b", str(refusal)), f"{argument}: {refusal}"
            assert len(str(refusal)) < 500
            return refusal
        finally:
            assert widgets() == before


@functools.cache
def fits(name):
    """Return what the arguments that fit make."""
    return call(name, dict(list(CALLS[name][1].items())[:1]))


def test_every_public_name_is_looked_at():
    assert {re.split(r"[.(\[ ]", name)[0] for name in CALLS} | ELSEWHERE >= set(gd.__all__)
    assert set(gd.__all__) >= ELSEWHERE


@pytest.mark.parametrize("name", CALLS)
def test_every_argument_is_looked_at_and_fits(name):
    function, fitting = CALLS[name]
    if " " not in name and not name.endswith("()"):
        assert set(inspect.signature(function).parameters) == set(fitting)
    found = fits(name)
    assert not isinstance(found, Exception), found


def test_every_argument_of_explorers_and_figures_is_looked_at():
    given = {argument for name, argument in EVERY if name.split()[0] == "explore"}
    assert {*inspect.signature(gd.explore).parameters} == given
    ours = inspect.signature(gd.Live._describe).parameters.keys() - {"self"}
    assert {argument for name, argument in EVERY if name == "Live of a figure"} == ours
    kind = type(shared(NET))
    given = {argument for name, argument in EVERY if name == "explore a network"}
    assert {*inspect.signature(kind).parameters} - {"network"} == given - {"surface"}


@pytest.mark.parametrize("name, argument", EVERY)
def test_what_is_odd_is_refused_by_name(name, argument):
    taken = TAKEN.get((name, argument), TAKEN.get(argument, set()))
    known = inspect.signature(CALLS[name][0]).parameters
    if argument in known and known[argument].default is None:
        taken = taken | {"None"}
    found = {odd: call(name, {argument: make()}) for odd, make in ODD.items()}
    passed = {odd for odd, made in found.items() if not isinstance(made, Exception)}
    assert passed <= taken, found[min(passed - taken)]


@pytest.mark.parametrize("name, argument", EVERY)
def test_what_is_alike_is_taken_alike_or_refused_by_name(name, argument):
    fitting = CALLS[name][1][argument]
    if argument == "marks":  # of artists there are none alike
        return
    for kind, make in ALIKE.items():
        given = make(fitting)
        if given is None or (kind == "int" and np.any(given != np.asarray(fitting))):
            continue
        found = call(name, {argument: given})
        plain = call(name, {argument: np.asarray(given)}) if kind == "matrix" else fits(name)
        assert isinstance(found, Exception) or same(found, plain), kind
