"""Python for the nodes of a graph: over whole arrays in few passes, or over plain numbers.

Nodes are of three kinds, by the variables below them: *given* numbers stay the same for a whole
run, *stepping* numbers change from step to step, and only the rest differs from point to point.
So ``rate/(1 - 0.9**k)`` is worked out once a step, not once a point.
"""

import math
from collections import Counter
from operator import add, mul, sub, truediv

import numpy as np

from .graph import Graph
from .reading import COMPUTE, SIGNS

GIVEN, STEPPING, POINTWISE = range(3)
UFUNCS = {add: "add", sub: "subtract", mul: "multiply", truediv: "divide"}


def _where_defined(u, height, out):
    """Write u into `out`, and NaN where the height is."""
    nowhere = np.isnan(height)
    np.copyto(out, u)
    np.copyto(out, np.nan, where=nowhere)


NUMPY = (*UFUNCS.values(), "copyto", "asarray", "float64")
ARRAYS = COMPUTE | {name: getattr(np, name) for name in NUMPY} | {"defined": _where_defined}
FLOATS = {name: lambda *u, f=f: float(f(*u)) for name, f in COMPUTE.items()}  # the same digits
FLOATS |= {"sqrt": math.sqrt, "abs": abs, "defined": lambda u, h: u if h == h else math.nan}


def function(head, lines, scope):
    """Return the function that a head and lines of Python make; nothing of any text is in them."""
    scope = dict(scope)
    exec("\n    ".join([f"def {head}:", *lines]), scope)
    return scope[head.partition("(")[0]]


def unpacked(name, count):
    """Return lines that call the parts of an array s0, s1... if its name is s."""
    return [f"{name}{i} = {name}[{i}]" for i in range(count)]


def compiled(graph, outputs):
    """Return the function of points (d, *batch) that gives n nodes there (n, *batch)."""
    products = Graph()
    outputs = {f"out{i}": place for i, place in enumerate(products.absorb(graph, outputs))}
    many, one = Arrays(products, outputs), Floats(products, outputs)
    many_lines = unpacked("out", len(outputs)) + many.once()
    found = ", ".join(one.names[place] for place in outputs.values())
    one_lines = [*one.before, *one.lines, f"return {found},"]
    compute_many = function("compute(x, y, out, s)", many_lines, many.scope)
    compute_one = function("compute(x, y=0)", one_lines, FLOATS | COMPUTE)

    def points(w):
        if w.ndim == 1:
            return np.array(compute_one(*w), dtype=float)
        out = np.empty((len(outputs), *w.shape[1:]))
        compute_many(w[0], w[-1], out, np.empty((many.scratch, *w.shape[1:])))
        return out

    return points


class Floats:
    """Lines that compute the nodes `outputs`, by their names, from plain numbers.

    The graph has no powers; `kinds` (dict) tells which variables are `GIVEN` or `STEPPING`. There
    are lines `before`, for what is given, and `lines` for the rest; `names` says what nodes are
    called in them, and `scope` has the functions and constants.
    """

    def __init__(self, graph, outputs, kinds=None):
        self.nodes, self.outputs = graph.below(outputs.values()), outputs
        self.names, self.before, self.lines, self.scope = {}, [], [], FLOATS
        self.operands, self.kinds = {}, {}
        for place, (kind, *rest) in self.nodes.items():
            self.operands[place] = [] if kind in ("number", "variable") else rest
            alone = (kinds or {}).get(rest[0], POINTWISE) if kind == "variable" else GIVEN
            below = (self.kinds[each] for each in self.operands[place])
            self.kinds[place] = max(below, default=alone)
        self.write()

    def write(self):
        """Write all lines."""
        for place in self.kinds:
            self.write_number(place)

    def write_number(self, place):
        """Write a node as one does on paper."""
        kind, *rest = self.nodes[place]
        if kind == "number":
            self.names[place] = repr(float(rest[0]))
        elif kind == "variable":
            self.names[place] = rest[0]
        else:
            names, sign = [self.names[each] for each in rest], SIGNS.get(kind)
            right = f" {sign} ".join(names) if sign else f"{kind}({', '.join(names)})"
            self.names[place] = f"t{place}"
            lines = self.lines if self.kinds[place] else self.before
            lines.append(f"t{place} = {right}")


class Arrays(Floats):
    """Lines that compute nodes over whole arrays, each into an array of no further use.

    An output named like a variable takes its place: ``v = beta*v + g`` is worked out within v.
    The lines need as many arrays s0, s1... besides as `scratch` says.
    """

    def write(self):
        """Write all lines."""
        self.scope, self.scratch, self.free, self.arrays = dict(ARRAYS), 0, [], {}
        variables = {first for kind, first, *_ in self.nodes.values() if kind == "variable"}
        self.replaced = variables & set(self.outputs)
        pointwise = [place for place, kind in self.kinds.items() if kind == POINTWISE]
        self.uses = Counter(self.outputs.values())
        for place in pointwise:
            self.uses.update(self.operands[place])
        for place in self.kinds:
            if self.operands[place] and self.kinds[place] == POINTWISE:
                self.write_array(place)
            else:
                self.write_number(place)
        found = {output: self.array(place) for output, place in self.outputs.items()}
        late = sorted(found, key=self.replaced.__contains__)  # others may come from their arrays
        self.moves = {output: found[output] for output in late if found[output] != output}

    def once(self):
        """Return all lines, and in the end those that copy outputs into their own arrays."""
        copied = [f"copyto({output}, {found})" for output, found in self.moves.items()]
        return [*unpacked("s", self.scratch), *self.before, *self.lines, *copied]

    def swapped(self):
        """Return lines that do so between steps, where a scratch array may become the own one."""
        times = Counter(self.moves.values())
        swap = "{0}, {1} = {1}, {0}".format
        return [
            swap(output, found)
            if times[found] == 1 and found[0] == "s" and output in self.replaced
            else f"copyto({output}, {found})"
            for output, found in self.moves.items()
        ]

    def array(self, place):
        """Return what a node is called as an array: NumPy takes those faster than numbers."""
        if place not in self.arrays:
            name = self.arrays[place] = self.names[place]
            if self.nodes[place][0] == "number":
                name = self.arrays[place] = f"c{place}"
                self.scope[name] = np.array(float(self.names[place]))
            elif self.kinds[place] != POINTWISE:
                self.arrays[place] = f"a{place}"
                lines = self.lines if self.kinds[place] else self.before
                lines.append(f"a{place} = asarray({name})")
        return self.arrays[place]

    def write_array(self, place):
        """Write an operation, and where its result goes."""
        names = [self.array(each) for each in self.operands[place]]
        self.uses.subtract(self.operands[place])
        for each in set(self.operands[place]):
            name = self.array(each)
            if not self.uses[each] and (name in self.replaced or name[0] == "s"):
                self.free.append(name)
        out = self.arrays[place] = self.room(place)
        kind = self.nodes[place][0]
        self.lines.append(f"{UFUNCS.get(kind, kind)}({', '.join(names)}, {out})")

    def room(self, place):
        """Return the array for a result: its own, the one last freed, or another scratch array."""
        own = [output for output, node in self.outputs.items() if node == place]
        for output in own:
            if output not in self.replaced:
                return output
        usable = [name for name in self.free if name in own] or [
            name for name in reversed(self.free) if not own or name not in self.replaced
        ]
        if usable:
            self.free.remove(usable[0])
            return usable[0]
        self.scratch += 1
        return f"s{self.scratch - 1}"
