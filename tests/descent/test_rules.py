"""The rules, against loops that follow the papers and against PyTorch where it is installed."""

import math
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gdviz as gd
from gdviz.descent.rules import OwnRule, as_rule, take_step
from gdviz.descent.steps import FEW

STEPS = 60
RATE = 0.01


def by_hand(rule, start, gradient):
    """Walk one coordinate at a time with plain floats, as the papers write the rules."""
    w, path = list(start), [list(start)]
    d = len(start)
    v, s = [0.0] * d, [0.0] * d
    for t in range(1, STEPS + 1):
        g = gradient(w)
        for i in range(d):
            match rule:
                case gd.GradientDescent():
                    w[i] -= RATE * g[i]
                case gd.Momentum(beta):  # Goh (2017), Distill
                    v[i] = beta * v[i] + g[i]
                    w[i] -= RATE * v[i]
                case gd.Nesterov(beta):  # Sutskever et al. (2013), seen from w + beta * velocity
                    v[i] = beta * v[i] + g[i]
                    w[i] -= RATE * (g[i] + beta * v[i])
                case gd.AdaGrad():  # Duchi et al. (2011)
                    s[i] += g[i] ** 2
                    w[i] -= RATE * g[i] / (math.sqrt(s[i]) + 1e-10)
                case gd.RMSProp(decay):  # Tieleman & Hinton (2012)
                    s[i] = decay * s[i] + (1 - decay) * g[i] ** 2
                    w[i] -= RATE * g[i] / (math.sqrt(s[i]) + 1e-8)
                case gd.Adam():  # Kingma & Ba (2015), algorithm 1
                    v[i] = 0.9 * v[i] + 0.1 * g[i]
                    s[i] = 0.999 * s[i] + 0.001 * g[i] ** 2
                    mean, square = v[i] / (1 - 0.9**t), s[i] / (1 - 0.999**t)
                    w[i] -= RATE * mean / (math.sqrt(square) + 1e-8)
        path.append(list(w))
    return np.array(path)


RULES = [
    gd.GradientDescent(),
    gd.Momentum(0),
    gd.Momentum(0.9),
    gd.Nesterov(0),
    gd.Nesterov(0.9),
    gd.AdaGrad(),
    gd.RMSProp(0.9),
    gd.RMSProp(0.5),
    gd.Adam(),
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_rules_follow_their_papers(rule):
    run = gd.descend(gd.surfaces.himmelblau, (0.5, -1), RATE, rule=rule, steps=STEPS)

    def slope(w):
        (x, y) = w
        a, b = x**2 + y - 11, x + y**2 - 7
        return 4 * x * a + 2 * b, 2 * a + 4 * y * b

    assert run.path == pytest.approx(by_hand(rule, (0.5, -1.0), slope), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_rules_agree_with_pytorch(rule):
    torch = pytest.importorskip("torch", reason="PyTorch is an optional judge")
    optim = torch.optim
    make = {
        "GradientDescent": lambda p: optim.SGD(p, lr=RATE),
        "Momentum": lambda p: optim.SGD(p, lr=RATE, momentum=rule.beta),
        "Nesterov": lambda p: optim.SGD(p, lr=RATE, momentum=rule.beta, nesterov=True),
        "AdaGrad": lambda p: optim.Adagrad(p, lr=RATE),
        "RMSProp": lambda p: optim.RMSprop(p, lr=RATE, alpha=rule.decay),
        "Adam": lambda p: optim.Adam(p, lr=RATE),
    }[type(rule).__name__]
    if rule == gd.Nesterov(0):
        pytest.skip("PyTorch refuses Nesterov without momentum")
    w = torch.tensor([0.5, -1.0], dtype=torch.float64, requires_grad=True)
    optimizer, path = make([w]), [w.detach().clone().numpy()]
    for _ in range(STEPS):
        optimizer.zero_grad()
        x, y = w
        ((x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2).backward()
        optimizer.step()
        path.append(w.detach().clone().numpy())
    run = gd.descend(gd.surfaces.himmelblau, (0.5, -1), RATE, rule=rule, steps=STEPS)
    assert run.path == pytest.approx(np.array(path), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_batch_is_many_single_runs(rule):
    rng = np.random.default_rng(1)
    starts, rates = rng.uniform(-2, 2, (2, 3, 1)), np.array([0.001, 0.01])
    runs = gd.descend(gd.surfaces.himmelblau, starts, rates, rule=rule, steps=30)
    for i in range(3):
        for j in range(2):
            one = gd.descend(gd.surfaces.himmelblau, starts[:, i, 0], rates[j], rule, 30)
            assert runs.path[:, :, i, j] == pytest.approx(one.path, rel=1e-12)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_remembers_nothing_between_runs_and_changes_nothing(rule):
    theta, gradient = np.array([1.0, 2.0]), np.array([3.0, -4.0])
    first = take_step(rule, theta, gradient, 0.1)
    assert (take_step(rule, theta, gradient, 0.1) == first).all()
    assert theta.tolist() == [1, 2]
    assert gradient.tolist() == [3, -4]
    with pytest.raises(AttributeError):
        rule.beta = 0.5


def test_own_rule_equals_ours():
    def plain(theta, gradient, learning_rate):
        return theta - learning_rate * gradient

    for rates in (0.01, [0.001, 0.01]):
        own = gd.descend(gd.surfaces.himmelblau, (0, 0), rates, rule=plain)
        ours = gd.descend(gd.surfaces.himmelblau, (0, 0), rates)
        assert (own.path == ours.path).all()
    assert own.rule.name == "plain"


def test_own_rule_may_change_what_it_is_given():
    def in_place(theta, gradient, learning_rate):
        gradient *= learning_rate
        theta -= gradient
        return theta

    own = gd.descend(gd.surfaces.bowl, [[-5, 3], [-2, 1]], 0.1, rule=in_place)
    ours = gd.descend(gd.surfaces.bowl, [[-5, 3], [-2, 1]], 0.1)
    assert own.path == pytest.approx(ours.path, rel=1e-12)


@pytest.mark.parametrize(
    "returned, error, told",
    [
        (lambda theta: None, TypeError, r"returned nothing: return the new theta"),
        (lambda theta: theta[:1], ValueError, r"returned shape \(1,\).*shape \(2,\)"),
        (lambda theta: 1.0, ValueError, r"returned shape \(\)"),
        (lambda theta: "left", TypeError, r"returned must hold real numbers, not 'left'"),
        (lambda theta: theta + 1j, TypeError, r"returned must hold real numbers, not array"),
        (lambda theta: [[1], [2, 3]], ValueError, r"returned is ragged"),
        (lambda theta: theta[:, np.newaxis], ValueError, r"returned shape \(2, 1\)"),
    ],
)
def test_own_rule_that_returns_something_else(returned, error, told):
    def my_rule(theta, gradient, learning_rate):
        return returned(theta)

    with pytest.raises(error, match=rf"(?s)my_rule {told}"):
        gd.descend(gd.surfaces.bowl, (-5, -2), 0.1, rule=my_rule)


@pytest.mark.parametrize("returned", [np.ma.masked_all(2), [np.ma.masked, 1.0]])
def test_own_rule_that_returns_masked_values(returned):
    with pytest.raises(ValueError, match="returned has masked values: fill them"):
        gd.descend(gd.surfaces.bowl, (-5, -2), 0.1, rule=lambda *_: returned)


def test_what_an_own_rule_sets_is_over_with_it():
    def loud(theta, gradient, learning_rate):
        np.seterr(all="raise")
        return theta - learning_rate * gradient

    before = np.geterr()
    run = gd.descend(gd.surfaces.himmelblau, (0, 0), 0.5, rule=loud, steps=20)
    assert run.outcome == "diverged"
    assert np.geterr() == before


def test_own_rule_fails_at_the_step_where_it_goes_wrong():
    def late(theta, gradient, learning_rate):
        return theta - learning_rate * gradient if gradient[0] < -1 else theta[0]

    with pytest.raises(ValueError, match=r"late returned shape \(\)"):
        gd.descend(gd.surfaces.bowl, (-5, -2), 0.1, rule=late)


@pytest.mark.parametrize(
    "rule, told",
    [
        (gd.Momentum, r"class Momentum: write Momentum\(0.9\), with parentheses"),
        (gd.RMSProp, r"write RMSProp\(0.9\)"),
        (gd.Adam, r"write Adam\(\), with parentheses"),
        ("adam", r"rule must be .* not 'adam'"),
        (0.9, r"rule must be .* not 0.9"),
    ],
)
def test_what_is_no_rule(rule, told):
    with pytest.raises(TypeError, match=told):
        as_rule(rule)


@pytest.mark.parametrize("make", [gd.Momentum, gd.Nesterov, gd.RMSProp])
@pytest.mark.parametrize(
    "share, error",
    [(1, ValueError), (-0.1, ValueError), (math.nan, ValueError), (math.inf, ValueError),
     ("0.9", TypeError), (True, TypeError), (None, TypeError), (0.9j, TypeError)],
)  # fmt: skip
def test_shares_lie_between_0_and_1(make, share, error):
    with pytest.raises(error, match=r"(beta|decay) must be .*such as 0.9, not"):
        make(share)


def test_names_tell_rules_apart():
    names = [as_rule(rule).name for rule in (*RULES, lambda t, g, r: t)]
    assert len(set(names)) == len(names)
    assert OwnRule(lambda t, g, r: t).name == "own rule"


# Rules are formulas


MEMORIES = ("u", "v", "w")
GIVEN = ("theta", "g", "rate", "k", "0.9", "2", "0.1", "pi")
FUNCTIONS = {name: getattr(np, name) for name in ("sqrt", "exp", "sin", "tanh", "abs", "sign")}
KNOWN = {"pi": np.pi} | {  # numbers are real ones, so that 2**-1 is a half
    name: lambda u, f=function: f(np.float64(u)) for name, function in FUNCTIONS.items()
}


def by_python(text, start, gradient, rate, steps):
    """Follow a rule one coordinate at a time, its text run by Python itself: (steps + 1, d)."""
    code, path = (
        compile(text.replace(";", "\n").replace(" ", ""), "rule", "exec"),
        [np.array(start)],
    )
    memories = [dict.fromkeys("msuvw", np.float64(0)) for _ in start]
    for k in range(1, steps + 1):
        for memory, theta, g in zip(memories, path[-1], gradient(path[-1]), strict=True):
            memory.update(KNOWN, theta=theta, g=g, rate=rate, k=np.float64(k))
            exec(code, {"__builtins__": {}}, memory)
        path.append(np.array([memory["theta"] for memory in memories], dtype=float))
    return np.array(path)


def expressions(names):
    return st.recursive(
        st.sampled_from(names),
        lambda inner: st.one_of(
            st.tuples(inner, st.sampled_from("+-*/"), inner).map("({0[0]} {0[1]} {0[2]})".format),
            st.tuples(inner, st.sampled_from(["2", "3", "-1"])).map("({0[0]})**{0[1]}".format),
            inner.map("0.9**({})".format),
            st.tuples(st.sampled_from(["sin", "tanh", "exp", "sqrt", "abs"]), inner).map(
                "{0[0]}({0[1]})".format
            ),
        ),
        max_leaves=5,
    )


@st.composite
def texts(draw):
    """Return a random rule: some of u, v and w, each from itself and those before; then theta."""
    statements, names = [], list(GIVEN)
    for name in draw(st.lists(st.sampled_from(MEMORIES), unique=True)):
        statements.append(f"{name} = {draw(expressions([*names, name, name, 'g']))}")
        names += [name, name]
    statements.append(f"theta = theta - rate*{draw(expressions([*names, 'g', 'g']))}")
    return draw(st.sampled_from(["; ", ";", "\n", "\n\n"])).join(statements)


BOWL = gd.surfaces.bowl
BOWL_BY_FUNCTIONS = gd.Surface.from_function(
    BOWL.value, lambda w: np.stack([2 * w[0], 4 * w[1]]), dimension=2, domain=(-5, 5)
)


@settings(max_examples=300, deadline=None)
@given(texts(), st.sampled_from([0.1, 0.37]))
def test_random_rules_do_what_python_makes_of_their_text(text, rate):
    try:
        rule = gd.Rule(text)
    except ValueError as error:
        assert any(word in str(error) for word in ("real number", "zero", "powers of", "exponent"))
        return
    starts = np.random.default_rng(0).uniform(0.5, 1.5, (2, FEW + 1))
    runs, functions = (
        gd.descend(surface, starts, rate, rule, steps=4) for surface in (BOWL, BOWL_BY_FUNCTIONS)
    )
    alone = gd.descend(BOWL, starts[:, 0], rate, rule, steps=4)
    np.testing.assert_array_equal(alone.path, runs.path[..., 0])
    np.testing.assert_array_equal(functions.path, runs.path)
    with np.errstate(all="ignore"):
        expected, beside = (
            by_python(text, start, BOWL.gradient, rate, 4)
            for start in (starts[:, 0], starts[:, 0] * (1 + 1e-13))
        )
        calm = np.allclose(expected, beside, rtol=1e-8, atol=1e-8)  # no last digit decides
    if calm and np.abs(expected).max() < 1e6:
        assert alone.path == pytest.approx(expected, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_published_rules_are_their_texts(rule):
    text, slope = rule.text, gd.surfaces.himmelblau.gradient
    for number, value in rule.parameters.items():
        text = text.replace(number, repr(value))
    expected = by_python(text, (0.5, -1.0), slope, RATE, 30)
    own = gd.Rule(text)
    for each in (rule, own):
        path = gd.descend(gd.surfaces.himmelblau, (0.5, -1), RATE, each, steps=30).path
        assert path == pytest.approx(expected, rel=1e-9)
    assert own.text == text


SURFACES = [
    *(gd.surfaces[name] for name in gd.surfaces),
    gd.Surface.from_formula("x - log(x) + y**2 + y", domain=((0, 5), (-2, 2))),
    gd.Surface.from_formula("sqrt(x) + 1/y + arcsin(x/9)", domain=((0, 5), (-2, 2))),
    gd.Surface.from_formula("sigmoid(x*y) + abs(x) + tan(y) + x**1.5 + 2**y"),
    gd.Surface.from_formula("(x + y)**2/2"),
    gd.Surface.from_formula("5 + 0*x"),
]


OWN = "v = k*v + sign(g); theta = theta - rate/v", "theta = theta - sigmoid(k)*sigmoid(rate)*g"


@pytest.mark.parametrize("rule", [*RULES, *map(gd.Rule, OWN)])
@pytest.mark.parametrize("surface", SURFACES, ids=lambda surface: surface.name)
def test_a_run_alone_is_the_run_in_a_batch_to_the_last_bit(surface, rule):
    rng, d = np.random.default_rng(3), surface.dimension
    low, high = np.array(surface.domain).T[..., np.newaxis]
    starts = low + (high - low) * rng.random((d, 3 * FEW))
    rates = surface.learning_rate * np.geomspace(0.01, 100, 3 * FEW)
    stop = gd.Stop(gradient_norm=1e-4)
    runs = gd.descend(surface, starts, rates, rule, 70, stop)
    few = gd.descend(surface, starts[:, :FEW], rates[:FEW], rule, 70, stop)
    np.testing.assert_array_equal(few.path, runs.path[..., :FEW])
    for i, rate in enumerate(rates):
        one = gd.descend(surface, starts[:, i], rate, rule, 70, stop)
        np.testing.assert_array_equal(one.path, runs.path[..., i])
        assert one.steps_taken == runs.steps_taken[i]
        assert one.stopped_by == runs.stopped_by[i]


def test_a_function_of_the_step_alone_in_a_rule_needs_no_formula():
    squares = gd.Surface.from_function(
        lambda w: w[0] ** 2, dimension=1, domain=(-3, 3), gradient=lambda w: 2 * w
    )
    path = gd.descend(squares, [[1.0, 2.0]], 0.1, gd.Rule(OWN[1]), steps=20).path
    k = np.arange(1, 21)
    kept = np.cumprod(1 - 2 / (1 + np.exp(-k)) / (1 + np.exp(-0.1)))
    assert path[1:] == pytest.approx(np.multiply.outer(kept, [[1.0, 2.0]]))


def test_a_rule_of_ones_own_shows_itself():
    rule = gd.Rule("v = 0.9*v+g\n\ntheta =  theta - rate * v;", name="heavy ball")
    assert repr(rule) == "Rule('v = 0.9*v+g; theta = theta - rate * v', name='heavy ball')"
    assert rule == gd.Rule("v = 0.9*v+g; theta = theta - rate * v", name="heavy ball")
    assert rule != gd.Rule(rule.text)
    assert len({rule, gd.Rule(rule.text, "heavy ball"), gd.Rule(rule.text)}) == 2
    assert rule.latex == r"v \leftarrow 0.9 v + g,\quad \theta \leftarrow \theta - \eta v"
    assert gd.Rule(rule.text).name == "own rule"
    run = gd.descend(gd.surfaces.himmelblau, (0, 0), 0.01, rule)
    assert (
        run.path == gd.descend(gd.surfaces.himmelblau, (0, 0), 0.01, gd.Momentum(0.9)).path
    ).all()


@pytest.mark.parametrize(
    "surface, start, text, taken",
    [
        ("log(x) + y", (0.05, 1), "theta = theta - rate*sign(g)", 1),
        ("1/x + y**2", (0, 1), "theta = theta - rate*sign(g)", 0),
        ("1/x + y**2", (0, 1), "theta = theta - rate/(1 + g**2)", 0),
        ("sqrt(x) + y**2", (0, 1), "theta = theta - rate*tanh(g)", 0),
    ],
)
def test_there_is_no_step_where_there_is_no_slope(surface, start, text, taken):
    formula = gd.Surface.from_formula(surface)
    functions = gd.Surface.from_function(
        formula.value, formula.gradient, dimension=2, domain=(-5, 5)
    )
    for each in (formula, functions):
        run = gd.descend(each, start, 0.1, gd.Rule(text), steps=5)
        assert run.steps_taken == taken
        assert np.isnan(run.path[taken + 1 :]).all()


REFUSED = {
    # text: what the message must name
    "": "rule is empty: write one, such as theta = theta",
    " ;\n; ": "rule is empty",
    "theta - rate*g": "'theta - rate.*sets nothing; write a name and = before it",
    "v = 0.9*v + g": "never sets theta: end it with",
    "theta = theta - rate*v; v = 0.9*v + g": "^v in the rule is used before it is set: move v = ",
    "w = v; v = w + v; theta = theta - rate*w": "^v in the rule is used before",
    "theta = theta - rate*grad": "'grad' in the rule: did you mean 'g'",
    "theta = theta - learning_rate*g": "did you mean 'rate'",
    "theta = theta - lr*g": "did you mean 'rate'",
    "theta = thetta - rate*g": "did you mean 'theta'",
    "theta = theta - rate*q": "'q'.*Known names are theta, g, rate, k, pi, e, sin",
    "v = g; theta = theta - rate*vv": "did you mean 'v'",
    "g = 2*g; theta = theta - rate*g": "g is given and cannot be set; choose another",
    "rate = rate/k; theta = theta - rate*g": "rate is given",
    "k = 3; theta = theta - rate*g": "k is given",
    "x = x - rate*g": "'x = x - rate.*say theta",
    "y = y - rate*g": "say theta",
    "theta = x - rate*g": "'x' in the rule: say theta",
    "theta == theta - rate*g": "compares nothing; write one =",
    "theta = theta == g": "compares nothing",
    "theta <= g": "compares nothing",
    "theta -= rate*g": r"write theta = theta - \(rate\*g\)",
    "v *= 0.9; theta = theta - rate*v": r"write v = v \* \(0.9\)",
    "theta = v = theta - rate*g": "write one = in each statement",
    "theta := g": "write a name, one =, and a formula",
    "theta[0] = g": "write a name, one =",
    "theta = ": "write a name, one =, and a formula",
    "= g": "write a name, one =",
    "2 = g": "write a name, one =",
    "pi = 3; theta = theta - rate*g": "pi is a known name already",
    "exp = g; theta = theta - rate*exp": "exp is a known name",
    "_v = g; theta = theta - rate*g": "a name is made of plain letters",
    "theta = theta - rate*g^2": r"write \*\* for powers",
    "theta = theta - 2g": r"'2g' in the rule: write products with \*",
    "theta = theta - rate*g**21": "exponents end at 20",
    "theta = theta - rate*((g**20)**5)**2": "powers of powers end at 100",
    "theta = theta - rate*9**9**9": "in the rule",
    "theta = theta - rate*g**k": "name in an exponent needs a number below",
    "theta = theta - rate*g/0": "divides by zero",
    "theta = theta - rate*g/(v - v)": "'v' in the rule",
    "theta = theta - rate/(g - g)": "cancels out",
    "theta = theta - 1e200*g": "real number up to 1e100",
    "v = 1e99*g; w = 1e99*v; u = 1e99*w; theta = theta - 1e99*u": "1e300",
    "theta = theta - rate*sin g": "sin",
    "theta = theta - rate*sin": r"write sin\(x\)",
    "theta = (theta - rate*g": "rule cannot be read at.*close every bracket",
    "theta = theta - rate*g # down": "'#' in the rule",
    "if g > 0: theta = theta - rate": "in the rule",
    "import os; theta = g": "'import os' in the rule: it sets nothing",
    "theta = __import__('os')": "in the rule",
    "theta = theta.real - rate*g": "no dots",
    "theta = (lambda: g)()": "in the rule",
    "theta = [g][0]": "in the rule",
    "theta = max(theta, g)": "'max'",
    "theta = True": "1 or 0",
    "return theta": "sets nothing",
    "θ = θ - rate*g": "a name is made of plain letters",
}


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_no_rule_of_ones_own(text):
    with pytest.raises(ValueError, match=f"(?s){REFUSED[text]}") as refused:
        gd.Rule(text)
    message = str(refused.value)
    assert "\n" not in message
    assert len(message) < 400


@pytest.mark.parametrize("text", [None, 3, b"theta = g", ["theta = g"], max])
def test_a_rule_is_a_text(text):
    with pytest.raises(TypeError, match="A rule is a text such as 'theta = theta - rate"):
        gd.Rule(text)


@pytest.mark.parametrize("name", ["", "  ", 3, None])
def test_a_rule_has_a_name(name):
    with pytest.raises((TypeError, ValueError), match="name must be a text"):
        gd.Rule("theta = theta - rate*g", name=name)


@pytest.mark.parametrize(
    "text",
    [
        "x" * 100_000,
        "theta = " + "(" * 100_000,
        "theta = theta - rate*g;" * 5_000,
        "theta = " + "-" * 490 + "g",
        "theta = " + "(" * 240 + "g" + ")" * 240,
        ";" * 100_000,
        "theta = theta - " + "9**" * 150 + "9",
        "a = g*g;" + "a = a*a;" * 60 + "theta = a",
    ],
    ids=lambda text: text[:20],
)
def test_long_texts_are_answered_at_once(text):
    began = time.thread_time()
    try:
        assert gd.Rule(text).latex
    except ValueError as error:
        assert len(str(error)) < 300
    assert time.thread_time() - began < 0.1
