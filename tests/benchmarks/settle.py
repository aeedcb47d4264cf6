"""A basin map of 1,000 x 1,000 starts: `settle` beside whole-array NumPy and JAX, in one process.

    python -m tests.benchmarks.settle [rounds]

Himmelblau, learning rate 0.005, at most 500 steps, until the gradient's length is 1e-6. The peers
have the gradient written by hand, all in float64. JAX is timed when it is installed (``pip install
jax``; it uses all cores): once as its users would write it, `grad` and `vmap`, all steps and no
look at who has arrived, and with `settle`'s answers.
Rounds take turns, so that what else the machine does hits all alike; medians are told.
"""

import statistics
import sys
import time

import numpy as np

import gdviz as gd

RATE, STEPS, SMALL = 0.005, 500, 1e-6
AXIS = np.linspace(-5, 5, 1000)
STARTS = np.array(np.meshgrid(AXIS, AXIS))


def slopes(w, stack=np.stack):
    """Return Himmelblau's gradient: (2, *batch) -> (2, *batch)."""
    x, y = w
    a, b = x**2 + y - 11, x + y**2 - 7
    return stack([4 * x * a + 2 * b, 2 * a + 4 * y * b])


def ours():
    found = gd.settle(gd.surfaces.himmelblau, STARTS, RATE, steps=STEPS)
    return found.end, found.steps_taken


def numpy_bare():
    """Run all steps; never look who has arrived."""
    w = STARTS
    for _ in range(STEPS):
        w = w - RATE * slopes(w)
    return w, None


def numpy_whole():
    """Run all steps, and find out what `settle` finds out: where each start ends, and when."""
    w, slope = STARTS, slopes(STARTS)
    taken, going = np.zeros(w.shape[1:], np.int32), np.ones(w.shape[1:], bool)
    for _ in range(STEPS):
        w = np.where(going, w - RATE * slope, w)
        taken += going
        slope = slopes(w)
        going &= (slope**2).sum(axis=0) > SMALL**2
    return w, taken


def jax_peers():
    """Return the same in JAX, by name: without looking, and with the same answers in three ways."""
    try:
        import jax
    except ImportError:
        print("JAX is not installed: its peers are left out.")
        return {}
    jax.config.update("jax_enable_x64", True)
    jnp, lax = jax.numpy, jax.lax

    def height(w):
        x, y = w
        return (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2

    def walked(start):  # one start, as a user writes it
        slope = jax.grad(height)
        return lax.fori_loop(0, STEPS, lambda k, w: w - RATE * slope(w), start)

    bare, rows = jax.jit(jax.vmap(walked)), jnp.asarray(STARTS.reshape(2, -1).T)

    def timed_bare():
        return np.asarray(jax.block_until_ready(bare(rows))).T.reshape(STARTS.shape), None

    def begin(w):
        shape = w.shape[1:]
        return w, slopes(w, jnp.stack), jnp.zeros(shape, jnp.int32), jnp.ones(shape, bool)

    def update(state):
        w, slope, taken, going = state
        w = jnp.where(going, w - RATE * slope, w)
        slope = slopes(w, jnp.stack)
        return w, slope, taken + going, going & ((slope**2).sum(0) > SMALL**2)

    @jax.jit
    def fori_loop(w):
        return lax.fori_loop(0, STEPS, lambda k, state: update(state), begin(w))

    @jax.jit
    def while_loop(w):
        def going(counted):
            return (counted[0] < STEPS) & counted[1][-1].any()

        return lax.while_loop(going, lambda c: (c[0] + 1, update(c[1])), (0, begin(w)))[1]

    @jax.jit
    def vmap_while_loop(w):
        def one(start):
            counted = (0, begin(start))
            going = lambda c: (c[0] < STEPS) & c[1][-1]  # noqa: E731
            return lax.while_loop(going, lambda c: (c[0] + 1, update(c[1])), counted)[1]

        return jax.vmap(one, 1, (1, 1, 0, 0))(w.reshape(2, -1))

    def timed(function):
        def run():
            w, _, taken, _ = jax.block_until_ready(function(jnp.asarray(STARTS)))
            return np.asarray(w).reshape(STARTS.shape), np.asarray(taken).reshape(1000, 1000)

        return run

    ways = fori_loop, while_loop, vmap_while_loop
    plain = {"JAX jit vmap fori_loop, never looking who arrived": timed_bare}
    return plain | {f"JAX jit {way.__name__}, same answers": timed(way) for way in ways}


def measure(functions, rounds):
    """Return the median seconds of each function, by name, after an untimed round that checks."""
    seconds = {name: [] for name in functions}
    ends, steps_taken = ours()
    for k in range(rounds + 1):
        for name, function in functions.items():
            began = time.perf_counter()
            end, taken = function()
            if k:
                seconds[name].append(time.perf_counter() - began)
                continue
            assert np.abs(end - ends).max() < 1e-5, f"{name} ends elsewhere"
            assert taken is None or (taken == steps_taken).mean() > 0.999, f"{name} counts others"
    return {name: statistics.median(each) for name, each in seconds.items()}


def maps(side=200):
    """Return how many maps of side x side starts there are in a second, by learning rate."""
    axis = np.linspace(-5, 5, side)
    starts, found = np.array(np.meshgrid(axis, axis)), {}
    for rate in np.geomspace(0.0003, 0.03, 5):
        took = []
        for _ in range(7):
            began = time.perf_counter()
            gd.settle(gd.surfaces.himmelblau, starts, rate, steps=300)
            took.append(time.perf_counter() - began)
        found[rate] = 1 / statistics.median(took)
    return found


if __name__ == "__main__":
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    peers = {
        "settle": ours,
        "NumPy, all steps, same answers": numpy_whole,
        "NumPy, all steps, never looking who arrived": numpy_bare,
        **jax_peers(),
    }
    seconds = measure(peers, rounds)
    for name, median in seconds.items():
        print(f"{median:7.3f} s  {median / seconds['settle']:5.1f} x settle  {name}")
    print("200 x 200 starts, at most 300 steps:")
    for rate, each_second in maps().items():
        print(f"{each_second:6.1f} maps/s at learning rate {rate:.2g}")
