"""Numbers that others published, to the digits they printed."""

import math

import numpy as np
import pytest

import gdviz as gd

from .closed_forms import best_momentum


@pytest.mark.parametrize(
    "learning_rate, printed", [(0.2, 0.060466), (0.05, 3.486784), (1.1, 61.917364)]
)
def test_d2l_parabola(learning_rate, printed):
    """Dive into Deep Learning, d2l.ai, Gradient Descent: x**2 from 10, 10 steps."""
    run = gd.descend(gd.surfaces.parabola, 10, learning_rate, steps=10)
    assert run.end == pytest.approx([printed], abs=5e-7)


def test_d2l_bowl():
    """Dive into Deep Learning, d2l.ai, Gradient Descent: x1**2 + 2 x2**2, 20 steps."""
    run = gd.descend(gd.surfaces.bowl, (-5, -2), 0.1, steps=20)
    assert run.end == pytest.approx([-0.057646, -0.000073], abs=5e-7)


@pytest.mark.parametrize(
    "learning_rate, printed", [(0.4, (-0.943467, -0.000073)), (0.6, (-0.387814, -1673.365109))]
)
def test_d2l_narrow_bowl(learning_rate, printed):
    """Dive into Deep Learning, d2l.ai, Momentum: 0.1 x1**2 + 2 x2**2, 20 plain steps.

    At 0.6 the run is on its way to infinity; its numbers are reported all the same.
    """
    narrow = gd.Surface.from_formula("0.1*x**2 + 2*y**2")
    run = gd.descend(narrow, (-5, -2), learning_rate, steps=20)
    assert run.end == pytest.approx(printed, abs=5e-7)
    assert np.isfinite(run.path).all()


def test_goh_eigenvalues_and_best_rate():
    """Goh (2017), Why Momentum Really Works, Distill: eigenvalues 0.01, 0.1, 1."""
    ends = gd.Surface.from_formula("(0.01*x**2 + y**2)/2")  # the middle one changes nothing
    assert gd.best_rate(ends, (0, 0)) == pytest.approx(200 / 101)
    assert gd.convergence_rate(100) == pytest.approx(99 / 101)


@pytest.mark.parametrize("curvature", [0.3, 1.0, 7.0])
@pytest.mark.parametrize("h, settles", [(0.01, True), (1.99, True), (2.01, False), (3, False)])
def test_goh_converges_exactly_below_two(curvature, h, settles):
    """Goh (2017): gradient descent converges exactly when 0 < rate * curvature < 2."""
    parabola = gd.Surface.from_formula(f"{curvature}*x**2/2")
    run = gd.descend(parabola, 1, h / curvature, steps=1000)
    assert (abs(run.end[0]) < 1e-4) == settles
    assert (gd.regime(h / curvature, curvature) != "unstable") == settles


@pytest.mark.parametrize("beta", [0, 0.5, 0.9])
@pytest.mark.parametrize("share, settles", [(0.99, True), (1.01, False)])
def test_goh_momentum_limit(beta, share, settles):
    """Goh (2017): with momentum the limit is rate * curvature < 2 + 2 beta."""
    parabola = gd.Surface.from_formula("x**2/2")
    rate = share * gd.stable_limit(parabola, 0, gd.Momentum(beta))
    assert rate == pytest.approx(share * (2 + 2 * beta))
    run = gd.descend(parabola, 1, rate, rule=gd.Momentum(beta), steps=4000)
    assert (abs(run.end[0]) < 1e-4) == settles


def test_goh_best_momentum():
    """Goh (2017): the best rate and beta, and the pace sqrt(beta) they reach together."""
    rate, beta = best_momentum(0.01, 1)
    assert rate == pytest.approx((2 / (0.1 + 1)) ** 2)
    assert beta == pytest.approx((9 / 11) ** 2)
    run = gd.descend(gd.valley(100), (1, 1), rate, rule=gd.Momentum(beta), steps=200)
    paces = (np.linalg.norm(run.path[200]) / np.linalg.norm(run.path[100])) ** (1 / 100)
    assert paces == pytest.approx(math.sqrt(beta), rel=0.01)
