"""How everything looks: its colours, and what moves, as lines and grounds that are still empty.

The colours are told apart by colour-blind readers too (Okabe-Ito).
"""

from matplotlib.colors import LinearSegmentedColormap
from matplotlib.patheffects import withStroke

from ..descent.rules import AdaGrad, Adam, GradientDescent, Momentum, Nesterov, RMSProp

INK = "#333333"
QUIET = "#7c8b99"
RUN = "#d55e00"  # the run, on every picture; other rules than the plain one have their own
SLOPE = "#0072b2"
REGIME_COLOURS = {
    "crawling": "#56b4e9",
    "smooth": "#009e73",
    "overshooting": "#e69f00",
    "unstable": "#cc79a7",
}
ZONE_COLOURS = REGIME_COLOURS | {  # and what came of a training
    "stuck": "#777777",
    "slow": "#56b4e9",
    "learns": "#009e73",
    "jumps": "#e69f00",
    "diverges": "#cc79a7",
}
LABELS = "#0072b2", "#e69f00"  # of classes 0 and 1
SURE = LinearSegmentedColormap.from_list("sure", [LABELS[0], "white", LABELS[1]])
DEPTHS = "#3f82bb", "#7fb3d9", "#b5d4ea", "#e2eef6", "#fdfcf7"  # from the bottom to the top
GROUND = LinearSegmentedColormap.from_list("ground", DEPTHS)
OUTCOME_COLOURS = {
    "reached a minimum": "#8ccfa5",
    "still moving": "#b9dcf2",
    "bouncing": "#f3c969",
    "stuck at a saddle": "#f0e442",
    "stuck on a plateau": "#cfcfcf",
    "stuck at a maximum": "#f0e442",
    "standing still": "#b8a9d9",
    "left the domain": "#8c8c8c",
    "diverged": "#d9a3c2",
}
BASINS = "#56b4e9", "#e69f00", "#009e73", "#cc79a7", "#f0e442", "#0072b2", "#b8862b", "#8fbf8f"
FLOWN, UNSETTLED = "#4a4a4a", "#e9e9e9"  # where runs that begin there reach no minimum
RULE_COLOURS = {
    GradientDescent: RUN,
    Momentum: "#009e73",
    Nesterov: "#cc79a7",
    AdaGrad: "#8a3ffc",
    RMSProp: "#e69f00",
    Adam: "#0a4a90",
}
SPARE = "#882255", "#333333"  # of a student's own rules, and of a second one of a kind


def colours_of(rules):
    """Return the colour of each of the rules that race, or of the one that runs alone (list)."""
    own, found = [RULE_COLOURS.get(type(rule)) for rule in rules], []
    for colour in own:
        free = [each for each in (RUN, *SPARE) if each not in own and each not in found]
        first = colour is not None and colour not in found
        found.append(colour if first else (free or SPARE)[0])
    return found


DOT = {"linestyle": "none", "marker": "o", "color": RUN, "markeredgecolor": "white", "zorder": 6}
RING = {"markersize": 11, "markerfacecolor": "none", "markeredgecolor": RUN, "markeredgewidth": 2}
STEPS = {"marker": "o", "markersize": 4, "markeredgewidth": 0}
LOOKS = {
    # One run: every step, the start as a ring, the shown step as a dot
    "tangent": {"color": SLOPE, "linewidth": 2.2, "zorder": 3},
    "trail": {"color": RUN, "linewidth": 1.5, "zorder": 4} | STEPS,
    "ghost": {"color": INK, "linewidth": 1, "alpha": 0.4, "zorder": 2.5},
    "start": DOT | RING | {"zorder": 5},
    "arrow": {"color": SLOPE, "linewidth": 2.2, "zorder": 5},
    "point": DOT | {"markersize": 9, "markeredgewidth": 1},
    "away": {"color": RUN, "linewidth": 5, "zorder": 6, "clip_on": False},
    "around": {"color": "white", "linewidth": 8, "zorder": 5.9, "clip_on": False},
    "onward": {"color": RUN, "linewidth": 2, "alpha": 0.55, "zorder": 3.8},
    "next": {"color": RUN, "linewidth": 2.2, "zorder": 3},
    # Its loss, and an upright line where it was stopped
    "stop": {"color": INK, "linewidth": 1.2, "linestyle": "--", "zorder": 3},
    "loss": {"color": RUN, "linewidth": 2.2, "zorder": 4},
    "loss now": DOT | {"markersize": 8, "markeredgewidth": 1, "clip_on": False},
    # Many runs at once, and their losses
    "cloud": {"color": RUN, "linewidth": 0.6, "alpha": 0.35, "zorder": 4},
    "cloud now": DOT | {"markersize": 4.5, "markeredgewidth": 0.4},
    # Another rule, in a colour of its own; losses at other rates; one place on a map
    "rival": {"color": RUN, "linewidth": 1.1, "marker": "o", "markersize": 2.5, "zorder": 3},
    "rival loss": {"color": RUN, "linewidth": 1.1, "zorder": 3},
    "rival away": {"color": RUN, "linewidth": 3, "zorder": 3, "clip_on": False},
    "compared": {"color": QUIET, "linewidth": 1.1, "alpha": 0.75, "zorder": 2},
    "place": DOT | {"markersize": 10, "markeredgewidth": 1.5},
    # What a model predicts, what it would with other parameters, where a probability has one value
    "prediction": {"color": RUN, "linewidth": 2, "zorder": 4},
    "errors": {"color": RUN, "alpha": 0.5, "linewidth": 1.5, "zorder": 2},
    "many errors": {"color": RUN, "alpha": 0.5, "linewidth": 0.7, "zorder": 2},
    # The rows that the next step looks at: their errors, where each leads, and their mean, the step
    "batch errors": {"color": SLOPE, "linewidth": 1.6, "zorder": 3.2} | STEPS | {"markersize": 5},
    "pulls": {"color": SLOPE, "linewidth": 0.9, "marker": "o", "markersize": 3, "zorder": 4.5},
    "pull": {"color": RUN, "linewidth": 2.6, "marker": "o", "markersize": 5, "zorder": 4.6},
    "guess": {"color": QUIET, "linewidth": 1.6, "linestyle": "--", "zorder": 3.5},
    "level": {"color": INK, "linewidth": 1.8, "zorder": 2},
    "quiet level": {"color": INK, "linewidth": 1.0, "linestyle": "--", "zorder": 2},
    # What hidden units contribute, and the polynomial that a network is compared with
    "units": {"color": QUIET, "linewidth": 0.9, "alpha": 0.6, "zorder": 2.2},
    "dead units": {"color": "black", "linewidth": 1.3, "linestyle": "--", "zorder": 2.3},
    # A network: its weights, its units, and slopes above and below 0
    "weights": {"color": "#d9dde1", "linewidth": 0.6, "zorder": 2},
    "nodes": {"linestyle": "none", "marker": "o", "markersize": 6, "zorder": 4}
    | {"color": "white", "markeredgecolor": INK, "markeredgewidth": 1.0},
    "slopes above": {"color": SLOPE, "zorder": 3},
    "slopes below": {"color": RUN, "zorder": 3},
    "taylor": {"color": SLOPE, "linewidth": 1.7, "linestyle": "-.", "zorder": 3},
}


def line(ax, look, colour=RUN, **more):
    """Add a line, or lines of one look, still without points; in the colour of its run."""
    style = {key: colour if value == RUN else value for key, value in LOOKS[look].items()} | more
    (added,) = ax.plot([], [], **style)
    return added


def label(ax, text, colour=RUN, weight="normal"):
    """Add a name, to stand beside the shown step of a line."""
    style = {"color": colour, "fontsize": 8, "clip_on": False, "weight": weight}
    style["path_effects"] = [withStroke(linewidth=2.5, foreground=(1, 1, 1, 0.8))]
    return ax.annotate(text, (0, 0), (4, 5), textcoords="offset points", **style)


def over(ax, text):
    """Add a text, to stand over the middle of what it names."""
    style = {"color": INK, "fontsize": 9.5, "ha": "center", "clip_on": False}
    return ax.annotate(text, (0, 0), (0, 11), textcoords="offset points", **style)


def shade(ax):
    """Add a ground shaded by the probability of label 1, over the whole of the axes."""
    ends = {"extent": (*ax.get_xlim(), *ax.get_ylim()), "aspect": "auto", "origin": "upper"}
    return ax.imshow([[0.5]], cmap=SURE, vmin=0, vmax=1, alpha=0.3, zorder=0, **ends)
