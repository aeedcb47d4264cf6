"""The explorer for a network that learns a curve: it trains in the background, and never blocks."""

from time import perf_counter

import ipywidgets as widgets
import numpy as np

from ..checks import check_text, in_words, short
from ..descent.verdicts import verdict
from ..formulas.taylor import taylor as taylor_of
from ..live.box import LiveBox, of_setting, put_traits
from ..live.controls import IntSlider, Player, RuledSlider, SelectionSlider
from ..live.live import Live
from ..live.together import Button, Dropdown, HBox, all_or_nothing, close_earlier, together
from ..live.worker import Worker
from ..losses.network import ACTIVATIONS
from ..pictures.training import TrainingScene
from .fits import Fit, unit_columns
from .rates import Rates, zones_of
from .training import Training

SOON = 0.015  # seconds: a training that takes no longer shows itself only when it is done
REST = 0.0005  # seconds of rest after each piece of work: the kernel answers in between
FRAME = 0.15  # seconds between two pictures of a training that goes on
STEPS = 50, 100, 200, 500, 1000, 2000, 5000, 10_000
SCALES = 0.0, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0


class NetworkExplorer(LiveBox):
    """A network learning a curve, to hold in the hand.

    The shown network is trained first, in the background but for the first; the picture shows it
    learning. Then, when the hand rests, all other learning rates of the slider are trained at
    once. Whatever is changed meanwhile, the newest setting wins.

    Parameters
    ----------
    network : Network
        With one input and one output.
    learning_rate : float, optional
        By default the network's own.
    steps : int
        How many steps a training takes, at most 20,000.
    seed : int
        For the random start.
    scale : float
        Multiplies the random start. At 0 all hidden units are alike; at 10 they start saturated.
    taylor : tuple (formula, degree) or (formula, degree, center), optional
        The true curve, and which Taylor polynomial of it to compare the network with; with it
        comes a control for the degree. The center is 0 by default.
    reveal : int, optional
        How many steps to show at first; by default all. The player shows the rest.
    beside : {'loss', 'network'}
        What stands beside the curve: the loss after each step; or the network, with the slope of
        the loss by each weight at the shown step: how the error flows back through the units.
    question : str
        What the caption asks.

    Attributes
    ----------
    surface : Network
    learning_rate, steps, hidden, activation, seed, scale, degree
        What is explored; each can be set. The picture follows in the background: see `wait`.
    descent : Descent
        The shown run.

    Examples
    --------
    >>> from gdviz.losses.network import Network
    >>> x = np.linspace(-3, 3, 64)
    >>> explorer = NetworkExplorer(Network(x, np.sin(x)), steps=100, taylor=("sin(x)", 5))
    >>> explorer.descent.loss[-1] < explorer.descent.loss[0]
    np.True_
    >>> explorer.close()
    """

    @all_or_nothing()
    def __init__(
        self,
        network,
        *,
        learning_rate=None,
        steps=1000,
        seed=0,
        scale=1.0,
        taylor=None,
        reveal=None,
        beside="loss",
        question="",
    ):
        rate = getattr(network, "learning_rate", None) if learning_rate is None else learning_rate
        polynomial = None if taylor is None else _polynomial(taylor)
        training = Training(network, rate, steps, seed, scale, polynomial, reveal, beside)
        scene = TrainingScene(training, check_text("question", question))
        self._worker, self._course, self._many = Worker(self._failed), None, None
        with together():
            super().__init__(training)
            close_earlier(self)  # before there are two figures in memory
            self._scene, self.live = scene, Live()
            self._lay_out()
        self.live.restage(**scene.picture)  # meanwhile the browser makes its side of the controls
        self._course = training.courses(training.learning_rate)
        for _ in self._train(self._course, patience=np.inf):
            pass
        self.live.observe(lambda change: self._asked(change["new"].get("key")), "question")

    surface = of_setting("surface", "The network; set it to another one, with other data.")
    learning_rate = of_setting("learning_rate", "The learning rate of the shown network.")
    steps = of_setting("steps", "How many steps a training takes.")
    seed = of_setting("seed", "Of the random start.")
    scale = of_setting("scale", "Multiplies the random start.")
    hidden = of_setting("hidden", "How many hidden units there are.")
    activation = of_setting("activation", "How a hidden unit bends.")
    degree = of_setting("degree", "The degree of the Taylor polynomial; None if there is none.")

    @property
    def descent(self):
        """The shown run; it waits until that has been trained, or stopped."""
        self._settle()
        return self.setting.descend(max(1, self._course.steps))

    def wait(self, seconds=None):
        """Wait until nothing is being computed; return whether that is so."""
        return self._worker.wait(seconds)

    def _settle(self):
        """Wait until the shown run has been trained, or stopped."""
        while not self._course.done and not self.wait(0.02):
            pass

    def interrupt(self):
        """Stop training; what is known by then is shown, and stays."""
        if self._worker.busy:
            self._worker.start(self._halt(self._course))

    # From a setting to the picture

    def show(self, before, setting, take_over):
        """Show what is known of a setting, and train what is not."""

        def differs(*names):
            return any(getattr(setting, n) != getattr(before, n) for n in names)

        redraw = differs("steps") or not setting.same_data(before)
        scene = TrainingScene(setting, self._scene.question) if redraw else self._scene
        other = differs("surface", "steps", "seed", "scale")
        self._scene = scene
        if other or setting.rates is not before.rates:
            self._many = None
            self.rate.ruler.marks = self.rate.ruler.zones = []
        with self.live.hold_sync():
            if redraw:
                self.live.restage(**scene.picture)
            take_over()
            if self._many is not None and self._many.done:
                self._course = self._many.one(self.rate.slider.index)
                if differs("taylor") or not self.live.whole:
                    self._show()
                else:
                    self._show_units()
            elif redraw or other or differs("learning_rate"):
                self._course = setting.courses(setting.learning_rate)
                self._worker.start(self._train(self._course))
                if redraw:
                    self._show()
            elif differs("taylor"):
                self._show()

    # The work in the background. A course that is no longer the explorer's is out of date.

    def _train(self, course, patience=SOON):
        """Train the shown network; show it on the way unless it is as good as done."""
        begun = perf_counter()
        due = begun + patience
        while True:
            course.advance()
            if course.done:  # it is shown before any pause, at which the next job may begin
                break
            now = perf_counter()
            if now > due and (now - begun) * (1 / course.share - 1) > SOON:
                self._progress(course.share, "training")
                self._show(course)
                due = perf_counter() + FRAME
            yield REST
        self._progress(None)
        self._show(course)

    def _sweep(self, many):
        """Train networks at all other learning rates; show them once all are known."""
        while not many.done:
            many.advance()
            self._progress(many.share, "other rates")
            yield REST
        fit = Fit(many, self._scene)
        yield 0
        with self._lock:
            if many is self._many:
                self._show_all(fit)
        self._progress(None)

    def _halt(self, course):
        """Show how far the training has come."""
        if not course.done:
            self._show(course)
        self._progress(None)
        yield 0

    def _show(self, course=None):
        """Show the shown run as far as it is known."""
        with self._lock:
            if course not in (None, self._course):
                return
            fit, taylor = Fit(self._course, self._scene), self.setting.taylor
            columns = fit.with_taylor(taylor) | unit_columns(self._course, self._scene)
            self.live.show(columns, fit.captions(taylor), whole=False)

    def _show_all(self, fit):
        """Show the trainings at all learning rates, and the units of the shown one."""
        taylor = self.setting.taylor
        self.live.show(fit.with_taylor(taylor), fit.captions(taylor))
        rates = self.setting.rates.values
        words = np.array([verdict(self._many, i) for i in range(len(rates))])
        ends = np.where(words == "learns", self._many.loss[-1], np.inf)
        best = [("best", float(rates[ends.argmin()]))] if np.isfinite(ends).any() else []
        put_traits(self.rate.ruler, **Rates(rates, best, zones_of(words)).ruler)
        self._course = self._many.one(self.rate.slider.index)
        self._show_units()

    def _show_units(self):
        units = unit_columns(self._course, self._scene)
        self.live.show_detail(units, self.rate.slider.index)

    def _failed(self, error):
        self.live.problem = in_words(error)

    def _asked(self, key):
        """Train the networks at all other learning rates when the hand rests."""
        with self._lock:
            if key != self.live.key or self.live.whole or not self._course.done:
                return
            if self._many is None:
                self._many = self.setting.courses(self.setting.rates.values)
            self._worker.start(self._sweep(self._many))

    # Controls

    def _lay_out(self):
        """Make the controls, each bound to its field."""
        self._bind_run(RuledSlider(self.live, "learning rate"), Player(self.live))
        self.player.play.interval = 60
        self.controls = {
            "hidden": IntSlider(min=0, max=50, description="hidden units"),
            "activation": Dropdown(options=list(ACTIVATIONS), description="activation"),
            "seed": IntSlider(min=0, max=30, description="seed"),
            "scale": _choice(SCALES, "start scale"),
            "steps": _choice(STEPS, "number of steps"),
        }
        if self.setting.taylor is not None:
            self.controls["degree"] = IntSlider(min=0, max=20, description="degree")
        for name, control in self.controls.items():
            self._bind_field(name, control)
        self.stop = Button(description="stop training", icon="pause", disabled=True)
        self.bar = widgets.FloatProgress(min=0, max=1)
        self.on_press(self.stop, self.interrupt)
        tools = HBox([self.bar, self.stop, self.reset_button]).add_class("gdviz-tools")
        self.children = [self.rate, self.live, self.player, *self.controls.values(), tools]
        self._progress(None)

    def _bind_field(self, name, control):
        """Tie a control to the field of its name, and widen its range to what that may be."""
        usual, highest = getattr(control, "options", ()), getattr(control, "max", None)

        def fit(training):
            value = getattr(training, name)
            if isinstance(control, widgets.SelectionSlider):
                return {"options": sorted({*usual, value})}
            return {} if highest is None else {"max": max(highest, value)}

        self.bind(
            control,
            lambda training: getattr(training, name),
            lambda training, value: training.but(**{name: value}),
            fit=fit,
        )

    def _progress(self, share, what=""):
        """Show how much is done, from 0 to 1; None when there is nothing to wait for."""
        self.stop.disabled = share is None
        self.bar.layout.visibility = "hidden" if share is None else "visible"
        self.bar.description, self.bar.value = what, round(share or 0, 2)

    # As a widget

    def _repr_mimebundle_(self, **kwargs):
        if not self.wait(0):
            self._settle()
            with self._lock:
                if not self.live.whole:
                    self._show()
        return super()._repr_mimebundle_(**kwargs)

    def close(self):
        """Close the explorer and all its controls, and end its work."""
        if self.comm is None:
            return
        with self._lock:
            self._course = self._many = None
        self._worker.stop()
        self._worker.wait(2)
        super().close()


def _polynomial(taylor):
    if not isinstance(taylor, tuple | list) or len(taylor) not in (2, 3):
        raise ValueError(
            f"taylor: {short(taylor)}; give (formula, degree), such as ('sin(x)', 5), or (formula, "
            "degree, center)"
        )
    return taylor_of(*taylor)


def _choice(options, name):
    return SelectionSlider(options=options, description=name, continuous_update=False)
