"""Draw one thing on given axes and return its artists; compute no descent, show nothing."""

import numpy as np
from matplotlib.colors import LinearSegmentedColormap, ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import NullLocator

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


def _span(heights):
    """Return the least and greatest finite height, apart from each other on every surface."""
    known = heights[np.isfinite(heights)]
    low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)
    least = 1e-9 * max(abs(low), abs(high))
    return (low, high) if high - low > least else (low - (least or 0.5), high + (least or 0.5))


def curve(ax, surface):
    """Draw a one-dimensional surface as a curve over its domain, with its known minima.

    Returns
    -------
    list of matplotlib.lines.Line2D
    """
    (low, high), *_ = surface.domain
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


def contours(ax, surface, *, points=161, levels=15):
    """Draw a two-dimensional surface as quiet filled contours with log-spaced levels.

    Where the surface is undefined (NaN) the ground is hatched.

    Returns
    -------
    matplotlib.contour.QuadContourSet
        The filled contours.
    """
    x, y = (np.linspace(low, high, points) for low, high in surface.domain)
    f = surface.value(np.stack(np.meshgrid(x, y)))
    known = np.ma.masked_invalid(f)
    bottom, top = _span(np.append(f, [surface.value(at) for at in surface.minima]))
    bottom = max(bottom, -1e200)  # contourf takes heights up to 1e250
    spread = min(top - bottom, 1e200)
    heights = bottom + spread * np.geomspace(1e-3, 1, levels)
    if known.mask.any():
        ax.patch.set(facecolor="#e4e4e4", edgecolor="#bbbbbb", hatch="///")
    shades = GROUND(np.linspace(0, 1, levels + 1))
    filled = ax.contourf(x, y, known, heights, colors=shades, extend="both")
    ax.contour(x, y, known, heights, colors="#8fa6ba", linewidths=0.6)
    (x_low, x_high), (y_low, y_high) = surface.domain
    ax.set(xlim=(x_low, x_high), ylim=(y_low, y_high))
    if 0.4 < (x_high - x_low) / (y_high - y_low) < 2.5:
        ax.set_aspect("equal", anchor="W")
    ax.set_xlabel("x", color=INK)
    ax.set_ylabel("y", color=INK, rotation=0)
    for at in surface.minima:
        ax.plot(*at, "+", color=INK, markersize=8, markeredgewidth=1.2)
    return filled


def run(ax, *, tangent=False):
    """Add the artists of one run to axes: every step, the start as a ring, the end as a dot.

    Returns
    -------
    dict of str to matplotlib.lines.Line2D
        ``"trail"``, ``"start"``, ``"point"`` and, if asked for, ``"tangent"``; all still empty.
    """
    artists = {}
    if tangent:
        (artists["tangent"],) = ax.plot([], [], color=SLOPE, linewidth=2.2, zorder=3)
    (artists["trail"],) = ax.plot(
        [],
        [],
        color=RUN,
        linewidth=1.1,
        marker="o",
        markersize=4.5,
        markeredgecolor="white",
        markeredgewidth=0.6,
        zorder=4,
    )
    (artists["start"],) = ax.plot(
        [],
        [],
        linestyle="none",
        marker="o",
        markersize=11,
        markerfacecolor="none",
        markeredgecolor=RUN,
        markeredgewidth=2,
        zorder=5,
    )
    (artists["point"],) = ax.plot(
        [],
        [],
        linestyle="none",
        marker="o",
        markersize=9,
        markerfacecolor=RUN,
        markeredgecolor="white",
        markeredgewidth=1,
        zorder=6,
    )
    return artists


def loss_axes(ax, surface, steps, *, scale=None):
    """Prepare axes for loss against step, with limits that hold still whatever a run does.

    Parameters
    ----------
    scale : {'log', 'linear'}, optional
        By default logarithmic, unless the surface goes below zero in its domain.
    """
    grid = np.stack(np.meshgrid(*(np.linspace(low, high, 61) for low, high in surface.domain)))
    f = surface.value(grid)
    bottom, top = _span(np.append(f, [surface.value(at) for at in surface.minima]))
    if scale is None:
        scale = "log" if bottom > -1e-9 * top else "linear"
    if scale == "log":
        decade = np.ceil(np.log10(top)) if top > 0 else 0.0
        limits = 10.0 ** (decade - 8), 10.0**decade
    else:
        margin = 0.08 * (top - bottom)
        limits = bottom - margin, top + margin
    ax.set(xlim=(0, steps), yscale=scale, ylim=limits)
    ax.set_xlabel("step", color=INK)
    ax.set_ylabel("loss (log scale)" if scale == "log" else "loss", color=INK)
    ax.yaxis.set_minor_locator(NullLocator())
    ax.grid(axis="y", color="#e8e8e8", linewidth=0.8)
    ax.set_axisbelow(True)


def run_loss(ax):
    """Add the artists of one run's loss to axes: the curve and the shown step."""
    (trail,) = ax.plot([], [], color=RUN, linewidth=1.6, zorder=4)
    (point,) = ax.plot(
        [],
        [],
        linestyle="none",
        marker="o",
        markersize=8,
        markerfacecolor=RUN,
        markeredgecolor="white",
        markeredgewidth=1,
        clip_on=False,
        zorder=6,
    )
    return {"trail": trail, "point": point}


def compared_losses(ax, rates):
    """Add quiet loss curves for other learning rates, each with its rate written beside it.

    Returns
    -------
    lines : matplotlib.lines.Line2D
        One artist for all the curves.
    labels : list of matplotlib.text.Annotation
    """
    (lines,) = ax.plot([], [], color=QUIET, linewidth=1.1, alpha=0.75, zorder=2)
    labels = [
        ax.annotate(
            f"{rate:.3g}", (0, 0), (3, 5), textcoords="offset points", color=INK, fontsize=8.5
        )
        for rate in rates
    ]
    return lines, labels


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


def cross(ax):
    """Add a cross that marks one place on a map."""
    (mark,) = ax.plot(
        [],
        [],
        linestyle="none",
        marker="o",
        markersize=10,
        markerfacecolor=RUN,
        markeredgecolor="white",
        markeredgewidth=1.5,
        zorder=6,
    )
    return mark
