"""Views of the data that a model learns from, with what it makes of them at the shown step."""

import numpy as np

from ..losses.regression import LogisticRegression
from . import axes, style
from .runs import mistakes_of

SURENESS = {0.5: 0.0, 0.1: np.log(1 / 9), 0.9: np.log(9)}  # probability -> score

FEW_ERRORS, MOST_ERRORS = 50, 400  # are drawn thick, or at all: more are a haze


def row_marks(lines):
    """Return marks of the rows of data: of each label, if there are two lines."""
    kinds = ["rows"] if len(lines) == 1 else ["label 0", "label 1"]
    return [
        (line, "handle", (f"{kind}.x", f"{kind}.y"))
        for line, kind in zip(lines, kinds, strict=True)
    ]


class DataView:
    """The data of a model with one input, and its prediction at the shown step.

    From the data points, or those that the next step looks at, thin lines go upright to the line of
    a linear model: the errors there.

    A data point can be dragged; the loss surface changes with it. While the pointer hovers over
    the plane of parameters, the prediction of the place under it is drawn too. The prediction is
    drawn at the `columns` (dict) "inputs", which the model sees as "seen".
    """

    label = "Beside it the data, with the model's prediction at the shown step."
    drags = "row"

    def __init__(self, ax, setting):
        model, scaling, self.ax = setting.surface, setting.scaling, ax
        decides = isinstance(model, LogisticRegression)
        names = model.names[0], "probability of " * decides + model.names[1]
        points = axes.data(ax, setting.inputs, model.y, names, labelled=decides, room=setting.room)
        if decides:
            ax.set_yticks(np.linspace(0, 1, 6))  # no probability lies beyond
        inputs = np.linspace(*ax.get_xlim(), 201 if decides else 2)
        seen = inputs if scaling is None else (inputs - scaling.mean) / scaling.spread
        self.columns, self.marks = {"inputs": inputs, "seen": seen}, row_marks(points)
        if decides:
            raw = "raw.x", "raw.y"
            under = [(style.shade(ax), "ramp", raw), (style.line(ax, "level"), "level", raw)]
            self.marks = under + self.marks
        elif setting.fits_batches or model.n <= MOST_ERRORS:
            self.label = "Beside it the data, the model's line, and its errors at data points."
            look = "errors" if model.n <= FEW_ERRORS else "many errors"
            whose, look = ("batch", "batch errors") if setting.fits_batches else ("rows", look)
            terms = ("x", "y") if scaling is None else ("raw.x", "raw.y")
            columns = f"{whose}.x", f"{whose}.y", *terms
            errors = style.line(ax, look), "residuals", columns
            self.marks.insert(setting.fits_batches, errors)  # some rows over all rows
        squeezed, columns = " logistic" * decides, ("inputs", "seen")
        self.marks += [
            (style.line(ax, "guess"), "hover" + squeezed, columns),
            (style.line(ax, "prediction"), "mix" + squeezed, (*columns, "x", "y")),
        ]


class DecisionView:
    """The data of a model with two inputs and two classes, and its decision at the shown step.

    The ground is shaded by the probability of label 1; lines mark where it is 0.1, 0.5 and 0.9.
    """

    label = (
        "Data of two classes; the ground is shaded by the probability of each, and a line "
        "stands where both are equally probable."
    )
    drags = "row"

    def __init__(self, ax, setting):
        model, terms, self.ax = setting.surface, ("x", "y", "z"), ax
        slopes = "step {step}:  intercept = {x},  slopes = {y} and {z},  loss = {loss}"
        self.readout = slopes + mistakes_of(model)
        rest = {"labelled": True, "margins": (0.08, 0.08), "room": setting.room}
        *inputs, label = model.names
        points = axes.data(ax, *model.x.T, inputs, **rest)
        levels = [style.line(ax, "level" if p == 0.5 else "quiet level") for p in SURENESS]
        other = "label 0" if label == "label 1" else f"not {label}"
        meant = ["probability 0.5", "0.1 and 0.9", other, label]
        axes.key(ax, list(zip([*levels[:2], *points], meant, strict=True)), 2)
        self.marks = [(style.shade(ax), "ramp", terms)]
        self.marks += [
            (line, "level", terms, score)
            for line, score in zip(levels, SURENESS.values(), strict=True)
        ]
        self.marks += row_marks(points)
