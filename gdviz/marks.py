"""How what moves looks: a run, a cloud of runs, its rivals, their losses. All still empty."""

from .plots import INK, QUIET, RUN, SLOPE, SURE

RIVALS = "#0072b2", "#009e73", "#cc79a7", "#8a6d00", "#56b4e9", "#555555"
DOT = {"linestyle": "none", "marker": "o", "color": RUN, "markeredgecolor": "white"}


def _line(ax, **style):
    (line,) = ax.plot([], [], **style)
    return line


def run(ax, *, tangent=False, arrow=False):
    """Add one run: every step, the start as a ring, the shown step as a dot.

    Returns
    -------
    dict of str to matplotlib.lines.Line2D
        ``"trail"``, ``"start"``, ``"point"`` and, if asked for, ``"tangent"`` or ``"arrow"``.
    """
    artists = {}
    if tangent:
        artists["tangent"] = _line(ax, color=SLOPE, linewidth=2.2, zorder=3)
    steps = {"marker": "o", "markersize": 4, "markeredgewidth": 0}
    ring = {"markersize": 11, "markerfacecolor": "none", "markeredgecolor": RUN}
    artists["trail"] = _line(ax, color=RUN, linewidth=1.1, zorder=4, **steps)
    artists["start"] = _line(ax, **DOT | ring, markeredgewidth=2, zorder=5)
    if arrow:
        artists["arrow"] = _line(ax, color=SLOPE, linewidth=2.2, zorder=5)
    artists["point"] = _line(ax, **DOT, markersize=9, markeredgewidth=1, zorder=6)
    return artists


def cloud(ax):
    """Add many runs at once: thin trails, a small dot at the shown step of each."""
    return {
        "trail": _line(ax, color=RUN, linewidth=0.6, alpha=0.35, zorder=4),
        "point": _line(ax, **DOT, markersize=4.5, markeredgewidth=0.4, zorder=6),
    }


def run_loss(ax, *, cloud=False):
    """Add one run's loss: the curve, the shown step, and an upright line where it was stopped."""
    if cloud:
        return {"trail": _line(ax, color=RUN, linewidth=0.6, alpha=0.35, zorder=4)}
    return {
        "stop": _line(ax, color=INK, linewidth=1.2, linestyle="--", zorder=3),
        "trail": _line(ax, color=RUN, linewidth=1.6, zorder=4),
        "point": _line(ax, **DOT, markersize=8, markeredgewidth=1, clip_on=False, zorder=6),
    }


def compared_losses(ax, rates):
    """Add quiet loss curves for other learning rates, each with its rate written beside it.

    Returns
    -------
    lines : matplotlib.lines.Line2D
        One artist for all the curves.
    labels : list of matplotlib.text.Annotation
    """
    return _line(ax, color=QUIET, linewidth=1.1, alpha=0.75, zorder=2), [
        _label(ax, f"{rate:.3g}", INK) for rate in rates
    ]


def rival(ax, number):
    """Add the path of another rule, in the colour of that number."""
    colour = RIVALS[number % len(RIVALS)]
    return _line(ax, color=colour, linewidth=1.3, marker="o", markersize=2.5, zorder=3)


def rival_loss(ax, number, name):
    """Add the loss of another rule, with its name at the shown step.

    Returns
    -------
    trail : matplotlib.lines.Line2D
    label : matplotlib.text.Annotation
    """
    colour = RIVALS[number % len(RIVALS)]
    return _line(ax, color=colour, linewidth=1.3, zorder=3), _label(ax, name, colour)


def run_name(ax, name):
    """Add the name of the run's own rule, to stand at the shown step of its loss."""
    return _label(ax, name, RUN)


def place(ax):
    """Add a dot that marks one place on a map."""
    return _line(ax, **DOT, markersize=10, markeredgewidth=1.5, zorder=6)


def prediction(ax):
    """Add what a model predicts: a line through the data."""
    return _line(ax, color=RUN, linewidth=2, zorder=4)


def guess(ax):
    """Add what a model would predict with other parameters: a quiet line through the data."""
    return _line(ax, color=QUIET, linewidth=1.6, linestyle="--", zorder=3.5)


def level(ax, *, quiet=False):
    """Add the straight line where a probability has one value."""
    style = {"linewidth": 1.0, "linestyle": "--"} if quiet else {"linewidth": 1.8}
    return _line(ax, color=INK, zorder=2, **style)


def shade(ax):
    """Add a ground shaded by the probability of label 1, over the whole of the axes."""
    (left, right), (bottom, top) = ax.get_xlim(), ax.get_ylim()
    ends = {"extent": (left, right, bottom, top), "aspect": "auto", "origin": "upper"}
    return ax.imshow([[0.5]], cmap=SURE, vmin=0, vmax=1, alpha=0.3, zorder=0, **ends)


def fit(ax, *, taylor=False):
    """Add what a network predicts, and what its hidden units contribute.

    Returns
    -------
    dict of str to artist
        ``"curve"`` with its ``"name"``, ``"units"`` and ``"dead"`` (dashed, black); for a Taylor
        polynomial ``"taylor"`` with its ``"taylor name"``.
    """
    artists = {
        "units": _line(ax, color=QUIET, linewidth=0.9, alpha=0.6, zorder=2.2),
        "dead": _line(ax, color="black", linewidth=1.3, linestyle="--", zorder=2.3),
    }
    if taylor:
        artists["taylor"] = _line(ax, color=SLOPE, linewidth=1.7, linestyle="-.", zorder=3)
        artists["taylor name"] = _label(ax, "Taylor polynomial", SLOPE)
        artists["taylor name"].set_horizontalalignment("right")
        artists["taylor name"].xyann = (-7, 5)
    return artists | {"curve": prediction(ax), "name": _label(ax, "network", RUN)}


def picture(ax, window):
    """Add a picture that fills a window, as yet transparent."""
    (left, right), (bottom, top) = window
    key = "colour: which minimum; pale: many steps;\ndark: flies away; grey: settles nowhere"
    ax.set_title(key, loc="left", fontsize=7.5, color=INK, pad=2)
    x, y, width, height = ax.get_position(original=True).bounds
    ax.set_position((x, y, width, height - 0.04))  # room for it
    blank = [[(0.0, 0.0, 0.0, 0.0)]]
    return ax.imshow(
        blank,
        extent=(left, right, bottom, top),
        origin="upper",
        aspect=ax.get_aspect(),
        alpha=0.8,  # the contours shine through
        zorder=1.5,
    )


def _label(ax, text, colour):
    style = {"color": colour, "fontsize": 8.5, "clip_on": False}
    return ax.annotate(text, (0, 0), (4, 5), textcoords="offset points", **style)
