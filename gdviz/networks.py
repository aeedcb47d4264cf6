"""The explorer for a network that learns a curve: it trains in the background, and never blocks."""

from dataclasses import replace
from time import perf_counter

import numpy as np

from .controls import Player, RateSlider
from .fitviews import TrainingScene
from .lifetime import close_earlier
from .live import Live
from .livebox import LiveBox, of_setting
from .network import Network
from .setting import rate_grid, zones_of
from .taylor import taylor as taylor_of
from .training import Training
from .tuning import Tuning
from .verdicts import verdict
from .worker import Worker

RATES = 41  # positions of the learning-rate slider
SOON = 0.015  # seconds: a training that takes no longer shows itself only when it is done
REST = 0.0005  # seconds of rest after each piece of work: the kernel answers in between
FRAME = 0.15  # seconds between two pictures of a training that goes on


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
    >>> x = np.linspace(-3, 3, 64)
    >>> explorer = NetworkExplorer(Network(x, np.sin(x)), steps=100, taylor=("sin(x)", 5))
    >>> explorer.descent.loss[-1] < explorer.descent.loss[0]
    np.True_
    >>> explorer.close()
    """

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
        question="",
    ):
        rate = getattr(network, "learning_rate", None) if learning_rate is None else learning_rate
        polynomial = None if taylor is None else _polynomial(taylor)
        training = Training(network, rate, steps, seed, scale, polynomial)
        if reveal is not None and reveal not in range(training.steps + 1):
            raise ValueError(f"reveal: {reveal!r} is no step of this run; use 0 to {steps}")
        self._scene = TrainingScene(training, question)
        super().__init__()
        self.add_class("gdviz-network")
        self.setting = self._first = training
        self._question, self._many, self._worker = question, None, Worker(self._failed)
        self.live = Live(**self._scene.picture)
        self.rate, self.player = RateSlider(self.live), Player(self.live)
        self.player.play.interval = 60
        self.tuning = Tuning(self)
        self.children = [self.rate, self.live, self.player, *self.tuning.rows]
        self._links = [*self.rate.links, *self.player.links]
        self._lay_out(training)
        self._place()
        self._course = training.courses(training.learning_rate)
        for _ in self._train(self._course, patience=np.inf):
            pass
        if reveal is not None:
            self.player.show(training.steps, reveal, training.stride)
        self.rate.slider.observe(self.handler(self._slid), "index")
        self.live.observe(self.handler(self._rested), "wanted")
        close_earlier(self)

    surface = of_setting("surface", "The network; set it to another one, with other data.")
    learning_rate = of_setting("learning_rate", "The learning rate of the shown network.")
    steps = of_setting("steps", "How many steps a training takes.")
    seed = of_setting("seed", "Of the random start.")
    scale = of_setting("scale", "Multiplies the random start.")
    hidden = property(
        lambda self: self.surface.hidden,
        lambda self, hidden: self._rebuild(hidden=hidden),
        doc="How many hidden units there are.",
    )
    activation = property(
        lambda self: self.surface.activation,
        lambda self, name: self._rebuild(activation=name),
        doc="How a hidden unit bends.",
    )

    @property
    def degree(self):
        """The degree of the Taylor polynomial; None if there is none."""
        return self.setting.taylor and self.setting.taylor.degree

    @degree.setter
    def degree(self, degree):
        now = self.setting.taylor
        if now is None:
            raise ValueError(
                "degree: there is no Taylor polynomial; open with taylor=('sin(x)', 5)"
            )
        self.change(taylor=taylor_of(now.text, degree, now.center))

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

    def reset(self):
        """Go back to how the explorer was opened."""
        self._apply(self._first)

    # From a setting to the picture

    def change(self, **changes):
        """Change some of the setting's fields at once."""
        with self._lock:
            self._apply(replace(self.setting, **changes))

    def _rebuild(self, **changes):
        with self._lock:
            now = self.surface
            given = {"hidden": now.hidden, "activation": now.activation, "output": now.output}
            self.change(surface=Network(now.x, now.y, **given | changes))

    def _apply(self, setting):
        """Take a setting over: show what is known of it, and train what is not."""
        with self._lock:
            before = self.setting

            def differs(*names):
                return any(getattr(setting, n) != getattr(before, n) for n in names)

            redraw = differs("steps") or not setting.same_data(before)
            if redraw:
                self._scene = TrainingScene(setting, self._question)
            self.setting = setting
            other_rates = not self.rate.holds(setting.learning_rate)
            if other_rates or differs("surface", "steps", "seed", "scale"):
                self._many = None
                self.rate.rule([], [])
            with self.live.hold_sync():
                if redraw:
                    self.live.restage(**self._scene.picture)
                self._lay_out(setting) if other_rates else self._slide(setting)
                self._place()
                self.live.problem = ""
                if self._many is not None and self._many.done:
                    self._show_known(setting, differs("taylor"))
                elif redraw or differs("surface", "learning_rate", "seed", "scale"):
                    self._course = setting.courses(setting.learning_rate)
                    self._worker.start(self._train(self._course))
                    if redraw:
                        self._show()
                elif differs("taylor"):
                    self._show()

    def _show_known(self, setting, glimpse):
        """Show a run that is part of the sweep."""
        self._course = self._many.one(self.rate.slider.index)
        if glimpse or self.live.stale:
            self._show()
        else:
            self._show_units()

    def _lay_out(self, setting):
        """Give the slider learning rates around that of the setting."""
        rate = setting.learning_rate
        with self._quietly():
            self.rate.lay_out(rate_grid(rate / 100, rate * 10, [rate], RATES), rate)
            self.live.frame = self.rate.slider.index

    def _slide(self, setting):
        with self._quietly():
            self.rate.slide_to(setting.learning_rate)

    def _place(self):
        with self._quietly():
            self.tuning.place(self.setting)
            if self.player.steps != self.setting.steps:
                self.player.show(self.setting.steps, stride=self.setting.stride)

    # The work in the background. A course that is no longer the explorer's is out of date.

    def _train(self, course, patience=SOON):
        """Train the shown network; show it on the way unless it is as good as done."""
        begun = perf_counter()
        due = begun + patience
        while not course.done:
            course.advance()
            now = perf_counter()
            if now > due and (now - begun) * (1 / course.share - 1) > SOON:
                self.tuning.progress(course.share, "training")
                self._show(course)
                due = perf_counter() + FRAME
            yield REST
        self.tuning.progress(None)
        self._show(course)

    def _sweep(self, many):
        """Train networks at all other learning rates; show them once all are known."""
        while not many.done:
            many.advance()
            self.tuning.progress(many.share, "other rates")
            yield REST
        fit = self._scene.measure(many)
        yield 0
        with self._lock:
            if many is self._many:
                self._show_all(fit)
        self.tuning.progress(None)

    def _halt(self, course):
        """Show how far the training has come."""
        if not course.done:
            self._show(course)
        self.tuning.progress(None)
        yield 0

    def _show(self, course=None):
        """Show the shown run as far as it is known."""
        with self._lock:
            if course not in (None, self._course):
                return
            self.live.show_one(*self._scene.glimpse(self._course, self.setting.taylor))

    def _show_all(self, fit):
        """Show a sweep, and the units of the shown run."""
        self.live.show_all(*self._scene.sweep(fit, self.setting.taylor), frame=None)
        ends = np.where(self._many.left, np.inf, self._many.loss[-1])
        best = [("best", float(self.rate.rates[ends.argmin()]))] if np.isfinite(ends).any() else []
        self.rate.rule(best, zones_of([verdict(self._many, i) for i in range(RATES)]))
        self._course = self._many.one(self.rate.slider.index)
        self._show_units()

    def _show_units(self):
        self.live.show_detail(self._scene.units(self._course), self.rate.slider.index)

    def _failed(self, error):
        self.live.problem = f"{type(error).__name__}: {error}"

    # Controls

    def _slid(self, index):
        self.change(learning_rate=float(self.rate.rates[index]))

    def _rested(self, version):
        if not self.live.stale or version != self.live.version or not self._course.done:
            return
        if self._many is None:
            self._many = self.setting.courses(self.rate.rates)
        self._worker.start(self._sweep(self._many))

    # As a widget

    def _repr_mimebundle_(self, **kwargs):
        if not self.wait(0):
            self._settle()
            with self._lock:
                if self.live.stale:
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
    try:
        formula, degree, *center = taylor
        if len(center) > 1 or not isinstance(formula, str):
            raise ValueError
    except (TypeError, ValueError):
        raise ValueError(
            f"taylor: {taylor!r:.60}; give (formula, degree), such as ('sin(x)', 5), or (formula, "
            "degree, center)"
        ) from None
    return taylor_of(formula, degree, *center)
