"""The picture of a network in training: the fitted curve, and beside it the loss."""

import numpy as np

from ..descent.verdicts import flat_loss
from ..losses.surface import Surface
from . import axes, style
from .runs import marks_of
from .scene import MEANWHILE

BEYOND = 0.4  # how far the picture goes on, on each side, as a share of the interval
WIDTHS = {0.02: 0.8, 0.1: 1.6, 0.25: 2.8, 0.5: 4.5}  # of weights, from such a share on, in points
BACKWARD = (
    "width: slope of the loss by this weight, as a\n"
    "share of the steepest; blue: above 0, orange: below"
)
ENDS = 0.06, 0.5, 0.94  # where input, hidden units and prediction stand
INSIDE, MARGIN = 48, 16  # in so many stretches curves are drawn; even, for Simpson's rule


class Range:
    """Where curves are drawn and measured: `inputs` (81,), in the interval of the data and beyond.

    The `truth` (81,) is the true curve there, NaN where it is not known.
    """

    def __init__(self, x, formula=None):
        low, high = float(x.min()), float(x.max())
        far = BEYOND * (high - low)
        ends = [(low - far, low, MARGIN), (low, high, INSIDE), (high, high + far, MARGIN)]
        parts = [np.linspace(a, b, count + 1) for a, b, count in ends]
        self.inputs = np.concatenate([parts[0], parts[1][1:], parts[2][1:]])
        self.truth = np.full(len(self.inputs), np.nan)
        if formula is not None:
            curve = Surface.from_formula(formula, dimension=1, domain=(low - far, high + far))
            self.truth = curve.value(self.inputs[np.newaxis])
        weights = np.zeros((2, len(self.inputs)))  # inside and outside, by Simpson's rule
        weights[0, MARGIN : MARGIN + INSIDE + 1] = _simpson(INSIDE)
        weights[1, : MARGIN + 1] = weights[1, -MARGIN - 1 :] = _simpson(MARGIN)
        weights[:, ~np.isfinite(self.truth)] = 0
        with np.errstate(invalid="ignore"):
            self._weights = weights / weights.sum(axis=1, keepdims=True)

    @property
    def measures(self):
        """Whether the true curve is known inside the interval and outside."""
        return bool(np.isfinite(self._weights).all())

    def errors(self, curves):
        """Return the RMS distance of curves (..., 81) from the true one, inside and outside."""
        known = np.isfinite(self.truth)
        with np.errstate(over="ignore", invalid="ignore"):
            squares = (curves[..., known] - self.truth[known]) ** 2
            return np.moveaxis(np.sqrt(squares @ self._weights[:, known].T), -1, 0)


def _simpson(stretches):
    return np.array([1.0, *[4.0, 2.0] * (stretches // 2 - 1), 4.0, 1.0])


class FitView:
    """The data, and the curve that a network makes of it at the shown step."""

    label = "Data points, and the curve that a network makes of them."

    def __init__(self, ax, training):
        network, taylor = training.surface, training.taylor
        x, y = network.x.ravel(), network.y.ravel()
        self.range = Range(x, taylor and taylor.text)
        curve = axes.fit_axes(ax, x, y, (self.range.inputs, self.range.truth))
        lines = {kind: style.line(ax, kind) for kind in ("units", "dead units")}
        self.marks = [(line, "curve", ("unit inputs", kind)) for kind, line in lines.items()]
        meant = list(zip(lines.values(), ("what each hidden unit adds", "dead units"), strict=True))
        if taylor:
            formula = axes.readable(taylor.text)
            meant = [(curve, formula if len(formula) < 25 else "the true curve"), *meant]
            columns, name = ("inputs", "taylor"), style.label(ax, "Taylor polynomial", style.SLOPE)
            name.set(horizontalalignment="right", position=(-7, 5))
            self.marks += [(style.line(ax, "taylor"), "all", columns), (name, "last seen", columns)]
        axes.key(ax, meant, len(meant))
        self.marks += [
            (style.line(ax, "prediction"), "curve", ("inputs", "fit")),
            (style.label(ax, "network"), "name", ("inputs", "fit"), MARGIN // 4),
        ]
        errors = ",  RMS error inside = {inside},  outside = {outside}" * self.range.measures
        self.readout = "step {step}:  loss = {loss},  dead units = {dead}" + errors


class TrainingLossView:
    """Loss against step, on axes that hold still."""

    label = "Beside them the loss after each step."
    reveals = "step"

    def __init__(self, ax, training):
        top = 10.0 ** np.ceil(np.log10(10 * flat_loss(training.surface)))
        axes.empty_loss_axes(ax, training.steps, "log", (top * 1e-6, top))
        self.marks = marks_of(ax, ("loss", "loss now"), ("step", "loss"))


class BackwardView:
    """The network, each weight as wide as the loss is steep along it at the shown step.

    A weight of steepness k reaches k of the `shares` of the steepest slope.
    """

    label = "Beside them the network, each weight as wide as the loss is steep along it."
    reveals = ""
    shares = tuple(WIDTHS)

    def __init__(self, ax):
        axes.network_axes(ax, ENDS, BACKWARD)
        lines = "weights x", "weights y"
        self.marks = [(style.line(ax, "weights"), "all", lines)]
        for kind, width in enumerate(WIDTHS.values(), 1):
            for look, sign in (("slopes above", 1), ("slopes below", -1)):
                line = style.line(ax, look, linewidth=width)
                self.marks.append((line, "kind", (*lines, "steepness"), sign * kind))
        self.marks.append((style.line(ax, "nodes"), "all", ("nodes x", "nodes y")))

    @staticmethod
    def network(count):
        """Return columns of lines (weights, 2), first those to the hidden units, and of nodes."""
        start, middle, end = ENDS
        units = (np.arange(count)[::-1] + 0.5) / count
        half = np.full(count, 0.5)
        into, out = np.column_stack([half, units]), np.column_stack([units, half])
        return {
            "weights x": np.repeat([[start, middle], [middle, end]], count, axis=0),
            "weights y": np.concatenate([into, out]),
            "nodes x": np.array([start, *[middle] * count, end]),
            "nodes y": np.array([0.5, *units, 0.5]),
        }


class TrainingScene:
    """The picture of one training: its `range`, and what `Live` wants to know of the figure.

    Its view `backward` is None unless the network stands beside the curve.
    """

    def __init__(self, training, question):
        figure, (left, right) = axes.side_by_side(0.52)
        fit = FitView(left, training)
        self.backward = BackwardView(right) if training.beside == "network" else None
        beside = self.backward or TrainingLossView(right, training)
        axes.make_room(left)
        self.range, self.question = fit.range, question
        self.picture = {
            "figure": figure,
            "marks": fit.marks + beside.marks,
            "columns": {"inputs": fit.range.inputs},
            "reveals": {right: beside.reveals} if beside.reveals else {},
            "readout": fit.readout,
            "meanwhile": question or MEANWHILE,
            "label": f"{fit.label} {beside.label}",
            "stride": training.stride,
        }
