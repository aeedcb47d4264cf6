"""What is said of a network's training, held against the run: its losses, gradients and fit."""

import numpy as np
import pytest
from hypothesis import event, example, given, settings
from hypothesis import strategies as st

import gdviz as gd
from gdviz.descent.verdicts import tell
from gdviz.explorers.training import Course

SHAPES = {
    "sine": lambda x: np.sin(2 * x),
    "square": lambda x: x**2,
    "step": lambda x: np.sign(x - 0.1),
    "line": lambda x: 2 * x + 1,
    "noise": lambda x: np.random.default_rng(len(x)).normal(size=len(x)),
}


def trained(net, start, rate, steps):
    """Return the course of one training, to its end."""
    course = Course(net, start, [rate], steps)
    while not course.done:
        course.advance()
    return course


@settings(deadline=None, max_examples=200)
@given(
    st.sampled_from(sorted(SHAPES)),
    st.integers(3, 30),
    st.sampled_from([0.01, 1, 100]),
    st.sampled_from(["tanh", "relu", "sigmoid", "linear"]),
    st.sampled_from([1, 2, 5, 20]),
    st.sampled_from([0, 0.01, 0.3, 1, 3, 10]),
    st.integers(0, 20),
    st.floats(1e-3, 3),
    st.integers(1, 300),
)
@example("square", 37, 100, "sigmoid", 5, 1, 23, 0.09703, 100)  # its jumps come late
@example("noise", 36, 100, "tanh", 1, 0.3, 85, 0.53954, 20)  # it rises, far from the data
@example("line", 20, 1, "tanh", 5, 1e3, 1, 0.01, 50)  # all dead, but not off
@example("line", 20, 1, "relu", 5, 0, 1, 0.01, 50)
def test_each_sentence_is_true_of_its_run(
    shape, rows, high, activation, hidden, scale, seed, rate, steps
):
    x = np.linspace(-2, 2, rows)
    net = gd.Network(x, high * SHAPES[shape](x), hidden, activation)
    start = net.random_start(seed, scale)
    course, run = trained(net, start, rate, steps), gd.descend(net, start, rate, steps=steps)
    said = tell(course, 0, rate)
    loss, w = run.loss, run.path[run.steps_taken]
    for claim in ("diverged", "far from", "follows the data.", "roughly", "jumps", "dead", "alike"):
        event(claim if claim in said else "-")
    if "diverged" in said:
        assert run.outcome == "diverged"
        return
    unexplained = 2 * loss[-1] / np.var(net.y)
    before = loss[course.at[int(0.8 * (len(course.at) - 1))]]
    rises = np.flatnonzero(np.diff(loss) > 0)
    assert ("follows the data" in said) <= (unexplained < 0.1)
    assert ("follows the data." in said) <= (unexplained < 0.01)
    assert ("far from the data" in said) <= (unexplained >= 0.1)
    assert ("too large" in said) <= (rises.size > 0)
    assert ("it falls" in said) <= (loss[-1] < before)
    assert ("hardly falls" in said) <= (0.97 * before <= loss[-1] <= 1.001 * before)
    assert ("it rises" in said) <= (loss[-1] > before)
    assert ("more than the" in said) <= (loss[-1] > loss[0])
    assert ("jumps up and down" in said) <= (np.diff(np.sign(np.diff(loss))) != 0).any()
    slopes = net.unpack(abs(net.gradient(w)))
    into, out = max(slopes.hidden.max(), slopes.hidden_bias.max()), slopes.output.max()
    if f"All {hidden} hidden units are dead" in said or "unit is dead" in said:
        assert into <= 1e-6 * hidden * high * max(1, abs(w).max()) ** 2 * (loss[-1] + 1)
    if "only the output bias" in said:
        assert into == out == 0
    if "are alike" in said:
        assert np.ptp(slopes.hidden) <= 1e-9 * (1 + into)
        assert np.ptp(slopes.output) <= 1e-6 * (1 + out)


def test_saturated_units_let_their_output_weights_learn():
    """They give a step: its height is theirs to learn."""
    x = np.linspace(-1, 1, 8)
    net = gd.Network(x, np.sign(x), hidden=1)
    start = np.array([0, 1e3, 0.5, 0.1])  # hidden bias and weight, output bias and weight
    run = gd.descend(net, start, 0.5, steps=50)
    assert net.dead(run.path.T).all() and run.loss[-1] < 1e-6 * run.loss[0]
    said = tell(trained(net, start, 0.5, 50), 0, 0.5)
    assert said.endswith("dead: only the output layer still learns.")


@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_before_the_first_step_nothing_is_promised(activation):
    net = gd.Network([0, 1, 2], [0, 1, 4], 2, activation)
    said = tell(Course(net, net.random_start(0), [0.1], 5), 0, 0.1)
    assert said.startswith("Before the first step the loss is ") and "data" not in said
