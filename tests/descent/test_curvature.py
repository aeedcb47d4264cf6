"""What mathematics promises, against eigenvalues by LAPACK, scans and the runs themselves."""

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import gdviz as gd
from gdviz.descent.curvature import (
    CRAWL,
    best_rate,
    convergence_rate,
    curvatures,
    limits,
    regime,
    stable_limit,
)

from .closed_forms import best_momentum, quadratic_path

curvature = st.floats(0.01, 100)
betas = st.floats(0, 0.98)


def quadratic(a, b, angle=0.0):
    """Return a quadratic with curvatures a and b, turned by an angle."""
    c, s = math.cos(angle), math.sin(angle)
    xx, yy, xy = a * c * c + b * s * s, a * s * s + b * c * c, (a - b) * c * s
    return gd.Surface.from_formula(f"({xx!r}*x**2 + {yy!r}*y**2)/2 + ({xy!r})*x*y")


def pace(rate, curvature, beta):
    """Return the share of the distance momentum keeps per step: the spectral radius of its map."""
    step = np.array([[beta, curvature], [-rate * beta, 1 - rate * curvature]])  # (v, w) -> next
    return np.abs(np.linalg.eigvals(step)).max()


# Curvature


@given(st.integers(0, 2**32 - 1), st.integers(1, 4))
@settings(max_examples=50, deadline=None)
def test_curvatures_are_the_eigenvalues(seed, d):
    matrix = np.random.default_rng(seed).normal(size=(d, d, 5))
    matrix = matrix + matrix.swapaxes(0, 1)

    class Model:
        def hessian(self, w):
            return matrix

    found = curvatures(Model(), np.zeros((d, 5)))
    expected = np.linalg.eigvalsh(np.moveaxis(matrix, -1, 0)).T
    assert found == pytest.approx(expected, abs=1e-12)
    assert (np.diff(found, axis=0) >= 0).all()


def test_curvatures_where_the_surface_is_undefined():
    found = curvatures(gd.Surface.from_formula("log(x) + y**2"), [[-1.0, 1.0], [0.0, 0.0]])
    assert np.isnan(found[:, 0]).all()
    assert found[:, 1] == pytest.approx([-1, 2])


def test_curvatures_of_more_than_two_coordinates_skip_what_is_undefined():
    class Model:
        def hessian(self, w):
            return np.eye(3)[:, :, np.newaxis] * np.array([1.0, np.nan])

    assert np.isnan(curvatures(Model(), np.zeros((3, 2)))).tolist() == [[False, True]] * 3


# Stable limit


@given(curvature, curvature, st.floats(0, math.pi), betas)
@settings(max_examples=40, deadline=None)
def test_the_stable_limit_is_where_steps_stop_shrinking(a, b, angle, beta):
    surface = quadratic(a, b, angle)
    limit = stable_limit(surface, (0, 0), gd.Momentum(beta))
    steepest = max(a, b)
    assert limit == pytest.approx((2 + 2 * beta) / steepest)
    assert pace(0.99 * limit, steepest, beta) < 1 < pace(1.01 * limit, steepest, beta)
    assert stable_limit(surface, (0, 0)) == pytest.approx(2 / steepest)


def test_the_stable_limit_on_a_batch():
    found = stable_limit(gd.surfaces.double_well, [[2.0, 0.0, -1.0]])
    assert found == pytest.approx([2 / 6, np.nan, 2 / 3], nan_ok=True)


@pytest.mark.parametrize("rule", [gd.Nesterov(0.9), gd.AdaGrad(), gd.RMSProp(), gd.Adam(), max])
def test_no_promise_for_other_rules(rule):
    assert stable_limit(gd.surfaces.bowl, (0, 0), rule) is None
    assert regime(0.1, 2.0, rule=rule) == ""
    assert limits(gd.surfaces.bowl, rule) is None


@pytest.mark.parametrize("text", ["-x**2", "3*x", "-x**2 - y**2", "5 + 0*x"])
def test_nothing_curves_upwards(text):
    surface = gd.Surface.from_formula(text)
    origin = np.zeros(surface.dimension)
    assert stable_limit(surface, origin) is None
    assert best_rate(surface, origin) is None
    assert regime(0.1, surface, origin) == ""
    assert limits(surface) is None


# Best rate


@given(st.integers(-99, 99), st.integers(1, 99))
@settings(max_examples=40, deadline=None)
def test_a_trough_has_a_best_rate_whatever_its_direction(a, b):
    trough = gd.Surface.from_formula(f"({a / 10}*x + {b / 10}*y)**2")  # level along its floor
    across = 2 * (a**2 + b**2) / 100
    assert best_rate(trough, (0, 0)) == pytest.approx(2 / across)
    assert limits(trough) == pytest.approx((2 / across, 2 / across))


@given(curvature, curvature, st.floats(0, math.pi))
@settings(max_examples=40, deadline=None)
def test_no_rate_is_faster_than_the_best(a, b, angle):
    best = best_rate(quadratic(a, b, angle), (0, 0))

    def slowest(rate):
        return max(abs(1 - rate * a), abs(1 - rate * b))

    assert slowest(best) == pytest.approx(convergence_rate(max(a, b) / min(a, b)), abs=1e-9)
    assert all(slowest(best) <= slowest(best * share) + 1e-12 for share in np.geomspace(0.1, 2, 99))


@given(st.floats(0.01, 1), st.floats(1, 100))
@settings(max_examples=40, deadline=None)
def test_no_momentum_is_faster_than_the_best(smallest, largest):
    assume(largest > 1.01 * smallest)
    rate, beta = best_momentum(smallest, largest)

    def slowest(rate, beta):
        return max(pace(rate, smallest, beta), pace(rate, largest, beta))

    assert slowest(rate, beta) == pytest.approx(math.sqrt(beta), rel=1e-5, abs=1e-5)
    for share in (0.9, 0.99, 1.01, 1.1):
        assert slowest(rate * share, beta) > math.sqrt(beta) - 1e-5
        assert slowest(rate, min(beta * share, 0.999)) > math.sqrt(beta) - 1e-5


def test_rates_and_curvatures_of_runs_that_do_not_fit_together():
    with pytest.raises(ValueError, match=r"learning_rate has shape \(3,\) and curvature \(2, 2\)"):
        regime([0.1, 0.2, 0.3], np.ones((2, 2)))


def test_best_rate_needs_a_curvature():
    network = gd.Network([1, 2, 3], [1, 2, 1], hidden=1)
    with pytest.raises(TypeError, match="surface must know its curvature, and Network"):
        best_rate(network, network.start)


def test_best_rate_needs_a_minimum():
    assert best_rate(gd.surfaces.saddle, (0, 0)) is None
    assert best_rate(gd.Surface.from_formula("x**2 + 0*y"), (0, 0)) == 1


@pytest.mark.parametrize("condition", [0, 0.5, -3, math.inf, math.nan])
def test_a_condition_number_is_at_least_1(condition):
    with pytest.raises(ValueError, match="condition must be a number, 1 or above"):
        convergence_rate(condition)


# Closed form


@given(
    curvature, curvature, st.floats(0, math.pi), st.floats(-5, 5), st.floats(-5, 5),
    st.floats(0.01, 1.1),
)  # fmt: skip
@settings(max_examples=50, deadline=None)
def test_descent_on_a_quadratic_is_the_closed_form(a, b, angle, x, y, share):
    surface = quadratic(a, b, angle)
    rate = share * 2 / max(a, b)
    path = gd.descend(surface, (x, y), rate, steps=30).path
    assert closed_form(surface, (x, y), rate, 30) == pytest.approx(path, rel=1e-7, abs=1e-7)


def closed_form(surface, start, rate, steps):
    return quadratic_path(surface.hessian(start), surface.gradient(start), start, rate, steps)


def test_the_closed_form_of_a_matrix_and_a_vector():
    matrix, b = np.array([[3.0, 1.0, 0.0], [1.0, 2.0, 0.5], [0.0, 0.5, 1.0]]), np.array([1, -2, 3])
    w, expected = np.array([1.0, 1.0, 1.0]), [np.array([1.0, 1.0, 1.0])]
    found = quadratic_path(matrix, matrix @ w - b, w, 0.2, 20)
    for _ in range(20):
        w = w - 0.2 * (matrix @ w - b)
        expected.append(w)
    assert found == pytest.approx(np.array(expected))


def test_the_closed_form_where_a_direction_is_flat():
    slope = gd.Surface.from_formula("x**2 + 3*y")
    path = gd.descend(slope, (1, 1), 0.1, steps=12).path
    assert closed_form(slope, (1, 1), 0.1, 12) == pytest.approx(path)


# Regime


@given(st.floats(1e-4, 5), st.lists(curvature, min_size=1, max_size=3))
def test_the_words_of_plain_gradient_descent(rate, found):
    kept = [1 - rate * each for each in found]
    word = regime(rate, found)
    if min(kept) < -1:
        assert word == "unstable"
    elif min(kept) < 0:
        assert word == "overshooting"
    else:
        assert word == ("crawling" if max(kept) > CRAWL else "smooth")


@given(st.floats(1e-4, 5), curvature, betas)
def test_the_words_of_momentum(rate, found, beta):
    assume(
        min(abs(rate * found / edge - 1) for edge in (2 + 2 * beta, (1 - beta**0.5) ** 2)) > 1e-6
    )
    kept, word = pace(rate, found, beta), regime(rate, found, rule=gd.Momentum(beta))
    assume(abs(kept / CRAWL - 1) > 1e-6)
    if word == "unstable":
        assert kept > 1
    else:
        assert kept < 1
        swings = (1 + beta - rate * found) ** 2 < 4 * beta or 1 + beta < rate * found
        assert swings == (word == "overshooting")
        assert swings or (word == "crawling") == (kept > CRAWL)


def test_momentum_without_memory_is_gradient_descent():
    rates = np.geomspace(1e-4, 10, 200)
    found = np.array([0.3, 2.0])
    plain = regime(rates, found[:, np.newaxis])
    assert (regime(rates, found[:, np.newaxis], rule=gd.Momentum(0)) == plain).all()
    assert set(plain) == {"crawling", "smooth", "overshooting", "unstable"}
    order = ["crawling", "smooth", "overshooting", "unstable"]
    assert (np.diff([order.index(word) for word in plain]) >= 0).all()


def test_regime_of_a_surface_and_its_batches():
    well = gd.surfaces.double_well
    assert regime(0.1, well, 2.0) == "smooth"
    assert isinstance(regime(0.1, well, 2.0), str)
    words = regime([[0.1], [0.4]], well, [[2.0, -1.0]])
    assert words.tolist() == [["smooth", "smooth"], ["unstable", "overshooting"]]


def test_regime_of_a_surface_wants_a_point():
    with pytest.raises(TypeError, match=r"point is missing: regime\(learning_rate, surface, point"):
        regime(0.1, gd.surfaces.bowl)


# What holds everywhere


def test_limits_where_all_minima_agree():
    assert limits(gd.surfaces.bowl) == pytest.approx((0.5, 1 / 3))
    assert limits(gd.valley(50)) == pytest.approx((2, 2 / 1.02))
    assert limits(gd.surfaces.rosenbrock) == pytest.approx((2 / 1001.6, 2 / 1002), rel=1e-4)
    limit, best = limits(gd.surfaces.bowl, gd.Momentum(0.9))
    assert (limit, best) == (pytest.approx(3.8 / 4), None)


def test_no_limits_where_minima_differ_or_are_unknown():
    assert limits(gd.surfaces.double_well) is None
    assert limits(gd.Surface.from_formula("cos(x)")) is None
    assert limits(object()) is None


@pytest.mark.parametrize("name", gd.surfaces)
def test_marks_tell_the_truth_on_every_surface(name):
    """Just below the marked limit a run that starts beside a minimum returns; above it leaves."""
    surface = gd.surfaces[name]
    if limits(surface) is None:
        pytest.skip("no one limit for all of it")
    limit, best = limits(surface)
    assert 0 < best <= limit
    for minimum in surface.minima:
        values, directions = np.linalg.eigh(surface.hessian(np.array(minimum)))
        assert stable_limit(surface, minimum) == pytest.approx(2 / values[-1])
        beside = np.array(minimum) + 1e-7 * directions[:, -1]
        near, far = (gd.descend(surface, beside, limit * s, steps=60).path for s in (0.97, 1.03))
        distance = [np.linalg.norm(path[-1] - minimum) for path in (near, far)]
        assert distance[0] < 0.5e-7
        assert distance[1] > 2e-7
