"""Everything that decides a picture, in one frozen object."""

from dataclasses import dataclass, field, replace
from functools import cached_property
from time import monotonic, perf_counter
from typing import Any

import numpy as np

from ..checks import (
    check_rates,
    check_steps,
    check_text,
    expect,
    finite_array,
    number,
    one_of,
    short,
    whole,
    yes_or_no,
)
from ..descent.minibatches import minibatches
from ..descent.rules import GradientDescent, OwnRule
from ..descent.run import descend, side_by_side
from ..descent.schedules import cosine, inverse_time, step_decay
from ..descent.stop import check_stop
from ..losses.regression import LinearRegression
from ..pictures.axes import PLANE
from .rates import CLOUD_RATES, RATES, Rates, rates_around, slidable

NEAREST, FARTHEST = 1e-12, 1e6  # how wide a window may be, as a share of the domain
STEPS = 2000  # beyond this all learning rates are too much for a browser,
SENT = 50e6  # or beyond so many bytes of a cloud
MANY = 1000  # runs at once
COMPARED = 20  # learning rates to compare
PATIENCE = 10.0  # seconds that a run by a student's function may take
SLOW = 0.1  # seconds: a student's function that takes longer for one run is not run for all rates
SCHEDULES = {  # by what the menu calls them; for so many steps
    "constant": lambda steps: None,
    "1/t": lambda steps: inverse_time(max(1, steps // 10)),
    "halved 3 times": lambda steps: step_decay(max(1, steps // 4)),
    "cosine": cosine,
}
UNSEEN = {"reveal", "look", "window", "rates", "room", "held", "slow"}  # fields that decide no run


def _compared(rates):
    """Return learning rates to compare, a tuple of floats."""
    if isinstance(rates, tuple) and not rates:
        return rates
    rates = np.atleast_1d(finite_array("compare", rates, "give numbers above 0, such as [0.1]"))
    fits, given = rates.ndim == 1 and rates.size <= COMPARED and rates.min() > 0, rates.tolist()
    wanted = f"at most {COMPARED} numbers above 0"
    return tuple(expect(fits, "compare", wanted, given, ValueError))


@dataclass(frozen=True)
class Look:
    """How an explorer looks, whatever it shows; each field is an option of `Explorer`."""

    beside: str = "loss"
    loss_scale: str | None = None
    compare: tuple = ()
    arrows: bool = False
    limit: bool = False
    basins: bool = False
    question: str = ""
    cost: str = "steps"

    def __post_init__(self):
        one_of("beside", self.beside, ("loss", "outcomes", "3d", "data"))
        one_of("loss_scale", self.loss_scale, (None, "log", "linear"))
        one_of("cost", self.cost, ("steps", "rows"))
        for name in ("arrows", "limit", "basins"):
            object.__setattr__(self, name, yes_or_no(name, getattr(self, name)))
        check_text("question", self.question)
        object.__setattr__(self, "compare", _compared(self.compare))


@dataclass(frozen=True)
class Setting:
    """What is descended, from where and how; and what is shown of it."""

    surface: Any  # or a model
    start: tuple  # of float; with random starts the middle of them
    learning_rate: float
    steps: int = 40
    rule: Any = field(default_factory=GradientDescent)
    stop: Any = None
    race: tuple = ()  # of (rule, rate): rules that race from one start; `rule` is one of them
    starts: int | None = None  # so many random starts instead of one,
    seed: int = 0  # by this seed,
    spread: float = 1.0  # over so large a share of the domain
    seeds: int = 1  # so many runs at once, each with its own shuffling of the data
    batch_size: int | None = None  # rows of a model's data that each step looks at; None for all
    schedule: Any = None  # how the learning rate changes; a name is one of `SCHEDULES`
    scaling: Any = None  # from standardized inputs of a model the way back to the raw ones
    other_rate: float | None = None  # last used with, or without, scaling: whichever is not shown
    member: float | None = None  # which surface of a family it is
    even: bool = False  # whether a plane is drawn to one scale both ways: round is round
    look: Look = Look()
    window: tuple | None = None  # the part that is shown, (low, high) each; None for the domain
    reveal: int | None = None  # how many steps are shown; None for all
    room: tuple | None = None  # limits of the axes that show data; None for those that fit the data
    held: tuple | None = None  # (number, row): which row of the data is dragged, and by which drag
    rates: Rates | None = None  # those of the slider; None before they are known
    slow: bool = False  # whether one run takes so long that it is not done for all learning rates
    stride = 1  # every step is shown

    def __post_init__(self):
        rate, put = self.learning_rate, object.__setattr__
        if type(rate) is not float or not 0 < rate < np.inf:
            rate = check_rates(rate)
            put(self, "learning_rate", rate if rate.ndim else float(rate))
        put(self, "steps", check_steps(self.steps))
        if self.stop is not None:
            check_stop(self.stop)
        wanted = "one number above 0 and at most 1, a share of the domain"
        put(self, "spread", number("spread", self.spread, wanted, lambda n: 0 < n <= 1))
        for name in ("reveal", "batch_size"):
            if getattr(self, name) is not None:
                put(self, name, whole(name, getattr(self, name)))

    def but(self, **changes):
        """Return the same setting but for some fields; its run goes along if it stays the same.

        With another number of steps all are shown.
        """
        if check_steps(changes.get("steps", self.steps)) != self.steps:
            changes = {"reveal": None} | changes
        other = replace(self, **changes)
        if changes.keys() <= UNSEEN and "run" in vars(self):
            vars(other)["run"] = self.run
        return other

    # The run that it decides

    @cached_property
    def run(self):
        """The run (or cloud of runs)."""
        return self.descend()

    def descend(self, rates=None):
        """Return the run (or cloud of runs), or one for each of the given learning rates.

        A student's own function is run for one rate at a time: it may think of one run only.
        """
        if rates is not None and isinstance(self.rule, OwnRule):
            return side_by_side([self.but(learning_rate=float(rate)).run for rate in rates])
        start, rate = self.start, self.learning_rate if rates is None else rates
        if self.cloud is not None:
            start = np.reshape(start, (-1, 1)) + self.cloud
            if rates is not None:
                start, rate = start[:, np.newaxis], np.asarray(rates)[:, np.newaxis]
        own = isinstance(self.rule, OwnRule)  # it may go on for ever, where no interrupt reaches it
        run = descend(
            self.surface,
            start,
            rate,
            rule=replace(self.rule, patience=monotonic() + PATIENCE) if own else self.rule,
            steps=self.steps,
            stop=self.stop,
            batches=self._batches(),
            schedule=self.timetable,
        )
        return replace(run, rule=self.rule) if own else run

    @property
    def timetable(self):
        """The schedule as `descend` takes it: one of the menu's is for this number of steps."""
        if not isinstance(self.schedule, str):
            return self.schedule
        return SCHEDULES[one_of("schedule", self.schedule, tuple(SCHEDULES))](self.steps)

    def _batches(self):
        if self.batch_size is None:
            return None
        seed = 0 if self.cloud is None else range(self.cloud.shape[1])
        return minibatches(self.surface.n, self.batch_size, seed=seed)

    @cached_property
    def cloud(self):
        """Offsets from the start, (d, n) array: n runs at once instead of one; else None.

        Random starts lie evenly over the surface's domain, or over a share of it; runs that differ
        in their shuffling alone begin in one point.
        """
        if self.starts is not None:
            half = self.spread * np.ptp(self.surface.domain, axis=1) / 2
            random = np.random.default_rng(self.seed)
            return random.uniform(-half, half, (self.starts, len(half))).T
        if self.batch_size and self.seeds > 1:
            return np.zeros((self.surface.dimension, self.seeds))
        return None

    # What is drawn of it

    @property
    def inputs(self):
        """A model's inputs as they were measured: (m,), or (m, features) if there are several."""
        x, scaling = self.surface.x, self.scaling
        x = x.ravel() if x.size == len(x) else x
        return x if scaling is None else scaling.mean + scaling.spread * x

    @property
    def shown(self):
        """The part of the surface that is shown: (low, high) per coordinate."""
        if self.window or not self.even:
            return self.window or self.surface.domain
        (left, right), (low, high) = self.surface.domain
        half = max((right - left) / 2, (high - low) / 2 * PLANE)
        across, up = (left + right) / 2, (low + high) / 2
        return (across - half, across + half), (up - half / PLANE, up + half / PLANE)

    @property
    def zooms(self):
        """From where, and how far, a hand may zoom: see `Live` (dict)."""
        home = [list(ends) for ends in self.but(window=None).shown]
        return {"home": home, "nearest": NEAREST, "farthest": FARTHEST}

    @property
    def fineness(self):
        """How near to each other places are told apart, as a share of how far from 0 they lie."""
        seen = self.shown or ((-1.0, 1.0),)
        return min((high - low) / max(abs(low), abs(high)) for low, high in seen) / 1000

    @property
    def rivals(self):
        """The settings of the rules that race along, by their number in the race (dict)."""
        return {
            number: self.but(rule=rule, learning_rate=rate, race=())
            for number, (rule, rate) in enumerate(self.race)
            if rule != self.rule
        }

    @property
    def sums(self):
        """Whether steps are written as sums: on a curve, each the learning rate times the slope."""
        return self._plain and self.schedule is None and self.surface.dimension == 1

    @property
    def fits_batches(self):
        """Whether one line is fitted to some rows of the data at a time (bool)."""
        alone = self.batch_size is not None and self.cloud is None
        return alone and isinstance(self.surface, LinearRegression)

    @property
    def pulls(self):
        """Whether every step is the mean of what some rows of the data would do alone (bool)."""
        return self._plain and self.fits_batches

    @property
    def _plain(self):
        return self.rule == GradientDescent()

    @property
    def answered(self):
        """What decides the numbers of all learning rates, but for the start (tuple)."""
        fields = "surface steps rule stop starts seed seeds batch_size schedule scaling rates"
        rivals = tuple((rule, rate) for rule, rate in self.race if rule != self.rule)
        return *(getattr(self, name) for name in fields.split()), rivals, self.look.compare

    @property
    def theory(self):
        """What the theory of learning rates is about here: surface, rule, and when it holds."""
        some = self.batch_size is not None and self.batch_size < self.surface.n
        changes = self.schedule not in (None, "constant")
        only = "of all rows" if some else "at a constant rate" if changes else ""
        return self.surface, self.rule, only

    @property
    def framed(self):
        """What decides the background but for the ground and the data on it (tuple)."""
        names = tuple((rule, None if rule == self.rule else rate) for rule, rate in self.race)
        mapped = (self.rule, self.stop, self.rates) if self.look.beside == "outcomes" else ()
        kinds = (
            self.sums,
            self.pulls,
            self.batch_size is None,
            self.starts is None,
            self.cloud is None,
        )
        return self.shown, self.steps, self.look, *kinds, names, mapped

    @property
    def drawn(self):
        """What decides the background (tuple)."""
        return *self.framed, self.surface, self.room, self.scaling

    @property
    def moves(self):
        """Whether all that another ground changes can move without a new background."""
        look = self.look
        return look.beside in ("loss", "data") and not look.basins and self.scaling is None

    @property
    def coloured(self):
        """What decides the basins of attraction (tuple)."""
        return self.surface, self.shown, self.learning_rate, self.rule

    # Settings made from it

    def on(self, surface):
        """Return the setting on another surface, whole, from its own start at its own rate."""
        changes = {"surface": surface, "start": surface.start, "scaling": None, "rates": None}
        changes |= dict.fromkeys(("window", "room", "held"))
        if self.starts is not None:
            changes["start"] = middle(surface)
        if not self.race:
            changes["learning_rate"] = surface.learning_rate
        return self.but(**changes)

    def driving(self, rule):
        """Return the setting in which the slider drives another of the racing rules."""
        race = dict(self.race) | {self.rule: self.learning_rate}
        return self.but(race=tuple(race.items()), rule=rule, learning_rate=race[rule])

    def joined_by(self, rule):
        """Return the setting in which another rule is driven; it takes the place of its namesake.

        In a race it starts at the rate of that, else at the one that is driven now.
        """
        if not self.race:
            return self.but(rule=rule)
        race = dict(self.race) | {self.rule: self.learning_rate}
        rates = {each.name: rate for each, rate in race.items()}
        others = tuple((each, rate) for each, rate in race.items() if each.name != rule.name)
        rate = rates.get(rule.name, self.learning_rate)
        return self.but(race=(*others, (rule, rate)), rule=rule, learning_rate=rate)

    def whole(self, before=None):
        """Return the setting with all that follows from it; refuse what an explorer cannot show.

        As long as they will do the learning rates of the one shown `before` stay on the slider.
        """
        _check_look(self)
        _check_counts(self)
        _check_window(self)
        if before and self._only_slid(before):
            return self.but(start=before.start, learning_rate=float(self.learning_rate))
        begun, known = perf_counter(), "run" in vars(self)
        run = self.run
        slow = isinstance(self.rule, OwnRule) and perf_counter() - begun > SLOW
        if run.batch and self.cloud is None:
            raise ValueError(
                f"start, learning_rate: they mean {run.batch} runs, and an explorer shows one; "
                f"give one start, such as {self.surface.start}, and one rate"
            )
        changes = {"slow": self.slow if known else slow}
        if changes["slow"] and (self.look.basins or self.look.beside == "outcomes"):
            raise ValueError(
                f"rule: {self.rule.name} takes too long for a map of many runs; make it faster, or "
                "leave the map out"
            )
        if self.cloud is None:
            changes["start"] = tuple(run.start.tolist())
        rates, rate = self.rates, slidable(float(self.learning_rate))
        same = before and self.theory == before.theory
        if rates is None or not same or self.learning_rate not in rates:
            count = RATES if self.cloud is None else CLOUD_RATES
            if rates is None or before is None or rates is before.rates:
                surface, rule, only = self.theory
                rates = rates_around(surface, rule, rate, count, only)
        other = replace(self, learning_rate=rate, rates=rates, **changes)
        vars(other)["run"] = run
        return other

    def _only_slid(self, before):
        """Whether another learning rate of the slider is all that may make the run another."""
        return (
            self.start is before.start
            and self.spread == before.spread
            and self.answered == before.answered
            and self.learning_rate in self.rates
        )


def middle(surface):
    """Return the middle of a surface's domain, a tuple of floats."""
    return tuple(float(v) for v in np.mean(surface.domain, axis=1))


def _check_window(setting):
    """Refuse a window in which numbers cannot tell places apart, or that leads nowhere."""
    if setting.window is None:
        return
    for (low, high), (left, right) in zip(setting.window, setting.surface.domain, strict=True):
        wide, domain = high - low, right - left
        if not wide >= 0.99 * NEAREST * max(domain, abs(low), abs(high)):
            raise ValueError(
                f"window: from {low!r} to {high!r} numbers hardly tell places apart; zoom out"
            )
        if not wide <= 1.01 * FARTHEST * domain:
            raise ValueError(
                f"window: from {low:.3g} to {high:.3g} is more than {FARTHEST:.0e} times the "
                "domain; zoom in"
            )


def _check_counts(setting):
    """Refuse counts that make no run, or more than a browser can hold."""
    steps = setting.steps
    runs = 1 if setting.cloud is None else setting.cloud.shape[1]
    need = steps * (1452 if runs == 1 else 4 * runs * CLOUD_RATES)
    if steps > STEPS or need > SENT:
        what = f"{short(steps)} steps" + f" of {runs} runs" * (runs > 1)
        raise ValueError(
            f"steps: the browser would need {min(need, 10**300) / 1e6:.3g} MB for {what} at every "
            f"learning rate; use at most {min(STEPS, int(SENT // (need // steps)))}, or "
            "gd.descend for the run alone"
        )
    if setting.reveal is not None:
        whole("reveal", setting.reveal, ", a step of this run", 0, steps)
    if setting.batch_size is not None:
        whole("batch_size", setting.batch_size, " such as 32", 1, setting.surface.n)


def _check_look(setting):
    """Refuse a surface that cannot be shown like this."""
    look, surface = setting.look, setting.surface
    wants = {"outcomes": 1, "3d": 2, "data": 2}.get(look.beside, surface.dimension)
    if look.arrows or look.limit or look.basins or setting.race or setting.cloud is not None:
        wants = 2
    asked = {"beside": look.beside == "data", "cost": look.cost == "rows"}
    asked |= {"scaling": setting.even, "batch_size": setting.batch_size is not None}
    for option in [option for option, wanted in asked.items() if wanted]:
        if not hasattr(surface, "predict"):
            raise ValueError(
                f"{option}: the surface {surface.name!r} has no rows of data; leave {option} "
                "out, or give a model such as LinearRegression(x, y)"
            )
    if surface.dimension != wants:
        raise ValueError(
            f"surface: {surface.name!r} has {surface.dimension} dimension(s), but what is to "
            f"be shown wants {wants}; try {'himmelblau' if wants == 2 else 'parabola'!r}"
        )
