"""Data to learn from: two real sets that come with the package, and how to scale inputs."""

import csv
from dataclasses import dataclass, field
from importlib.resources import files

import numpy as np

from ..checks import BOUND, one_of, real_array

SOURCES = {
    "geyser": "272 eruptions of Old Faithful, Yellowstone, in August 1985: how long an eruption "
    "lasted, and how long people waited for the next one (both in minutes). Härdle (1991), "
    "Smoothing Techniques with Implementation in S; Azzalini & Bowman (1990), Applied Statistics "
    "39, 357-365; the data set faithful of R.",
    "iris": "150 irises of three species, 50 each, measured by Edgar Anderson: length and width of "
    "sepals and petals (in cm). Fisher (1936), The use of multiple measurements in taxonomic "
    "problems, Annals of Eugenics 7, 179-188; the data set iris of R.",
}


@dataclass(frozen=True, eq=False)
class Data:
    """A table of real data; from `data`.

    Attributes
    ----------
    name : str
    source : str
        What was measured, by whom, and where it was published.
    columns : dict of str to (m,) array
        Numbers as float64, words as text; all read-only. ``table["duration"]`` takes one out.
    """

    name: str
    source: str
    columns: dict = field(repr=False)

    def __getitem__(self, column):
        return self.columns[one_of("column", column, list(self.columns))]

    def __len__(self):
        return len(next(iter(self.columns.values())))

    def __repr__(self):
        return f"Data({self.name!r}, {len(self)} rows: {', '.join(self.columns)})"

    def _ipython_key_completions_(self):
        return list(self.columns)


def data(name):
    """Return a set of real data that comes with the package: ``"geyser"`` or ``"iris"``.

    Parameters
    ----------
    name : str

    Returns
    -------
    Data

    Raises
    ------
    ValueError
        If there is no set of that name.

    Examples
    --------
    >>> data("geyser")
    Data('geyser', 272 rows: duration, waiting)
    >>> data("geyser")["duration"][:3]
    array([3.6  , 1.8  , 3.333])
    >>> data("iris")["species"][-1]
    np.str_('virginica')
    """
    one_of("name", name, list(SOURCES))
    with files(__package__).joinpath(f"{name}.csv").open(encoding="utf-8") as lines:
        titles, *rows = csv.reader(lines)
    columns = {}
    for title, column in zip(titles, zip(*rows, strict=True), strict=True):
        columns[title] = np.array(column, dtype=str if title == "species" else float)
        columns[title].flags.writeable = False
    return Data(name, SOURCES[name], columns)


@dataclass(frozen=True, eq=False)
class Standardized:
    """Inputs with mean 0 and spread 1 in every column, and the way back; from `standardize`.

    Attributes
    ----------
    x : (m,) or (m, features) array
        The scaled inputs: (raw - mean) / spread.
    mean, spread : () or (features,) array
        Mean and standard deviation of each column of the raw inputs.
    """

    x: np.ndarray
    mean: np.ndarray
    spread: np.ndarray

    def unscale(self, w):
        """Return the parameters that do to raw inputs what `w` does to scaled ones.

        Parameters
        ----------
        w : (features + 1, *batch) array_like
            Intercept first.

        Returns
        -------
        (features + 1, *batch) array
        """
        d = 1 + np.size(self.mean)
        w = real_array("w", w, f"give the {d} parameters, intercept first")
        if w.shape[:1] != (d,):
            raise ValueError(f"w has shape {w.shape}: give ({d},) or ({d}, n), intercept first.")
        with np.errstate(all="ignore"):
            slopes = (w[1:].T / self.spread).T
            intercept = w[:1] - np.tensordot(np.atleast_1d(self.mean), slopes, 1)
            return np.concatenate([intercept, slopes])


def standardize(x):
    """Give every column of the inputs mean 0 and spread 1: a round valley instead of a narrow one.

    Parameters
    ----------
    x : (m,) or (m, features) array_like

    Returns
    -------
    Standardized

    Raises
    ------
    TypeError, ValueError
        If x is not finite, or a column of it is constant.

    Examples
    --------
    >>> from gdviz.losses.regression import LinearRegression
    >>> scaled = standardize([1, 2, 3])
    >>> scaled.x.round(3)
    array([-1.225,  0.   ,  1.225])
    >>> best = LinearRegression(scaled.x, [3, 5, 7]).minima[0]
    >>> scaled.unscale(best).round(6)
    array([1., 2.])
    """
    x = as_data("x", x)
    mean, spread = x.mean(axis=0), x.std(axis=0)
    check_varying(x.reshape(len(x), -1))
    return Standardized((x - mean) / spread, mean, spread)


def as_data(argument, given, kinds="iuf"):
    """Return data as a read-only float64 array (m,) or (m, columns), all finite."""
    remedy = "give one number, or a row of them, per row"
    data = np.array(real_array(argument, given, remedy, kinds))
    if data.ndim not in (1, 2) or data.size == 0:
        raise ValueError(
            f"{argument} has shape {data.shape}: give one row of data after the other, (m,) or "
            "(m, columns)."
        )
    if bad := np.argwhere(~(np.abs(data) <= BOUND)).tolist():
        raise ValueError(
            f"{argument} contains {data[tuple(bad[0])]:g} in row {bad[0][0]}: give finite numbers "
            f"up to {BOUND:g}, and leave out rows with gaps."
        )
    data.flags.writeable = False
    return data


def check_varying(x):
    """Refuse inputs (m, features) with a constant column."""
    constant = np.flatnonzero(np.ptp(x, axis=0) < 1e-100)  # squares of less are 0
    if constant.size:
        which = "x is" if x.shape[1] == 1 else f"Column {constant[0]} of x is"
        raise ValueError(
            f"{which} constant, {x[0, constant[0]]:g} in every row, so many lines fit equally well "
            "(the problem is singular): give inputs that differ, or leave that column out."
        )
