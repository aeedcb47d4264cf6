"""A student's function beside the right one: what the check says about usual mistakes."""

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
    (lambda t, g, r: [..., 1.0], ["other than numbers", "still to be written"]),
    (lambda t, g, r: np.full(2, np.nan), ["gives [nan, nan]"]),
    (in_place, ["in_place([", "changes what it is given in place 1", "a = a - b"]),
    (without_return, ["gives nothing back", "return"]),
    (np.zeros(2), ["[0, 0] is no function", "without parentheses"]),
    (None, ["None is no function"]),
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
