"""Every claim that a sentence makes about a run, against the path that the run really took."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.linalg import norm

import gdviz as gd
from gdviz.descent.curvature import limits
from gdviz.descent.gait import gaits

RULES = gd.GradientDescent(), gd.Momentum(0.5), gd.Momentum(0.9), gd.Nesterov(0.9), gd.Adam()


def overshot(surface, path):
    """Return after which steps a run had gone too far: it turns back, or has passed a minimum.

    With it the last step that can be seen at all.
    """
    steps = np.diff(path, axis=0)
    length = norm(steps, axis=1)
    dust = 1e-9 * length.max()
    seen = np.flatnonzero(length > dust)
    found = {k for k in seen if k + 1 in seen and steps[k] @ steps[k + 1] < 0}
    for at in np.array(surface.minima).reshape(-1, path.shape[1]):
        away = path - at
        clear = norm(away, axis=1) > dust
        found |= {k for k in seen if clear[k] and clear[k + 1] and away[k] @ away[k + 1] < 0}
    return sorted(found), seen.max(initial=-1)


def check(said, run):
    """Assert that what is said of a run is so."""
    surface, taken = run.surface, run.steps_taken
    path = run.path[: taken + 1]
    low, high = np.array(surface.domain, dtype=float).T
    inside = ((path >= low) & (path <= high)).all(axis=1)
    lengths = norm(np.diff(path, axis=0), axis=1)
    if "reached a minimum" in said:
        bottom = path[-1]
        for _ in range(10):  # Newton's
            bottom = bottom - np.linalg.solve(surface.hessian(bottom), surface.gradient(bottom))
        assert np.linalg.eigvalsh(surface.hessian(bottom))[0] > 0
        assert norm(bottom - path[-1]) < 2e-3 * norm(high - low)
    if "diverged:" in said:
        assert not inside[-1]
        far = (np.abs(path[-1] - (low + high) / 2) / (high - low)).max()  # in pictures
        assert not run.loss[taken] <= run.loss[0] or far > 10
    if "bounces" in said:
        steps = np.diff(path[-21:], axis=0)
        assert ((steps[1:] * steps[:-1]).sum(axis=1) < 0).any()
    if inside[0] and inside[-1]:
        assert ("On its way it leaps" in said) == (not inside.all())
    if told := re.search(r"leaps as far as (?:x = |\()([−\d.e+, ]+?)\)?\.(?: |$)", said):
        place = np.array([float(each) for each in told[1].replace("−", "-").split(", ")])
        away = np.abs(path - place).max(axis=1) / (high - low).max()
        assert away.min() < 0.01 * max(1, np.abs(place / (high - low)).max())
        assert (np.abs(place - (low + high) / 2) >= 0.995 * (high - low) / 2).any()  # as rounded
    if not lengths.any():
        return
    over, last = overshot(surface, path)
    if "never overshoots" in said:
        assert not over
        if surface.is_quadratic:  # whose axes are those of the plane: no direction overshoots
            signs = np.sign(np.where(np.abs(path) < 1e-9 * lengths.max(), 0, path))
            assert not (signs[1:] * signs[:-1] < 0).any()
    if "overshoots at first" in said:
        assert over and 2 * over[-1] < last
    elif "It overshoots" in said:
        assert over and 2 * over[-1] >= last
    if "crawls" in said:
        assert 0.95 < lengths[last] / lengths[last - 1] < 1 / 0.95
    if "It crawls" in said:
        assert not over
    if "steps grow" in said:
        assert lengths[-1] == lengths.max() > lengths[0]


@settings(deadline=None, max_examples=100, derandomize=True)
@given(
    st.sampled_from(list(gd.surfaces)),
    st.sampled_from(RULES),
    st.floats(-2, 1.5),
    st.integers(1, 80),
    st.integers(0, 99),
)
def test_what_is_said_of_a_run_is_what_its_path_does(name, rule, power, steps, seed):
    surface = gd.surfaces[name]
    low, high = np.array(surface.domain, dtype=float).T
    starts = np.random.default_rng(seed).uniform(low, high, (3, len(low)))
    for rate in (surface.learning_rate * 10**power, *(limits(surface) or ())):
        for start in starts:
            run = gd.descend(surface, start, rate, rule=rule, steps=steps)
            check(run.explain(), run)


@pytest.mark.parametrize(
    "surface, start, rate, steps, words",
    [
        ("cliff", 4.5, 5.56, 20, ["overshoots at first, though", "as far as x = −8.54"]),
        ("cliff", 4.5, 2, 20, ["overshoots at first, though the rate is at most 1/curvature"]),
        ("valley", (-5, 0), 1.6, 20, ["The rate is between 1/curvature = 1 and the stable limit"]),
        ("parabola", 10, 0.2, 1, ["It never overshoots: the rate is at most 1/curvature = 0.5."]),
        ("parabola", 10, 3, 1, ["It overshoots: the rate is above the stable limit 2/curvature"]),
    ],
)
def test_sentences_that_follow_the_path(surface, start, rate, steps, words):
    said = gd.descend(surface, start, rate, steps=steps).explain()
    for each in words:
        assert each in said


def test_a_line_for_the_geyser_creeps_in_the_end():
    geyser = gd.data("geyser")
    model = gd.LinearRegression(geyser["duration"], geyser["waiting"])
    said = gd.descend(model, (0, 0), model.learning_rate, steps=50).explain()
    assert "It overshoots at first, then it crawls: the rate is between" in said


def test_a_decision_bounces_and_its_steps_do_not_grow():
    model = gd.LogisticRegression([1, 2, 3, 4], [0, 1, 0, 1])
    said = gd.descend(model, (0, 0), 2, steps=60).explain()
    assert "bounces" in said
    assert "It overshoots: the rate is above the stable limit 2/curvature = 1.22 at the" in said
    assert "grow" not in said


@pytest.mark.parametrize(
    "points, word",
    [
        ([4, np.nan], ""),
        ([4, 4], ""),
        ([4, 2], "calm"),
        ([4, -2], "overshoots"),
        ([4, 2, 1, 0.5], "calm"),
        ([4, 3.9, 3.81], "calm"),
        ([4, 3.9, 3.801, 3.703], "crawls"),
        ([4, -3, 2.9, 2.8, 2.7, 2.6, 2.5, 2.4, 2.3], "overshot, then crawls"),
        ([4, -3, 2, 1, 0.5, 0.25, 0.125], "overshot"),
        ([1, -2, 4, -8], "grows"),
        ([1, -2, np.nan, np.nan], "overshoots"),
    ],
)
def test_gaits(points, word):
    taken = np.array([np.isfinite(points).sum() - 1])
    path = np.array(points, float)[:, np.newaxis, np.newaxis]
    assert gaits(path, taken, np.zeros((1, 1))) == [word]
