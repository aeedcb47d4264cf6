"""A mark is what moves: what the browser must know of it, and how a still strikes the same pose.

The two sides of one promise: `mark_spec` tells drawing.js how to draw a mark, `pose` gives its
artist the same numbers for a still picture.
"""

from math import prod
from typing import Any, NamedTuple

import numpy as np
from matplotlib import rcParams
from matplotlib.colors import to_hex
from matplotlib.image import AxesImage
from matplotlib.lines import Line2D
from matplotlib.text import Annotation
from matplotlib.transforms import Bbox

from ..checks import expect, real_array, short

FOLLOW = {  # by name: the columns it wants, and what is drawn of them
    "trail": ("x y", "the points from the first to the shown step"),
    "ghost": ("x y", "what was seen of them when a hand last rested; a still has none"),
    "point": ("x y", "the point at the shown step"),
    "first": ("x y", "the first point"),
    "all": ("x y", "every point, whatever step is shown"),
    "handle": ("x y", "every point; of draggable axes, keys choose one and move it"),
    "held": ("x y", "the point at the shown step, held inside the axes"),
    "away": ("x y", "an arrowhead where the points left the axes, while the shown one is outside"),
    "last seen": ("x y", "where line number `at` is last seen inside the axes"),
    "upright": ("x", "an upright line at x"),
    "still": ("", "the artist as it is, over what moves below it"),
    "tangent": ("x y slope", "a short segment at the shown step"),
    "arrow": ("x y dx dy", "an arrow at the shown step, in the direction (dx, dy)"),
    "next": ("x step", "the step that is taken next: an arrow at the lower end, or a text over it"),
    "onward": ("x y step", "an arrow from the shown point to where the next step leads"),
    "kind": ("x y kind", "the lines whose kind at the shown step is `at`"),
    "curve": ("x y", "whole lines of its own for every step: y is (..., steps + 1, points)"),
    "name": ("x y", "point number `at` of such a curve, over what follows, held inside the axes"),
    "image": ("", "a picture of its own, sent with `Live.show_image`"),
    "mix": ("x u p q", "the line y = p + q * u at every x, with p and q at the shown step"),
    "mix logistic": ("x u p q", "the same squeezed: y = 1 / (1 + exp(-(p + q * u)))"),
    "residuals": ("x y p q", "from every point, or those of the step, to the line y = p + q * x"),
    "pulls": ("x y step u v", "what each point (u, v) of the step adds to it; their mean if `at`"),
    "hover": ("x u", "like a mix, with p and q where the pointer hovers, else nothing"),
    "hover logistic": ("x u", "the same squeezed"),
    "level": ("a b c", "the straight line a + b * x + c * y = `at` at the shown step; c may lack"),
    "ramp": ("a b c", "colours by 1 / (1 + exp(-(a + b * x + c * y))) at the shown step"),
}
RAMP = np.linspace(-6, 6, 25)  # scores for which the browser is told the colour
TANGENT_REACH = 45  # half its length, in points
HEAD = 8, 4  # an arrowhead at the edge: its length and half its width, in points
BELOW, ABOVE = 0.04, 0.08  # of the height of the axes: how near to their ends a name may stand
FLOAT32 = float(np.finfo(np.float32).max)  # larger numbers are sent as infinite
FAR = 1e30  # matplotlib draws nothing towards infinity
UNDER = 9  # so many points of a curve lie under its name
LATEST = 0.93  # of a line: a name stands no later beside it
LOW, TIP = 0.05, 9  # of the height of the axes: where the next step lies; its head, in points
LETTER = 0.6  # how wide a letter is at most, as a share of the size of its text


class Projection(NamedTuple):
    """Where points of space are seen on flat axes.

    Attributes
    ----------
    matrix : (4, 4) nested sequence
        Takes (x, y, z, 1) to (u * w, v * w, ., w), where (u, v) is the place on the axes.
    logarithm : bool
        Whether z stands for log10(1 + z).
    window : sequence of (low, high)
        For x and y; what lies outside is not seen.
    """

    matrix: Any
    logarithm: bool
    window: Any

    def __call__(self, x, y, z):
        """Return u and v, NaN where a point is not seen."""
        with np.errstate(all="ignore"):
            z = np.log10(1 + z) if self.logarithm else z
            u, v, _, w = np.tensordot(self.matrix, np.stack([x, y, z, np.ones_like(x)]), 1)
            seen = np.ones(np.shape(x), bool)
            for place, (low, high) in zip((x, y), self.window, strict=True):
                seen &= (place >= low) & (place <= high)
            return np.where(seen, u / w, np.nan), np.where(seen, v / w, np.nan)


class Mark(NamedTuple):
    """An artist that moves: how it follows the shown step, and the names of its columns.

    Attributes
    ----------
    artist : Line2D, Annotation or AxesImage
    follow : str
        A key of `FOLLOW`.
    columns : tuple of str
    at : float
        What some ways to follow want beside columns: see `FOLLOW`.
    through : Projection or None
        With it a line has a third column, its height in space.
    text : str
        What an annotation says; ``{name}`` stands for the number of that column at the shown step,
        ``{next name}`` for the one after.
    """

    artist: Any
    follow: str
    columns: tuple = ()
    at: float = 0
    through: Projection | None = None
    text: str = ""


def marks_of(figure, marks):
    """Return marks, each whole; refuse artists that are not on the figure or cannot move."""
    if not isinstance(marks, list | tuple) or not all(isinstance(each, tuple) for each in marks):
        raise TypeError(f"marks must be tuples (artist, follow, columns), not {short(marks)}.")
    marks = [_whole(*each) for each in marks]
    for artist, follow, columns, _, through, _ in marks:
        if not isinstance(artist, (Line2D, Annotation, AxesImage)):
            kind = type(artist).__name__
            raise TypeError(f"marks: cannot draw a {kind}; use Line2D, Annotation or AxesImage")
        if artist.axes not in figure.axes:
            raise ValueError(f"marks: {artist} is not on the axes of this figure; draw it there")
        if follow not in FOLLOW:
            raise ValueError(f"marks: unknown way to follow {follow!r}; use {list(FOLLOW)}")
        wanted = FOLLOW[follow][0].split() + ["z"] * (through is not None)
        lacks = len(wanted) - len(columns)
        if lacks and (lacks != 1 or wanted[-1] != "c"):
            raise ValueError(f"marks: {follow!r} wants columns for {wanted}, not {list(columns)}")
    return marks


def _whole(artist=None, follow="trail", columns=(), at=0, through=None, text="", *more):
    """Return a mark of which the last parts may lack."""
    if more or not isinstance(follow, str):
        raise TypeError(f"marks: {short((artist, follow))} is no (artist, follow, columns).")
    text = text or (artist.get_text() if isinstance(artist, Annotation) else "")
    return Mark(artist, follow, tuple(columns), at, through and Projection(*through), text)


def check_columns(marks, columns, frames):
    """Return columns as arrays, if `frames` frames can be made of them; None is one alone."""
    if not isinstance(columns, dict):
        raise TypeError(f"columns must be a dict of name to numbers, not {short(columns)}.")
    columns = {name: _numbers(name, column) for name, column in columns.items()}
    shapes = {name: column.shape for name, column in columns.items()}
    for name, shape in shapes.items():
        if not shape or not prod(shape):
            raise ValueError(f"columns: {name!r} has shape {shape}; give at least one point")
        if frames is not None and len(shape) > 1 and shape[0] not in (1, frames):
            raise ValueError(
                f"columns: {name!r} has shape {shape} for {frames} captions; the first axis is "
                "for frames, one per caption, or 1"
            )
    for mark in marks:
        points = {shapes[name][-1] for name in mark.columns if name in shapes} - {1}
        if len(points) > 1 and not mark.follow.startswith(("mix", "residuals", "kind")):
            told = {name: shapes[name] for name in mark.columns if name in shapes}
            raise ValueError(f"columns: {told}; the last axis, the points, must be equally long")
    return columns


def _numbers(name, column):
    """Return a column as an array of real numbers, of its own kind."""
    if type(column) is np.ndarray and column.dtype.kind in "iufb":
        return column
    return real_array(f"columns[{short(name)}]", column, "give the numbers of its points")


def check_drag(drag, axes):
    """Return axes that can be dragged, if all are on the figure."""
    if not isinstance(drag, list | tuple) or not all(any(ax is on for on in axes) for ax in drag):
        raise TypeError(f"drag must be a list of axes of the figure, not {short(drag)}.")
    return drag


def check_by_axes(argument, given, axes, kinds, wanted="axes of the figure to what is to be there"):
    """Return what is said of some of these axes, a dict of them to values of these kinds."""
    if given is None:
        return {}
    fits = isinstance(given, dict) and all(any(ax is on for on in axes) for ax in given)
    fits = fits and all(isinstance(each, kinds) for each in given.values())
    return expect(fits, argument, f"a dict of {wanted}", given)


def axes_spec(ax, zoom):
    """Return where axes lie (fractions of the figure) and how they map data, for the browser.

    It also covers the labels of axes that are zoomed, and writes its own.
    """
    scales = ax.get_xscale(), ax.get_yscale()
    if not set(scales) <= {"linear", "log"}:
        raise ValueError(f"scale: {scales} cannot be drawn live; use 'linear' or 'log'")
    return {
        "box": list(ax.get_position().bounds),
        "xlim": [float(v) for v in ax.get_xlim()],
        "ylim": [float(v) for v in ax.get_ylim()],
        "xscale": scales[0],
        "yscale": scales[1],
        "zoom": zoom and zoom | {"labels": _labels_of(ax)},
    }


def _labels_of(ax):
    """Return the boxes of what is written at the ticks, (left, bottom, width, height) each."""
    renderer, to_figure = ax.figure.canvas.get_renderer(), ax.figure.transFigure.inverted()
    found = []
    for axis in (ax.xaxis, ax.yaxis):
        low, high = axis.get_view_interval()
        seen = zip(axis.get_ticklocs(), axis.get_ticklabels(), strict=True)
        boxes = [text.get_window_extent(renderer) for at, text in seen if low <= at <= high]
        around = Bbox.union(boxes or [Bbox.from_bounds(*ax.bbox.p0, 0, 0)])
        found.append([float(v) for v in around.transformed(to_figure).bounds])
    return found


def mark_spec(mark, axes):
    """Return all that the browser's canvas wants to know of a mark (lengths in points)."""
    artist, follow, columns, at, through, text = mark
    spec = {"axes": axes.index(artist.axes), "follow": follow, "columns": list(columns), "at": at}
    if through is not None:
        matrix = np.asarray(through.matrix, dtype=float).tolist()
        spec["through"] = through._asdict() | {"matrix": matrix}
    spec["alpha"] = 1.0 if artist.get_alpha() is None else artist.get_alpha()
    spec["clip"] = bool(artist.get_clip_on())
    if isinstance(artist, Annotation):
        return spec | {
            "text": text,
            "size": artist.get_fontsize(),
            "weight": str(artist.get_fontweight()),
            "color": to_hex(artist.get_color(), keep_alpha=True),
            "align": artist.get_horizontalalignment(),
            "offset": list(artist.xyann),
        }
    if isinstance(artist, AxesImage):
        colors = [to_hex(color) for color in artist.cmap(logistic(RAMP))]
        return spec | {"extent": [float(v) for v in artist.get_extent()], "colors": colors}
    return spec | _line_spec(artist, follow == "still")


def _line_spec(line, still):
    style = line.get_linestyle()
    patterns = {"--": "dashed", "-.": "dashdot", ":": "dotted"}
    dash = rcParams[f"lines.{patterns[style]}_pattern"] if style in patterns else []
    width = line.get_linewidth()
    spec = {
        "color": to_hex(line.get_color(), keep_alpha=True),
        "width": 0 if style == "None" else width,
        "dash": [d * (width if rcParams["lines.scale_dashes"] else 1) for d in dash],
        "reach": TANGENT_REACH,
    }
    if still:
        spec["points"] = np.asarray(line.get_xydata(), dtype=float).tolist()
    if line.get_marker() not in (None, "None", "", " "):
        if line.get_marker() not in ("o", "s"):
            raise ValueError(f"marks: no marker {line.get_marker()!r} moves; use 'o' or 's'")
        spec["dot"] = {
            "square": line.get_marker() == "s",
            "size": line.get_markersize(),
            "face": to_hex(line.get_markerfacecolor(), keep_alpha=True),
            "edge": to_hex(line.get_markeredgecolor(), keep_alpha=True),
            "edgewidth": line.get_markeredgewidth(),
        }
    return spec


def pose(mark, columns, reveal):
    """Set a mark's artist to what `reveal` shows of its columns: the still's side of drawing.js."""
    artist, follow = mark.artist, mark.follow
    if follow in ("still", "image"):
        return
    if follow.startswith("hover") or follow == "ghost":  # a still has no pointer, and no past
        artist.set_data([], [])
    elif follow in ("level", "ramp"):
        _pose_score(mark, *(at_step(column, reveal) for column in columns))
    else:
        x, y = places(mark, columns, reveal)
        if isinstance(artist, Annotation):
            artist.xy = x[-1], y[-1]
            artist.set_visible(bool(np.isfinite(artist.xy).all()))
        else:
            y = np.clip(np.asarray(y, float), -FAR, FAR)  # what flies away is seen to
            artist.set_data(x, y)


def places(mark, columns, reveal):
    """Return x and y of what is drawn; a NaN lifts the pen between lines of one style."""
    artist, follow, _, at, through, _ = mark
    ax = artist.axes
    if follow == "next":
        return _next_step(mark, columns, reveal)
    if follow == "onward":
        return _onward(ax, *columns, reveal)
    if follow == "upright":
        return np.repeat(columns[0][-1:], 2), np.array(ax.get_ylim())
    if follow == "pulls":
        return _pulls(*columns, reveal, at)
    if follow == "residuals":
        x, y, p, q = *(_of_step(column, reveal) for column in columns[:2]), *columns[2:]
        ends = np.stack([y, at_step(p, reveal) + at_step(q, reveal) * x, np.nan * x], axis=1)
        return np.repeat(x, 3), ends.ravel()
    if follow.startswith("mix"):
        x, u, p, q = columns
        y = at_step(p, reveal) + at_step(q, reveal) * u
        return x, logistic(y) if follow == "mix logistic" else y
    if follow == "kind":
        x, y, kinds = columns
        drawn = at_step(kinds, reveal) == at
        columns = x[drawn], y[drawn]
    if follow in ("curve", "name"):
        x, y = columns[0], at_step(columns[1], reveal)
        columns = (x, y) if follow == "curve" else (x[[at]], y[at : at + UNDER].max(keepdims=True))
    if through is not None:
        columns = through(*np.broadcast_arrays(*columns))
    x, y, *slope = np.broadcast_arrays(*columns)
    last = min(reveal, x.shape[-1] - 1)
    if follow in ("tangent", "arrow"):
        dx, dy = (1.0, slope[0][last]) if follow == "tangent" else (d[last] for d in slope)
        return _pointer(ax, x[last], y[last], dx, dy, follow)
    if follow == "away":
        return _arrowhead(ax, x[: last + 1], y[: last + 1])
    if follow == "last seen":
        return _last_seen(ax, np.atleast_2d(x)[at], np.atleast_2d(y)[at])
    shown = {"trail": slice(last + 1), "point": slice(last, last + 1), "first": slice(1)}
    shown["held"] = shown["point"]
    x, y = (column[..., shown.get(follow, slice(None))] for column in (x, y))
    if follow in ("held", "name"):
        return x, _held(ax, x, y)
    if x.ndim == 2:
        x, y = (np.insert(v.astype(float), v.shape[1], np.nan, axis=1).ravel() for v in (x, y))
    return x, y


def _next_step(mark, columns, reveal):
    """Return the corners of an arrow to the next x, or the place of a text over its middle."""
    taken = _taken(columns[1], reveal, columns[0])
    if taken is None:
        return np.full((2, 1), np.nan)
    ax = mark.artist.axes
    left, right = ax.get_xlim()
    start, end = (taken[0] - left) / (right - left)
    width, height = ax.get_window_extent().size * 72 / ax.figure.dpi
    if isinstance(mark.artist, Annotation):
        half = LETTER / 2 * mark.artist.get_fontsize() * len(mark.artist.get_text()) / width
        across, up = np.clip([(start + end) / 2], half, 1 - half), np.array([LOW])
    else:
        head = np.sign(end - start) * min(TIP, abs(end - start) * width)
        across = np.array([start, end, end - head / width, end, end - head / width])
        up = LOW + head / height * np.array([0, 0, 0.4, 0, -0.4])
    bottom, top = ax.get_ylim()
    return left + across * (right - left), bottom + up * (top - bottom)


def _onward(ax, x, y, step, reveal):
    """Return the corners of an arrow from the shown point to the next one."""
    taken = _taken(step, reveal, x, y)
    if taken is None:
        return np.full((2, 1), np.nan)
    points = ax.transData + ax.figure.dpi_scale_trans.inverted()
    start, end = (each * 72 for each in points.transform(taken.T))
    length = np.hypot(*(end - start))
    if length == 0:
        return taken
    along = (end - start) / length * min(TIP, length)
    across = 0.4 * np.array([-along[1], along[0]])
    barbs = end - along + across, end - along - across
    corners = np.array([start, end, barbs[0], end, barbs[1]])
    return points.inverted().transform(corners / 72).T


def _taken(step, reveal, *columns):
    """Return columns at the shown and the next step, (columns, 2) array; None if none is taken."""
    step, *columns = (column[reveal : reveal + 2] for column in (step, *columns))
    found = np.array(columns, float)
    goes_on = len(step) == 2 and step[1] - step[0] == 1 and np.isfinite(found).all()
    return found if goes_on else None


def _pulls(x, y, step, u, v, reveal, mean):
    """Return lines from the shown point to where each of the points of a step alone would lead.

    Each pulls along (1, u), as strongly as its residual; their mean is the step.
    """
    taken = _taken(step, reveal, x, y)
    if taken is None:
        return np.full((2, 1), np.nan)
    start, end = taken.T
    if mean:
        return taken
    u, v = (column[:, reveal] for column in (u, v))
    pulls = (v - start[0] - start[1] * u) * np.array([np.ones_like(u), u])
    middle = np.nanmean(pulls, axis=1)
    with np.errstate(all="ignore"):
        ends = start[:, np.newaxis] + middle @ (end - start) / (middle @ middle) * pulls
    lines = np.stack(np.broadcast_arrays(start[:, np.newaxis], ends, np.nan), axis=2)
    return lines.reshape(2, -1)


def _of_step(column, reveal):
    """Return a column, or what it holds for the shown step if each has its own."""
    return column if column.ndim == 1 else at_step(column.T, reveal)


def readable(number):
    """Write a number as the browser does: in about four digits.

    >>> readable(0.1 + 0.2), readable(-12345.6), readable(1.5e-7), readable(0.0)
    ('0.3', '−12350', '1.5e−07', '0')
    >>> readable(np.nan), readable(-1e39)
    ('–', 'below −1e+38')
    """
    number = float(number)
    size = abs(number)
    if np.isnan(number):
        return "–"
    if size > FLOAT32:
        return "below −1e+38" if number < 0 else "above 1e+38"
    few = float(f"{np.nextafter(number, 2 * number):.3e}")  # what lies in the middle goes up
    plain = size == 0 or 1e-4 <= size < 1e6
    text = f"{few + 0.0:.10g}" if plain else np.format_float_scientific(few, trim="-")
    return text.replace("-", "−")


def at_step(column, reveal):
    """Return what a column holds for a step, or for its last one before that."""
    return column[min(reveal, len(column) - 1)]


def _held(ax, x, y):
    """Return heights, moved inside the axes with a little room."""
    to_box = ax.transData - ax.transAxes  # a scale may be logarithmic
    with np.errstate(all="ignore"):
        low, high = (to_box.inverted().transform((0.5, end))[1] for end in (BELOW, 1 - ABOVE))
    return np.clip(y, low, high)


def _arrowhead(ax, x, y):
    """Return the corners of an arrowhead where a path left the axes; none as long as it is inside.

    It lies on the edge, along the last segment that leads out of the box.
    """
    places = ax.transData.transform(np.clip(np.column_stack([x, y]).astype(float), -FAR, FAR))
    places = places[~np.isnan(places).any(axis=1)]
    corners = ax.transAxes.transform([(0, 0), (1, 1)])
    low, high = corners
    if len(places) and not ((places[-1] >= low) & (places[-1] <= high)).all():
        for here, there in zip(places[-2::-1], places[:0:-1], strict=True):
            way = there - here
            with np.errstate(all="ignore"):
                cuts = np.sort((corners - here) / way, axis=0)
            enter, leave = np.nanmax([0, *cuts[0]]), np.nanmin([1, *cuts[1]])
            if enter < leave:
                ahead = way / np.hypot(*way)
                tip, across = here + leave * way, np.array([-ahead[1], ahead[0]])
                long, wide = np.array(HEAD) * ax.figure.dpi / 72
                barbs = [tip - long * ahead + side * wide * across for side in (1, -1)]
                head = ax.transData.inverted().transform([tip, *barbs, tip])
                ends = np.transpose([ax.get_xlim(), ax.get_ylim()])
                head[[0, 3]] = np.clip(head[0], *ends)  # the way there and back rounds
                return head.T
    return np.empty((2, 0))


def _last_seen(ax, x, y):
    """Return the last place of a line inside the axes, or the first place of all."""
    low, high = ax.get_ylim()
    inside = np.flatnonzero((y > low) & (y < high))
    last = min(inside[-1] if len(inside) else 0, int(LATEST * (len(y) - 1)))
    return x[[last]], y[[last]]


def spread_texts(artists):
    """Move texts apart that would lie on each other; none below its axes."""
    texts = [text for text in artists if isinstance(text, Annotation) and text.get_visible()]
    texts.sort(key=lambda each: -each.xy[1])
    places = [list(text.axes.transData.transform(text.xy)) for text in texts]
    high = [1.1 * text.get_fontsize() * text.figure.dpi / 72 for text in texts]
    near = [
        [abs(x - u) < 40 * text.figure.dpi / 72 for u, _ in places]
        for text, (x, _) in zip(texts, places, strict=True)
    ]
    for i, place in enumerate(places):
        above = [places[j][1] - high[j] for j in range(i) if near[i][j]]
        place[1] = min([place[1], *above])
    for i in reversed(range(len(texts))):
        below = [places[j][1] + high[i] for j in range(i + 1, len(texts)) if near[i][j]]
        places[i][1] = max(places[i][1], texts[i].axes.bbox.y0, *below)
    for text, place in zip(texts, places, strict=True):
        text.xy = text.axes.transData.inverted().transform(place)


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


def _pose_score(mark, a, b, c=0.0):
    """Draw where the score a + b * x + c * y has its level, or colour a picture by the score."""
    artist = mark.artist
    x, y = (np.array(limits) for limits in (artist.axes.get_xlim(), artist.axes.get_ylim()))
    if mark.follow == "ramp":
        u = (np.arange(100) + 0.5) / 100
        across, up = x[0] + u * np.ptp(x), (y[1] - u * np.ptp(y))[:, np.newaxis]
        artist.set_data(logistic(a + b * across + c * up))
        return
    # from the middle of the box straight to the line, then along it both ways
    b, c, middle = b * np.ptp(x), c * np.ptp(y), a + b * x.mean() + c * y.mean()
    with np.errstate(all="ignore"):
        ahead = (mark.at - middle) / (b * b + c * c)
        along = 3 * np.array([-1, 1]) / np.hypot(b, c)
        u, v = 0.5 + ahead * b - along * c, 0.5 + ahead * c + along * b
    artist.set_data(x[0] + u * np.ptp(x), y[0] + v * np.ptp(y))
