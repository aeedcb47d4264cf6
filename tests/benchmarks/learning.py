"""How much faster many models learn at once than one after the other.

::

    python -m tests.benchmarks.learning             # minibatches, and networks one at a time
    python -m pip install torch==2.13.0             # then the same compares with PyTorch too

Everything runs on one thread, so that the ratios do not depend on how many cores are free.
Each time is the best of a few, in seconds of the processor.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before NumPy is imported
os.environ.setdefault("OMP_NUM_THREADS", "1")

import time

import numpy as np

import gdviz as gd
from gdviz.descent.minibatches import minibatches
from gdviz.losses.network import Network
from gdviz.losses.regression import LinearRegression, LogisticRegression

try:
    import torch
except ImportError:
    torch = None


def best_time(function, repeats):
    """Return the least time a call takes (float, in seconds), and what the last one returned."""
    times = []
    for _ in range(repeats):
        begun = time.process_time()
        result = function()
        times.append(time.process_time() - begun)
    return min(times), result


def report(what, many, alone, target):
    print(f"{what}: {many:.3f} s at once, {alone:.3f} s in a loop: {alone / many:.1f}x ({target})")


# 120 networks, 20 hidden units, 64 points, 500 steps, a learning rate each


def torch_networks(net, rates, steps):
    """Train one network after the other as PyTorch's tutorials do: (len(rates), d) array."""
    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float64)
    x, y = torch.tensor(net.x)[:, None], torch.tensor(net.y)[:, None]
    parts, ends = net.unpack(np.array(net.start)), []
    for rate in rates:
        model = torch.nn.Sequential(
            torch.nn.Linear(1, net.hidden), torch.nn.Tanh(), torch.nn.Linear(net.hidden, 1)
        )
        bias, weights, output_bias, output = (torch.tensor(part) for part in parts)
        with torch.no_grad():
            for parameter, at in zip(
                model.parameters(), (weights.T, bias, output.T, output_bias), strict=True
            ):
                parameter.copy_(at)
        optimizer = torch.optim.SGD(model.parameters(), lr=rate)
        for _ in range(steps):
            optimizer.zero_grad()
            loss = ((model(x) - y) ** 2).mean() / 2
            loss.backward()
            optimizer.step()
        w, b, v, c = (parameter.detach().numpy() for parameter in model.parameters())
        ends.append(np.concatenate([b, w.ravel(), c, v.ravel()]))
    return np.array(ends)


def networks():
    x = np.linspace(-3, 3, 64)
    net, rates = Network(x, np.sin(x), hidden=20), np.geomspace(1e-3, 0.3, 120)
    many, run = best_time(lambda: gd.descend(net, net.start, rates, steps=500), 5)
    alone, runs = best_time(
        lambda: [gd.descend(net, net.start, rate, steps=500).end for rate in rates], 1
    )
    report("120 networks, against gdviz one at a time", many, alone, "no target")
    print(f"    largest difference {np.abs(np.stack(runs, axis=1) - run.end).max():.1e}")
    if torch is None:
        print("    PyTorch is not installed: not compared with it.")
        return
    alone, ends = best_time(lambda: torch_networks(net, rates, 500), 1)
    report("120 networks, against a PyTorch loop", many, alone, "at least 8x")
    print(f"    largest difference {np.abs(ends.T - run.end).max():.1e}")


# 100 seeds on 10,000 rows, one epoch


def numpy_runs(design, y, error, size, rate, steps):
    """Descend by minibatches for one seed after the other, in plain NumPy: (100, 2) array."""
    ends = []
    for seed in range(100):
        rng, w, done = np.random.default_rng(seed), np.zeros(2), 0
        while done < steps:
            order = rng.permutation(len(y))
            for k in range(0, len(y), size):
                if done == steps:
                    break
                rows = order[k : k + size]
                seen = design[rows]
                w = w - rate * (seen.T @ error(seen @ w, y[rows])) / len(rows)
                done += 1
        ends.append(w)
    return np.array(ends)


def seeds():
    rng = np.random.default_rng(0)
    x = rng.normal(size=10_000)
    y = 3 + 2 * x + rng.normal(size=10_000)
    line, decision = LinearRegression(x, y), LogisticRegression(x, y > 3)
    errors = {line: lambda z, y: z - y, decision: lambda z, y: 1 / (1 + np.exp(-z)) - y}
    for model, error in errors.items():
        design = np.column_stack([np.ones(model.n), model.x])
        for size in (1, 10, 32):
            steps = min(1000, model.n // size)

            def runs(seed, model=model, size=size, steps=steps):
                batches = minibatches(model.n, size, seed)
                return gd.descend(model, (0, 0), 0.1, steps=steps, batches=batches).end

            what = f"100 seeds, {model.name}, {steps} batches of {size}, against "
            many, ends = best_time(lambda runs=runs: runs(range(100)), 7)
            alone, each = best_time(lambda runs=runs: [runs(seed) for seed in range(100)], 1)
            report(what + "gdviz one at a time", many, alone, "at least 20x")
            print(f"    largest difference {np.abs(np.stack(each, axis=1) - ends).max():.1e}")
            given = design, model.y, error, size, 0.1, steps
            alone, _ = best_time(lambda given=given: numpy_runs(*given), 1)
            report(what + "a bare NumPy loop", many, alone, "no target")


if __name__ == "__main__":
    networks()
    seeds()
