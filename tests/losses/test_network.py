"""The network, against finite differences, a plain loop and a published example."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import approx_fprime

import gdviz as gd
from gdviz.descent.minibatches import minibatches
from gdviz.losses.network import ACTIVATIONS, Network

X = np.linspace(-3, 3, 64)


def by_hand(net, w, rows):
    """The loss of one run, one row and one unit at a time."""
    bend = {
        "tanh": np.tanh,
        "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
        "relu": lambda z: max(z, 0),
        "linear": lambda z: z,
    }
    x, y = net.x.reshape(net.n, -1), net.y.reshape(net.n, -1)
    inputs, outputs, h = x.shape[1], y.shape[1], net.hidden
    w = iter(w)
    hidden_bias = [next(w) for _ in range(h)]
    hidden = [[next(w) for _ in range(h)] for _ in range(inputs)]
    output_bias = [next(w) for _ in range(outputs)]
    output = [[next(w) for _ in range(outputs)] for _ in range(h)]
    loss, rows = 0, range(net.n) if rows is None else rows
    for row in rows:
        gives = []
        for j in range(h):
            z = hidden_bias[j] + sum(hidden[i][j] * x[row, i] for i in range(inputs))
            gives.append(bend[net.activation](z))
        for k in range(outputs):
            z = output_bias[k] + sum(output[j][k] * gives[j] for j in range(h))
            loss += (bend[net.output](z) - y[row, k]) ** 2
    return loss / (2 * len(rows))


def some_network(inputs=1, outputs=1, hidden=4, activation="tanh", output="linear", seed=0):
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(10, inputs)), rng.normal(size=(10, outputs))
    x, y = x[:, 0] if inputs == 1 else x, y[:, 0] if outputs == 1 else y
    return Network(x, y, hidden, activation, output)


def test_mazur():
    """Mazur (2015), A Step by Step Backpropagation Example; the biases are not compared."""
    net = Network([[0.05, 0.10]], [[0.01, 0.99]], 2, "sigmoid", output="sigmoid")
    hidden, output = [[0.15, 0.25], [0.20, 0.30]], [[0.40, 0.50], [0.45, 0.55]]
    w = np.concatenate([[0.35, 0.35], *hidden, [0.60, 0.60], *output])
    assert net.value(w) == pytest.approx(0.298371109, abs=5e-10)
    assert net.predict(w)[0] == pytest.approx([0.75136507, 0.772928465], abs=5e-9)
    new = net.unpack(w - 0.5 * net.gradient(w))
    w1, w3, w2, w4 = new.hidden.ravel()
    w5, w7, w6, w8 = new.output.ravel()
    printed = [0.149780716, 0.19956143, 0.24975114, 0.29950229]
    assert [w1, w2, w3, w4] == pytest.approx(printed, abs=5e-9)
    printed = [0.35891648, 0.408666186, 0.511301270, 0.561370121]
    assert [w5, w6, w7, w8] == pytest.approx(printed, abs=5e-9)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("output", ACTIVATIONS)
@pytest.mark.parametrize("inputs, outputs", [(1, 1), (2, 1), (1, 2), (3, 2)])
def test_value_and_gradient_by_hand_and_finite_differences(activation, output, inputs, outputs):
    net = some_network(inputs, outputs, 4, activation, output)
    for seed, rows in enumerate([None, np.array([3]), np.array([0, 7, 7])]):
        w = net.random_start(seed, scale=0.7) + 0.05  # off the kinks of relu
        assert net.value(w, rows) == pytest.approx(by_hand(net, w, rows), rel=1e-12)
        slope = approx_fprime(w, lambda w, rows=rows: by_hand(net, w, rows), 1e-7)
        assert net.gradient(w, rows) == pytest.approx(slope, rel=1e-4, abs=1e-5)


@settings(deadline=None, max_examples=40)
@given(
    st.sampled_from([(1, 1), (2, 1), (1, 2)]),
    st.sampled_from([(), (1,), (7,), (3, 4)]),
    st.sampled_from(["all", "same", "own"]),
    st.sampled_from(list(ACTIVATIONS)),
    st.integers(0, 2**32 - 1),
)
def test_a_batch_is_its_runs_one_by_one(shape, batch, kind, activation, seed):
    net = some_network(*shape, hidden=3, activation=activation)
    rng = np.random.default_rng(seed)
    w = rng.normal(size=(net.dimension, *batch))
    shape = {"same": (4,), "own": (4, *batch)}.get(kind)
    rows = None if kind == "all" else rng.integers(net.n, size=shape)
    value, slope = net.value(w, rows), net.gradient(w, rows)
    predicted, hidden, dead = net.predict(w), net.hidden_outputs(w), net.dead(w)
    assert value.shape == batch and slope.shape == w.shape and dead.shape == (3, *batch)
    for i in np.ndindex(batch):
        one, each = w[(..., *i)], rows[(..., *i)] if kind == "own" else rows
        assert value[i] == pytest.approx(by_hand(net, one, each), rel=1e-10)
        alone = net.gradient(one, each)
        assert slope[(..., *i)] == pytest.approx(alone, rel=1e-10, abs=1e-12)
        assert predicted[(..., *i)] == pytest.approx(net.predict(one), rel=1e-12)
        assert hidden[(..., *i)] == pytest.approx(net.hidden_outputs(one), rel=1e-12)


def test_120_networks_at_once_learn_as_they_do_alone():
    net, rates = Network(X, np.sin(X)), np.geomspace(1e-3, 0.3, 120)
    run = gd.descend(net, net.start, rates, steps=500)
    for i in range(0, 120, 17):
        alone = gd.descend(net, net.start, rates[i], steps=500)
        np.testing.assert_allclose(run.path[..., i], alone.path, rtol=0, atol=1e-10)
    assert run.loss[-1, -1] < 0.01 * run.loss[0, -1]


def test_many_starts_with_rows_of_their_own_learn_as_they_do_alone():
    net = Network(X, np.sin(X), hidden=8)
    starts, batches = net.random_start(range(5)), minibatches(64, 10, seed=range(5))
    run = gd.descend(net, starts, 0.1, steps=50, batches=batches)
    for i in range(5):
        alone = minibatches(64, 10, seed=i)
        alone = gd.descend(net, starts[:, i], 0.1, steps=50, batches=alone)
        np.testing.assert_allclose(run.path[..., i], alone.path, rtol=0, atol=1e-10)


def test_contributions_of_hidden_units_add_up():
    net = some_network(hidden=5)
    w, x = net.random_start(3), [-1.0, 0.5, 2.0]
    parts = net.unpack(w)
    contributions = net.hidden_outputs(w, x) * parts.output[:, 0]
    assert contributions.shape == (3, 5)
    assert contributions.sum(axis=1) + parts.output_bias == pytest.approx(net.predict(w, x))


def test_unpack_puts_every_parameter_in_its_place():
    net = some_network(inputs=2, outputs=3, hidden=4)
    w = np.arange(net.dimension * 5.0).reshape(-1, 5)
    parts = net.unpack(w)
    assert [part.shape for part in parts] == [(4, 5), (2, 4, 5), (3, 5), (4, 3, 5)]
    assert (np.concatenate([part.reshape(-1, 5) for part in parts]) == w).all()


def test_starts_are_repeatable_and_differ_by_seed():
    net = Network(X, np.sin(X))
    many = net.random_start(range(3))
    assert many.shape == (61, 3)
    assert (many[:, 1] == net.random_start(1)).all()
    assert not (many[:, 0] == many[:, 1]).any(where=many[:, 0] != 0)
    assert net.start == tuple(net.random_start(0))
    assert (net.random_start(1, scale=0) == 0).all()
    assert net.random_start(range(3), scale=[1, 2, 3])[:, 2] == pytest.approx(3 * many[:, 2], abs=0)
    bends = -many[:20] / many[20:40]
    assert ((bends >= -3 - 1e-9) & (bends <= 3 + 1e-9)).all()


def test_from_zero_all_units_stay_alike():
    net = Network(X, np.sin(X), hidden=6)
    run = gd.descend(net, np.full(net.dimension, 0.1), 0.1, steps=200)
    parts = net.unpack(run.end)
    assert np.ptp(parts.hidden) < 1e-12 and np.ptp(parts.output) < 1e-12


def test_dead_units():
    net = Network(X, np.sin(X), hidden=3, activation="relu")
    w = np.zeros(net.dimension)
    parts = net.unpack(w)  # views
    parts.hidden_bias[:] = [-10, -10, 5]
    parts.hidden[0] = [1, 5, 1]
    assert net.dead(w).tolist() == [True, False, False]
    slope = net.unpack(net.gradient(w + 0.01))
    assert slope.hidden[0, 0] == 0 and slope.hidden[0, 1] != 0
    saturated = Network(X, np.sin(X), hidden=1)
    assert saturated.dead([100, 1, 0, 1]).tolist() == [True]


def test_the_default_learns_a_sine():
    net = Network(X, np.sin(X))
    run = gd.descend(net, net.start, net.learning_rate, steps=2000)
    assert (np.diff(run.loss) < 0).all()
    assert run.loss[-1] < 0.01
    assert not hasattr(net, "hessian") and net.domain is None and net.minima == ()


def test_too_large_a_rate_is_a_result_without_warnings():
    net = Network(X, np.sin(X), activation="relu")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        run = gd.descend(net, net.start, [0.01, 100.0], steps=200)
        assert run.outcome[1] == "diverged"
        assert np.isnan(run.loss[-1, 1]) and np.isfinite(run.loss[:, 0]).all()
        assert np.isfinite(Network(X, X, activation="sigmoid").predict(np.full(61, 1e6))).all()


@pytest.mark.parametrize(
    "given, error, said",
    [
        ({"hidden": 0}, ValueError, "hidden must be from 1 to 1000, not 0"),
        ({"hidden": -3}, ValueError, "hidden must be from 1 to 1000, not -3"),
        ({"hidden": 2.5}, TypeError, "hidden must be a whole number such as 20, not 2.5"),
        ({"hidden": True}, TypeError, "hidden must be a whole number"),
        ({"activation": "tahn"}, ValueError, "activation 'tahn' is unknown; did you mean 'tanh'"),
        ({"activation": "ReLu"}, ValueError, "did you mean 'relu'"),
        ({"activation": np.tanh}, ValueError, "activation <ufunc 'tanh'> is unknown"),
        ({"output": "softmax"}, ValueError, r"output 'softmax' is unknown\. There are tanh"),
        ({"x": [1, 2, 3]}, ValueError, "x has 3 rows, but y has 2"),
        ({"x": [1, np.nan]}, ValueError, "x contains nan in row 1"),
        ({"x": [3, 3]}, ValueError, "x is constant, 3 in every row"),
        ({"y": [1, np.inf]}, ValueError, "y contains inf in row 1"),
    ],
)
def test_what_does_not_fit(given, error, said):
    with pytest.raises(error, match=said):
        Network(**{"x": [1, 2], "y": [3, 4]} | given)


def test_what_would_take_all_memory_is_refused_before():
    with pytest.raises(ValueError, match=r"hidden is 1000 and x has 200000 rows: .* 4\.8 GB"):
        Network(np.arange(200_000), np.arange(200_000), hidden=1000)
    with pytest.raises(ValueError, match=r"seed makes 10000000 starts, which would need 4\.88 GB"):
        Network(X, X).random_start(range(10**7))
