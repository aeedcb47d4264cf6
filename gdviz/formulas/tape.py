"""Nodes of a graph as a tape: numbers alone, which another machine, such as a browser, works out.

No text becomes code there: a tape lists operations by their number in a list of known names.
"""

import numpy as np

from .reading import COMPUTE, SIGNS


def tape(graph, outputs, inputs, given=None, steps=0):
    """Return the nodes `outputs` of a graph without powers as a tape (dict) of `inputs` (names).

    It works on a row of places: first the ``inputs`` (how many), then the ``constants``, then a
    number from each of the ``tables`` (one per step, for what k decides alone), then one result
    after the other. ``code`` has three whole numbers for each: which of the ``operations`` (names),
    and the two places it takes (the same twice if it takes one). ``outputs`` are places.
    """
    nodes = graph.below(outputs)
    # Worked out here, as powers differ in their last digit from library to library
    known = {**(given or {}), "k": np.arange(1.0, steps + 1)}
    worked, left = {}, []  # numbers and tables by their nodes; nodes left to the machine
    with np.errstate(all="ignore"):
        for place, (kind, *rest) in nodes.items():
            if kind == "number":
                worked[place] = float(rest[0])
            elif kind == "variable" and rest[0] in known:
                worked[place] = known[rest[0]]
            elif kind != "variable" and all(each in worked for each in rest):
                worked[place] = _each(COMPUTE.get(kind, kind), *map(worked.get, rest))
            elif kind != "variable":
                left.append(place)
    wanted = {*outputs, *(each for place in left for each in nodes[place][1:])}
    tables = [place for place in worked if place in wanted and np.ndim(worked[place])]
    constants = [place for place in worked if place in wanted and not np.ndim(worked[place])]
    order = [graph.build(name) for name in inputs] + constants + tables + left
    places = {place: i for i, place in enumerate(order)}
    kinds = [SIGNS.get(nodes[place][0], nodes[place][0]) for place in left]
    names, code = sorted({*kinds}), []
    for kind, place in zip(kinds, left, strict=True):
        operands = [places[each] for each in nodes[place][1:]]
        code += [names.index(kind), operands[0], operands[-1]]
    return {
        "inputs": len(inputs),
        "constants": [float(worked[place]) for place in constants],
        "tables": [worked[place].tolist() for place in tables],
        "operations": names,
        "code": code,
        "outputs": [places[place] for place in outputs],
    }


def _each(compute, *numbers):
    """Work out numbers one by one: over an array NumPy may give other last digits."""
    return np.vectorize(lambda *each: compute(*map(np.float64, each)), otypes=[float])(*numbers)
