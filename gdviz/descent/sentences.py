"""A run told in one or two plain sentences: what happened, and what the curvature says to that."""

from collections import Counter

import numpy as np
from numpy.linalg import norm

from .curvature import curvatures, minima_of, regime, stable_limit
from .gait import gaits, swerves
from .outcome import CODES, MOVING, NEAR, OUTCOMES, TAIL, away, named

HAPPENED = {
    "reached a minimum": "After {k} at learning rate {rate} the run reached a minimum at {at} "
    "(loss {loss}).",
    "still moving": "After {k} at learning rate {rate} the run is still moving, at {at} "
    "(loss {loss}).",
    "bouncing": "After {k} at learning rate {rate} the run still bounces to and fro, last to {at} "
    "(loss {loss}).",
    "diverged": "At learning rate {rate} the run diverged: {k} took the loss from {first} to "
    "{last}.",
    "left the domain": "At learning rate {rate} the run left the domain: {k} took it to {at}, "
    "where {lost} is not defined.",
    "stuck at a saddle": "After {k} the run is stuck at a saddle, {at}: the slope is almost zero, "
    "though there is lower ground to the side.",
    "stuck on a plateau": "After {k} the run is stuck on a plateau, at {at}: the slope is almost "
    "zero, and so are its steps.",
    "stuck at a maximum": "The run is stuck at a maximum, {at}: the slope is {zero}.",
    "standing still": "After {k} at learning rate {rate} the run stands still, at {at} (loss "
    "{loss}): its last step has no length.",
    "stopped: gradient norm": "The run stopped after {k}, at {at} (loss {loss}): the gradient was "
    "small enough.",
    "stopped: loss": "The run stopped after {k}, at {at}: the loss, {loss}, was low enough.",
    "stopped: loss change": "The run stopped after {k}, at {at} (loss {loss}): the last step "
    "changed the loss little enough.",
    "stopped: step": "The run stopped after {k}, at {at} (loss {loss}): the last step was short "
    "enough.",
}
SEEN = {  # by gait
    "calm": "It never overshoots",
    "crawls": "It crawls",
    "overshoots": "It overshoots",
    "overshot": "It overshoots at first",
    "overshot, then crawls": "It overshoots at first, then it crawls",
    "grows": "Its steps grow",
}
PROMISED = {  # by regime
    "crawling": "{flattest}{where} each step leaves over 95 % of the way (stable limit {limit})",
    "smooth": "the rate is at most {one} = {calm}{where}",
    "overshooting": "the rate is between {one} = {calm} and the stable limit {two} = {limit}"
    "{where}",
    "unstable": "the rate is above the stable limit {two} = {limit}{where}",
}
PLAIN = "1/curvature", "2/curvature"
ROLLING = "(1 − √{0})²/curvature", "(2 + 2·{0})/curvature"  # by the share of velocity kept
UNMOVED = "zero, so it never leaves"
MOVED = "almost zero, though all ground around is lower"
LEAPT = "On its way it leaps as far as {farthest}."
AT_ONCE = {
    "diverged": "At learning rate {rate} the run diverged at once: already the first step from "
    "{at} leads beyond all bounds.",
    "left the domain": "The run cannot begin: at its start, {at}, {lost} is not defined.",
}
LONGEST = 260  # characters: what a caption holds
FLOAT32 = float(np.finfo(np.float32).max)
WANDERING = (
    "After {k} at learning rate {rate} the run wanders about, now at {at} (loss {loss}); the last "
    "{tail} losses lie between {low} and {high}."
)
KEPT = "At this rate the noise ball stays; a smaller or fading rate shrinks it."
CHANGED = "The rate has {changed} to {rate}{ball}."
ON_THE_WAY = "They are still on their way."
ENDLESS = "There is no minimum: surer always costs less, for ever."
SEPARABLE = (
    "A cut separates the classes, so there is no minimum: surer always costs less, for ever."
)
# By code: whether a run has settled, stands still or was stopped; where its curvature is looked at
SETTLED = np.isin(OUTCOMES, ("reached a minimum", "stopped: gradient norm", "stopped: step"))
STUCK = np.char.startswith(OUTCOMES, "stuck") | (np.array(OUTCOMES) == "left the domain")
STOPPED = np.char.startswith(OUTCOMES, "stopped")
TO_COME = np.isin(OUTCOMES, ("bouncing", "still moving", "diverged"))


def explain(descent):
    """Return a sentence or two on every run of a descent, in the order of the batch (list)."""
    surface, (rows, d) = descent.surface, descent.path.shape[:2]
    end, path = np.reshape(descent.end, (d, -1)), descent.path.reshape(rows, d, -1)
    codes, taken, rates = map(np.ravel, (descent.codes, descent.steps_taken, descent.learning_rate))
    loss, factors = descent.loss.reshape(rows, -1), _factors(descent)
    noisy, of = _noise(descent)
    tail = loss[-TAIL:]
    moves = (codes == CODES["bouncing"]) | ((codes == MOVING) & _level(tail))
    wandering = noisy & (rows > TAIL) & moves
    short, wrong, leapt = (
        _left_to_go(surface, codes, end), _mistakes(surface, end), _leapt(surface, path, taken)
    )  # fmt: skip
    promises = _promises(descent, factors, codes, rates, path, taken, end)
    endless, quiet = _endless(surface), noisy and _rests(surface)
    sentences = []
    for i, code in enumerate(codes):
        outcome, height = OUTCOMES[code], loss[taken[i], i]
        rate, promised = promises[i]
        told = WANDERING if wandering[i] else (HAPPENED if taken[i] else AT_ONCE)[outcome]
        first, last = apart(loss[0, i], height)
        low, high = apart(tail[:, i].min(), tail[:, i].max())
        said = told.format(
            k=in_steps(taken[i]) + of,
            tail=len(tail),
            low=low,
            high=high,
            rate=rate,
            at=place(end[:, i]),
            first=first,
            last="beyond all numbers" if np.isnan(height) else last,
            loss=sensible(height),
            lost="the surface" if np.isnan(height) else "its slope",
            zero=UNMOVED if taken[i] and (path[0, :, i] == end[:, i]).all() else MOVED,
        )
        factor = factors[taken[i] - 1] if taken[i] else 1
        then = _afterwards(rates[i], factor, wandering[i], quiet)
        why = endless if outcome in ("still moving", "stuck on a plateau", "bouncing") else ""
        more = [each for each in (then, short[i], why, wrong[i], leapt[i], promised) if each]
        while len(" ".join([said, *more])) > LONGEST:
            more.pop()
        sentences.append(" ".join([said, *more]))
    return sentences


def noise_ball(descent):
    """Return a sentence on each cloud (n,), or (rates, n), of runs that shuffle the data apart."""
    noisy, of = _noise(descent)
    d, *_, n = descent.end.shape
    ends, gone = descent.end.reshape(d, -1, n), (descent.outcome == "diverged").reshape(-1, n)
    rates, k = np.reshape(descent.learning_rate, (-1, n))[:, 0], len(descent.path) - 1
    minima = getattr(descent.surface, "minima", ())
    arrived = _level(descent.loss[-TAIL:].mean(axis=-1).reshape(min(TAIL, k + 1), -1))
    endless, quiet = _endless(descent.surface), noisy and _rests(descent.surface)
    faded = _factors(descent)[-1]
    sentences = []
    for end, left, rate, there in zip(np.moveaxis(ends, 1, 0), gone, rates, arrived, strict=True):
        if left.any():
            sentences.append(
                f"At learning rate {sensible(rate)}, {left.sum()} of {n} runs diverged within "
                f"{in_steps(k)}{of}."
            )
            continue
        middle = end.mean(axis=1)
        at = np.array(minima[0]) if minima else middle
        spread = np.sqrt(((end - at[:, np.newaxis]) ** 2).sum(axis=0).mean())
        said = f"At learning rate {sensible(rate)}, after {in_steps(k)}{of}, {n} runs end "
        if not noisy:
            sentences.append(
                f"{said}in one point, {place(middle)}: all rows at every step, so no noise."
            )
            continue
        said += f"about {sensible(spread)} from {'the minimum' if minima else 'their middle'}"
        around = minima and norm(middle - at) < spread / 2
        known = there or k >= TAIL  # by fewer steps chance alone may bring them about the minimum
        after = _afterwards(rate, faded, True, quiet) if known else ""
        after = after if there or around else ON_THE_WAY
        sentences.append(f"{said}. {endless or after}".rstrip())
    return sentences


def _noise(descent):
    """Return whether the steps of a descent look at a part of the data only, and how it is said."""
    batches = descent.batches
    if batches is None or batches.size == batches.n:
        return False, ""
    return True, f" of {batches.size} row{'s' * (batches.size > 1)}"


def _factors(descent):
    """Return what each step's learning rate is multiplied by: (steps,) array."""
    steps = range(len(descent.path) - 1)
    return np.array([1.0 if descent.schedule is None else descent.schedule(k) for k in steps])


def _afterwards(rate, factor, noisy, quiet):
    """Return what became of the learning rate and, with it, of the noise that some steps have."""
    if 0.9 < factor < 1.1:
        return KEPT if noisy and not quiet else ""
    changed, ball = "faded" if factor < 1 else "grown", ", and the noise ball with it"
    return CHANGED.format(changed=changed, rate=sensible(rate * factor), ball=ball if noisy else "")


def _rests(model):
    """Whether a model has no noise ball: no minimum, or one where no row pulls at all."""
    minima = minima_of(model)
    if not minima.size:
        return hasattr(model, "separable")
    rows = np.arange(model.n)[np.newaxis]
    pulls, before = (
        norm(model.gradient(np.repeat(np.reshape(w, (-1, 1)), model.n, axis=1), rows), axis=0)
        for w in (minima[:, 0], model.start)
    )
    return pulls.max() <= 1e-9 * before.max()


def _endless(surface):
    """Return why a decision has no minimum, "" if it has one, or is none."""
    if not hasattr(surface, "separable") or surface.minima:
        return ""
    return SEPARABLE if surface.separable else ENDLESS


def _level(losses):
    """Whether losses (m, n), as many as it takes, go up and down more than they fall: (n,) bool."""
    half = len(losses) // 2
    if len(losses) < TAIL:
        return np.zeros(losses.shape[1], bool)
    fallen = losses[:half].mean(axis=0) - losses[half:].mean(axis=0)
    return fallen < np.ptp(losses, axis=0) / 4


def in_steps(k):
    """Return how many steps, in words."""
    return f"{k} step{'' if k == 1 else 's'}"


def _left_to_go(surface, codes, end):
    """Return how far from done each stopped run is, "" for the others."""
    said, stopped = [""] * len(codes), np.flatnonzero(STOPPED[codes])
    minima = minima_of(surface)
    if not stopped.size or not minima.size:
        return said
    at = end[:, stopped]
    away = norm(at[:, :, np.newaxis] - minima[:, np.newaxis], axis=0).min(axis=1)
    slope = norm(surface.gradient(at), axis=0)
    for i, far, steep in zip(stopped, away, slope, strict=True):
        said[i] = f"Left to go: {sensible(far)} to the nearest minimum, slope {sensible(steep)}."
    return said


def _mistakes(surface, end):
    """Return how many rows each end (d, n) of a classifier gets wrong, "" for other losses."""
    if not hasattr(surface, "mistakes"):
        return [""] * end.shape[1]
    wrong = surface.mistakes(end)
    return [f"{k} of {surface.n} rows lie{'s' * (int(k) == 1)} on the wrong side." for k in wrong]


def _promises(descent, factors, codes, rates, path, taken, end):
    """Return each run's learning rate and what the curvature says to it, "" if nothing (pairs)."""
    surface, rule = descent.surface, descent.rule
    quiet = [(sensible(rate), "") for rate in rates]
    if not hasattr(surface, "hessian") or descent.batches is not None:
        return quiet
    diverged = codes == CODES["diverged"]
    at = np.where(diverged, path[0], end)
    there = np.where(codes == CODES["reached a minimum"], " at that minimum", " there")
    where = np.where(diverged, " at its start", there)
    minima = minima_of(surface)
    if getattr(surface, "is_quadratic", False):
        where[:] = ""
    elif minima.size:
        away = np.where(np.isfinite(at), at, 0)[:, :, None] - minima[:, None, :]
        nearest = minima[:, norm(away, axis=0).argmin(axis=1)]
        at = np.where(TO_COME[codes], nearest, at)
        one_of = " at the minimum" if minima.shape[1] == 1 else " at the nearest minimum"
        where = np.where(TO_COME[codes], one_of, where)
    limit = stable_limit(surface, at, rule)
    if limit is None:
        return quiet
    words = _regimes(rates, factors, taken, curvatures(surface, at), rule)
    seen = gaits(path, taken, minima)
    if not getattr(surface, "is_quadratic", False):  # where no promise reaches the whole way
        seen[(seen == "calm") & swerves(path)] = ""
    told = np.isfinite(limit) & ~STUCK[codes] & (words != "")
    told &= np.where(words == "unstable", ~SETTLED[codes], ~diverged)
    beta = getattr(rule, "beta", 0)
    calm = limit * (1 - beta**0.5) ** 2 / (2 + 2 * beta)
    one, two = ROLLING if beta else PLAIN
    how = {"one": one.format(f"{beta:g}"), "two": two.format(f"{beta:g}")}
    how["flattest"] = "in its flattest direction" if len(end) > 1 else ""
    found = quiet.copy()
    for i in np.flatnonzero(told):
        rate, bound, most = apart(rates[i], calm[i], limit[i])
        numbers = how | {"calm": bound, "limit": most, "where": where[i]}
        found[i] = rate, _reconciled(seen[i], words[i], **numbers)
    return found


def _regimes(rates, factors, taken, found, rule):
    """Return what is promised at the curvatures found (d, n) to every rate of a run: (n,)."""
    last = np.maximum(taken, 1) - 1
    ends = [np.minimum.accumulate(factors)[last], np.maximum.accumulate(factors)[last]]
    least, most = (regime(np.maximum(rates * end, 1e-300), found, rule=rule) for end in ends)
    falls = found[0] < 0  # where it does there is no way to leave over
    least, most = (np.where((each == "crawling") & falls, "smooth", each) for each in (least, most))
    both = np.where((least == "crawling") & (most == "smooth"), "smooth", "")
    return np.where(least == most, most, both)


def _reconciled(gait, word, **numbers):
    """Return how a run walked, and beside it what curvature promised: as the reason, or not."""
    if word == "crawling" and gait != "crawls":
        word = "smooth"  # which is all that such a path shows
    gait = "calm" if word == "smooth" and gait == "crawls" else gait
    promised, over = PROMISED[word].format(**numbers).lstrip(), gait.startswith("over")
    borne = {"crawling": True, "smooth": gait == "calm", "overshooting": over}
    if borne.get(word, over or gait == "grows"):
        return f"{SEEN[gait]}: {promised}."
    if word == "smooth" and over:
        return f"{SEEN[gait]}, though {promised}."
    return f"{promised[0].upper()}{promised[1:]}."  # and the path does not show it


def _leapt(surface, path, taken):
    """Return how far outside its picture each run was, "" if not at all, or still at its end."""
    said, domain = [""] * len(taken), getattr(surface, "domain", None)
    if domain is None:
        return said
    with np.errstate(all="ignore"):
        out = away(domain, path)
    out = np.where(np.isnan(out), 0, out)
    back = (out[0] <= 1) & (out[taken, np.arange(len(taken))] <= 1)
    for i in np.flatnonzero(back & (out.max(axis=0) > 1)):
        said[i] = LEAPT.format(farthest=place(path[out[:, i].argmax(), :, i]))
    return said


def count(outcomes):
    """Return a sentence that counts what happened in a batch.

    >>> count(np.array(["diverged", "reached a minimum", "diverged"]))
    'Of 3 runs, 2 diverged, 1 reached a minimum.'
    """
    counts, n = Counter(sorted(np.ravel(outcomes).tolist())), np.size(outcomes)
    parts = ", ".join(f"{k} {word}" for word, k in counts.most_common())
    return f"Of {n} run{'s' * (n > 1)}, {parts}."


def counts(descent):
    """Return a sentence that counts each cloud (n,), or (rates, n), of runs, by minimum as well."""
    d, *_, n = descent.end.shape
    codes, ends = descent.codes.reshape(-1, n), descent.end.reshape(d, -1, n)
    minima, domain = minima_of(descent.surface), descent.surface.domain
    reached = codes == CODES["reached a minimum"]
    away = norm(ends[..., np.newaxis] - minima[:, np.newaxis, np.newaxis], axis=0)
    there = reached[..., np.newaxis] & (away <= 20 * NEAR * norm(np.diff(domain)))
    at = [place(each) for each in minima.T]
    sentences = []
    for outcomes, many, known in zip(
        named(codes), reached.sum(axis=1), there.sum(axis=1), strict=True
    ):
        parts = [f"{k} at {where}" for k, where in zip(known, at, strict=True)]
        if many > known.sum():
            parts.append(f"{many - known.sum()} elsewhere")
        told = f" Minima: {', '.join(parts)}." if many and len(parts) > 1 else ""
        sentences.append(count(outcomes) + told)
    return sentences


def sensible(number, digits=3):
    """Write a number in about three significant digits; as readouts do, plainly up to a million.

    Nor does it name numbers beyond those of float32, which is what readouts are sent.

    >>> sensible(0.30000000000000004), sensible(-0.0), sensible(1234567.0), sensible(float("nan"))
    ('0.3', '0', '1.23e+06', 'undefined')
    >>> sensible(-2.5), sensible(2034.5)
    ('−2.5', '2030')
    >>> sensible(3e80), sensible(-1e39)
    ('above 1e+38', 'below −1e+38')
    """
    if np.isnan(number):
        return "undefined"
    if abs(number) > FLOAT32:
        return "above 1e+38" if number > 0 else "below −1e+38"
    text = f"{number + 0.0:.{digits}g}"
    if "e" in text and 1e3 <= abs(float(text)) < 1e6:
        text = f"{float(text):.0f}"
    return text.replace("-", "−")


def apart(*numbers):
    """Write numbers that differ in as many digits as it takes to see that they do (list of str).

    >>> apart(1.003, 0.5, 1.0), apart(2.0, 2.0)
    (['1.003', '0.5', '1'], ['2', '2'])
    """
    different = len({f"{number:.9g}" for number in numbers})
    for digits in range(3, 10):
        written = [sensible(number, digits) for number in numbers]
        if len(set(written)) == different:
            break
    return written


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
