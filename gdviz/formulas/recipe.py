"""A rule's text: what each update does to every coordinate, as a graph and as NumPy code."""

from functools import cached_property, lru_cache

import numpy as np

from .code import GIVEN, STEPPING, Arrays, function
from .graph import Graph
from .latex import latex
from .reading import mentions, read_rule


@lru_cache(maxsize=64)
class Recipe:
    """A rule's text, read once for all rules that differ in their numbers, the parameters, only.

    `remembered` lists what is handed from one update to the next, `kinds` is of variables the same
    for all coordinates, as for `Floats`. A `guarded` rule makes no step where there is no slope.
    """

    def __init__(self, text, parameters=(), guarded=False):
        self._statements, self.text = read_rule(text, parameters)
        self.parameters, self._guarded = parameters, guarded
        self.kinds = dict.fromkeys(parameters, GIVEN) | dict.fromkeys(("rate", "k"), STEPPING)
        first = dict(reversed(self._statements))
        self.remembered = [
            name for name in first if name != "theta" and mentions(first[name], name)
        ]
        self.lay(1)  # refuses what works out to no number

    def lay(self, d):
        """Return the graph of an update of d coordinates, and its outputs (dict of str to node).

        The variables are rate, k, the parameters, and for coordinate i theta{i}, g{i}, and m{j}_{i}
        for what is remembered; the outputs new{i}, and m{j}_{i} for what is remembered from now on.
        """
        paper, outputs = Graph(), {}
        slopes = [paper.build(f"g{i}") for i in range(d)]
        for i, slope in enumerate(slopes):
            memory = {name: f"m{j}_{i}" for j, name in enumerate(self.remembered)}
            known = {name: paper.build(variable) for name, variable in memory.items()}
            known |= {"theta": paper.build(f"theta{i}"), "g": slope}
            for name, term in self._statements:
                known[name] = paper.build(term, known)
            new = known["theta"]
            outputs[f"new{i}"] = paper.where_finite(new, slopes) if self._guarded else new
            outputs |= {memory[name]: known[name] for name in self.remembered}
        graph = Graph()
        return graph, dict(zip(outputs, graph.absorb(paper, outputs.values()), strict=True))

    @cached_property
    def latex(self):
        """What each update does, in LaTeX (str)."""
        symbols = {"decay": r"\rho"}
        return r",\quad ".join(
            rf"{latex(name, symbols)} \leftarrow {latex(term, symbols)}"
            for name, term in self._statements
        )

    @cached_property
    def _update(self):
        """The function that updates whole arrays, and how many more arrays it needs."""
        code = Arrays(*self.lay(1), self.kinds)
        memory = [f"m{j}_0 = m[{j}]" for j in range(len(self.remembered))]
        given = ", ".join(["theta0, g0, m, rate, k, new0, s", *self.parameters])
        return function(f"update({given})", memory + code.once(), code.scope), code.scratch

    def mover(self, numbers, shape):
        """Return the function that updates arrays of a shape, as `Written.move` does."""
        update, scratch = self._update
        s, numbers = np.empty((scratch, *shape)), [np.float64(number) for number in numbers]

        def move(theta, gradient, learning_rate, memory, count, out):
            rate = np.asarray(learning_rate)
            update(theta, gradient, memory, rate, np.float64(count), out, s, *numbers)
            if self._guarded:
                np.copyto(out, np.nan, where=~np.isfinite(gradient).all(axis=0))

        return move
