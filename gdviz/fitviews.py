"""The picture of a network in training: the fitted curve, and beside it the loss."""

import numpy as np

from . import marks, plots
from .fits import MARGIN, Fit, Range, compare
from .verdicts import flat_loss, tell


class FitView:
    """The data, and the curve that a network makes of it at the shown step."""

    label = "Data points, and the curve that a network makes of them."
    drag = False

    def __init__(self, ax, training):
        network, taylor = training.surface, training.taylor
        x, y = network.x.ravel(), network.y.ravel()
        self.ax, self.range = ax, Range(x, taylor and taylor.text)
        key = "grey: what each hidden unit adds;  black dashes: dead units"
        if taylor:
            short = taylor.text if len(taylor.text) < 25 else "the true curve"
            key = f"dotted: {short};  {key}"
        plots.fit_axes(ax, x, y, truth=(self.range.inputs, self.range.truth), key=key)
        self.marks = marks.fit(ax, taylor=taylor is not None)
        self.moving = {
            artist: "all" if "taylor" in name else "curve" for name, artist in self.marks.items()
        }
        errors = ",  RMS error inside = {},  outside = {}" * self.range.measures
        self.readout = "step {}:  loss = {},  dead units = {}" + errors

    def data(self, fit, taylor):
        """Return {artist: (x, y)} for `Live`, but for the units."""
        data = {
            self.marks["curve"]: (self.range.inputs, fit.curves),
            self.marks["name"]: self._name_place(fit.curves),
        }
        if taylor is not None:
            y = taylor(self.range.inputs)
            data[self.marks["taylor"]] = self.range.inputs, y
            data[self.marks["taylor name"]] = self._last_seen(y)
        return data

    def units(self, fit):
        """Return {artist: (x, y)} for the contributions of the hidden units of a single run."""
        x, alive, dead = fit.units
        data = {self.marks["units"]: (x, alive)}
        return data | ({self.marks["dead"]: (x, dead)} if dead.size else {})

    def _name_place(self, curves):
        """Return where the network's name stands: at the left, held inside the axes."""
        at = MARGIN // 4
        y = curves[..., at : at + 1].astype(np.float32)
        return self.range.inputs[[at]], np.clip(y, *self._room())

    def _last_seen(self, y):
        """Return where a curve is last seen inside the axes: its name's x, and a y over it."""
        low, high = self._room()
        inside = np.flatnonzero((y > low) & (y < high))
        last = inside[-1] if len(inside) else len(y) - 1
        top = y[max(0, last - MARGIN) : last + 1].max(keepdims=True)
        return self.range.inputs[[last]], np.clip(top, low, high)

    def _room(self):
        low, high = self.ax.get_ylim()
        return low + 0.04 * (high - low), high - 0.08 * (high - low)


class TrainingView:
    """Loss against step, on axes that hold still."""

    label = "Beside them the loss after each step."

    def __init__(self, ax, training):
        top = 10.0 ** np.ceil(np.log10(10 * flat_loss(training.surface)))
        plots.empty_loss_axes(ax, training.steps, "log", (top * 1e-6, top))
        self.run = marks.run_loss(ax)
        self.moving = {self.run["trail"]: "trail", self.run["point"]: "point"}

    def data(self, fit):
        """Return {artist: (step, loss)} for `Live`."""
        drawn = np.minimum(fit.loss, np.float32(1e30))  # what flies away is seen to
        return dict.fromkeys(self.moving, (fit.step, drawn))


class TrainingScene:
    """The figure for one training, and the way from courses to what moves on it.

    Attributes
    ----------
    fit, loss : views
    picture : dict
        What `Live` wants to know of the figure.
    """

    def __init__(self, training, question=""):
        figure, (left, right) = plots.side_by_side(0.52)
        self.fit, self.loss = FitView(left, training), TrainingView(right, training)
        self._question = question
        self.picture = {
            "figure": figure,
            "moving": {**self.fit.moving, **self.loss.moving},
            "readout": self.fit.readout,
            "label": f"{self.fit.label} {self.loss.label}",
            "stride": training.stride,
        }

    def measure(self, course):
        """Return the numbers of a course; what takes long is computed."""
        fit = Fit(course, self.fit.range)
        _ = fit.curves, fit.errors
        return fit

    def glimpse(self, course, taylor):
        """Return a single run, as `Live.show_one` wants it."""
        fit = self.measure(course)
        data, captions, readout = self.sweep(fit, taylor)
        return data | self.fit.units(fit), captions[0], readout

    def units(self, course):
        """Return the units of a single run, as `Live.show_detail` wants them."""
        return self.fit.units(Fit(course, self.fit.range))

    def sweep(self, fit, taylor):
        """Return all runs of a course, as `Live.show_all` wants them."""
        course, range_ = fit.course, self.fit.range
        ends = np.array([each.reshape(-1, course.known)[:, -1] for each in fit.errors])
        captions = [
            f"{tell(course, i, rate, compare(range_, ends[:, i], taylor))} {self._question}"
            for i, rate in enumerate(course.rates)
        ]
        data = self.fit.data(fit, taylor) | self.loss.data(fit)
        return data, [caption.rstrip() for caption in captions], fit.readout
