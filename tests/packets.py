"""What the browser reads from a live figure, read the same way without one."""

import json
from itertools import count

import numpy as np
from ipywidgets.widgets.widget import _instances


def unpack(column, frame=0):
    """Return one frame of a column as it is sent."""
    kind = {"half": np.float16, "double": np.float64}
    kinds = [kind[name] for name in kind if column[name]]
    numbers = np.frombuffer(column["data"], *(kinds or [np.float32]))
    return numbers.reshape(column["frames"], *column["shape"])[min(frame, column["frames"] - 1)]


def current(live):
    """Return what is shown: a table and the number of its frame."""
    last = len(live.table["captions"]) - 1
    return live.table, min(live.frame, last) if live.table["whole"] else 0


def column(live, name):
    """Return a column of the shown frame; None if there is none."""
    table, frame = current(live)
    assert table["scene"] == live.scene["id"]
    if name in table["columns"]:
        return unpack(table["columns"][name], frame)
    detail = live.detail
    held = (
        detail["columns"] if (detail["key"], detail.get("frame")) == (table["key"], frame) else {}
    )
    found = {**live.scene["columns"], **held}.get(name)
    return None if found is None else unpack(found)


def shown(live, artist):
    """Return the columns (x, y, ...) that the browser draws of an artist now."""
    (spec,) = (
        spec
        for spec, mark in zip(live.scene["marks"], live.marks, strict=True)
        if mark.artist is artist
    )
    return [column(live, name) for name in spec["columns"]]


def readout(live):
    """Return the numbers that the browser writes under the picture at the shown step."""
    columns = [column(live, name).ravel() for name in live.scene["read"]]
    return [numbers[min(live.reveal, numbers.size - 1)] for numbers in columns]


def size(table):
    """Return how many bytes a table is: its buffers, and all else as JSON."""
    columns = table["columns"].values()
    bare = table | {"columns": {name: {} for name in table["columns"]}}
    return len(json.dumps(bare)) + sum(len(each["data"]) + 60 for each in columns)


def rest(live):
    """Ask what the browser asks when the hand rests."""
    live.question = live.question | {"key": live.key}


TURNS = count()


def point(live, x, y, axes=0, press=1):
    """Hold a pointer at a place."""
    place = {"at": [x, y], "axes": axes, "press": press, "turn": next(TURNS)}
    live.question = live.question | place


def widgets():
    """Return all widgets that are not closed."""
    return set(_instances.values())
