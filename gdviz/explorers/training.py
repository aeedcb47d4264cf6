"""A network in training: what decides it, and its course, a few steps at a time."""

from copy import copy
from dataclasses import dataclass, replace
from time import perf_counter

import numpy as np

from ..checks import check_steps, number, one_of, positive, short, whole
from ..descent.outcome import LEFT
from ..descent.run import descend
from ..formulas.taylor import Taylor
from ..formulas.taylor import taylor as taylor_of
from ..losses.network import Network
from .rates import Rates, rate_grid, slidable

STEPS = 20_000  # the most that an explorer trains
POINTS = 120  # at most so many points of a course are kept
RATES = 41  # positions of the learning-rate slider
PAUSE = 0.002  # seconds: about how long a course goes on before others get their turn


@dataclass(frozen=True)
class Training:
    """Everything that decides how a network learns. Refuses what an explorer cannot show."""

    surface: Network  # with one input and one output
    learning_rate: float
    steps: int = 1000
    seed: int = 0  # for the random start, as for `Network.random_start`,
    scale: float = 1.0  # which it multiplies
    taylor: Taylor | None = None  # what the network is compared with
    reveal: int | None = None  # how many steps are shown; None for all
    beside: str = "loss"  # what stands beside the curve: that, or the "network"
    rates: Rates | None = None  # of the slider; those without the learning rate give way to others

    def __post_init__(self):
        if not isinstance(self.surface, Network):
            raise TypeError(f"surface: {short(self.surface)} is no Network; give gd.Network(x, y)")
        shapes = {self.surface.x[0].size, self.surface.y[0].size}
        if shapes != {1}:
            raise ValueError(
                f"surface: the network has {self.surface.x[0].size} input(s) and "
                f"{self.surface.y[0].size} output(s), and a curve has one of each; give x and y "
                "as one column"
            )
        set_ = object.__setattr__
        set_(self, "learning_rate", slidable(positive(self.learning_rate)))
        set_(self, "steps", check_steps(self.steps))
        if self.steps > STEPS:
            raise ValueError(
                f"steps: {short(self.steps)} is too long to wait for in an explorer; use at most "
                f"{STEPS}, or gd.descend for the run alone"
            )
        set_(self, "seed", whole("seed", self.seed, " such as 0"))
        set_(self, "scale", number("scale", self.scale, "one number, 0 or above", lambda n: n >= 0))
        one_of("beside", self.beside, ("loss", "network"))
        self.surface.random_start(self.seed, self.scale)  # which refuses what is out of bounds
        if self.reveal is not None:
            set_(self, "reveal", whole("reveal", self.reveal, ", a step of it", 0, self.steps))
        if self.rates is None or self.learning_rate not in self.rates:
            rate = self.learning_rate
            set_(self, "rates", Rates(rate_grid(rate / 100, rate * 10, [rate], RATES)))

    def but(self, **changes):
        """Return the same training but for some fields, or its `hidden`, `activation`, `degree`.

        With another number of steps all are shown.
        """
        if check_steps(changes.get("steps", self.steps)) != self.steps:
            changes = {"reveal": None} | changes
        if changes.keys() & {"hidden", "activation"}:
            now = self.surface
            hidden = changes.pop("hidden", now.hidden)
            activation = changes.pop("activation", now.activation)
            changes["surface"] = Network(now.x, now.y, hidden, activation, now.output)
        if "degree" in changes:
            now = self.taylor
            if now is None:
                raise ValueError(
                    "degree: there is no Taylor polynomial; open with taylor=('sin(x)', 5)"
                )
            changes["taylor"] = taylor_of(now.text, changes.pop("degree"), now.center)
        return replace(self, **changes)

    hidden = property(lambda self: self.surface.hidden)
    activation = property(lambda self: self.surface.activation)
    degree = property(lambda self: self.taylor and self.taylor.degree)

    @property
    def start(self):
        """Where the training begins: (d,) array."""
        return self.surface.random_start(self.seed, self.scale)

    def same_data(self, other):
        """Whether another training is on the same data."""
        one, two = self.surface, other.surface
        return np.array_equal(one.x, two.x) and np.array_equal(one.y, two.y)

    @property
    def stride(self):
        """Every how many steps a point of the course is kept."""
        return stride_of(self.steps)

    def courses(self, rates):
        """Return the course of this training at each of the learning rates, not yet begun."""
        return Course(self.surface, self.start, np.atleast_1d(rates), self.steps)

    def descend(self, steps=None):
        """Return the whole run, or its first steps."""
        rate = self.learning_rate
        return descend(self.surface, self.start, rate, steps=steps or self.steps)


class Course:
    """Networks that learn side by side, one per learning rate, a few steps at a time.

    After the steps `at` (stages,), every `stride` and the last, it keeps the parameters, `path`
    (stages, d, n), their `loss` and how many units are `dead`, both (stages, n); so far for as many
    stages as are `known`. A run that has `left` all bounds, after so many steps `taken`, both (n,),
    is at its last finite point once more; then all three are NaN.
    """

    def __init__(self, network, start, rates, steps):
        self.network, self.rates, n = network, np.asarray(rates, dtype=float), len(rates)
        self.at = np.append(np.arange(0, steps, stride_of(steps)), steps)
        self.path = np.full((len(self.at), len(start), n), np.nan)
        self.loss, self.dead = np.full((2, len(self.at), n), np.nan)
        self.taken, self.left = np.zeros(n, int), np.zeros(n, bool)
        self._now = np.repeat(start[:, np.newaxis], n, axis=1)
        self._note(slice(0, 1), slice(None), self._now[np.newaxis])
        self.known, self._done, self._chunk = 1, 0, 8

    @property
    def done(self):
        """Whether every stage is known."""
        return self.known == len(self.at)

    @property
    def share(self):
        """How much of it is known, from 0 to 1."""
        return self._done / self.at[-1]

    @property
    def steps(self):
        """How many steps the last known stage is away from the start."""
        return int(self.at[self.known - 1])

    def advance(self):
        """Go on for about `PAUSE` seconds."""
        begun = perf_counter()
        count = min(self._chunk, self.at[-1] - self._done)
        stages = slice(self.known, np.searchsorted(self.at, self._done + count, side="right"))
        alive = np.flatnonzero(~self.left)
        if alive.size:
            run = descend(self.network, self._now[:, alive], self.rates[alive], steps=count)
            self._now[:, alive], self.left[alive] = run.path[-1], run.ending == LEFT
            self.taken[alive] = self._done + run.steps_taken
            self._note(stages, alive, run.path[self.at[stages] - self._done])
            for i in np.flatnonzero(self.left[alive]):
                stage = np.searchsorted(self.at, self.taken[alive[i]])
                self._note(slice(stage, stage + 1), alive[[i]], run.end[np.newaxis, :, [i]])
        self._done += count
        self.known = stages.stop
        slow = perf_counter() - begun > PAUSE
        self._chunk = max(1, self._chunk // 2) if slow else 2 * self._chunk

    def one(self, i):
        """Return the course of one of the runs."""
        one = copy(self)
        for name in ("rates", "path", "loss", "dead", "taken", "left"):
            setattr(one, name, getattr(self, name)[..., [i]])
        return one

    def _note(self, stages, runs, path):
        """Keep points (stages, d, runs), and what is known of them."""
        w = path.swapaxes(0, 1)
        loss, dead = self.network.value(w), self.network.dead(w).sum(axis=0)
        known = np.isfinite(loss)
        self.path[stages, :, runs] = path
        self.loss[stages, runs] = np.where(known, loss, np.nan)
        self.dead[stages, runs] = np.where(known, dead, np.nan)


def stride_of(steps):
    """Return the least of 1, 2, 5, 10, 20, ... of which at most `POINTS` make so many steps.

    >>> stride_of(100), stride_of(1000), stride_of(5000)
    (1, 10, 50)
    """
    strides = (base * 10**power for power in range(6) for base in (1, 2, 5))
    return next(stride for stride in strides if steps <= POINTS * stride)
