"""How a gradient becomes a step: the published rules, and room for a student's own.

A rule is a small frozen object that remembers nothing itself. What a run must remember (a
velocity, a sum of squares) is a list of `memories` arrays, shaped like the points and zero at the
start, that `descend` keeps and hands to `move` at every step.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from numbers import Real
from typing import ClassVar

import numpy as np


@dataclass(frozen=True)
class GradientDescent:
    """Step straight downhill: theta = theta - learning_rate * gradient.

    Source: Cauchy (1847), Comptes rendus 25, 536-538.

    Examples
    --------
    >>> take_step(GradientDescent(), [10.0], [20.0], 0.2)
    array([6.])
    """

    name: ClassVar[str] = "gradient descent"
    memories: ClassVar[int] = 0

    def move(self, theta, gradient, learning_rate, memory, count, out):
        """Write the new point into `out`.

        Parameters
        ----------
        theta, gradient : (d, *batch) array
            The point and the gradient there; neither is changed.
        learning_rate : float or (*batch) array
        memory : list of (d, *batch) arrays
            What this run remembers, changed in place; `memories` arrays, all zero at the start.
        count : int
            Which update this is, from 1.
        out : (d, *batch) array
            Where the new point goes; must not overlap `theta`.
        """
        np.multiply(gradient, learning_rate, out=out)
        np.subtract(theta, out, out=out)


@dataclass(frozen=True)
class Momentum:
    """Roll like a heavy ball: v = beta * v + gradient; theta = theta - learning_rate * v.

    Source: Polyak (1964), USSR Comp. Math. 4(5), 1-17; in the form of Goh (2017), Why Momentum
    Really Works, Distill.

    Parameters
    ----------
    beta : float
        The share of its velocity the ball keeps, 0 <= beta < 1; 0 is plain gradient descent.

    Examples
    --------
    >>> take_step(Momentum(0.9), [10.0], [20.0], 0.2)
    array([6.])
    """

    beta: float = 0.9
    memories: ClassVar[int] = 1

    def __post_init__(self):
        _check_share("beta", self.beta)

    @property
    def name(self):
        """What to call it (str)."""
        return f"momentum {self.beta:g}"

    def move(self, theta, gradient, learning_rate, memory, count, out):
        """Write the new point into `out`, as `GradientDescent.move` does."""
        (velocity,) = memory
        velocity *= self.beta
        velocity += gradient
        np.multiply(velocity, learning_rate, out=out)
        np.subtract(theta, out, out=out)


@dataclass(frozen=True)
class Nesterov:
    """Momentum that looks ahead: v = beta * v + g; theta = theta - learning_rate * (g + beta * v).

    Source: Nesterov (1983), Soviet Math. Doklady 27, 372-376; in the form of Sutskever, Martens,
    Dahl & Hinton (2013), ICML, rewritten for the point where the gradient is taken, as
    `torch.optim.SGD(nesterov=True)` computes it.

    Parameters
    ----------
    beta : float
        The share of its velocity the ball keeps, 0 <= beta < 1.

    Examples
    --------
    >>> take_step(Nesterov(0.9), [10.0], [20.0], 0.1).round(6)
    array([6.2])
    """

    beta: float = 0.9
    memories: ClassVar[int] = 1

    def __post_init__(self):
        _check_share("beta", self.beta)

    @property
    def name(self):
        """What to call it (str)."""
        return f"Nesterov {self.beta:g}"

    def move(self, theta, gradient, learning_rate, memory, count, out):
        """Write the new point into `out`, as `GradientDescent.move` does."""
        (velocity,) = memory
        velocity *= self.beta
        velocity += gradient
        np.multiply(velocity, self.beta, out=out)
        out += gradient
        out *= learning_rate
        np.subtract(theta, out, out=out)


@dataclass(frozen=True)
class AdaGrad:
    """Give each coordinate its own pace: s = s + g**2; theta = theta - rate * g / (sqrt(s) + eps).

    Source: Duchi, Hazan & Singer (2011), JMLR 12, 2121-2159; eps = 1e-10 as in torch.optim.

    Examples
    --------
    >>> take_step(AdaGrad(), [10.0], [20.0], 0.5).round(6)
    array([9.5])
    """

    name: ClassVar[str] = "AdaGrad"
    memories: ClassVar[int] = 1

    def move(self, theta, gradient, learning_rate, memory, count, out):
        """Write the new point into `out`, as `GradientDescent.move` does."""
        (squares,) = memory
        squares += gradient * gradient
        np.sqrt(squares, out=out)
        out += 1e-10
        np.divide(gradient, out, out=out)
        out *= learning_rate
        np.subtract(theta, out, out=out)


@dataclass(frozen=True)
class RMSProp:
    """Pace by recent gradients only: s = decay * s + (1 - decay) * g**2, then as `AdaGrad`.

    Source: Tieleman & Hinton (2012), Coursera: Neural Networks for Machine Learning, lecture 6.5;
    eps = 1e-8 outside the root, as in torch.optim.

    Parameters
    ----------
    decay : float
        The share of the past that is kept at each step, 0 <= decay < 1.

    Examples
    --------
    >>> take_step(RMSProp(0.75), [10.0], [20.0], 0.5).round(6)
    array([9.])
    """

    decay: float = 0.9
    memories: ClassVar[int] = 1

    def __post_init__(self):
        _check_share("decay", self.decay)

    @property
    def name(self):
        """What to call it (str)."""
        return f"RMSProp {self.decay:g}"

    def move(self, theta, gradient, learning_rate, memory, count, out):
        """Write the new point into `out`, as `GradientDescent.move` does."""
        (squares,) = memory
        squares *= self.decay
        np.multiply(gradient, gradient, out=out)
        out *= 1 - self.decay
        squares += out
        np.sqrt(squares, out=out)
        out += 1e-8
        np.divide(gradient, out, out=out)
        out *= learning_rate
        np.subtract(theta, out, out=out)


@dataclass(frozen=True)
class Adam:
    """Momentum and a pace for each coordinate: step by mean gradient / sqrt(mean square).

    Both means forget the past at rates 0.9 and 0.999, are corrected for having started at zero,
    and eps = 1e-8 is added to the root.
    Source: Kingma & Ba (2015), ICLR, algorithm 1, with the values suggested there.

    Examples
    --------
    >>> take_step(Adam(), [10.0], [20.0], 0.5).round(6)
    array([9.5])
    """

    name: ClassVar[str] = "Adam"
    memories: ClassVar[int] = 2

    def move(self, theta, gradient, learning_rate, memory, count, out):
        """Write the new point into `out`, as `GradientDescent.move` does."""
        mean, square = memory
        mean *= 0.9
        np.multiply(gradient, 1 - 0.9, out=out)
        mean += out
        square *= 0.999
        np.multiply(gradient, gradient, out=out)
        out *= 1 - 0.999
        square += out
        np.divide(square, 1 - 0.999**count, out=out)
        np.sqrt(out, out=out)
        out += 1e-8
        np.divide(mean, out, out=out)
        out *= learning_rate
        out /= 1 - 0.9**count
        np.subtract(theta, out, out=out)


@dataclass(frozen=True)
class OwnRule:
    """A student's own function (theta, gradient, learning_rate) -> new theta, checked each step.

    The function receives copies, so it may change them; what it returns must have theta's shape.

    Parameters
    ----------
    function : callable
        Takes arrays of shape (d,) or (d, n) and the learning rate: a number, or an array (n,).

    Examples
    --------
    >>> def sign_rule(theta, gradient, learning_rate):
    ...     return theta - learning_rate * np.sign(gradient)
    >>> take_step(OwnRule(sign_rule), [10.0], [20.0], 0.5)
    array([9.5])
    """

    function: Callable
    memories: ClassVar[int] = 0

    @property
    def name(self):
        """What to call it (str)."""
        name = getattr(self.function, "__name__", type(self.function).__name__)
        return "own rule" if name == "<lambda>" else name

    def move(self, theta, gradient, learning_rate, memory, count, out):
        """Write the new point into `out`, as `GradientDescent.move` does."""
        rate = np.array(learning_rate) if np.ndim(learning_rate) else learning_rate
        returned = self.function(theta.copy(), np.array(gradient), rate)
        remedy = (
            f"return the new theta, an array of shape {theta.shape} like the theta it received, "
            "for example theta - learning_rate * gradient"
        )
        if returned is None:
            raise TypeError(f"The rule {self.name} returned nothing: {remedy}.")
        try:
            new = np.asarray(returned)
        except ValueError:
            raise ValueError(f"The rule {self.name} returned a ragged list: {remedy}.") from None
        if new.dtype.kind not in "iuf":
            raise TypeError(f"The rule {self.name} returned {returned!r:.60}: {remedy}.")
        if new.shape != theta.shape:
            raise ValueError(f"The rule {self.name} returned shape {new.shape}: {remedy}.")
        # Where the surface has no slope there is no step, whatever the function makes of it
        out[...] = np.where(np.isfinite(gradient).all(axis=0), new, np.nan)


def as_rule(rule):
    """Return `rule` itself if it is one of ours, a plain function as an `OwnRule`.

    Raises
    ------
    TypeError
        If `rule` is a class, or cannot be called.

    Examples
    --------
    >>> as_rule(Momentum)
    Traceback (most recent call last):
    TypeError: rule is the class Momentum: write Momentum(0.9), with parentheses.
    """
    if isinstance(rule, type):
        inside = {"Momentum": "0.9", "Nesterov": "0.9", "RMSProp": "0.9"}.get(rule.__name__, "")
        raise TypeError(
            f"rule is the class {rule.__name__}: write {rule.__name__}({inside}), with parentheses."
        )
    if hasattr(rule, "move") and hasattr(rule, "memories"):
        return rule
    if callable(rule):
        return OwnRule(rule)
    raise TypeError(
        f"rule must be a rule such as GradientDescent() or Momentum(0.9), or a function "
        f"(theta, gradient, learning_rate) -> new theta, not {rule!r:.60}."
    )


def take_step(rule, theta, gradient, learning_rate):
    """Return where the first step of a rule leads: shape (d, *batch).

    Parameters
    ----------
    rule : rule or callable
    theta, gradient : (d, *batch) array_like
    learning_rate : float or (*batch) array
    """
    theta, gradient = np.array(theta, dtype=float), np.array(gradient, dtype=float)
    rule, new = as_rule(rule), np.empty_like(theta)
    rule.move(theta, gradient, learning_rate, begin(rule, theta.shape), 1, new)
    return new


def begin(rule, shape):
    """Return what a run with points of this shape remembers before its first step."""
    return [np.zeros(shape) for _ in range(rule.memories)]


def _check_share(argument, value):
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"{argument} must be a number such as 0.9, not {value!r}.")
    if not (math.isfinite(value) and 0 <= value < 1):
        raise ValueError(f"{argument} must be at least 0 and below 1, such as 0.9, not {value!r}.")
