"""What happened to a run, in one word: judged from where it ended and how it last moved."""

from functools import lru_cache

import numpy as np
from numpy.linalg import norm

from ..checks import raw
from ..losses.numeric import eigenvalues, grid

OUTCOMES = (
    "still moving",
    "stopped: gradient norm",
    "stopped: loss",
    "stopped: loss change",
    "stopped: step",
    "diverged",
    "left the domain",
    "reached a minimum",
    "bouncing",
    "stuck at a saddle",
    "stuck on a plateau",
    "stuck at a maximum",
    "standing still",
)
CODES = {name: code for code, name in enumerate(OUTCOMES)}
MOVING, LEFT = CODES["still moving"], CODES["diverged"]  # how a run ends before it is judged

NEAR = 1e-3  # as a share of the picture's diagonal: as good as there
TINY = 1e-3  # as a share of what is typical for the surface: as good as none
TAIL = 20  # how many of the last updates are looked at


def named(codes, words=OUTCOMES):
    """Return what happened, in words: a str for one run, else an array of str."""
    words = np.array(words)[codes]
    return words if codes.ndim else str(words)


def motion(tail):
    """Describe how n runs last moved, from their last points (m + 1, d, n): three arrays (n,).

    They are the length of the last update; whether a run bounces: its updates turn back at least
    every third time, and the longest of the later ones is as long as the earlier ones usually
    were, if not as the longest; and whether its later updates are longer than the earlier ones.
    """
    updates = np.diff(tail[-TAIL - 1 :], axis=0)
    lengths = norm(updates, axis=1)
    m, n = lengths.shape
    bouncing = np.zeros(n, bool)
    if m < 4:
        last = lengths[-1] if m else np.zeros(n)
        return last, bouncing, lengths[-1] > lengths[0] if m > 1 else np.zeros(n, bool)
    turns = np.count_nonzero((updates[1:] * updates[:-1]).sum(axis=1) < 0, axis=0)
    early, late = lengths[: m // 2].max(axis=0), lengths[m // 2 :].max(axis=0)
    maybe = np.flatnonzero((3 * turns >= m - 1) & (late >= 0.65 * early))
    bouncing[maybe] = late[maybe] >= 0.98 * np.median(lengths[: m // 2, maybe], axis=0)
    return lengths[-1], bouncing, late > 1.01 * early


def classify(surface, ending, start, end, tail, rolling=False):
    """Name what happened to each of n runs.

    A run *reached a minimum* if Newton's step from its end, curvature's estimate of the distance
    left, is at most a thousandth of the picture's diagonal and would take away nine tenths of the
    slope; or if it rests where no point on a small circle is lower. It is *stuck* where the slope
    is below a thousandth of the slope typical for the surface but no minimum is near: at a saddle,
    a maximum or a plateau, by the signs of the curvature and whether Newton's step is short. Either
    way its last step must be short too. It is *standing still* elsewhere if that had no length. It
    *diverged* if it left all bounds, or takes ever longer steps far outside the picture, higher
    than it began or thirty pictures away; it *left the domain* if the surface, or its slope, is
    not defined at its end.
    Without a `domain` (a model) the distance travelled stands in for the diagonal, the slope at
    the start for the typical slope, and a loss twice that of the start for far outside.

    `ending` (n,) is `MOVING` if a run made all its steps, `LEFT` if it left all bounds; other codes
    are kept. `start` and `end` (d, n) are the first and the last finite point, `tail` (m + 1, d, n)
    the last points, looked at where all steps were made; `rolling` is whether the rule remembers,
    so that no slope is no rest. Returns indices into `OUTCOMES` (n,).
    """
    codes = np.array(ending, dtype=np.int8)
    domain = getattr(surface, "domain", None)
    with np.errstate(all="ignore"):
        open_ = np.flatnonzero((codes == LEFT) | (codes == MOVING))
        if domain is not None and open_.size:
            outside = _outside(surface, domain, start[:, open_], end[:, open_])
            codes[open_[outside]] = CODES["left the domain"]
        run = np.flatnonzero(codes == MOVING)
        if run.size:
            moved = motion(tail[-TAIL - 1 :].take(run, axis=-1))
            codes[run] = _judge(surface, domain, start[:, run], end[:, run], *moved, rolling)
    return codes


def _outside(surface, domain, start, end):
    """Whether the surface is undefined at `end`, or has a pole or a cliff edge there."""
    value, slope = raw(surface, "value")(end), raw(surface, "gradient")(end)
    outside = np.isnan(value)
    edge = np.flatnonzero(outside | ~(np.isfinite(value) & np.isfinite(slope).all(axis=0)))
    if edge.size:
        start, end = start[:, edge], end[:, edge]
        outside[edge] |= away(domain, end) <= 1
        far = np.flatnonzero(outside[edge] & ~(away(domain, end) <= 10))
        if far.size:
            outside[edge[far]] = ~_overflows(surface, start[:, far], end[:, far])
    return outside


def _overflows(surface, start, end):
    """Whether the surface is undefined at `end` only because numbers end: inf - inf, say.

    Then, on the way there from `start`, it grew out of all bounds before it was undefined.
    """
    undefined, defined = np.zeros(end.shape[1], int), np.full(end.shape[1], 1100)
    for _ in range(11):  # halve between shares 2**-0 and 2**-1100 of the way
        middle = (undefined + defined) // 2
        nan = np.isnan(raw(surface, "value")(start + np.ldexp(end - start, -middle)))
        undefined, defined = np.where(nan, middle, undefined), np.where(nan, defined, middle)
    return np.abs(raw(surface, "value")(start + np.ldexp(end - start, -defined))) > 1e100


def _judge(surface, domain, start, end, last, bouncing, growing, rolling):
    slopes = raw(surface, "gradient")
    gradient = slopes(end)
    slope = norm(gradient, axis=0)
    if domain is None:
        diagonal, typical = norm(end - start, axis=0), norm(slopes(start), axis=0)
    else:
        diagonal, typical = norm(np.diff(domain)), _typical_slope(surface)
    near, rest = NEAR * diagonal, slope <= TINY * typical
    hessian = raw(surface, "hessian")(end) if hasattr(surface, "hessian") else None
    codes = np.full(len(slope), MOVING)
    if hessian is None:
        codes[rest & (surface.value(end) < surface.value(start))] = CODES["reached a minimum"]
    else:
        curvature, step = eigenvalues(hessian), _newton(hessian, gradient)
        away, convex = norm(step, axis=0), curvature[0] > 0
        flat = TINY * typical / (diagonal / 4)
        level, falls = (np.abs(curvature) <= flat).all(axis=0), curvature[0] < -flat
        beside = falls & (away <= 4 * near)
        stuck = rest & (last <= near) & ~(convex & (away <= 20 * near))
        top = np.flatnonzero(stuck & beside & (curvature[-1] <= flat))
        radius = np.broadcast_to(near, last.shape)
        top = top[_compare(surface, (end - step)[:, top], radius[top])[1]]
        codes[stuck & (level | falls)] = CODES["stuck on a plateau"]
        codes[stuck & beside & (curvature[-1] > flat)] = CODES["stuck at a saddle"]
        codes[top] = CODES["stuck at a maximum"]
        still = (slope <= 1e-9 * typical) & (not rolling)
        slow = (last <= 5 * near) | still
        maybe = np.flatnonzero(rest & slow & ~falls & ~(convex & (away > near)))
        lowest, highest = _compare(surface, end[:, maybe], radius[maybe])
        codes[maybe[highest & stuck[maybe]]] = CODES["stuck at a maximum"]
        codes[maybe[lowest]] = CODES["reached a minimum"]
        there = np.flatnonzero(convex & (away <= near) & slow)
        ahead = norm(slopes((end - step)[:, there]), axis=0)
        there = there[(ahead <= 0.1 * slope[there]) | still[there]]
        codes[there] = CODES["reached a minimum"]
    codes[(codes == MOVING) & (last == 0)] = CODES["standing still"]
    unsettled = codes != CODES["reached a minimum"]
    codes[unsettled & bouncing & (last > near)] = CODES["bouncing"]
    growing = np.flatnonzero(unsettled & growing)
    codes[growing[_lost(surface, domain, start[:, growing], end[:, growing])]] = CODES["diverged"]
    return codes


def _lost(surface, domain, start, end):
    """Whether `end` is far outside the picture, and higher than `start` or farther still.

    No steps can grow for ever on a loss whose slope has a bound.
    """
    if getattr(surface, "slope_is_bounded", False):
        return np.zeros(end.shape[1], bool)
    height, before = (raw(surface, "value")(w) for w in (end, start))
    if domain is None:
        return height > np.maximum(before, 2 * before)  # noise alone may end a bit higher
    return ~(away(domain, end) <= 3) & ((height > before) | ~(away(domain, end) <= 30))


def _compare(surface, end, radius):
    """Whether `end` is the lowest, and the highest, on a small circle around it: (d, n) -> (n,)."""
    d, n = end.shape
    if n == 0:
        return np.zeros(0, bool), np.zeros(0, bool)
    around = np.concatenate([np.eye(d), -np.eye(d)], axis=1)
    if d == 2:
        angle = np.arange(16) * np.pi / 8
        around = np.stack([np.cos(angle), np.sin(angle)])
    value = raw(surface, "value")
    climb = value(end[:, np.newaxis] + around[:, :, np.newaxis] * radius) - value(end)
    lowest, highest = climb.min(axis=0), climb.max(axis=0)
    # Rounding may tilt the floor of a trough a little; level all round is no bottom
    bottom, top = lowest >= -1e-6 * highest, highest <= -1e-6 * lowest
    return bottom & (highest > 0), top & (lowest < 0)


def _newton(hessian, gradient):
    """Newton's step (d, n), from (d, d, n) and (d, n); not finite where there is no inverse."""
    if len(gradient) == 1:
        return gradient / hessian[0]
    if len(gradient) == 2:
        (a, b), (_, c), (p, q) = hessian[0], hessian[1], gradient
        return np.stack([c * p - b * q, a * q - b * p]) / (a * c - b * b)
    steps = np.linalg.pinv(np.moveaxis(hessian, -1, 0)) @ gradient.T[..., np.newaxis]
    return steps[..., 0].T


@lru_cache(maxsize=4)
def _typical_slope(surface):
    """Return the median slope over a coarse grid on the surface's domain."""
    places = grid(surface.domain, 16).reshape(len(surface.domain), -1)
    slopes = norm(surface.gradient(places), axis=0)
    slopes = slopes[np.isfinite(slopes)]
    return np.median(slopes) if slopes.size else 1.0


def away(domain, points):
    """Return how many times as large a domain's box would reach points (..., d, n): (..., n)."""
    low, high = np.array(domain, dtype=float).T[..., np.newaxis]
    return (np.abs(2 * points - (low + high)) / (high - low)).max(axis=-2)
