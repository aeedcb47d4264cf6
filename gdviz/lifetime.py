"""How long widgets live: a cell that is run again closes what it showed before.

ipywidgets keeps every widget, and so its figure and its frames, until it is closed.
"""

from IPython import get_ipython
from ipywidgets import Widget

_shown = {}  # cell id -> (execution count, what that execution showed)


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
    for old in earlier:
        old.close()


def family(*widgets):
    """Return the widgets and all that they hold: children, layouts, styles."""
    found, waiting = {}, list(widgets)
    while waiting:
        widget = waiting.pop()
        if id(widget) in found:
            continue
        found[id(widget)] = widget
        for name in widget.keys:
            value = getattr(widget, name)
            held = value if isinstance(value, (list, tuple)) else [value]
            waiting += [each for each in held if isinstance(each, Widget)]
    return list(found.values())
