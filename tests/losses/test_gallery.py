"""Surfaces against routes that share no code with them: SciPy, mpmath and hand-written NumPy."""

import dataclasses
import subprocess
import sys

import hypothesis.strategies as st
import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis.extra.numpy import arrays
from scipy.optimize import approx_fprime, minimize, rosen, rosen_der, rosen_hess

import gdviz as gd
from gdviz.losses.gallery import Surface, as_surface, surfaces, valley

# Every surface of the gallery once more, written by hand; m is NumPy or mpmath
BY_HAND = {
    "parabola": lambda m, x: x * x,
    "wide_parabola": lambda m, x: x * x / 100,
    "double_well": lambda m, x: x**2 * (3 * x**2 - 4 * x - 12) / 12,
    "cliff": lambda m, x: x * x / 20 + 1 + m.tanh(3 * (x - 1)),
    "x_cos_x": lambda m, x: x * m.cos(3 * m.pi * x / 20),
    "bowl": lambda m, x, y: x * x + 2 * y * y,
    "valley": lambda m, x, y: x * x / 40 + y * y / 2,
    "saddle": lambda m, x, y: ((y * y - 1) ** 2 - 1) / 4 + x * x / 2,
    "himmelblau": lambda m, x, y: (x * x + y - 11) ** 2 + (x + y * y - 7) ** 2,
    "rosenbrock": lambda m, x, y: (1 - x) ** 2 + 100 * (y - x * x) ** 2,
    "beale": lambda m, x, y: (
        (1.5 - x * (1 - y)) ** 2 + (2.25 - x * (1 - y**2)) ** 2 + (2.625 - x * (1 - y**3)) ** 2
    ),
    "rastrigin": lambda m, x, y: (
        x * x + y * y + 20 * m.sin(m.pi * x) ** 2 + 20 * m.sin(m.pi * y) ** 2
    ),
    "plateau": lambda m, x, y: -m.expm1(-(x * x + y * y) / 2),
}

every_surface = pytest.mark.parametrize("name", list(surfaces))


def inside(surface, n=7):
    """Return n points in the domain, shape (d, n)."""
    low, high = np.array(surface.domain).T
    return np.random.default_rng(1).uniform(low, high, (n, surface.dimension)).T


def run(surface, start, rate, steps):
    w = np.atleast_1d(np.array(start, dtype=float))
    for _ in range(steps):
        w = w - rate * surface.gradient(w)
    return w


# The gallery


def test_by_hand_covers_the_gallery():
    assert list(BY_HAND) == list(surfaces)


@every_surface
def test_value_gradient_and_hessian_against_mpmath(name):
    surface = surfaces[name]
    d = surface.dimension
    points = inside(surface)
    value, gradient, hessian = (
        surface.value(points),
        surface.gradient(points),
        surface.hessian(points),
    )
    np.testing.assert_allclose(value, BY_HAND[name](np, *points), 1e-12, 1e-12)
    unit = np.eye(d, dtype=int)
    for i, point in enumerate(points.T):
        with mpmath.workdps(40):
            w = tuple(map(mpmath.mpf, map(float, point)))

            def derivative(*orders, w=w):
                return float(mpmath.diff(lambda *w: BY_HAND[name](mpmath, *w), w, orders))

            slopes = [derivative(*unit[j]) for j in range(d)]
            curvatures = [[derivative(*(unit[j] + unit[k])) for k in range(d)] for j in range(d)]
        np.testing.assert_allclose(gradient[:, i], slopes, 1e-10, 1e-10)
        np.testing.assert_allclose(hessian[:, :, i], curvatures, 1e-10, 1e-10)


@every_surface
def test_gradient_against_scipy_differences(name):
    surface = surfaces[name]
    for point in inside(surface).T:
        slopes = approx_fprime(point, lambda w: BY_HAND[name](np, *w), 1e-7)
        np.testing.assert_allclose(surface.gradient(point), slopes, 1e-4, 1e-3)


def test_rosenbrock_against_scipy():
    w = inside(surfaces.rosenbrock, 20)
    np.testing.assert_allclose(surfaces.rosenbrock.value(w), rosen(w), 1e-13)
    np.testing.assert_allclose(surfaces.rosenbrock.gradient(w), rosen_der(w), 1e-11, 1e-11)
    for point in w.T:
        np.testing.assert_allclose(surfaces.rosenbrock.hessian(point), rosen_hess(point), 1e-13)


@every_surface
def test_known_minima_are_minima(name):
    surface = surfaces[name]
    assert surface.minima
    for minimum in surface.minima:
        w = np.array(minimum)
        assert np.abs(surface.gradient(w)).max() < 1e-12
        assert np.linalg.eigvalsh(surface.hessian(w)).min() > 0
        assert all(low < at < high for at, (low, high) in zip(w, surface.domain, strict=True))
    heights = [surface.value(np.array(minimum)) for minimum in surface.minima]
    assert np.allclose(min(heights), heights[0], atol=1e-20)  # the lowest comes first


@every_surface
def test_no_minimum_of_the_domain_is_lower(name):
    surface = surfaces[name]
    lowest = surface.value(np.array(surface.minima[0]))
    if surface.dimension == 1:
        assert (surface.value(np.linspace(*surface.domain[0], 10_001)[None]) >= lowest).all()
    else:
        axes = (np.linspace(low, high, 501) for low, high in surface.domain)
        assert (surface.value(np.stack(np.meshgrid(*axes))) >= lowest).all()


@pytest.mark.parametrize("name", ["himmelblau", "double_well", "x_cos_x", "saddle"])
def test_all_minima_are_known(name):
    """SciPy, started all over the domain, finds no other."""
    surface = surfaces[name]
    found = set()
    for start in inside(surface, 60).T:
        end = minimize(lambda w: BY_HAND[name](np, *w), start, tol=1e-10).x
        at = [np.allclose(end, minimum, atol=1e-3) for minimum in surface.minima]
        within = all(low < w < high for w, (low, high) in zip(end, surface.domain, strict=True))
        assert any(at) or not within
        found.add(tuple(at))
    assert len([at for at in found if any(at)]) == len(surface.minima)


def test_published_minima():
    """Himmelblau (1972) and Beale (1958), six printed digits."""
    published = [(3, 2), (-2.805118, 3.131312), (-3.779310, -3.283186), (3.584428, -1.848126)]
    # 3.1313125 is printed cut, not rounded
    np.testing.assert_allclose(surfaces.himmelblau.minima, published, atol=1e-6)
    assert surfaces.beale.minima == ((3.0, 0.5),)


def test_numbers_of_dive_into_deep_learning():
    """d2l.ai, the gradient descent chapter: 10 and 20 plain steps."""
    assert np.allclose(run(surfaces.parabola, 10, 0.2, 10), 0.060466, atol=5e-7)
    assert np.allclose(run(surfaces.parabola, 10, 0.05, 10), 3.486784, atol=5e-7)
    assert np.allclose(run(surfaces.parabola, 10, 1.1, 10), 61.917364, atol=5e-7)
    assert np.allclose(run(surfaces.bowl, (-5, -2), 0.1, 20), (-0.057646, -0.000073), atol=5e-7)


def test_numbers_of_goh():
    """Goh, Why Momentum Really Works: eigenvalues 0.01 and 1, best rate 200/101."""
    bowl = valley(100)
    np.testing.assert_allclose(bowl.hessian((3, -4)), np.diag([0.01, 1]), rtol=1e-15)
    one = run(bowl, (1, 1), 200 / 101, 1)
    np.testing.assert_allclose(np.abs(one), 99 / 101, rtol=1e-12)


@every_surface
def test_default_run_shows_something(name):
    """Fifty steps go down a long way, without leaving the picture."""
    surface = surfaces[name]
    w = np.array(surface.start)
    path = [w := w - surface.learning_rate * surface.gradient(w) for _ in range(50)]
    loss = surface.value(np.stack(path, axis=1))
    start, lowest = surface.value(np.array(surface.start)), surface.value(surface.minima[0])
    assert loss[-1] < start
    if name not in ("double_well", "rosenbrock", "rastrigin"):  # trapped, slow, trapped: the point
        assert loss[-1] - lowest < 0.05 * (start - lowest)
    low, high = np.array(surface.domain).T
    assert ((low <= np.array(path)) & (np.array(path) <= high)).all()


def test_a_good_rate_above_one():
    flat = surfaces.wide_parabola
    assert flat.learning_rate > 1
    assert abs(run(flat, flat.start, flat.learning_rate, 50)[0]) < 1e-6
    assert 2 / flat.hessian(0.0).item() == pytest.approx(100)


def test_quadratic_surfaces():
    quadratic = {name for name in surfaces if surfaces[name].is_quadratic}
    assert quadratic == {"parabola", "wide_parabola", "bowl", "valley"}


@every_surface
def test_fields(name):
    surface = surfaces[name]
    assert surface.name == name
    assert surface.source
    assert len(surface.domain) == len(surface.start) == surface.dimension
    assert surface.learning_rate > 0
    assert surface.gradient_source == "formula"
    assert surface.latex.startswith(("f(x) = ", "f(x, y) = "))
    assert surface.gradient_latex.startswith(("f'(x) = ", r"\nabla f(x, y) = "))
    assert all(low < at < high for at, (low, high) in zip(surface.start, surface.domain))  # noqa: B905


def test_gallery_is_like_a_mapping():
    assert len(surfaces) == len(list(surfaces)) == len(set(surfaces)) == len(surfaces.keys())
    assert "himmelblau" in surfaces
    assert "nowhere" not in surfaces
    assert 3 not in surfaces
    assert surfaces.himmelblau is surfaces["himmelblau"]
    assert dict(surfaces)["bowl"] is surfaces.bowl
    assert "himmelblau" in dir(surfaces)
    assert surfaces._ipython_key_completions_() == list(surfaces)
    assert "himmelblau" in repr(surfaces)
    flat, plane = surfaces.keys(1), surfaces.keys(dimension=2)
    assert sorted(flat + plane) == sorted(surfaces)
    assert all(surfaces[name].dimension == 1 for name in flat)
    assert all(surfaces[name].dimension == 2 for name in plane)


@pytest.mark.parametrize("name", ["himelblau", "Himmelblau", "zzz", "", 3, None, ["bowl"]])
def test_unknown_surface_names_the_nearest(name):
    with pytest.raises(ValueError, match=r"surface .* is unknown.*There are parabola") as caught:
        surfaces[name]
    if "immel" in str(name) or "imel" in str(name):
        assert "did you mean 'himmelblau'" in str(caught.value)


def test_unknown_attribute():
    with pytest.raises(AttributeError, match="did you mean 'himmelblau'"):
        _ = surfaces.himmelblow
    assert not hasattr(surfaces, "_repr_html_")


@pytest.mark.parametrize("condition", [0.5, -1, 0, np.nan, np.inf, 1e7])
def test_valley_refuses(condition):
    with pytest.raises(ValueError, match="condition must be a number from 1 to 1e6"):
        valley(condition)


@pytest.mark.parametrize("condition", ["20", None, True, [20]])
def test_valley_wants_a_number(condition):
    with pytest.raises(TypeError, match="condition must be a number"):
        valley(condition)


@pytest.mark.parametrize("condition", [1, 7, 12.5, np.float64(100), 123456.789, 1e6])
def test_valley_has_the_condition_number(condition):
    assert np.linalg.cond(valley(condition).hessian((0, 0))) == pytest.approx(condition)
    assert valley(condition).is_quadratic


def test_sympy_waits_until_it_is_needed():
    code = "import sys, gdviz.losses.gallery as s; assert 'sympy' not in sys.modules"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# Points and batches


@settings(max_examples=60, deadline=None)
@given(st.data(), st.sampled_from(list(surfaces)))
def test_batch_is_a_loop_over_points(data, name):
    surface = surfaces[name]
    batch = data.draw(st.sampled_from([(1,), (5,), (2, 3), (2, 1, 2), (0,)]))
    w = data.draw(
        arrays(float, (surface.dimension, *batch), elements=st.floats(allow_subnormal=False))
    )
    value, gradient, hessian = surface.value(w), surface.gradient(w), surface.hessian(w)
    d = surface.dimension
    assert (value.shape, gradient.shape, hessian.shape) == (batch, (d, *batch), (d, d, *batch))
    assert value.dtype == gradient.dtype == hessian.dtype == float
    for at in np.ndindex(batch):
        point = w[(slice(None), *at)]
        for whole, single in (
            (value[at], surface.value(point)),
            (gradient[(slice(None), *at)], surface.gradient(point)),
            (hessian[(slice(None), slice(None), *at)], surface.hessian(point)),
        ):
            np.testing.assert_allclose(whole, single, rtol=1e-12)


def test_shapes_for_one_point():
    bowl, parabola = surfaces.bowl, surfaces.parabola
    assert bowl.value((1, 2)) == 9
    assert isinstance(bowl.value((1, 2)), float)
    assert bowl.gradient([1, 2]).shape == (2,)
    assert bowl.hessian([1, 2]).shape == (2, 2)
    for w in (3, 3.0, np.float32(3), np.array(3), [3], np.array([3.0])):
        assert parabola.value(w) == 9
        assert isinstance(parabola.value(w), float)
        assert parabola.gradient(w).shape == (1,)
        assert parabola.hessian(w).shape == (1, 1)


def test_constant_components_fill_the_batch():
    surface = Surface.from_formula("x", dimension=2)
    w = np.zeros((2, 3, 4))
    np.testing.assert_array_equal(surface.gradient(w), np.stack([np.ones((3, 4)), w[1]]))
    assert surface.hessian(w).shape == (2, 2, 3, 4)
    assert Surface.from_formula("7", dimension=2).value(w).shape == (3, 4)


def test_overflow_and_undefined_never_warn():
    w = np.array([[1e300, -1e300, np.nan, np.inf, 0.0]])
    for text in ("x**20", "exp(x)", "log(x)", "1/x", "sqrt(x)", "cosh(x)", "x - x**2", "tan(x)"):
        surface = Surface.from_formula(text, learning_rate=0.1)
        for what in (surface.value, surface.gradient, surface.hessian):
            assert what(w).shape[-1] == 5
            assert np.isnan(what(np.nan)).all()
            assert what(1e300).dtype == float
    assert np.isnan(Surface.from_formula("log(x)").gradient(-1.0)).all()


def test_results_can_be_changed_without_harm():
    surface = Surface.from_formula("x")
    w = np.array([[1.0, 2.0]])
    surface.value(w)[:] = 0
    np.testing.assert_array_equal(w, [[1, 2]])
    mirror = Surface.from_function(
        lambda w: w[0] ** 2 / 2, gradient=lambda w: w, dimension=1, domain=(-1, 1)
    )
    mirror.gradient(w)[:] = 0
    np.testing.assert_array_equal(w, [[1, 2]])


@pytest.mark.parametrize(
    ("w", "error", "words"),
    [
        (3.0, ValueError, r"shape \(\).*2 coordinates.*\(2, n\)"),
        ([1.0], ValueError, r"shape \(1,\)"),
        (np.zeros((3, 2)), ValueError, r"shape \(3, 2\)"),
        ([[1, 2], [3]], ValueError, "ragged"),
        ("ab", TypeError, "real numbers"),
        ([1j, 2], TypeError, "real numbers"),
        (None, TypeError, "real numbers"),
        ([None, 1], TypeError, "real numbers"),
        ([True, False], TypeError, "real numbers"),
    ],
)
def test_bad_points(w, error, words):
    for what in (surfaces.bowl.value, surfaces.bowl.gradient, surfaces.bowl.hessian):
        with pytest.raises(error, match=words):
            what(w)


def test_the_quick_path_is_the_same():
    """Loops call these; everything public goes through them."""
    for name in surfaces:
        surface = surfaces[name]
        for w in (inside(surface), inside(surface)[:, 0]):
            np.testing.assert_array_equal(surface._raw_value(w), surface.value(w))
            np.testing.assert_array_equal(surface._raw_gradient(w), surface.gradient(w))


# From formula and from functions


def test_from_formula_fills_what_is_left_open():
    surface = Surface.from_formula(" x**2  + y**2 ")
    assert surface.name == surface.formula == "x**2 + y**2"
    assert surface.domain == ((-5, 5), (-5, 5))
    assert surface.start == (3, 3)
    assert surface.learning_rate == 0.5  # 1 / curvature
    assert surface.minima == ()
    assert repr(surface) == "Surface('x**2 + y**2', dimension=2, gradient by formula)"


@pytest.mark.parametrize("text", ["x**4", "exp(x)", "(x**2 + y - 11)**2 + (x + y**2 - 7)**2"])
def test_the_default_learning_rate_goes_down(text):
    surface = Surface.from_formula(text)
    w = np.array(surface.start)
    for _ in range(30):
        after = w - surface.learning_rate * surface.gradient(w)
        assert surface.value(after) < surface.value(w)
        w = after


@pytest.mark.parametrize("text", ["x", "3", "log(x - 100)", "1/(x - 3)", "exp(exp(exp(x)))"])
def test_there_is_always_a_default_learning_rate(text):
    assert 0 < Surface.from_formula(text).learning_rate < np.inf


def test_domain_start_and_minima_in_every_spelling():
    line = Surface.from_formula("x**2", domain=(-1, 2), start=1, minima=0)
    same = Surface.from_formula("x**2", domain=[[-1, 2]], start=[1.0], minima=[[0]])
    assert line.domain == same.domain == ((-1.0, 2.0),)
    assert line.start == same.start == (1.0,)
    assert line.minima == same.minima == ((0.0,),)
    plane = Surface.from_formula("x*y", domain=np.array([-1, 2]), start=np.array([1, 2]))
    assert plane.domain == ((-1.0, 2.0), (-1.0, 2.0))
    assert plane.start == (1.0, 2.0)
    assert all(isinstance(number, float) for number in plane.start)


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"dimension": 3}, ValueError, "dimension must be 1 or 2, not 3"),
        ({"dimension": "2"}, ValueError, "dimension must be 1 or 2"),
        ({"dimension": True}, ValueError, "dimension must be 1 or 2"),
        ({"dimension": 2.0}, ValueError, "dimension must be 1 or 2"),
        ({"domain": (5, -5)}, ValueError, r"low < high, not \(5, -5\)"),
        ({"domain": (1, 1)}, ValueError, "low < high"),
        ({"domain": (np.nan, 1)}, ValueError, "domain must be finite"),
        ({"domain": (0, np.inf)}, ValueError, "domain must be finite"),
        ({"domain": 5}, ValueError, r"domain has shape \(\)"),
        ({"domain": (1, 2, 3)}, ValueError, "domain has shape"),
        ({"domain": ((1, 2), 3)}, ValueError, "domain is ragged"),
        ({"domain": "wide"}, TypeError, "domain must hold real numbers"),
        ({"start": (1, 2, 3)}, ValueError, r"start needs 2 coordinates, not \(1, 2, 3\)"),
        ({"start": 1}, ValueError, "start needs 2 coordinates"),
        ({"start": (np.nan, 1)}, ValueError, "start must be finite"),
        ({"start": "here"}, TypeError, "start must hold real numbers"),
        ({"learning_rate": 0}, ValueError, "learning_rate must be one number above 0, not 0"),
        ({"learning_rate": -1}, ValueError, "learning_rate must be one number above 0"),
        (
            {"learning_rate": np.nan},
            ValueError,
            "learning_rate must be one number .*not nan",
        ),
        ({"learning_rate": [0.1, 0.2]}, TypeError, "learning_rate must be one number"),
        (
            {"learning_rate": "fast"},
            TypeError,
            "learning_rate must be one number .*not 'fast'",
        ),
        ({"minima": (3, 2)}, ValueError, "minima needs 2 coordinates, not 3"),
        ({"minima": [(np.inf, 2)]}, ValueError, "minima must be finite"),
        ({"minima": None}, TypeError, "minima must hold real numbers"),
        ({"name": 3}, TypeError, "name must be a text, not 3"),
        ({"source": None}, TypeError, "source must be a text"),
    ],
)
def test_bad_arguments(arguments, error, words):
    with pytest.raises(error, match=words):
        Surface.from_formula("x**2 + y**2", **arguments)
    given = {"dimension": 2, "domain": (-1, 1)} | arguments
    with pytest.raises(error, match=words):
        Surface.from_function(lambda w: w[0] ** 2, **given)


def test_a_surface_does_not_change():
    surface = surfaces.bowl
    with pytest.raises(dataclasses.FrozenInstanceError):
        surface.learning_rate = 3
    moved = dataclasses.replace(surface, start=(1, 2))
    assert moved.start == (1.0, 2.0)
    np.testing.assert_array_equal(moved.gradient((1, 1)), surface.gradient((1, 1)))
    with pytest.raises(ValueError, match="start needs 2"):
        dataclasses.replace(surface, start=(1, 2, 3))
    assert surface != moved
    assert len({surface, moved, surfaces.bowl}) == 2


def himmelblau(w):
    x, y = w
    return (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2


def himmelblau_gradient(w):
    x, y = w
    a, b = x**2 + y - 11, x + y**2 - 7
    return np.stack([4 * x * a + 2 * b, 2 * a + 4 * y * b])


def himmelblau_hessian(w):
    x, y = w
    across = 4 * x + 4 * y
    return np.array([[12 * x**2 + 4 * y - 42, across], [across, 4 * x + 12 * y**2 - 26]])


@pytest.mark.parametrize(
    ("functions", "source", "gradient_close", "hessian_close"),
    [
        ([himmelblau], "central differences", 1e-6, 1e-4),
        ([himmelblau, himmelblau_gradient], "given", 1e-12, 1e-6),
        ([himmelblau, himmelblau_gradient, himmelblau_hessian], "given", 1e-12, 1e-12),
        ([himmelblau, None, himmelblau_hessian], "central differences", 1e-6, 1e-12),
    ],
)
def test_from_function_equals_from_formula(functions, source, gradient_close, hessian_close):
    given = Surface.from_function(*functions, dimension=2, domain=(-5, 5))
    assert given.name == "himmelblau"
    assert given.gradient_source == source
    assert source in repr(given)
    assert given.formula is given.latex is given.gradient_latex is None
    assert not given.is_quadratic
    for w in (inside(given), inside(given)[:, 0], inside(given, 6).reshape(2, 2, 3)):
        surface = surfaces.himmelblau
        np.testing.assert_allclose(given.value(w), surface.value(w), 1e-12, 1e-12)
        np.testing.assert_allclose(given.gradient(w), surface.gradient(w), 0, 300 * gradient_close)
        np.testing.assert_allclose(given.hessian(w), surface.hessian(w), 0, 300 * hessian_close)


def test_from_function_in_one_dimension():
    wave = Surface.from_function(lambda w: np.sin(w[0]), dimension=1, domain=(-3, 3), name="wave")
    assert wave.name == "wave"
    assert wave.value(0.0) == 0
    np.testing.assert_allclose(wave.gradient([[0.0, 1.0]]), [np.cos([0.0, 1.0])], atol=1e-7)
    np.testing.assert_allclose(wave.hessian([[0.0, 1.0]]), [[-np.sin([0.0, 1.0])]], atol=1e-6)
    assert wave.learning_rate == 1


def test_from_function_far_from_zero():
    """The step of the differences grows with the point."""
    far = Surface.from_function(lambda w: w[0] ** 2, dimension=1, domain=(0, 1e6))
    np.testing.assert_allclose(far.gradient(1e6), 2e6, rtol=1e-6)


def test_overflow_in_functions_never_warns():
    steep = Surface.from_function(lambda w: np.exp(w[0] ** 2), dimension=1, domain=(-50, 50))
    assert steep.value(100.0) == np.inf
    assert not np.isfinite(steep.gradient(100.0)).any()


def takes_no_batch(w):
    return w[0] ** 2 if w[0] > 0 else 0.0


@pytest.mark.parametrize(
    ("functions", "error", "words"),
    [
        (["x**2"], TypeError, "f must be a function of w, not 'x"),
        ([himmelblau, 3], TypeError, "gradient must be a function"),
        ([himmelblau, None, 3], TypeError, "hessian must be a function"),
        ([takes_no_batch], ValueError, r"f failed.*np.where for if"),
        ([lambda w: w], ValueError, r"f returned shape \(2,\); for w of shape \(2,\) .* \(\)"),
        ([lambda w: w.sum()], ValueError, r"f returned shape \(\); for w of shape \(2, 5\)"),
        ([lambda x, y: x + y], ValueError, "f failed.*x, y = w"),
        ([lambda w: None], TypeError, "f returned must hold real numbers, not None: unpack"),
        ([lambda w: "high"], TypeError, "f returned must hold real numbers, not 'high'"),
        ([himmelblau, himmelblau], ValueError, r"gradient returned shape \(\).*\(2,\)"),
        ([himmelblau, himmelblau_gradient, himmelblau_gradient], ValueError, "hessian returned"),
        ([himmelblau, lambda w: np.array([2 * w[0], 4])], ValueError, "gradient failed"),
    ],
)
def test_functions_that_do_not_fit(functions, error, words):
    with pytest.raises(error, match=words):
        Surface.from_function(*functions, dimension=2, domain=(-1, 1))


def test_a_bug_in_a_function_stays_visible():
    def buggy(w):
        return 1 / [].index(w)

    with pytest.raises(ValueError, match="f failed") as caught:
        Surface.from_function(buggy, dimension=1, domain=(-1, 1))
    assert isinstance(caught.value.__cause__, ValueError)


# Functions that change what they are given


def shrinks(w):
    w *= 0.5
    return (w**2).sum(axis=0)


def doubles(w):
    w *= 2
    return w


def test_a_function_that_changes_its_points_changes_copies():
    """A gradient 2w that doubles its input in place is right, and so is the path."""
    surface = Surface.from_function(shrinks, doubles, dimension=1, domain=(-5, 5))
    run = gd.descend(surface, 2, 0.1, steps=3)
    np.testing.assert_allclose(run.path[:, 0], [2, 1.6, 1.28, 1.024])
    np.testing.assert_allclose(run.loss, run.path[:, 0] ** 2 / 4)
    w = np.array([[1.0, 2.0]])
    for ask in (surface.value, surface.gradient, surface.hessian):
        ask(w)
        np.testing.assert_array_equal(w, [[1, 2]])
    starts = np.array([[1.0, 2.0]])
    gd.settle(surface, starts, 0.1, steps=3)
    np.testing.assert_array_equal(starts, [[1, 2]])


def test_what_a_function_sets_is_over_with_it():
    """The run overflows after the function has asked for errors."""

    def loud(w):
        np.seterr(all="raise")
        return 2 * w

    before = np.geterr()
    surface = Surface.from_function(lambda w: w[0] ** 2, loud, dimension=1, domain=(-5, 5))
    assert gd.descend(surface, 2, 1e300).outcome == "diverged"
    surface.gradient(1.0)
    assert np.geterr() == before


def test_a_model_of_ones_own_that_changes_its_points_changes_copies():
    class Model:
        dimension = 1

        def value(self, w):
            w *= 0
            return w[0]

        def gradient(self, w):
            w *= 2
            return w

    run = gd.descend(Model(), [2], 0.1, steps=3)
    np.testing.assert_allclose(run.path[:, 0], [2, 1.6, 1.28, 1.024])
    np.testing.assert_array_equal(run.loss, 0)
    np.testing.assert_allclose(run.path[:, 0], [2, 1.6, 1.28, 1.024])
    ends = gd.settle(Model(), [[2, 1]], 0.1, steps=3)
    np.testing.assert_allclose(ends.end, [[1.024, 0.512]])


def test_a_function_may_use_one_array_again_and_again():
    kept = {}

    def height(w):
        return np.multiply(w[0], w[0], out=kept.setdefault(w.shape, np.empty(w.shape[1:])))

    surface = Surface.from_function(height, dimension=1, domain=(-5, 5))
    first = surface.value([[1.0, 2.0]])
    surface.value([[5.0, 6.0]])
    np.testing.assert_array_equal(first, [1, 4])
    np.testing.assert_allclose(surface.gradient([[1.0, 2.0]]), [[2, 4]], rtol=1e-7)


@pytest.mark.parametrize("wrong", [1j, np.ma.masked_all(()), "1", None])
def test_a_function_that_gives_no_real_numbers_far_out_is_refused_there(wrong):
    def height(w):
        return w[0] ** 2 if np.abs(w).max() <= 5 else [wrong] if w.ndim > 1 else wrong

    surface = Surface.from_function(height, dimension=1, domain=(-5, 5))
    with pytest.raises((TypeError, ValueError), match="What f returned"):
        surface.value(7.0)


# Where there is no height


def test_heights_are_nan_where_undefined_and_infinite_where_they_grow_without_end():
    assert Surface.from_formula("1/x").value(0.0) == np.inf
    assert Surface.from_formula("log(x)").value(0.0) == -np.inf
    assert np.isnan(Surface.from_formula("log(x)").value(-1.0))
    assert "infinite where it grows" in Surface.value.__doc__


# A loss as it is given


def test_a_loss_may_be_given_in_many_ways():
    ways = [
        surfaces.bowl,
        "bowl",
        "x**2 + 2*y**2",
        lambda x, y: x**2 + 2 * y**2,
        Surface.from_function(lambda w: w[0] ** 2 + 2 * w[1] ** 2, dimension=2, domain=(-1, 1)),
    ]
    for given_ in ways:
        run = gd.descend(given_, (-5, -2), 0.1, steps=20)
        np.testing.assert_allclose(run.end, [-5 * 0.8**20, -2 * 0.6**20], atol=1e-6)
        ends = gd.settle(given_, [[-5, 1], [-2, 1]], 0.1)
        np.testing.assert_allclose(ends.end, 0, atol=1e-5)
        assert gd.best_rate(given_, (0, 0)) == pytest.approx(1 / 3, abs=1e-6)
        assert gd.stable_limit(given_, (0, 0)) == pytest.approx(1 / 2, abs=1e-6)
        assert gd.regime(0.4, given_, (0, 0)) == "overshooting"


def test_a_function_of_one_coordinate():
    flat = as_surface(lambda x: x * np.cos(x))
    assert (flat.dimension, flat.domain, flat.name) == (1, ((-5, 5),), "f(x)")
    np.testing.assert_allclose(flat.gradient(1.0), np.cos(1) - np.sin(1), atol=1e-7)

    def hill(height, steepness=2):
        return height**steepness

    assert as_surface(hill).name == "hill"
    assert as_surface(hill).dimension == 1


@pytest.mark.parametrize(
    ("given_", "error", "words"),
    [
        ("himelblau", ValueError, "did you mean 'himmelblau'.*Or write a formula, such as 'x"),
        ("double-well", ValueError, "did you mean 'double_well'"),
        ("hill", ValueError, "surface 'hill' is unknown.*There are parabola.*formula"),
        ("x^2", ValueError, r"surface is no name in gd\.surfaces, and as .*write \*\* for pow"),
        ("x**2 + z", ValueError, "surface is no name.*Known names are x, y"),
        ("", ValueError, "surface is no name.*The formula is empty"),
        ("x" * 10**5, ValueError, "surface 'xxx"),
        (lambda x, y, z: x, TypeError, "surface must be a function of x, or of x and y"),
        (lambda *w: w[0], TypeError, "surface must be a function of x"),
        (lambda x, y: x**2 if x > y else y, ValueError, r"surface failed.*for x and y of shape"),
        (lambda x: 3, ValueError, r"surface returned shape \(\); for x of shape \(5,\)"),
        (lambda x: x + 1j, TypeError, "What surface returned must hold real numbers"),
        (Surface, TypeError, "surface must be a Surface, a formula"),
        (None, TypeError, "surface must be a Surface, a formula.*not None"),
    ],
)
def test_what_is_no_loss(given_, error, words):
    with pytest.raises(error, match=words) as caught:
        as_surface(given_)
    assert len(str(caught.value)) < 350


def test_a_round_valley_divides_by_nothing():
    assert gd.valley(1).formula == "(x**2 + y**2)/2"
