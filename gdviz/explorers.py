"""Controls + `descend` + views + a live figure = an explorer: the one place that knows them all."""

import threading
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

import ipywidgets as widgets
import numpy as np

from . import plots, theory
from .controls import Player, RateSlider, StartSliders, rate_grid
from .descent import descend
from .lifetime import close_earlier, family
from .live import Live
from .rules import GradientDescent
from .surfaces import Surface, surfaces
from .views import CurveView, Frames, LossView, PlaneView

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
        return descend(
            self.surface,
            self.start,
            self.learning_rate if rates is None else rates,
            rule=self.rule,
            steps=self.steps,
        )


def explore(surface="himmelblau", **options):
    """Open an explorer: drag the learning rate or the start, and watch the run.

    Parameters
    ----------
    surface : str or Surface
        What to descend: the name of a surface of the gallery, or your own.
    **options
        `start`, `learning_rate`, `steps`, `rule`, `loss_scale`, `choices`: see `Explorer`.

    Returns
    -------
    Explorer
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
    loss_scale : {'log', 'linear'}, optional
        The axis of the loss; by default logarithmic where the loss stays above zero.
    choices : sequence of str, optional
        The surfaces to choose from; by default the gallery's of the same dimension. An empty
        sequence leaves the choice out.

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
        loss_scale=None,
        choices=None,
    ):
        surface = _surface(surface)
        self._setting = self._first = Setting(
            surface,
            surface.start if start is None else start,
            surface.learning_rate if learning_rate is None else learning_rate,
            steps,
            GradientDescent() if rule is None else rule,
        )
        self._first.descend()  # what cannot be run is refused before anything is shown
        super().__init__(layout={"max_width": "960px"})
        self.add_class("gdviz-explorer")
        self._lock, self._links = threading.RLock(), []
        self._busy = False
        self._loss_scale = loss_scale
        self.live = Live(**self._picture())
        self._make_controls(choices)
        self.children = self._layout()
        self._new_rates()
        self._links = self._listen()
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
            run = setting.descend()
            before, self._setting = self._setting, setting
            if (setting.surface, setting.steps) != (before.surface, before.steps):
                self.live.restage(**self._picture())
                self._new_rates()
            elif setting.rule is not before.rule or setting.learning_rate not in self.rate.rates:
                self._new_rates()
            else:
                if setting.learning_rate != before.learning_rate:
                    self._follow(setting.learning_rate)
                if not np.array_equal(setting.start, before.start) or self.live.stale:
                    self._show_one(run)
            self._place_controls()
            self.live.problem = ""

    def _picture(self):
        """Draw the figure for the setting; return what `Live` wants to know of it."""
        surface, steps = self._setting.surface, self._setting.steps
        figure, (left, right) = plots.figure_with((0.07, 0.13, 0.5, 0.82), (0.68, 0.13, 0.3, 0.82))
        main = (CurveView if surface.dimension == 1 else PlaneView)(left, surface)
        self._views = [main, LossView(right, surface, steps, self._loss_scale)]
        return {
            "figure": figure,
            "moving": {a: follow for view in self._views for a, follow in view.moving.items()},
            "drag": [left],
            "readout": main.readout,
            "label": f"{main.label} Beside it the loss after each step.",
        }

    def _new_rates(self):
        """Lay a grid of learning rates around the setting's own, and show a run for each."""
        surface, rule, rate = self.surface, self.rule, self.learning_rate
        limits = theory.limits(surface, rule)
        marks = {}
        low, high = rate / 100, rate * 100
        if limits:
            limit, best = limits
            low, high = limit / 200, 2 * limit
            marks = {"limit": limit} | ({"best": best} if best else {})
        rates = rate_grid(low, high, {rate, *marks.values()})
        at = {name: int(np.argmin(abs(rates - mark))) for name, mark in marks.items()}
        point = (surface.minima or [surface.start])[0]
        zones = _stretches(theory.regime(rates, surface, point, rule)) if limits else []
        self.rate.mark(
            rates,
            int(np.argmin(abs(rates - rate))),
            [(i, f"{name} {rates[i]:.3g}") for name, i in at.items()],
            [(*zone, plots.REGIME_COLOURS[zone[-1]]) for zone in zones],
        )
        self._show_all()

    def _follow(self, rate):
        self.rate.slider.index = self.live.frame = int(np.argmin(abs(self.rate.rates - rate)))

    def _show_all(self):
        """Compute the run at every position of the slider, and hand them to the browser."""
        runs = self._setting.descend(self.rate.rates)
        data, readout = self._numbers(runs)
        self.live.show_all(data, runs.explanations(), readout, frame=self.rate.slider.index)

    def _show_one(self, run):
        data, readout = self._numbers(run)
        self.live.show_one(data, run.explain(), readout)

    def _numbers(self, runs):
        frames = Frames(runs)
        data = {a: columns for view in self._views for a, columns in view.data(frames).items()}
        return data, self._views[0].numbers(frames)

    # Controls

    def _make_controls(self, choices):
        surface = self._setting.surface
        if choices is None:
            choices = [n for n in surfaces if surfaces[n].dimension == surface.dimension]
        self.rate = RateSlider(self.live)
        self.player = Player(self.live)
        self.start_sliders = StartSliders(self._start_moved)
        self.steps_slider = widgets.IntSlider(
            min=1, max=200, description="steps", continuous_update=False
        )
        self.choice = widgets.Dropdown(options=list(choices), description="surface")
        self.reset_button = widgets.Button(description="reset", icon="undo")
        self._place_controls()

    def _layout(self):
        rows = [self.player, self.start_sliders], [self.steps_slider, self.choice]
        rows[1].append(self.reset_button)
        return [self.rate, self.live, *(widgets.HBox(row, layout=ROW) for row in rows)]

    def _place_controls(self):
        """Put every control where the setting is, without hearing from it."""
        setting, busy, self._busy = self._setting, self._busy, True
        try:
            self.start_sliders.place(np.atleast_1d(setting.start), setting.surface.domain)
            self.steps_slider.max = max(200, setting.steps)
            self.steps_slider.value = setting.steps
            if self.player.step.max != setting.steps:
                self.player.show(setting.steps)
            known = setting.surface.name in self.choice.options
            self.choice.value = setting.surface.name if known else None
        finally:
            self._busy = busy

    def _listen(self):
        hears = {
            (self.rate.slider, "index"): self._slid,
            (self.live, "wanted"): self._rested,
            (self.live, "pointer"): lambda at: self._change(start=self._from_pointer(at)),
            (self.steps_slider, "value"): lambda steps: self._change(steps=steps),
            (self.choice, "value"): lambda name: name and self._change_surface(surfaces[name]),
        }
        for (control, trait), action in hears.items():
            control.observe(self._handler(action), trait)
        self.reset_button.on_click(lambda _: self._handler(lambda _: self.reset())({"new": None}))
        return [*self.rate.links, *self.player.links]

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
        """The browser has shown this learning rate already, unless its sweep is out of date."""
        self._setting = replace(self._setting, learning_rate=float(self.rate.rates[index]))
        if self.live.stale:
            self._show_one(self._setting.descend())

    def _start_moved(self, start):
        self._handler(lambda start: self._change(start=start))({"new": tuple(start)})

    def _rested(self, version):
        if self.live.stale and version == self.live.version:
            self._show_all()

    def _from_pointer(self, at):
        return tuple(at[: self._setting.surface.dimension])

    # As a widget

    def _repr_mimebundle_(self, **kwargs):
        bundle = super()._repr_mimebundle_(**kwargs)
        picture, _ = self.live._repr_mimebundle_(**kwargs)
        return {**bundle, **{key: picture[key] for key in ("text/plain", "image/png")}}

    def close(self):
        """Close the explorer and all its controls; nothing of it stays in memory."""
        for widget in family(*self.children, *self._links):
            widget.close()
        super().close()


def _surface(surface):
    if isinstance(surface, str):
        return surfaces[surface]
    if not isinstance(surface, Surface):
        raise TypeError(f"surface: {surface!r} is neither a name nor a Surface; try 'himmelblau'")
    return surface


def _stretches(words):
    """Return (first, last, word) for every stretch of equal words along a slider."""
    stretches, first = [], 0
    for word, same in groupby(words):
        last = first + len(list(same)) - 1
        stretches.append((max(first - 0.5, 0), min(last + 0.5, len(words) - 1), str(word)))
        first = last + 1
    return stretches
