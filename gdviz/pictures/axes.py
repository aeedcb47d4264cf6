"""Draw one thing on given axes and return its artists; compute no descent, show nothing."""

import math
import re

import numpy as np
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.colors import LightSource, ListedColormap, to_hex, to_rgba
from matplotlib.figure import Figure
from matplotlib.legend_handler import HandlerTuple
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator, NullLocator
from matplotlib.transforms import ScaledTranslation

from ..losses.numeric import grid
from .style import BASINS, FLOWN, GROUND, INK, LABELS, OUTCOME_COLOURS, QUIET, SLOPE, UNSETTLED

SIZE = 9.2, 3.8  # of a picture, in inches: with all its controls it fits a laptop's notebook
SHARP = 200  # dots per inch at which the browser is given a picture: texts are measured there
SHARE, TALL = 0.42, 0.83  # of it that the axes of a plane take
PLANE = SHARE * SIZE[0] / (TALL * SIZE[1])  # how much wider than high a plane is drawn
# Of contours: shares of the way from the bottom to the top, close at the bottom and not too far
# apart above it, where most of a landscape lies.
LEVELS = np.linspace(0, 1, 16)[1:] ** 3
SHADES = GROUND(np.linspace(0, 1, len(LEVELS) + 1))
CONTOUR = "#6f90ae"
FAINT, AXIS = "#e8e8e8", "#c3cad1"  # of lines that only guide the eye, and of a zero
NOWHERE = "#e4e4e4"  # where a surface is undefined
PAINT = {  # for a browser that paints the ground while it moves
    "levels": LEVELS.tolist(),
    "shades": [to_hex(shade) for shade in SHADES],
    "line": CONTOUR,
    "nowhere": NOWHERE,
    "mark": INK,  # of a minimum
}
BELOW, ABOVE = 0.17, 0.08  # room around a curve, as shares of its height; below for the next step
DRAWN_AGAIN = {"curve": INK, "width": 1.6, "below": BELOW, "above": ABOVE}  # the same of a curve
LONGEST = 60  # characters of a formula that fit above axes
MANY_ROWS = 100  # of data: more are drawn as smaller dots
DECADES = 8  # of a loss that may fall to 0
HEADROOM = 10.0  # by how much a growing loss is followed above the highest ground that is shown
SUN = LightSource(azdeg=300, altdeg=55)  # on a surface seen in space
SHADOW = np.array(to_rgba("#3f6e99"))
UNDER = 0.3  # inches from axes to the label under their ticks
RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def side_by_side(share):
    """Return a white figure with two axes, the left one taking `share` of its width."""
    figure = Figure(figsize=SIZE, dpi=SHARP, facecolor="white")
    boxes = (0.065, 0.13, share, TALL), (share + 0.165, 0.13, 0.8 - share, TALL)
    axes = [figure.add_axes(box) for box in boxes]
    for ax in axes:
        ax.spines[["top", "right"]].set_visible(False)
        ax.tick_params(colors=INK, labelsize=9)
        for axis in (ax.xaxis, ax.yaxis):
            axis.label.set_color(INK)
        ax.spines[["left", "bottom"]].set_color(QUIET)
        under = ax.transAxes + ScaledTranslation(0, -UNDER, figure.dpi_scale_trans)
        ax.xaxis.set_label_coords(0.5, 0, under)  # matplotlib would lay out all ticks twice for it
    return figure, axes


def make_room(ax):
    """Narrow axes until what is written to their left lies within the figure, and stays there."""
    figure, label = ax.figure, ax.yaxis.label
    ruler = RendererAgg(1, 1, figure.dpi)  # nothing is drawn with it
    for _ in range(2):  # narrower axes may have other ticks
        ax.apply_aspect()
        short = -ax.yaxis.get_tightbbox(ruler).x0 / figure.bbox.width
        x, y = label.get_transform().transform(label.get_position())
        left, up = (x - ax.bbox.x0) / figure.dpi, (y - ax.bbox.y0) / ax.bbox.height
        if short <= 0:
            break
        shrink(ax, left=short)
    beside = ax.transAxes + ScaledTranslation(left, 0, figure.dpi_scale_trans)
    ax.yaxis.set_label_coords(0, up, beside)  # where it was laid out already


def shrink(ax, *, left=0.0, right=0.0, top=0.0):
    """Leave room beside axes for what is written there, in shares of the figure."""
    x, y, width, height = ax.get_position(original=True).bounds
    ax.set_position((x + left, y, width - left - right, height - top))


def _span(heights):
    """Return the least and greatest finite height, apart from each other on every surface."""
    known = heights[np.isfinite(heights)]
    low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)
    least = 1e-9 * max(abs(low), abs(high))
    return (low, high) if high - low > least else (low - (least or 0.5), high + (least or 0.5))


def curve(ax, surface, window):
    """Draw a one-dimensional surface as a curve over a window, with its known minima: lines."""
    (low, high), *_ = window
    x = np.linspace(low, high, 801)
    f = surface.value(x[None])
    bottom, top = _span(f)
    room = top - bottom
    ylim = bottom - BELOW * room, top + ABOVE * room
    ax.set(xlim=(low, high), ylim=ylim, xlabel="x", ylabel="f(x)")
    _lay_out_ticks(ax, 2)
    lines = ax.plot(x, f, color=INK, linewidth=DRAWN_AGAIN["width"], zorder=2)
    for (at,) in surface.minima:
        lines += ax.plot([at], surface.value([at]), "|", color=QUIET, markersize=12, zorder=1)
    return lines


def readable(formula):
    """Return the text of a formula as it is written by hand, without LaTeX: see `power_of_ten`.

    >>> readable("(1 - x)**2 + 100*cos(2*pi*y)")
    '(1 − x)² + 100·cos(2·π·y)'
    """
    raised = re.sub(r"\*\*(\d+)(?![\d.e])", lambda power: power[1].translate(RAISED), formula)
    return re.sub(r"\bpi\b", "π", raised).replace("**", "^").replace("*", "·").replace("-", "−")


def entitle(ax, surface):
    """Write the formula of a surface above its axes, if it has one that fits there."""
    formula = readable(surface.formula or "")
    if 0 < len(formula) <= LONGEST:
        of = ", ".join("xy"[: surface.dimension])
        alone = 1e-3 < max(map(abs, ax.get_ylim())) < 1e5  # else a power of ten may stand there
        style = {"fontsize": 8.5, "color": INK, "pad": 3, "y": 1.0 if alone else None}
        ax.set_title(f"f({of}) = {formula}", loc="left", **style)


def names_of(surface):
    """Return what the two coordinates of a surface, or of a model, are called."""
    return ("intercept", "slope") if hasattr(surface, "predict") else ("x", "y")


def key(ax, entries, columns):
    """Say above axes what stands for what: entries are pairs of an artist, or a tuple, and a text.

    They are laid out in so many columns, and the axes make room for them.
    """
    shrink(ax, top=0.045 * -(-len(entries) // columns))
    handles, labels = zip(*entries, strict=True)
    above = {"loc": "lower left", "bbox_to_anchor": (0, 1.0), "ncols": columns, "frameon": False}
    size = {"fontsize": 8, "handlelength": 1.6, "borderpad": 0.1, "labelspacing": 0.3}
    side_by_side = {tuple: HandlerTuple(ndivide=None, pad=0)}
    ax.legend(handles, labels, handler_map=side_by_side, columnspacing=1.2, **above, **size)


def contours(ax, surface, window, *, names=None, filled=True):
    """Draw a two-dimensional surface as quiet contours, close at the bottom, and return them.

    Where it is undefined (NaN) the ground is hatched; lower ground is darker if it is filled.
    """
    x, y = places = grid(window, 161)
    f = surface.value(places)
    known = np.ma.masked_invalid(f)
    seen = [at for at in surface.minima if _inside(window, at)]
    bottom, top = _span(np.append(f, [surface.value(at) for at in seen]))
    bottom = max(bottom, -1e200)  # contourf takes heights up to 1e250
    spread = min(top - bottom, 1e200)
    heights = bottom + spread * LEVELS
    if known.mask.any():
        ax.patch.set(facecolor=NOWHERE, edgecolor="#bbbbbb", hatch="///")
    if filled:
        ax.contourf(x, y, known, heights, colors=SHADES, extend="both")
    lines = ax.contour(x, y, known, heights, colors=CONTOUR, linewidths=0.6, linestyles="solid")
    across, up = names or names_of(surface)
    ax.set(xlim=window[0], ylim=window[1], xlabel=across)
    ax.set_ylabel(up, rotation=0 if up == "y" else 90)
    shape = np.divide(*np.ptp(window, axis=1))
    if not hasattr(surface, "predict") and 0.4 < shape < 2.5:
        ax.set_aspect("equal", anchor="W")
    if _lay_out_ticks(ax, 0.6):
        ax.yaxis.set_label_coords(-0.06, 1.01)
    for at in surface.minima:
        ax.plot(*at, "+", color=INK, markersize=8, markeredgewidth=1.2)
    return lines


def _inside(window, at):
    """Whether a place lies in a window."""
    return all(low <= v <= high for v, (low, high) in zip(at, window, strict=True))


def _lay_out_ticks(ax, usual):
    """Leave room for the long numbers of a window far from 0 and narrow; return whether it is so.

    So many digits of them, the `usual` ones, need no room.
    """
    long = False
    for axis, (low, high) in (ax.xaxis, ax.get_xlim()), (ax.yaxis, ax.get_ylim()):
        digits = math.log10(max(abs(low), abs(high)) / (high - low))
        if digits > usual:
            long = True
            axis.set_major_locator(MaxNLocator(3 if digits > 2 else 5))
            axis.get_major_formatter().set_useOffset(False)
    return long


def power_of_ten(number, _=None):
    """Write a number on a logarithmic axis, in plain text.

    matplotlib's own labels are formulas, and the first formula of a kernel takes it 0.2 s.

    >>> power_of_ten(1000.0), power_of_ten(1e-12), power_of_ten(0.5)
    ('10³', '10⁻¹²', '0.5')
    """
    exponent = np.log10(number)
    if np.isinf(exponent) or abs(exponent - round(exponent)) > 1e-6:
        return f"{number:g}"
    return "10" + str(round(exponent)).translate(RAISED)


def loss_axes(ax, surface, steps, *, scale=None):
    """Prepare axes for loss against step, with limits that hold still whatever a run does.

    By default they are logarithmic, unless the surface goes below zero in its domain.
    """
    lowest = [surface.value(at) for at in surface.minima]
    if surface.domain is None:  # more parameters than a picture has
        f = surface.value(surface.start)
        bottom, top = _span(np.append(f, lowest or 0.01 * f))
    else:
        bottom, top = _span(np.append(surface.value(grid(surface.domain, 61)), lowest))
    if scale is None:
        scale = "log" if bottom > -1e-9 * top else "linear"
    if scale == "log":
        decade = np.ceil(np.log10(top)) if top > 0 else 0.0
        low, high = max(10.0 ** (decade - DECADES), 0.7 * bottom), HEADROOM * 10.0**decade
        if low == 0.7 * bottom:  # there are fewer decades: none is given away
            high = HEADROOM * top
        limits = low, high
    else:
        margin = 0.08 * (top - bottom)
        limits = bottom - margin, top + margin
    empty_loss_axes(ax, steps, scale, limits)


def empty_loss_axes(ax, steps, scale, limits):
    """Prepare axes for loss against step with these limits."""
    name = "loss (log scale)" if scale == "log" else "loss"
    ax.set(xlim=(0, steps), yscale=scale, ylim=limits, xlabel="step", ylabel=name)
    if scale == "log":
        ax.yaxis.set_major_formatter(power_of_ten)
    ax.yaxis.set_minor_locator(NullLocator())
    ax.grid(axis="y", color=FAINT, linewidth=0.8)
    ax.set_axisbelow(True)


def fit_axes(ax, x, y, truth):
    """Draw data to be learned from, and room on both sides of it where nothing is known.

    `truth` is (inputs, values) of the true curve, which may be NaN. Returns its line.
    """
    low, high = x.min(), x.max()
    inputs, values = truth
    known = np.append(y, values[(inputs >= low) & (inputs <= high) & np.isfinite(values)])
    bottom, top = _span(known)
    room = 0.55 * (top - bottom)
    ax.set(xlim=inputs[[0, -1]], ylim=(bottom - room, top + room), xlabel="input")
    ax.set_ylabel("target", labelpad=0)
    ax.axvspan(low, high, color="#eef2f6", zorder=0)
    here, style = "the network learns from here", {"color": QUIET, "fontsize": 8}
    ax.text(0.5 * (low + high), bottom - 0.97 * room, here, ha="center", va="bottom", **style)
    (curve,) = ax.plot(inputs, values, ":", color=INK, linewidth=1.4, zorder=2)
    ax.plot(x, y, "o", color=INK, markersize=4.5, alpha=0.55, markeredgewidth=0, zorder=2.5)
    return curve


def network_axes(ax, places, key):
    """Lay out axes for a network with its layers at these places; `key` says what lines mean."""
    ax.set(xlim=(0, 1), ylim=(0, 1))
    ax.axis("off")
    style = {"color": INK, "fontsize": 8.5, "va": "top", "ha": "center"}
    for place, name in zip(places, ("input", "hidden units", "prediction"), strict=True):
        ax.text(place, -0.01, name, **style)
    ax.set_title(key, loc="left", fontsize=7.5, color=INK, pad=2)
    shrink(ax, top=0.04)


def outcome_map(ax, rates, starts, outcomes):
    """Draw outcomes (n, m) for every rate (m,) and every start (n,), each in a colour."""
    present = [word for word in OUTCOME_COLOURS if (outcomes == word).any()]
    codes = np.select([outcomes == word for word in present], range(len(present)), -1)
    colours = ListedColormap([OUTCOME_COLOURS[word] for word in present])
    ax.pcolormesh(
        rates, starts, codes, cmap=colours, vmin=-0.5, vmax=len(present) - 0.5, rasterized=True
    )
    ax.set(xscale="log", xlim=rates[[0, -1]], ylim=starts[[0, -1]], xlabel="learning rate")
    ax.set_ylabel("start x", labelpad=0)
    ax.xaxis.set_major_formatter(power_of_ten)
    key(ax, [(Patch(facecolor=OUTCOME_COLOURS[word]), word) for word in present], 2)


def picture(ax, window):
    """Add a picture that fills a window, as yet transparent; the contours shine through."""
    several, faint = (
        tuple(Patch(facecolor=colour, alpha=alpha) for colour in BASINS[:3]) for alpha in (1, 0.35)
    )
    nowhere = Patch(facecolor=UNSETTLED, edgecolor=QUIET, linewidth=0.5)
    meant = [(several, "which minimum"), (faint, "takes many steps")]
    meant += [(Patch(facecolor=FLOWN), "flies away"), (nowhere, "settles nowhere")]
    key(ax, meant, 2)
    ends = {"extent": (*window[0], *window[1]), "aspect": ax.get_aspect(), "origin": "upper"}
    return ax.imshow([[(0.0, 0.0, 0.0, 0.0)]], alpha=0.8, zorder=1.5, **ends)


def gradient_field(ax, surface, window):
    """Draw the gradient as a field of short arrows: in the plane, pointing uphill, equally long."""
    places = grid(window, 15)[:, 1:-1, 1:-1]
    slopes = surface.gradient(places)
    with np.errstate(all="ignore"):
        arrows = slopes / np.hypot(*slopes)
    ax.quiver(*places, *arrows, color=SLOPE, alpha=0.35, scale=26, width=0.004)


def heights(ax, surface, window):
    """Draw a two-dimensional surface in space, in place of `ax`.

    Returns flat axes over the whole figure, for what moves on the surface, and where points of
    space are seen on them: (matrix, logarithm, window), see `gdviz.live.marks.Projection`.
    """
    figure, box = ax.figure, ax.get_position()
    ax.remove()
    solid = figure.add_axes(box, projection="3d", computed_zorder=False)
    x, y = places = grid(window, 41)
    f = surface.value(places)
    low, high = _span(f)
    # Heights over many decades are seen in the logarithm, but a quadratic bowl looks like one.
    lift = low >= 0 and high > 100 * max(low, 1e-9) and not surface.is_quadratic
    height = np.log10(1 + f) if lift else f
    bottom, top = _span(height)
    even = np.nan_to_num((height - bottom) / (top - bottom))
    lit = SUN.hillshade(even, dx=1 / len(x), dy=1 / len(x), vert_exag=0.4)[..., np.newaxis]
    shaded = GROUND(even) * lit + SHADOW * (1 - lit)
    solid.plot_surface(x, y, height, facecolors=shaded, shade=False, rcount=41, ccount=41)
    solid.set(xlabel="x", ylabel="y", zlabel="log10(1 + loss)" if lift else "loss")
    solid.view_init(elev=38, azim=-62)
    solid.tick_params(labelsize=7, colors=INK, pad=-2)
    solid.set_box_aspect(None, zoom=0.9)
    figure.draw_without_rendering()  # settles where everything lies
    flat = figure.add_axes((0, 0, 1, 1), facecolor="none", xlim=(0, 1), ylim=(0, 1))
    flat.axis("off")
    onto_figure = (solid.transData + figure.transFigure.inverted()).frozen().get_matrix()
    move = np.zeros((4, 4))  # keeps the depth and the divisor, moves the two others
    move[np.ix_([0, 1], [0, 1, 3])] = onto_figure[:2]
    move[2, 2] = move[3, 3] = 1
    return flat, ((move @ solid.get_proj()).tolist(), bool(lift), window)


def data(ax, across, up, names, *, labelled=False, margins=(0.12, 0.25), room=None):
    """Lay out axes for rows of data (m,), and return lines for them, labels by shape and colour.

    The limits of the axes are those of `room`, or leave margins, shares of what the data span. For
    a line they span both zeros too, unless the data are far from them; its height over a thin
    upright one is the intercept.
    """
    size = 6.5 if len(across) <= MANY_ROWS else 4.5
    style = {"linestyle": "none", "markersize": size, "markeredgecolor": "white", "zorder": 3}
    kinds = [("o", LABELS[0]), ("s", LABELS[1])] if labelled else [("o", INK)]
    lines = [ax.plot([], [], m, color=colour, alpha=0.85, **style)[0] for m, colour in kinds]
    if room is None:
        spans = (across, up) if labelled else (_and_zero(across), _and_zero(up))
        around = zip(spans, margins, strict=True)
        room = [(v.min() - share * np.ptp(v), v.max() + share * np.ptp(v)) for v, share in around]
    ax.set(xlim=room[0], ylim=room[1], xlabel=names[0], ylabel=names[1])
    if not labelled and room[0][0] < 0 < room[0][1]:
        ax.axvline(0, color=AXIS, linewidth=0.8, zorder=0)
    return lines


def _and_zero(numbers):
    """Return numbers and 0 if that leaves them enough of the picture."""
    return np.append(numbers, 0) if abs(numbers).min() <= 1.5 * np.ptp(numbers) else numbers
