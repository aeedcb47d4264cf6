"""A box around a live figure: one state, controls bound to it, and an end that leaves nothing."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import ipywidgets as widgets

from ..checks import ENDS, in_words, number_in
from .together import Alike, Button, close_all


@dataclass(eq=False)
class _Bound:
    """A control, and how it and the setting follow each other."""

    control: Any
    trait: str
    read: Callable | None
    write: Callable | None
    fit: Callable
    put: Callable
    placed: dict | None = None
    heard: Any = None  # the value that is being taken over

    @property
    def ahead(self):
        """Whether a hand has moved on while its last move was taken over."""
        return self.heard is not None and getattr(self.control, self.trait) != self.heard

    def says(self, setting, value):
        """Whether a value is the setting's."""
        known = self.read(setting)
        if isinstance(value, float) and isinstance(known, float):
            return alike(self.control, known, value)
        return value == known

    @property
    def stays(self):
        """Whether a text that was refused stays as it was typed, to be mended."""
        return isinstance(self.control, widgets.Text) or self.trait == "typed"

    def traits(self, setting):
        """Return all that the control is to be for a setting, its value last."""
        return self.fit(setting) | ({self.trait: self.read(setting)} if self.read else {})


def of_setting(name, doc):
    """Return an attribute of an explorer that is a field of its setting."""
    return property(
        lambda self: getattr(self.setting, name),
        lambda self, value: self.change(**{name: value}),
        doc=doc,
    )


class LiveBox(Alike, widgets.VBox):
    """A live figure that shows a setting, and controls that change it.

    All state is in `setting`, one frozen object: whatever changes it, a control or code, takes the
    same way, `change` -> `check` -> `show`. A subclass sets `live` and `player` and says what these
    two do; controls know neither each other nor more of it than a field of the setting.
    """

    def __init__(self, setting):
        self._lock, self._placing, self._bound = threading.RLock(), False, []
        self.setting = self._first = setting
        self.live = self.player = self._said = None
        super().__init__(layout={"max_width": "920px"})
        self.add_class("gdviz-explorer")
        self._own = {*vars(self), "_own"}

    @property
    def by_hand(self):
        """Whether what a control says is being taken over (bool)."""
        return any(bound.heard is not None for bound in self._bound)

    def bind(self, control, read=None, write=None, *, trait="value", fit=None, put=None):
        """Tie a control to the setting.

        Parameters
        ----------
        control : ipywidgets.Widget
        read : callable, optional
            From a setting to the value of the control.
        write : callable, optional
            From a setting and a value of the control to the setting that it makes.
        trait : str
            Where the control has its value.
        fit : callable, optional
            From a setting to a dict of other traits of the control, such as its range.
        put : callable, optional
            Takes these traits and the value by name, in place of `put_traits`.
        """
        put = put or (lambda **traits: put_traits(control, **traits))
        bound = _Bound(control, trait, read, write, fit or (lambda setting: {}), put)
        self._bound.append(bound)
        self.in_turn(control)
        self._place([bound], [bound.traits(self.setting)])
        if write:
            control.observe(lambda _: self._heard(bound), trait)

    def _bind_run(self, rate, player):
        """Tie the slider of learning rates, the player of steps, and a reset to the setting."""
        self.rate, self.player = rate, player
        self.in_turn(self.live)
        self.bind(
            rate.slider,
            lambda setting: setting.rates.index(setting.learning_rate),
            lambda setting, i: setting.but(learning_rate=float(setting.rates.values[i])),
            trait="index",
            fit=lambda setting: {"options": setting.rates.labels},
            put=rate.put,
        )
        self.bind(
            rate.field,
            lambda setting: None,
            lambda setting, text: setting.but(learning_rate=number_in("learning_rate", text)),
            trait="typed",
        )
        self.bind(
            player.step,
            lambda setting: setting.steps if setting.reveal is None else setting.reveal,
            lambda setting, step: setting.but(reveal=None if step == setting.steps else step),
            fit=lambda setting: {"max": setting.steps, "step": setting.stride},
            put=player.put,
        )
        self.reset_button = Button(description="reset", icon="undo")
        self.on_press(self.reset_button, self.reset)

    def in_turn(self, widget):
        """Let what the browser says of a widget wait until no other change is under way."""
        set_state = widget.set_state

        def wait(state):
            with self._lock:
                set_state(state)

        widget.set_state = wait

    def on_press(self, button, action):
        """Let a button do something; what goes wrong is said under the last good picture."""
        button.on_click(lambda _: self.attempt(action))

    def attempt(self, action):
        """Do what a control asks for; what goes wrong is said under the last good picture."""
        with self._lock:
            try:
                action()
            except ENDS as error:  # a student's rule may raise anything
                self.live.problem = in_words(error)
                return False
        return True

    def _heard(self, bound):
        """Take over what a control says now; by this time code may have said something else."""
        with self._lock:
            if self._placing:  # this very thread is placing the controls
                return
            value = getattr(bound.control, bound.trait)
            if value == bound.read(self.setting):
                bound.placed = None
            if bound.says(self.setting, value):
                self.live.problem = ""
                return
            bound.placed, bound.heard = None, value
            done = self.attempt(lambda: self.apply(lambda setting: bound.write(setting, value)))
            bound.heard = None
            if not done:
                back = [b for b in self._bound if not b.stays]
                self._place(back, [b.traits(self.setting) for b in back])

    def change(self, **changes):
        """Change some fields of the setting at once."""
        self.apply(lambda setting: setting.but(**changes))

    def reset(self):
        """Go back to how the explorer was opened."""
        self.live.fresh += 1
        self.apply(lambda _: self._first)

    def apply(self, make):
        """Show the setting that `make` makes of this one; if it cannot be shown nothing changes."""
        with self._lock:
            before = self.setting
            setting = self.check(make(before))
            traits = [bound.traits(setting) for bound in self._bound]
            kept = {name: value for name, value in vars(self).items() if name not in self._own}
            try:
                with self.live.wholly():
                    self.show(before, setting, lambda: self._take_over(setting, traits))
            except BaseException:  # an interrupt may come at any place
                vars(self).update(kept)
                if self.setting is not before:
                    self._take_over(before, [bound.traits(before) for bound in self._bound])
                raise

    def check(self, setting):
        """Return a setting, made whole; refuse one that cannot be shown."""
        return setting

    def show(self, before, setting, take_over):
        """Show a setting, and call what puts every control there; first compute, then change."""
        raise NotImplementedError

    def _take_over(self, setting, traits):
        self.setting, self.live.problem = setting, ""
        self._place(self._bound, traits)

    def _place(self, controls, traits):
        placing, self._placing = self._placing, True  # what they say meanwhile is not heard
        try:
            for bound, wanted in zip(controls, traits, strict=True):
                if wanted != bound.placed and not bound.ahead:  # else a hand has moved it on
                    bound.put(**wanted)
                    bound.placed = wanted
        finally:
            self._placing = placing

    def __repr__(self):
        return self._said or repr(self.live)

    def _repr_mimebundle_(self, **kwargs):
        if self.comm is None:  # closed: its sentence is all there is
            return {"text/plain": repr(self)}
        bundle = super()._repr_mimebundle_(**kwargs)
        return {**bundle, "text/plain": repr(self), "image/png": self.live.still()}

    def close(self):
        """Close the explorer and all its controls; nothing of it stays in memory."""
        if self.comm is None:  # closed before, or never opened
            return
        if self.player:
            self.player.play.playing = False  # else the browser would go on counting
        held = [bound.control for bound in self._bound] + [self.live] * (self.live is not None)
        close_all(self.layout, *self.children, *held)
        super().close()
        self._said = repr(self.live)
        self.children, self._bound, self.live, self.player = (), [], None, None
        for name in vars(self).keys() - self._own:  # IPython's `Out` holds the explorer
            delattr(self, name)


def alike(slider, known, value):
    """Whether two numbers are one place of a slider: the browser's sliders round on their own."""
    return abs(value - known) <= 1e-6 * getattr(slider, "step", 0)


def put_traits(control, **traits):
    """Set several traits of a control in one message to the browser, in any order of ranges."""
    with control.hold_sync():
        options = traits.pop("options", None)
        if options is not None and options != list(control.options):
            control.options = options
        ends = {name: traits[name] for name in ("min", "max") if name in traits}
        for name, end in ends.items():  # a range goes beyond both before the value moves
            farther = min if name == "min" else max
            setattr(control, name, farther(end, getattr(control, name)))
        for name, value in sorted(traits.items(), key=lambda item: item[0] in ends):
            setattr(control, name, value)
