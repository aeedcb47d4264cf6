"""Lines and decisions learned from data, against NumPy, SciPy and published runs."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import approx_fprime, linprog, minimize

import gdviz as gd
from gdviz.losses.datasets import data, standardize
from gdviz.losses.regression import LinearRegression, LogisticRegression

NG = [[0.5, 1.5], [1, 1], [1.5, 0.5], [3, 0.5], [2, 2], [1, 2.5]], [0, 0, 0, 1, 1, 1]


def some_data(features, n=40, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.normal(3, 2, size=(n, features))
    y = 1 + x @ rng.normal(size=features) + rng.normal(size=n)
    return x[:, 0] if features == 1 else x, y


MODELS = [
    kind(x, y if kind is LinearRegression else y > np.median(y))
    for x, y in map(some_data, (1, 2, 5))
    for kind in (LinearRegression, LogisticRegression)
]


def by_hand(model, w, rows):
    """The loss of one run, as the textbook has it."""
    rows = np.arange(model.n) if rows is None else rows
    scores = w[0] + model.x.reshape(model.n, -1)[rows] @ w[1:]
    y = model.y[rows]
    if isinstance(model, LinearRegression):
        return ((scores - y) ** 2).sum() / (2 * len(rows))
    given = 1 / (1 + np.exp(np.where(y == 1, -scores, scores)))  # to the right label
    return -np.mean(np.log(given))


# Published runs


def test_ng_line():
    """Ng, Machine Learning Specialization, course 1, the first gradient-descent lab."""
    line = LinearRegression([1, 2], [300, 500])
    assert line.gradient([0, 0]) == pytest.approx([-400, -650])
    run = gd.descend(line, (0, 0), 0.01, steps=10_000)
    assert run.path[1] == pytest.approx([4, 6.5])
    assert run.end == pytest.approx([100.0116, 199.9929], abs=5e-5)
    assert run.outcome == "reached a minimum"


def test_ng_decision():
    """Ng, Machine Learning Specialization, course 1, the logistic lab. The data are separable."""
    decision = LogisticRegression(*NG)
    run = gd.descend(decision, (0, 0, 0), 0.1, steps=10_000)
    assert run.end == pytest.approx([-14.222409982019837, 5.28, 5.08], abs=5e-3)
    assert run.end[0] == pytest.approx(-14.222409982019837, abs=1e-9)
    assert run.loss[1] == pytest.approx(0.684610468560574, abs=1e-12)
    assert run.outcome == "still moving"
    assert decision.minima == ()


def test_geron_line():
    """Géron, Hands-On Machine Learning, chapter 4: 1000 epochs of batch gradient descent."""
    legacy = np.random.RandomState(42)  # what np.random.seed(42) seeds
    x = 2 * legacy.rand(100, 1)
    y = 4 + 3 * x[:, 0] + legacy.randn(100)
    start = np.random.RandomState(42).randn(2)
    run = gd.descend(LinearRegression(x, y), start, 2 * 0.1, steps=1000)  # his loss has no 1/2
    assert run.end == pytest.approx([4.21509616, 2.77011339], abs=5e-9)


# Values, gradients, curvatures


@pytest.mark.parametrize("model", MODELS, ids=repr)
@pytest.mark.parametrize("rows", [None, np.array([3]), np.array([0, 7, 7, 30])], ids=repr)
def test_value_and_gradient_by_hand_and_finite_differences(model, rows):
    for seed in range(5):
        w = np.random.default_rng(seed).normal(scale=0.5, size=model.dimension)
        assert model.value(w, rows) == pytest.approx(by_hand(model, w, rows), rel=1e-10)
        slope = approx_fprime(w, lambda w: by_hand(model, w, rows), 1e-7)
        assert model.gradient(w, rows) == pytest.approx(slope, rel=1e-5, abs=1e-5)


@pytest.mark.parametrize("model", MODELS, ids=repr)
def test_hessian_by_finite_differences(model):
    w = np.random.default_rng(1).normal(scale=0.5, size=model.dimension)
    bends = [approx_fprime(w, lambda w, i=i: model.gradient(w)[i], 1e-6) for i in range(len(w))]
    assert model.hessian(w) == pytest.approx(np.array(bends), rel=1e-4, abs=1e-5)
    many = model.hessian(np.stack([w, 2 * w, 3 * w], axis=1))
    assert many.shape == (len(w), len(w), 3)
    assert many[..., 0] == pytest.approx(model.hessian(w), rel=1e-12)


@settings(deadline=None, max_examples=40)
@given(
    st.integers(0, 5),
    st.sampled_from([(), (1,), (7,), (3, 4)]),
    st.sampled_from(["all", "same", "own"]),
    st.integers(0, 2**32 - 1),
)
def test_a_batch_is_its_runs_one_by_one(which, batch, kind, seed):
    model = MODELS[which]
    rng = np.random.default_rng(seed)
    w = rng.normal(size=(model.dimension, *batch))
    shape = {"same": (9,), "own": (9, *batch)}.get(kind)
    rows = None if kind == "all" else rng.integers(model.n, size=shape)
    value, slope = model.value(w, rows), model.gradient(w, rows)
    assert value.shape == batch and slope.shape == w.shape
    for i in np.ndindex(batch):
        each = rows[(..., *i)] if kind == "own" else rows
        assert value[i] == pytest.approx(by_hand(model, w[(..., *i)], each), rel=1e-10)
        alone = model.gradient(w[(..., *i)], each)
        assert slope[(..., *i)] == pytest.approx(alone, rel=1e-10, abs=1e-12)


def test_many_runs_are_worked_on_in_blocks():
    x, y = some_data(2, n=5000)
    model = LogisticRegression(x, y > 0)
    w = np.random.default_rng(0).normal(size=(3, 100))
    expected = [model.value(each) for each in w.T]
    assert model.value(w) == pytest.approx(expected, rel=1e-12)
    rows = np.random.default_rng(1).integers(5000, size=(1000, 100))
    expected = [model.gradient(each, own) for each, own in zip(w.T, rows.T, strict=True)]
    assert model.gradient(w, rows) == pytest.approx(np.array(expected).T, rel=1e-10)


def test_logistic_loss_is_exact_far_from_the_line():
    model = LogisticRegression([-1, 1], [0, 1])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert model.value([0, 50]) == pytest.approx(np.exp(-50), rel=1e-12)
        assert model.gradient([0, 50])[1] == pytest.approx(-np.exp(-50), rel=1e-12)
        assert model.value([0, -1e6]) == pytest.approx(1e6)
        assert model.gradient([0, -1e6])[1] == pytest.approx(-1)
        assert np.isfinite(model.hessian([0, 1e6])).all()


# Minima


@pytest.mark.parametrize("features", [1, 3])
def test_least_squares(features):
    x, y = some_data(features)
    model = LinearRegression(x, y)
    design = np.column_stack([np.ones(len(y)), x])
    best, squares = np.linalg.lstsq(design, y)[:2]
    assert model.minima[0] == pytest.approx(best)
    assert model.value(best) == pytest.approx(squares[0] / (2 * len(y)))
    assert model.gradient(best) == pytest.approx(np.zeros(features + 1), abs=1e-9)
    assert model.is_quadratic


def test_least_squares_far_from_the_origin():
    years = np.arange(1950, 2020)
    line = LinearRegression(years, 0.02 * years - 30)
    assert line.minima[0] == pytest.approx([-30, 0.02], rel=1e-6)
    assert line.value(line.minima[0]) < 1e-20


@pytest.mark.parametrize("features", [1, 2, 5])
def test_logistic_minimum_is_what_scipy_finds(features):
    x, y = some_data(features)
    model = LogisticRegression(x, y + np.random.default_rng(3).normal(0, 5, size=len(y)) > 3)
    found = minimize(model.value, model.start, jac=model.gradient, tol=1e-12)
    assert model.minima[0] == pytest.approx(found.x, abs=1e-4)
    assert np.abs(model.gradient(model.minima[0])).max() < 1e-12


@settings(deadline=None, max_examples=150)
@given(st.integers(2, 12), st.integers(1, 2), st.integers(0, 2**32 - 1))
def test_minima_are_empty_exactly_if_the_classes_can_be_separated(n, features, seed):
    rng = np.random.default_rng(seed)
    x, y = rng.integers(-4, 5, size=(n, features)).astype(float), rng.integers(2, size=n)
    try:
        model = LogisticRegression(x, y)
    except ValueError:
        return  # one class only, or singular
    signed = (2 * y - 1)[:, np.newaxis] * np.column_stack([np.ones(n), x])
    # Some direction lowers no row's score and raises another's: then the loss has no minimum
    best = linprog(-signed.sum(axis=0), A_ub=-signed, b_ub=np.zeros(n), bounds=(-1, 1))
    assert (model.minima == ()) == (-best.fun > 1e-7)


def test_separable_data_are_still_moving_however_long_the_run():
    model = LogisticRegression([1, 2, 3, 4], [0, 0, 1, 1])
    for steps in (100, 1000, 10_000, 100_000):
        run = gd.descend(model, model.start, model.learning_rate, steps=steps)
        assert run.outcome == "still moving"
        assert 0 < run.loss[-1] < run.loss[-2]


@pytest.mark.parametrize("model", MODELS, ids=repr)
def test_start_rate_and_domain_are_good_to_begin_with(model):
    run = gd.descend(model, model.start, model.learning_rate, steps=200)
    assert (np.diff(run.loss) <= 1e-12).all()
    if model.dimension > 2:
        assert model.domain is None
    else:
        low, high = np.array(model.domain).T
        assert ((low < 0) & (high > 0)).all()
        assert ((low < model.minima[0]) & (model.minima[0] < high)).all()


def test_a_separable_model_has_a_domain_too():
    model = LogisticRegression([1, 2, 3, 4], [0, 0, 1, 1])
    low, high = np.array(model.domain).T
    corner = [low[0], high[1]]
    assert ((low < 0) & (high > 0)).all()
    assert model.value(corner) < 0.1 * model.value([0, 0])


def test_predict():
    line, x = LinearRegression([1, 2], [300, 500]), [0.0, 1.0, 3.0]
    assert line.predict([100, 200], x) == pytest.approx([100, 300, 700])
    assert line.predict(np.ones((2, 4, 5)), x).shape == (3, 4, 5)
    assert line.predict([100, 200]) == pytest.approx(line.y)
    decision = LogisticRegression(*NG)
    assert decision.predict([0, 0, 0]) == pytest.approx(np.full(6, 0.5))
    assert decision.predict(np.ones((3, 7)), [[1, 2], [3, 4]]).shape == (2, 7)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert decision.predict([0, -1e5, 0]).max() < 1e-100


def test_standardize_makes_the_valley_round_and_leads_back():
    table = data("geyser")
    x, y = table["duration"], table["waiting"]
    scaled = standardize(x)
    raw, rounded = LinearRegression(x, y), LinearRegression(scaled.x, y)
    assert np.linalg.cond(raw.hessian((0, 0))) > 100
    assert rounded.hessian((0, 0)) == pytest.approx(np.eye(2), abs=1e-12)
    assert scaled.unscale(rounded.minima[0]) == pytest.approx(raw.minima[0])
    two, y = some_data(2)
    scaled = standardize(two)
    w = np.random.default_rng(0).normal(size=(3, 4, 5))
    expected = LinearRegression(scaled.x, y).predict(w)
    assert LinearRegression(two, y).predict(scaled.unscale(w)) == pytest.approx(expected)


# What does not fit


@pytest.mark.parametrize("model", [LinearRegression, LogisticRegression])
@pytest.mark.parametrize(
    "x, y, said",
    [
        ([1, 2, 3], [0, 1], "x has 3 rows, but y has 2"),
        ([1, np.nan, 3], [0, 1, 0], "x contains nan in row 1"),
        ([1, 2, 3], [0, 1, np.inf], "y contains inf in row 2"),
        ([1, 2, 1e200], [0, 1, 1], "x contains 1e.200 in row 2"),
        ([2, 2, 2], [0, 1, 0], "x is constant, 2 in every row.*singular"),
        ([1e-300, 2e-300, 3e-300], [0, 1, 0], "x is constant"),
        ([[1, 5], [2, 5], [3, 5]], [0, 1, 0], "Column 1 of x is constant"),
        ([[1, 2], [2, 4], [4, 8]], [0, 1, 0], "x is singular: columns repeat one another"),
        ([[1, 2], [2, 1]], [0, 1], "x is singular: 2 rows cannot settle 3 parameters"),
        ([], [], "x has shape"),
        (3, 4, "x has shape"),
        ([[[1]]], [1], "x has shape"),
        ([1, 2, 3], [[0], [1], [0]], "y has shape"),
        ([[1], [2, 3]], [0, 1], "x is ragged"),
    ],
)
def test_data_that_do_not_fit(model, x, y, said):
    with pytest.raises(ValueError, match=said):
        model(x, y)


@pytest.mark.parametrize("x, y", [(["a", "b"], [0, 1]), ([1, 2], [None, 1]), ([1j, 2], [0, 1])])
def test_data_that_are_no_numbers(x, y):
    with pytest.raises(TypeError, match=r"^[xy] must hold real numbers"):
        LinearRegression(x, y)


@pytest.mark.parametrize(
    "labels, said",
    [
        ([1, 1, 1], "one class only, 1"),
        ([0, 0, 0], "one class only, 0"),
        ([1, 2, 1], "labels 0 and 1 only, not 2"),
        ([-1, 1, 1], "labels 0 and 1 only, not -1"),
        ([0.5, 1, 0], "labels 0 and 1 only, not 0.5"),
    ],
)
def test_labels_that_do_not_fit(labels, said):
    with pytest.raises(ValueError, match=said):
        LogisticRegression([1, 2, 3], labels)


@pytest.mark.parametrize("model", [LinearRegression, LogisticRegression])
def test_columns_have_names(model):
    assert model([1, 2, 3], [0, 1, 0]).names[0] == "input"
    assert model([1, 2, 3], [0, 1, 0], names=["age", "size"]).names == ("age", "size")
    assert model([[1, 0], [2, 1], [3, 1], [4, 3]], [0, 1, 0, 1]).names[:2] == ("input 1", "input 2")
    with pytest.raises(ValueError, match="names has 1 entries: give 2"):
        model([1, 2, 3], [0, 1, 0], names=["age"])


def test_labels_may_be_bools():
    assert (LogisticRegression([1, 2], [False, True]).y == [0, 1]).all()


@pytest.mark.parametrize(
    "rows, error, said",
    [
        ([0.5], TypeError, "row numbers"),
        ([], TypeError, "row numbers"),
        (np.array([], int), ValueError, "at least one row"),
        ([40], ValueError, "from 0 to 39"),
        ([-1], ValueError, "from 0 to 39"),
        (3, ValueError, r"rows has shape \(\)"),
        (np.zeros((2, 5), int), ValueError, r"rows has shape \(2, 5\)"),
    ],
)
def test_rows_that_do_not_fit(rows, error, said):
    model = LinearRegression(*some_data(1))
    with pytest.raises(error, match=said):
        model.gradient(np.zeros((2, 3)), rows)


@pytest.mark.parametrize("w", [[1], [1, 2, 3], 5, np.zeros((3, 2))])
def test_parameters_that_do_not_fit(w):
    model = LinearRegression(*some_data(1))
    for ask in (model.value, model.gradient, model.hessian, model.predict):
        with pytest.raises(ValueError, match="w has shape"):
            ask(w)


def test_inputs_to_predict_from_that_do_not_fit():
    with pytest.raises(ValueError, match=r"x has shape \(3,\): give one row per prediction"):
        LogisticRegression(*NG).predict([0, 0, 0], [1, 2, 3])


def test_data_cannot_be_changed_behind_the_models_back():
    x = np.array([1.0, 2.0])
    model = LinearRegression(x, [300, 500])
    x[0] = 77
    assert model.x[0] == 1
    with pytest.raises(ValueError, match="read-only"):
        model.x[0] = 7


@settings(deadline=None, max_examples=150)
@given(
    st.integers(2, 10).flatmap(
        lambda n: st.tuples(
            st.lists(st.integers(0, 5), min_size=n, max_size=n),
            st.lists(st.integers(0, 1), min_size=n, max_size=n),
        )
    ),
    st.sampled_from([0, -300, 1e6]),
)
def test_which_decisions_have_a_minimum_is_what_a_linear_program_finds(rows, offset):
    x, y = np.array(rows[0]) + offset, np.array(rows[1])
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        return
    model = gd.LogisticRegression(x, y)
    sides = np.column_stack([np.ones(len(x)), x - offset]) * (2 * y - 1)[:, np.newaxis]
    box = [(-1, 1)] * 2
    zero, one = np.zeros(len(x)), np.ones(len(x))
    apart = linprog([0, 0, -1], np.column_stack([-sides, one]), zero, bounds=[*box, (None, 1)])
    touching = linprog(-sides.sum(axis=0), -sides, zero, bounds=box)
    assert model.separable == (apart.fun < -1e-9)
    assert bool(model.minima) == (touching.fun > -1e-9)
