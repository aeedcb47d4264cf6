"""A view is one panel: what stands still on it, what moves, and which columns that draws.

`axes` and `style` draw; a view knows which columns of a run each moving artist wants. Every view
has `ax`, `drags` (what a place on it sets: ``"start"``, ``"rate and start"``, ``"row"`` or ``""``),
`marks` (tuples of artist, how it follows the shown step, and its columns) and `label` (a sentence
for those who cannot see it); the first one of a picture has a `readout` too. Where the steps run
along a view, `reveals` is the column that counts them.
"""

import re

from ..losses.regression import LogisticRegression
from . import axes, style

UNIT = re.compile(r"\(([^()]+)\)$")  # at the end of a name
SUM = "{x} − {rate} × {dx} = {next x}"
FOLLOWS = {
    "ghost": "ghost", "trail": "trail", "start": "first", "point": "point",
    "around": "away", "away": "away",
    "rival": "trail", "rival loss": "trail", "rival away": "away",
    "cloud": "trail", "cloud now": "point", "loss": "trail", "loss now": "point",
}  # fmt: skip


def marks_of(ax, looks, columns, *more, colour=style.RUN):
    """Return marks of a run: a line of each look, all of the same columns and in its colour."""
    return [(style.line(ax, look, colour), FOLLOWS[look], columns, *more) for look in looks]


def colours_of(setting):
    """Return the colour of the run, and those of its rivals, by number (dict)."""
    rules = [rule for rule, _ in setting.race] or [setting.rule]
    colours = style.colours_of(rules)
    return colours[rules.index(setting.rule)], {k: colours[k] for k in setting.rivals}


def labels_of(setting):
    """Return what the axes of a plane are called: with units if the data have them."""
    across, up = axes.names_of(setting.surface)
    units = [UNIT.findall(name) for name in getattr(setting.surface, "names", ())]
    if not all(units) or not units:
        return across, up
    (of_input,), (of_target,) = units
    per = of_input if setting.scaling is None else "spread"
    return f"{across} ({of_target})", f"{up} ({of_target} per {per})"


def mistakes_of(surface):
    """Return the end of a readout that counts the mistakes of a decision; "" for other surfaces."""
    decides = isinstance(surface, LogisticRegression)
    return f",  mistakes = {{mistakes}} of {surface.n}" if decides else ""


class CurveView:
    """A one-dimensional surface as a curve, with the tangent at the shown step and the next step.

    That is an arrow along x and, where every step is the learning rate times the slope, a sum.
    """

    readout = "step {step}:  x = {x},  loss = {loss},  slope = {dx}"
    label = "A curve, and on it the steps of gradient descent from its start."
    drags = "start"

    def __init__(self, ax, setting):
        axes.curve(ax, setting.surface, setting.shown)
        if setting.member is None:  # whose formula would move while it is drawn ahead
            axes.entitle(ax, setting.surface)
        self.ax, self.ground, self.zooms = ax, axes.DRAWN_AGAIN, setting.zooms
        self.marks = [(style.line(ax, "tangent"), "tangent", ("x", "loss", "dx"))]
        colour, _ = colours_of(setting)
        looks = "ghost", "trail", "start", "around", "away", "point"
        self.marks += marks_of(ax, looks, ("x", "loss"), colour=colour)
        written = style.over(ax, SUM if setting.sums else "{x} → {next x}")
        self.marks += [
            (style.line(ax, "next"), "next", ("x", "step")),
            (written, "next", ("x", "step")),
        ]


class PlaneView:
    """A two-dimensional surface as contours, with the path over them and an arrow to what is next.

    What is drawn besides is said by the setting's look: the gradient as a field of arrows, and a
    strong one at the shown step; the stable limit read out; room for a picture of the basins. Where
    a step looks at some rows of the data, it is seen as the mean of what each of them would do.
    """

    label = "A contour plot, and on it the path of gradient descent from its start."
    drags = "start"

    def __init__(self, ax, setting):
        look, cloud, self.ax, self.marks = setting.look, setting.cloud is not None, ax, []
        names, self.zooms = labels_of(setting), setting.zooms
        axes.contours(ax, setting.surface, setting.shown, names=names, filled=not look.basins)
        if look.basins:
            self.basins = axes.picture(ax, setting.shown)
            self.marks.append((self.basins, "image"))
        else:
            self.ground = axes.PAINT
            if setting.member is None:
                axes.entitle(ax, setting.surface)
        if look.arrows:
            axes.gradient_field(ax, setting.surface, setting.shown)
        colour, others = colours_of(setting)
        for number, theirs in others.items():
            columns = f"{number}.x", f"{number}.y"
            self.marks += marks_of(ax, ("rival", "rival away"), columns, colour=theirs)
        one = "ghost", "trail", "start", "around", "away", "point"
        looks = ("cloud", "cloud now") if cloud else one
        self.marks += marks_of(ax, looks, ("x", "y"), colour=colour)
        if not (cloud or setting.pulls):
            onward = style.line(ax, "onward", colour), "onward", ("x", "y", "step")
            self.marks.insert(-4, onward)
        if look.arrows and not cloud:
            arrow = style.line(ax, "arrow"), "arrow", ("x", "y", "dx", "dy")
            self.marks.insert(-1, arrow)
        if setting.pulls:
            seen = "batch.x" if setting.scaling is None else "batch.seen"
            columns = "x", "y", "step", seen, "batch.y"
            self.marks[-1:-1] = [
                (style.line(ax, "pulls"), "pulls", columns),
                (style.line(ax, "pull"), "pulls", columns, 1),
            ]
        across, up = axes.names_of(setting.surface)
        place = f":  {across} = {{x}},  {up} = {{y}}"
        rows = " ({rows} rows)" * (setting.batch_size is not None)
        limited = ",  stable limit here = {limit}" * look.limit
        step = f"step {{step}}{rows}{place},  loss = {{loss}}{limited}"
        self.readout = "" if cloud else step + mistakes_of(setting.surface)
        self.hover = f"under the pointer{place}"


class LossView:
    """Loss against cost, on axes that hold still; other learning rates quietly behind.

    The cost is counted in steps, or in rows of data looked at.
    """

    label = "Beside it the loss after each step."
    drags = ""

    def __init__(self, ax, setting):
        look, self.ax, self.marks = setting.look, ax, []
        cost = {"steps": "step", "rows": "rows"}[look.cost]
        axes.loss_axes(ax, setting.surface, setting.steps, scale=look.loss_scale)
        if cost == "rows":
            rows = setting.steps * (setting.batch_size or setting.surface.n)
            ax.set(xlim=(0, rows), xlabel="rows of data looked at")
        if look.compare:
            columns = f"compared.{cost}", "compared.loss"
            self.marks = [(style.line(ax, "compared"), "all", columns)]
            for row, rate in enumerate(look.compare):
                label = style.label(ax, f"{rate:.3g}", style.INK)
                self.marks.append((label, "last seen", columns, row))
        colour, others = colours_of(setting)
        for number, rival in setting.rivals.items():
            columns, theirs = (f"{number}.{cost}", f"{number}.loss"), others[number]
            self.marks += marks_of(ax, ("rival loss",), columns, colour=theirs)
            name = style.label(ax, f"{rival.rule.name} at {rival.learning_rate:.4g}", theirs)
            self.marks.append((name, "held", columns))
        if setting.race:
            name = style.label(ax, f"{setting.rule.name} at {{rate}}", colour, weight="bold")
            self.marks.append((name, "held", (cost, "loss")))
            axes.shrink(ax, right=0.145)
        if setting.cloud is None:
            self.marks.append((style.line(ax, "stop"), "upright", (f"stop {cost}",)))
        self.reveals = cost
        looks = ("ghost", "loss", "loss now") if setting.cloud is None else ("cloud",)
        self.marks += marks_of(ax, looks, (cost, "loss"), colour=colour)


class OutcomeView:
    """What happens for every rate and start of a curve; mapped as `axes.outcome_map` wants it."""

    label = "Beside it a map: the outcome for every learning rate and every start."
    drags = "rate and start"

    def __init__(self, ax, mapped):
        axes.outcome_map(ax, *mapped)
        self.ax, self.marks = ax, [(style.line(ax, "place"), "first", ("rate", "x"))]


class HeightView:
    """A two-dimensional surface in space, with the same path on it."""

    label = "Beside it the same surface seen in space, with the same path."
    drags = ""

    def __init__(self, ax, setting):
        self.ax, through = axes.heights(ax, setting.surface, setting.shown)
        looks, (colour, _) = ("trail", "start", "point"), colours_of(setting)
        self.marks = marks_of(self.ax, looks, ("x", "y", "loss"), 0, through, colour=colour)
