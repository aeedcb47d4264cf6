"""What mathematics promises: how large a learning rate may be, and how fast it can get."""

import math

import numpy as np

from ..checks import batch_of, check_rates, number, points_of, real_array, short
from ..losses.gallery import as_surface
from ..losses.numeric import eigenvalues
from .rules import GradientDescent, Momentum, as_rule

CRAWL = 0.95  # a step that keeps more than this share of the distance: 0.95**100 = 0.6 % is left


def curvatures(surface, point):
    """Return the curvature in each principal direction, smallest first: (d, *batch), may be NaN."""
    return eigenvalues(np.asarray(surface.hessian(np.asarray(point, dtype=float))))


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
    >>> from gdviz.losses.gallery import surfaces
    >>> stable_limit(surfaces.bowl, (0, 0))
    0.5
    >>> stable_limit(surfaces.bowl, (0, 0), Momentum(0.9))
    0.95
    """
    beta = _beta(rule)
    if beta is None:
        return None
    return _reciprocal(2 + 2 * beta, curvatures(*_at(surface, point))[-1])


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
    >>> from gdviz.losses.gallery import surfaces
    >>> round(best_rate(surfaces.bowl, (0, 0)), 6)
    0.333333
    """
    found = curvatures(*_at(surface, point))
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
    wanted = "a number, 1 or above: 1 is a round bowl"
    condition = number("condition", condition, wanted, lambda k: k >= 1)
    return (condition - 1) / (condition + 1)


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
    if isinstance(curvature, str) or callable(curvature) or hasattr(curvature, "hessian"):
        if point is None:
            raise TypeError("point is missing: regime(learning_rate, surface, point).")
        curvature = curvatures(*_at(curvature, point))
    values = real_array("curvature", curvature, "give one or more numbers, or a surface")
    if not values.size:
        raise ValueError("curvature is empty: give one or more numbers, or a surface and a point.")
    values = np.sort(np.atleast_1d(values), axis=0)
    rate, beta = check_rates(learning_rate), _beta(rule)
    shapes = f"learning_rate has shape {rate.shape} and curvature {values.shape}"
    batch = batch_of(f"{shapes}: give one rate per run", rate.shape, values.shape[1:])
    if beta is None:
        return np.full(batch, "")[()]
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
    """Return the stable limit and the best rate, or None if no value holds for the whole surface.

    One does for a quadratic, and where all known minima curve alike. The best rate is None with
    momentum, where it depends on beta too.
    """
    if not hasattr(surface, "hessian"):
        return None
    quadratic = getattr(surface, "is_quadratic", False)
    minima = np.zeros((surface.dimension, 1)) if quadratic else minima_of(surface)
    if not minima.size:
        return None
    found = curvatures(surface, minima)
    if not _curves_nowhere_down(found).all() or not np.allclose(found.T, found[:, 0], rtol=1e-6):
        return None
    limit = stable_limit(surface, minima[:, 0], rule)
    if limit is None:
        return None
    return limit, best_rate(surface, minima[:, 0]) if not _beta(rule) else None


def minima_of(surface):
    """Return the known minima of a surface or a model: (d, m) array, or an empty one."""
    return np.array(getattr(surface, "minima", ()), dtype=float).T


def _at(surface, point):
    """Return a surface that knows its curvature, and the point on it: (d, *batch) array."""
    surface = as_surface(surface)
    if not hasattr(surface, "hessian"):
        raise TypeError(f"surface must know its curvature, and {short(surface)} does not.")
    return surface, points_of("point", point, surface)


def _beta(rule):
    """Return the share of velocity kept: 0 without momentum, None for a rule without theory."""
    rule = GradientDescent() if rule is None else as_rule(rule)
    if isinstance(rule, GradientDescent):
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
