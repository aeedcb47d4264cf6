"""The workflows run what there is, where it is meant to run; JupyterLite gets what it needs."""

import re
import shutil
import subprocess
import tomllib
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import nbformat
import pytest
from packaging.specifiers import SpecifierSet
from yaml import safe_load

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))


def workflow(name):
    """Return the one job of a workflow, and what it says on top; YAML reads `on` as True."""
    told = safe_load((ROOT / f".github/workflows/{name}.yml").read_text(encoding="utf-8"))
    (job,) = told["jobs"].values()
    return job, told


def commands(job):
    return [step["run"] for step in job["steps"] if "run" in step]


def test_the_tests_run_on_every_system_and_python():
    job, told = workflow("tests")
    matrix = job["strategy"]["matrix"]
    assert matrix["os"] == ["ubuntu-latest", "macos-latest", "windows-latest"]
    assert matrix["python"] == ["3.11", "3.12", "3.13", "3.14"]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = SpecifierSet(project["requires-python"])
    assert all(wanted.contains(version) for version in matrix["python"])
    assert told["permissions"] == {"contents": "read"}
    assert told["concurrency"]["cancel-in-progress"] is True
    install, test = commands(job)
    for command in ("pip install -r tests/requirements.txt", "python -m pytest"):
        assert command in README
    assert install == "python -m pip install -r tests/requirements.txt"
    assert test.startswith("python -m pytest ")


def test_the_pages_are_built_and_then_published():
    job, told = workflow("pages")
    assert told["permissions"] == {"contents": "read", "pages": "write", "id-token": "write"}
    assert told[True] == {"push": {"branches": ["main"]}, "workflow_dispatch": None}
    _, pages, lite = commands(job)
    assert pages == "python -m gdviz.page notebooks site"
    assert lite in README and lite.endswith(".lite/build.py site/lite")
    *_, configure, upload, deploy = job["steps"]
    assert [step["uses"].partition("@")[0] for step in (configure, upload, deploy)] == [
        "actions/configure-pages",
        "actions/upload-pages-artifact",
        "actions/deploy-pages",
    ]
    assert upload["with"] == {"path": "site"}


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_what_a_workflow_names_is_there(path):
    text = path.read_text(encoding="utf-8")
    named = re.findall(r"[\w./-]*requirements\.txt|[\w./-]+\.py\b", text)
    assert named and all((ROOT / name).is_file() for name in named)
    actions = re.findall(r"uses: *(\S+)", text)
    assert actions and all(re.fullmatch(r"actions/[\w-]+@v\d+", action) for action in actions)


@pytest.mark.skipif(shutil.which("actionlint") is None, reason="actionlint is not installed")
def test_actionlint_finds_nothing():
    run = subprocess.run(
        ["actionlint", *map(str, WORKFLOWS)], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr


def test_lessons_in_jupyterlite_install_the_package_first(tmp_path):
    spec = spec_from_file_location("lite_build", ROOT / ".lite/build.py")
    build = module_from_spec(spec)
    spec.loader.exec_module(build)
    build.copy_lessons(tmp_path / "notebooks")
    lessons = [
        path
        for path in (ROOT / "notebooks").rglob("*.ipynb")
        if ".ipynb_checkpoints" not in path.parts
    ]
    assert lessons
    for path in lessons:
        copy = nbformat.read(tmp_path / path.relative_to(ROOT), as_version=4)
        nbformat.validate(copy)
        first, *rest = (cell for cell in copy.cells if cell.cell_type == "code")
        assert first.source == "%pip install -q gdviz"
        own = nbformat.read(path, as_version=4).cells
        assert [c.source for c in rest] == [c.source for c in own if c.cell_type == "code"]
