"""What the browser reads from a live figure, read the same way without one."""

import json

import numpy as np
from ipywidgets.widgets.widget import _instances


def unpack(packet):
    """Return the arrays of a packet."""
    return [
        np.frombuffer(array["data"], np.float16 if array["half"] else np.float32).reshape(
            array["shape"]
        )
        for array in packet["arrays"]
    ]


def current(live):
    """Return what is shown: a packet and the number of its frame."""
    if live.glimpse["version"] > live.sweep["version"]:
        return live.glimpse, 0
    return live.sweep, min(live.frame, live.sweep["frames"] - 1)


def shown(live, artist):
    """Return the columns (x, y, ...) that the browser draws of an artist now."""
    packet, frame = current(live)
    assert packet["scene"] == live.scene["id"]
    arrays = unpack(packet)
    columns = []
    for place in packet["artists"][list(live.moving).index(artist)]:
        shared = packet["arrays"][place]["shared"]
        array = arrays[place]
        columns.append(array.reshape(array.shape[-2:]).squeeze() if shared else array[frame])
    return columns


def readout(live):
    """Return the numbers that the browser writes under the picture at the shown step."""
    packet, frame = current(live)
    arrays, numbers = unpack(packet), []
    for place in packet["readout"]:
        array = arrays[place] if packet["arrays"][place]["shared"] else arrays[place][frame]
        numbers.append(array.ravel()[min(live.reveal, array.size - 1)])
    return numbers


def size(packet):
    """Return how many bytes a packet is: its buffers, and all else as JSON."""
    bare = packet | {"arrays": [array | {"data": None} for array in packet["arrays"]]}
    return len(json.dumps(bare)) + sum(len(array["data"]) for array in packet["arrays"])


def widgets():
    """Return all widgets that are not closed."""
    return set(_instances.values())
