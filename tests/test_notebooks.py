"""Lessons are committed as `save_notebooks.py` saves them, and keep to a student's measure.

That they run, and print what they are saved with, is nbval's part of the same test command.
"""

import json
import re
import subprocess
import sys
from base64 import b64decode
from itertools import pairwise
from pathlib import Path
from statistics import median
from urllib.parse import unquote

import nbformat
import pytest

from tests.save_notebooks import NOTEBOOKS, canonical, lessons, read, text

ROOT = NOTEBOOKS.parent
WORKED = [path for path in lessons() if "solutions" in path.parts]
TO_READ = [path for path in lessons() if path not in WORKED]

SOMEONES_FOLDER = re.compile(
    r"(?<![\w.:/~-])/(home|Users|root|tmp|var|opt|usr|mnt|work|private)/|\b[A-Za-z]:\\\w"
)
UNSTABLE = re.compile(r"\bat 0x[0-9a-f]+|\(children=\(")  # an address; a widget's own repr

every_notebook = pytest.mark.parametrize(
    "path", lessons(), ids=lambda path: path.relative_to(NOTEBOOKS).as_posix()
)
every_lesson = pytest.mark.parametrize(
    "path", TO_READ, ids=lambda path: path.relative_to(NOTEBOOKS).as_posix()
)


def code_cells(path):
    return [cell for cell in read(path).cells if cell.cell_type == "code"]


def outputs(path):
    return [output for cell in code_cells(path) for output in cell.outputs]


def readable(path):
    """Return every text of a notebook that a person reads."""
    texts = [cell.source for cell in read(path).cells]
    for output in outputs(path):
        kinds = output.get("data", {"stream": output.get("text", "")})
        texts += [data for kind, data in kinds.items() if not kind.startswith("image/")]
    return "\n".join(texts)


def stills(path):
    """Return the PNG files in a notebook."""
    pictures = [output.get("data", {}).get("image/png") for output in outputs(path)]
    return [b64decode(picture) for picture in pictures if picture]


@every_notebook
def test_it_is_saved_as_save_notebooks_saves_it(path):
    saved = path.read_text(encoding="utf-8")
    assert saved == text(canonical(read(path))), f"run: python tests/save_notebooks.py {path}"


@every_notebook
def test_it_was_run_without_errors(path):
    assert outputs(path), "no cell has an output"
    assert [output for output in outputs(path) if output.output_type == "error"] == []


@every_notebook
def test_it_begins_with_its_title(path):
    first = read(path).cells[0]
    assert first.cell_type == "markdown"
    assert re.match(r"# \S", first.source)


@every_notebook
def test_it_names_no_folder_of_the_machine_it_was_saved_on(path):
    assert not SOMEONES_FOLDER.search(readable(path))


@every_notebook
def test_its_outputs_are_for_people(path):
    assert not UNSTABLE.search(readable(path)), "give the object a text/plain that says what it is"


@every_notebook
def test_its_stills_are_small(path):
    assert [len(still) for still in stills(path) if len(still) > 60_000] == []


@every_lesson
def test_it_shows_a_picture_without_a_kernel(path):
    assert stills(path)


@every_lesson
def test_it_is_short_enough_to_read(path):
    cells = read(path).cells
    code = [cell for cell in cells if cell.cell_type == "code"]
    lines = {cell.id: len(cell.source.splitlines()) for cell in code}
    folded = {cell.id for cell in code if cell.metadata.get("jupyter", {}).get("source_hidden")}
    assert len(cells) <= 35
    assert max(lines.values()) <= 20
    assert median(lines[cell] for cell in lines.keys() - folded) <= 5


LINK = re.compile(r"\]\(([^):#\s]+\.ipynb)\)")


def linked(text, folder):
    """Return the notebooks that a text in this folder links to."""
    return {(folder / link).resolve() for link in LINK.findall(text)}


@every_notebook
def test_its_links_lead_to_notebooks(path):
    assert [link for link in linked(readable(path), path.parent) if not link.is_file()] == []


def test_the_readme_and_the_map_lead_to_every_lesson():
    first = lessons()[0]
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert linked(readme, ROOT) == set(lessons())
    assert linked(readable(first), NOTEBOOKS) == {*TO_READ} - {first}
    binder = {unquote(place) for place in re.findall(r"labpath=([^`\s]+)", readme)}
    assert binder == {path.relative_to(ROOT).as_posix() for path in TO_READ}


def test_each_lesson_leads_to_the_next():
    for path, following in pairwise(TO_READ):
        *_, last = (cell for cell in read(path).cells if cell.cell_type == "markdown")
        assert following in linked(last.source, path.parent), path.name
        (name,) = re.findall(r"Next: \[(?:\d\d )?([^]]+)\]", last.source)
        assert read(following).cells[0].source.startswith(f"# {name}"), path.name


def test_a_kernel_imports_this_package():
    """Not an older copy that happens to be installed: kernels start in the lessons' folder."""
    where = "from importlib.util import find_spec; print(find_spec('gdviz').origin)"
    ask = [sys.executable, "-P", "-c", where]
    found = subprocess.run(ask, cwd=ROOT / "tests", capture_output=True, text=True, check=True)
    assert Path(found.stdout.strip()).samefile(ROOT / "gdviz/__init__.py"), (
        "install this folder: pip install -r tests/requirements.txt"
    )


LIVE = """
from IPython.display import display
VIEW = {"application/vnd.jupyter.widget-view+json": {"model_id": "1"}}
class Live:
    def _repr_mimebundle_(self, **_):
        return VIEW | {"text/plain": "A run of 3 steps."}
"""


def save(path):
    """Run the command on one notebook."""
    command = [sys.executable, ROOT / "tests/save_notebooks.py", path]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.fixture
def saved(tmp_path):
    """What is saved of a notebook with a live figure and a view without any text."""
    cells = [
        nbformat.v4.new_markdown_cell("# Look", id="title"),
        nbformat.v4.new_code_cell(LIVE),
        nbformat.v4.new_code_cell("Live()", metadata={"scrolled": True, "tags": ["x"]}),
        nbformat.v4.new_code_cell("display(VIEW, raw=True)\nprint('1')\nprint('2')"),
        nbformat.v4.new_code_cell("from pathlib import Path\nPath.cwd().name"),
    ]
    notebook = nbformat.v4.new_notebook(cells=cells)
    notebook.cells[1].id = notebook.cells[2].id
    path = tmp_path / "lesson.ipynb"
    path.write_text(json.dumps(notebook))
    run = save(path)
    assert run.returncode == 0, run.stdout + run.stderr
    return path


def test_saving_keeps_what_can_be_read_and_drops_live_views(saved):
    title, _, figure, view, folder = read(saved).cells
    assert [output.data for output in figure.outputs] == [{"text/plain": "A run of 3 steps."}]
    assert [output.get("text") for output in view.outputs] == ["1\n2\n"]
    assert folder.outputs[0].data["text/plain"] == repr(saved.parent.name)
    assert figure.metadata == {"tags": ["x"]}
    assert [cell.execution_count for cell in code_cells(saved)] == [1, 2, 3, 4]
    assert [title.id, figure.id] == ["title", "cell-03"]
    assert set(read(saved).metadata) == {"kernelspec", "language_info"}


def test_saving_again_changes_nothing(saved):
    before = saved.read_bytes()
    assert text(canonical(read(saved))).encode() == before


def test_a_lesson_that_fails_is_left_as_it_was(tmp_path):
    path = tmp_path / "broken.ipynb"
    cells = [nbformat.v4.new_code_cell("1 / 0", id="a")]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    before = path.read_bytes()
    run = save(path)
    assert run.returncode == 1
    assert "ZeroDivisionError" in run.stdout
    assert path.read_bytes() == before


def test_the_first_cell_a_reader_is_told_to_run_works_in_a_fresh_kernel():
    cells = read(NOTEBOOKS / "00-start-here.ipynb").cells
    told = next(i for i, cell in enumerate(cells) if "Run the cell" in cell.source)
    fresh = {}
    exec(cells[told + 1].source.replace("gd.explore(", "opened = gd.explore("), fresh)
    fresh["opened"].close()
