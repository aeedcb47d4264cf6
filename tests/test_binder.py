"""Binder gets the Python, the versions and the notebooks that the tests have seen."""

import os
import re
import subprocess
import sys
import tomllib
from fnmatch import fnmatch
from importlib.metadata import version
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def requirements(name):
    """Return a requirements file's packages; options, comments and this package are left out."""
    lines = [line.partition("#")[0].strip() for line in (ROOT / name).read_text().splitlines()]
    return [Requirement(line) for line in lines if line and not line.startswith(("-", "."))]


PINS = {pin.name: pin for pin in requirements("binder/requirements.txt")}
RANGES = {needed.name: needed for needed in map(Requirement, PROJECT["project"]["dependencies"])}


def pinned_version(name):
    """Return the one version that a pin allows."""
    (pin,) = PINS[name].specifier
    assert pin.operator == "==", f"{name} is not pinned with =="
    return pin.version


@pytest.fixture(scope="module")
def dry_run():
    """What repo2docker would build: its Dockerfile, and what it says on the way. No Docker."""
    if not hasattr(os, "geteuid"):
        pytest.skip("repo2docker itself needs Linux or macOS")
    command = [sys.executable, "-m", "repo2docker", "--no-build", "--debug", "."]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)


def steps(dry_run):
    """Return the Dockerfile's lines that copy from the repository or run something of it."""
    starts = ("COPY --chown=0:0 src/", "RUN ")
    lines = [line for line in dry_run.stdout.splitlines() if line.startswith(starts)]
    return [line for line in lines if "src/" in line or "pip install" in line or "binder" in line]


def test_binder_builds_the_python_we_ask_for(dry_run):
    asked = (ROOT / "binder/runtime.txt").read_text().strip()
    assert f"Building conda environment for {asked.replace('-', '=')}\n" in dry_run.stderr
    wanted = SpecifierSet(PROJECT["project"]["requires-python"])
    assert wanted.contains(asked.removeprefix("python-"))


def test_binder_installs_the_pins_before_it_copies_the_lessons(dry_run):
    """So a changed lesson rebuilds in seconds; and nothing is read but what lies in binder/."""
    assert steps(dry_run) == [
        "COPY --chown=0:0 src/binder/requirements.txt ${REPO_DIR}/binder/requirements.txt",
        'RUN ${KERNEL_PYTHON_PREFIX}/bin/pip install --no-cache-dir -r "binder/requirements.txt"',
        "COPY --chown=0:0 src/ ${REPO_DIR}/",
        "RUN chmod +x binder/postBuild",
        "RUN ./binder/postBuild",
    ]


@pytest.mark.parametrize("name", PINS)
def test_the_tests_run_with_what_binder_installs(name):
    assert version(name) == pinned_version(name), (
        "install with `pip install -r tests/requirements.txt`, which holds to Binder's versions"
    )


@pytest.mark.parametrize("name", RANGES)
def test_a_pin_is_in_the_packages_range(name):
    assert RANGES[name].specifier.contains(pinned_version(name))


def test_everything_a_student_installs_is_pinned():
    assert {needed.name for needed in requirements("requirements.txt")} <= set(PINS)


def test_the_package_carries_all_its_files():
    """What `pip install .` leaves out would be missing on Binder only: here it runs in place."""
    (data,) = PROJECT["tool"]["setuptools"]["package-data"].values()
    left_out = []
    for path in (ROOT / "gdviz").rglob("*"):
        if path.is_dir() or "__pycache__" in path.parts:
            continue
        room = next(each for each in path.parents if (each / "__init__.py").is_file())
        inside = path.relative_to(room).as_posix()
        if not any(fnmatch(inside, kind) for kind in ("*.py", *data)):
            left_out.append(str(path))
    assert left_out == []


def test_every_binder_link_opens_a_notebook():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    links = re.findall(r"https://mybinder\.org/v2/[^\s)>\"'`]+", readme)
    assert links, "README.md has no Binder link"
    for link in links:
        address = urlsplit(link)
        assert re.fullmatch(r"/v2/gh/[\w.-]+/[\w.-]+/HEAD", address.path), link
        (path,) = parse_qs(address.query, strict_parsing=True)["labpath"]
        assert path.endswith(".ipynb"), link
        assert (ROOT / path).is_file(), link


def test_ci_runs_what_the_readme_says():
    *_, command = (ROOT / ".ci/run").read_text().rstrip().splitlines()
    assert command in (ROOT / "README.md").read_text(encoding="utf-8")
