"""In the kernel that runs a lesson: what a page must know of each figure that is shown.

State is taken here, from the objects themselves, when they are shown: what a notebook file keeps of
widgets may be older than their buffers.
"""

import zlib
from base64 import b64encode
from itertools import zip_longest

import numpy as np
from IPython import get_ipython
from ipywidgets import Widget

from ..exercises.questions import Prediction
from ..exercises.record import Sentence, Summary
from ..explorers import panels
from ..explorers.explorer import Explorer
from ..explorers.network import NetworkExplorer
from ..live.box import LiveBox
from ..live.live import Live
from ..live.together import all_or_nothing

MIME = "application/vnd.gdviz.page+json"
SYNCED = "background", "scene", "table", "detail", "images", "frame", "reveal", "program", "members"
EXACT = {"+", "-", "*", "/", "sqrt", "abs", "sign"}  # what a browser works out to the last bit
LARGE = 2_500_000  # bytes of one figure's numbers
UNCOUNTED = "From here this page shows where the runs go; the notebook counts how many arrive."
LEFT_OUT = {  # what needs Python, by the panel that offers it in a notebook
    panels.RacePanel: "drive another rule",
    panels.FamilyPanel: "change the surface",
    panels.BatchPanel: "change the batch size and the schedule",
    panels.ScalePanel: "standardize the input",
    panels.StopPanel: "change the stopping criteria",
    panels.SpreadPanel: "change the spread of the starts",
    panels.CloudPanel: "draw other random starts",
    panels.ZoomPanel: "zoom in",
    panels.FormulaPanel: "type a formula",
    panels.RulePanel: "type a rule",
}


def install(shell=None):
    """Let every figure and question that is shown say what a page must know of it."""
    formatter = (shell or get_ipython()).display_formatter.mimebundle_formatter
    formatter.for_type(Widget, lambda widget, **_: _bundle({"kind": "nothing"}, widget))
    formatter.for_type(LiveBox, lambda box, **_: _bundle(figure_of(box), box))
    formatter.for_type(Live, lambda live, **_: _bundle(picture_of(live), live))
    formatter.for_type(Prediction, lambda asked, **_: _bundle(prediction_of(asked), asked))
    formatter.for_type(Sentence, lambda said, **_: _challenge(said))
    formatter.for_type(Summary, lambda said, **_: _bundle({"kind": "summary"}, said))


def _bundle(state, shown):
    return {MIME: state, "text/plain": repr(shown)}


def packed(value):
    """Return a value with the bytes in it as text: numbers of a column deflated, pictures as is."""
    if isinstance(value, dict) and isinstance(value.get("data"), bytes | memoryview):
        return value | {"data": _deflated(value["data"], value["half"], value["shape"][-1])}
    if isinstance(value, dict):
        return {name: packed(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [packed(each) for each in value]
    if isinstance(value, bytes | memoryview):
        return {"base64": b64encode(value).decode()}
    return value


def _deflated(numbers, half, points):
    """Return numbers as text, much shorter: what each bit pattern adds to an earlier one.

    That is the one before, or that of the line before, whichever is shorter. First bytes come
    first: alike lies by alike. Halves lose two bits of ten, which no picture shows.
    """
    bits = np.frombuffer(numbers, np.uint16 if half else np.uint32)
    if half:
        bits = (bits + 2) & 0xFFFC
    found = []
    for back in {1, points}:
        added = bits.copy()
        added[back:] -= bits[:-back]
        by_byte = added.view(np.uint8).reshape(-1, bits.itemsize).T
        found.append((zlib.compress(by_byte.tobytes(), 7), back))
    shortest, back = min(found, key=lambda each: len(each[0]))
    return {"deflated": b64encode(shortest).decode(), "size": bits.itemsize, "back": back}


def picture_of(live, columns=None, **more):
    """Return what a page must know of a live figure, maybe with other columns (dict)."""
    state = {name: getattr(live, name) for name in SYNCED}
    if columns is not None:
        state["table"] = state["table"] | {"columns": columns}
    drags, axes = state["program"].get("drags", []), []
    arrows = any(mark["follow"] == "arrow" for mark in state["scene"]["marks"])
    for each, what in zip_longest(state["scene"]["axes"], drags, fillvalue=""):
        # where nobody answers a pointer there is nothing to drag
        answered = "start" in what or bool(each["hover"])
        # nor is there another background: what is zoomed has to be painted here
        zoom = each["zoom"] if what == "start" and each["ground"] and not arrows else None
        axes.append(each | {"drag": each["drag"] and answered, "zoom": zoom})
    state["scene"] = state["scene"] | {"axes": axes} | more
    return {
        "kind": "figure",
        "label": live.scene["label"],
        "caption": live.caption,
        "still": b64encode(live.still()).decode(),
        "live": packed(state),
    }


def _lighter(live):
    """Return what to change of a live figure lest it be large (dict); how many steps are left.

    What the browser makes of a program need not be sent, unless digits that differ from Python's
    could lead a run elsewhere than its sentence says. Else every second step will do.
    """
    columns, runs = live.table["columns"], live.program.get("runs", {}).values()
    large = sum(len(column["data"]) for column in columns.values()) > LARGE
    tapes = [run[part] for run in runs for part in ("look", "update")]
    if tapes and (large or all({*tape.get("operations", "?")} <= EXACT for tape in tapes)):
        shared = {name: column for name, column in columns.items() if column["frames"] == 1}
        return {"columns": shared}, 1
    points = max((column["shape"][-1] for column in columns.values()), default=1)
    if tapes or not large or points % 2 == 0 or live.scene["stride"] > 1:
        return {}, 1
    fewer = {name: _thinned(column, points) for name, column in columns.items()}
    return {"columns": fewer, "stride": 2}, 2


def _thinned(column, points):
    """Return a column that has so many points with every second of them."""
    if column["shape"][-1] != points:
        return column
    kind = np.float16 if column["half"] else np.float64 if column["double"] else np.float32
    fewer = np.frombuffer(column["data"], kind).reshape(-1, points)[:, ::2]
    shape = [*column["shape"][:-1], fewer.shape[-1]]
    return column | {"shape": shape, "data": fewer.tobytes()}


def figure_of(box):
    """Return what a page must know of an explorer: its live figure, and its controls (dict)."""
    finish(box)
    step, ruler = box.player.step, box.rate.ruler
    changes, every = _lighter(box.live) if box.live.whole else ({}, 1)
    shown = picture_of(box.live, **changes) | {
        "rate": {
            "labels": list(box.rate.slider._options_labels),
            "ruler": {name: getattr(ruler, name) for name in ("count", "zones", "marks")},
        },
        "step": {"max": step.max, "step": step.step * every},
        "start": starts_of(box),
        "interval": box.player.play.interval,
        "needs": needs(box),
    }
    if not box.live.whole:
        del shown["rate"]
    if shown["live"]["program"].get("cloud"):
        shown["live"]["program"]["caption"] = UNCOUNTED
    return shown


def starts_of(box):
    """Return the controls of start, spread and surface that a page can answer (list).

    Each has a name, a range, and which number of the start it holds.
    """
    if not box.live.program:
        return []
    opened = {type(panel): panel for panel in box.panels}
    shown = list(enumerate(box.start_sliders.children))
    if panels.SpreadPanel in opened:
        shown.append((len(box.setting.shown), opened[panels.SpreadPanel].spread))
    found = [
        {
            "name": slider.description,
            "place": place,
            **{end: getattr(slider, end) for end in ("min", "max", "step", "value")},
            "digits": int(slider.readout_format[1:-1]),
            "percent": slider.readout_format.endswith("%"),
        }
        for place, slider in shown
    ]
    if found and box.live.members:
        slider = opened[panels.FamilyPanel].slider
        numbers = sorted({slider.value, *(member["number"] for member in box.live.members)})
        ends = {"min": 0, "max": len(numbers) - 1, "step": 1, "value": numbers.index(slider.value)}
        place = found[-1]["place"] + 1
        found.append({"name": slider.description, "place": place, **ends, "numbers": numbers})
    return found


def finish(box):
    """Let an explorer compute whatever it would compute when a hand rests."""
    if isinstance(box, NetworkExplorer):
        box.wait()
        if not box.live.whole:
            box.live.question = {"key": box.live.key}
            box.wait()
    elif not box.live.whole:
        box._show_all()


def needs(box):
    """Return what a notebook can do with an explorer beyond what a page can (list of str)."""
    if isinstance(box, Explorer):
        can = ["choose another surface"] * bool(box.choice)
        live = {panels.FamilyPanel: box.live.members, panels.SpreadPanel: box.live.program}
        can += [LEFT_OUT[kind] for kind in map(type, box.panels) if not live.get(kind)]
        still_map = bool(box.live.images) and not box.live.program.get("map")
        can += ["colour the map at other learning rates"] * still_map
        can += ["drag the data"] * any(view.drags == "row" for view in box._scene.views)
        moves = "say in words what happens from other starts"
        return [*can, moves if box.live.program else "move the start"]
    return ["change the network", "start it elsewhere", "train it longer"]


def prediction_of(asked):
    """Return what a page must know of a question, and of the figure that answers it (dict)."""
    with all_or_nothing():
        figure = asked._show()
    state = figure_of(figure) if isinstance(figure, LiveBox) else picture_of(figure)
    figure.close()
    return {
        "kind": "prediction",
        "question": asked.question,
        "choices": asked.choices,
        "answer": asked.answer,
        "because": asked._because,
        "explanation": asked.explanation,
        "figure": state,
    }


def _challenge(said):
    """Return what is shown of a challenge that nobody has tried yet; None of other sentences."""
    task = said.removeprefix("Not attempted yet. ")
    return None if task == said else _bundle({"kind": "challenge", "text": task}, said)
