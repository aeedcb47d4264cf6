"""Draw one thing on given axes and return its artists; compute no descent, show nothing."""

import math

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LinearSegmentedColormap, ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator, NullLocator
from mpl_toolkits.mplot3d import proj3d

INK = "#333333"
QUIET = "#7c8b99"
RUN = "#d55e00"  # the run, on every picture
SLOPE = "#0072b2"
REGIME_COLOURS = {  # Okabe-Ito: told apart by colour-blind readers too
    "crawling": "#56b4e9",
    "smooth": "#009e73",
    "overshooting": "#e69f00",
    "unstable": "#cc79a7",
}
ZONE_COLOURS = REGIME_COLOURS | {  # and what came of a training
    "slow": "#56b4e9",
    "learns": "#009e73",
    "jumps": "#e69f00",
    "diverges": "#cc79a7",
}
LABELS = "#0072b2", "#e69f00"  # of classes 0 and 1
SURE = LinearSegmentedColormap.from_list("sure", [LABELS[0], "white", LABELS[1]])
RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
GROUND = LinearSegmentedColormap.from_list("ground", ["#a9c6e0", "#d6e4f0", "#f7f7f4"])
OUTCOME_COLOURS = {
    "reached a minimum": "#a6dbc4",
    "still moving": "#b9dcf2",
    "bouncing": "#f3c969",
    "stuck at a saddle": "#f0e442",
    "stuck on a plateau": "#cfcfcf",
    "stuck at a maximum": "#f0e442",
    "left the domain": "#8c8c8c",
    "diverged": "#d9a3c2",
}


def side_by_side(share, *, width=9.2, height=4.0):
    """Return a white figure with two axes, the left one taking `share` of its width."""
    figure = Figure(figsize=(width, height), facecolor="white")
    gap = 0.1
    boxes = (0.065, 0.13, share, 0.83), (share + 0.065 + gap, 0.13, 0.9 - share - gap, 0.83)
    axes = [figure.add_axes(box) for box in boxes]
    for ax in axes:
        ax.spines[["top", "right"]].set_visible(False)
        ax.tick_params(colors=INK, labelsize=9)
        ax.spines[["left", "bottom"]].set_color(QUIET)
    return figure, axes


def make_room(ax):
    """Narrow axes until what is written to their left lies within the figure."""
    short = -ax.yaxis.get_tightbbox().x0 / ax.figure.bbox.width
    if short > 0:
        left, bottom, width, height = ax.get_position(original=True).bounds
        ax.set_position((left + short, bottom, width - short, height))


def _span(heights):
    """Return the least and greatest finite height, apart from each other on every surface."""
    known = heights[np.isfinite(heights)]
    low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)
    least = 1e-9 * max(abs(low), abs(high))
    return (low, high) if high - low > least else (low - (least or 0.5), high + (least or 0.5))


def curve(ax, surface, window):
    """Draw a one-dimensional surface as a curve over a window, with its known minima.

    Returns
    -------
    list of matplotlib.lines.Line2D
    """
    (low, high), *_ = window
    x = np.linspace(low, high, 801)
    f = surface.value(x[None])
    bottom, top = _span(f)
    margin = 0.08 * (top - bottom)
    ax.set(xlim=(low, high), ylim=(bottom - margin, top + margin))
    ax.set_xlabel("x", color=INK)
    ax.set_ylabel("f(x)", color=INK)
    lines = ax.plot(x, f, color=INK, linewidth=1.6, zorder=2)
    for (at,) in surface.minima:
        lines += ax.plot([at], surface.value([at]), "|", color=QUIET, markersize=12, zorder=1)
    return lines


def names_of(surface):
    """Return what the two coordinates of a surface, or of a model, are called."""
    return ("intercept", "slope") if hasattr(surface, "predict") else ("x", "y")


def contours(ax, surface, window, *, filled=True, points=161, levels=15):
    """Draw a two-dimensional surface as quiet contours with log-spaced levels.

    Where the surface is undefined (NaN) the ground is hatched.

    Parameters
    ----------
    window : tuple of (low, high)
        The part to draw, by coordinate.
    filled : bool
        Whether lower ground is darker; else there are lines alone.

    Returns
    -------
    matplotlib.contour.QuadContourSet
        The lines.
    """
    x, y = (np.linspace(low, high, points) for low, high in window)
    f = surface.value(np.stack(np.meshgrid(x, y)))
    known = np.ma.masked_invalid(f)
    bottom, top = _span(np.append(f, [surface.value(at) for at in surface.minima]))
    bottom = max(bottom, -1e200)  # contourf takes heights up to 1e250
    spread = min(top - bottom, 1e200)
    heights = bottom + spread * np.geomspace(1e-3, 1, levels)
    if known.mask.any():
        ax.patch.set(facecolor="#e4e4e4", edgecolor="#bbbbbb", hatch="///")
    if filled:
        shades = GROUND(np.linspace(0, 1, levels + 1))
        ax.contourf(x, y, known, heights, colors=shades, extend="both")
    lines = ax.contour(x, y, known, heights, colors="#8fa6ba", linewidths=0.6)
    (x_low, x_high), (y_low, y_high) = window
    ax.set(xlim=(x_low, x_high), ylim=(y_low, y_high))
    shape = (x_high - x_low) / (y_high - y_low)
    if not hasattr(surface, "predict") and 0.4 < shape < 2.5:
        ax.set_aspect("equal", anchor="W")
    across, up = names_of(surface)
    ax.set_xlabel(across, color=INK)
    ax.set_ylabel(up, color=INK, rotation=0 if up == "y" else 90)
    _lay_out_ticks(ax)
    for at in surface.minima:
        ax.plot(*at, "+", color=INK, markersize=8, markeredgewidth=1.2)
    return lines


def _lay_out_ticks(ax):
    """Leave room for the long numbers of a window far from 0 and narrow."""
    for axis, (low, high) in (ax.xaxis, ax.get_xlim()), (ax.yaxis, ax.get_ylim()):
        digits = math.log10(max(abs(low), abs(high)) / (high - low))
        if digits > 0.6:
            axis.set_major_locator(MaxNLocator(3 if digits > 2 else 5))
            axis.get_major_formatter().set_useOffset(False)
            ax.yaxis.set_label_coords(-0.06, 1.01)


def power_of_ten(number, _=None):
    """Write a number on a logarithmic axis, in plain text.

    matplotlib's own labels are formulas, and the first formula of a kernel takes it 0.2 s.

    >>> power_of_ten(1000.0), power_of_ten(1e-12), power_of_ten(0.5)
    ('10³', '10⁻¹²', '0.5')
    """
    exponent = np.log10(number)
    if abs(exponent - round(exponent)) > 1e-6:
        return f"{number:g}"
    return "10" + str(round(exponent)).translate(RAISED)


def loss_axes(ax, surface, steps, *, scale=None):
    """Prepare axes for loss against step, with limits that hold still whatever a run does.

    Parameters
    ----------
    scale : {'log', 'linear'}, optional
        By default logarithmic, unless the surface goes below zero in its domain.
    """
    lowest = [surface.value(at) for at in surface.minima]
    if surface.domain is None:  # more parameters than a picture has
        f = surface.value(surface.start)
        bottom, top = _span(np.append(f, lowest or 0.01 * f))
    else:
        grid = np.stack(np.meshgrid(*(np.linspace(*ends, 61) for ends in surface.domain)))
        bottom, top = _span(np.append(surface.value(grid), lowest))
    if scale is None:
        scale = "log" if bottom > -1e-9 * top else "linear"
    if scale == "log":
        decade = np.ceil(np.log10(top)) if top > 0 else 0.0
        limits = max(10.0 ** (decade - 8), 0.7 * bottom), 10.0**decade
    else:
        margin = 0.08 * (top - bottom)
        limits = bottom - margin, top + margin
    empty_loss_axes(ax, steps, scale, limits)


def empty_loss_axes(ax, steps, scale, limits):
    """Prepare axes for loss against step with these limits."""
    ax.set(xlim=(0, steps), yscale=scale, ylim=limits)
    if scale == "log":
        ax.yaxis.set_major_formatter(power_of_ten)
    ax.set_xlabel("step", color=INK)
    ax.set_ylabel("loss (log scale)" if scale == "log" else "loss", color=INK)
    ax.yaxis.set_minor_locator(NullLocator())
    ax.grid(axis="y", color="#e8e8e8", linewidth=0.8)
    ax.set_axisbelow(True)


def fit_axes(ax, x, y, *, truth, key):
    """Draw data to be learned from, and room on both sides of it where nothing is known.

    Parameters
    ----------
    x, y : (m,) arrays
    truth : tuple of (inputs, values)
        The true curve; values are NaN where it is not known.
    key : str
        What the quiet lines mean.
    """
    low, high = x.min(), x.max()
    inputs, values = truth
    known = np.append(y, values[(inputs >= low) & (inputs <= high) & np.isfinite(values)])
    bottom, top = _span(known)
    room = 0.55 * (top - bottom)
    ax.set(xlim=inputs[[0, -1]], ylim=(bottom - room, top + room))
    ax.axvspan(low, high, color="#eef2f6", zorder=0)
    ax.text(
        *(0.5 * (low + high), bottom - 0.97 * room),
        "the network learns from here",
        color=QUIET,
        fontsize=8,
        horizontalalignment="center",
        verticalalignment="bottom",
    )
    ax.plot(inputs, values, ":", color=INK, linewidth=1.4, zorder=2)
    ax.plot(x, y, "o", color=INK, markersize=4.5, alpha=0.55, markeredgewidth=0, zorder=2.5)
    ax.set_title(key, loc="left", fontsize=7.5, color=INK, pad=2)
    ax.set_xlabel("input", color=INK)
    ax.set_ylabel("target", color=INK, labelpad=0)


def outcome_map(ax, rates, starts, outcomes):
    """Draw what happens for every learning rate and every start, each outcome in a colour.

    Parameters
    ----------
    rates : numpy.ndarray, shape (m,)
    starts : numpy.ndarray, shape (n,)
    outcomes : numpy.ndarray of str, shape (n, m)
    """
    present = [word for word in OUTCOME_COLOURS if (outcomes == word).any()]
    codes = np.select([outcomes == word for word in present], range(len(present)), -1)
    colours = ListedColormap([OUTCOME_COLOURS[word] for word in present])
    ax.pcolormesh(
        rates, starts, codes, cmap=colours, vmin=-0.5, vmax=len(present) - 0.5, rasterized=True
    )
    ax.set(xscale="log", xlim=rates[[0, -1]], ylim=starts[[0, -1]])
    ax.xaxis.set_major_formatter(power_of_ten)
    ax.set_xlabel("learning rate", color=INK)
    ax.set_ylabel("start x", color=INK, labelpad=0)
    left, bottom, width, height = ax.get_position().bounds
    ax.set_position((left, bottom, width, height - 0.09))
    patches = [Patch(facecolor=OUTCOME_COLOURS[word], label=word) for word in present]
    ax.legend(
        handles=patches,
        loc="lower left",
        bbox_to_anchor=(0, 1.0),
        ncols=2,
        frameon=False,
        fontsize=8.5,
        handlelength=1,
        borderpad=0.1,
    )


def gradient_field(ax, surface, window, *, points=13):
    """Draw the gradient as a field of short arrows: in the plane, pointing uphill, equally long."""
    x, y = (np.linspace(low, high, points + 2)[1:-1] for low, high in window)
    places = np.stack(np.meshgrid(x, y))
    dx, dy = surface.gradient(places)
    length = np.hypot(dx, dy)
    with np.errstate(all="ignore"):
        ax.quiver(*places, dx / length, dy / length, color=SLOPE, alpha=0.35, scale=26, width=0.004)


def heights(ax, surface, window, *, points=61):
    """Draw a two-dimensional surface in space, in place of `ax`.

    Returns
    -------
    ax : matplotlib.axes.Axes
        Flat axes over the whole figure, for what moves on the surface.
    project : callable
        Takes x, y and height; returns where they are seen on `ax`.
    """
    figure, box = ax.figure, ax.get_position()
    ax.remove()
    solid = figure.add_axes(box, projection="3d", computed_zorder=False)
    x, y = np.meshgrid(*(np.linspace(low, high, points) for low, high in window))
    f = surface.value(np.stack([x, y]))
    low, high = _span(f)
    # Heights over many decades are seen in the logarithm, but a quadratic bowl looks like one.
    lift = low >= 0 and high > 100 * max(low, 1e-9) and not surface.is_quadratic
    height = np.log10(1 + f) if lift else f
    solid.plot_surface(
        x, y, height, cmap=GROUND, edgecolor="#8fa6ba", linewidth=0.2, rstride=2, cstride=2
    )
    solid.set(xlabel="x", ylabel="y", zlabel="log10(1 + loss)" if lift else "loss")
    solid.view_init(elev=38, azim=-62)
    solid.tick_params(labelsize=7, colors=INK, pad=-2)
    solid.set_box_aspect(None, zoom=0.9)
    FigureCanvasAgg(figure).draw()  # settles where everything lies
    matrix = solid.get_proj()
    onto_figure = (solid.transData + figure.transFigure.inverted()).frozen()
    flat = figure.add_axes((0, 0, 1, 1), facecolor="none", xlim=(0, 1), ylim=(0, 1))
    flat.axis("off")

    def project(x, y, z):
        z = np.log10(1 + z) if lift else z
        u, v, _ = proj3d.proj_transform(np.ravel(x), np.ravel(y), np.ravel(z), matrix)
        seen = onto_figure.transform(np.column_stack([u, v]))
        return tuple(column.reshape(np.shape(x)) for column in seen.T)

    return flat, project


def scatter(ax, x, y, *, labels=False, room=None):
    """Draw data: inputs across, targets up; labels 0 and 1 by shape and colour.

    Parameters
    ----------
    room : tuple of (low, high), optional
        Limits of the axes; by default they fit the data.

    Returns
    -------
    list of matplotlib.lines.Line2D
    """
    lines = _points(ax, x, y, y if labels else None)
    _fit(ax, (x, y), (0.12, 0.25), room)
    ax.set_xlabel("input", color=INK)
    ax.set_ylabel("probability of label 1" if labels else "target", color=INK)
    return lines


def classes(ax, x, y, *, room=None):
    """Draw rows of two inputs (m, 2), one per axis; labels 0 and 1 by shape and colour.

    Returns
    -------
    list of matplotlib.lines.Line2D
    """
    lines = _points(ax, *x.T, y)
    _fit(ax, x.T, (0.08, 0.08), room)
    ax.set_xlabel("input 1", color=INK)
    ax.set_ylabel("input 2", color=INK)
    key = "circle: label 0, square: label 1; lines: probability 0.5, and dashed 0.1 and 0.9"
    ax.set_title(key, loc="left", fontsize=7, color=INK, pad=4)
    return lines


def _points(ax, x, y, labels):
    style = {"linestyle": "none", "markersize": 6.5, "markeredgecolor": "white", "zorder": 3}
    kinds = [(np.full(len(x), True), "o", INK)]
    if labels is not None:
        kinds = [(labels == 0, "o", LABELS[0]), (labels == 1, "s", LABELS[1])]
    return [
        ax.plot(x[some], y[some], marker, color=colour, alpha=0.85, **style)[0]
        for some, marker, colour in kinds
    ]


def _fit(ax, columns, margins, room):
    """Set limits: those given, or a margin (a share) around the numbers of each axis."""
    for k, limits in enumerate((ax.set_xlim, ax.set_ylim)):
        low, high = columns[k].min(), columns[k].max()
        margin = margins[k] * (high - low)
        limits(*(room[k] if room else (low - margin, high + margin)))
