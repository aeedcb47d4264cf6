"""What each lesson costs: seconds to run from top to bottom, and its kernel's largest memory.

    python -m tests.benchmarks.lessons

Promised: at most 20 s and 400 MB. (Not on Windows, whose kernels do not tell their largest memory.)
"""

import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
LARGEST = "import resource; print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
BYTES = 1 if sys.platform == "darwin" else 1024  # what that number counts


def cost(path: Path) -> tuple[float, float]:
    """Run a notebook in a kernel of its own; return seconds and MB."""
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell(LARGEST))
    client = NotebookClient(
        notebook, kernel_name="python3", resources={"metadata": {"path": path.parent}}
    )
    began = time.perf_counter()
    client.execute()
    seconds = time.perf_counter() - began
    return seconds, int(notebook.cells[-1].outputs[0].text) * BYTES / 1e6


if __name__ == "__main__":
    for path in sorted(NOTEBOOKS.rglob("*.ipynb")):
        seconds, megabytes = cost(path)
        met = "" if seconds <= 20 and megabytes <= 400 else "  MISSED"
        print(f"{seconds:5.1f} s  {megabytes:4.0f} MB  {path.relative_to(NOTEBOOKS)}{met}")
