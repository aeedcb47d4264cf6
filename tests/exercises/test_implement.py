"""The exercise's checks: they tell a wrong part from a right one."""

from pathlib import Path

import nbformat
import numpy as np
import pytest

EXERCISES = Path(__file__).parents[2] / "notebooks" / "exercises"


@pytest.fixture(scope="module")
def worked():
    """What the names of the worked copy stand for after its last part."""
    cells = nbformat.read(EXERCISES / "solutions" / "implement-gradient-descent.ipynb", 4).cells
    names = {}
    for cell in (cell for cell in cells if cell.cell_type == "code"):
        source = cell.source.partition("\ngd.explore(")[0]
        if "explore" not in source:
            exec(source, names)
        if "stop.check(" in cell.source:
            return names
    raise AssertionError("no part checks the stop")


LENGTHS = {
    "length": np.linalg.norm,
    "largest": lambda slopes: abs(slopes).max(),
    "sum": lambda slopes: abs(slopes).sum(),
    "square": lambda slopes: slopes @ slopes,
    "mean": lambda slopes: abs(slopes).mean(),
    "along y": lambda slopes: abs(slopes[1]),
}


@pytest.mark.parametrize("length", LENGTHS)
def test_only_the_length_of_the_gradient_stops_a_run(worked, length):
    def descend_until(gradient, start, learning_rate, tolerance, most):
        path = [start]
        for _ in range(most):
            path.append(path[-1] - learning_rate * gradient(path[-1]))
            if LENGTHS[length](gradient(path[-1])) <= tolerance:
                break
        return np.array(path)

    said = worked["stop"].check(descend_until)
    assert said.startswith("Solved" if length == "length" else "Not yet")


def test_no_hint_is_an_answer(worked):
    cells = nbformat.read(EXERCISES / "implement-gradient-descent.ipynb", 4).cells
    asked = [cell.source for cell in cells if "hints=[" in cell.source]
    for answer in ("(x**2 - 1) * x", "2 y", "(error * x).mean()"):
        assert not any(answer in source.split("hints=[")[1] for source in asked)


def test_a_power_written_as_on_paper_is_told_how_python_writes_it(worked):
    said = worked["slopes"].check(lambda theta: np.array([theta[0] ^ 3, 2 * theta[1]]))
    assert "in Python a power is written x**2, not x^2" in said
    assert "ufunc" not in said
