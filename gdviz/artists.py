"""What the browser must know of a matplotlib artist, and how it strikes the same pose itself.

The two sides of one promise: `artist_spec` tells drawing.js how to draw an artist, `pose` gives the
artist the same numbers for a still picture.
"""

from math import prod

import numpy as np
from matplotlib import rcParams
from matplotlib.colors import to_hex
from matplotlib.figure import FigureBase
from matplotlib.image import AxesImage
from matplotlib.lines import Line2D
from matplotlib.text import Annotation

FOLLOW = {
    "trail": "the points from the first to the shown step",
    "point": "the point at the shown step",
    "first": "the first point",
    "all": "every point, whatever step is shown",
    "tangent": "a short segment at the shown step, with the slope given beside x and y",
    "arrow": "an arrow at the shown step, in the direction (dx, dy) given beside x and y",
    "curve": "a whole line of its own for every step: y is (frames, steps + 1, points); "
    "or several: (frames, steps + 1, lines, points)",
    "image": "a picture of its own, sent with `Live.show_image`",
    "mix": "the line y = a + p * b + q * c at every x, with p and q at the shown step",
    "mix logistic": "the same squeezed: y = 1 / (1 + exp(-(a + p * b + q * c)))",
    "hover": "like a mix, with p and q where the pointer hovers, without a pointer nothing",
    "hover logistic": "the same squeezed",
    "level": "the straight line a + b * x + c * y = s at the shown step",
    "ramp": "an image coloured by 1 / (1 + exp(-(a + b * x + c * y))) at the shown step",
}
WANTED = {
    "tangent": ("x", "y", "slope"),
    "arrow": ("x", "y", "dx", "dy"),
    "mix": ("x", "a", "b", "c", "p", "q"),
    "mix logistic": ("x", "a", "b", "c", "p", "q"),
    "hover": ("x", "a", "b", "c"),
    "hover logistic": ("x", "a", "b", "c"),
    "level": ("a", "b", "c", "s"),
    "ramp": ("a", "b", "c"),
}
RAMP = np.linspace(-6, 6, 25)  # scores for which the browser is told the colour
TANGENT_REACH = 45  # half its length, in points


def check_moving(figure, moving):
    """Refuse what is no figure, and artists that are not on it or follow in an unknown way."""
    if not isinstance(figure, FigureBase):
        raise TypeError(f"figure: {figure!r:.60} is no matplotlib figure; make one with Figure()")
    for artist, follow in moving.items():
        if not isinstance(artist, (Line2D, Annotation, AxesImage)):
            kind = type(artist).__name__
            raise TypeError(f"moving: cannot draw a {kind}; use Line2D, Annotation or AxesImage")
        if artist.axes not in figure.axes:
            raise ValueError(f"moving: {artist} is not on the axes of this figure; draw it there")
        if follow not in FOLLOW:
            raise ValueError(f"moving: unknown way to follow {follow!r}; use {list(FOLLOW)}")


def check_numbers(moving, data, frames):
    """Refuse numbers of which `Live.show_all` cannot make this many frames."""
    if not frames:
        raise ValueError("captions: there is none; give one sentence per frame")
    for artist, columns in data.items():
        if artist not in moving:
            raise ValueError(f"data: {artist} does not move; name it in `moving`")
        names = WANTED.get(moving[artist], ("x", "y"))
        shapes = [np.shape(column) for column in columns]
        told = f"data: {artist} got shapes {shapes} for {frames} captions"
        if len(shapes) != len(names) or () in shapes or not all(map(prod, shapes)):
            raise ValueError(f"{told}; give {', '.join(names)}, each with at least one point")
        if any(len(shape) > 1 and shape[0] not in (1, frames) for shape in shapes):
            raise ValueError(f"{told}; the first axis is for frames, one per caption, or 1")
        if len({shape[-1] for shape in shapes[:4]} - {1}) > 1:
            raise ValueError(f"{told}; the last axis, the points, must be equally long")


def axes_spec(ax, drag, hover=""):
    """Return where axes lie (fractions of the figure) and how they map data, for the browser."""
    scales = ax.get_xscale(), ax.get_yscale()
    if not set(scales) <= {"linear", "log"}:
        raise ValueError(f"scale: {scales} cannot be drawn live; use 'linear' or 'log'")
    return {
        "box": list(ax.get_position().bounds),
        "xlim": [float(v) for v in ax.get_xlim()],
        "ylim": [float(v) for v in ax.get_ylim()],
        "xscale": scales[0],
        "yscale": scales[1],
        "drag": drag,
        "hover": hover,
    }


def artist_spec(artist):
    """Return an artist's own style, as the browser's canvas wants it (lengths in points)."""
    spec = {"alpha": 1.0 if artist.get_alpha() is None else artist.get_alpha()}
    spec["clip"] = bool(artist.get_clip_on())
    if isinstance(artist, Annotation):
        return spec | {
            "text": artist.get_text(),
            "size": artist.get_fontsize(),
            "weight": str(artist.get_fontweight()),
            "color": to_hex(artist.get_color(), keep_alpha=True),
            "align": artist.get_horizontalalignment(),
            "offset": list(artist.xyann),
        }
    if isinstance(artist, AxesImage):
        colors = [to_hex(color) for color in artist.cmap(logistic(RAMP))]
        return spec | {"extent": [float(v) for v in artist.get_extent()], "colors": colors}
    style = artist.get_linestyle()
    patterns = {"--": "dashed", "-.": "dashdot", ":": "dotted"}
    dash = rcParams[f"lines.{patterns[style]}_pattern"] if style in patterns else []
    width = artist.get_linewidth()
    spec |= {
        "color": to_hex(artist.get_color(), keep_alpha=True),
        "width": 0 if style == "None" else width,
        "dash": [d * (width if rcParams["lines.scale_dashes"] else 1) for d in dash],
        "reach": TANGENT_REACH,
    }
    if artist.get_marker() not in (None, "None", "", " "):
        if artist.get_marker() not in ("o", "s"):
            raise ValueError(f"moving: no marker {artist.get_marker()!r} moves; use 'o' or 's'")
        spec["dot"] = {
            "square": artist.get_marker() == "s",
            "size": artist.get_markersize(),
            "face": to_hex(artist.get_markerfacecolor(), keep_alpha=True),
            "edge": to_hex(artist.get_markeredgecolor(), keep_alpha=True),
            "edgewidth": artist.get_markeredgewidth(),
        }
    return spec


def pose(artist, follow, columns, reveal):
    """Set one artist's data to what `reveal` shows of it: the still's side of drawing.js."""
    if follow.startswith("hover"):  # a still has no pointer
        artist.set_data([], [])
        return
    if follow.startswith("mix"):
        x, a, b, c, *pair = columns
        p, q = (number[min(reveal, len(number) - 1)] for number in pair)
        y = np.broadcast_to(a + p * b + q * c, x.shape)
        artist.set_data(x, logistic(y) if follow == "mix logistic" else y)
        return
    if follow in ("level", "ramp"):
        numbers = [column[min(reveal, len(column) - 1)] for column in columns]
        _pose_score(artist, *numbers)
        return
    if follow == "curve":
        x, y = columns
        columns, follow = (x, y[min(reveal, len(y) - 1)]), "all"
    x, y, *slope = np.broadcast_arrays(*columns)
    last = min(reveal, x.shape[-1] - 1)
    if follow in ("tangent", "arrow"):
        dx, dy = (1.0, slope[0][last]) if follow == "tangent" else (d[last] for d in slope)
        x, y = _pointer(artist.axes, x[last], y[last], dx, dy, follow)
    else:
        shown = {"trail": slice(last + 1), "point": slice(last, last + 1), "first": slice(1)}
        x, y = (column[..., shown.get(follow, slice(None))] for column in (x, y))
    if x.ndim == 2:  # several lines of one style: a NaN lifts the pen between them
        x, y = (np.insert(v.astype(float), v.shape[1], np.nan, axis=1).ravel() for v in (x, y))
    if isinstance(artist, Annotation):
        artist.xy = x[-1], y[-1]
        artist.set_visible(bool(np.isfinite(artist.xy).all()))
    else:
        artist.set_data(x, y)


def spread_texts(artists):
    """Move texts apart that would lie on each other."""
    placed = []
    texts = [artist for artist in artists if isinstance(artist, Annotation)]
    for text in sorted(texts, key=lambda each: -each.xy[1]):
        x, y = text.axes.transData.transform(text.xy)
        unit = text.figure.dpi / 72
        for above, higher in placed:
            if abs(above - x) < 40 * unit:
                y = min(y, higher - 1.1 * text.get_fontsize() * unit)
        placed.append((x, y))
        text.xy = text.axes.transData.inverted().transform((x, y))


def _pointer(ax, x, y, dx, dy, follow):
    """Return the corners of a tangent or an arrow of fixed length on screen, in data."""
    to_screen = ax.transData
    here = to_screen.transform((x, y))
    with np.errstate(all="ignore"):  # no direction, or so far out that x + h is x: nothing to see
        h = 1e-3 * np.ptp(ax.get_xlim()) / np.hypot(dx, dy)
        along = to_screen.transform((x + h * dx, y + h * dy)) - here
        along *= TANGENT_REACH * ax.figure.dpi / 72 / np.hypot(*along)
    if follow == "tangent":
        corners = [here - along, here + along]
    else:
        tip, across = here + along, np.array([-along[1], along[0]])
        barbs = [tip - 0.25 * along + side * 0.12 * across for side in (1, -1)]
        corners = [here, tip, barbs[0], tip, barbs[1]]
    return to_screen.inverted().transform(corners).T


def logistic(score):
    """Return 1 / (1 + exp(-score))."""
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(-score))


def _pose_score(artist, a, b, c, level=None):
    """Draw where the score a + b * x + c * y is `level`, or colour a picture by the score."""
    x, y = (np.array(limits) for limits in (artist.axes.get_xlim(), artist.axes.get_ylim()))
    if level is None:
        u = (np.arange(100) + 0.5) / 100
        across, up = x[0] + u * np.ptp(x), (y[1] - u * np.ptp(y))[:, np.newaxis]
        artist.set_data(logistic(a + b * across + c * up))
        return
    # from the middle of the box straight to the line, then along it both ways
    b, c, middle = b * np.ptp(x), c * np.ptp(y), a + b * x.mean() + c * y.mean()
    with np.errstate(all="ignore"):
        ahead = (level - middle) / (b * b + c * c)
        along = 3 * np.array([-1, 1]) / np.hypot(b, c)
        u, v = 0.5 + ahead * b - along * c, 0.5 + ahead * c + along * b
    artist.set_data(x[0] + u * np.ptp(x), y[0] + v * np.ptp(y))
