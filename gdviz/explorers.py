"""Controls + `descend` + views + a live figure = an explorer: the one place that knows them all."""

from dataclasses import replace

import numpy as np

from .basins import basin_picture
from .checks import check_steps
from .controls import Controls
from .datapanels import BatchPanel, ScalePanel
from .lifetime import close_earlier
from .live import Live
from .livebox import LiveBox, of_setting
from .models import LogisticRegression
from .network import Network
from .networks import NetworkExplorer
from .panels import (
    CloudPanel,
    FamilyPanel,
    FormulaPanel,
    RulePanel,
    StopPanel,
    ZoomPanel,
    middle,
    random_offsets,
    with_cloud,
)
from .rules import GradientDescent, as_rule
from .scenes import Look, Scene
from .setting import RATES, Setting, rate_range
from .surfaces import Surface, surfaces

STEPS = 2000  # beyond this a sweep is too much for a browser
CLOUD_RATES = 41  # fewer positions of the slider where each holds many runs


def explore(surface="himmelblau", **options):
    """Open an explorer: drag the learning rate or the start, and watch the run.

    Parameters
    ----------
    surface : str, Surface or model
        What to descend: the name of a surface of the gallery, your own, or a model.
    **options
        `start`, `learning_rate`, `steps`, `rule` and more: see `Explorer`; for a `Network` see
        `NetworkExplorer`.

    Returns
    -------
    Explorer or NetworkExplorer

    Examples
    --------
    >>> explorer = explore("parabola", start=10, learning_rate=0.2, steps=10)
    >>> explorer.descent.end.round(6)
    array([0.060466])
    >>> explorer.close()
    """
    kind = NetworkExplorer if isinstance(surface, Network) else Explorer
    return kind(surface, **options)


class Explorer(LiveBox):
    """A run of gradient descent to hold in the hand.

    Every learning rate of the slider is computed ahead, in one `descend`; the browser flips
    through them. The start goes through the kernel: first the shown run, then, when the hand
    rests, all the others.

    Parameters
    ----------
    surface : str, Surface or model
        A name of the gallery, your own surface, or a model: linear or logistic regression with
        one input, or logistic regression with two.
    start : float or sequence of float, optional
        Where to begin; by default the surface's own start.
    learning_rate : float, optional
        By default the surface's own.
    steps : int
        How many steps a run takes.
    rule : callable, optional
        How a gradient becomes a step; by default plain gradient descent.
    stop : Stop or True, optional
        When to stop earlier; with it come controls for the criteria.
    reveal : int, optional
        How many steps to show at first; by default all. The player shows the rest.
    beside : {'loss', 'outcomes', '3d', 'data'}, optional
        What stands beside the surface: the loss after each step; in one dimension a map of what
        happens for every learning rate and start; in two the surface seen in space; for a model
        (by default) its data.
    loss_scale : {'log', 'linear'}, optional
        The axis of the loss; by default logarithmic where the loss stays above zero.
    compare : sequence of float
        Learning rates whose losses are drawn quietly behind the run's.
    arrows : bool
        Draw the gradient in the plane: a field of arrows, and one at the shown step.
    limit : bool
        Read out the stable limit at the shown step.
    basins : bool
        Colour the plane by the minimum that each start reaches at the shown learning rate.
    starts : int, optional
        Show so many random starts at once, spread over the domain, instead of one.
    seed : int
        For the random starts.
    batch_size : int, optional
        For a model: how many rows of the data each step looks at; with it comes a control.
    schedule : callable, optional
        How the learning rate changes with the steps, such as `inverse_time(50)`; with it, or with
        a batch size, comes a menu.
    cost : {'steps', 'rows'}
        What the loss is drawn against: steps, or rows of data looked at.
    scaling : bool
        For a model with one input: offer to standardize it, and say what becomes of the valley.
    seeds : int
        Show so many runs at once, each with its own shuffling of the data.
    race : dict of rule to float, optional
        Rules that race from one start, each with a learning rate of its own. The first is driven
        by the slider; a choice is offered of the others.
    family : tuple (make, label, low, high, value), optional
        A slider over surfaces: ``make(number)`` is the surface for a number from low to high. The
        explorer opens with ``make(value)``.
    formula : bool
        Offer a text box to type a surface.
    choices : sequence of str, optional
        The surfaces to choose from; by default the gallery's of the same dimension. An empty
        sequence leaves the choice out.
    question : str
        What the caption asks.

    Attributes
    ----------
    surface, start, learning_rate, steps, rule, stop
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
        stop=None,
        reveal=None,
        beside=None,
        loss_scale=None,
        compare=(),
        arrows=False,
        limit=False,
        basins=False,
        starts=None,
        seed=0,
        batch_size=None,
        schedule=None,
        cost="steps",
        scaling=False,
        seeds=1,
        race=None,
        family=None,
        formula=False,
        choices=None,
        question="",
    ):
        surface = _surface(family[0](family[-1]) if family else surface)
        self.racers = {as_rule(each): rate for each, rate in (race or {}).items()}
        if self.racers:
            rule, learning_rate = next(iter(self.racers.items()))
        setting = Setting(
            surface,
            surface.start if start is None else start,
            surface.learning_rate if learning_rate is None else learning_rate,
            steps,
            GradientDescent() if rule is None else as_rule(rule),
            stop if stop is not True else None,
            batch_size=batch_size,
            schedule=schedule,
            even=scaling,
            cloud=np.zeros((surface.dimension, seeds)) if batch_size and seeds > 1 else None,
        )
        if starts is not None:
            setting = with_cloud(setting, starts, seed)
        self.setting = self._first = setting
        if beside is None:
            alone = hasattr(surface, "predict") and setting.cloud is None and cost == "steps"
            beside = "data" if alone and surface.dimension == 2 else "loss"
        self.look = Look(beside, loss_scale, compare, arrows, limit, basins, question, cost)
        self._first_look = self.look
        if choices is None:
            choices = [] if hasattr(surface, "predict") else surfaces.keys(surface.dimension)
        choices = list(choices)
        for unknown in {*choices} - {*surfaces.keys()}:
            _surface(unknown)  # says which name is nearest
        if scaling and not (hasattr(surface, "predict") and surface.dimension == 2):
            raise ValueError(
                f"scaling: {surface.name!r} has no single input to standardize; give a model such "
                "as LinearRegression(x, y), or leave scaling out"
            )
        # What cannot be run is refused here, before there is any widget.
        self._check(setting, self.look)
        if reveal is not None and reveal not in range(steps + 1):
            raise ValueError(f"reveal: {reveal!r} is no step of this run; use 0 to {steps}")
        rates, *ruler = self._rates(setting)
        self._scene = Scene(self.look, setting, rates, self.racers)
        sweep = self._scene.sweep(setting, rates, self.racers)
        super().__init__()
        self.live = Live(**self._scene.picture)
        self.controls = Controls(self.live, choices)
        self.rate, self.player = self.controls.rate, self.controls.player
        self.start_sliders, self.steps_slider = self.controls.start, self.controls.steps
        self.choice, self.reset_button = self.controls.choice, self.controls.reset
        self.panels = [
            panel()
            for wanted, panel in (
                (self.racers, lambda: RulePanel(self)),
                (family, lambda: FamilyPanel(self, *family)),
                (batch_size is not None or schedule is not None, lambda: BatchPanel(self)),
                (scaling, lambda: ScalePanel(self)),
                (stop is not None, lambda: StopPanel(self)),
                (starts is not None, lambda: CloudPanel(self, seed)),
                (basins, lambda: ZoomPanel(self)),
                (formula, lambda: FormulaPanel(self)),
            )
            if wanted
        ]
        self.children = [self.rate, self.live, *self.controls.rows, *self.panels]
        self.rate.lay_out(rates, self.learning_rate, *ruler)
        self._place_controls()
        self.live.show_all(*sweep, frame=self.rate.slider.index)
        self._colour_basins()
        if reveal is not None:
            self.player.show(steps, reveal)
        self._listen()
        close_earlier(self)

    surface = property(
        lambda self: self.setting.surface,
        lambda self, surface: self._to_surface(_surface(surface)),
        doc="The surface that is descended; set it by name or to your own.",
    )
    start = of_setting("start", "Where the run begins.")
    learning_rate = of_setting("learning_rate", "The learning rate of the shown run.")
    steps = of_setting("steps", "How many steps the run takes.")
    rule = property(
        lambda self: self.setting.rule,
        lambda self, rule: self.change(rule=as_rule(rule)),
        doc="How a gradient becomes a step.",
    )
    stop = of_setting("stop", "When the run stops before its last step.")

    @property
    def descent(self):
        """The shown run."""
        return self.setting.descend()

    def reset(self):
        """Go back to how the explorer was opened."""
        self._apply(self._first, self._first_look)

    # From a setting to the picture

    def change(self, **changes):
        """Change some of the setting's fields at once."""
        self._apply(replace(self.setting, **changes))

    def change_look(self, **changes):
        """Change how it looks: fields of `Look`."""
        self._apply(self.setting, replace(self.look, **changes))

    def _to_surface(self, surface):
        changes = dict.fromkeys(("window", "scaling", "room", "held"))
        changes |= {"surface": surface, "start": surface.start}
        if self.setting.cloud is not None:
            count, seed = self.setting.cloud.shape[1], 0
            changes |= {"start": middle(surface), "cloud": random_offsets(surface, count, seed)}
        if not self.racers:
            changes["learning_rate"] = surface.learning_rate
        self.change(**changes)

    def _apply(self, setting, look=None):
        """Take a setting over and show it; one that cannot be run changes nothing."""
        with self._lock:
            before, look = self.setting, look or self.look
            run = self._check(setting, look)

            def differs(*names):
                return any(getattr(setting, n) is not getattr(before, n) for n in names)

            redraw = differs("surface", "window") or setting.steps != before.steps
            redraw |= look != self.look
            other_rates = differs("rule") or not self.rate.holds(setting.learning_rate)
            redraw |= differs("rule") and bool(self.racers)
            redraw |= other_rates and self.look.beside == "outcomes"  # a map of these very rates
            if redraw or other_rates or differs("stop", "cloud", "batch_size", "schedule"):
                self._relay(
                    setting, look, redraw, run if setting.held and differs("held") else None
                )
            else:
                moved = not np.array_equal(setting.start, before.start) or self.live.stale
                glimpse = self._scene.glimpse(setting, run, self.racers) if moved else None
                self.setting = setting
                if moved:
                    self.live.show_one(*glimpse)  # as soon as may be: a hand waits for it
                self.rate.slide_to(setting.learning_rate)
                self._place_controls()
                if moved:
                    self.live.say(self._scene.sentence(setting, run))
            if redraw or differs("rule") or setting.learning_rate != before.learning_rate:
                self._colour_basins()
            self.live.problem = ""

    def _relay(self, setting, look, redraw, dragged=None):
        """Take over a setting that needs another sweep; at first compute, then change.

        While data are dragged their run alone is shown; the sweep comes when the hand rests.
        """
        rates, *ruler = self._rates(setting)
        racers = dict(self.racers)
        if setting.rule in racers:
            racers[setting.rule] = setting.learning_rate
        scene = Scene(look, setting, rates, racers) if redraw else self._scene
        if dragged is None:
            sweep = scene.sweep(setting, rates, racers)
        else:
            glimpse = scene.glimpse(setting, dragged, racers)
        self.setting, self.racers, self._scene, self.look = setting, racers, scene, look
        with self.rate.slider.hold_sync():  # told last, lest the old picture follow the slider
            with self._quietly():  # the slider passes through 0 when its rates change
                self.rate.lay_out(rates, setting.learning_rate, *ruler)
            self._place_controls()
            if redraw:
                self.live.restage(**scene.picture)
            if dragged is None:
                self.live.show_all(*sweep, frame=self.rate.slider.index)
            else:
                with self.live.hold_sync():
                    self.live.frame = self.rate.slider.index
                    self.live.show_one(*glimpse)
                self.live.say(scene.sentence(setting, dragged))

    def _rates(self, setting):
        return rate_range(setting, RATES if setting.cloud is None else CLOUD_RATES)

    def _colour_basins(self):
        """Colour the plane by the minimum each start reaches at the shown learning rate."""
        if self.look.basins:
            self.live.show_image(self._scene.views[0].basins, basin_picture(self.setting))

    def _check(self, setting, look):
        """Return the run of a setting; refuse what an explorer cannot show."""
        look.check(setting, self.racers)
        steps = check_steps(setting.steps)
        if steps > STEPS:
            raise ValueError(
                f"steps: the browser would need {steps * 1.5e-3:.3g} MB for {steps} steps at every "
                f"learning rate; use at most {STEPS}, or gd.descend for the run alone"
            )
        run = setting.descend()
        if run.batch and setting.cloud is None:
            raise ValueError(
                f"start, learning_rate: they mean {run.batch} runs, and an explorer shows one; "
                f"give one start, such as {setting.surface.start}, and one rate"
            )
        return run

    # Controls

    def _place_controls(self):
        """Put every control where the setting is, without hearing from it."""
        with self._quietly():
            for part in (self.controls, *self.panels):
                part.place(self.setting)

    def _listen(self):
        self._links = [self.choice, *self.rate.links, *self.player.links]
        for slider in self.controls.start.sliders:
            slider.observe(self.handler(self._start_moved), "value")
        self.rate.slider.observe(self.handler(self._slid), "index")
        self.live.observe(self.handler(self._rested), "wanted")
        self.live.observe(self.handler(self._pointed), "pointer")
        self.controls.steps.observe(self.handler(lambda steps: self.change(steps=steps)), "value")
        self.controls.choice.observe(self.handler(self._chosen), "value")
        self.controls.reset.on_click(self.pressed(self.reset))

    def _slid(self, index):
        """Note the rate; the browser has shown it, unless its sweep is out of date."""
        setting = replace(self.setting, learning_rate=float(self.rate.rates[index]))
        if self.live.stale:
            run = setting.descend()
            self.live.show_one(*self._scene.glimpse(setting, run, self.racers))
            self.live.say(self._scene.sentence(setting, run))
        self.setting, self.live.problem = setting, ""
        if setting.rule in self.racers:
            self.racers[setting.rule] = setting.learning_rate
        self._colour_basins()

    def _start_moved(self, _):
        start = self.controls.start.value
        if not np.array_equal(start, self.start):
            self.change(start=start)

    def _pointed(self, pointer):
        x, y, axes, *press = pointer
        view = self._scene.views[int(axes)]
        setting = view.setting(self.setting, x, y, *press)
        self._apply(replace(setting, learning_rate=self.rate.nearest(setting.learning_rate)))

    def _chosen(self, name):
        if name is not None:
            self._to_surface(surfaces[name])

    def _rested(self, version):
        if self.live.stale and version == self.live.version:
            sweep = self._scene.sweep(self.setting, self.rate.rates, self.racers)
            self.live.show_all(*sweep, frame=None)


def _surface(surface):
    if isinstance(surface, str):
        return surfaces[surface]
    if isinstance(surface, Surface):
        return surface
    if not hasattr(surface, "predict"):
        raise TypeError(f"surface: {surface!r} is neither a name nor a Surface; try 'himmelblau'")
    decides = isinstance(surface, LogisticRegression) and surface.dimension == 3
    if surface.dimension != 2 and not decides:
        raise ValueError(
            f"surface: {surface!r} has {surface.dimension} parameters, and a plane shows two; "
            "give a model with one input, or LogisticRegression with two"
        )
    return surface
