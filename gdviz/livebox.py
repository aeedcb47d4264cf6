"""What every explorer is as a widget: a live figure in a box of controls that never fail mutely."""

import threading
from contextlib import contextmanager

import ipywidgets as widgets

from .lifetime import family


def of_setting(name, doc):
    """Return an attribute of an explorer that is a field of its setting."""
    return property(
        lambda self: getattr(self.setting, name),
        lambda self, value: self.change(**{name: value}),
        doc=doc,
    )


class LiveBox(widgets.VBox):
    """A live figure and its controls.

    A subclass sets `live` and `player`, and puts into `_links` what else is to be closed with it.
    """

    def __init__(self):
        self._lock, self._busy, self._links = threading.RLock(), False, []
        super().__init__(layout={"max_width": "960px"})
        self.add_class("gdviz-explorer")

    def handler(self, action):
        """Wrap an action for a control: what goes wrong is said under the last good picture."""

        def handle(change):
            with self._lock:
                if self._busy:  # this very thread is placing the controls
                    return
                try:
                    action(change["new"])
                except Exception as error:  # a student's rule may raise anything
                    self.live.problem = f"{type(error).__name__}: {error}"

        return handle

    def pressed(self, action):
        """Wrap an action without arguments for a button, like `handler`."""
        handle = self.handler(lambda _: action())
        return lambda _: handle({"new": None})

    @contextmanager
    def _quietly(self):
        """Place controls without hearing from them."""
        busy, self._busy = self._busy, True
        try:
            yield
        finally:
            self._busy = busy

    def __repr__(self):
        return repr(self.live)

    def _repr_mimebundle_(self, **kwargs):
        bundle = super()._repr_mimebundle_(**kwargs)
        return {**bundle, "text/plain": repr(self), "image/png": self.live.still()}

    def close(self):
        """Close the explorer and all its controls; nothing of it stays in memory."""
        if self.comm is None:  # closed before, or never opened
            return
        self.player.play.playing = False  # else the browser would go on counting
        for widget in family(self.layout, *self.children, *self._links):
            widget.close()
        super().close()
        self._scene = None  # it holds the figure, and IPython's `Out` holds the explorer
