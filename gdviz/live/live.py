"""A matplotlib figure whose moving artists the browser draws.

matplotlib draws the background once, with the moving artists hidden. Their numbers go to the
browser as a table of named columns, many frames at a time, and it draws them on a canvas: flipping
from one frame to the next asks nobody. Nothing here knows what the picture is about.
"""

import io
import json
import re
import threading
from contextlib import contextmanager
from importlib.resources import files

import anywidget
import numpy as np
from ipywidgets import widget_serialization
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import FigureBase
from matplotlib.image import AxesImage
from matplotlib.lines import Line2D
from PIL import Image
from traitlets import Bytes, Dict, Int, List, Unicode

from ..checks import check_text, check_texts, short, yes_or_no
from ..checks import whole as whole_number
from .marks import (
    at_step,
    axes_spec,
    check_by_axes,
    check_columns,
    check_drag,
    mark_spec,
    marks_of,
    places,
    pose,
    readable,
    spread_texts,
)
from .together import Alike

DPI = 100  # a still picture; the browser's background is drawn at twice that
EMPTY = {"key": 0, "scene": 0, "whole": False, "captions": [], "columns": {}}
BARE = {"id": 0, "label": "", "read": [], "meanwhile": "", "away": "", "stride": 1}
MODULES = (
    "descent ground map numbers drawing narrow past zoom lens images caption hand planes points "
    "keys live"
)
SHOWN = "scene", "background", "images", "table", "detail", "program", "frame"
REMARK = re.compile(r"^ *(//.*|/\*\*.*| \* .*)\n", re.MULTILINE)  # a line of JavaScript
NAMED = re.compile(r"{(next )?(\w[^}]*)}")  # a column whose number is read out
DRAWN = "figure", "marks", "names", "_columns", "_details", "_shared", "_backdrop"
DRAWING = threading.RLock()  # matplotlib is not thread-safe, and callbacks run on a second thread


def source(name, room=__package__):
    """Return one of the files that the browser is given; of code what is no comment."""
    text = files(room).joinpath("js", name).read_text(encoding="utf-8")
    return REMARK.sub("", text) if name.endswith(".js") else text


WORKER = "".join([source("descent.js"), source("map.js"), "workOnMaps(self);"])
WORKER = f"const WORKER = {json.dumps(WORKER)};"  # what a worker is given: the same code


class Live(Alike, anywidget.AnyWidget):
    """A figure of which some artists move in the browser.

    Parameters
    ----------
    figure : matplotlib.figure.Figure, optional
        The whole picture, moving artists included. It is this widget's from now on. Without one
        there is nothing to see until `restage` gives it one.
    marks : sequence of Mark, or of tuple (artist, follow, columns, ...)
        What moves: each `Line2D`, `Annotation` or `AxesImage`, how it follows `reveal`, the number
        of steps shown (a key of `marks.FOLLOW`: ``"trail"``, ``"point"``, ``"all"`` and others),
        and the names of the columns it draws. In the text of an `Annotation` ``{name}`` stands for
        a number, as in `readout`, and ``{next name}`` for the one after it.
    columns : dict of str to (points,) array, optional
        Columns that all tables share.
    drag : sequence of matplotlib.axes.Axes
        Axes on which a pointer may be dragged or clicked; the place is asked as a `question`.
    hover : dict of matplotlib.axes.Axes to str
        Draggable axes on which a pointer that hovers shows what follows ``"hover"``, with this
        line in place of the readout: ``{x}`` and ``{y}`` stand for its place.
    reveals : dict of matplotlib.axes.Axes to str
        Axes on which a pointer moves the shown step, in the browser alone, each with the column
        that counts along it.
    ground : dict of matplotlib.axes.Axes to dict or None
        With what the browser paints the ground of axes, from the height that `program` has, as
        long as a table says that it moves: ``levels`` (shares of the way from the least height to
        the greatest), ``shades`` (one more), a ``line`` between them, ``nowhere``, and the ``mark``
        of a minimum; or a ``curve``, its ``width``, and the room ``below`` and ``above``.
    zooms : dict of matplotlib.axes.Axes to dict
        Linear axes that a hand may zoom and shift: their ``"home"``, (low, high) along x and maybe
        along y, and how wide a window may be at the ``"nearest"`` and at the ``"farthest"``, as a
        share of that. At rest the browser asks for a ``window``.
    label : str
        One sentence that says what the picture shows, for those who cannot see it.
    readout : str
        A line of text; ``{name}`` stands for the number of that column at the shown step.
    meanwhile : str
        What the caption says as long as the last step is not shown.
    away : str
        What it says before that while a mark that follows ``"away"`` is seen.
    stride : int
        Every how many steps there is a point: `reveal` counts steps.

    Attributes
    ----------
    frame : int
        The frame of a whole table that is shown.
    reveal : int
        How many steps of that frame are shown.
    question : dict
        What the browser asks: where a pointer was last held, ``at`` (x and y), on which ``axes``,
        by which ``press`` and at which ``turn`` (numbers that tell drags, and moves, apart), and
        with which ``row`` of the data, None for the nearest; which ``window`` was ``zoomed`` to (a
        number that tells zooms apart), None for home; and, when the hand rests, the ``key`` of the
        table that is to give way to all frames, and of which ``frame`` a ``picture`` is wanted.
    program : dict
        By what numbers the browser fills a table itself, for another `start` or frame than those
        that the newest table answers (see `gdviz.explorers.tables.program_on`); empty if it cannot.
    members : list of dict
        Surfaces among which a slider chooses, if the browser knows them all: see
        `gdviz.explorers.tables.members_of`.
    sliders : list of FloatSlider
        Those of the start, then maybe one that chooses among `members`; where they stand is what
        the hand asks for.
    controls : dict of str to widget
        What keys move while the picture has the focus: the slider of the learning ``"rate"``, whose
        index is the `frame`; the one of the shown ``"step"`` and what can ``"play"``, whose values
        are `reveal`; and the sliders of the start, ``"x"`` and ``"y"``.
    start : list of float
        What the hand asks for, as the browser last said with a question.
    fresh : int
        How often the picture has begun anew: what hands have done to it before is forgotten.
    problem : str
        A sentence shown in place of the caption; empty when all is well.
    names : set of str
        The columns that are drawn or read out.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> figure = Figure()
    >>> (line,) = figure.subplots().plot([], [])
    >>> live = Live(figure, [(line, "trail", ("x", "y"))], label="A line.")
    >>> live.show({"x": np.arange(3), "y": np.ones((2, 3))}, ["Frame 0.", "Frame 1."])
    >>> live.frame = 1
    >>> live
    A line. Frame 1.
    >>> live.close()
    """

    _esm = "\n".join([WORKER, *(source(f"{name}.js") for name in MODULES.split())])
    _css = source("live.css") + source("notebook.css")

    background = Bytes().tag(sync=True)
    scene = Dict(BARE).tag(sync=True)
    table = Dict(EMPTY).tag(sync=True)
    detail = Dict(EMPTY).tag(sync=True)
    images = Dict().tag(sync=True)
    problem = Unicode().tag(sync=True)
    program = Dict().tag(sync=True)
    members = List().tag(sync=True)
    sliders = List().tag(sync=True, **widget_serialization)
    controls = Dict().tag(sync=True, **widget_serialization)
    start = List().tag(sync=True, echo_update=False)
    frame = Int(0).tag(sync=True, echo_update=False)
    reveal = Int(0).tag(sync=True, echo_update=False)
    question = Dict().tag(sync=True, echo_update=False)
    fresh = Int(0).tag(sync=True)

    def __init__(self, figure=None, marks=(), **options):
        self._forget()
        later = figure is None and not marks and not options
        super().__init__(**({} if later else self._describe(figure, marks, **options)))

    def restage(self, figure, marks, **options):
        """Change the whole picture; the browser waits for the table that must follow."""
        with DRAWING:
            described = self._describe(figure, marks, **options)
        with self.hold_sync():
            for name, value in described.items():
                setattr(self, name, value)

    @contextmanager
    def wholly(self):
        """Show what was shown before, if what is done here is left half-way."""
        shown = {name: getattr(self, name) for name in SHOWN}
        drawn = {name: getattr(self, name) for name in DRAWN}
        try:
            yield
        except BaseException:
            vars(self).update(drawn)
            with self.hold_sync():
                for name, value in shown.items():
                    setattr(self, name, value)
            raise

    def show(self, columns, captions, *, whole=True, frame=None, answers=None, exact=False):
        """Show a table: a frame at once, or all of them, between which the browser flips itself.

        Parameters
        ----------
        columns : dict of str to array
            Each ``(points,)`` where all frames share it, else ``(frames, points)``, or ``(frames,
            lines, points)`` for several lines of one style (1 for `frames` where all frames share
            them). Marks whose columns are missing are not drawn.
        captions : sequence of str
            One sentence per frame.
        whole : bool
            Whether these are all frames. Else there is one, its columns have no axis for frames,
            and the browser asks for all when the hand rests.
        frame : int, optional
            The frame to show first; by default the one that the browser is at.
        answers : dict, optional
            What the table answers where the browser may ask for another one: its ``"start"``,
            whether that is ``"ahead"`` of the sliders, which are told of it after the table, the
            latest ``"turn"`` of a pointer that it knows of, and its ``"frame"`` if it is not whole;
            the number of its ``"story"``, outside of which no run is compared with the one before;
            and whether the ``"ground"`` is another than the background has.
        exact : bool
            Whether numbers that are given as float64 are sent so, else as float32.
        """
        captions = check_texts("captions", captions, "one sentence per frame")
        if not captions:
            raise ValueError("captions: there is none; give one sentence per frame")
        yes_or_no("whole", whole)
        frame = None if frame is None else _index("frame", frame)
        columns = check_columns(self.marks, columns, len(captions) if whole else None)
        table = self._packet(columns, whole, exact) | (answers or {})
        table |= {"key": self.key + 1, "captions": captions}
        with self.hold_sync():
            self.table = table
            if frame is not None:
                self.frame = frame
        self._columns, self._details = columns, {}

    def show_detail(self, columns, frame):
        """Add columns to one frame of a whole table: too much to send for every frame.

        Parameters
        ----------
        columns : dict of str to array
            Without an axis for frames.
        frame : int
        """
        frame, columns = _index("frame", frame), check_columns((), columns, None)
        self._details = {frame: columns}
        self.detail = self._packet(columns, False) | {"key": self.key, "frame": frame}

    def show_image(self, artist, pixels, frame=None):
        """Give an image artist other pixels.

        Parameters
        ----------
        artist : matplotlib.image.AxesImage
            One of the marks, following ``"image"``.
        pixels : numpy.ndarray of uint8, shape (height, width, 4)
            Red, green, blue and opacity; the first row is the top one.
        frame : int, optional
            The only frame that it belongs to; by default all.
        """
        numbers = {mark.artist: str(i) for i, mark in enumerate(self.marks)}
        if not isinstance(artist, AxesImage) or artist not in numbers:
            raise TypeError(f"artist must be an image among the marks, not {short(artist)}.")
        if getattr(pixels, "dtype", None) != np.uint8 or pixels.shape[2:] != (4,):
            raise TypeError(
                f"pixels must be a (height, width, 4) array of uint8, not {short(pixels)}."
            )
        artist.set_data(pixels[:: 1 if artist.origin == "upper" else -1])
        buffer = io.BytesIO()
        Image.fromarray(pixels).save(buffer, "png", compress_level=1)
        frame = None if frame is None else _index("frame", frame)
        image = {"png": buffer.getvalue(), "frame": frame}
        self.images = {**self.images, numbers[artist]: image}

    @property
    def key(self):
        """The number of the newest table (int)."""
        return self.table["key"]

    @property
    def whole(self):
        """Whether the newest table holds all frames (bool)."""
        return self.table["whole"]

    @property
    def caption(self):
        """The sentence under the picture now (str)."""
        captions = self.table["captions"]
        if self.problem or not captions:
            return self.problem
        if self._is_over():
            return captions[self._frame]
        gone = any(
            len(places(mark, [self.column(name) for name in mark.columns], self._points)[0])
            for mark in self.marks
            if mark.follow == "away"
        )
        return " ".join([self.scene["away"]] * gone + [self.scene["meanwhile"]])

    def column(self, name):
        """Return a column of the shown frame, (points,) or (lines, points) array; None if none."""
        if name in self._columns:
            found = self._columns[name]
            framed = self.whole and found.ndim > 1
            return found[min(self._frame, len(found) - 1)] if framed else found
        return (self._details.get(self._frame, {}) | self._shared).get(name)

    @property
    def _frame(self):
        return min(self.frame, len(self.table["captions"]) - 1) if self.whole else 0

    @property
    def _points(self):
        """How many points after the first are shown: there is one every `stride` steps."""
        return -(-self.reveal // self.scene["stride"])

    def _is_over(self):
        """Return whether a later step would tell nothing new."""
        trails = [mark.columns[0] for mark in self.marks if mark.follow == "trail"]
        read, counted = (
            [column for column in map(self.column, names) if column is not None]
            for names in (self.scene["read"], trails)
        )
        end = max((len(column.T) - 1 for column in (*counted, *read)), default=0)
        if self._points >= end or not self.scene["meanwhile"]:
            return True
        if not read:
            return False
        read = np.array(np.broadcast_arrays(*read))
        known = ~np.isnan(read).any(axis=0)
        last = [np.flatnonzero(known[: k + 1])[-1:] for k in (self._points, end)]
        return np.array_equal(*(read[:, k] for k in last))

    def still(self):
        """Return the picture as it stands now, as the bytes of a small PNG."""
        with DRAWING:
            picture = self._drawn()
            return _png(_quantized(picture, fine=any(mark.follow == "ramp" for mark in self.marks)))

    def close(self):
        """Free the figure, its numbers and the browser's side of it."""
        if self.comm is None:  # closed before, or never opened
            return
        said = {"captions": [self.caption], "whole": False}
        self._forget()
        self.layout.close()
        super().close()
        self.background = b""
        self.table, self.detail, self.program, self.sliders = EMPTY | said, EMPTY, {}, []
        self.controls = {}

    def _forget(self):
        """Hold no picture and no numbers."""
        self.figure, self.marks, self.names, self._backdrop = None, [], set(), None
        self._columns, self._details, self._shared = {}, {}, {}

    def __repr__(self):
        return " ".join(filter(None, (self.scene["label"], self.caption)))

    def _repr_mimebundle_(self, **kwargs):
        if self.comm is None:  # closed: its sentence is all there is
            return {"text/plain": repr(self)}, {}
        data, metadata = super()._repr_mimebundle_(**kwargs)
        still = {"image/png": self.still()} if self.figure else {}
        return {**data, "text/plain": repr(self), **still}, metadata

    def _drawn(self):
        """Return the picture as it stands now."""
        self._pose()
        with _canvas(self.figure, DPI) as canvas:
            renderer, pixels = canvas.get_renderer(), np.asarray(canvas.buffer_rgba())
            height, width = pixels.shape[:2]
            pixels[:] = np.asarray(self._backdrop.convert("RGBA"))[:height, :width]
            for mark in sorted(self.marks, key=lambda each: each.artist.zorder):
                mark.artist.draw(renderer)  # over the background, as in the browser
            return Image.fromarray(pixels).convert("RGB")

    def _pose(self):
        """Give every mark the numbers of the frame and step that are shown."""
        shown = []
        for mark in self.marks:
            columns = [self.column(name) for name in mark.columns]
            if not any(column is None for column in columns):
                if mark.text:
                    said = NAMED.sub(self._number, mark.text)
                    mark.artist.set_text(re.sub("× (−[^ ]+)", r"× (\1)", said))
                pose(mark, columns, self._points)
                shown.append(mark.artist)
            elif isinstance(mark.artist, Line2D):
                mark.artist.set_data([], [])
        spread_texts(shown)

    def _number(self, named):
        """Return the number of a named column at the shown step, as text."""
        column, shown = self.column(named[2]), self._points + bool(named[1])
        return "–" if column is None else readable(at_step(column, shown))

    def _describe(
        self,
        figure,
        marks,
        *,
        columns=None,
        drag=(),
        hover=None,
        reveals=None,
        ground=None,
        zooms=None,
        label="",
        readout="",
        meanwhile="",
        away="",
        stride=1,
    ):
        """Return what a picture is to the browser: its scene, its background PNG, no images yet."""
        if not isinstance(figure, FigureBase):
            raise TypeError(f"figure: {short(figure)} is no matplotlib figure; make one: Figure()")
        marks, axes = marks_of(figure, marks), list(figure.axes)
        shared = check_columns(marks, {} if columns is None else columns, None)
        ground = check_by_axes("ground", ground, axes, dict | None)
        drag = check_drag(drag, axes)
        hover = check_by_axes("hover", hover, drag, str, "draggable axes to a text")
        reveals = check_by_axes("reveals", reveals, axes, str)
        zooms = check_by_axes("zooms", zooms, axes, dict)
        texts = {"label": label, "readout": readout, "meanwhile": meanwhile, "away": away}
        for name, text in texts.items():
            check_text(name, text)
        stride = whole_number("stride", stride, ", such as 1", 1, 10**6)
        with DRAWING, _canvas(figure, 2 * DPI) as canvas:
            for mark in marks:
                mark.artist.set_visible(False)
            with np.errstate(over="ignore"):  # matplotlib 3.10 looks for ticks beyond all floats
                canvas.draw()  # which also settles where the axes lie
            for mark in marks:
                mark.artist.set_visible(True)
            picture = Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")
            backdrop = _quantized(picture.reduce(2))
            background = _png(picture.quantize(palette=backdrop, dither=Image.Dither.NONE))
            described = [
                axes_spec(ax, zooms.get(ax))
                | {"drag": ax in drag, "hover": hover.get(ax, ""), "ground": ground.get(ax)}
                | {"reveals": reveals.get(ax, "")}
                for ax in axes
            ]
        width, height = figure.get_size_inches()
        read = _named_in(readout)
        scene = {
            "id": self.scene["id"] + 1,
            "width": float(width),
            "height": float(height),
            **texts,
            "read": read,
            "stride": stride,
            "axes": described,
            "marks": [mark_spec(mark, axes) for mark in marks],
            "columns": self._packed(shared),
        }
        self.figure, self.marks, self._shared, self._backdrop = figure, marks, shared, backdrop
        drawn = (name for mark in marks for name in (*mark.columns, *_named_in(mark.text)))
        self.names = {*read, *reveals.values(), *drawn}
        return {"scene": scene, "background": background, "images": {}}

    def _packet(self, columns, whole, exact=False):
        packed = self._packed(columns, whole, exact)
        return {"scene": self.scene["id"], "whole": whole, "columns": packed}

    @staticmethod
    def _packed(columns, whole=False, exact=False):
        """Pack columns as float32, or as float16 or (if `exact`) float64 given as such."""
        packed = {}
        for name, column in columns.items():
            own = getattr(column, "dtype", None)
            half, double = own == np.float16, exact and own == np.float64
            with np.errstate(over="ignore"):  # beyond float32 is beyond every picture
                kind = own if half or double else np.float32
                numbers = np.ascontiguousarray(column, dtype=kind)
            framed = whole and numbers.ndim > 1
            packed[name] = {
                "shape": list(numbers.shape[1:] if framed else numbers.shape),
                "frames": len(numbers) if framed else 1,
                "half": half,
                "double": double,
                "data": numbers.tobytes(),
            }
        return packed


def _named_in(text):
    """Return the names of the columns that a text reads out."""
    return [name for _, name in NAMED.findall(text)]


def _index(argument, given):
    """Return the number of a frame, from 0."""
    return whole_number(argument, given, ", the number of a frame", 0, 10**6)


@contextmanager
def _canvas(figure, dpi):
    """Give a figure a canvas of so many dots per inch, whose pixels are freed in the end."""
    figure.set_dpi(dpi)
    canvas = FigureCanvasAgg(figure)
    try:
        yield canvas
    finally:
        canvas.get_renderer().__init__(1, 1, dpi)  # every text that it drew holds on to it
        FigureCanvasAgg(figure)


def _quantized(picture, *, fine=False):
    """Return a picture in at most 256 colours, its white as white as the page.

    Choosing them takes 7 ms; `fine`, which a ramp of colours needs, 30 ms.
    """
    choose = Image.Quantize.MEDIANCUT if fine else Image.Quantize.FASTOCTREE
    picture = picture.quantize(256, choose, dither=Image.Dither.NONE)
    palette = np.reshape(picture.getpalette(), (-1, 3))
    picture.putpalette(np.where(palette.min(1, keepdims=True) > 250, 255, palette).ravel().tolist())
    return picture


def _png(picture):
    """Return a picture as a PNG; of one in 256 colours it is a third of the full size."""
    buffer = io.BytesIO()
    picture.save(buffer, "png")
    return buffer.getvalue()
