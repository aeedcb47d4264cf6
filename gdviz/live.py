"""A matplotlib figure whose moving artists the browser draws.

matplotlib draws the background once, with the moving artists hidden. Their numbers go to the
browser, many frames at a time, and it draws them on a canvas: flipping from one frame to the
next asks nobody. Nothing here knows what the picture is about.
"""

import io
import threading
from importlib.resources import files

import anywidget
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.lines import Line2D
from PIL import Image
from traitlets import Bytes, Dict, Int, List, Unicode

from .artists import artist_spec, axes_spec, check_moving, check_numbers, pose, spread_texts

DPI = 100  # a still picture; the browser's background is drawn at twice that
EMPTY = {"version": 0, "scene": 0, "frames": 0, "captions": []}
EMPTY |= {"arrays": [], "artists": [], "readout": []}
DRAWING = threading.RLock()  # matplotlib is not thread-safe, and callbacks run on a second thread


def _source(name):
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


class Live(anywidget.AnyWidget):
    """A figure of which some artists move in the browser.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        The whole picture, moving artists included. It is this widget's from now on.
    moving : dict of artist to str
        Each moving `Line2D` or `Annotation` and how it follows `reveal`, the number of steps
        shown, a key of `artists.FOLLOW`: ``"trail"``, ``"point"``, ``"all"`` and others.
    drag : sequence of matplotlib.axes.Axes
        Axes on which a pointer may be dragged or clicked; the place goes to `pointer`.
    hover : dict of matplotlib.axes.Axes to str
        Draggable axes on which a pointer that hovers shows what follows ``"hover"``, with this
        line in place of the readout: two ``{}``, for x and y.
    label : str
        One sentence that says what the picture shows, for those who cannot see it.
    readout : str
        A line of text with one ``{}`` per number read at the shown step.
    meanwhile : str
        What the caption says as long as the last step is not shown.
    stride : int
        Every how many steps there is a point: `reveal` counts steps.

    Attributes
    ----------
    frame : int
        The frame of the sweep that is shown. Link it to a slider's index in the browser.
    reveal : int
        How many steps of that frame are shown. Link it to a player.
    pointer : list of float
        Where the pointer was last held: x and y in data coordinates, the number of the axes, and
        a number that all places of one drag have in common.
    wanted : int
        Set by the browser when the hand rests: the version of the glimpse whose sweep it wants.
    problem : str
        A sentence shown in place of the caption; empty when all is well.
    """

    _esm = "\n".join(map(_source, ("numbers.js", "drawing.js", "live.js")))
    _css = _source("live.css")

    background = Bytes().tag(sync=True)
    scene = Dict().tag(sync=True)
    sweep = Dict().tag(sync=True)
    glimpse = Dict().tag(sync=True)
    detail = Dict().tag(sync=True)
    said = Dict({"of": -1}).tag(sync=True)
    images = Dict().tag(sync=True)
    problem = Unicode().tag(sync=True)
    frame = Int(0).tag(sync=True, echo_update=False)
    reveal = Int(0).tag(sync=True, echo_update=False)
    pointer = List().tag(sync=True, echo_update=False)
    wanted = Int(0).tag(sync=True, echo_update=False)

    def __init__(self, figure, moving, **options):
        self._version = 0
        self._now, self._more = ({}, [], ()), (None, None, {})
        scene, background = self._describe(figure, moving, **options)
        empty = dict.fromkeys(("sweep", "glimpse", "detail"), EMPTY)
        super().__init__(scene=scene, background=background, **empty)

    def restage(self, figure, moving, **options):
        """Change the whole picture; it waits for the `show_all` or `show_one` that must follow."""
        with DRAWING:
            scene, background = self._describe(figure, moving, **options)
        with self.hold_sync():
            self.scene, self.background, self.images = scene, background, {}

    def show_all(self, data, captions, readout=(), *, frame=0):
        """Show a sweep: many frames, between which the browser flips by itself.

        Parameters
        ----------
        data : dict of artist to tuple of array
            x and y of every moving artist, or what its way to follow wants. An array is
            ``(points,)`` where all frames share it, else ``(frames, points)``, or
            ``(frames, runs, points)`` for several lines of one style (1 for `frames` where all
            frames share them). The same array given twice is sent once.
        captions : sequence of str
            One sentence per frame.
        readout : sequence of array
            What the readout's ``{}`` stand for, each ``(points,)`` or ``(frames, points)``.
        frame : int or None
            The frame to show first; None for the one that the browser is at.
        """
        captions = list(captions)
        packet = self._packet(data, captions, readout)
        with self.hold_sync():
            self.sweep = packet
            if frame is not None:
                self.frame = frame
        self._now = data, captions, readout

    def show_one(self, data, caption, readout=()):
        """Show a glimpse: one frame, at once, in place of a sweep that no longer holds.

        Like `show_all`, with arrays that have no axis for frames. When no newer glimpse follows
        the browser sets `wanted`. With None for a caption the old one stays, until `say`.
        """
        data = _one_frame(data)
        self.glimpse = self._packet(data, [caption], readout)
        self._now = data, [caption], readout

    def say(self, caption):
        """Give the glimpse its caption: finding the words shall not hold up the picture."""
        data, _, readout = self._now
        self.said = {"of": self.glimpse["version"], "caption": caption}
        self._now = data, [caption], readout

    def show_detail(self, data, frame):
        """Add artists to one frame of the sweep: too much to send for every frame.

        Parameters
        ----------
        data : dict of artist to tuple of array
            As for `show_one`: artists of which the sweep holds no numbers.
        frame : int
        """
        data, of = _one_frame(data), self.sweep["version"]
        self.detail = self._packet(data, [""]) | {"of": of, "frame": frame}
        self._more = of, frame, data

    def show_image(self, artist, pixels):
        """Give an image artist other pixels.

        Parameters
        ----------
        artist : matplotlib.image.AxesImage
            One of the moving artists, following ``"image"``.
        pixels : numpy.ndarray of uint8, shape (height, width, 4)
            Red, green, blue and opacity; the first row is the top one.
        """
        artist.set_data(pixels[:: 1 if artist.origin == "upper" else -1])
        buffer = io.BytesIO()
        Image.fromarray(pixels).save(buffer, "png", compress_level=1)
        self.images = {**self.images, str([*self.moving].index(artist)): buffer.getvalue()}

    @property
    def stale(self):
        """Whether a glimpse is newer than the sweep."""
        return self.glimpse["version"] > self.sweep["version"]

    @property
    def version(self):
        """The version of what was shown last."""
        return self._version

    @property
    def caption(self):
        """The sentence under the picture now."""
        _, captions, _ = self._now
        if self.problem or not captions:
            return self.problem
        return (captions[self._frame] or "") if self._is_over() else self.scene["meanwhile"]

    @property
    def _revealed(self):
        """How many of the points are shown: there is one every `stride` steps."""
        return -(-self.reveal // self.scene["stride"])

    @property
    def _frame(self):
        return 0 if self.stale else min(self.frame, len(self._now[1]) - 1)

    def _is_over(self):
        """Return whether a later step would tell nothing new."""
        data, _, readout = self._now
        trails = [a for a in data if self.moving[a] == "trail"]
        end = max((np.shape(data[artist][0])[-1] - 1 for artist in trails), default=0)
        if self._revealed >= end or not self.scene["meanwhile"]:
            return True
        read = np.array([_at(column, self._frame) for column in readout])
        if not read.size:
            return False
        known = ~np.isnan(read).any(axis=0)
        last = [np.flatnonzero(known[: k + 1])[-1:] for k in (self._revealed, end)]
        return np.array_equal(*(read[:, k] for k in last))

    def still(self):
        """Return the picture as it stands now, as the bytes of a small PNG."""
        with DRAWING:
            self._pose()
            return _png(self.figure, DPI, fine="ramp" in self.moving.values())

    def close(self):
        """Free the figure, its numbers and the browser's side of it."""
        if self.comm is None:  # closed before, or never opened
            return
        self._now, self._more = ({}, [self.caption], ()), (None, None, {})
        self.layout.close()
        super().close()
        self.figure, self.moving = None, {}
        self.background, self.sweep, self.glimpse, self.detail = b"", EMPTY, EMPTY, EMPTY

    def __repr__(self):
        return " ".join(filter(None, (self.scene.get("label"), self.caption)))

    def _repr_mimebundle_(self, **kwargs):
        data, metadata = super()._repr_mimebundle_(**kwargs)
        return {**data, "text/plain": repr(self), "image/png": self.still()}, metadata

    def _pose(self):
        """Give every moving artist the numbers of the frame and step that are shown."""
        data, (of, frame, more) = self._now[0], self._more
        if not self.stale and (of, frame) == (self.sweep["version"], self._frame):
            data = more | data
        for artist in self.moving:
            if artist not in data and isinstance(artist, Line2D):
                artist.set_data([], [])
        for artist, columns in data.items():
            shown = [_at(column, self._frame) for column in columns]
            pose(artist, self.moving[artist], shown, self._revealed)
        spread_texts(data)

    def _describe(
        self, figure, moving, *, drag=(), hover=(), label="", readout="", meanwhile="", stride=1
    ):
        """Return the scene (what the browser must know to draw) and the background PNG."""
        check_moving(figure, moving)
        self.figure, self.moving = figure, dict(moving)
        axes = list(figure.axes)
        with DRAWING:
            for artist in moving:
                artist.set_visible(False)
            background = _png(figure, 2 * DPI)  # drawing also settles where the axes lie
            for artist in moving:
                artist.set_visible(True)
        self._scene_id = getattr(self, "_scene_id", 0) + 1
        width, height = figure.get_size_inches()
        scene = {
            "id": self._scene_id,
            "width": float(width),
            "height": float(height),
            "label": label,
            "readout": readout,
            "meanwhile": meanwhile,
            "stride": stride,
            "axes": [axes_spec(ax, ax in drag, dict(hover).get(ax, "")) for ax in axes],
            "artists": [
                {"axes": axes.index(artist.axes), "follow": follow, **artist_spec(artist)}
                for artist, follow in moving.items()
            ],
        }
        return scene, background

    def _packet(self, data, captions, readout=()):
        """Pack numbers as float32, or float16 given as such; an array used twice travels once."""
        check_numbers(self.moving, data, len(captions))
        self._version += 1
        arrays, places = [], {}

        def place(column):
            if id(column) not in places:
                places[id(column)] = len(arrays)
                half = getattr(column, "dtype", None) == np.float16
                numbers = np.ascontiguousarray(column, dtype=np.float16 if half else np.float32)
                shared = numbers.ndim < 2 or len(numbers) == 1
                arrays.append(
                    {
                        "shape": list(numbers.shape),
                        "shared": shared,
                        "half": half,
                        "data": numbers.tobytes(),
                    }
                )
            return places[id(column)]

        with np.errstate(over="ignore"):
            artists = [
                [place(column) for column in data[artist]] if artist in data else None
                for artist in self.moving
            ]
            return {
                "version": self._version,
                "scene": self._scene_id,
                "frames": len(captions),
                "artists": artists,
                "readout": [place(column) for column in readout],
                "arrays": arrays,
                "captions": captions,
            }


def _at(column, frame):
    """Return a column at one frame; one without an axis for frames is the same at all."""
    column = np.asarray(column)
    return column if column.ndim < 2 else column[min(frame, len(column) - 1)]


def _one_frame(data):
    return {
        artist: tuple(column if np.ndim(column) < 2 else column[None] for column in columns)
        for artist, columns in data.items()
    }


def _png(figure, dpi, *, fine=False):
    """Draw a figure and return a PNG of at most 256 colours (a third of the full size).

    Choosing them takes 7 ms; `fine`, which a ramp of colours needs, 30 ms.
    """
    figure.set_dpi(dpi)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    picture = Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")
    buffer = io.BytesIO()
    choose = Image.Quantize.MEDIANCUT if fine else Image.Quantize.FASTOCTREE
    picture.quantize(256, choose, dither=Image.Dither.NONE).save(buffer, "png")
    return buffer.getvalue()
