"""Make the pictures of the README: a thumbnail of each lesson, and one that moves.

::

    python -m tests.make_pictures

A thumbnail is the most colourful still that is saved in a lesson; what moves are frames of a real
JupyterLab in Chromium. Run it after `save_notebooks.py`, or when explorers look different.
"""

import io
import tempfile
from base64 import b64decode
from pathlib import Path

from PIL import Image, ImageStat

from tests.browser.lab import open_lab
from tests.browser.processes import chromium, jupyter_server
from tests.save_notebooks import lessons, read

PICTURES = Path(__file__).parents[1] / ".pictures"
FILM = PICTURES / "explorer.webp"
SIZE = 360, 160  # pixels of a thumbnail, at most
WIDTH = 640  # pixels of the film
EXPLORER = 'import gdviz as gd\ngd.explore("himmelblau", learning_rate=0.001)'
MOVES = [  # slider, key, presses from frame to frame, frames
    ("learning rate", "ArrowRight", 3, 17),
    ("learning rate", "ArrowLeft", 3, 7),
    ("start x", "PageDown", 1, 12),
]


def to_show():
    """Return the lessons that have a thumbnail: all but the worked copies."""
    return [path for path in lessons() if "solutions" not in path.parts]


def place(path):
    """Return where the thumbnail of a lesson lies."""
    return PICTURES / f"{path.stem}.webp"


def thumbnail(path):
    """Return the most colourful still that is saved in a lesson, made small."""
    outputs = (output for cell in read(path).cells for output in cell.get("outputs", []))
    pngs = filter(None, (output.get("data", {}).get("image/png") for output in outputs))
    stills = [Image.open(io.BytesIO(b64decode(png))).convert("RGB") for png in pngs]
    still = max(stills, key=lambda still: ImageStat.Stat(still.convert("HSV")).mean[1])
    still.thumbnail(SIZE, Image.Resampling.LANCZOS)
    return still


def film():
    """Return frames of an explorer whose learning rate and start are moved by keys."""
    frames = []
    with (
        tempfile.TemporaryDirectory() as folder,
        jupyter_server(Path(folder, "lab")) as server,
        chromium() as browser,
        open_lab(browser, server, width=1100, height=1200) as lab,
    ):
        lab.cell(EXPLORER)
        stage, explorer = lab.stage(), lab.panel.locator(".gdviz-explorer")
        shown = lab.wait_for_frame(stage, 0)
        for name, key, presses, count in MOVES:
            slider = lab.panel.get_by_role("slider", name=name, exact=True)
            for _ in range(count):
                for _ in range(presses):
                    slider.press(key)
                    shown = lab.wait_for_frame(stage, shown)
                picture = Image.open(io.BytesIO(explorer.screenshot())).convert("RGB")
                height = round(WIDTH * picture.height / picture.width)
                frames.append(picture.resize((WIDTH, height), Image.Resampling.LANCZOS))
    return frames


def main():
    """Make all pictures, and say how large they are."""
    for path in to_show():
        thumbnail(path).save(place(path), lossless=True, method=6)
    first, *others = film()
    first.save(
        FILM, save_all=True, append_images=others, duration=150, loop=0, quality=30, method=6
    )
    for path in sorted(PICTURES.iterdir()):
        print(f"{path.name}: {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
