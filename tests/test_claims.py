"""The numbers that lessons state in their prose, found without gdviz.

`said` fails when a sentence is gone: then its number is another, and so is its test.
"""

from functools import cache

import numpy as np
import pytest
from scipy.optimize import minimize, rosen, rosen_der, rosen_hess

import gdviz as gd
from tests import plain
from tests.save_notebooks import NOTEBOOKS, read

START = (-5.0, -2.0)


def cells_of(lesson):
    (path,) = NOTEBOOKS.glob(f"{lesson}-*.ipynb")
    return read(path).cells


@cache
def text(lesson):
    """Return what a lesson says, on one line: its texts, its code, and what it prints."""
    cells = cells_of(lesson)
    printed = [out.get("text", "") for cell in cells for out in cell.get("outputs", [])]
    return " ".join("\n".join([*(cell.source for cell in cells), *printed]).split())


def said(lesson, *sentences):
    for sentence in sentences:
        assert sentence in text(lesson)


def valley_run(rate, steps, start=START, kappa=20, rule=None):
    return plain.descend(plain.valley_slope(kappa), start, rate, steps, rule)


def valley_loss(path, kappa=20):
    return plain.valley(path.T, kappa)


# 00 Start here


def test_every_minimum_is_as_far_from_there():
    """Where both squares are zero, x^2 + y^2 + x + y = 18: a circle about (-0.5, -0.5)."""
    said("00", "the start (-0.5, -0.5): as far from every minimum")
    near = [(3, 2), (-2.8, 3.1), (-3.8, -3.3), (3.6, -1.8)]
    found = [
        minimize(
            lambda w: (w[0] ** 2 + w[1] - 11) ** 2 + (w[0] + w[1] ** 2 - 7) ** 2,
            at,
            jac=lambda w: np.array(plain.himmelblau_slope(w)),
            tol=1e-12,
        ).x
        for at in near
    ]
    assert np.hypot(*np.array(found).T + 0.5) == pytest.approx(np.full(4, np.sqrt(18.5)))


def test_between_two_rates_it_neither_arrives_nor_flies_away():
    said("00", "Between 0.025 and 0.04 it neither arrives nor flies away")
    for rate in np.linspace(0.025, 0.0395, 30):
        path = plain.descend(plain.himmelblau_slope, (0, 0), rate, 200)
        assert np.hypot(*path[-1]) < 10
        assert np.hypot(*(path[-1] - path[-2])) > 0.1


def test_a_tenth_of_the_rate_needs_ten_times_the_steps():
    said("00", "needs ten times the steps")

    def steps(rate):
        return plain.until(
            plain.himmelblau_slope, (0, 0), rate, 999, lambda v, w: np.hypot(*(w - (3, 2))) < 0.01
        )[0]

    assert steps(0.001) / steps(0.01) == pytest.approx(10, rel=0.05)


# 01 Follow the slope to the bottom


def test_the_sum_of_the_first_step_stands_in_the_picture_before_it_is_taken():
    said("01", "$10 - 0.1 \\cdot 20 = 8$", "There the slope is 16 and the step $-1.6$.")
    (figure,) = [cell.source for cell in cells_of("01") if "Read the sum" in cell.source]
    explorer = eval(figure, {"gd": gd})
    explorer.live.still()
    (text,) = [m.artist for m in explorer.live.marks if "{next x}" in m.text]
    assert text.get_visible() and text.get_text() == "10 − 0.1 × 20 = 8"
    explorer.close()


# 02 Choose a learning rate


def test_rates_on_the_parabola():
    """Each step multiplies the loss by (1 - 2 * rate)**2."""
    said("02", "Anything from 0.19 to 0.81.", "81 · 0.16²⁰ is about 10⁻¹⁴")
    x = 9 * (1 - 2 * np.linspace(0.19, 0.81, 30)) ** 20
    assert (x**2 < 1e-6).all()
    assert np.log10((9 * (1 - 2 * 0.3) ** 20) ** 2) == pytest.approx(-14, abs=0.1)
    said("02", "find a rate whose line lies exactly on that of 0.2")
    assert np.isclose(1 - 2 * 0.8, -(1 - 2 * 0.2))


def test_rates_on_the_quartic():
    said("02", "At 3 the slope is 27: the step goes to -10.5, where the slope is -1158")
    first = plain.descend(lambda x: x**3, 3, 0.5, 1)[1]
    assert (first, round(first**3)) == (-10.5, -1158)
    said("02", "At 6/27 the run jumps between 3 and −3 for ever; the smallest excess grows")
    for rate, grows in ((6 / 27, False), (0.2223, True)):
        x = np.abs(plain.descend(lambda x: x**3, 3, rate, 40))
        assert x[5] < 100
        assert (not x[-1] < 100) == grows


# 03 Walk down a valley


def test_the_gradient_points_across_the_valley():
    said("03", "The gradient is (-5 / 20, -2) = (-0.25, -2): eight times more across than along.")
    x, y = plain.valley_slope()(START)
    assert (x, y) == (-0.25, -2)
    assert y / x == 8


def test_steps_to_a_thousandth():
    said("03", "35 steps", "346 steps", "3454 steps to a thousandth")
    said("10", "plain 35 steps, momentum 15", "plain 346 steps, momentum 53")
    said("10", "plain 3454 steps, momentum 187")
    for kappa, simple, heavy in ((10, 35, 15), (100, 346, 53), (1000, 3454, 187)):
        root = np.sqrt(kappa)
        rate, beta = (2 / (1 / root + 1)) ** 2, ((root - 1) / (root + 1)) ** 2
        for path, steps in (
            (valley_run(2 / (1 + 1 / kappa), 4000, kappa=kappa), simple),
            (valley_run(rate, 4000, kappa=kappa, rule=plain.momentum(beta)), heavy),
        ):
            far = np.hypot(*path.T) > 0.001 * np.hypot(*START)
            assert np.flatnonzero(far)[-1] + 1 == steps


def test_the_best_rate_is_best_for_the_worst_start():
    said("03", "It is best for the worst start: from this one, 1.9 ends a hair lower.")
    best, rates = 2 / (1 + 1 / 20), np.linspace(1, 2, 100)
    worst = [max(abs(1 - rate / 20), abs(1 - rate)) for rate in rates]
    assert max(abs(1 - best / 20), abs(1 - best)) <= min(worst)
    hair = valley_loss(valley_run(1.9, 60))[-1] / valley_loss(valley_run(best, 60))[-1]
    assert 0.5 < hair < 1


def test_rosenbrocks_curvatures_and_limits():
    said("03", "At the minimum the curvatures are about 1002 and 0.4: a condition number of 2508.")
    said("03", "about 0.0013 at $(-1.2, 1)$, 0.01 at $(0, 0)$, 0.002 at $(1, 1)$")
    small, large = np.linalg.eigvalsh(rosen_hess(np.ones(2)))
    assert (round(large), round(small, 1), round(large / small)) == (1002, 0.4, 2508)
    for at, limit in (((-1.2, 1), 0.0013), ((0, 0), 0.01), ((1, 1), 0.002)):
        largest = np.linalg.eigvalsh(rosen_hess(np.array(at, float)))[-1]
        assert 2 / largest == pytest.approx(limit, rel=0.03)


def test_the_loss_falls_for_23_steps_while_y_grows():
    said("03", "The loss falls for 23 steps, then it rises.", "after 23 steps it has overtaken")
    path = valley_run(2.1, 60, (-5, -0.01))
    loss = valley_loss(path)
    assert (np.diff(loss[:24]) < 0).all()
    assert (np.diff(loss[23:]) > 0).all()
    assert np.abs(path[1:, 1] / path[:-1, 1]) == pytest.approx(1.1)
    x, y = path[23]
    assert y**2 > x**2 / 20


def test_a_fast_step_and_a_slow_one():
    said("03", "shrinks to 60 % per step and its loss to 36 %", "$0.92^2$, about 85 %, per step")
    path = valley_run(1.6, 10, (3, 3))
    assert np.abs(path[1] / path[0]) == pytest.approx([0.92, 0.6])
    loss = valley_loss(path)
    assert loss[1] / loss[0] < 0.5
    assert loss[10] / loss[9] == pytest.approx(0.85, abs=0.01)


def test_rosenbrock_from_minus_1_2():
    said("03", "Between 0.0023 and 0.0028.", "Give it 2000 steps and the loss is 0.74 again")
    said("10", "Plain descent at rate 0.001 is still at 3.5.", "comes to 0.035", "to 0.072")

    def loss(rate, steps, rule=None):
        return rosen(plain.descend(rosen_der, (-1.2, 1), rate, steps, rule)[-1])

    assert loss(0.002, 1000) > 0.05
    assert max(loss(rate, 1000) for rate in np.linspace(0.0023, 0.0028, 30)) < 0.05
    assert loss(0.0025, 2000) == pytest.approx(0.74, abs=0.005)
    assert loss(0.001, 200) == pytest.approx(3.5, abs=0.05)
    assert loss(0.001, 200, plain.momentum(0.9)) == pytest.approx(0.035, abs=5e-4)
    assert loss(0.3, 200, plain.adam) == pytest.approx(0.072, abs=5e-4)


# 04 Where you start matters


def test_how_many_dents():
    """The slope along one axis, 2x + 20 pi sin(2 pi x), rises through zero 11 times."""
    said("04", "there are 121 dents")
    x = np.linspace(-5.12, 5.12, 100_001)
    slope = plain.rastrigin_slope(x)
    assert ((slope[:-1] < 0) & (slope[1:] >= 0)).sum() ** 2 == 121


def test_nobody_travels_farther_than_to_the_next_dent():
    said("04", "nobody travels farther than to the next dent")
    starts = np.random.default_rng(1).uniform(-5.12, 5.12, (2, 10_000))
    ends = plain.end(plain.rastrigin_slope, starts, 0.002, 100)
    assert np.abs(ends - starts).max() < 0.6  # half a dent's width, and a little


def test_how_many_starts_find_the_lowest():
    said("04", "It is 293.")
    starts = np.random.default_rng(0).uniform(-5.12, 5.12, (2, 100_000))
    ends = plain.end(plain.rastrigin_slope, starts, 0.002, 100)
    share = np.mean(np.hypot(*ends) < 0.1)
    for n, miss in ((1, 0.990), (10, 0.903), (100, 0.359), (500, 0.006)):
        said("04", f"{n} starts: all miss with probability {miss:.3f}")
        assert (1 - share) ** n == pytest.approx(miss, abs=5e-4)
    assert np.ceil(np.log(0.05) / np.log(1 - share)) == 293


def test_four_bottoms():
    said("04", "Two are deep, at $(1.12, -1.12)$ and $(-1.12, 1.12)$.")
    said("04", "Two are shallow, at $(0.87, 0.87)$ and $(-0.87, -0.87)$.")
    said("04", "Above 0.67 the deep bottoms lose their ground.")
    at = np.array([(1.12, -1.12), (-1.12, 1.12), (0.87, 0.87), (-0.87, -0.87)])
    found = [minimize(plain.four, each, tol=1e-10) for each in at]
    assert [each.x for each in found] == pytest.approx(at, abs=0.005)
    assert max(each.fun for each in found[:2]) < min(each.fun for each in found[2:])
    limits = [
        2 / np.linalg.eigvalsh([[3 * x**2 - 1, 0.25], [0.25, 3 * y**2 - 1]])[-1]
        for x, y in (each.x for each in found)
    ]
    assert limits == pytest.approx([2 / 3, 2 / 3, 4 / 3, 4 / 3], rel=1e-3)


def test_stripes_near_the_edge():
    said("04", "With $y = 1.9$, the runs from $x = 2.18$ and $2.19$ end at $(1.12, -1.12)$,")
    said("04", "the one from $2.185$ at $(-0.87, -0.87)$, and the one from $2.2$ flies away.")
    ends = plain.descend(plain.four_slope, ([2.18, 2.19, 2.185, 2.2], [1.9] * 4), 0.5, 400)[-1].T
    deep, shallow = np.sqrt(5) / 2, np.sqrt(3) / 2
    assert ends[:2] == pytest.approx(np.array([(deep, -deep)] * 2))
    assert ends[2] == pytest.approx((-shallow, -shallow))
    assert not np.isfinite(ends[3]).all()
    said("04", "stripe upon stripe, each narrower than the last. However close you look, there are")
    x = np.linspace(2.18, 2.2, 20_001)
    ends = plain.end(plain.four_slope, (x, np.full(x.shape, 1.9)), 0.5, 100)
    borders = x[1:][np.diff(np.where(np.isfinite(ends[0]), ends[0] > 0, 2)) != 0]
    widths = np.diff(borders)
    assert len(widths) >= 5
    assert (widths[1:] < widths[:-1]).all()
    assert borders[-1] == pytest.approx(2.19275, abs=1e-4)  # where the lesson's figure zooms in


def test_how_long_a_saddle_holds():
    said(
        "04", "each step multiplies $y$ by 1.3, so a start ten thousand times nearer needs 35 steps"
    )
    steps = []
    for y in (0.1, 0.01, 1e-4, 1e-8):
        path = plain.descend(plain.saddle_slope, (1.5, y), 0.3, 200)
        steps.append(np.argmax(path[:, 1] > 0.9))
        said("04", f"start at y = {y:g}: y passes 0.9 at step {steps[-1]}")
    assert steps[3] - steps[2] == 35
    assert path[1, 1] / path[0, 1] == pytest.approx(1.3)


def test_the_plateau_is_flat_and_high():
    said("04", "Out there the gradient is about 0.0004", "But the loss is 0.9999, and the minimum")
    end = plain.descend(plain.plateau_slope, (3.5, 2.5), 1, 40)[-1]
    assert np.hypot(*plain.plateau_slope(np.array([3.5, 2.5]))) == pytest.approx(4e-4, rel=0.05)
    assert plain.plateau(end) == pytest.approx(0.9999, abs=5e-5)


def test_a_third_is_lost_on_the_plateau():
    said("04", "After 100 steps a third has not arrived.")
    starts = np.random.default_rng(2).uniform(-4, 4, (2, 20_000))
    late = np.hypot(*plain.end(plain.plateau_slope, starts, 1, 100)) > 0.1
    assert late.mean() == pytest.approx(1 / 3, abs=0.05)
    said("04", "above 2 the runs in the dent jump to and fro for ever")
    near = plain.descend(plain.plateau_slope, (0.5, 0.2), 2.1, 1000)
    assert np.hypot(*(near[-1] - near[-2])) > 0.1


# 05 Know when to stop


def stop(criterion, eps, rate, steps=9999, start=START, slope=None, loss=plain.valley):
    """Return after how many steps a criterion stops a run, and how far from the minimum (0, 0)."""
    slope = slope or plain.valley_slope()
    done = {
        "gradient": lambda v, w: np.hypot(*slope(w)) <= eps,
        "loss change": lambda v, w: abs(loss(w) - loss(v)) <= eps,
        "step length": lambda v, w: np.hypot(*(w - v)) <= eps,
    }[criterion]
    steps, end = plain.until(slope, start, rate, steps, done)
    return steps, np.hypot(*end)


@pytest.mark.parametrize(
    ("criterion", "eps", "word", "found"),
    [
        ("gradient", 0.01, "gradient norm", [(39, 0.19), (401, 0.20), (4022, 0.20)]),
        ("loss change", 1e-3, "loss change", [(29, 0.45), (145, 1.56), (174, 4.35)]),
        ("step length", 0.01, "step", [(46, 0.11), (174, 1.24), (78, 4.73)]),
    ],
)
def test_when_each_criterion_stops(criterion, eps, word, found):
    said("05", "The loss change fires after 29 steps, 0.45 away from the minimum.")
    said("05", "the gradient fires after 39 steps, 0.19 away", "step length after 46, 0.11 away")
    for rate, (steps, away) in zip((1.6, 0.16, 0.016), found, strict=True):
        said("05", f"stopped: {word} rate {rate} {steps} steps, {away:.2f} away")
        assert stop(criterion, eps, rate) == (steps, pytest.approx(away, abs=0.005))


def test_a_floor_almost_level():
    said("05", "whose slope there is 4.99 / 500, just below 0.01", "here $0.01 \\cdot 500 = 5$")
    steps, away = stop("gradient", 0.01, 1, slope=plain.valley_slope(500))
    assert (steps, away) == (1, pytest.approx(4.99))
    said("05", "Lower the threshold a little: what ends the run now, and how far has it got?")
    steps, away = stop("gradient", 10**-2.25, 1, steps=60, slope=plain.valley_slope(500))
    assert (steps, away) == (60, pytest.approx(4.43, abs=0.005))


def test_a_plateau_and_a_threshold():
    said("05", "With 0.001 the run gets through and arrives after 166 steps.")
    slope = plain.plateau_slope
    assert stop("gradient", 0.01, 1, start=(3, 2.5), slope=slope)[0] == 1
    steps, away = stop("gradient", 0.001, 1, start=(3, 2.5), slope=slope)
    assert steps == 166
    assert away < 0.001
    said("05", "Farther out not even that helps: drag the start to a corner.")
    assert stop("gradient", 0.001, 1, start=(4, 4), slope=slope)[0] == 1


def test_the_double_wells_losses():
    said("05", "The bottoms lie below zero, at -0.42 and -2.67.")
    assert plain.double_well(np.array([-1, 2])) == pytest.approx([-0.42, -2.67], abs=0.005)
    said("05", "from this start no run at rate 0.1 gets below $-0.42$")
    x = plain.descend(plain.double_well_slope, -1.9, 0.1, 500)
    assert plain.double_well(x).min() == pytest.approx(-5 / 12)


def test_a_threshold_near_enough():
    said("05", "Distance is at most threshold over smallest curvature: 0.004 · 20 = 0.08.")
    steps, away = stop("gradient", 0.004, 1.6)
    assert steps <= 60
    assert away <= 0.08


def test_a_first_step_that_stops():
    said("05", "The first step is the rate times 2.016 long, and 0.01 / 2.016 = 0.00496.")
    assert np.hypot(0.25, 2) == pytest.approx(2.016, abs=5e-4)
    assert stop("step length", 0.01, 0.00496)[0] == 1 < stop("step length", 0.01, 0.00497)[0]


def test_where_rosenbrock_stops():
    said("05", "`gd.Stop(loss_change=1e-3)` ends the run at $(0.38, 0.14)$", "It takes 9085 steps.")

    def run(done):
        return plain.until(rosen_der, (-1.2, 1), 0.001, 12_000, done)

    _, end = run(lambda v, w: abs(rosen(w) - rosen(v)) <= 1e-3)
    assert end == pytest.approx((0.38, 0.14), abs=0.005)
    steps, end = run(lambda v, w: np.hypot(*rosen_der(w)) <= 0.01)
    assert steps == 9085
    assert np.hypot(*(end - 1)) < 0.05
    said("05", "A step length of at most 0.00001, which is 0.001 · 0.01, says the same")
    assert run(lambda v, w: np.hypot(*(w - v)) <= 1e-5)[0] == pytest.approx(9085, abs=1)


# 10 Take better steps


def test_momentum_adds_up_to_five_gradients():
    said("10", "the velocity grows up to $1/(1 - \\beta)$ times one gradient: 5 times at")
    velocity = 0
    for _ in range(100):
        velocity = 0.8 * velocity + 1
    assert velocity == pytest.approx(5)


def test_nesterov_swings_less():
    said("10", "looks ahead, to where the velocity will carry it, and swings less")
    heavy, ahead = (valley_run(0.5, 60, rule=r(0.8)) for r in (plain.momentum, plain.nesterov))
    assert (ahead.max(axis=0) < heavy.max(axis=0)).all()  # past the minimum, from (-5, -2)


def test_momentum_at_condition_100():
    said("10", "It leaves about 82 % of the distance per step, plain descent 98 %.")
    assert round(np.sqrt(0.67), 2) == 0.82
    assert round(99 / 101, 2) == 0.98
    said("10", "Its rate, 3.3, is above plain descent's limit, 2")
    assert round((2 / (0.1 + 1)) ** 2, 1) == 3.3
    said("10", "Momentum begins badly. What is it doing in its first ten steps?")
    heavy = valley_loss(valley_run(3.3, 60, kappa=100, rule=plain.momentum(0.67)), 100)
    simple = valley_loss(valley_run(1.98, 60, kappa=100), 100)
    assert (heavy[1:8] > simple[1:8]).all()
    assert heavy.max() > 10 * heavy[0]


def test_good_rates_of_each_rule():
    rates = np.geomspace(0.01, 10, 200)
    missed = {}
    for name, low, high in (
        ("gradient descent", "0.64", "2"),
        ("momentum 0.8", "0.12", "3.5"),
        ("AdaGrad", "0.47", "10"),
        ("RMSProp 0.9", "0.057", "0.23"),
        ("Adam", "0.078", "10"),
    ):
        said("10", f"{name} {low} to {high}")
        loss = [valley_loss(valley_run(r, 100, rule=plain.RULES[name]))[-1] for r in rates]
        good = np.flatnonzero(np.array(loss) < 0.001)
        assert (f"{rates[good[0]]:.2g}", f"{rates[good[-1]]:.2g}") == (low, high)
        missed[name] = np.ptp(good) + 1 - good.size
    said("10", "since RMSProp hops about, it even misses with some rates in between")
    assert {name for name, holes in missed.items() if holes} == {"RMSProp 0.9"}


def test_adagrad_cannot_win_across_the_axes():
    said("10", "can AdaGrad win here?", "and the advantage is gone")
    best = min(
        plain.turned(plain.descend(plain.turned_slope, START, rate, 60, plain.adagrad)[-1])
        for rate in np.geomspace(0.05, 50, 100)
    )
    simple = plain.turned(plain.descend(plain.turned_slope, START, 1.9, 60)[-1])
    assert best > 10 * simple
    said("10", "Plain descent and momentum do not care how the valley lies.")
    turn = np.array([[1, 1], [1, -1]]) / np.sqrt(2)
    for rule in (None, plain.momentum(0.4)):
        straight = valley_run(1.9, 60, turn @ START, rule=rule)
        turned = plain.descend(plain.turned_slope, START, 1.9, 60, rule)
        assert turned @ turn == pytest.approx(straight)


def test_a_round_bowl_needs_one_step():
    said(
        "10", "At rate 1/curvature one step arrives.", "Momentum overshoots and comes back, and so"
    )
    assert valley_run(1, 1, kappa=1)[-1] == pytest.approx((0, 0))
    for rate, rule in ((0.5, plain.momentum(0.8)), (0.5, plain.adam)):
        assert valley_run(rate, 30, kappa=1, rule=rule)[:, 0].max() > 0.5  # it began at -5


def test_the_best_pair_of_challenge_2():
    said("10", "so the rate is $(2/(4\\sqrt2))^2 = 1/8$, and $\\beta = (2/4)^2$")

    def left(rate, beta):
        steps = [[[1 - rate * lam, -rate * beta], [lam, beta]] for lam in (2, 18)]
        return max(np.abs(np.linalg.eigvals(step)).max() for step in steps)

    best = min((left(r, b), r, b) for r in np.arange(1, 41) / 160 for b in np.arange(0, 20) / 20)
    assert best == (pytest.approx(0.5, abs=1e-6), 0.125, 0.25)


def test_the_rules_of_a_pace_are_told_as_they_run():
    for rule in (gd.AdaGrad(), gd.RMSProp()):
        said("10", f"`{rule.text}`")
    said("10", gd.Momentum().text)  # printed


# 07 Look at some of the data


def test_sixteen_rows_at_the_start_know_the_way():
    said("07", "At the start it is typically only 12 degrees off the way of all 200 rows")
    random = np.random.default_rng(7)
    x = random.normal(size=200)
    y = 1 + 2 * x + random.normal(size=200)
    of_rows = -y * np.array([np.ones(200), x])  # at (0, 0)
    dealt = np.argsort(random.random((20_000, 200)))[:, :16]
    found, whole = of_rows[:, dealt].mean(axis=2), of_rows.mean(axis=1)
    turn = np.degrees(np.arctan2(*found[::-1]) - np.arctan2(*whole[::-1]))
    assert np.median(abs((turn + 180) % 360 - 180)) == pytest.approx(12, abs=0.5)
