"""`python .lite/build.py SITE`: build JupyterLite, the lessons with a Python in the browser."""

import argparse
import json
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parents[1]
# What gdviz needs and Pyodide does not bring; in the versions whose browser half the site carries.
CARRIED = "anywidget", "comm", "ipywidgets", "jupyterlab_widgets", "psygnal"
INSTALL = {
    "cell_type": "code",
    "execution_count": None,
    "id": "install-in-the-browser",
    "metadata": {},
    "outputs": [],
    "source": ["%pip install -q gdviz"],
}


def run(folder, *command):
    """Run a module of this Python in a folder; what it says is shown."""
    subprocess.run([sys.executable, "-m", *map(str, command)], cwd=folder, check=True)


def copy_lessons(to):
    """Copy the lessons; in each copy a first code cell installs the package."""
    shutil.copytree(ROOT / "notebooks", to, ignore=shutil.ignore_patterns(".*"))
    for path in to.rglob("*.ipynb"):
        notebook = json.loads(path.read_text(encoding="utf-8"))
        kinds = [cell["cell_type"] for cell in notebook["cells"]]
        notebook["cells"].insert(kinds.index("code"), INSTALL)
        path.write_text(json.dumps(notebook, indent=1, ensure_ascii=False), encoding="utf-8")


def collect_wheels(to, work):
    """Build our wheel, from a copy that leaves nothing behind, and fetch those it needs."""
    source = work / "source"
    shutil.copytree(ROOT / "gdviz", source / "gdviz")
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, source)
    run(work, "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", to, source)
    # of the platform "any": a wheel for this machine does not run in a browser
    pure = "--no-deps", "--only-binary", ":all:", "--platform", "any"
    pins = [f"{name}=={version(name)}" for name in CARRIED]
    run(work, "pip", "download", "--quiet", *pure, "--dest", to, *pins)


def build(site):
    """Build the site; an earlier one there is replaced once the new one is whole."""
    with TemporaryDirectory() as folder:
        work = Path(folder)
        copy_lessons(work / "contents" / "notebooks")
        collect_wheels(work / "pypi", work)
        options = "--apps=lab", "--no-sourcemaps", "--contents=contents", "--output-dir=site"
        run(work, "jupyterlite_core", "build", *options)
        shutil.rmtree(site, ignore_errors=True)
        shutil.copytree(work / "site", site)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("site", type=Path, help="the folder to write")
    build(parser.parse_args().site)
