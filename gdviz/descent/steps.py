"""Steps of runs: an update by a rule, then the slopes at the new point, over and over.

A rule that is a text and a surface that is a formula become one graph, and that one function: for
many runs over whole arrays, for a few over plain numbers, which costs a fraction of the time. Both
do the same operations in the same order, so a run alone is the run in a batch to the last bit.
"""

from functools import lru_cache
from itertools import pairwise

import numpy as np

from ..formulas.code import Arrays, Floats, function, unpacked
from ..formulas.formula import Formula
from .rules import Written

FEW = 8  # runs that are faster one after the other, in plain numbers


def walker(surface, rule, gradient, whole, factors=None):
    """Return the function ``advance`` that takes steps, one after the other.

    They follow `gradient`: `whole`, or what looks at a part of the data only; update k multiplies
    the rate by factors[k].

    ``advance(block, slope, memory, rate, done, squares)`` fills block[1:] from block[0], and
    returns the gradient at block[-1]. block is (rows + 1, d, *batch); slope, the gradient at
    block[0], and each of memory are (d, *batch) and may change; `done` counts the steps taken
    before; squares, (rows, n) or None, is filled with the squared lengths of the whole gradients at
    block[1:].
    """
    formula = getattr(surface, "_maths", None)

    def rates(rate, done, rows):
        if factors is None:
            return [rate] * rows
        return [rate * factor for factor in factors[done : done + rows].tolist()]

    if gradient is whole and isinstance(rule, Written) and isinstance(formula, Formula):
        return _fused(rule, formula, rates)
    return _in_turn(rule, gradient, whole, rates)


def _in_turn(rule, gradient, whole, rates):
    """Return the `advance` that asks the rule and the gradient in turn."""

    def advance(block, slope, memory, rate, done, squares):
        each_rate = rates(rate, done, len(block) - 1)
        move = rule.mover(block[0].shape) if isinstance(rule, Written) else rule.move
        for row, (theta, new) in enumerate(pairwise(block)):
            move(theta, slope, each_rate[row], memory, done + row + 1, new)
            slope = gradient(new)
            if squares is not None:
                full = slope if gradient is whole else whole(new)
                np.add.reduce(full * full, axis=0, out=squares[row].reshape(full.shape[1:]))
        return slope

    return advance


def _fused(rule, formula, rates):
    """Return the `advance` that does all in one compiled function."""
    numbers = list(rule.parameters.values())

    def in_arrays(block, slope, memory, rate, done, squares):
        steps, scratch = _array_steps(rule.recipe, formula, squares is not None)
        each_rate = [np.asarray(each) for each in rates(rate, done, len(block) - 1)]
        s = np.empty((scratch, block.shape[2]))
        steps(block, slope, memory, each_rate, done, squares, s, *map(np.float64, numbers))

    def in_numbers(block, slope, memory, rate, done, squares):
        steps = _number_steps(rule.recipe, formula, squares is not None)
        (_, d, n), rows, found = block.shape, len(block) - 1, []
        for i, own in enumerate(np.broadcast_to(rate, n).tolist()):
            known = [part[:, i].tolist() for part in (block[0], slope, *memory)]
            found.append(steps(*known, rates(own, done, rows), done, *numbers))
        for i, (points, lengths, *after) in enumerate(found):
            block[1:, :, i] = np.array(points).reshape(rows, d)
            for part, new in zip((slope, *memory), after, strict=True):
                part[:, i] = new
            if squares is not None:
                squares[:, i] = lengths

    def advance(block, slope, memory, rate, done, squares):
        shape = (formula.dimension, -1)
        parts = [part.reshape(shape) for part in (slope, *memory)]
        given = block.reshape(len(block), *shape), parts[0], parts[1:], rate, done, squares
        if parts[0].shape[1] > FEW:
            in_arrays(*given)
            return slope
        try:
            in_numbers(*given)
        except (ZeroDivisionError, ValueError):  # arrays go on with infinity and NaN
            in_arrays(*given)
        return slope

    return advance


def _graph(recipe, formula, watched):
    """Return the graph of a step, and its outputs: points, memories, slopes and their length."""
    graph, outputs = recipe.lay(formula.dimension)
    slopes = formula.slopes_in(graph, [outputs[f"new{i}"] for i in range(formula.dimension)])
    outputs |= {f"g{i}": slope for i, slope in enumerate(slopes)}
    return graph, outputs | ({"length": graph.squares(slopes)} if watched else {})


@lru_cache(maxsize=64)
def _array_steps(recipe, formula, watched):
    """Return the function that takes steps over whole arrays, and how many more it needs."""
    code = Arrays(*_graph(recipe, formula, watched), recipe.kinds)
    d = formula.dimension
    theta, new = (", ".join(f"{name}{i}" for i in range(d)) for name in ("theta", "new"))
    kept = {f"g{i}": f"g[{i}]" for i in range(d)}
    kept |= {f"m{j}_{i}": f"m[{j}][{i}]" for j in range(len(recipe.remembered)) for i in range(d)}
    step = ["k = float64(done + row)", f"{new}, = block[row]"]
    step += ["length = squares[row - 1]"] if watched else []
    step += [*code.lines, *code.swapped(), f"{theta}, = {new},"]
    lines = [
        *(f"{name} = {place}" for name, place in kept.items()),
        *unpacked("s", code.scratch),
        *code.before,
        f"{theta}, = block[0]",
        "for row, rate in enumerate(rates, 1):",
        *(f"    {line}" for line in step),
        *(f"copyto({kept[name]}, {name})" for name in code.moves if name in kept),
    ]
    given = ", ".join(["block, g, m, rates, done, squares, s", *recipe.parameters])
    return function(f"steps({given})", lines, code.scope), code.scratch


@lru_cache(maxsize=64)
def _number_steps(recipe, formula, watched):
    """Return the function that takes the steps of one run in plain numbers."""
    graph, outputs = _graph(recipe, formula, watched)
    code, d = Floats(graph, outputs, recipe.kinds), formula.dimension
    parts = {"theta": "theta", "g": "g"}
    parts |= {f"m{j}": f"m{j}_" for j in range(len(recipe.remembered))}
    parts = {part: [f"{name}{i}" for i in range(d)] for part, name in parts.items()}
    names = [name for each in parts.values() for name in each]
    found = [code.names[outputs[name.replace("theta", "new")]] for name in names]
    after = [f"[{', '.join(each)}]" for part, each in parts.items() if part != "theta"]
    step = [*code.lines, f"{', '.join(names)} = {', '.join(found)}"]
    step += [f"points += {', '.join(parts['theta'])},"]
    step += [f"lengths.append({code.names[outputs['length']]})"] if watched else []
    lines = [
        *(f"{', '.join(each)}, = {part}" for part, each in parts.items()),
        *code.before,
        "points, lengths = [], []",
        "for k, rate in zip(map(float, range(done + 1, done + 1 + len(rates))), rates):",
        *(f"    {line}" for line in step),
        f"return points, lengths, {', '.join(after)}",
    ]
    given = ", ".join([*parts, "rates", "done", *recipe.parameters])
    return function(f"steps({given})", lines, code.scope)
