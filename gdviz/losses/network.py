"""A small neural network: one hidden layer that bends a line into a curve."""

from typing import NamedTuple

import numpy as np

from ..checks import check_room, one_of, points_of, seeds_of, whole, within_bounds
from ..formulas.reading import sigmoid
from .model import Model

ACTIVATIONS = {  # by name: the bend, and its slope written in terms of what came out
    "tanh": (np.tanh, lambda out: 1 - out * out),
    "sigmoid": (sigmoid, lambda out: out * (1 - out)),
    "relu": (lambda z: np.maximum(z, 0), lambda out: (out > 0).astype(float)),
    "linear": (lambda z: z, np.ones_like),
}


class Weights(NamedTuple):
    """The parameters of a network by the place they have in it."""

    hidden_bias: np.ndarray  # (hidden, *batch)
    hidden: np.ndarray  # (inputs, hidden, *batch)
    output_bias: np.ndarray  # (outputs, *batch)
    output: np.ndarray  # (hidden, outputs, *batch)


class Network(Model):
    """A network with one hidden layer: loss = 1/(2m) * the sum of (prediction - y)**2 over m rows.

    Each hidden unit computes activation(bias + weights @ x); the prediction is the output bias
    plus the weighted sum of what the units give. Parameters in order: hidden biases, hidden
    weights, output biases, output weights; `unpack` takes them apart. The gradient is computed by
    backpropagation, for all runs of a batch at once.
    Source: Rumelhart, Hinton & Williams (1986), Learning representations by back-propagating
    errors, Nature 323, 533-536.

    Parameters
    ----------
    x : (m,) or (m, inputs) array_like
    y : (m,) or (m, outputs) array_like
    hidden : int
        How many hidden units.
    activation : {"tanh", "sigmoid", "relu", "linear"}
    output : {"linear", "tanh", "sigmoid", "relu"}
        The activation of the output.

    Raises
    ------
    TypeError, ValueError
        If x and y do not fit together or are not finite, x is constant, there are no hidden units,
        or an activation is unknown.

    Examples
    --------
    >>> x = np.linspace(-1, 1, 9)
    >>> net = Network(x, x**2, hidden=3)
    >>> net
    Network(9 rows, 3 hidden units (tanh), dimension=10)
    >>> net.value(np.zeros(10)).round(4)
    np.float64(0.1536)
    >>> net.unpack(net.start).output.shape
    (3, 1)
    """

    name = "network"
    source = "Rumelhart, Hinton & Williams (1986), Nature 323, 533-536"
    gradient_source = "backpropagation"
    learning_rate = 0.1

    def __init__(self, x, y, hidden=20, activation="tanh", output="linear"):
        super().__init__(x, y)
        self.hidden = whole("hidden", hidden, " such as 20", least=1, most=1000)
        rows = f"hidden is {self.hidden} and x has {self.n} rows: one step"
        check_room(24 * self.n * self.hidden, rows, "take fewer")
        self.activation = one_of("activation", activation, list(ACTIVATIONS))
        self.output = one_of("output", output, list(ACTIVATIONS))
        if self.n > 1 and (self._columns == self._columns[:, :1]).all():
            raise ValueError(
                f"x is constant, {self._columns[0, 0]:g} in every row: there is no curve to learn; "
                "give inputs that differ."
            )
        self._targets, self._width = self.y.reshape(self.n, -1).T, self.hidden
        self._sizes = inputs, h, outputs = len(self._columns), self.hidden, len(self._targets)
        self._seen = np.vstack([np.ones(self.n), self._columns])  # (1 + inputs, n)
        self._cut = (inputs + 1) * h
        self.dimension = self._cut + (h + 1) * outputs
        self.start = tuple(self.random_start().tolist())

    def __repr__(self):
        units = f"{self.hidden} hidden unit{'s' * (self.hidden > 1)} ({self.activation})"
        return f"Network({self.n} rows, {units}, dimension={self.dimension})"

    def random_start(self, seed=0, scale=1.0):
        """Return a random starting point, or one per seed.

        Hidden weights are normal, and each hidden unit bends at a random place among the data; so
        the units share the work from the first step (Nguyen & Widrow 1990, IJCNN 3, 21-26).
        Output weights are normal / sqrt(hidden), the output biases zero.

        Parameters
        ----------
        seed : int or (*batch) array_like of int
        scale : float or (*batch) array_like
            Multiplies them all. At 0 all units stay alike for ever; at 10 they start saturated.

        Returns
        -------
        (d, *batch) array
        """
        seeds = seeds_of("seed", seed)
        need, what = 8 * self.dimension * seeds.size, f"seed makes {seeds.size} starts, which"
        check_room(need, what, "take fewer seeds")
        scale = within_bounds("scale", scale, "give one number, 0 or above")
        if scale.shape not in {(), seeds.shape}:
            raise ValueError(f"scale has shape {scale.shape}: give one number, or one per seed.")
        starts = np.stack([self._random_start(int(each)) for each in seeds.ravel()], axis=-1)
        return starts.reshape((-1, *seeds.shape)) * scale

    def _random_start(self, seed):
        rng, (inputs, h, outputs) = np.random.default_rng(seed), self._sizes
        spread = self._columns.std(axis=1, keepdims=True)
        weights = rng.normal(size=(inputs, h)) / np.where(spread > 0, spread, 1) / np.sqrt(inputs)
        low, high = self._columns.min(axis=1), self._columns.max(axis=1)
        bends = rng.uniform(low, high, size=(h, inputs)).T
        output = rng.normal(size=(h, outputs)) / np.sqrt(h)
        parts = -(weights * bends).sum(axis=0), weights, np.zeros(outputs), output
        return np.concatenate([part.ravel() for part in parts])

    def unpack(self, w):
        """Take parameters (d, *batch) apart: Weights, with views of the arrays of each layer."""
        w, (inputs, h, outputs) = points_of("w", w, self), self._sizes
        first, second = w[: self._cut], w[self._cut :]
        return Weights(
            first[:h],
            first[h:].reshape((inputs, h, *w.shape[1:])),
            second[:outputs],
            second[outputs:].reshape((h, outputs, *w.shape[1:])),
        )

    def _predict(self, w, x):
        found = self._look(w, x, 1)
        return found[:, 0] if self.y.ndim == 1 else found

    def hidden_outputs(self, w, x=None):
        """Return what each hidden unit gives for each input: (q, hidden, *batch).

        Times its output weight, that is the unit's contribution to the prediction.
        """
        w, x = points_of("w", w, self), self._inputs(x)
        with np.errstate(all="ignore"):
            return self._look(w, x, 0)

    def dead(self, w):
        """Return which hidden units are dead: (d, *batch) -> (hidden, *batch) array of bool.

        A dead unit's slope is below a millionth at every row of data, so that it no longer learns:
        a relu that is off everywhere, a tanh or sigmoid at the end of its range.
        """
        slope = ACTIVATIONS[self.activation][1]
        return (np.abs(slope(self.hidden_outputs(w))) < 1e-6).all(axis=0)

    def _look(self, w, x, layer):
        """Return what the units of a layer give for inputs (inputs, q): (q, units, *batch)."""
        x = np.vstack([np.ones((1, x.shape[1])), x])

        def compute(w, _):
            return self._forward(*self._layers(w), x)[layer].T

        return self._in_blocks(compute, w, count=x.shape[1])

    # One matrix per layer and run, its biases in column 0: (n, units, 1 + units before)

    def _layers(self, w):
        inputs, h, outputs = self._sizes
        first = w[: self._cut].reshape(1 + inputs, h, -1).T
        second = w[self._cut :].reshape(1 + h, outputs, -1).T
        return np.ascontiguousarray(first), np.ascontiguousarray(second)

    def _forward(self, first, second, x):
        """Return what the hidden units (n, hidden, q) and the outputs (n, outputs, q) give."""
        hidden = ACTIVATIONS[self.activation][0](first @ x)
        return hidden, ACTIVATIONS[self.output][0](second[..., 1:] @ hidden + second[..., :1])

    def _rows(self, rows):
        """Return inputs (1 + inputs, q) and targets (outputs, q), or (n, ., q) if rows differ."""
        if rows is None:
            return self._seen, self._targets
        x, y = self._seen[:, rows], self._targets[:, rows]
        return (x, y) if rows.ndim == 1 else (x.transpose(2, 0, 1), y.transpose(2, 0, 1))

    def _value(self, w, rows):
        x, y = self._rows(rows)
        out = self._forward(*self._layers(w), x)[1]
        return ((out - y) ** 2).sum(axis=(1, 2)) / (2 * x.shape[-1])

    def _gradient(self, w, rows):
        x, y = self._rows(rows)
        first, second = self._layers(w)
        hidden, out = self._forward(first, second, x)
        error = (out - y) * ACTIVATIONS[self.output][1](out) / x.shape[-1]
        back = second[..., 1:].swapaxes(1, 2) @ error
        back *= ACTIVATIONS[self.activation][1](hidden)
        parts = (
            back @ x.swapaxes(-1, -2),
            error.sum(axis=2, keepdims=True),
            error @ hidden.swapaxes(1, 2),
        )
        return np.concatenate([part.T.reshape(-1, w.shape[1]) for part in parts])
