"""A student's function beside the right one: what the check says about usual mistakes."""

import sys

import numpy as np
import pytest
from scipy.optimize import approx_fprime, rosen, rosen_der

import gdviz as gd

POINTS = np.random.default_rng(3).normal(size=(4, 2))
CASES = [(POINTS[0], POINTS[1], 0.5), (POINTS[2], POINTS[3], 0.1)]


def right(theta, gradient, learning_rate):
    return theta - learning_rate * gradient


agree = gd.agrees_with(right, CASES)


def test_a_right_function_agrees():
    assert agree(lambda theta, gradient, rate: -rate * gradient + theta) is True
    assert agree(lambda theta, gradient, rate: list(theta - rate * gradient)) is True


def test_a_slope_by_differences_is_exact_enough():
    cases = [(point,) for point in POINTS]
    by_differences = gd.agrees_with(rosen_der, cases)
    h = 1e-6 * np.eye(2)
    assert by_differences(lambda x: np.array([(rosen(x + d) - rosen(x - d)) / 2e-6 for d in h]))
    assert by_differences(lambda x: approx_fprime(x, rosen, 1e-3)) is not True


def test_three_dots_are_still_to_be_written():
    assert agree(lambda *_: ...) is ...


def in_place(theta, gradient, learning_rate):
    theta -= learning_rate * gradient
    return theta


def without_return(theta, gradient, learning_rate):
    theta - learning_rate * gradient


WRONG = [
    (lambda t, g, r: -(t - r * g), ["Its sign is wrong"]),
    (lambda t, g, r: 2 * (t - r * g), ["It is 2 times that"]),
    (lambda t, g, r: np.array([t[0] - r * g[0], 7]), ["Only number 1, counted from 0", "7]"]),
    (lambda t, g, r: t + r * g, ["gives [", "it should be ["]),
    (lambda t, g, r: (t - r * g).sum(), ["gives a single number", "an array of shape (2,)"]),
    (lambda t, g, r: t - r * slope, ["stops with NameError: name 'slope' is not defined."]),  # noqa: F821
    (lambda t, g: t, ["stops with TypeError"]),
    (lambda t, g, r: [..., 1.0], ["gives must hold real numbers", "still to be written"]),
    (lambda t, g, r: np.full(2, np.nan), ["gives [nan, nan]"]),
    (in_place, ["in_place([", "changes what it is given in place 1", "a = a - b"]),
    (without_return, ["gives nothing back", "return"]),
    (np.zeros(2), ["[0, 0] is no function", "without parentheses"]),
    (None, ["None is no function"]),
]


def asks_to_leave(theta, gradient, learning_rate):
    sys.exit("enough")


def is_interrupted(theta, gradient, learning_rate):
    raise KeyboardInterrupt


class NamelessError(Exception):
    def __str__(self):
        raise SystemExit


def fails_without_a_word(theta, gradient, learning_rate):
    raise NamelessError


WRONG += [
    (lambda t, g, r: t - r * g + 5j, ["gives must hold real numbers, not"]),
    (lambda t, g, r: np.ma.masked_all(2), ["gives has masked values"]),
    (lambda t, g, r: [np.ma.masked, 1.0], ["gives has masked values"]),
    (lambda t, g, r: list(map(str, t - r * g)), ["gives must hold real numbers"]),
    (asks_to_leave, ["stops with SystemExit: leave out sys.exit() and quit()."]),
    (is_interrupted, ["stops with KeyboardInterrupt: it was stopped. Did a loop never end?"]),
    (lambda t, g, r: t - r * g ^ 2, ["stops with TypeError: in Python a power is written x**2"]),
    (lambda t, g, r: [float(t[0]) ^ 2, 0], ["stops with TypeError: in Python a power is written"]),
    (lambda t, g, r: (t - r * g)[::-1], ["They stand in another order."]),
    (lambda t, g, r: t - r * ..., ["stops with TypeError", "may be still to be written."]),
    (fails_without_a_word, ["stops with NamelessError: it does not say why."]),
]


@pytest.mark.parametrize(("function", "words"), WRONG)
def test_what_is_wrong_is_said_in_numbers(function, words):
    said = agree(function)
    assert isinstance(said, str)
    for word in words:
        assert word in said
    assert said.endswith((".", "?"))


def test_a_factor_that_only_one_number_has_is_not_made_out():
    assert "times" not in gd.agrees_with(lambda x: 2 * x, [(1.5,)])(lambda x: 3 * x)


def test_a_path_is_told_by_its_rows():
    path = np.arange(6.0).reshape(3, 2)
    agree = gd.agrees_with(lambda: path, [()])
    assert "gives 2 rows of 2; it should be 3 rows of 2." in agree(lambda: path[:2])
    assert "gives 1 row of 2;" in agree(lambda: path[:1])
    assert "gives row 1 as [2, 9]; it should be [2, 3]." in agree(
        lambda: np.where(path == 3, 9, path)
    )


def test_neither_function_sees_what_the_other_did_to_its_arguments():
    def careless(theta):
        theta *= 0
        return theta

    before = POINTS.copy()
    agree = gd.agrees_with(careless, [(POINTS[0],)])
    assert agree(np.zeros_like) is True
    assert np.array_equal(POINTS, before)


def test_a_challenge_whose_function_is_blank_is_not_attempted():
    challenge = gd.Challenge("A step.", agree, ["Minus."])
    assert challenge.check(lambda *_: ...) == "Not attempted yet. A step."
    assert challenge.check(in_place).endswith("Hint: Minus.")
    assert challenge.check(right) == "Solved. A step."


def test_unknown_numbers_that_stay_as_they_were_are_not_changed():
    agree = gd.agrees_with(np.nansum, [(np.array([1, np.nan]),), ([1, np.nan],)])
    assert agree(lambda w: np.where(np.isnan(w), 0, w).sum()) is True


def test_what_a_function_sets_is_over_with_it():
    def loud(theta, gradient, learning_rate):
        np.seterr(all="raise")
        return right(theta, gradient, learning_rate)

    before = np.geterr()
    assert agree(loud) is True
    assert np.geterr() == before


@pytest.mark.parametrize("cases", [[], [1.0], "12", None, 5, [np.ones(2)]])
def test_cases_that_check_nothing_are_refused(cases):
    with pytest.raises(TypeError, match="cases must be tuples"):
        gd.agrees_with(right, cases)


def test_a_reference_that_is_no_function_is_refused():
    with pytest.raises(TypeError, match="reference must be a function"):
        gd.agrees_with(3, CASES)
