"""How a gradient becomes a step: the published rules, and room for a student's own.

A rule says what each update does to every coordinate: ``v = beta*v + g; theta = theta - rate*v``.
It is a small frozen object that remembers nothing itself. What a run must remember (a velocity, a
sum of squares) is a list of `memories` arrays, shaped like the points and zero at the start, that
`descend` keeps and hands to `move` at every step.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from time import monotonic
from typing import ClassVar

import numpy as np

from ..checks import check_callable, check_text, number, real_array
from ..formulas.reading import read_rule
from ..formulas.recipe import Recipe


class Written:
    """A rule that is its text: in theta, g, rate, k, and its fields, each a share that is kept."""

    guarded: ClassVar[bool] = False
    title: ClassVar[str]

    def __post_init__(self):
        for name, value in self.parameters.items():
            wanted = "a number, at least 0 and below 1, such as 0.9"
            object.__setattr__(self, name, number(name, value, wanted, lambda n: 0 <= n < 1))

    @property
    def name(self):
        """What to call it (str)."""
        return " ".join([self.title, *(f"{value:g}" for value in self.parameters.values())])

    @property
    def parameters(self):
        """The rule's own numbers, by name (dict)."""
        return vars(self)

    @property
    def recipe(self):
        """The text, read (Recipe)."""
        return Recipe(self.text, tuple(self.parameters), self.guarded)

    @property
    def latex(self):
        """What each update does, in LaTeX (str)."""
        return self.recipe.latex

    @property
    def memories(self):
        """How many arrays a run must remember (int)."""
        return len(self.recipe.remembered)

    def move(self, theta, gradient, learning_rate, memory, count, out):
        """Write the new point into `out`, which must not overlap `theta`: all (d, *batch) arrays.

        Update `count`, from 1, changes nothing else but `memory`, a list of `memories` such arrays.
        """
        self.mover(theta.shape)(theta, gradient, learning_rate, memory, count, out)

    def mover(self, shape):
        """Return `move` for points of one shape: quicker for many steps."""
        return self.recipe.mover(self.parameters.values(), shape)


@dataclass(frozen=True)
class GradientDescent(Written):
    """Step straight downhill: theta = theta - rate*g.

    Source: Cauchy (1847), Comptes rendus 25, 536-538.

    Examples
    --------
    >>> take_step(GradientDescent(), [10.0], [20.0], 0.2)
    array([6.])
    >>> GradientDescent().text
    'theta = theta - rate*g'
    """

    title: ClassVar[str] = "gradient descent"
    text: ClassVar[str] = "theta = theta - rate*g"


@dataclass(frozen=True)
class Momentum(Written):
    r"""Roll like a heavy ball: v = beta*v + g; theta = theta - rate*v.

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
    >>> print(Momentum(0.9).latex)
    v \leftarrow \beta v + g,\quad \theta \leftarrow \theta - \eta v
    """

    beta: float = 0.9
    title: ClassVar[str] = "momentum"
    text: ClassVar[str] = "v = beta*v + g; theta = theta - rate*v"


@dataclass(frozen=True)
class Nesterov(Written):
    """Momentum that looks ahead: v = beta*v + g; theta = theta - rate*(g + beta*v).

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
    title: ClassVar[str] = "Nesterov"
    text: ClassVar[str] = "v = beta*v + g; theta = theta - rate*(g + beta*v)"


@dataclass(frozen=True)
class AdaGrad(Written):
    """Give each coordinate its own pace: s = s + g**2; theta = theta - rate*g/(sqrt(s) + eps).

    Source: Duchi, Hazan & Singer (2011), JMLR 12, 2121-2159; eps = 1e-10 as in torch.optim.

    Examples
    --------
    >>> take_step(AdaGrad(), [10.0], [20.0], 0.5).round(6)
    array([9.5])
    """

    title: ClassVar[str] = "AdaGrad"
    text: ClassVar[str] = "s = s + g**2; theta = theta - rate*g/(sqrt(s) + 1e-10)"


@dataclass(frozen=True)
class RMSProp(Written):
    """Pace by recent gradients only: s = decay*s + (1 - decay)*g**2, then as `AdaGrad`.

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
    title: ClassVar[str] = "RMSProp"
    text: ClassVar[str] = "s = decay*s + (1 - decay)*g**2; theta = theta - rate*g/(sqrt(s) + 1e-8)"


@dataclass(frozen=True)
class Adam(Written):
    """Momentum and a pace for each coordinate: step by mean gradient / sqrt(mean square).

    Both means, m and s, forget the past at rates 0.9 and 0.999, are corrected for having started
    at zero, and eps = 1e-8 is added to the root.
    Source: Kingma & Ba (2015), ICLR, algorithm 1, with the values suggested there.

    Examples
    --------
    >>> take_step(Adam(), [10.0], [20.0], 0.5).round(6)
    array([9.5])
    """

    title: ClassVar[str] = "Adam"
    text: ClassVar[str] = (
        "m = 0.9*m + 0.1*g; s = 0.999*s + 0.001*g**2; "
        "theta = theta - rate/(1 - 0.9**k)*m/(sqrt(s/(1 - 0.999**k)) + 1e-8)"
    )


@dataclass(frozen=True, repr=False)
class Rule(Written):
    """A rule of your own: its text says what each update does to every coordinate.

    Parameters
    ----------
    text : str
        Statements ``name = formula``, on lines of their own or with ``;`` between them; one at
        least sets theta. They may use

        - theta, the coordinate, and g, the gradient there;
        - rate, the learning rate, and k, which update this is, from 1;
        - names of your own. One that occurs in the statement that sets it is remembered from
          update to update, and 0 before the first: ``v = 0.9*v + g``;
        - what a surface's formula may use: ``+ - * / **``, sqrt, exp, abs, sign...
    name : str, optional
        What to call it.

    Raises
    ------
    TypeError, ValueError
        If the text is no rule, or a heavier one than a lesson needs. The message names the piece
        and says what to write instead.

    Examples
    --------
    >>> heavy = Rule("v = 0.9*v + g; theta = theta - rate*v", name="heavy ball")
    >>> take_step(heavy, [10.0], [20.0], 0.2)
    array([6.])
    >>> Rule("theta = theta - rate*gradient")
    Traceback (most recent call last):
    ValueError: 'gradient' in the rule: did you mean 'g'? Known names are theta, g, rate, k, ...
    """

    text: str
    name: str = "own rule"
    parameters: ClassVar[dict] = {}
    guarded: ClassVar[bool] = True

    def __post_init__(self):
        if not check_text("name", self.name).strip():
            raise ValueError("name must be a text such as 'heavy ball', not an empty one.")
        text = read_rule(self.text)[1]  # what was given may be anything
        object.__setattr__(self, "text", Recipe(text, (), self.guarded).text)

    def __repr__(self):
        name = "" if self.name == Rule.name else f", name={self.name!r}"
        return f"Rule({self.text!r}{name})"


@dataclass(frozen=True)
class OwnRule:
    """A student's own function (theta, gradient, learning_rate) -> new theta, checked each step.

    The function receives copies, so it may change them: arrays (d,) or (d, n), and a number or an
    array (n,). What it returns must have theta's shape.
    """

    function: Callable
    patience: float = field(default=math.inf, compare=False, repr=False)
    memories: ClassVar[int] = 0

    @property
    def name(self):
        """What to call it (str)."""
        name = getattr(self.function, "__name__", type(self.function).__name__)
        return "own rule" if name == "<lambda>" else name

    def move(self, theta, gradient, learning_rate, memory, count, out):
        """Write the new point into `out`, as `Written.move` does."""
        if monotonic() > self.patience:
            raise TimeoutError(
                f"rule: {self.name} took too long and was left at update {count}; make it faster, "
                "or take fewer steps"
            )
        rate = np.array(learning_rate) if np.ndim(learning_rate) else learning_rate
        with np.errstate():  # what it sets there is over with it
            returned = self.function(theta.copy(), np.array(gradient), rate)
        remedy = (
            f"return the new theta, an array of shape {theta.shape} like the theta it received, "
            "for example theta - learning_rate * gradient"
        )
        if returned is None:
            raise TypeError(f"The rule {self.name} returned nothing: {remedy}.")
        new = real_array(f"What the rule {self.name} returned", returned, remedy)
        if new.shape != theta.shape:
            raise ValueError(f"The rule {self.name} returned shape {new.shape}: {remedy}.")
        # Where the surface has no slope there is no step, whatever the function makes of it
        out[...] = np.where(np.isfinite(gradient).all(axis=0), new, np.nan)


def as_rule(rule):
    """Return `rule` itself if it is one of ours, a plain function as an `OwnRule`."""
    if isinstance(rule, type):
        usual = [each.default for each in fields(rule)] if rule in Written.__subclasses__() else []
        inside = repr(GradientDescent.text) if rule is Rule else ", ".join(map(repr, usual))
        raise TypeError(
            f"rule is the class {rule.__name__}: write {rule.__name__}({inside}), with parentheses."
        )
    if hasattr(rule, "move") and hasattr(rule, "memories"):
        return rule
    wanted = (
        "a rule such as GradientDescent() or Momentum(0.9), or a function (theta, gradient, "
        "learning_rate) -> new theta"
    )
    return OwnRule(check_callable("rule", rule, wanted))


def take_step(rule, theta, gradient, learning_rate):
    """Return where the first step of a rule leads, from a point and the gradient: (d, *batch)."""
    theta, gradient = np.array(theta, dtype=float), np.array(gradient, dtype=float)
    rule, new = as_rule(rule), np.empty_like(theta)
    rule.move(theta, gradient, learning_rate, begin(rule, theta.shape), 1, new)
    return new


def begin(rule, shape):
    """Return what a run with points of this shape remembers before its first step."""
    return [np.zeros(shape) for _ in range(rule.memories)]
