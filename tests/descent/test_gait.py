"""Every claim that a sentence makes about a run, against the path that the run really took."""

import re
from itertools import pairwise

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


NUMBER = r"(−?\d+(?:[.]\d+)?(?:e[+−]\d+)?)"


def numbers(pattern, said):
    """Return the numbers that stand in a sentence where # stands in a pattern; [] if it is not."""
    found = re.search(re.escape(pattern).replace(r"\#", NUMBER), said)
    return [float(each.replace("−", "-")) for each in found.groups()] if found else []


def close(one, other):
    return np.allclose(one, other, rtol=0.006, atol=1e-14 * np.abs(other).max())


def check(said, run):
    """Assert that what is said of a run is so."""
    path = run.path[: run.steps_taken + 1]
    low, high = np.array(run.surface.domain, dtype=float).T
    lengths = norm(np.diff(path, axis=0), axis=1)
    check_text(said, run)
    check_numbers(said, run, path)
    check_end(said, run, path, lengths, norm(high - low))
    check_stop(said, run, path, lengths)
    check_outside(said, run, path, low, high)
    if lengths.any():
        check_gait(said, run.surface, path, lengths)
        check_promise(said, run)


def check_text(said, run):
    assert re.fullmatch(r"[A-Z].*[.]", said)
    assert not re.search(r"-|  |[.:] ?[a-z]{1}[.]|−0(?![.\d])|\b1 steps| steps? step|[{}]", said)
    assert not re.search(r"\b(nan|inf|None|undefined) ", said)
    assert ("flattest direction" not in said) or run.path.shape[1] > 1


def check_numbers(said, run, path):
    """The step, the rate, the place and the loss are those of the run."""
    end = path[-1]
    if said.startswith(("After", "The run stopped after")):
        assert re.search(rf"fter {run.steps_taken} step{'s' * (run.steps_taken > 1)}\b", said)
    if told := numbers("learning rate #", said):
        assert close(told[0], run.learning_rate)
    at = numbers("x = #", said) if len(end) == 1 else numbers("(#, #)", said)
    if at and "diverged" not in said:
        assert close(at, path[0] if "its start" in said else end)
    if told := numbers("(loss #)", said):
        assert close(told[0], run.loss[run.steps_taken])
    if told := numbers("took the loss from # to #", said):
        assert told[0] != told[1] and close(told, run.loss[[0, run.steps_taken]])
    if told := numbers("The rate has faded to #", said):
        assert close(told[0], run.learning_rate * run.schedule(run.steps_taken - 1))
    elif run.schedule and len(path) > 1 and len(said) < 200:
        assert run.schedule(run.steps_taken - 1) >= 0.9
    if told := numbers("Left to go: # to the nearest minimum, slope #.", said):
        away = norm(np.array(run.surface.minima) - end, axis=1).min()
        assert close(told, [away, norm(run.surface.gradient(end))])


def check_end(said, run, path, lengths, diagonal):
    """Where it came to rest it rests; where it moves it moves."""
    surface, end = run.surface, path[-1]
    last = lengths[-1] if len(lengths) else np.inf
    if "reached a minimum" in said:
        ground = np.random.default_rng(0).normal(size=(len(end), 400))
        ground *= 4e-3 * diagonal / norm(ground, axis=0)
        rim, bottom = surface.value(end[:, np.newaxis] + ground), surface.value(end)
        assert (rim >= bottom - 0.06 * np.ptp(rim)).all()  # a quarter of the way is a 16th up
        assert last < 0.01 * diagonal or not run.rule.memories
    if "stuck" in said:
        assert last <= 1e-3 * diagonal
        slopes = norm(surface.gradient(np.random.default_rng(0).uniform(
            *np.array(surface.domain, float).T, (400, len(end))).T), axis=0)  # fmt: skip
        assert norm(surface.gradient(end)) <= 0.01 * np.nanmedian(slopes) or not slopes.any()
    if "never leaves" in said:
        assert not surface.gradient(end).any()
    if "at a maximum" in said:
        beside = (
            end[:, np.newaxis]
            + 0.01 * diagonal * np.vstack([np.eye(len(end)), -np.eye(len(end))]).T
        )
        assert (surface.value(beside) < surface.value(end)).any()
        assert not (surface.value(beside) > surface.value(end)).any()
    if "still moving" in said:
        assert last > 0
    if "stands still" in said:
        assert last == 0
    if "diverged:" in said:
        low, high = np.array(surface.domain, dtype=float).T
        assert not ((end >= low) & (end <= high)).all()
        far = (np.abs(end - (low + high) / 2) / (high - low)).max()  # in pictures
        assert not run.loss[run.steps_taken] <= run.loss[0] or far > 10
    if "bounces" in said:
        steps = np.diff(path[-21:], axis=0)
        assert ((steps[1:] * steps[:-1]).sum(axis=1) < 0).any()
    if "left the domain" in said or "cannot begin" in said:
        assert not np.isfinite([surface.value(end), *surface.gradient(end)]).all()


def check_stop(said, run, path, lengths):
    """Of a run that stopped the criterion is named that was met."""
    words = {
        "gradient_norm": "the gradient was small enough", "loss": "was low enough",
        "loss_change": "changed the loss little enough", "step": "the last step was short enough",
    }  # fmt: skip
    assert [name for name, word in words.items() if word in said] == [run.stopped_by] * bool(
        run.stopped_by
    )
    if not run.stopped_by:
        return
    loss = run.loss[: len(path)]
    quantity = {
        "gradient_norm": norm(run.surface.gradient(path.T), axis=0)[1:], "loss": loss[1:],
        "loss_change": abs(np.diff(loss)), "step": lengths,
    }[run.stopped_by]  # fmt: skip
    threshold = getattr(run.stop, run.stopped_by)
    slack = 1e-9 * (abs(threshold) + abs(loss).max())
    assert quantity[-1] <= threshold + slack
    assert (quantity[:-1] > threshold - slack).all()


def check_outside(said, run, path, low, high):
    inside = ((path >= low) & (path <= high)).all(axis=1)
    whole = len(said) < 200  # what is long may have been cut
    if inside[0] and inside[-1] and whole:
        assert ("On its way it leaps" in said) == (not inside.all())
    if told := re.search(r"leaps as far as (?:x = |\()([−\d.e+, ]+?)\)?\.(?: |$)", said):
        assert inside[0] and inside[-1]
        place = np.array([float(each) for each in told[1].replace("−", "-").split(", ")])
        away = np.abs(path - place).max(axis=1) / (high - low).max()
        assert away.min() < 0.01 * max(1, np.abs(place / (high - low)).max())
        assert (np.abs(place - (low + high) / 2) >= 0.995 * (high - low) / 2).any()  # as rounded


def check_gait(said, surface, path, lengths):
    over, last = overshot(surface, path)
    if "never overshoots" in said:
        assert not over
        if surface.is_quadratic:  # no direction overshoots
            path = path @ np.linalg.eigh(surface.hessian(path[0]))[1]
            steps = np.where(np.abs(np.diff(path, axis=0)) < 1e-9 * lengths.max(), 0, 1)
            signs = np.sign(np.diff(path, axis=0)) * steps
            assert not (signs[1:] * signs[:-1] < 0).any()
        else:  # nor does it swerve where that can be seen
            for one, other in pairwise(np.diff(path, axis=0)):
                if min(norm(one), norm(other)) > 0.0101 * lengths.max():
                    cosine = one @ other / norm(one) / norm(other)
                    assert np.degrees(np.arccos(np.clip(cosine, -1, 1))) < 60.1
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


def check_promise(said, run):
    """What is said of the rate holds for the numbers as they are written, and for those used."""
    used = run.learning_rate
    if run.schedule:
        used = used * np.array([run.schedule(k) for k in range(run.steps_taken)])
    (written,) = numbers("learning rate #", said) or [float(f"{np.min(used):.3g}")]
    least, most = min(written, np.min(used)), max(written, np.max(used))
    if told := numbers("the rate is at most 1/curvature = #", said.replace("The", "the")):
        assert most <= told[0] * 1.006 and written <= told[0]
    pattern = "the rate is between 1/curvature = # and the stable limit 2/curvature = #"
    if told := numbers(pattern, said.replace("The", "the")):
        assert told[0] < written <= told[1]
        assert told[0] < least * 1.006 and most <= told[1] * 1.006
    pattern = "the rate is above the stable limit 2/curvature = #"
    if told := numbers(pattern, said.replace("The", "the")):
        assert written > told[0] and least * 1.006 > told[0]
    if "95 %" in said:
        (limit,) = numbers("stable limit #", said)
        assert most < limit
        assert not told


TEXTS = {
    "x**4": (-3, 3), "abs(x)": (-4, 4), "exp(x)": (-4, 3), "log(x)": (-1, 5), "x**3": (-3, 3),
    "1/x": (-3, 3), "x**2/2 + sin(5*x)": (-4, 4), "7 + 0*x": (-3, 3), "x**2 + 1e6": (-5, 5),
    "tanh(x)": (-4, 4), "x*y": (-3, 3), "x**2 - y**2": (-3, 3), "(x + y)**2": (-4, 4),
    "-x**2": (-3, 3), "abs(x) + abs(y)": (-4, 4), "x**4 + y**4": (-3, 3), "x + y": (-3, 3),
    "x**2 + x*y + 3*y**2": (-4, 4), "(x*y - 1)**2": (-3, 3), "1/(x**2 + y**2)": (-3, 3),
    "exp(x + y) + exp(-x) + exp(-y)": (-3, 3), "(x - 1e3)**2 + (y + 1e3)**2": (-2000, 2000),
}  # fmt: skip
SURFACES = [
    *(gd.surfaces[name] for name in gd.surfaces),
    *(gd.Surface.from_formula(text, domain=domain) for text, domain in TEXTS.items()),
]
STOPS = [
    *[None] * 4, gd.Stop(gradient_norm=1e-2), gd.Stop(loss=0.5), gd.Stop(loss_change=1e-3),
    gd.Stop(step=1e-2), gd.Stop(gradient_norm=1e-9, loss_change=1e-6, step=1e-6),
]  # fmt: skip
SCHEDULES = [*[None] * 4, gd.cosine(30), gd.inverse_time(5), gd.step_decay(10)]
ALL_RULES = [
    *RULES,
    gd.Momentum(0),
    gd.AdaGrad(),
    gd.RMSProp(),
    gd.Rule("theta = theta - rate*sign(g)"),
]


@settings(deadline=None, max_examples=400, derandomize=True)
@given(
    st.sampled_from(SURFACES),
    st.sampled_from(ALL_RULES),
    st.floats(-3, 2) | st.sampled_from([0.001, 0.01, 0.1, 0.5, 0.9, 0.999, 1, 1.0003, 1.1, 5]),
    st.sampled_from([1, 2, 3, 5, 10, 20, 40, 100, 200]),
    st.sampled_from(STOPS),
    st.sampled_from(SCHEDULES),
    st.integers(0, 999),
)
def test_what_is_said_of_any_run_is_so(surface, rule, power, steps, stop, schedule, seed):
    low, high = np.array(surface.domain, dtype=float).T
    random = np.random.default_rng(seed)
    known = limits(surface)
    if isinstance(power, float) or not known:
        rate = surface.learning_rate * 10**power
    else:
        rate = known[0] * power
    for start in (random.uniform(low, high), np.round(random.uniform(low, high)), 0 * low):
        run = gd.descend(surface, start, rate, rule, steps, stop, schedule=schedule)
        check(run.explain(), run)


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
