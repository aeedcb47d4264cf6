"""Controls + `descend` + views + a live figure = an explorer: the one place that knows them all."""

import threading
from dataclasses import dataclass, replace
from typing import Any

import ipywidgets as widgets
import numpy as np

from . import plots
from .checks import check_steps
from .controls import Player, RateSlider, StartSliders, rate_range
from .descent import descend
from .lifetime import close_earlier, family
from .live import Live
from .rules import GradientDescent
from .surfaces import Surface, surfaces
from .views import CurveView, Frames, LossView, OutcomeView, PlaneView

STEPS = 2000  # at most: a sweep of 3 MB
ROW = {"flex_flow": "row wrap", "width": "100%"}


@dataclass(frozen=True)
class Setting:
    """Everything that decides a run."""

    surface: Surface
    start: Any
    learning_rate: float
    steps: int
    rule: Any

    def descend(self, rates=None):
        """Return the run, or one run for each of the given learning rates."""
        rate = self.learning_rate if rates is None else rates
        return descend(self.surface, self.start, rate, rule=self.rule, steps=self.steps)


def explore(surface="himmelblau", **options):
    """Open an explorer: drag the learning rate or the start, and watch the run.

    Parameters
    ----------
    surface : str or Surface
        What to descend: the name of a surface of the gallery, or your own.
    **options
        `start`, `learning_rate`, `steps`, `rule` and more: see `Explorer`.

    Returns
    -------
    Explorer

    Examples
    --------
    >>> explorer = explore("parabola", start=10, learning_rate=0.2, steps=10)
    >>> explorer.descent.end.round(6)
    array([0.060466])
    >>> explorer.close()
    """
    return Explorer(surface, **options)


class Explorer(widgets.VBox):
    """A run of gradient descent to hold in the hand.

    Every learning rate of the slider is computed ahead, in one `descend`; the browser flips
    through them. The start goes through the kernel: first the shown run, then, when the hand
    rests, all the others.

    Parameters
    ----------
    surface : str or Surface
        A name of the gallery, or your own surface.
    start : float or sequence of float, optional
        Where to begin; by default the surface's own start.
    learning_rate : float, optional
        By default the surface's own.
    steps : int
        How many steps a run takes.
    rule : callable, optional
        How a gradient becomes a step; by default plain gradient descent.
    reveal : int, optional
        How many steps to show at first; by default all. The player shows the rest.
    beside : {'loss', 'outcomes'}
        What stands beside the surface: the loss after each step, or a map of what happens for
        every learning rate and start (one dimension only).
    loss_scale : {'log', 'linear'}, optional
        The axis of the loss; by default logarithmic where the loss stays above zero.
    compare : sequence of float
        Learning rates whose losses are drawn quietly behind the run's.
    choices : sequence of str, optional
        The surfaces to choose from; by default the gallery's of the same dimension. An empty
        sequence leaves the choice out.
    question : str
        What the caption asks.

    Attributes
    ----------
    surface, start, learning_rate, steps, rule
        What is explored; each can be set.
    descent : Descent
        The shown run.
    """

    def __init__(
        self,
        surface="himmelblau",
        *,
        start=None,
        learning_rate=None,
        steps=40,
        rule=None,
        reveal=None,
        beside="loss",
        loss_scale=None,
        compare=(),
        choices=None,
        question="",
    ):
        surface = _surface(surface)
        self._lock, self._busy, self._links = threading.RLock(), False, []
        self._setting = self._first = Setting(
            surface,
            surface.start if start is None else start,
            surface.learning_rate if learning_rate is None else learning_rate,
            steps,
            GradientDescent() if rule is None else rule,
        )
        self._beside = _one_of("beside", beside, ("loss", "outcomes"))
        self._loss_scale = _one_of("loss_scale", loss_scale, (None, "log", "linear"))
        self._compared, self._question = _rates("compare", compare), question
        if choices is None:
            choices = [name for name in surfaces if surfaces[name].dimension == surface.dimension]
        choices = [surfaces[name].name for name in choices]
        # What cannot be run is refused here, before there is any widget.
        self._check(self._first)
        if reveal is not None and reveal not in range(steps + 1):
            raise ValueError(f"reveal: {reveal!r} is no step of this run; use 0 to {steps}")
        rates, *ruler = rate_range(surface, self.learning_rate, self.rule)
        picture = self._picture(self._first, rates)
        sweep = self._sweep(self._first, rates)
        super().__init__(layout={"max_width": "960px"})
        self.add_class("gdviz-explorer")
        self.live = Live(**picture)
        self._make_controls(choices)
        self.rate.lay_out(rates, self.learning_rate, *ruler)
        self._place_controls()
        self.live.show_all(*sweep, frame=self.rate.slider.index)
        if reveal is not None:
            self.player.step.value = self.live.reveal = reveal
        self._listen()
        close_earlier(self)

    surface = property(
        lambda self: self._setting.surface,
        lambda self, surface: self._change_surface(_surface(surface)),
        doc="The surface that is descended; set it by name or to your own.",
    )
    start = property(
        lambda self: self._setting.start,
        lambda self, start: self._change(start=start),
        doc="Where the run begins.",
    )
    learning_rate = property(
        lambda self: self._setting.learning_rate,
        lambda self, rate: self._change(learning_rate=rate),
        doc="The learning rate of the shown run.",
    )
    steps = property(
        lambda self: self._setting.steps,
        lambda self, steps: self._change(steps=steps),
        doc="How many steps the run takes.",
    )
    rule = property(
        lambda self: self._setting.rule,
        lambda self, rule: self._change(rule=rule),
        doc="How a gradient becomes a step.",
    )

    @property
    def descent(self):
        """The shown run."""
        return self._setting.descend()

    def reset(self):
        """Go back to how the explorer was opened."""
        self._apply(self._first)

    # From a setting to the picture

    def _change(self, **changes):
        self._apply(replace(self._setting, **changes))

    def _change_surface(self, surface):
        self._change(surface=surface, start=surface.start, learning_rate=surface.learning_rate)

    def _apply(self, setting):
        """Take a setting over and show it; one that cannot be run changes nothing."""
        with self._lock:
            run, before = self._check(setting), self._setting
            redraw = (setting.surface, setting.steps) != (before.surface, before.steps)
            if (
                redraw
                or setting.rule is not before.rule
                or not self.rate.holds(setting.learning_rate)
            ):
                self._relay(setting, redraw or self._beside == "outcomes")
            else:
                moved = not np.array_equal(setting.start, before.start) or self.live.stale
                glimpse = self._glimpse(setting, run) if moved else None
                self._setting = setting
                self.rate.slide_to(setting.learning_rate)
                self._place_controls()
                if moved:
                    self.live.show_one(*glimpse)
            self.live.problem = ""

    def _relay(self, setting, redraw):
        """Take over a setting that needs other learning rates; at first compute, then change."""
        rates, *ruler = rate_range(setting.surface, setting.learning_rate, setting.rule)
        views = self._views
        try:
            picture = self._picture(setting, rates) if redraw else None
            sweep = self._sweep(setting, rates)
        except Exception:
            self._views = views
            raise
        self._setting = setting
        self.rate.lay_out(rates, setting.learning_rate, *ruler)
        self._place_controls()
        if redraw:
            self.live.restage(**picture)
        self.live.show_all(*sweep, frame=self.rate.slider.index)

    def _check(self, setting):
        """Return the run of a setting; refuse what an explorer cannot show."""
        surface, steps = setting.surface, check_steps(setting.steps)
        if self._beside == "outcomes" and surface.dimension != 1:
            raise ValueError(
                f"surface: a map of outcomes wants one dimension; {surface.name!r} has two"
            )
        if steps > STEPS:
            raise ValueError(
                f"steps: the browser would need {steps * 1.5e-3:.3g} MB for {steps} steps at every "
                f"learning rate; use at most {STEPS}, or gd.descend for the run alone"
            )
        run = setting.descend()
        if run.batch:
            raise ValueError(
                f"start, learning_rate: they mean {run.batch} runs, and an explorer shows one; "
                f"give one start, such as {surface.start}, and one rate"
            )
        return run

    def _picture(self, setting, rates):
        """Draw the figure for a setting; return what `Live` wants to know of it."""
        flat = setting.surface.dimension == 1
        figure, (left, right) = plots.side_by_side(0.5 if flat else 0.42)
        main = (CurveView if flat else PlaneView)(left, setting)
        if self._beside == "outcomes":
            second = OutcomeView(right, setting, rates)
        else:
            second = LossView(right, setting, scale=self._loss_scale, compare=self._compared)
        self._views = [main, second]
        return {
            "figure": figure,
            "moving": {a: follow for view in self._views for a, follow in view.moving.items()},
            "drag": [view.ax for view in self._views if view.drag],
            "readout": main.readout,
            "label": f"{main.label} {second.label}",
        }

    def _sweep(self, setting, rates):
        """Return the run at every learning rate, as `Live.show_all` wants it."""
        runs = setting.descend(rates)
        return self._numbers(setting, runs, [self._asking(each) for each in runs.explanations()])

    def _glimpse(self, setting, run):
        """Return one run, as `Live.show_one` wants it."""
        return self._numbers(setting, run, self._asking(run.explain()))

    def _asking(self, sentence):
        return f"{sentence} {self._question}".rstrip()

    def _numbers(self, setting, runs, captions):
        others = Frames(setting.descend(self._compared)) if self._compared else None
        frames = Frames(runs, others)
        data = {a: columns for view in self._views for a, columns in view.data(frames).items()}
        return data, captions, self._views[0].numbers(frames)

    # Controls

    def _make_controls(self, choices):
        self.rate = RateSlider(self.live)
        self.player = Player(self.live)
        self.start_sliders = StartSliders()
        self.steps_slider = widgets.IntSlider(
            min=1, max=200, description="steps", continuous_update=False
        )
        self.choice = widgets.Dropdown(options=choices, description="surface")
        self.reset_button = widgets.Button(description="reset", icon="undo")
        last = [self.steps_slider, *([self.choice] if choices else []), self.reset_button]
        rows = [self.player, self.start_sliders], last
        self.children = [
            self.rate,
            self.live,
            *(widgets.HBox(row, layout=ROW) for row in rows),
        ]

    def _place_controls(self):
        """Put every control where the setting is, without hearing from it."""
        setting, busy, self._busy = self._setting, self._busy, True
        try:
            self.start_sliders.place(np.atleast_1d(setting.start), setting.surface.domain)
            self.steps_slider.max = max(200, setting.steps)
            self.steps_slider.value = setting.steps
            if self.player.step.max != setting.steps or not self.player.step.value:
                self.player.show(setting.steps)
            known = setting.surface.name in self.choice.options
            self.choice.value = setting.surface.name if known else None
        finally:
            self._busy = busy

    def _listen(self):
        self._links = [*self.rate.links, *self.player.links]
        for slider in self.start_sliders.sliders:
            slider.observe(self._handler(self._start_moved), "value")
        self.rate.slider.observe(self._handler(self._slid), "index")
        self.live.observe(self._handler(self._rested), "wanted")
        self.live.observe(self._handler(self._pointed), "pointer")
        self.steps_slider.observe(self._handler(lambda steps: self._change(steps=steps)), "value")
        self.choice.observe(self._handler(self._chosen), "value")
        reset = self._handler(lambda _: self.reset())
        self.reset_button.on_click(lambda _: reset({"new": None}))

    def _handler(self, action):
        """Wrap an action for a control: what goes wrong is said under the last good picture."""

        def handle(change):
            if self._busy:
                return
            with self._lock:
                try:
                    action(change["new"])
                except Exception as error:  # a student's rule may raise anything
                    self.live.problem = f"{type(error).__name__}: {error}"

        return handle

    def _slid(self, index):
        """Note the rate; the browser has shown it, unless its sweep is out of date."""
        setting = replace(self._setting, learning_rate=float(self.rate.rates[index]))
        if self.live.stale:
            self.live.show_one(*self._glimpse(setting, setting.descend()))
        self._setting, self.live.problem = setting, ""

    def _start_moved(self, _):
        self._change(start=self.start_sliders.value)

    def _pointed(self, pointer):
        x, y, axes = pointer
        view = self._views[int(axes)]
        setting = view.setting(self._setting, x, y)
        self._apply(replace(setting, learning_rate=self.rate.nearest(setting.learning_rate)))

    def _chosen(self, name):
        if name is not None:
            self._change_surface(surfaces[name])

    def _rested(self, version):
        if self.live.stale and version == self.live.version:
            sweep = self._sweep(self._setting, self.rate.rates)
            self.live.show_all(*sweep, frame=self.rate.slider.index)

    # As a widget

    def __repr__(self):
        return repr(self.live)

    def _repr_mimebundle_(self, **kwargs):
        bundle = super()._repr_mimebundle_(**kwargs)
        return {**bundle, "text/plain": repr(self), "image/png": self.live.still()}

    def close(self):
        """Close the explorer and all its controls; nothing of it stays in memory."""
        if self.comm is None:  # closed before, or never opened
            return
        for widget in family(self.layout, *self.children, *self._links):
            widget.close()
        super().close()
        self._views = []  # they hold the figure, and IPython's `Out` holds the explorer


def _surface(surface):
    if isinstance(surface, str):
        return surfaces[surface]
    if not isinstance(surface, Surface):
        raise TypeError(f"surface: {surface!r} is neither a name nor a Surface; try 'himmelblau'")
    return surface


def _one_of(argument, value, known):
    if value not in known:
        raise ValueError(f"{argument}: {value!r} is unknown; use one of {known}")
    return value


def _rates(argument, rates):
    """Return learning rates as a list of floats, or say that they are none."""
    try:
        numbers = np.asarray(rates, dtype=float).ravel()
    except (TypeError, ValueError):
        numbers = np.array([np.nan])
    if not (np.isfinite(numbers) & (numbers > 0)).all():
        raise ValueError(f"{argument}: {rates!r}; give learning rates above 0, such as [0.1, 0.2]")
    return numbers.tolist()
