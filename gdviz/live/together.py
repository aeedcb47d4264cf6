"""Widgets that are made together, share what they have in common, and are closed together.

ipywidgets keeps every widget, and so its figure and its frames, until it is closed: a cell that is
run again closes what it showed before. It also gives every control a layout and a style of its own,
each with a message to the browser and a model there: half of all there would be.
"""

import gc
import threading
from contextlib import ExitStack, contextmanager
from functools import cache

import ipywidgets as widgets
from IPython import get_ipython
from ipywidgets import Widget
from traitlets import HasTraits, Unicode, default, observe

_building = threading.RLock()  # ipywidgets tells one listener of the widgets that are made
_shown = {}  # cell id -> (execution count, what that execution showed)


class _Making(threading.local):
    """What a thread makes together: what its widgets share so far, and who waits to be told."""

    alike = held = None


_making = _Making()


@contextmanager
def all_or_nothing():
    """Close every widget that was made here, if what it was made for fails half-way."""
    with _building:
        before, thread, made = Widget._widget_construction_callback, threading.get_ident(), []

        def note(widget):
            if threading.get_ident() == thread:
                made.append(widget)

        Widget.on_widget_constructed(note)
        try:
            yield
        except BaseException:
            close_all(*made)
            raise
        finally:
            Widget.on_widget_constructed(before)


@contextmanager
def together():
    """Let widgets made here share what they can, and tell the browser at once what becomes of them.

    Of those that are `Alike` all have one layout, and those of a kind one style.
    """
    around = _making.alike, _making.held
    with ExitStack() as held:
        _making.alike, _making.held = {}, held
        try:
            yield
        finally:
            _making.alike, _making.held = around


class Alike(HasTraits):
    """A widget that shares its layout and style with those made `together` with it.

    The browser is told of it at once, and of what becomes of it when all of them are made.
    """

    def __init__(self, *given, **options):
        super().__init__(*given, **options)
        if _making.held is not None:
            _making.held.enter_context(self.hold_sync())

    @default("layout")
    def _layout_of_all(self):
        return self._of_all("layout")

    @default("style")
    def _style_of_all(self):
        return self._of_all("style")

    def _of_all(self, name):
        kind = self.traits()[name].klass
        if _making.alike is None:
            return kind()
        if kind not in _making.alike:
            _making.alike[kind] = _shared(kind)()
        return _making.alike[kind]


class Named(Alike):
    """A slider whose name the picture beside it writes: it comes as a title, and is plain text.

    A description of ipywidgets may be a formula. For the first one JupyterLab loads all that
    typesets formulas, before it shows anything.
    """

    description = Unicode(help="Its name.")

    @default("_dom_classes")
    def _named(self):
        return ("gdviz-named",)

    @observe("description")
    def _entitle(self, change):
        self.tooltip = change.new


@cache
def _shared(kind):
    """Return a kind of layouts, or styles, that cannot be changed for one of those who share it."""
    own = {name for name in kind.class_traits(sync=True) if not name.startswith("_")}

    class Shared(kind):
        def __setattr__(self, name, value):
            if name in own and self.comm is not None:
                raise TypeError(
                    f"{name}: this control shares its layout and style with others; give it one "
                    f"of its own: layout = {{{name!r}: {value!r}}}, or style."
                )
            super().__setattr__(name, value)

    return Shared


def _alike(kind, how=Alike):
    """Return a kind of widgets that are `Alike`, or `Named` too."""
    said = f"A widget of ipywidgets, {kind.__name__}, that is `{how.__name__}`."
    return type(kind.__name__, (how, kind), {"__doc__": said, "__module__": __name__})


Button, Checkbox, Dropdown = map(_alike, (widgets.Button, widgets.Checkbox, widgets.Dropdown))
HBox, HTML, HTMLMath = map(_alike, (widgets.HBox, widgets.HTML, widgets.HTMLMath))
Text, ToggleButtons = map(_alike, (widgets.Text, widgets.ToggleButtons))
FloatLogSlider = _alike(widgets.FloatLogSlider, Named)


def close_earlier(widget):
    """Close what an earlier run of the current cell showed, and remember `widget` instead.

    A no-op outside a notebook that names its cells.
    """
    shell = get_ipython()
    parent = shell.get_parent() if hasattr(shell, "get_parent") else {}
    cell = parent.get("metadata", {}).get("cellId")
    if cell is None:
        return
    count, earlier = _shown.get(cell, (None, []))
    if count == shell.execution_count:
        earlier.append(widget)
        return
    _shown[cell] = shell.execution_count, [widget]
    if earlier:
        close_all(*earlier)
        gc.collect()  # figures are all cycles: before the next one comes, not some time later


def close_all(*held):
    """Close widgets and all that they hold."""
    for widget in family(*held):
        widget.close()


def family(*held):
    """Return widgets and all that they hold: children, layouts, styles."""
    found, waiting = {}, list(held)
    while waiting:
        widget = waiting.pop()
        if id(widget) in found:
            continue
        found[id(widget)] = widget
        for name in widget.keys:
            value = getattr(widget, name)
            inside = value if isinstance(value, (list, tuple)) else [value]
            waiting += [each for each in inside if isinstance(each, widgets.Widget)]
    return list(found.values())
