"""What is said of a run: the right numbers, in plain words, and not too many."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gdviz as gd
from gdviz.descent.outcome import OUTCOMES
from gdviz.descent.sentences import (
    AT_ONCE,
    HAPPENED,
    LONGEST,
    count,
    counts,
    noise_ball,
    place,
    sensible,
)


def said(surface, start, rate, **options):
    if isinstance(surface, str):
        surface = gd.Surface.from_formula(surface, domain=(-5, 5))
    return gd.descend(surface, start, rate, **options).explain()


PARABOLA = gd.surfaces.parabola  # curvature 2: overshoots above 0.5, stable up to 1


@pytest.mark.parametrize(
    "rate, words",
    [
        (
            0.2,
            "After 20 steps at learning rate 0.2 the run reached a minimum at x = 0.000366 "
            "(loss 1.34e−07). It never overshoots: the rate is at most 1/curvature = 0.5.",
        ),
        (
            0.001,
            "After 20 steps at learning rate 0.001 the run is still moving, at x = 9.61 "
            "(loss 92.3). It crawls: each step leaves over 95 % of the way (stable limit 1).",
        ),
        (
            0.9,
            "After 20 steps at learning rate 0.9 the run is still moving, at x = 0.115 "
            "(loss 0.0133). It overshoots: the rate is between 1/curvature = 0.5 and the stable "
            "limit 2/curvature = 1.",
        ),
        (
            1,
            "After 20 steps at learning rate 1 the run still bounces to and fro, last to x = 10 "
            "(loss 100). It overshoots: the rate is between 1/curvature = 0.5 and the stable "
            "limit 2/curvature = 1.",
        ),
        (
            10,
            "At learning rate 10 the run diverged: 11 steps took the loss from 100 to 1.36e+30. "
            "Its steps grow: the rate is above the stable limit 2/curvature = 1.",
        ),
    ],
)
def test_sentences_about_the_parabola(rate, words):
    assert said(PARABOLA, 10, rate, steps=20) == words


@pytest.mark.parametrize(
    "run, parts",
    [
        (("x**2", 0.5, 0.25, {"steps": 1}), ["After 1 step at", "at x = 0.25 (loss 0.0625)"]),
        (("log(x)", 2, 5), ["1 step took it to x = −0.5, where the surface is not defined"]),
        (("log(x)", -1, 5), ["cannot begin: at its start, x = −1, the surface is not defined"]),
        (("sqrt(x)", 0, 5), ["cannot begin: at its start, x = 0, its slope is not defined"]),
        (("x**20", 1.5, 0.1), ["2 steps took the loss from 3330 to beyond all numbers"]),
        (("exp(exp(x))", 6, 1e200), ["diverged at once: already the first step from x = 6"]),
        (("-x**2", 0, 0.1), ["stuck at a maximum, x = 0"]),
        (("x*y", (1, 1), 0.2), ["After 100 steps the run is stuck at a saddle, (", "to the side"]),
        (("7 + 0*x", 1, 0.1), ["stuck on a plateau, at x = 1"]),
        (
            (PARABOLA, 8, 0.25, {"stop": gd.Stop(loss=4)}),
            ["stopped after 2 steps, at x = 2: the loss, 4, was low enough", "2 to the nearest"],
        ),
        (
            (PARABOLA, 8, 0.25, {"stop": gd.Stop(gradient_norm=4)}),
            ["stopped after 2 steps, at x = 2 (loss 4): the gradient was small enough.", "slope 4"],
        ),
        (
            (PARABOLA, 8, 0.25, {"stop": gd.Stop(loss_change=48)}),
            ["1 step, at x = 4 (loss 16): the last step changed the loss little enough."],
        ),
        (
            (PARABOLA, 8, 0.25, {"stop": gd.Stop(step=2)}),
            ["stopped after 2 steps, at x = 2 (loss 4): the last step was short enough"],
        ),
    ],
)
def test_sentences_with_the_right_numbers(run, parts):
    *run, options = run if isinstance(run[-1], dict) else (*run, {})
    sentence = said(*run, **options)
    for part in parts:
        assert part in sentence


@pytest.mark.parametrize("beta", [0.0, 0.5, 0.9])
def test_momentum_has_bounds_of_its_own(beta):
    rule, one, two = gd.Momentum(beta), (1 - beta**0.5) ** 2, 2 + 2 * beta
    how = f"(1 − √{beta})²/curvature = " if beta else "1/curvature = "
    limit = f"(2 + 2·{beta})/curvature = " if beta else "2/curvature = "
    for h, word in ((0.9 * one, "overshoots"), (1.1 * one, "overshoots"), (1.1 * two, "grow")):
        sentence = said(PARABOLA, 10, h / 2, rule=rule, steps=30)
        if h < one:
            assert "crawls" in sentence or f"at most {how}{one / 2:.3g}." in sentence
        elif h < two:
            assert f"he rate is between {how}{one / 2:.3g}" in sentence
            assert (f"It {word}: t" in sentence) == (
                h > 0.01
            )  # else 30 steps are too few to see it
        if h > one:
            assert f"stable limit {limit}{two / 2:.3g}" in sentence


@pytest.mark.parametrize("rule", [gd.Nesterov(0.9), gd.Adam(), lambda w, g, rate: w - rate * g])
def test_nothing_is_promised_where_there_is_no_theory(rule):
    sentence = said(PARABOLA, 10, 0.1, rule=rule, steps=5)
    assert "limit" not in sentence
    assert "curvature" not in sentence


def test_a_run_that_flees_downhill_does_not_crawl():
    assert "crawls" not in said("x*y", (1, -1), 0.1)
    assert "crawls" in said("x**2 + y**2", (1, -1), 0.001)


def test_what_curvature_promises_does_not_contradict_what_happened():
    arrived = said(PARABOLA, 0, 1.5, steps=20)  # began at the bottom: never noticed the rate
    assert "reached a minimum" in arrived
    assert "stable limit" not in arrived


@pytest.mark.parametrize(
    "run, words",
    [
        # what the rate has become in the end decides whether a run is still moving
        (("x**2", 4, 0.01, {"schedule": gd.cosine(30)}), "stands still, at x = 2.93 (loss 8.57)"),
        (("x**2", 4, 0.01, {"schedule": gd.cosine(30)}), "The rate has faded to 0."),
        # a bend is no top, a top that was left is no place for ever
        (("x**3", -0.04, 0.01, {"steps": 5}), "stuck on a plateau"),
        (
            ("-x**2", 1e-6, 0.001, {}),
            "maximum, x = 1.22e−06: the slope is almost zero, though",
        ),
        # with speed nothing is stuck, nor at rest where there is no slope
        (("1 - exp(-x**2)", 1, 9, {"rule": gd.Adam(), "steps": 20}), "still moving"),
        (("x**2", 2, 0.5, {"rule": gd.Momentum(0.9), "steps": 1}), "still moving, at x = 0"),
        # numbers that differ are seen to
        (("x**2", 4, 1.0004, {"steps": 9}), "at learning rate 1.0004 the run still bounces"),
        (("x**2 + 1e6", 3, 1.5, {"steps": 3}), "took the loss from 1e+06 to 1.001e+06"),
        # the rate that was is not the rate that is
        (("x**2", 4, 0.9, {"schedule": gd.inverse_time(2)}), "The rate has faded to 0.0178."),
    ],
)
def test_sentences_that_are_true_of_odd_runs(run, words):
    *run, options = run
    assert words in said(*run, **options)


def test_what_holds_of_the_first_rate_alone_is_not_promised():
    fading = said("x**2", 4, 0.9, schedule=gd.inverse_time(2))
    assert "curvature" not in fading
    assert "curvature" in said("x**2", 4, 0.4, schedule=gd.inverse_time(2))


def test_a_run_that_swings_about_its_way_is_not_said_to_never_overshoot():
    wavy = gd.surfaces.rosenbrock, (1.6, -0.7), 0.00071  # it swerves as it meets the valley
    assert "never overshoots" not in said(*wavy, steps=10)
    assert "the rate is at most 1/curvature" in said(*wavy, steps=10).replace("The", "the")


def test_a_batch_is_counted_and_each_run_explained():
    rates = [0.2, 10, 0.001, 0.3]
    runs = gd.descend(PARABOLA, 10, rates, steps=20)
    assert runs.explain() == "Of 4 runs, 2 reached a minimum, 1 diverged, 1 still moving."
    assert runs.explanations() == [said(PARABOLA, 10, rate, steps=20) for rate in rates]
    assert gd.descend(PARABOLA, 10, 0.2, steps=20).explanations() == runs.explanations()[:1]


def test_a_batch_of_several_axes_is_explained_in_order():
    starts, rates = [[[10], [3]]], [0.2, 1.5, 1.0]
    runs = gd.descend(PARABOLA, starts, rates, steps=30)
    expected = [said(PARABOLA, start, rate, steps=30) for start in (10, 3) for rate in rates]
    assert runs.explanations() == expected


def test_a_stopped_run_is_explained_beside_one_that_flew_away():
    starts, stop = [[3.1, -9], [0.4, 9]], gd.Stop(gradient_norm=1)
    runs = gd.descend(gd.surfaces.beale, starts, 0.01, steps=5, stop=stop)
    assert runs.outcome.tolist() == ["stopped: gradient norm", "diverged"]
    stopped, flown = runs.explanations()
    assert "Left to go" in stopped
    assert "Left to go" not in flown


@settings(deadline=None, max_examples=150)
@given(
    st.sampled_from([gd.surfaces[name] for name in gd.surfaces]),
    st.floats(-12, 12),
    st.integers(1, 40),
    st.sampled_from([gd.GradientDescent(), gd.Momentum(0.987), gd.RMSProp(0.9)]),
    st.sampled_from([None, gd.Stop(gradient_norm=1e-3), gd.Stop(loss_change=1e-5, step=1e-7)]),
    st.integers(0, 99),
)
def test_sentences_are_short_whole_and_without_nan(surface, power, steps, rule, stop, seed):
    low, high = np.array(surface.domain).T
    starts = 2 * np.random.default_rng(seed).uniform(low, high, (8, len(low))).T
    rate = surface.learning_rate * 10**power
    runs = gd.descend(surface, starts, rate, rule=rule, steps=steps, stop=stop)
    for sentence in (*runs.explanations(), runs.explain()):
        assert len(sentence) <= LONGEST
        assert re.fullmatch(r"[A-Z].*\.", sentence)
        assert not re.search(r"\b(nan|inf|None)\b|[{}]|  ", sentence)


def test_the_longest_sentences_are_not_too_long():
    far = gd.Surface.from_formula("1.2345e-7*(x - 1.2345e9)**2 + 1.2345e-9*(y + 1.2345e9)**2")
    for h in (0.001, 1.5, 2, 2.5):
        for rule in (gd.GradientDescent(), gd.Momentum(0.98765)):
            for stop in (None, gd.Stop(gradient_norm=1e9), gd.Stop(loss=1e30)):
                rate = h / 2.469e-7
                start = (-1.2345e-9, -1.2345e9)
                sentence = said(far, start, rate, rule=rule, stop=stop, steps=12345)
                assert len(sentence) <= LONGEST


def test_every_outcome_has_words():
    assert set(HAPPENED) == set(OUTCOMES)
    assert set(AT_ONCE) <= set(OUTCOMES)


@pytest.mark.parametrize(
    "number, written",
    [
        (3, "3"),
        (np.float64(0.1) + 0.2, "0.3"),
        (-0.0, "0"),
        (1 / 3, "0.333"),
        (-12345.6, "−12300"),
        (1e-300, "1e−300"),
        (999.6, "1000"),
        (999600, "1e+06"),
        (float("nan"), "undefined"),
        (3.4e38, "3.4e+38"),
        (3.5e38, "above 1e+38"),  # as the readout says beside it
        (-3e80, "below −1e+38"),
    ],
)
def test_sensible_digits(number, written):
    assert sensible(number) == written


def test_places():
    assert place(np.array([-0.0])) == "x = 0"
    assert place(np.array([1 / 3, 2e6])) == "(0.333, 2e+06)"
    assert place(np.array([1e-18, 2.0, -3.0])) == "(0, 2, −3)"
    assert place(np.zeros(7)) == "the end of its path"


def test_counting():
    assert count(np.array(["diverged"])) == "Of 1 run, 1 diverged."
    assert count(np.array([["diverged", "bouncing"], ["bouncing"] * 2])) == (
        "Of 4 runs, 3 bouncing, 1 diverged."
    )


def noisy_line(n=100):
    random = np.random.default_rng(3)
    x = random.normal(size=n)
    return gd.LinearRegression(x, 1 + 2 * x + random.normal(size=n))


def test_a_run_in_the_noise_ball_says_between_which_losses_it_wanders():
    model = noisy_line()
    run = gd.descend(model, (0, 0), 0.2, steps=200, batches=gd.minibatches(100, 2))
    tail = run.loss[-20:]
    said = run.explain()
    assert "After 200 steps of 2 rows" in said
    assert f"the last 20 losses lie between {tail.min():.3g} and {tail.max():.3g}" in said
    assert said.endswith("At this rate the noise ball stays; a smaller or fading rate shrinks it.")
    assert len(said) <= LONGEST


def test_a_fading_rate_is_said_with_what_is_left_of_it():
    model = noisy_line()
    run = gd.descend(
        *(model, (0, 0), 0.2),
        steps=200,
        batches=gd.minibatches(100, 2),
        schedule=gd.inverse_time(100),
    )
    assert f"The rate has faded to {0.2 / 2.99:.3g}" in run.explain()


def test_a_run_on_its_way_does_not_wander_and_all_rows_make_no_noise():
    model = noisy_line()
    on_its_way = gd.descend(model, (0, 0), 0.01, steps=60, batches=gd.minibatches(100, 20))
    assert "still moving" in on_its_way.explain()
    assert "wanders" not in on_its_way.explain()
    calm = gd.descend(model, (0, 0), 0.1, steps=20, batches=gd.minibatches(100, 100))
    plain = gd.descend(model, (0, 0), 0.1, steps=20)
    assert calm.explain().startswith(plain.explain().split(". ")[0])
    assert "rows" not in calm.explain()


def test_separable_classes_are_the_reason_why_a_run_goes_on():
    apart = gd.LogisticRegression([-2, -1, 1, 2], [0, 0, 1, 1])
    assert apart.separable
    assert "no minimum" in gd.descend(apart, (0, 0), 1, steps=50).explain()
    mixed = gd.LogisticRegression([1, 2, 3, 4], [0, 1, 0, 1])
    assert not mixed.separable
    assert "no minimum" not in gd.descend(mixed, (0, 0), 0.5, steps=50).explain()


def test_only_what_a_cut_separates_is_said_to_be_separated():
    """With both labels on the cut itself there is no minimum either."""
    both = gd.LogisticRegression([1, 2, 2, 3], [0, 0, 1, 1])
    assert (both.minima, both.separable) == ((), False)
    told = gd.descend(both, (0, 0), 1, steps=50).explain()
    assert "There is no minimum: surer" in told
    assert "separates" not in told


def test_data_without_noise_leave_no_noise_ball():
    x = np.arange(8.0) - 3.5
    on_a_line = gd.LinearRegression(x, 1 + 2 * x)
    batches = gd.minibatches(8, 1, seed=range(4))
    (told,) = noise_ball(gd.descend(on_a_line, (0, 0), 0.02, steps=400, batches=batches))
    assert "noise ball" not in told
    scattered = gd.LinearRegression(x, 1 + 2 * x + np.tile([-1, 1, 1, -1], 2))
    (told,) = noise_ball(gd.descend(scattered, (0, 0), 0.02, steps=400, batches=batches))
    assert "the noise ball stays" in told


def test_mistakes_are_counted():
    model = gd.LogisticRegression([1, 2, 3, 4], [0, 1, 0, 1])
    assert model.mistakes([-5, 2]) == 2  # a cut at 2.5: 2 and 3
    run = gd.descend(model, (0, 0), 0.5, steps=60)
    b, w = run.end
    wrong = np.sum((np.array([1, 2, 3, 4]) > -b / w) != [0, 1, 0, 1])
    assert f"{wrong} of 4 rows lie on the wrong side." in run.explain()


def test_a_cloud_is_counted_by_minimum():
    starts = [[2.9, 3.1, -2.8, 3.0], [2.0, 2.1, 3.1, 1.9]]
    runs = gd.descend("himmelblau", starts, 0.01, steps=60)
    assert counts(runs) == [
        "Of 4 runs, 4 reached a minimum. Minima: 3 at (3, 2), 1 at (−2.81, 3.13), 0 at "
        "(−3.78, −3.28), 0 at (3.58, −1.85)."
    ]
    dents = gd.descend("rastrigin", [[0.1, 1.1, 2.1], [0, 0, 0]], 0.002, steps=60)
    assert counts(dents)[0].endswith(" Minima: 1 at (0, 0), 2 elsewhere.")
    alone = gd.descend("plateau", [[0.1, 4.0], [0, 4.0]], 1, steps=60)
    assert "Minima" not in counts(alone)[0]
