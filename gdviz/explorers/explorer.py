"""A setting, its picture, a live figure and controls = an explorer."""

from inspect import signature

import numpy as np

from ..checks import check_keywords, check_texts, positive, short, unknown, whole, yes_or_no
from ..descent.program import look_of
from ..descent.rules import GradientDescent, as_rule
from ..live.box import LiveBox, alike, of_setting
from ..live.controls import FloatSlider, IntSlider, Player, RuledSlider, grid_step, range_around
from ..live.live import Live
from ..live.together import Dropdown, HBox, all_or_nothing, close_earlier, together
from ..losses.gallery import as_surface, surfaces
from ..losses.network import Network
from ..losses.regression import LogisticRegression
from ..pictures.axes import names_of, readable
from ..pictures.scene import Scene
from . import panels
from .basins import basin_picture
from .network import NetworkExplorer
from .rows import with_row_at
from .setting import MANY, Look, Setting, middle
from .tables import columns_of, kind_for, program_on, sentences_on


def explore(surface="himmelblau", **options):
    """Open an explorer: drag the learning rate or the start, and watch the run.

    Parameters
    ----------
    surface : str, callable, Surface or model
        What to descend: the name of a surface of the gallery, a formula such as
        ``"x**2 + 3*y**2"``, a function of x or of x and y, your own surface, or a model.
    **options
        `start`, `learning_rate`, `steps`, `rule` and more: see `Explorer`; for a `Network` see
        `NetworkExplorer`.

    Returns
    -------
    Explorer or NetworkExplorer

    Raises
    ------
    TypeError, ValueError
        Naming the argument that does not exist or does not fit, and what to give instead.

    Examples
    --------
    >>> explorer = explore("parabola", start=10, learning_rate=0.2, steps=10)
    >>> explorer.descent.end.round(6)
    array([0.060466])
    >>> explorer.close()
    >>> explore("bowl", lr=0.1)
    Traceback (most recent call last):
    TypeError: explore has no argument 'lr'; did you mean 'learning_rate'? There are start, ...
    """
    kind = NetworkExplorer if isinstance(surface, Network) else Explorer
    check_keywords("explore", options, [*signature(kind).parameters][1:])
    return kind(surface, **options)


class Explorer(LiveBox):
    """A run of gradient descent to hold in the hand.

    Every learning rate of the slider is computed ahead, in one `descend`; the browser flips
    through them. A run from another start the browser makes itself, where surface and rule are
    formulas; else the kernel makes the shown one. When the hand rests the kernel computes all
    rates anew and says what happened. The picture itself takes keys while it has the focus, for
    data points too, and zooms: with Ctrl and the wheel, two fingers, or + and -; a drag with Shift
    shifts it.

    Parameters
    ----------
    surface : str, callable, Surface or model
        A name of the gallery, a formula, a function of x or of x and y, your own surface, or a
        model: linear or logistic regression with one input, or logistic regression with two.
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
        Show so many random starts at once, spread over the domain, instead of one; with them comes
        a control for how far they are spread.
    seed : int
        For the random starts.
    batch_size : int, optional
        For a model: how many rows of the data each step looks at; with it comes a control.
    schedule : callable or str, optional
        How the learning rate changes with the steps, such as `inverse_time(50)`, or a name of the
        menu that comes with it, or with a batch size.
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
    own_rule : bool
        Offer a text box to type a rule; in a race it joins the others.
    choices : sequence of str, or True
        The surfaces of a menu; True for all of the gallery of the same dimension.
    question : str
        What the caption asks.

    Attributes
    ----------
    surface, start, learning_rate, steps, rule, stop
        What is explored; each can be set.
    descent : Descent
        The shown run.
    """

    @all_or_nothing()
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
        own_rule=False,
        choices=(),
        question="",
    ):
        if family is not None:
            family, member = panels.family_of(family)
            surface = family.make(member)
        surface, race = _surface(surface), _race(race)
        if race:
            rule, learning_rate = race[0]
        seeds = whole("seeds", seeds, " such as 20", 1, MANY)
        one_input = hasattr(surface, "predict") and surface.dimension == 2
        if beside is None:
            beside = "data" if one_input and seeds == 1 and cost == "steps" else "loss"
        if seeds > 1 and batch_size is None:
            raise ValueError("seeds: runs differ in their shuffling of the data: give batch_size.")
        if starts is not None:
            starts = whole("starts", starts, " such as 100", 2, MANY)
            start = middle(surface)
        setting = Setting(
            surface,
            surface.start if start is None else start,
            surface.learning_rate if learning_rate is None else learning_rate,
            steps,
            GradientDescent() if rule is None else as_rule(rule),
            stop if stop is not True else None,
            race=race,
            starts=starts,
            seed=whole("seed", seed, " such as 0", 0),
            seeds=seeds,
            batch_size=batch_size,
            schedule=schedule,
            even=yes_or_no("scaling", scaling),
            member=member if family else None,
            look=Look(beside, loss_scale, compare, arrows, limit, basins, question, cost),
            reveal=reveal,
        )
        choices = _choices(choices, surface)
        for name, wanted in (("formula", formula), ("own_rule", own_rule)):
            yes_or_no(name, wanted)
        if scaling and not one_input:
            raise ValueError(
                f"scaling: {surface.name!r} has no single input to standardize; give a model such "
                "as LinearRegression(x, y), or leave scaling out"
            )
        # What cannot be shown is refused here, before there is any widget.
        setting = setting.whole()
        scene = _scene(setting)
        table = self._table(setting, scene, every=not setting.slow)
        image = basin_picture(setting) if basins else None
        wanted = (
            (race, panels.RacePanel),
            (family, lambda explorer: panels.FamilyPanel(explorer, family)),
            (batch_size is not None or schedule is not None, panels.BatchPanel),
            (scaling, panels.ScalePanel),
            (stop is not None, panels.StopPanel),
            (starts is not None, panels.CloudPanel),
            (starts is not None, panels.SpreadPanel),
            (basins, panels.ZoomPanel),
            (formula, panels.FormulaPanel),
            (own_rule, panels.RulePanel),
        )
        with together():
            super().__init__(setting)
            close_earlier(self)  # before there are two figures in memory
            self.live = Live()
            self._programmed, self._story = None, (0, None)
            self._lay_out(choices, [panel for asked, panel in wanted if asked])
        shown = setting.rates.index(setting.learning_rate)
        with self.live.hold_sync():  # meanwhile the browser makes its side of the controls
            self._stage(scene, setting)
            self._put(setting, scene, table, not setting.slow, shown)
        if basins:
            self._colour(setting, image)
        self.live.observe(lambda change: self._asked(change["old"], change["new"]), "question")

    surface = property(
        lambda self: self.setting.surface,
        lambda self, surface: self.apply(lambda now: now.on(_surface(surface))),
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
        return self.setting.run

    # From a setting to the picture

    def check(self, setting):
        """Return a setting, made whole; refuse one that cannot be shown."""
        return setting.whole(self.setting)

    def show(self, before, setting, take_over):
        """Show a setting: what of it is not shown yet; first compute, then change.

        When the start alone has moved, or the ground is dragged, the shown run goes ahead; where
        the browser can paint the ground itself the background waits until the hand rests.
        """
        dragged = setting.held is not None and setting.surface is not before.surface
        waits = dragged and self._may_wait(setting)
        redraw = setting.drawn != self._drawn and not waits
        scene = _scene(setting) if redraw else self._scene
        same = setting.answered == before.answered and not redraw
        every = not same and not dragged and not setting.slow
        moved = (setting.start, setting.spread) != (before.start, before.spread)
        slid = not self.live.whole and setting.learning_rate != before.learning_rate
        wanted = not same or moved or slid
        table = self._table(setting, scene, every=every) if wanted else None
        basins = setting.look.basins and (redraw or setting.coloured != self._coloured)
        if basins and not redraw and self.by_hand and self.live.program.get("map"):
            basins = False  # the browser makes the map; the still follows when the hand rests
        image = basin_picture(setting) if basins else None
        # With other rates the frame comes along with their table; else a hand may be ahead of it.
        other = setting.rates is not before.rates
        frame = setting.rates.index(setting.learning_rate) if other else None
        with self.rate.slider.hold_sync():  # told last, lest the old picture follow the slider
            if redraw:
                self._stage(scene, setting)
            if table is not None:
                self._put(setting, scene, table, every, frame)
            take_over()
        if image is not None:
            self._colour(setting, image)

    def _colour(self, setting, image):
        """Show the basins of a setting."""
        frame = setting.rates.index(setting.learning_rate)
        self.live.show_image(self._scene.views[0].basins, image, frame)
        self._coloured = setting.coloured

    def _may_wait(self, setting):
        """Whether all that another ground changes in the picture can move without a new one."""
        known = bool(self.live.program) and look_of(setting.surface) is not None
        painted = setting.shown is None or (setting.surface.dimension == 2 and known)
        return setting.moves and painted and setting.framed == self._framed

    def _stage(self, scene, setting):
        """Change the whole picture to the scene of a setting."""
        self.live.restage(**scene.picture)
        self._scene, self._drawn, self._framed = scene, setting.drawn, setting.framed

    def _put(self, setting, scene, table, every, frame=None):
        """Send a table, and by what numbers the browser fills the next one itself."""
        spread = [setting.spread] * (setting.starts is not None)
        number = [setting.member] * bool(self.live.members)
        answers = {"start": [*setting.start, *spread, *number]}
        moving = [*self.live.sliders[: len(setting.shown or ())], *self.live.sliders[2:]]
        places = zip(moving, answers["start"], strict=False)  # beyond a plane no slider moves it
        answers["ahead"] = not all(alike(slider, at, slider.value) for slider, at in places)
        answers["turn"] = self.live.question.get("turn")
        answers["frame"] = setting.rates.index(setting.learning_rate)
        story = setting.surface, setting.rule if setting.race else None
        if story != self._story[1]:
            self._story = self._story[0] + 1, story
        answers["story"] = self._story[0]
        answers["ground"] = setting.drawn != self._drawn
        programmed = setting.answered, setting.framed
        with self.live.hold_sync():
            if programmed != self._programmed:  # another start has the same program
                self.live.program = program_on(setting, [view.drags for view in scene.views])
                self._programmed = programmed
            exact = kind_for(setting) is np.float64
            self.live.show(*table, whole=every, frame=frame, answers=answers, exact=exact)

    @staticmethod
    def _table(setting, scene, *, every):
        """Return columns and captions of the shown run, or of the runs at all learning rates."""
        rates = setting.rates.values if every else None
        columns, runs = columns_of(setting, scene.names, rates)
        return columns, sentences_on(setting, runs)

    def _asked(self, before, question):
        """Answer the browser: where a pointer has moved, what was zoomed, that the hand rests."""
        if question.get("turn") != before.get("turn"):
            place = [question.get(name) for name in ("at", "axes", "press", "start", "row")]
            self.attempt(lambda: self.apply(lambda setting: self._pointed(setting, *place)))
        if question.get("zoomed") != before.get("zoomed"):
            window = question["window"] and tuple(tuple(map(float, v)) for v in question["window"])
            self.attempt(lambda: self.change(window=window))
        if question.get("picture") != before.get("picture"):
            self.attempt(lambda: self._colour_at(question["picture"]["frame"]))
        if question.get("key") == self.live.key and not self.live.whole:
            self.attempt(self._show_all)

    def _show_all(self):
        setting = self.setting
        stale = setting.drawn != self._drawn
        if setting.slow and not stale:
            return
        scene = _scene(setting) if stale else self._scene
        table = self._table(setting, scene, every=not setting.slow)
        with self.live.hold_sync():
            if stale:
                self._stage(scene, setting)
            self._put(setting, scene, table, not setting.slow)

    def _colour_at(self, frame):
        """Colour the plane for the frame at which a hand rests; its slider may be heard later."""
        rate = self.setting.rates.values[min(frame, len(self.setting.rates.values) - 1)]
        setting = self.setting.but(learning_rate=float(rate))
        if self._coloured != setting.coloured:
            self._colour(setting, basin_picture(setting))

    def _pointed(self, setting, at, axes, press, start, row):
        """Return the setting that the place under a pointer makes; the browser may show it yet."""
        view = self._scene.views[axes]
        if view.drags == "row":
            return with_row_at(setting, view.ax, *at, press, row)
        if view.drags == "rate and start":
            rate, *at = at
            setting = setting.but(learning_rate=setting.rates.nearest(rate))
        d = setting.surface.dimension
        return setting.but(start=tuple(start[:d]) if start else _on_grid(setting, at[:d]))

    def close(self):
        """Close the explorer and all its controls; nothing of it stays in memory."""
        if self.comm is not None:
            super().close()
            self.setting = self._first = self.setting.but(rates=None)

    # Controls

    def _lay_out(self, choices, wanted):
        """Make the controls that every explorer has, each bound to its field, and these panels."""
        self._bind_run(RuledSlider(self.live, "learning rate"), Player(self.live))
        self.bind(self.rate.ruler, fit=lambda setting: setting.rates.ruler)
        of = {"description": "number of steps", "continuous_update": False}
        self.steps_slider = IntSlider(min=1, max=200, **of)
        self.bind(
            self.steps_slider,
            lambda setting: setting.steps,
            lambda setting, steps: setting.but(steps=steps),
            fit=lambda setting: {"max": max(200, setting.steps)},
        )
        self.choice = self._menu_of(choices) if choices else None
        start = self._start_sliders()
        self.live.sliders = list(self._sliders)
        self.panels = [panel(self) for panel in wanted]
        kinds = panels.ZoomPanel | panels.CloudPanel
        buttons = [panel for panel in self.panels if isinstance(panel, kinds)]
        tools = [*filter(None, [self.choice]), *buttons, self.reset_button]
        tools = HBox(tools).add_class("gdviz-tools")
        first = [self.rate, self.live, self.player, start, self.steps_slider, tools]
        self.children = [*first, *(panel for panel in self.panels if panel not in buttons)]

    def _menu_of(self, choices):
        """Return a menu of surfaces; one that is not on it joins it while it is shown."""
        menu = [(f"{name}: {readable(surfaces.formula(name))}", name) for name in choices]

        def offered(setting):
            name = setting.surface.name
            return {"options": [*menu, *[(name, name)] * (name not in choices)]}

        dropdown = Dropdown(description="surface")
        self.bind(
            dropdown,
            lambda setting: setting.surface.name,
            lambda setting, name: setting.on(surfaces[name]) if name in choices else setting,
            fit=offered,
        )
        return dropdown

    def _start_sliders(self):
        """Return a slider per coordinate of the start; none beyond a plane.

        A cloud of random starts is moved by its spread.
        """
        sliders = self._sliders = [FloatSlider() for _ in "xy"]
        self.start_sliders = HBox().add_class("gdviz-among")
        others = self.live.controls

        def shown(setting):
            count = len(setting.shown or ()) if setting.starts is None else 0
            return {"children": tuple(sliders[:count])}

        def put(children):
            self.start_sliders.children = children
            self.live.controls = others | dict(zip("xy", children, strict=False))

        self.bind(self.start_sliders, fit=shown, put=put)
        for i, slider in enumerate(sliders):
            self._bind_start(i, slider)
        return self.start_sliders

    def _bind_start(self, i, slider):
        def here(setting):
            return i < len(setting.shown or ())

        def moved(setting, value):
            return setting.but(start=(*setting.start[:i], value, *setting.start[i + 1 :]))

        def range_of(setting):
            if not here(setting):
                return {}
            name = {"description": f"start {names_of(setting.surface)[i]}"}
            return name | range_around(setting.start[i], *setting.shown[i])

        self.bind(
            slider,
            lambda setting: setting.start[i] if here(setting) else slider.value,
            moved,
            fit=range_of,
        )


def _scene(setting):
    """Return the picture of a setting."""
    mapped = None
    if setting.look.beside == "outcomes":
        rates, ((low, high),) = setting.rates.values, setting.shown
        starts = np.linspace(low, high, 121)
        runs = setting.but(start=starts[np.newaxis, :, np.newaxis]).descend(rates)
        mapped = rates, starts, runs.outcome
    return Scene(setting, mapped)


def _on_grid(setting, place):
    """Return a place in the plane, rounded to what the start sliders hold."""
    steps = np.array([grid_step(*ends) for ends in setting.shown])
    return tuple(float(f"{each:.15g}") for each in np.round(place / steps) * steps)


def _race(given):
    """Return racing rules with their rates, a tuple of pairs."""
    if given is None:
        return ()
    if not isinstance(given, dict) or not given:
        raise TypeError(
            "race must be a dict such as {gd.GradientDescent(): 0.1, gd.Momentum(0.9): 0.02}, not "
            f"{short(given)}."
        )
    try:
        return tuple((as_rule(rule), positive(rate, "race")) for rule, rate in given.items())
    except TypeError as error:
        raise TypeError(f"race: {error}") from None


def _choices(given, surface):
    """Return the names of a menu of surfaces."""
    if isinstance(given, bool):
        return list(surfaces.keys(surface.dimension)) if given else []
    names = check_texts("choices", given, "names such as ['bowl', 'saddle']")
    for name in names:
        if name not in surfaces:
            raise ValueError(unknown("choices:", name, surfaces))
    return names


def _surface(given):
    """Return what is to be descended; refuse what a plane cannot show."""
    surface = as_surface(given)
    decides = isinstance(surface, LogisticRegression) and surface.dimension == 3
    if hasattr(surface, "predict") and surface.dimension != 2 and not decides:
        raise ValueError(
            f"surface: {surface!r} has {surface.dimension} parameters, and a plane shows two; "
            "give a model with one input, or LogisticRegression with two"
        )
    return surface


def _signed(function):
    """Give `explore` the arguments of both explorers, so that `help` shows them."""
    of_explorer, of_network = (signature(kind).parameters for kind in (Explorer, NetworkExplorer))
    more = [each for name, each in of_network.items() if name not in {*of_explorer, "network"}]
    function.__signature__ = signature(Explorer).replace(parameters=[*of_explorer.values(), *more])


_signed(explore)
