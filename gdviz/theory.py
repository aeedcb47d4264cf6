"""What mathematics promises: how large a learning rate may be, and how fast it can get."""

import math

import numpy as np

from .rules import GradientDescent, Momentum

CRAWL = 0.95  # a step that keeps more than this share of the distance: 0.95**100 = 0.6 % is left


def curvatures(surface, point):
    """Return the curvature along each principal direction, smallest first.

    Parameters
    ----------
    surface : Surface
    point : (d, *batch) array_like

    Returns
    -------
    (d, *batch) array
        The eigenvalues of the hessian; NaN where it is undefined.

    Examples
    --------
    >>> from gdviz.surfaces import surfaces
    >>> curvatures(surfaces.bowl, (0, 0))
    array([2., 4.])
    """
    point = np.asarray(point, dtype=float)
    return _eigenvalues(np.asarray(surface.hessian(point if point.ndim else point[np.newaxis])))


def _eigenvalues(matrix):
    """Eigenvalues of symmetric matrices, smallest first: (d, d, *batch) -> (d, *batch)."""
    with np.errstate(all="ignore"):
        if len(matrix) == 1:
            return matrix[0]
        if len(matrix) == 2:  # by hand: many times faster than LAPACK on a batch
            middle = (matrix[0, 0] + matrix[1, 1]) / 2
            spread = np.hypot((matrix[0, 0] - matrix[1, 1]) / 2, matrix[0, 1])
            return np.stack([middle - spread, middle + spread])
        matrix = np.moveaxis(matrix, (0, 1), (-2, -1))
        whole = np.isfinite(matrix).all(axis=(-2, -1), keepdims=True)
        found = np.linalg.eigvalsh(np.where(whole, matrix, 0.0))
        return np.moveaxis(np.where(whole[..., 0], found, np.nan), -1, 0)


def stable_limit(surface, point, rule=None):
    """Return the learning rate above which steps near `point` grow instead of shrink.

    It is 2 / curvature, with the largest curvature there; momentum allows (2 + 2 beta) / curvature.
    Source: Goh (2017), Why Momentum Really Works, Distill.

    Parameters
    ----------
    surface : Surface
    point : (d, *batch) array_like
        Usually a minimum.
    rule : GradientDescent or Momentum, optional
        By default plain gradient descent.

    Returns
    -------
    float, (*batch) array, or None
        None (NaN in a batch) where no direction curves upwards; None for other rules.

    Examples
    --------
    >>> from gdviz.surfaces import surfaces
    >>> stable_limit(surfaces.bowl, (0, 0))
    0.5
    >>> stable_limit(surfaces.bowl, (0, 0), Momentum(0.9))
    0.95
    """
    beta = _beta(rule)
    if beta is None:
        return None
    return _reciprocal(2 + 2 * beta, curvatures(surface, point)[-1])


def best_rate(surface, point):
    """Return the learning rate that shrinks the distance to a minimum fastest.

    It is 2 / (smallest + largest curvature): the slowest and the fastest direction then shrink at
    the same pace. Source: Goh (2017), Distill.

    Parameters
    ----------
    surface : Surface
    point : (d, *batch) array_like
        A minimum.

    Returns
    -------
    float, (*batch) array, or None
        None (NaN in a batch) where some direction curves downwards: nothing to converge to.

    Examples
    --------
    >>> from gdviz.surfaces import surfaces
    >>> round(best_rate(surfaces.bowl, (0, 0)), 6)
    0.333333
    """
    found = curvatures(surface, point)
    return _reciprocal(2.0, np.where(_curves_nowhere_down(found), found[0] + found[-1], -1.0))


def convergence_rate(condition):
    """Return the share of the distance left after each step at the best learning rate.

    It is (k - 1) / (k + 1) for condition number k, largest over smallest curvature.
    Source: Goh (2017), Distill.

    Examples
    --------
    >>> convergence_rate(100)
    0.9801980198019802
    """
    _check_condition(condition)
    return (condition - 1) / (condition + 1)


def best_momentum(smallest, largest):
    """Return the learning rate and the beta with which momentum converges fastest.

    (2 / (sqrt(smallest) + sqrt(largest)))**2 and ((sqrt(k) - 1) / (sqrt(k) + 1))**2, where k is the
    condition number; each step then leaves the share sqrt(beta). Source: Goh (2017), Distill.

    Parameters
    ----------
    smallest, largest : float
        Curvatures, 0 < smallest <= largest.

    Examples
    --------
    >>> rate, beta = best_momentum(0.01, 1)
    >>> round(rate, 4), round(beta, 4)
    (3.3058, 0.6694)
    """
    if not 0 < smallest <= largest < math.inf:
        raise ValueError(
            f"Curvatures must be positive, smallest first, not {smallest!r} and {largest!r}."
        )
    root = math.sqrt(largest / smallest)
    rate = (2 / (math.sqrt(smallest) + math.sqrt(largest))) ** 2
    return rate, ((root - 1) / (root + 1)) ** 2


def quadratic_path(surface, start, learning_rate, steps):
    """Return the path of plain gradient descent on a quadratic, by formula instead of by steps.

    Along each principal direction the slope shrinks by 1 - learning_rate * curvature per step.
    Source: Goh (2017), Distill.

    Parameters
    ----------
    surface : Surface or (A, b)
        A quadratic surface, or the symmetric matrix and the vector of w @ A @ w / 2 - b @ w.
    start : (d,) array_like
    learning_rate : float
    steps : int

    Returns
    -------
    (steps + 1, d) array

    Raises
    ------
    ValueError
        If the surface is known not to be quadratic.

    Examples
    --------
    >>> from gdviz.surfaces import surfaces
    >>> quadratic_path(surfaces.parabola, 10, 0.2, 10)[-1].round(6)
    array([0.060466])
    """
    start = np.atleast_1d(np.asarray(start, dtype=float))
    if isinstance(surface, tuple):
        matrix, b = (np.asarray(part, dtype=float) for part in surface)
        slope = matrix @ start - b
    elif getattr(surface, "is_quadratic", True):
        matrix, slope = surface.hessian(start), surface.gradient(start)
    else:
        raise ValueError(
            f"surface {surface.name!r} is not quadratic, so it has no closed form: use descend."
        )
    values, directions = np.linalg.eigh(matrix)
    k = np.arange(steps + 1)[:, np.newaxis]
    flat = values == 0
    curved = np.where(flat, 1.0, values)
    with np.errstate(all="ignore"):
        reach = np.where(flat, k * learning_rate, (1 - (1 - learning_rate * curved) ** k) / curved)
        return start - (reach * (directions.T @ slope)) @ directions.T


def regime(learning_rate, curvature, point=None, rule=None):
    """Say what curvature promises at a learning rate.

    With h = learning_rate * largest curvature, plain gradient descent is

    - ``"unstable"`` for h > 2: each step ends farther from the valley's floor than it began;
    - ``"overshooting"`` for 1 < h <= 2: each step jumps across the valley;
    - ``"smooth"`` for h <= 1: no direction overshoots;
    - ``"crawling"`` if smooth and the flattest direction keeps more than 95 % of its distance per
      step, so that after 100 steps more than 0.95**100 = 0.6 % is left (and, where a direction
      curves downwards, its distance grows by less than 1/0.95 per step).

    With momentum the bounds are 2 + 2 beta and (1 - sqrt(beta))**2, below which nothing swings.
    Source: Goh (2017), Distill.

    Parameters
    ----------
    learning_rate : float or (*batch) array
    curvature : Surface, float or (d, *batch) array_like
        The curvatures in each direction, or the surface to take them from.
    point : (d, *batch) array_like, optional
        Where on the surface.
    rule : GradientDescent or Momentum, optional

    Returns
    -------
    str or (*batch) array of str
        ``""`` where nothing is promised: no direction curves upwards, or another rule.

    Examples
    --------
    >>> regime([0.01, 0.3, 0.7, 1.1], 2.0)
    array(['crawling', 'smooth', 'overshooting', 'unstable'], dtype='<U12')
    """
    if hasattr(curvature, "hessian"):
        if point is None:
            raise TypeError("point is missing: regime(learning_rate, surface, point).")
        curvature = curvatures(curvature, point)
    values = np.sort(np.atleast_1d(np.asarray(curvature, dtype=float)), axis=0)
    rate, beta = np.asarray(learning_rate, dtype=float), _beta(rule)
    if beta is None:
        return np.full(np.broadcast(rate, values[0]).shape, "")[()]
    smooth = (1 - math.sqrt(beta)) ** 2
    with np.errstate(all="ignore"):
        # a rate at a bound is not beyond it for the last digit of its curvature
        h, half = rate * values[-1] * (1 - 1e-9), (1 + beta - rate * values[0]) / 2
        kept = np.where(half**2 > beta, half + np.sqrt(half**2 - beta), math.sqrt(beta))
    return np.select(
        [~(h > 0), h > 2 + 2 * beta, h > smooth, (kept > CRAWL) & (kept < 1 / CRAWL)],
        ["", "unstable", "overshooting", "crawling"],
        "smooth",
    )[()]


def limits(surface, rule=None):
    """Return the stable limit and the best rate where one value holds for the whole surface.

    That is so for a quadratic, and where all known minima curve alike: marks for a slider.

    Parameters
    ----------
    surface : Surface
    rule : GradientDescent or Momentum, optional

    Returns
    -------
    (float, float or None) or None
        The stable limit and the best rate (None with momentum, whose best rate depends on beta
        too); None if there is no single answer.

    Examples
    --------
    >>> from gdviz.surfaces import surfaces
    >>> limits(surfaces.parabola)
    (1.0, 0.5)
    """
    if not hasattr(surface, "hessian"):
        return None
    minima = np.array(getattr(surface, "minima", ()), dtype=float).T
    if getattr(surface, "is_quadratic", False):
        minima = np.zeros((surface.dimension, 1))
    if not minima.size:
        return None
    found = curvatures(surface, minima)
    if not _curves_nowhere_down(found).all() or not np.allclose(found.T, found[:, 0], rtol=1e-6):
        return None
    limit = stable_limit(surface, minima[:, 0], rule)
    if limit is None:
        return None
    return limit, best_rate(surface, minima[:, 0]) if not _beta(rule) else None


def _beta(rule):
    """Return the share of velocity kept: 0 without momentum, None for a rule without theory."""
    if rule is None or isinstance(rule, GradientDescent):
        return 0.0
    return rule.beta if isinstance(rule, Momentum) else None


def _curves_nowhere_down(found):
    return found[0] >= -1e-12 * np.abs(found[-1])  # a trough's floor is level but for rounding


def _reciprocal(numerator, curvature):
    with np.errstate(all="ignore"):
        found = np.where(curvature > 0, numerator / curvature, np.nan)
    if found.ndim:
        return found
    return float(found) if np.isfinite(found) else None


def _check_condition(condition):
    if not 1 <= condition < math.inf:
        raise ValueError(f"A condition number is at least 1, not {condition!r}.")
