"""Run lessons and save them the way they are committed.

::

    python tests/save_notebooks.py                             # every lesson
    python tests/save_notebooks.py notebooks/00-start-here.ipynb

A saved lesson keeps what can be read without a kernel: text, numbers, stills. Live views are
dropped (opened before it is run, a lesson would say "model not found" instead of showing its
picture), and so is whatever changes from run to run, so that a diff shows what changed.
"""

import argparse
import json
from copy import deepcopy
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"

KEPT_CELL_METADATA = {"jupyter", "tags"}
NOTEBOOK_METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
WIDGET = "application/vnd.jupyter.widget-"


def lessons() -> list[Path]:
    """Return all notebooks, in reading order, without Jupyter's own copies."""
    found = sorted(NOTEBOOKS.rglob("*.ipynb"))
    return [path for path in found if ".ipynb_checkpoints" not in path.parts]


def read(path: Path) -> nbformat.NotebookNode:
    """Return a notebook; a cell without an id of its own gets that of its place, `cell-01`."""
    notebook = nbformat.from_dict(json.loads(path.read_text(encoding="utf-8")))
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    ids = [cell.get("id") for cell in notebook.cells]
    for number, cell in enumerate(notebook.cells, start=1):
        if not cell.get("id") or ids.count(cell.id) > 1:
            cell.id = f"cell-{number:02}"
    return nbformat.reads(nbformat.writes(notebook), as_version=4)  # checks it, joins its lines


def canonical(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Return a copy in the form that is committed: the same for the same lesson and outputs."""
    notebook = deepcopy(notebook)
    notebook.metadata = nbformat.from_dict(NOTEBOOK_METADATA)
    executed = 0
    for cell in notebook.cells:
        cell.metadata = {key: cell.metadata[key] for key in KEPT_CELL_METADATA & {*cell.metadata}}
        if cell.cell_type == "code":
            executed += bool(cell.source.strip())
            cell.execution_count = executed if cell.source.strip() else None
            cell.outputs = _without_views(cell.outputs)
            for output in cell.outputs:
                if output.output_type == "execute_result":
                    output.execution_count = cell.execution_count
    return notebook


def _without_views(outputs: list) -> list:
    """Drop live views, and the outputs that were nothing else."""
    for output in outputs:
        if "data" in output:
            output.data = {kind: data for kind, data in output.data.items() if WIDGET not in kind}
            output.metadata = {}
    return [output for output in outputs if output.get("data", True)]


def text(notebook: nbformat.NotebookNode) -> str:
    """Return what a saved notebook's file holds."""
    return nbformat.writes(notebook) + "\n"


def run(path: Path) -> nbformat.NotebookNode:
    """Return the notebook, run from top to bottom in its own folder."""
    notebook = read(path)
    client = NotebookClient(
        notebook,
        kernel_name="python3",
        resources={"metadata": {"path": str(path.parent)}},
        record_timing=False,
        coalesce_streams=True,
        store_widget_state=False,
        timeout=300,
    )
    return client.execute()


def main() -> None:
    """Run and save the notebooks named, or all; leave one that fails as it was."""
    parser = argparse.ArgumentParser(description="Run lessons and save them as they are committed.")
    parser.add_argument("notebooks", nargs="*", type=Path, help="default: all in notebooks/")
    failed = []
    for path in parser.parse_args().notebooks or lessons():
        try:
            saved = text(canonical(run(path.resolve())))
        except CellExecutionError as error:
            failed.append(path.name)
            print(f"{path}: not saved, a cell failed:\n{error}")
        else:
            path.write_text(saved, encoding="utf-8", newline="\n")
            print(f"{path}: {len(saved) / 1000:.0f} kB")
    if failed:
        raise SystemExit(f"not saved: {', '.join(failed)}")


if __name__ == "__main__":
    main()
