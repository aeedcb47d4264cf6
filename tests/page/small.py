"""Small lessons, one in a folder of its own, that hold a bit of everything."""

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

FIRST = [
    new_markdown_cell(
        "# Walk *down*\n\nHow does it find the bottom? By its slope. And more.\n\n"
        "On to [the next](exercises/next.ipynb), or [away](https://example.org/a.ipynb).\n\n"
        "| word | symbol |\n|---|---|\n| rate | $\\eta$ |\n\n$$x_{k+1} = x_k - \\eta f'(x_k)$$"
    ),
    new_code_cell("import gdviz as gd"),
    new_code_cell('gd.explore("parabola", steps=5, limit=False, question="Why?")'),
    new_code_cell(
        'gd.predict("Left <or> right?", ["left", "right"], '
        'lambda: gd.explore("bowl", steps=4), answer=1, because="It is.", '
        'explain="It *leans*: $x^2$.")',
        metadata={"jupyter": {"source_hidden": True}},
    ),
    new_code_cell('gd.Challenge("Find 2.", lambda n: n == 2).check(...)'),
    new_code_cell('print("1 < 2")'),
    new_code_cell(f"long = {'word ' * 40!r}"),
    new_code_cell("gd.summary()"),
    new_markdown_cell("<details><summary>An answer</summary>\n\nIt is `2`.\n</details>"),
]
NEXT = [
    new_markdown_cell("# The next\n\nBack to [the first](../first.ipynb#walk-down)."),
    new_code_cell("import gdviz as gd\nimport numpy as np\nx = np.linspace(-1, 1, 9)"),
    new_code_cell('gd.explore("himmelblau", steps=5, basins=True)'),
    new_code_cell("gd.explore(gd.Network(x, x**2, hidden=3), steps=20)"),
    new_code_cell('gd.explore("valley", steps=5, family=(gd.valley, "condition", 1, 100, 10))'),
]
LINES = [
    new_markdown_cell("# Learn a line"),
    new_code_cell("import gdviz as gd\nimport numpy as np\nx = np.linspace(-1, 1, 9)"),
    new_code_cell("gd.explore(gd.LinearRegression([1, 2, 3, 4], [2, 3, 5, 6]), steps=5)"),
    new_code_cell('gd.explore(gd.Network(x, x**2, hidden=8), steps=20, beside="network")'),
    new_code_cell(
        "gd.explore(gd.LinearRegression(x, 3 * x + x**2), batch_size=4, steps=5, reveal=0)"
    ),
]
CLOUD = [
    new_markdown_cell("# Start anywhere"),
    new_code_cell("import gdviz as gd"),
    new_code_cell('gd.explore("himmelblau", starts=9, seed=3, steps=50)'),
]


def write(folder, **lessons):
    """Write notebooks into a folder, by name ("__" for a folder); return the folder."""
    for name, cells in lessons.items():
        path = folder / f"{name.replace('__', '/')}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(new_notebook(cells=cells), path)
    return folder
