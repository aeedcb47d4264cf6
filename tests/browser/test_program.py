"""The browser makes the same runs as Python, from a program of numbers."""

import numpy as np
import pytest

import gdviz as gd
from gdviz.descent.program import program_of
from gdviz.explorers.basins import basin_picture
from gdviz.explorers.rows import with_scaling
from gdviz.explorers.tables import columns_of
from gdviz.live.live import source
from gdviz.losses.gallery import surfaces

RUN = """([programs, starts, rates, steps]) => programs.map((program, i) =>
  starts.flatMap((start) => rates[i].map((rate) => {
    const run = descend(program, start, rate, steps);
    return [...run.path, run.loss, ...run.slopes, ...run.curved].map((each) => [...each])
      .concat([[run.taken, Number(run.fired)]]);
  })))"""
STEPS = 60
RULES = [
    gd.GradientDescent(),
    gd.Momentum(0.8),
    gd.Nesterov(0.9),
    gd.AdaGrad(),
    gd.RMSProp(),
    gd.Adam(),
    gd.Rule("u = (u + g)/2; v = v + u*abs(u); theta = theta - rate*(v/(1 + k) + u)"),
    gd.Rule("last = (last + g)/sqrt(k); theta = theta - rate*(g + last)/(1 + abs(g))**1.5"),
]
STOPS = [None, gd.Stop(gradient_norm=0.5), gd.Stop(loss=0.3), gd.Stop(loss_change=0.05)]
STOPS += [gd.Stop(step=0.02), gd.Stop(gradient_norm=1e-3, loss=1e-4, loss_change=1e-6, step=1e-5)]
SCHEDULES = [None, gd.inverse_time(10), gd.step_decay(20), gd.cosine(STEPS)]
WORDS = {False: ("", 0), True: ("met", 1)}


@pytest.fixture(scope="module")
def page(browser):
    """A page that knows how a program is run, and nothing else."""
    context = browser.new_context()
    opened = context.new_page()
    opened.add_script_tag(content=source("descent.js") + source("map.js"))
    yield opened
    context.close()


def starts_on(surface):
    """Return the surface's own start and three more, as lists of floats."""
    random = np.random.default_rng(7)
    lows, highs = np.transpose(surface.domain)
    more = random.uniform(lows, highs, (3, surface.dimension))
    return [list(surface.start), *more.tolist()]


def compare(page, surface, cases, *, rtol=0.0):
    """Compare runs of (rule, stop, schedule) from several starts at a low, fair and high rate."""
    starts = starts_on(surface)
    pace = surface.learning_rate
    programs = [program_of(surface, rule, STEPS, stop, plan) for rule, stop, plan in cases]
    rates = [[0.3 * pace, pace, 4 * pace] for _ in cases]
    found = page.evaluate(RUN, [programs, starts, rates, STEPS])
    for (rule, stop, plan), each_rate, runs in zip(cases, rates, found, strict=True):
        pairs = [(start, rate) for start in starts for rate in each_rate]
        for (start, rate), made in zip(pairs, runs, strict=True):
            run = gd.descend(surface, start, rate, rule, STEPS, stop, schedule=plan)
            told = f"{surface.name} {rule.text} from {start} at {rate}, {stop}, {plan}"
            d = surface.dimension
            path, loss = np.array(made[:d], float).T, np.array(made[d], float)
            slopes = np.array(made[d + 1 : 2 * d + 1], float)
            if rtol:  # the first ten steps; a chaotic run may go elsewhere after them
                close = {"rtol": rtol, "atol": rtol, "equal_nan": True, "err_msg": told}
                np.testing.assert_allclose(path[:11], run.path[:11], **close)
                continue
            np.testing.assert_array_equal(path, run.path, told)
            np.testing.assert_array_equal(loss, run.loss, told)
            np.testing.assert_array_equal(slopes, surface.gradient(run.path.T), told)
            assert made[-1] == [run.steps_taken, int(run.stopped_by != "")], told


EXACT = [name for name in surfaces if surfaces[name]._maths._graph.is_polynomial(
    surfaces[name]._maths._height)]  # fmt: skip


@pytest.mark.parametrize("name", surfaces)
def test_every_rule_goes_as_in_python(page, name):
    cases = [(rule, None, None) for rule in RULES[:7]]
    compare(page, surfaces[name], cases, rtol=0.0 if name in EXACT else 1e-9)
    compare(page, surfaces[name], [(RULES[7], None, None)], rtol=1e-9)


@pytest.mark.parametrize("name", EXACT)
def test_runs_stop_and_slow_down_as_in_python(page, name):
    cases = [(rule, stop, None) for rule in RULES[:2] for stop in STOPS[1:]]
    cases += [(rule, None, plan) for rule in (RULES[0], RULES[5]) for plan in SCHEDULES[1:]]
    compare(page, surfaces[name], cases)


HOLES = ["log(x) + x**2", "sqrt(x)*y**2 + x", "1/x + x**2 + y**2", "2**x + abs(x)**1.5 + y**2"]


@pytest.mark.parametrize("text", HOLES)
def test_undefined_ground_is_undefined_there_too(page, text):
    surface = gd.Surface.from_formula(text, domain=(-2, 3), learning_rate=0.2)
    compare(page, surface, [(rule, None, None) for rule in RULES], rtol=1e-9)


def test_a_line_and_a_decision_learn_as_in_python(page):
    x = np.array([0.5, 1.2, 2.0, 3.1, 4.4])
    line = gd.LinearRegression(x, 3 * x - 1 + np.sin(5 * x))
    compare(page, line, [(rule, None, None) for rule in RULES[:6]], rtol=1e-9)
    decision = gd.LogisticRegression(x, [0, 1, 0, 1, 1])
    compare(page, decision, [(rule, None, None) for rule in RULES[:6]], rtol=1e-9)


def test_what_only_python_knows_has_no_program():
    own = gd.Surface.from_function(lambda w: w[0] ** 2, dimension=1, domain=(-1, 1))
    assert program_of(own, gd.GradientDescent(), 5) is None
    from gdviz.descent.rules import as_rule

    mine = as_rule(lambda theta, g, rate: theta - rate * g)
    assert program_of(surfaces.bowl, mine, 5) is None


@pytest.mark.parametrize(
    "broken",
    [
        {"operations": ["eval"]},
        {"operations": ["constructor"]},
        {"code": [0, 99, 0]},
        {"code": [0.5, 0, 0]},
        {"outputs": [-1]},
    ],
    ids=str,
)
def test_a_broken_tape_is_refused_before_it_runs(page, broken):
    program = program_of(surfaces.parabola, gd.GradientDescent(), 5)
    program["look"] = program["look"] | broken
    refused = "(program) => refusal({ runs: { '': program } })"
    assert "cannot be made here" in page.evaluate(refused, program)


FILL = """([program, start, frame, names]) => {
  const fill = filler(program, start, frame);
  return names.map((name) => {
    const { values, shape, points } = fill(name);
    return [[...values], [...shape], points];
  });
}"""
x = np.linspace(-3, 3, 12)
SHOWN = {
    "plane": ("himmelblau", {"limit": True, "arrows": True}),
    "curve": ("x_cos_x", {"beside": "outcomes"}),
    "compared": ("parabola", {"compare": [0.01, 0.2], "stop": gd.Stop(loss=1e-3)}),
    "race": ("valley", {"race": {gd.Momentum(0.8): 0.1, gd.Adam(): 0.3, gd.AdaGrad(): 2}}),
    "random starts": ("himmelblau", {"starts": 20}),
    "in space": ("bowl", {"beside": "3d"}),
    "scheduled": ("bowl", {"schedule": "halved 3 times"}),
    "line": (gd.LinearRegression(x, 2 * x + np.cos(x)), {"cost": "rows", "beside": "loss"}),
    "scaled line": (gd.LinearRegression(x + 9, 2 * x + np.cos(x)), {"scaling": True}),
    "decision": (gd.LogisticRegression(x, x + np.sin(9 * x) > 0), {}),
}


@pytest.mark.parametrize("name", SHOWN)
def test_the_browser_fills_the_columns_that_python_sends(page, name):
    surface, options = SHOWN[name]
    explorer = gd.explore(surface, **options)
    try:
        if name == "scaled line":
            explorer.apply(lambda setting: with_scaling(setting, True))
        setting = explorer.setting
        start = tuple(0.9 * v + 0.1 for v in setting.start)
        moved = setting.but(start=start)
        data = "rows.", "label "
        names = sorted(name for name in explorer._scene.names if not name.startswith(data))
        frame = setting.rates.index(setting.learning_rate)
        program = explorer.live.program
        found = page.evaluate(FILL, [program, list(start), frame, names])
        wanted, _ = columns_of(moved, names)
        for name, (values, shape, points) in zip(names, found, strict=True):
            column = np.asarray(wanted[name], float)
            assert points == column.shape[-1], name
            made = np.array(values, float).reshape(shape)
            rough = 2e-3 if options.get("starts") else 3e-6
            np.testing.assert_allclose(
                *np.broadcast_arrays(made, column), rtol=rough, atol=rough, err_msg=name
            )
    finally:
        explorer.close()


MAP = """([program, frame, pixels]) => {
  const { look } = program.runs[""];
  const { map, rates } = program;
  const maker = mapMaker({ look, update: map.update, map, rate: rates[frame] }, pixels);
  let rounds = 0;
  while (!maker.work(5)) rounds++;
  return [...maker.paint()];
}"""
MAPPED = [
    ("himmelblau", gd.GradientDescent()),
    ("himmelblau", gd.Adam()),
    ("himmelblau", gd.Rule("v = (v + g)/2; theta = theta - rate*(g + v)/2")),
    ("rastrigin", gd.Momentum(0.8)),
    ("beale", gd.GradientDescent()),
    ("x**2 - log(x) + y**2", gd.GradientDescent()),
]


@pytest.mark.parametrize(("surface", "rule"), MAPPED, ids=lambda each: getattr(each, "name", each))
def test_the_browser_maps_the_basins_as_python_does(page, surface, rule):
    explorer = gd.explore(surface, rule=rule, basins=True)
    try:
        setting = explorer.setting
        own = setting.rates.index(setting.learning_rate)
        for frame in (own, own - 20):
            made = np.array(page.evaluate(MAP, [explorer.live.program, frame, 60]), int)
            made = made.reshape(60, 60, 4)
            rate = float(setting.rates.values[frame])
            wanted = basin_picture(setting.but(learning_rate=rate), 60).astype(int)
            assert (wanted[..., :3].std(axis=(0, 1)) > 3).any()
            np.testing.assert_array_equal(made[..., 3], wanted[..., 3])
            alike = (np.abs(made - wanted) <= 2).all(axis=-1)[wanted[..., 3] > 0]
            assert alike.mean() > 0.97, alike.mean()
    finally:
        explorer.close()
