"""Predictions and challenges: on their own, and every one in the lessons."""

import ast
import gc
import re
import sys
from functools import cache
from itertools import pairwise
from textwrap import dedent

import ipywidgets
import numpy as np
import pytest

import gdviz as gd
from gdviz.exercises import record
from tests.packets import widgets
from tests.save_notebooks import NOTEBOOKS, lessons, read
from tests.truths import TRUTHS


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    """A kernel in which nothing was asked yet."""
    monkeypatch.setattr(record, "_asked", {})


@pytest.fixture(autouse=True)
def nothing_is_left_open():
    before = widgets()
    yield
    for widget in widgets() - before:
        widget.close()


# Predictions


def ask(show=lambda: ipywidgets.Label("the picture"), **options):
    return gd.predict("Up or down?", ["up", "down & out"], show, **options)


def texts(prediction):
    """Return all that a prediction says as HTML."""
    return " ".join(c.value for c in prediction.children if isinstance(c, ipywidgets.HTML))


def buttons(prediction):
    (row,) = (child for child in prediction.children if isinstance(child, ipywidgets.HBox))
    return row.children


def test_it_asks_before_it_shows():
    made = []
    prediction = ask(lambda: made.append(1), answer=1, because="It falls.")
    assert "Up or down?" in texts(prediction)
    assert [button.description for button in buttons(prediction)] == ["up", "down & out"]
    assert (made, prediction.figure, prediction.guess) == ([], None, None)
    assert "It falls" not in texts(prediction)
    assert repr(prediction) == "Predict. Up or down? [up / down & out] Not predicted yet."


@pytest.mark.parametrize("choice", [0, 1])
def test_a_click_records_the_choice_and_opens_the_figure(choice):
    prediction = ask(answer=1, because="It falls.")
    buttons(prediction)[choice].click()
    assert prediction.guess == ["up", "down & out"][choice]
    assert prediction.figure.value == "the picture"
    assert prediction.figure in prediction.children
    assert all(button.disabled for button in buttons(prediction))
    assert [bool(button.icon) for button in buttons(prediction)] == [choice == 0, choice == 1]
    said = texts(prediction)
    assert "down &amp; out" in said
    assert "It falls." in said
    assert ("As you predicted" in said) == (choice == 1)
    assert ("What happens instead" in said) == (choice == 0)
    assert repr(prediction).endswith(f"You predicted: {prediction.guess}.")


def test_only_the_first_choice_counts():
    prediction = ask(answer=1)
    prediction.predict(0)
    figure, children = prediction.figure, prediction.children
    prediction.predict(1)
    assert (prediction.guess, prediction.figure) == ("up", figure)
    assert prediction.children == children


def test_without_an_answer_it_says_only_why():
    prediction = ask(because="Who knows.")
    prediction.predict(0)
    assert "Who knows." in texts(prediction)
    assert "predicted:" in texts(prediction)
    assert "Compare" not in texts(prediction)


def test_what_it_says_is_text_and_never_markup():
    prediction = gd.predict("<i>?", ["<b>", "no"], ipywidgets.Label, answer=0, because="<u>")
    prediction.predict(0)
    for tag in ("<i>", "<b><b>", "<u>"):
        assert tag not in texts(prediction)


def test_a_figure_that_fails_is_said_where_the_student_looks():
    prediction = ask(lambda: gd.explore("himelblau"))
    prediction.predict(0)
    assert "ValueError" in texts(prediction)
    assert "did you mean" in texts(prediction)
    assert (prediction.guess, prediction.figure) == ("up", None)
    prediction = ask(lambda: 3)
    prediction.predict(0)
    assert "TypeError: show made 3" in texts(prediction)
    assert prediction.figure is None


def test_unattended_it_stays_closed():
    """Run by nobody, as by nbval, it shows a stable sentence and opens nothing."""
    prediction = ask(answer=1, because="It falls.")
    bundle = prediction._repr_mimebundle_()
    assert bundle["text/plain"] == repr(prediction)
    assert "It falls" not in str(bundle)


def explained(prediction):
    """Return the Markdown that stands under the opened figure."""
    places = [child for child in prediction.children if isinstance(child, ipywidgets.Output)]
    return [shown["data"]["text/markdown"] for place in places for shown in place.outputs]


def test_it_explains_once_the_figure_is_open():
    prediction = ask(answer=1, explain="It *falls* by $g$,\n    every time. Why?")
    assert explained(prediction) == []
    assert "falls" not in str(prediction._repr_mimebundle_())
    prediction.predict(0)
    assert explained(prediction) == ["**Explain.** It *falls* by $g$,\nevery time. Why?"]
    assert explained(ask()) == []


def test_what_has_no_figure_is_not_explained():
    prediction = ask(lambda: 3, explain="Look at it.")
    prediction.predict(0)
    assert explained(prediction) == []


BAD_PREDICTIONS = [
    ({"choices": "yes"}, TypeError, ["choices", "'yes'", "['up', 'down']"]),
    ({"choices": [1, 2]}, TypeError, ["choices", "[1, 2]", "['up', 'down']"]),
    ({"choices": []}, ValueError, ["choices", "[]", "two or more"]),
    ({"show": 3}, TypeError, ["show", "3", "lambda: gd.explore(...)"]),
    ({"answer": 2}, ValueError, ["answer must be from 0 to 1, not 2"]),
    ({"answer": -1}, ValueError, ["answer must be from 0 to 1, not -1"]),
    ({"answer": "up"}, TypeError, ["answer", "'up'", "counted from 0"]),
    ({"answer": True}, TypeError, ["answer", "True", "counted from 0"]),
    ({"question": 3}, TypeError, ["question must be a text, not 3"]),
    ({"because": None}, TypeError, ["because must be a text, not None"]),
    ({"explain": 3}, TypeError, ["explain must be a text, not 3"]),
]


@pytest.mark.parametrize(("given", "error", "words"), BAD_PREDICTIONS)
def test_a_bad_question_is_refused(given, error, words):
    before = widgets()
    good = {"question": "?", "choices": ["a", "b"], "show": ipywidgets.Label}
    with pytest.raises(error) as caught:
        gd.predict(**good | given)
    for word in words:
        assert word in str(caught.value)
    del caught
    gc.collect()
    assert widgets() == before


@pytest.mark.parametrize("choice", [2, -1, "up", None])
def test_a_choice_that_is_none_is_refused(choice):
    prediction = ask()
    with pytest.raises((TypeError, ValueError), match=r"choice must be .*from 0"):
        prediction.predict(choice)
    assert prediction.guess is None


@pytest.mark.parametrize("answered", [True, False])
def test_closing_a_prediction_closes_its_figure(answered):
    before = widgets()
    prediction = ask(lambda: gd.explore("parabola"))
    if answered:
        prediction.predict(0)
    prediction.close()
    prediction.close()
    assert widgets() == before


# Challenges


def even(number):
    return number % 2 == 0 or f"{number} is odd."


def test_three_dots_are_no_attempt():
    challenge = gd.Challenge("Find an even number.", even, ["Try 2.", "Try 4."])
    assert challenge.check(...) == "Not attempted yet. Find an even number."
    assert challenge.check(1) == "Not yet. 1 is odd. Hint: Try 2."  # the first hint still
    assert not challenge.solved


def test_every_miss_gives_a_hint_more_and_the_last_one_stays():
    challenge = gd.Challenge("Find an even number.", even, ["Try 2.", "Try 4."])
    hints = [challenge.check(n).split("Hint: ")[1] for n in (1, 3, 5)]
    assert hints == ["Try 2.", "Try 4.", "Try 4."]
    assert repr(challenge) == "Find an even number. [not solved yet]"
    assert challenge.check(2) == "Solved. Find an even number."
    assert challenge.solved
    assert repr(challenge) == "Find an even number. [solved]"


def test_a_verdict_is_shown_without_quotation_marks():
    assert repr(gd.Challenge("Find it.", even).check(2)) == "Solved. Find it."


@pytest.mark.parametrize("answer", ["two", None, [1, 2], lambda: 1 / 0])
def test_an_answer_of_the_wrong_kind_is_a_miss(answer):
    said = gd.Challenge("Find it.", lambda n: n() if callable(n) else n % 2 == 0).check(answer)
    assert said.startswith("Not yet. ")
    assert "Error: " in said


def test_an_answer_that_fails_in_the_students_own_function_is_a_miss():
    said = gd.Challenge("Write f.", lambda f: f(1) == 1).check(lambda x: undefined + x)  # noqa: F821
    assert said == "Not yet. NameError: name 'undefined' is not defined"


def test_an_array_is_right_where_all_of_it_is():
    challenge = gd.Challenge("Twos.", lambda answer: np.isclose(answer, 2))
    assert challenge.check(np.array([2.0, 3.0])) == "Not yet. "
    assert challenge.check(np.array([2.0, 2.0])) == "Solved. Twos."


def test_a_challenge_that_cannot_check_is_refused():
    with pytest.raises(TypeError, match="test must be a function of the answer, not 3"):
        gd.Challenge("?", 3)
    with pytest.raises(TypeError, match=r"hints must be several texts, .*not 'Try 2\."):
        gd.Challenge("?", even, "Try 2.")


def test_what_comes_after_a_challenge_opens_with_the_first_attempt():
    challenge = gd.Challenge("Find an even number.", even)
    said = "This opens once there is an answer to: Find an even number."
    assert repr(challenge.then(lambda: 1 / 0)) == said
    challenge.check(...)
    assert challenge.then(lambda: 1 / 0) == said
    challenge.check(3)
    assert challenge.then(lambda: "a picture") == "a picture"
    failed = challenge.then(lambda: 1 / 0)
    assert repr(failed) == "It does not run yet. ZeroDivisionError: division by zero"


@pytest.mark.parametrize(
    "result",
    [np.array([]), [], np.nan, np.array([np.nan]), None, 1, {}, np.ma.masked, [True, np.nan],
     np.ma.array([True, True], mask=[False, True]), np.array([True, None]), object(), 0 == 1],
    ids=lambda result: repr(result).split(" at 0x")[0],
)  # fmt: skip
def test_only_true_is_true(result):
    challenge = gd.Challenge("Find it.", lambda answer: result)
    assert challenge.check(1) == "Not yet. "
    assert not challenge.solved


class NamelessError(Exception):
    def __str__(self):
        raise RuntimeError("not even that")


def stopped():
    raise KeyboardInterrupt


def nameless():
    raise NamelessError


@pytest.mark.parametrize(
    "end, said",
    [
        (sys.exit, "SystemExit: leave out sys.exit() and quit()"),
        (lambda: sys.exit("enough"), "SystemExit: leave out sys.exit() and quit()"),
        (stopped, "KeyboardInterrupt: it was stopped"),
        (nameless, "NamelessError: it does not say why"),
    ],
)
def test_however_a_students_code_ends_it_is_said(end, said):
    challenge = gd.Challenge("Write f.", lambda f: f())
    assert challenge.check(end) == f"Not yet. {said}"
    assert challenge.then(end) == f"It does not run yet. {said}"
    prediction = ask(end)
    prediction.predict(0)
    assert said in texts(prediction)


def test_what_a_students_code_sets_is_over_with_it():
    def loud():
        np.seterr(all="raise")
        return True

    before = np.geterr()
    challenge = gd.Challenge("Write f.", lambda f: f())
    assert challenge.check(loud) == "Solved. Write f."
    assert challenge.then(loud) is True
    ask(loud).predict(0)
    assert np.geterr() == before


# What is remembered


def test_before_anything_was_asked_it_says_so():
    assert str(gd.summary()) == "Nothing has been asked yet: run the lesson's cells."


def test_what_nobody_has_done_is_told_as_not_done():
    ask(answer=1)
    gd.Challenge("Find an even number.", even)
    assert repr(gd.summary()) == dedent("""\
        Predictions: none of 1 made yet.
         1. Up or down?
            Not predicted yet.

        Challenges: none of 1 solved yet.
         1. Find an even number.
            Not attempted yet.""")


def test_it_sums_up_what_was_predicted_what_happened_and_what_is_solved():
    right, wrong, open_ = (
        gd.predict(words, ["up", "down"], ipywidgets.Label, **answer)
        for words, answer in (("One?", {"answer": 0}), ("Two?", {"answer": 1}), ("Three?", {}))
    )
    for prediction in (wrong, right, open_):
        prediction.predict(0)
    solved, missed = gd.Challenge("Find an even number.", even), gd.Challenge("Another.", even)
    solved.check(2), missed.check(3)
    said = gd.summary()
    assert said == dedent("""\
        Predictions: 3 of 3 made, 1 came true.
         1. One?
            You predicted: up. So it is.
         2. Two?
            You predicted: up. What happens instead: down.
         3. Three?
            You predicted: up.

        Challenges: 1 of 2 solved.
         1. Find an even number.
            Solved.
         2. Another.
            Tried, and not solved yet.""")


def test_a_summary_can_be_kept_in_a_file(tmp_path):
    ask()
    (tmp_path / "mine.txt").write_text(gd.summary(), encoding="utf-8")
    assert (tmp_path / "mine.txt").read_text(encoding="utf-8") == str(gd.summary())


def test_a_cell_that_is_run_again_takes_the_place_of_its_earlier_record():
    first = gd.predict("One?", ["up", "down"], ipywidgets.Label, answer=0)
    ask()
    first.predict(0)
    gd.predict("One?", ["up", "down"], ipywidgets.Label, answer=0)
    first.close()  # as a cell does that is run again
    said = gd.summary()
    assert said.startswith("Predictions: none of 2 made yet.\n 1. One?\n    Not predicted yet.")


def test_what_is_closed_is_no_longer_remembered():
    ask().close()
    assert "Nothing has been asked" in gd.summary()


def test_a_long_question_is_broken_between_words():
    gd.Challenge("Find a number " * 20, even)
    lines = gd.summary().splitlines()
    assert max(map(len, lines)) <= 64
    assert all(line.endswith(("Find", "a", "number")) for line in lines[1:-1])


# In the lessons


def execute(source, names):
    """Run a cell; return what it would show."""
    tree = ast.parse(source)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "cell", "exec"), names)
    return last and eval(compile(ast.Expression(last.value), "cell", "eval"), names)


def run(path):
    """Run a notebook's code cells here; return its names and what its cells would show."""
    names, shown = {"__name__": "__main__"}, []
    for cell in read(path).cells:
        if cell.cell_type == "code":
            shown.append(execute(cell.source, names))
    return names, shown


@cache
def sources(path):
    return [cell.source for cell in read(path).cells if cell.cell_type == "markdown"]


def name_of(path):
    return path.relative_to(NOTEBOOKS).as_posix()


every_lesson = pytest.mark.parametrize("path", lessons(), ids=name_of)


def reached(explorer, minimum):
    return np.allclose(explorer.descent.end, minimum, atol=0.1)


def himmelblaus_minimum(explorer, minima):
    """Return which of these minima a run reaches."""
    return [reached(explorer, minimum) for minimum in minima].index(True)


def tenth_of_the_rate(explorer):
    assert explorer.learning_rate == 0.001
    return {"reached a minimum": 0, "still moving": 1}[explorer.descent.outcome]


def five_times_the_rate(explorer):
    assert explorer.learning_rate == 0.05
    return {"reached a minimum": 0, "bouncing": 1, "diverged": 2}[explorer.descent.outcome]


def which_way(explorer):
    first, second = explorer.descent.path[:2, 0]
    assert first == -6
    return 0 if second < first else 1


def step_lengths(explorer):
    lengths = np.abs(np.diff(explorer.descent.path[:, 0]))
    same, share = np.ptp(lengths), np.ptp(lengths[1:] / lengths[:-1])
    return int(np.argmin([same, share, np.ptp(np.diff(lengths))]))


def which_bottom(explorer):
    return [reached(explorer, [2]), reached(explorer, [-1]), reached(explorer, [0])].index(True)


def lowest_loss(explorer):
    rates = [0.01, 0.2, 0.9, 1.05]
    return int(np.argmin(gd.descend(explorer.surface, explorer.start, rates, steps=30).loss[-1]))


def rate_for_a_wide_valley(explorer):
    runs = gd.descend(explorer.surface, explorer.start, [0.5, 0.005, 50], steps=30)
    return list(runs.outcome).index("reached a minimum")


def rate_from_far_out(explorer):
    run = explorer.descent
    assert (*run.start, run.learning_rate) == (3, 0.5)
    return {"reached a minimum": 0, "bouncing": 1, "diverged": 2}[run.outcome]


def condition_when_standardized(explorer):
    (panel,) = explorer.panels
    raw = np.linalg.cond(explorer.surface.hessian((0, 0)))
    panel.switch.value = True
    found = np.linalg.cond(explorer.surface.hessian((0, 0)))
    return int(np.argmin(np.abs(np.log(found / np.array([raw, raw / 4, 1])))))


def what_fading_does_to_the_ball(explorer):
    def ball():
        off = explorer.descent.end - np.reshape(explorer.surface.minima[0], (2, 1))
        return np.sqrt((off**2).sum(axis=0).mean()), np.linalg.norm(off.mean(axis=1))

    fading, away = ball()
    (panel,) = explorer.panels
    panel.schedule.value = "constant"
    constant, _ = ball()
    assert away < constant  # it has arrived
    return 1 if fading < constant / 2 else 0


def lowest_loss_for_400_rows(explorer):
    def loss(size):
        rates, batches = explorer.learning_rate, gd.minibatches(200, size, seed=range(100))
        run = gd.descend(explorer.surface, (0, 0), rates, steps=400, batches=batches)
        return run.loss[run.data_seen <= 400][-1].mean()

    return int(np.argmin([loss(size) for size in (1, 8, 64, 200)]))


def broken_step(explorer):
    return {"reached a minimum": 0, "bouncing": 1, "diverged": 2}[explorer.descent.outcome]


def uphill(explorer):
    x, y = explorer.descent.end
    assert abs(x) < 0.01  # the ridge
    (_, domain) = explorer.surface.domain
    return 0 if domain[0] < y < domain[1] else 1


def sine_of(explorer):
    x = explorer.surface.x
    assert np.array_equal(explorer.surface.y, np.sin(x))
    return x, np.sin(x)


def without_bends(explorer):
    x, y = sine_of(explorer)
    line = gd.LinearRegression(x, y)
    best = line.predict(line.minima[0])
    return 0 if np.allclose(explorer.surface.predict(explorer.descent.end), best, atol=1e-4) else 1


def fifty_beside_five(explorer):
    x, y = sine_of(explorer)
    five = gd.Network(x, y, hidden=5)
    assert (explorer.hidden, explorer.learning_rate, explorer.steps) == (50, 0.1, 1000)
    ratio = gd.descend(five, five.start, 0.1, steps=1000).loss[-1] / explorer.descent.loss[-1]
    return 2 if ratio > 10 else 1 if ratio > 0.5 else 0


def from_zero(explorer):
    sine_of(explorer)
    curve = explorer.surface.predict(explorer.descent.end)
    return 1 if np.ptp(curve) < 1e-9 else 0


def dead_units(explorer):
    """Train on, at the same and at a smaller rate: do units that were dead come back?"""
    net, run = explorer.surface, explorer.descent
    early = net.dead(run.path[20])
    assert (net.hidden, early.sum()) == (20, 15)
    careful = net.dead(gd.descend(net, run.path[20], 0.01, steps=2000).end)
    came_back = [(early & ~net.dead(run.end)).any(), (early & ~careful).any()]
    return came_back.index(True) if any(came_back) else 2


def beyond_the_points(explorer):
    net, end = explorer.surface, explorer.descent.end
    assert explorer.degree == 7
    at, inside = np.array([5.0]), np.linspace(-3, 3, 601)
    curves = gd.taylor("sin(x)", 7), lambda x: net.predict(end, x)
    errors = [np.std(curve(inside) - np.sin(inside)) for curve in curves]
    assert max(errors) < 1.1 * min(errors)
    off = [abs(curve(at) - np.sin(at)).item() for curve in curves]
    return 1 + int(np.argmax(off)) if max(off) > 1 else 0


def twentieth_degree(explorer):
    assert explorer.degree == 20

    def off(degree, low, high):
        x = np.linspace(low, high, 601)
        return abs(gd.taylor("1/(1+x**2)", degree)(x) - 1 / (1 + x**2))

    good = [off(20, -far, far).max() < 0.1 for far in (3, 2)]
    assert any(good) or (off(20, 1.1, 3) > off(4, 1.1, 3)).all()
    return [*good, True].index(True)


# What really happens, as the position of the choice that says so, found from the opened figure
TRUTH = {
    "With learning rate 0.01 the run arrived within 40 steps. Where is it after 40 steps at "
    "0.001?": tenth_of_the_rate,
    "And at 0.05?": five_times_the_rate,
    "The rate is 0.01 again, the start (-0.5, -0.5): as far from every minimum. Where will "
    "it end?": lambda e: himmelblaus_minimum(e, [(3, 2), (-2.8, 3.1), (-3.8, -3.3)]),
    "The ball starts at x = -6 on the same curve, with learning rate 0.2. Which way is its "
    "first step?": which_way,
    "Each step is the learning rate times the slope. How do the step lengths go on the "
    "parabola?": step_lengths,
    "This curve has two bottoms, the right one lower. The ball starts far left. Where does it "
    "end?": which_bottom,
    "Of the rates 0.01, 0.2, 0.9 and 1.05, which has the lowest loss after 30 steps?": lowest_loss,
    "This valley is wider: f(x) = 0.01 x². From x = 10, which rate arrives within 30 "
    "steps?": rate_for_a_wide_valley,
    "On f(x) = x⁴/4, rate 0.5 from x = 1 goes well. What will it do from x = 3?": rate_from_far_out,
    "The condition number of the raw valley is 159. What is it with standardized "
    "durations?": condition_when_standardized,
    "The rate fades like 1/t, from the same 0.2. What becomes of the "
    "ball?": what_fading_does_to_the_ball,
    "Everyone may look at 400 rows in all, at rate 0.1. Which batch size has the lowest "
    "loss?": lowest_loss_for_400_rows,
    "Someone writes theta + learning_rate * gradient. Where does the run go?": uphill,
    "Someone forgets the learning rate and writes theta - gradient. What does the run "
    "do?": broken_step,
    "Twenty hidden units, but none of them bends: the activation is linear. What can it "
    "learn?": without_bends,
    "50 units have 151 parameters, far more than there are points. 1000 steps at rate 0.1. "
    "Beside 5 units, the loss is": fifty_beside_five,
    "All parameters start at 0. The targets are the same sine. What does training do?": from_zero,
    "Relu units, rate 0.3: after 20 steps 15 of 20 units are 0 at every point. What brings "
    "them back?": dead_units,
    "Degree 7 and a trained network are equally close to the sine inside. At x = "
    "5?": beyond_the_points,
    "1/(1 + x²) is as smooth as the sine. Its Taylor polynomial of degree 4 is poor. Degree "
    "20?": twentieth_degree,
}

# Lessons in which no prediction goes without a truth
CHECKED = {"00-start-here", "01-follow-the-slope", "02-choose-a-learning-rate", *TRUTHS}


@every_lesson
def test_its_predictions_open_and_their_answers_are_true(path):
    truths = TRUTH | TRUTHS.get(path.stem, {})
    _, shown = run(path)
    for prediction in [each for each in shown if isinstance(each, gd.Prediction)]:
        choice = (prediction.answer or 0) + 1
        prediction.predict(choice % len(prediction.choices))
        assert prediction.figure is not None, texts(prediction)
        if hasattr(prediction.figure, "live"):
            assert not prediction.figure.live.problem
            assert prediction.figure.live.still()
        if prediction.answer is not None:
            assert f"What happens instead: {prediction.choices[prediction.answer]}" in (
                texts(prediction).replace("&#x27;", "'").replace("&amp;", "&")
            )
        assert prediction.question in truths or path.stem not in CHECKED, prediction.question
        if truth := truths.get(prediction.question):
            assert truth(prediction.figure) == prediction.answer, prediction.question


@every_lesson
def test_it_explains_a_prediction_only_with_its_figure_sums_up_and_can_be_closed(path):
    """And what is asked in one lesson is asked in different words each time."""
    open_before = widgets()
    _, shown = run(path)
    asked = [each for each in shown if isinstance(each, gd.Prediction)]
    assert [each.question for each in asked if not each.explanation] == []
    told = sum(isinstance(each, gd.Prediction) for each in record._asked.values())
    assert told == len(asked)
    assert shown[-1] == gd.summary()
    for before, cell in pairwise(read(path).cells):
        assert "gd.predict(" not in before.source or "**Explain.**" not in cell.source
    for widget in (each for each in shown if isinstance(each, ipywidgets.Widget)):
        widget.close()
    assert widgets() == open_before


def test_every_truth_belongs_to_a_question():
    code = [cell.source for path in lessons() for cell in read(path).cells]
    asked = {
        node.value
        for source in code
        if "predict(" in source and not source.lstrip().startswith(("#", "|", "*"))
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Constant)
    }
    assert {*TRUTH, *(question for truths in TRUTHS.values() for question in truths)} <= asked


def folded_answers(path):
    """Return the answers a lesson folds away: calls such as ``single.check(0.5)``."""
    return re.findall(r"`(\w+\.check\(.*?\))`", folded(path))


def folded_functions(path):
    """Return the functions a lesson folds away, by name."""
    blocks = re.findall(r"```python\n(.*?)```", folded(path), re.DOTALL)
    return {re.match(r"def (\w+)", block)[1]: block for block in blocks}


@cache
def folded(path):
    """Return all that a lesson folds away."""
    return "\n".join(re.findall(r"<details>.*?</details>", "\n".join(sources(path)), re.DOTALL))


def blanks(path):
    """Return the cells in which a student is to write a function, by its name."""
    cells = [cell.source for cell in read(path).cells if "    return ...\n" in cell.source]
    return {re.search(r"^def (\w+)", cell, re.MULTILINE)[1]: cell for cell in cells}


@every_lesson
def test_its_challenges_are_solved_by_the_answers_folded_under_them(path):
    names, _ = run(path)
    challenges = {key for key, value in names.items() if isinstance(value, gd.Challenge)}
    for key in challenges:
        assert names[key].check(...).startswith("Not attempted yet.")
        assert names[key].check(object()).startswith("Not yet. ")
        assert "Hint: " in names[key].check(object()), "a challenge without a hint"
    assert folded_functions(path).keys() == blanks(path).keys()
    for function in folded_functions(path).values():
        exec(function, names)
    for cell in blanks(path).values():
        assert eval(cell.splitlines()[-1], names).startswith("Solved."), cell
    for call in folded_answers(path):
        assert eval(call, names).startswith("Solved."), call
    assert {key for key in challenges if not names[key].solved} == set(), "no folded answer"


EXERCISES = [path for path in lessons() if blanks(path)]
every_exercise = pytest.mark.parametrize("path", EXERCISES, ids=name_of)


@every_exercise
def test_blanks_stay_blank_until_they_are_filled(path):
    """And what follows from them says so, instead of failing."""
    names, shown = run(path)
    said = [str(each) for each in shown if isinstance(each, str)]
    for name in blanks(path):
        assert names[name](*range(names[name].__code__.co_argcount)) is ...
    assert sum("Not attempted yet." in each for each in said) >= len(blanks(path))
    assert any(each.startswith("This opens once") for each in said)
    assert not any("Error" in each for each in said)


@every_exercise
def test_its_worked_copy_is_the_exercise_with_its_folded_answers(path):
    worked = path.parent / "solutions" / path.name
    answers, empty = folded_functions(path), blanks(path)
    cells = zip(read(path).cells, read(worked).cells, strict=True)
    for cell, filled in [(a.source, b.source) for a, b in cells if a.cell_type == "code"]:
        expected = cell
        for name in [name for name in empty if empty[name] == cell]:
            expected = f"{answers[name].rstrip()}\n\n\n{cell.splitlines()[-1]}"
        for call in folded_answers(path):
            expected = expected.replace(f"{call.partition('(')[0]}(...)", call)
        assert filled == expected


@pytest.mark.parametrize("path", [e.parent / "solutions" / e.name for e in EXERCISES], ids=name_of)
def test_in_a_worked_copy_every_check_passes(path):
    names, shown = run(path)
    challenges = [value for value in names.values() if isinstance(value, gd.Challenge)]
    assert challenges
    assert all(challenge.solved for challenge in challenges)
    said = "\n".join(str(each) for each in shown)
    assert "Not yet." not in said
    assert "Not attempted yet." not in said
    assert "does not run yet" not in said
