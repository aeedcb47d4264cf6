"""What the README shows can be run as it stands."""

import re
from pathlib import Path

from PIL import Image, ImageChops, ImageStat

import gdviz as gd
from tests.make_pictures import FILM, PICTURES, place, thumbnail, to_show
from tests.packets import widgets

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_its_code_runs():
    (code,) = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
    before, names = widgets(), {}
    exec(code, names)
    try:
        assert list(names["run"].outcome) == ["still moving", "diverged"]
        explorers = [each for each in widgets() - before if isinstance(each, gd.Explorer)]
        assert len(explorers) == code.count("gd.explore(")
        assert [each.live.problem for each in explorers] == [""] * len(explorers)
    finally:
        for widget in widgets() - before:
            widget.close()


def test_every_room_is_told():
    rooms = {path.parent.name for path in Path(gd.__file__).parent.glob("*/__init__.py")}
    assert {*re.findall(r"^\| `(\w+)/` \|", README, flags=re.MULTILINE)} == rooms


def test_every_lesson_has_a_thumbnail_of_what_is_saved_in_it():
    shown = set(re.findall(r'src="([^"]+)"|!\[[^]]*\]\(([^)]+)\)', README))
    files = {ROOT / (small or large) for small, large in shown}
    assert files == {place(path) for path in to_show()} | {FILM} == {*PICTURES.iterdir()}
    assert sum(path.stat().st_size for path in files) < 500_000
    for path in to_show():
        with Image.open(place(path)) as saved:
            off = ImageChops.difference(saved.convert("RGB"), thumbnail(path))
        assert max(ImageStat.Stat(off).mean) < 1, f"{path.name}: run python -m tests.make_pictures"


def test_the_moving_picture_moves_and_is_small():
    assert FILM.stat().st_size < 300_000
    with Image.open(FILM) as film:
        assert film.n_frames > 20


def test_teachers_are_told_how_long_each_lesson_takes():
    minutes = re.findall(r"^\|.*?\]\((notebooks/\S+?\.ipynb)\).*\| (\d+) \|$", README, re.MULTILINE)
    assert {ROOT / path for path, _ in minutes} == {*to_show()}


def test_its_own_links_lead_somewhere():
    headings = re.findall(r"^#+ (.+)$", README, re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
    assert {*re.findall(r"\]\(#([^)]+)\)", README)} <= anchors
