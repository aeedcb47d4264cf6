"""The rules, against loops that follow the papers and against PyTorch where it is installed."""

import math

import numpy as np
import pytest

import gdviz as gd
from gdviz.rules import OwnRule, as_rule, take_step

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
        (lambda theta: "left", TypeError, r"returned 'left'"),
        (lambda theta: theta + 1j, TypeError, r"returned array"),
        (lambda theta: [[1], [2, 3]], ValueError, r"returned a ragged list"),
        (lambda theta: theta[:, np.newaxis], ValueError, r"returned shape \(2, 1\)"),
    ],
)
def test_own_rule_that_returns_something_else(returned, error, told):
    def my_rule(theta, gradient, learning_rate):
        return returned(theta)

    with pytest.raises(error, match=rf"(?s)my_rule {told}"):
        gd.descend(gd.surfaces.bowl, (-5, -2), 0.1, rule=my_rule)


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
