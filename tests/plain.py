"""Gradient descent and its surfaces once more, in plain NumPy: what lessons are checked against.

Nothing here knows gdviz. A point is an array w of shape (2,), or (2, n) for n points side by side.
"""

import numpy as np


def descend(gradient, start, rate, steps, rule=None):
    """Return the path (steps + 1, *start.shape); rule(w, g, rate, k, memory) is the new point."""
    path, memory = [np.array(start, float)], {}
    with np.errstate(over="ignore", invalid="ignore"):
        for k in range(1, steps + 1):
            w = path[-1]
            g = np.array(gradient(w))
            path.append(rule(w, g, rate, k, memory) if rule else w - rate * g)
    return np.array(path)


def until(gradient, start, rate, steps, done):
    """Return how many steps a run takes until done(before, after), and where it is then."""
    w = np.array(start, float)
    for k in range(1, steps + 1):
        before, w = w, w - rate * np.array(gradient(w))
        if done(before, w):
            return k, w
    return steps, w


def end(gradient, start, rate, steps):
    """Return where runs are after some steps; keeps no path, so there may be very many."""
    with np.errstate(over="ignore", invalid="ignore"):
        return until(gradient, start, rate, steps, lambda before, after: False)[1]


# Surfaces


def valley(w, kappa=20):
    return (w[0] ** 2 / kappa + w[1] ** 2) / 2


def valley_slope(kappa=20):
    return lambda w: (w[0] / kappa, w[1])


def turned(w):
    return ((w[0] + w[1]) ** 2 / 20 + (w[0] - w[1]) ** 2) / 4


def turned_slope(w):
    along, across = (w[0] + w[1]) / 40, (w[0] - w[1]) / 2
    return along + across, along - across


def himmelblau_slope(w):
    a, b = w[0] ** 2 + w[1] - 11, w[0] + w[1] ** 2 - 7
    return 4 * w[0] * a + 2 * b, 2 * a + 4 * w[1] * b


def rastrigin_slope(w):
    return 2 * w + 20 * np.pi * np.sin(2 * np.pi * w)


def four(w):
    return w[0] ** 4 / 4 - w[0] ** 2 / 2 + w[1] ** 4 / 4 - w[1] ** 2 / 2 + w[0] * w[1] / 4


def four_slope(w):
    return w[0] ** 3 - w[0] + w[1] / 4, w[1] ** 3 - w[1] + w[0] / 4


def saddle_slope(w):
    return w[0], w[1] ** 3 - w[1]


def plateau(w):
    return 1 - np.exp(-(w[0] ** 2 + w[1] ** 2) / 2)


def plateau_slope(w):
    return w * np.exp(-(w[0] ** 2 + w[1] ** 2) / 2)


def double_well(x):
    return x**4 / 4 - x**3 / 3 - x**2


def double_well_slope(x):
    return x * (x + 1) * (x - 2)


# Rules, as their papers write them


def momentum(beta):
    def rule(w, g, rate, k, memory):
        memory["v"] = beta * memory.get("v", 0) + g
        return w - rate * memory["v"]

    return rule


def nesterov(beta):
    def rule(w, g, rate, k, memory):
        memory["v"] = beta * memory.get("v", 0) + g
        return w - rate * (g + beta * memory["v"])

    return rule


def adagrad(w, g, rate, k, memory):
    memory["s"] = memory.get("s", 0) + g**2
    return w - rate * g / (np.sqrt(memory["s"]) + 1e-10)


def rmsprop(w, g, rate, k, memory):
    memory["s"] = 0.9 * memory.get("s", 0) + 0.1 * g**2
    return w - rate * g / (np.sqrt(memory["s"]) + 1e-8)


def adam(w, g, rate, k, memory):
    m = memory["m"] = 0.9 * memory.get("m", 0) + 0.1 * g
    s = memory["s"] = 0.999 * memory.get("s", 0) + 0.001 * g**2
    return w - rate * m / (1 - 0.9**k) / (np.sqrt(s / (1 - 0.999**k)) + 1e-8)


RULES = {
    "gradient descent": None,
    "momentum 0.4": momentum(0.4),
    "momentum 0.67": momentum(0.67),
    "momentum 0.8": momentum(0.8),
    "Nesterov 0.8": nesterov(0.8),
    "AdaGrad": adagrad,
    "RMSProp 0.9": rmsprop,
    "Adam": adam,
}
