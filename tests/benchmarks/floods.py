"""What floods of moves and reruns leave behind: memory, the last value, widgets.

    python -m tests.benchmarks.floods [kind ...]

A kind may be named with fewer moves, as in ``2D=3000``.

Promised: after 100,000 moves on one explorer (5,000 where each colours a map) memory is level from
the first tenth on, the last value is shown, and closing leaves no widget; 200 runs of one cell take
at most 10 MB more than one. Each kind has a process of its own.
"""

import gc
import subprocess
import sys
import time
from types import SimpleNamespace

import numpy as np
import psutil

import gdviz as gd
from gdviz.live import together
from tests.packets import column, point, rest, widgets

X = np.linspace(0, 4, 40)
LINE = gd.LinearRegression(X, 1 + 2 * X + np.sin(9 * X))
RACE = {gd.GradientDescent(): 0.01, gd.Momentum(0.9): 0.003, gd.Adam(): 0.1}
KINDS = {  # by name: how many moves, and what opens an explorer
    "1D": (100_000, lambda: gd.explore("double_well", steps=40)),
    "2D": (100_000, lambda: gd.explore("himmelblau", steps=40)),
    "line": (100_000, lambda: gd.explore(LINE, steps=40)),
    "race": (100_000, lambda: gd.explore("himmelblau", race=RACE, steps=40)),
    "cloud": (100_000, lambda: gd.explore("himmelblau", starts=20, steps=20)),
    "basins": (5_000, lambda: gd.explore("himmelblau", basins=True, steps=40)),
}
RERUNS = 200


def memory():
    """Return how many MB this process holds."""
    gc.collect()
    return psutil.Process().memory_info().rss / 1e6


def moves(explorer, count):
    """Move every control and the pointer in turn, as a hand does; yield now and then."""
    random, live = np.random.default_rng(0), explorer.live
    low, high = np.transpose(explorer.setting.shown)
    frames, number = len(explorer.setting.rates.values), 0
    while True:
        x, *y = random.uniform(low, high)
        places = [
            lambda: explorer.rate.slider.set_state({"index": int(random.integers(frames))}),
            lambda: explorer.player.step.set_state({"value": int(random.integers(20))}),
        ]
        if explorer.setting.cloud is None:
            places += [
                lambda at=(x, *y, 0.0): point(live, *at[:2]),
                lambda at=x: setattr(explorer.start_sliders.children[0], "value", round(at, 2)),
            ]
        for place in places:
            place()
            number += 1
            if number % (count // 100) == 0:
                rest(live)  # all learning rates, and the map
                live.question = live.question | {"picture": {"frame": live.frame, "time": number}}
                yield number
            if number == count:
                return


def flood(name):
    """Print what so many moves of one kind of explorer cost, and whether all is as it must be."""
    name, _, fewer = name.partition("=")
    count, opened = KINDS[name]
    count = int(fewer or count)
    before, begun, held = widgets(), time.perf_counter(), {}
    explorer = opened()
    for number in moves(explorer, count):
        if number * 10 % count == 0:
            held[number] = memory()
    seconds = time.perf_counter() - begun
    explorer.reset()
    run, shown = explorer.descent, column(explorer.live, "x")
    with np.errstate(over="ignore"):
        told = np.moveaxis(run.path[:, 0], 0, -1).astype(shown.dtype)
    last = np.array_equal(shown, told, equal_nan=True) and explorer.live.problem == ""
    explorer.close()
    del explorer
    gc.collect()
    left = len(widgets() - before)
    early, late = held[count // 10], max(list(held.values())[-3:])
    met = "" if late - early < 5 and last and not left else "  MISSED"
    print(
        f"{name:8} {count:7} moves {seconds:6.0f} s  {early:4.0f} MB after a tenth, {late:4.0f} MB "
        f"at the end  last value {'shown' if last else 'NOT SHOWN'}  {left} widgets left{met}",
        flush=True,
    )


def reruns():
    """Print what 200 runs of one cell take more than one."""
    shell = SimpleNamespace(
        execution_count=0, get_parent=lambda: {"metadata": {"cellId": "the same cell"}}
    )
    together.get_ipython, out, held = lambda: shell, [], []
    for _ in range(RERUNS):
        shell.execution_count += 1
        explorer = gd.explore("himmelblau", steps=40)
        explorer._repr_mimebundle_()
        out.append(explorer)  # as IPython's Out does
        held.append(memory())
    more = held[-1] - held[0]
    met = "" if more <= 10 else "  MISSED"
    print(f"{RERUNS} runs of a cell: {more:.1f} MB more than one{met}", flush=True)


if __name__ == "__main__":
    asked = sys.argv[1:] or [*KINDS, "reruns"]
    for name in asked:
        if len(asked) > 1:  # what one leaves behind is nothing of another's
            subprocess.run([sys.executable, "-m", "tests.benchmarks.floods", name], check=True)
        elif name == "reruns":
            reruns()
        else:
            flood(name)
