"""Views side by side: the figure for a setting, and what moves on it."""

import re

from . import axes
from .data import DataView, DecisionView
from .runs import CurveView, HeightView, LossView, OutcomeView, PlaneView

MEANWHILE = "Press play, or move the step slider to its end, to see where this leads."
AWAY = "{} run has left the picture: the arrow at the edge points after it."


class Scene:
    """The picture of a setting, and the names of the columns of a run that are drawn or read out.

    Its `views` stand side by side; `picture` (dict) is what `Live` wants to know of the figure.
    """

    def __init__(self, setting, mapped):
        look, dimension = setting.look, setting.surface.dimension
        figure, (left, right) = axes.side_by_side(0.5 if dimension == 1 else axes.SHARE)
        main = {1: CurveView, 2: PlaneView}.get(dimension, DecisionView)(left, setting)
        if look.beside == "outcomes":
            second = OutcomeView(right, mapped)
        elif look.beside == "data":
            second = DataView(right, setting)
        else:
            second = (HeightView if look.beside == "3d" else LossView)(right, setting)
        axes.make_room(left)
        self.views = [main, second]
        self.picture = {
            "figure": figure,
            "marks": [mark for view in self.views for mark in view.marks],
            "columns": getattr(second, "columns", {}),
            "drag": [view.ax for view in self.views if view.drags],
            "reveals": {view.ax: view.reveals for view in self.views if hasattr(view, "reveals")},
            "ground": {left: getattr(main, "ground", None)},
            "zooms": {left: main.zooms} if hasattr(main, "zooms") else {},
            "hover": {left: main.hover} if look.beside == "data" else {},
            "readout": main.readout,
            "meanwhile": look.question or MEANWHILE,
            "away": AWAY.format("A" if setting.race else "The"),
            "label": f"{main.label} {second.label}",
        }
        drawn = {name for _, _, *more in self.picture["marks"] if more for name in more[0]}
        texts = [getattr(artist, "get_text", str)() for artist, *_ in self.picture["marks"]]
        read = re.findall("{(?:next )?(.+?)}", " ".join([main.readout, *texts]))
        self.names = drawn.union(read) - self.picture["columns"].keys()
