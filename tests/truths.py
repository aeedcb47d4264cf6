"""What really happens in the predictions of some lessons, found without gdviz.

Each truth takes the opened figure, checks that it shows what its question says, and returns the
position of the choice that is true, from a plain loop or a closed form.
"""

import numpy as np
from scipy.optimize import approx_fprime, rosen_der

from tests import plain

VALLEY_START = -5.0, -2.0


def shows(explorer, slope, start, rate, steps):
    """Assert what the figure shows: which surface, told by its slope, and which run."""
    somewhere = np.array([0.7, -0.4])[: np.size(start)]
    assert np.allclose(explorer.surface.gradient(somewhere).squeeze(), slope(somewhere.squeeze()))
    assert np.allclose(explorer.start, start)
    assert (explorer.learning_rate, explorer.steps) == (rate, steps)


def nearest(found, choices):
    """Return the position of the choice that is nearest to a positive number."""
    return int(np.argmin(np.abs(np.log(found / np.array(choices)))))


# 03 Walk down a valley


def direction_of_the_first_step(explorer):
    shows(explorer, plain.valley_slope(), VALLEY_START, 1.6, 20)
    start, first = plain.descend(plain.valley_slope(), VALLEY_START, 1.6, 1)
    angles = [np.arctan2(y, x) for x, y in (-start, (0, 1), (1, 0))]
    x, y = first - start
    return int(np.argmin(np.abs(np.array(angles) - np.arctan2(y, x))))


def numbers_in_a_gradient(explorer):
    shows(explorer, lambda w: (2 * w[0], 4 * w[1]), (-4, -3), 0.1, 15)
    by_differences = approx_fprime(np.array([-4.0, -3.0]), lambda w: w[0] ** 2 + 2 * w[1] ** 2)
    assert np.allclose(explorer.surface.gradient(explorer.start), by_differences, atol=1e-5)
    return [3, 2, 1].index(by_differences.size)


def lowest_in_the_valley(explorer):
    shows(explorer, plain.valley_slope(), VALLEY_START, 1, 60)
    rate = np.array([0.5, 1, 1.9])
    x, y = -5 * (1 - rate / 20) ** 60, -2 * (1 - rate) ** 60
    return int(np.argmin(plain.valley((x, y))))


def steps_in_a_narrower_valley(explorer):
    shows(explorer, plain.valley_slope(10), VALLEY_START, 1.8, 60)

    def steps(kappa):
        best = 2 / (1 + 1 / kappa)
        return plain.until(
            plain.valley_slope(kappa), VALLEY_START, best, 9999,
            lambda _, w: np.hypot(*w) <= 0.001 * np.hypot(*VALLEY_START),
        )[0]  # fmt: skip

    return nearest(steps(100) / steps(10), [1, 3, 10])


def down_the_banana(explorer):
    shows(explorer, rosen_der, (-1.2, 1), 0.001, 200)
    x, y = plain.descend(rosen_der, (-1.2, 1), 0.001, 200)[-1]
    if max(abs(x), abs(y - 1)) > 2:
        return 2
    assert np.hypot(x - 1, y - 1) < 0.1 or abs(y - x**2) < 0.05
    floor = np.linspace(-1.2, 1, 9999)
    length = np.hypot(np.diff(floor), np.diff(floor**2))
    return 1 if length[floor[1:] < x].sum() < length.sum() / 2 else 0


# 04 Where you start matters


def who_finds_the_lowest(explorer):
    shows(explorer, plain.rastrigin_slope, (0, 0), 0.002, 40)
    starts = explorer.descent.path[0]
    assert starts.shape == (2, 200)
    ends = plain.end(plain.rastrigin_slope, starts, 0.002, 40)
    share = np.mean(np.hypot(*ends) < 0.1)
    return nearest(max(share, 1e-9), [0.9, 0.5, 0.02])


def which_of_four(explorer):
    shows(explorer, plain.four_slope, (2, 1), 0.5, 40)
    gentle, large = (plain.descend(plain.four_slope, (2, 1), r, 400)[-1] for r in (0.2, 0.5))
    if not np.isfinite(large).all():
        return 2
    shallow, deep = np.sqrt(3) / 2, np.sqrt(5) / 2
    bottoms = np.array([(shallow, shallow), (deep, -deep), (-deep, deep), (-shallow, -shallow)])
    assert np.argmin(np.hypot(*(bottoms - (2, 1)).T)) == 0
    assert np.allclose(gentle, bottoms[0])  # it ends in the nearest, as the question says
    assert min(np.hypot(*(bottoms - large).T)) < 1e-6
    return 0 if np.allclose(large, bottoms[0]) else 1


def along_the_saddle(explorer):
    shows(explorer, plain.saddle_slope, (1.5, 0), 0.3, 40)
    end = plain.descend(plain.saddle_slope, (1.5, 0), 0.3, 400)[-1]
    return [np.allclose(end, (0, 1)), np.allclose(end, 0), not np.isfinite(end).all()].index(True)


def across_the_plateau(explorer):
    shows(explorer, plain.plateau_slope, (3.5, 2.5), 1, 40)
    near = plain.descend(plain.plateau_slope, (2, 1.5), 1, 10)[-1]
    assert np.hypot(*near) < 1e-3
    far = plain.descend(plain.plateau_slope, (3.5, 2.5), 1, 40)[-1]
    return nearest(1 - np.hypot(*far) / np.hypot(3.5, 2.5), [1, 0.5, 0.01])


# 05 Know when to stop


def length(w):
    return np.hypot(*w)


def which_fires_first(explorer):
    shows(explorer, plain.valley_slope(), VALLEY_START, 1.6, 60)
    stop = explorer.stop
    assert (stop.loss_change, stop.gradient_norm, stop.step) == (1e-3, 0.01, 0.01)
    slope = plain.valley_slope()
    criteria = [
        lambda v, w: abs(plain.valley(v) - plain.valley(w)) <= 1e-3,
        lambda v, w: length(slope(w)) <= 0.01,
        lambda v, w: length(w - v) <= 0.01,
    ]
    steps = [plain.until(slope, VALLEY_START, 1.6, 60, each)[0] for each in criteria]
    return int(np.argmin(steps))


def where_a_tiny_rate_stops(explorer):
    shows(explorer, plain.valley_slope(), VALLEY_START, 0.016, 200)
    assert explorer.stop.step == 0.01
    steps, end = plain.until(
        plain.valley_slope(), VALLEY_START, 0.016, 200, lambda v, w: length(w - v) <= 0.01
    )
    if steps == 200:
        return 2
    return 1 if length(end) > length(VALLEY_START) / 2 else 0


def where_a_small_gradient_stops(explorer):
    slope = plain.valley_slope(500)
    shows(explorer, slope, VALLEY_START, 1, 60)
    assert explorer.stop.gradient_norm == 0.01
    _, end = plain.until(slope, VALLEY_START, 1, 60, lambda v, w: length(slope(w)) <= 0.01)
    return [length(end) < 0.1, 0.1 <= length(end) < 1, 4.5 < length(end) < 5].index(True)


def when_a_low_loss_stops(explorer):
    shows(explorer, plain.double_well_slope, -1.9, 0.1, 40)
    assert explorer.stop.loss == 0.01
    steps, x = plain.until(
        plain.double_well_slope, -1.9, 0.1, 40, lambda v, w: plain.double_well(w) <= 0.01
    )
    if plain.double_well(x) > 0.01:
        return 2
    away = min(abs(x + 1), abs(x - 2))
    return 0 if steps == 1 and away > 0.1 else 1


# 10 Take better steps


def race(explorer, rates, slope):
    """Return the paths of a race, by rule, after asserting who races at which rate."""
    assert {rule.name: rate for rule, rate in explorer.setting.race} == rates
    shows(explorer, slope, VALLEY_START, next(iter(rates.values())), explorer.steps)
    return {
        name: plain.descend(slope, VALLEY_START, rate, explorer.steps, plain.RULES[name])
        for name, rate in rates.items()
    }


def momentum_or_not(explorer):
    rates = {"momentum 0.8": 0.5, "gradient descent": 0.5}
    paths = race(explorer, rates, plain.valley_slope())
    heavy, simple = (plain.valley(path[60]) for path in paths.values())
    return nearest(simple / heavy, [0.1, 10, 1])


def momentum_at_its_best(explorer):
    rates = {"momentum 0.67": 3.3, "gradient descent": 1.98}
    paths = race(explorer, rates, plain.valley_slope(100))
    heavy, simple = (plain.valley(p[60], 100) / plain.valley(p[0], 100) for p in paths.values())
    assert round(simple, 2) == 0.09  # as the question says
    return 2 if heavy < 1e-6 else nearest(heavy, [0.05, 0.01])


def adams_first_step(explorer):
    paths = race(explorer, {"Adam": 0.1, "gradient descent": 0.1}, plain.valley_slope())
    first, simple = (path[1] - path[0] for path in paths.values())
    assert np.allclose(simple, (0.025, 0.2))  # as the question says
    choices = (0.025, 0.2), (0.1, 0.1), (0.2, 0.025)
    return [np.allclose(first, each, atol=1e-4) for each in choices].index(True)


def ahead_in_the_turned_valley(explorer):
    rates = {"AdaGrad": 2, "gradient descent": 1.9, "momentum 0.4": 2.67}
    paths = race(explorer, rates, plain.turned_slope)
    pace, simple, _ = (plain.turned(path[60]) for path in paths.values())
    straight = [
        plain.descend(plain.valley_slope(), VALLEY_START, rate, 60, plain.RULES[name])[-1]
        for name, rate in (("AdaGrad", 2), ("gradient descent", 1.6))
    ]
    assert plain.valley(straight[0]) < 1e-9 * plain.valley(straight[1])  # "far ahead" before
    return nearest(simple / pace, [10, 0.1, 1])


def first_in_the_bowl(explorer):
    rates = {"gradient descent": 1, "momentum 0.8": 0.5, "Adam": 0.5}
    paths = race(explorer, rates, plain.valley_slope(1))
    away = {name: np.hypot(*path.T) for name, path in paths.items()}
    stays = {name: np.flatnonzero(np.append(True, far > 0.3))[-1] for name, far in away.items()}
    return ["Adam", "momentum 0.8", "gradient descent"].index(min(stays, key=stays.get))


TRUTHS = {
    "03-walk-down-a-valley": {
        "From (-5, -2) the minimum is to the right and a little up. Where does the first step "
        "go?": direction_of_the_first_step,
        "Seen in space, the run walks on a surface. How many numbers has the gradient at one "
        "point?": numbers_in_a_gradient,
        "In this valley, which of the rates 0.5, 1 and 1.9 has the lowest loss after 60 "
        "steps?": lowest_in_the_valley,
        "You make the valley ten times narrower and take the best rate each time. How many more "
        "steps?": steps_in_a_narrower_valley,
        "It starts at (-1.2, 1) with rate 0.001. Where is it after 200 steps?": down_the_banana,
    },
    "04-where-you-start-matters": {
        "200 runs begin at random places on this surface. How many find the lowest point, "
        "(0, 0)?": who_finds_the_lowest,
        "At rate 0.2, the run from (2, 1) ends in the bottom nearest to it. And at rate "
        "0.5?": which_of_four,
        "The run begins exactly on the line y = 0, at (1.5, 0). There is lower ground on both "
        "sides. Where does it end?": along_the_saddle,
        "From (2, 1.5) this dent is reached within 10 steps. Where is a run from (3.5, 2.5) after "
        "40?": across_the_plateau,
    },
    "05-know-when-to-stop": {
        "Thresholds: loss change 0.001, gradient 0.01, step length 0.01. Which fires first at "
        "rate 1.6?": which_fires_first,
        "The same valley at a hundredth of that rate, 0.016; step length at most 0.01. Where does "
        "it stop?": where_a_tiny_rate_stops,
        "Rate 1, gradient at most 0.01, start (-5, -2). Where does it "
        "stop?": where_a_small_gradient_stops,
        "The double well from x = -1.9, loss at most 0.01. When does it "
        "stop?": when_a_low_loss_stops,
    },
    "10-better-steps": {
        "Both take the same first step, at rate 0.5. Which has the lower loss after 60 "
        "steps?": momentum_or_not,
        "The condition number is 100, both rules run at their best. Plain descent leaves 9 % of "
        "its loss after 60 steps. And momentum?": momentum_at_its_best,
        "At (-5, -2) the gradient is (-0.25, -2). At rate 0.1 plain descent steps by (0.025, 0.2). "
        "And Adam?": adams_first_step,
        "AdaGrad was far ahead of plain descent. The same valley now lies at 45 degrees. Who is "
        "ahead after 60 steps?": ahead_in_the_turned_valley,
        "A round bowl: the same curvature, 1, in every direction. Who is first at the "
        "bottom?": first_in_the_bowl,
    },
}
