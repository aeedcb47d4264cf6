"""The house: which room may look into which; imports go one way."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import gdviz

HOUSE = Path(gdviz.__file__).parent
CHAIN = ["checks", "formulas", "losses", "descent", "pictures", "explorers"]
SEES = {room: {room, *CHAIN[:n]} for n, room in enumerate(CHAIN)}  # what a room may import from
SEES["live"] = {"live", "checks"}
SEES["exercises"] = {"exercises", "live", "checks"}
SEES["explorers"] |= {"live"}
SEES["__init__"] = set(SEES)
SEES["page"] = {"page", *SEES}  # and nobody looks into it


def room_of(parts):
    return parts[0].removesuffix(".py") if parts else "__init__"


def imported(path):
    """Yield the parts of each module of the package that a file imports from, and the line."""
    place = path.relative_to(HOUSE).parts
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = place[: len(place) - node.level]
            yield [*base, *(node.module or node.names[0].name).split(".")], node.lineno
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("gdviz"):
            yield node.module.split(".")[1:], node.lineno
        elif isinstance(node, ast.Import):
            for name in node.names:
                if name.name.split(".")[0] == "gdviz":
                    yield name.name.split(".")[1:], node.lineno


FILES = sorted(HOUSE.rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(HOUSE)))
def test_a_room_looks_only_where_it_may(path):
    room = room_of(path.relative_to(HOUSE).parts)
    for parts, line in imported(path):
        assert room_of(parts) in SEES[room], f"{path}:{line}"


def test_every_room_says_what_it_is_for_and_holds_nothing_else():
    for room in HOUSE.glob("*/__init__.py"):
        (said,) = ast.parse(room.read_text(encoding="utf-8")).body
        assert isinstance(said, ast.Expr) and isinstance(said.value.value, str)


def test_who_only_computes_loads_nothing_to_look_at():
    code = (
        "import sys, gdviz as gd; gd.descend('parabola', 10, 0.2).explain();"
        "seen = {'matplotlib', 'ipywidgets', 'anywidget', 'IPython'} & {*sys.modules};"
        "assert not seen, seen; assert gd.explore is gd.explore and 'matplotlib' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


def test_who_looks_waits_for_no_collector_that_finds_nothing():
    code = (
        "import gc, weakref, gdviz as gd\n"
        "class Ring: pass\n"
        "ring, went = Ring(), []\n"
        "ring.round = ring\n"
        "gc.callbacks.append(lambda *told: went.append(told))\n"
        "gd.explore\n"
        "assert not went and gc.isenabled(), len(went)\n"
        "seen = weakref.ref(ring)\n"
        "del ring\n"
        "gc.collect()\n"
        "assert seen() is None\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


def test_every_public_name_is_there():
    assert all(getattr(gdviz, name) for name in gdviz.__all__)
    assert {*gdviz.LATER} <= {*gdviz.__all__} == {*dir(gdviz)}
    with pytest.raises(AttributeError, match="'gdviz' has no attribute 'explor'"):
        gdviz.explor  # noqa: B018
