"""A run told in one or two plain sentences: what happened, and what the curvature says to that."""

import numpy as np

from .outcome import CODES, OUTCOMES, TAIL
from .theory import curvatures, regime, stable_limit

HAPPENED = {
    "reached a minimum": "After {k} at learning rate {rate} the run reached a minimum at {at} "
    "(loss {loss}).",
    "still moving": "After {k} at learning rate {rate} the run is still moving, at {at} "
    "(loss {loss}).",
    "bouncing": "After {k} at learning rate {rate} the run still bounces to and fro, last to {at} "
    "(loss {loss}).",
    "diverged": "At learning rate {rate} the run diverged: {k} took the loss from {first} to "
    "{loss}.",
    "left the domain": "At learning rate {rate} the run left the domain: {k} took it to {at}, "
    "where {lost} is not defined.",
    "stuck at a saddle": "After {k} the run is stuck at a saddle, {at}: the slope is almost zero, "
    "though there is lower ground to the side.",
    "stuck on a plateau": "After {k} the run is stuck on a plateau, at {at}: the slope is almost "
    "zero, and so is every step.",
    "stuck at a maximum": "The run is stuck at a maximum, {at}: the slope is zero, so it never "
    "leaves.",
    "stopped: gradient norm": "The run stopped after {k}, at {at} (loss {loss}): the gradient had "
    "become small enough.",
    "stopped: loss": "The run stopped after {k}, at {at}: the loss, {loss}, was low enough.",
    "stopped: loss change": "The run stopped after {k}, at {at} (loss {loss}): the last step "
    "barely changed the loss.",
    "stopped: step": "The run stopped after {k}, at {at} (loss {loss}): the last step was short "
    "enough.",
}
PROMISED = {
    "crawling": "It crawls: in its flattest direction each step leaves over 95 % of the way "
    "(stable limit {limit}{where}).",
    "smooth": "It never overshoots: the rate is at most {one}{calm}{where}.",
    "overshooting": "It overshoots: the rate is between {one}{calm} and the stable limit "
    "{two}{limit}{where}.",
    "unstable": "Above the stable limit {two}{limit}{where} steps grow.",
}
AT_ONCE = {
    "diverged": "At learning rate {rate} the run diverged at once: already the first step from "
    "{at} leads beyond all bounds.",
    "left the domain": "The run cannot begin: at its start, {at}, {lost} is not defined.",
}
MEANWHILE = "Press play, or move the step slider to its end, to see where this leads."
LONGEST = 260  # characters: what a caption holds
WANDERING = (
    "After {k} at learning rate {rate} the run wanders about, now at {at} (loss {loss}); the last "
    "{tail} losses lie between {low} and {high}. "
)
KEPT = "At this rate the noise ball stays; a smaller or fading rate shrinks it."
FADED = "The rate has faded to {faded}, and the noise ball with it."
ON_THE_WAY = "They are still on their way."
ENDLESS = "A cut separates the classes, so there is no minimum: surer always costs less, for ever."
# By code: whether a run has settled, stands still or was stopped; where its curvature is looked at
SETTLED = np.isin(OUTCOMES, ("reached a minimum", "stopped: gradient norm", "stopped: step"))
STUCK = np.char.startswith(OUTCOMES, "stuck") | (np.array(OUTCOMES) == "left the domain")
STOPPED = np.char.startswith(OUTCOMES, "stopped")
TO_COME = np.isin(OUTCOMES, ("bouncing", "still moving", "diverged"))


def explain(descent):
    """Return a sentence or two on every run of a descent.

    Parameters
    ----------
    descent : Descent
        A single run or a batch.

    Returns
    -------
    list of str
        One per run, in the order of the batch; a single run counts as one.
    """
    d = descent.path.shape[1]
    start, end = (np.reshape(part, (d, -1)) for part in (descent.start, descent.end))
    codes = np.ravel(descent.codes)
    taken = np.ravel(descent.steps_taken)
    loss = descent.loss.reshape(len(descent.path), -1)
    rates = np.ravel(descent.learning_rate)
    promises = _promises(descent, codes, rates, start, end)
    noisy, of = _noise(descent)
    tail = loss[-TAIL:]
    level = (codes == CODES["bouncing"]) | ((codes == CODES["still moving"]) & _level(tail))
    wandering = noisy & level
    endless = getattr(descent.surface, "separable", False)
    short = _left_to_go(descent.surface, codes, end)
    sentences = []
    for i, code in enumerate(codes):
        outcome = OUTCOMES[code]
        k = len(descent.path) - 1 if outcome == "still moving" else taken[i]
        height = loss[taken[i], i]
        told = (HAPPENED if k else AT_ONCE)[outcome]
        told = WANDERING + _afterwards(descent, rates[i]) if wandering[i] else told
        said = told.format(
            k=_steps(k) + of,
            tail=len(tail),
            low=sensible(tail[:, i].min()),
            high=sensible(tail[:, i].max()),
            rate=sensible(rates[i]),
            at=place(end[:, i]),
            first=sensible(loss[0, i]),
            loss="beyond all numbers"
            if outcome == "diverged" and np.isnan(height)
            else sensible(height),
            lost="the surface" if np.isnan(height) else "its slope",
        )
        why = ENDLESS if endless and outcome in ("still moving", "stuck on a plateau") else ""
        more = [each for each in (short[i], why, promises[i]) if each]
        while len(" ".join([said, *more])) > LONGEST:
            more.pop()
        sentences.append(" ".join([said, *more]))
    return sentences


def noise_ball(descent):
    """Return a sentence on each cloud of runs that look at a few rows of the data per step.

    Parameters
    ----------
    descent : Descent
        A batch (n,), or (rates, n): n runs that shuffle the data each in a way of their own.

    Returns
    -------
    list of str
        One per rate.
    """
    noisy, of = _noise(descent)
    d, *_, n = descent.end.shape
    ends, gone = descent.end.reshape(d, -1, n), (descent.outcome == "diverged").reshape(-1, n)
    rates, k = np.reshape(descent.learning_rate, (-1, n))[:, 0], len(descent.path) - 1
    minima = getattr(descent.surface, "minima", ())
    arrived = _level(descent.loss[-TAIL:].mean(axis=-1).reshape(min(TAIL, k + 1), -1))
    endless = getattr(descent.surface, "separable", False)
    sentences = []
    for end, left, rate, there in zip(np.moveaxis(ends, 1, 0), gone, rates, arrived, strict=True):
        if left.any():
            sentences.append(
                f"At learning rate {sensible(rate)}, {left.sum()} of {n} runs diverged within "
                f"{_steps(k)}{of}."
            )
            continue
        middle = end.mean(axis=1)
        at = np.array(minima[0]) if minima else middle
        spread = np.sqrt(((end - at[:, np.newaxis]) ** 2).sum(axis=0).mean())
        said = f"At learning rate {sensible(rate)}, after {_steps(k)}{of}, {n} runs end "
        if not noisy:
            sentences.append(
                f"{said}in one point, {place(middle)}: all rows at every step, so no noise."
            )
            continue
        said += f"about {sensible(spread)} from {'the minimum' if minima else 'their middle'}"
        around = minima and np.sqrt(((middle - at) ** 2).sum()) < spread / 2
        after = _afterwards(descent, rate) if there or around else ON_THE_WAY
        sentences.append(f"{said}. {ENDLESS if endless else after}")
    return sentences


def _noise(descent):
    """Return whether the steps of a descent look at a part of the data only, and how it is said."""
    batches = getattr(descent, "batches", None)
    if batches is None or batches.size == batches.n:
        return False, ""
    return True, f" of {batches.size} row{'s' * (batches.size > 1)}"


def _afterwards(descent, rate):
    """Return what becomes of the noise, by the learning rate of the last step."""
    last = len(descent.path) - 2
    faded = 1.0 if descent.schedule is None or last < 0 else float(descent.schedule(last))
    return FADED.format(faded=sensible(rate * faded)) if faded < 0.9 else KEPT


def _level(losses):
    """Whether losses (m, n) go up and down more than they fall: (n,) array of bool."""
    half = len(losses) // 2
    if half < 2:
        return np.zeros(losses.shape[1], bool)
    fallen = losses[:half].mean(axis=0) - losses[half:].mean(axis=0)
    return fallen < np.ptp(losses, axis=0) / 4


def _steps(k):
    return "1 step" if k == 1 else f"{k} steps"


def _left_to_go(surface, codes, end):
    """Return how far from done each stopped run is, "" for the others."""
    said, stopped = [""] * len(codes), np.flatnonzero(STOPPED[codes])
    minima = np.array(getattr(surface, "minima", ()), dtype=float).T
    if not stopped.size or not minima.size:
        return said
    at = end[:, stopped]
    away = np.sqrt(((at[:, :, np.newaxis] - minima[:, np.newaxis]) ** 2).sum(axis=0)).min(axis=1)
    slope = np.sqrt((surface.gradient(at) ** 2).sum(axis=0))
    for i, far, steep in zip(stopped, away, slope, strict=True):
        said[i] = f"Left to go: {sensible(far)} to the nearest minimum, slope {sensible(steep)}."
    return said


def _promises(descent, codes, rates, start, end):
    """Return what the curvature says about each run, "" where it says nothing."""
    surface, rule = descent.surface, descent.rule
    quiet = [""] * len(codes)
    if not hasattr(surface, "hessian") or getattr(descent, "batches", None) is not None:
        return quiet
    diverged = codes == CODES["diverged"]
    at = np.where(diverged, start, end)
    where = np.where(diverged, " at its start", " there")
    minima = np.array(getattr(surface, "minima", ()), dtype=float).T
    if getattr(surface, "is_quadratic", False):
        where[:] = ""
    elif minima.size:
        away = np.where(np.isfinite(at), at, 0)[:, :, None] - minima[:, None, :]
        nearest = minima[:, (away**2).sum(axis=0).argmin(axis=1)]
        at = np.where(TO_COME[codes], nearest, at)
        one_of = " at the minimum" if minima.shape[1] == 1 else " at the nearest minimum"
        where = np.where(TO_COME[codes], one_of, where)
    found = curvatures(surface, at)
    limit = stable_limit(surface, at, rule)
    if limit is None:
        return quiet
    words = regime(rates, found, rule=rule)
    unstable = words == "unstable"
    told = ~STUCK[codes] & np.where(unstable, ~SETTLED[codes], ~diverged)
    beta = getattr(rule, "beta", 0)
    one, two = (1 - beta**0.5) ** 2, 2 + 2 * beta
    how = {"one": "", "two": ""} if beta else {"one": "1/curvature = ", "two": "2/curvature = "}
    return [
        PROMISED[word].format(
            limit=sensible(most), calm=sensible(most * one / two), where=place, **how
        )
        if word and tell
        else ""
        for word, tell, most, place in zip(words, told, limit, where, strict=True)
    ]


def count(outcomes):
    """Return a sentence that counts what happened in a batch.

    >>> count(np.array(["diverged", "reached a minimum", "diverged"]))
    'Of 3 runs, 2 diverged, 1 reached a minimum.'
    """
    words, counts = np.unique(outcomes, return_counts=True)
    order = np.argsort(-counts, kind="stable")
    parts = [f"{counts[i]} {words[i]}" for i in order]
    n = np.size(outcomes)
    return f"Of {n} run{'s' * (n > 1)}, {', '.join(parts)}."


def sensible(number):
    """Write a number in about three significant digits.

    >>> sensible(0.30000000000000004), sensible(-0.0), sensible(1234567.0), sensible(float("nan"))
    ('0.3', '0', '1.23e+06', 'undefined')
    """
    if np.isnan(number):
        return "undefined"
    return f"{number + 0.0:.3g}"


def place(point):
    """Write where a point is.

    >>> place(np.array([3.0])), place(np.array([3.0, 2.0])), place(np.zeros(5))
    ('x = 3', '(3, 2)', 'the end of its path')
    """
    if len(point) == 1:
        return f"x = {sensible(point[0])}"
    if len(point) <= 3:
        dust = np.abs(point) < 1e-14 * np.abs(point).max()
        return f"({', '.join(map(sensible, np.where(dust, 0.0, point)))})"
    return "the end of its path"
