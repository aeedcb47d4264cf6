"""What the browser must know of a matplotlib artist, and how it strikes the same pose itself.

The two sides of one promise: `artist_spec` tells live.js how to draw an artist, `pose` gives the
artist the same numbers for a still picture.
"""

import numpy as np
from matplotlib import rcParams
from matplotlib.colors import to_hex
from matplotlib.lines import Line2D
from matplotlib.markers import MarkerStyle
from matplotlib.text import Annotation

FOLLOW = {
    "trail": "the points from the first to the shown step",
    "point": "the point at the shown step",
    "first": "the first point",
    "all": "every point, whatever step is shown",
    "tangent": "a short segment at the shown step, with the slope given beside x and y",
}
TANGENT_REACH = 45  # half its length, in points


def axes_spec(ax, drag):
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
    if not isinstance(artist, Line2D):
        raise TypeError(f"moving: cannot draw a {type(artist).__name__}; use Line2D or Annotation")
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
        spec["marker"] = {
            "path": _svg_path(MarkerStyle(artist.get_marker())),
            "size": artist.get_markersize(),
            "face": to_hex(artist.get_markerfacecolor(), keep_alpha=True),
            "edge": to_hex(artist.get_markeredgecolor(), keep_alpha=True),
            "edgewidth": artist.get_markeredgewidth(),
        }
    return spec


def _svg_path(marker):
    """Return a marker's outline as SVG path data, y pointing down."""
    path = marker.get_path().transformed(marker.get_transform())
    letters = {path.MOVETO: "M", path.LINETO: "L", path.CURVE3: "Q", path.CURVE4: "C"}
    pieces = []
    for points, code in path.iter_segments(simplify=False):
        flipped = (points.reshape(-1, 2) * (1, -1)).ravel()
        pieces.append(letters.get(code, "Z") + " ".join(f"{v:.4g}" for v in flipped))
    return "".join(piece if piece[0] != "Z" else "Z" for piece in pieces)


def pose(artist, follow, columns, reveal):
    """Set one artist's data to what `reveal` shows of it: the still picture's side of live.js."""
    x, y, *slope = np.broadcast_arrays(*columns)
    last = min(reveal, x.shape[-1] - 1)
    if follow == "tangent":
        ax = artist.axes
        (x0, y0), m = (x[last], y[last]), slope[0][last]
        to_screen = ax.transData
        here = to_screen.transform((x0, y0))
        h = 1e-3 * np.ptp(ax.get_xlim())
        along = to_screen.transform((x0 + h, y0 + h * m)) - here
        along *= TANGENT_REACH * ax.figure.dpi / 72 / np.hypot(*along)
        x, y = to_screen.inverted().transform((here - along, here + along)).T
    else:
        shown = {"trail": slice(last + 1), "point": slice(last, last + 1), "first": slice(1)}
        x, y = (column[..., shown.get(follow, slice(None))] for column in (x, y))
    if x.ndim == 2:  # several lines of one style: a NaN lifts the pen between them
        x, y = (np.insert(v.astype(float), v.shape[1], np.nan, axis=1).ravel() for v in (x, y))
    if isinstance(artist, Annotation):
        artist.xy = x[-1], y[-1]
    else:
        artist.set_data(x, y)
