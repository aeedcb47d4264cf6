"""How a training went, in one word and in a sentence or two."""

import numpy as np

from .sentences import in_steps, sensible

WENT = {
    "almost": "the curve follows the data, but the loss jumps: steps are almost too large",
    "rough": "far from the data, as some steps were too large",
    "jumps": "it jumps up and down, as the steps are too large",
    "thrown": "more than the {first} it began with, as the steps are too large",
    "close": "the curve follows the data",
    "learns": "the curve follows the data roughly",
    "slow": "far from the data, but it falls: take more steps or a larger rate",
    "stuck": "far from the data, and it hardly falls",
    "rises": "far from the data, and it rises, as the steps are too large",
}


def flat_loss(network):
    """Return the loss of the best flat line: what a network must beat."""
    return max(np.var(network.y) / 2, 1e-4 * np.mean(network.y**2)) or 1e-3


def verdict(course, i):
    """Say in a word how the i-th run of a course went: diverges, jumps, learns, slow or stuck."""
    loss, flat = course.loss[: course.known, i], flat_loss(course.network)
    if course.left[i] or np.isnan(loss[-1]):
        return "diverges"
    if _jumps(loss) or loss[-1] > max(flat, 1.02 * loss[0]):
        return "jumps"
    if loss[-1] < 0.1 * flat:
        return "learns"
    if (np.diff(loss) > 0.1 * loss[:-1]).any():
        return "jumps"
    return "stuck" if loss[-1] > 0.97 * _shortly_before(loss) else "slow"


def tell(course, i, learning_rate, errors=""):
    """Return what came of the i-th run of a course; `errors` says how near the true curve it is."""
    network, loss, rate = course.network, course.loss[: course.known, i], sensible(learning_rate)
    first, word = sensible(loss[0]), verdict(course, i)
    if word == "diverges":
        taken, last = in_steps(course.taken[i]), loss[np.isfinite(loss)]
        return (
            f"At learning rate {rate} the training diverged: {taken} took the loss from {first} to "
            f"{sensible(last[-1]) if len(last) > 1 else 'beyond all bounds'}. The steps are too "
            "large."
        )
    steps = in_steps(course.steps)
    if not course.done:
        steps = f"{course.steps} of {course.at[-1]} steps"
    said = f"After {steps} at learning rate {rate} the loss is {sensible(loss[-1])}"
    parts = [f"{said}: {_went(word, loss, flat_loss(network)).format(first=first)}."]
    if course.known == 1:
        parts = [f"Before the first step the loss is {first}."]
    last = course.known - 1
    parts += [errors, _units(network, int(course.dead[last, i]), course.path[last, :, i])]
    return " ".join(filter(None, parts))


def _went(word, loss, flat):
    if word == "jumps" and loss[-1] > max(flat, loss[0]):
        word = "thrown"
    elif word == "jumps" and loss[-1] < 0.1 * flat:
        word = "almost"
    elif word == "jumps" and not _jumps(loss):
        word = "rough"
    elif word == "learns" and loss[-1] < 0.01 * flat:
        word = "close"
    elif word == "stuck" and loss[-1] > 1.001 * _shortly_before(loss):
        word = "rises"
    return WENT[word]


def _shortly_before(loss):
    """Return the loss when a fifth of the steps was left."""
    return loss[int(0.8 * (len(loss) - 1))]


def _jumps(loss):
    """Whether, in the later half, the loss rises again and again."""
    later = loss[len(loss) // 2 :]
    rises = np.diff(later) > 0.02 * later[:-1]
    return rises.size > 3 and rises.mean() > 0.1


def _units(network, dead, w):
    """Return what is wrong with the hidden units, "" if nothing is."""
    h = network.hidden
    if dead == h:
        units = f"All {h} hidden units are" if h > 1 else "The hidden unit is"
        # a relu that is off gives 0, by which no output weight learns; others give something
        learns = "output bias" if network.activation == "relu" else "output layer"
        return f"{units} dead: only the {learns} still learns."
    parts = network.unpack(w)
    units = np.vstack([parts.hidden_bias, parts.hidden, parts.output[:, 0]])
    if h > 1 and (np.ptp(units, axis=1) < 1e-9).all():
        return f"All {h} hidden units are alike, and stay so: equal units get equal gradients."
    if dead:
        return f"{dead} of {h} hidden units {'is' if dead == 1 else 'are'} dead."
    return ""
