"""The data that come with the package are the published ones."""

import numpy as np
import pytest

from gdviz.losses.datasets import SOURCES, data, standardize


def test_geyser():
    """Sums and the line printed for R's `faithful`: lm(waiting ~ eruptions), 33.47 and 10.73."""
    table = data("geyser")
    assert len(table) == 272
    assert table["duration"].sum() == pytest.approx(948.677)
    assert table["waiting"].sum() == 19284
    slope, intercept = np.polyfit(table["duration"], table["waiting"], 1)
    assert [intercept, slope] == pytest.approx([33.4744, 10.7296], abs=5e-5)


def test_iris():
    """Fisher's (1936) means; rows 35 and 38 are his own, not the common misprints."""
    table = data("iris")
    columns = ["sepal_length", "sepal_width", "petal_length", "petal_width"]
    numbers = np.column_stack([table[column] for column in columns])
    published = {
        "setosa": [5.006, 3.428, 1.462, 0.246],
        "versicolor": [5.936, 2.770, 4.260, 1.326],
        "virginica": [6.588, 2.974, 5.552, 2.026],
    }
    for species, means in published.items():
        some = table["species"] == species
        assert some.sum() == 50
        assert numbers[some].mean(axis=0) == pytest.approx(means)
    assert numbers[34].tolist() == [4.9, 3.1, 1.5, 0.2]
    assert numbers[37].tolist() == [4.9, 3.6, 1.4, 0.1]


@pytest.mark.parametrize("name", SOURCES)
def test_tables_name_their_source_and_cannot_be_changed(name):
    table = data(name)
    assert table.source == SOURCES[name] and len(table.source) > 50
    assert name in repr(table)
    assert set(table._ipython_key_completions_()) == set(table.columns)
    for column in table.columns.values():
        assert len(column) == len(table)
        with pytest.raises(ValueError, match="read-only"):
            column[0] = column[1]


def test_names_that_are_not_there():
    with pytest.raises(ValueError, match="name 'irsi' is unknown; did you mean 'iris'"):
        data("irsi")
    with pytest.raises(ValueError, match=r"name 3 is unknown\. There are geyser, iris"):
        data(3)
    with pytest.raises(ValueError, match="column 'petal' is unknown; did you mean 'petal"):
        data("iris")["petal"]


def test_standardize():
    x = np.random.default_rng(0).normal([1, 50], [2, 30], size=(40, 2))
    scaled = standardize(x)
    assert scaled.x.mean(axis=0) == pytest.approx([0, 0], abs=1e-12)
    assert scaled.x.std(axis=0) == pytest.approx([1, 1])
    assert scaled.mean + scaled.spread * scaled.x == pytest.approx(x)
    assert standardize(x[:, 0]).x == pytest.approx(scaled.x[:, 0])


@pytest.mark.parametrize(
    "x, error, said",
    [
        ([5, 5, 5], ValueError, "x is constant, 5"),
        ([[1, 5], [2, 5]], ValueError, "Column 1 of x is constant"),
        ([1e-300, 2e-300, 3e-300], ValueError, "x is constant, 1e-300"),
        ([1, np.nan], ValueError, "x contains nan in row 1"),
        ([], ValueError, "x has shape"),
        (["a"], TypeError, "x must hold real numbers"),
    ],
)
def test_inputs_that_cannot_be_scaled(x, error, said):
    with pytest.raises(error, match=said):
        standardize(x)
