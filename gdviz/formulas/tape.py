"""Nodes of a graph as a tape: numbers alone, which another machine, such as a browser, works out.

No text becomes code there: a tape lists operations by their number in a list of known names.
"""

import numpy as np

from .code import ARRAYS, UFUNCS
from .graph import SIGNS


def tape(graph, outputs, inputs, given=None, steps=0):
    """Return the nodes `outputs` of a graph without powers as a tape.

    What is made of numbers alone is worked out here; so is what is made of k, the number of the
    step, alone: powers differ in their last digit from library to library.

    Parameters
    ----------
    graph : Graph
    outputs : sequence of int
    inputs : sequence of str
        The variables that the tape is given each time, in this order.
    given : dict of str to float, optional
        Other variables, the same for all steps.
    steps : int
        How many values of k are wanted.

    Returns
    -------
    dict
        A tape works on a row of places: first the ``inputs`` (how many), then the ``constants``,
        then a number from each of the ``tables`` (lists of one number per step), then one result
        after the other. ``code`` has three whole numbers for each: which of the ``operations``
        (names), and the two places it takes (the same twice if it takes one). ``outputs`` are
        places.

    Examples
    --------
    >>> from .graph import Graph
    >>> graph = Graph()
    >>> made = tape(graph, [graph.build(("sin", "x"))], ["x"])
    >>> made["operations"], made["code"], made["outputs"]
    (['sin'], [0, 0, 0], [1])
    """
    nodes = graph.below(outputs)
    known = {**(given or {}), "k": np.arange(1.0, steps + 1)}
    worked, left = {}, []  # numbers and tables by their nodes; nodes left to the machine
    with np.errstate(all="ignore"):
        for place, (kind, *rest) in nodes.items():
            if kind == "number":
                worked[place] = float(rest[0])
            elif kind == "variable" and rest[0] in known:
                worked[place] = known[rest[0]]
            elif kind != "variable" and all(each in worked for each in rest):
                worked[place] = _each(ARRAYS[UFUNCS.get(kind, kind)], *map(worked.get, rest))
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
    if not any(np.ndim(each) for each in numbers):
        return float(compute(*map(np.float64, numbers)))
    rows = np.broadcast_arrays(*numbers)
    return np.array([float(compute(*map(np.float64, row))) for row in zip(*rows, strict=True)])
