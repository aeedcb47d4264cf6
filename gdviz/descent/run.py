"""Run gradient descent: from one start or from many, at one learning rate or at many, all at once.

The only loop is over steps. Runs lie side by side in the last axes of every array, and steps are
taken in blocks small enough to stay in the processor's cache: a block is walked first and then
looked at as a whole, so that finding out who stopped or flew away costs little.
"""

import math
from dataclasses import dataclass, fields, replace
from functools import cached_property, reduce

import numpy as np

from ..checks import BOUND, check_memory, check_runs, check_steps, knows_its_keywords, raw
from ..losses.gallery import as_surface
from . import sentences as words
from .minibatches import check_batches, deal
from .outcome import LEFT, TAIL, classify, named
from .rules import GradientDescent, OwnRule, as_rule, begin
from .schedules import check_schedule
from .steps import FEW, walker
from .stop import Stop, check_stop

BLOCK = 2**16  # numbers walked before they are looked at; half a megabyte
WIDTH = 2**14  # runs side by side in a block
LONG = 2**10  # steps of a few runs between two looks at who has ended


@dataclass(frozen=True, eq=False, repr=False)
class Descent:
    """Everything one call of `descend` found out. All arrays are float64 and read-only.

    Attributes
    ----------
    path : (steps + 1, d, *batch) array
        Every point; ``path[0]`` is the start. A stopped run stays where it stopped. A run that
        left all bounds (a coordinate beyond 1e15, or no finite next point) keeps the last finite
        point and is NaN after it.
    steps_taken : int or (*batch) array of int
        How many updates led to `end`.
    learning_rate : float or (*batch) array
    rule, surface, stop, batches, schedule
        As given to `descend`.
    ending : (*batch) array of int8
        Whether each run made all its steps (0), met a criterion (1 to 4) or left all bounds (5).
    """

    path: np.ndarray
    steps_taken: int | np.ndarray
    learning_rate: float | np.ndarray
    rule: object
    surface: object
    stop: Stop
    ending: np.ndarray
    batches: object = None
    schedule: object = None

    def __repr__(self):
        names, counts = np.unique(np.asarray(self.outcome), return_counts=True)
        found = ", ".join(
            f"{count} {word}" if self.batch else str(word)
            for word, count in zip(names, counts, strict=True)
        )
        return f"Descent({self.rule.name}, {len(self.path) - 1} steps: {found})"

    @property
    def batch(self):
        """The shape of the batch (tuple); () for a single run."""
        return self.path.shape[2:]

    @property
    def start(self):
        """The first point: (d, *batch)."""
        return self.path[0]

    @cached_property
    def loss(self):
        """The loss at every point: (steps + 1, *batch), NaN where the path is."""
        path = self.path.reshape(*self.path.shape[:2], -1)
        loss = np.empty((len(path), path.shape[2]))
        value, rows = raw(self.surface, "value"), max(1, BLOCK // path[0].size)
        with np.errstate(all="ignore"):
            for k in range(0, len(path), rows):
                loss[k : k + rows] = value(path[k : k + rows].swapaxes(0, 1))
        loss[~np.isfinite(loss)] = np.nan
        return frozen(loss.reshape(-1, *self.batch))

    @property
    def data_seen(self):
        """How many rows of data were looked at to get to each point: (steps + 1,) array of int."""
        steps = np.arange(len(self.path))
        return self.batches.seen(steps) if self.batches else steps * getattr(self.surface, "n", 0)

    @cached_property
    def end(self):
        """The last finite point each run reached: (d, *batch)."""
        taken = np.ravel(self.steps_taken)
        path = self.path.reshape(*self.path.shape[:2], -1)
        ends = path[taken, :, np.arange(taken.size)].T
        return frozen(ends.reshape(self.path.shape[1:]))

    @cached_property
    def codes(self):
        """What happened, as indices into `outcome.OUTCOMES`: (*batch) array of int8."""
        d, ending = self.path.shape[1], self.ending.ravel()
        found = classify(
            self.surface,
            ending,
            self.start.reshape(d, -1),
            self.end.reshape(d, -1),
            self.path[-TAIL - 1 :].reshape(-1, d, ending.size),
            self.rule.memories > 0,
        )
        return frozen(found.reshape(self.batch))

    @cached_property
    def outcome(self):
        """What happened, in words: a str, or (*batch) array of str for a batch."""
        return named(self.codes)

    def explain(self):
        """Return what happened in one or two plain sentences; for a batch, how often what did."""
        return words.count(self.outcome) if self.batch else words.explain(self)[0]

    def explanations(self):
        """Return one explanation per run, in the order of the batch: a list of str."""
        return words.explain(self)

    @property
    def stopped_by(self):
        """Which criterion fired, by its name in `Stop`, else "": a str, or (*batch) array."""
        return named(self.ending, ["", *(threshold.name for threshold in fields(Stop)), ""])


@knows_its_keywords
def descend(
    surface, start, learning_rate, rule=None, steps=100, stop=None, batches=None, schedule=None
):
    """Follow the gradient downhill and keep the whole path.

    Parameters
    ----------
    surface : Surface or model
    start : float, (d,) or (d, *starts) array_like
        Coordinates come first. A bare number will do for d = 1.
    learning_rate : float or array_like
        Positive. An array means one run each: it broadcasts against `starts`, never against the
        coordinates. Start (2,) with two learning rates is two runs.
    rule : rule or callable, optional
        `GradientDescent()` by default, or a function (theta, gradient, learning_rate) -> new theta.
    steps : int
        How many updates at most.
    stop : Stop, optional
        When to stop earlier.
    batches : Minibatches, optional
        Look at a few rows of a model's data at each step; made with `minibatches`. Its seeds, if
        several, broadcast against the runs like learning rates. Losses, and gradients to stop by,
        still look at all rows.
    schedule : callable, optional
        Update k, counted from 0, uses learning_rate * schedule(k).

    Returns
    -------
    Descent

    Raises
    ------
    TypeError, ValueError
        Naming the argument that does not fit, what it was, and what to give instead.

    Examples
    --------
    >>> from gdviz.losses.gallery import surfaces
    >>> run = descend(surfaces.parabola, 10, 0.2, steps=10)
    >>> run.end.round(6)
    array([0.060466])
    >>> descend(surfaces.bowl, (-5, -2), [0.1, 0.6]).outcome
    array(['reached a minimum', 'diverged'], dtype='<U22')
    """
    surface, rule = as_surface(surface), as_rule(GradientDescent() if rule is None else rule)
    steps, stop = check_steps(steps), check_stop(stop)
    batches, factors = check_batches(batches, surface), check_schedule(schedule, steps)
    start, rate = check_runs(surface, start, learning_rate, batches.batch if batches else ())
    (d, *batch), n = start.shape, math.prod(start.shape[1:])
    check_memory(8 * (steps + 1) * (d + 1) * n, steps, n)
    path = np.empty((steps + 1, *start.shape))
    path[0] = start
    taken, ending = np.full(n, steps), np.zeros(n, np.int8)
    width = n if isinstance(rule, OwnRule) else WIDTH
    rates = np.broadcast_to(rate, batch).ravel() if np.ndim(rate) else rate
    walk = path.reshape(steps + 1, d, n) if batch else path
    whole = slopes_of(surface)
    for k in range(0, n, width):
        some = slice(k, k + width)
        part = walk[..., some] if batch else walk
        each = rates[some] if np.ndim(rate) else rate
        look = deal(whole, batches, batch, some) if batches else whole
        advance = walker(surface, rule, look, whole, factors)
        memory = begin(rule, part[0].shape)
        with np.errstate(all="ignore"):
            slope = look(part[0])
            _walk(surface, advance, each, stop, slope, memory, part, taken[some], ending[some])
    return Descent(
        path=frozen(path),
        steps_taken=frozen(taken.reshape(batch)) if batch else int(taken[0]),
        learning_rate=frozen(np.array(np.broadcast_to(rate, batch))) if batch else float(rate),
        rule=rule,
        surface=surface,
        stop=stop,
        ending=frozen(ending.reshape(batch)),
        batches=batches,
        schedule=schedule,
    )


def _walk(surface, advance, rate, stop, slope, memory, path, taken, ending):
    """Fill path[1:], and note when and how runs ended.

    path is (steps + 1, d) or (steps + 1, d, n); taken and ending are (n,) and changed in place.
    """
    steps, n = len(path) - 1, len(taken)
    rows = int(np.clip(BLOCK // path[0].size, 1, 64 if n > FEW else LONG))
    for done in range(0, steps, rows):
        block = path[done : done + rows + 1]
        squares = np.empty((len(block) - 1, n)) if stop.gradient_norm is not None else None
        slope = advance(block, slope, memory, rate, done, squares)
        seen = block.reshape(len(block), -1, n)
        note(surface, stop, seen, squares, done, taken, ending)
        if ending.all():
            _freeze(path.reshape(len(path), -1, n), taken, ending, done + 1)
            return
        if ending.any():
            _freeze(seen, taken - done, ending, 1)


def note(surface, stop, block, slopes, done, taken, ending):
    """Note in `taken` and `ending` which runs ended in a block (rows + 1, d, n) of points."""
    new, met = block[1:], {}  # (rows, n) by code, the last to count first
    if stop.step is not None:
        met[4] = (np.diff(block, axis=0) ** 2).sum(axis=1) <= _squared(stop.step)
    if not (stop.loss is None and stop.loss_change is None):
        loss = raw(surface, "value")(block.swapaxes(0, 1))
        if stop.loss_change is not None:
            met[3] = np.abs(np.diff(loss, axis=0)) <= stop.loss_change
        if stop.loss is not None:
            met[2] = loss[1:] <= stop.loss
    if stop.gradient_norm is not None:
        met[1] = slopes <= _squared(stop.gradient_norm)
    if not (new.max() <= BOUND and new.min() >= -BOUND):
        met[LEFT] = ~(np.abs(new) <= BOUND).all(axis=1)
    if not met:
        return
    any_met = reduce(np.logical_or, met.values())
    runs = np.flatnonzero((ending == 0) & any_met.any(axis=0))
    first = any_met.take(runs, axis=1).argmax(axis=0)
    for code, where in met.items():
        ending[runs[where[first, runs]]] = code
    taken[runs] = done + first + np.isfinite(new[first, :, runs]).all(axis=1)


def _freeze(path, taken, ending, row):
    """Hold ended runs where they stopped, from `row` on; runs that left become NaN."""
    runs = np.flatnonzero(ending)
    after = np.arange(row, len(path))[:, np.newaxis] > taken[runs]
    where = np.where(ending[runs] == LEFT, np.nan, path[np.maximum(taken[runs], 0), :, runs].T)
    later = path[row:, :, runs]
    path[row:, :, runs] = np.where(after[:, np.newaxis], where, later)


def _squared(threshold):
    return min(threshold * threshold, 1e300)  # finite, so that no infinite slope meets it


def slopes_of(surface):
    """Return a surface's gradient for loops: NaN wherever the surface is not defined."""
    gradient, value = raw(surface, "gradient"), raw(surface, "value")
    if getattr(surface, "gradient_source", "formula") != "given":
        return gradient
    return lambda w: np.where(np.isnan(value(w)), np.nan, gradient(w))


def frozen(array):
    """Return an array, read-only from now on."""
    array.flags.writeable = False
    return array


def side_by_side(descents):
    """Return one descent ``(n,)`` made of n single runs of equal length."""
    stacked = {
        name: frozen(np.stack([getattr(each, name) for each in descents], axis=-1))
        for name in ("path", "steps_taken", "learning_rate", "ending")
    }
    return replace(descents[0], **stacked)
