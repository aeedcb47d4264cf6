"""Many runs with their whole paths: `descend` beside whole-array NumPy and PyTorch, in one process.

    python -m tests.benchmarks.throughput [rounds]

10,000 starts, 100 steps, every point kept. The peers have the gradient written by hand (NumPy) or
by autograd (`torch.optim.SGD`, timed when PyTorch is installed). Rounds take turns, so that what
else the machine does hits all alike; medians are told, and every peer's path is compared.
"""

import statistics
import sys
import time
from functools import partial
from importlib.util import find_spec

import numpy as np

import gdviz as gd
from tests.benchmarks.settle import slopes as himmelblau

STEPS, RUNS = 100, 10_000


def rosenbrock(w):
    """Return Rosenbrock's gradient: (2, n) -> (2, n)."""
    x, y = w
    u = y - x**2
    return np.stack([-2 * (1 - x) - 400 * x * u, 200 * u])


HEIGHTS = {
    "himmelblau": lambda x, y: (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2,
    "rosenbrock": lambda x, y: (1 - x) ** 2 + 100 * (y - x**2) ** 2,
}
SCENES = {"himmelblau": (himmelblau, 0.005), "rosenbrock": (rosenbrock, 0.0004)}


def by_descend(surface, starts, rate):
    """Keep every point: (steps + 1, 2, n)."""
    return gd.descend(surface, starts, rate, steps=STEPS).path


def by_numpy(gradient, starts, rate):
    """Return the same from a loop over whole arrays."""
    path = np.empty((STEPS + 1, *starts.shape))
    path[0] = starts
    for k in range(STEPS):
        path[k + 1] = path[k] - rate * gradient(path[k])
    return path


def by_torch(height, starts, rate):
    """Return the same from `torch.optim.SGD`, as its tutorials use it."""
    import torch

    w = torch.tensor(starts, requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=rate)
    path = [w.detach().clone()]
    for _ in range(STEPS):
        optimizer.zero_grad()
        height(*w).sum().backward()
        optimizer.step()
        path.append(w.detach().clone())
    return torch.stack(path).numpy()


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 9
    for name, (gradient, rate) in SCENES.items():
        surface = gd.surfaces[name]
        low, high = np.array(surface.domain).T[..., np.newaxis] / 2
        starts = np.random.default_rng(0).uniform(low, high, (2, RUNS))
        ways = {
            "descend": partial(by_descend, surface, starts, rate),
            "NumPy": partial(by_numpy, gradient, starts, rate),
        }
        if find_spec("torch"):
            ways["torch.optim.SGD"] = partial(by_torch, HEIGHTS[name], starts, rate)
        seconds = {way: [] for way in ways}
        expected = by_numpy(gradient, starts, rate)
        for k in range(rounds + 1):
            for way, run in ways.items():
                began = time.perf_counter()
                path = run()
                if k:
                    seconds[way].append(time.perf_counter() - began)
                else:
                    assert np.abs(path - expected).max() < 1e-9, f"{way} goes elsewhere"
        ours = statistics.median(seconds["descend"])
        print(f"{RUNS:,} starts x {STEPS} steps, {name}")
        for way, each in seconds.items():
            median = statistics.median(each)
            print(f"{1000 * median:8.1f} ms  {median / ours:5.2f} x descend  {way}")


if __name__ == "__main__":
    main()
