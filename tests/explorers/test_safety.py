"""What fails changes nothing, whoever asks; two at once end in one state; nothing piles up."""

import gc
import itertools
import random
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import numpy as np
import pytest

import gdviz as gd
from gdviz.explorers import explorer as explorers
from gdviz.explorers import panels
from gdviz.explorers import setting as settings
from gdviz.explorers.setting import SLOW
from gdviz.live import together
from tests.packets import column, point, rest, widgets

MODEL = gd.LinearRegression([1, 2, 3, 4], [2, 3, 5, 6])


def one(theta, gradient, learning_rate):
    """A rule that can only do a single point."""
    if theta.ndim > 1:
        raise ValueError("one point only")
    return theta - learning_rate * gradient


# What fails


LATE = {
    "a rule for one point": {"rule": one, "basins": True},
    "an array for a rate": {"race": {gd.GradientDescent(): 0.1, gd.Adam(): np.array([0.1, 0.2])}},
    "no dict": {"race": [1, 2]},
    "from zero": {"family": (gd.valley, "c", 0, 100, 20)},
    "out of range": {"family": (gd.valley, "c", 1, 10, 20)},
    "no number": {"family": (gd.valley, "c", 1, 100, "20")},
    "no names": {"choices": 3},
    "no price": {"cost": "euros"},
    "no rows": {"batch_size": 2},
    "no question": {"question": 7},
    **{f"{n} seeds": {"surface": MODEL, "batch_size": 1, "seeds": n} for n in (0, -3, np.nan)},
    **{f"{n:g} seeds": {"surface": MODEL, "batch_size": 1, "seeds": int(n)} for n in (2e4, 1e9)},
    "nothing to shuffle": {"surface": MODEL, "seeds": 5},
    "more than a browser holds": {"starts": 1000, "steps": 2000},
}


@pytest.mark.parametrize("name", LATE)
def test_an_opening_that_fails_leaves_nothing_and_costs_nothing(name):
    before, begun = widgets(), time.process_time()
    with pytest.raises((TypeError, ValueError)):
        gd.explore(**LATE[name])
    assert widgets() == before
    assert time.process_time() - begun < 2


@pytest.mark.parametrize("part", ["RacePanel", "CloudPanel", "Player", "Live"])
def test_whatever_fails_while_it_is_built_all_is_closed_again(monkeypatch, part):
    module = panels if part.endswith("Panel") else explorers
    whole = getattr(module, part)

    def broken(*args, **options):
        whole(*args, **options)
        raise RuntimeError("half-way")

    monkeypatch.setattr(module, part, broken)
    before, race = widgets(), {gd.GradientDescent(): 0.1, gd.Adam(): 0.1}
    with pytest.raises(RuntimeError, match="half-way"):
        gd.explore("bowl", starts=5) if part == "CloudPanel" else gd.explore("bowl", race=race)
    assert widgets() == before


def everything(explorer):
    """Return all of what an explorer shows."""
    live, controls = explorer.live, [bound.control for bound in explorer._bound]
    states = [{name: getattr(each, name) for name in each.keys} for each in controls]
    return explorer.setting, states, live.caption, live.table, live.scene, dict(live.images)


@pytest.mark.parametrize(("name", "value"), [("rule", one), ("steps", -1), ("stop", 3)])
def test_a_change_that_fails_changes_nothing(explore, name, value):
    explorer = explore("himmelblau", basins=True, formula=True)
    before = everything(explorer)
    with pytest.raises((TypeError, ValueError)):
        setattr(explorer, name, value)
    assert everything(explorer) == before


def test_a_control_that_cannot_follow_keeps_the_picture_too(explore):
    """A panel asks more of a setting than the picture does."""
    explorer = explore("bowl", choices=["bowl", "saddle"])

    def fit(setting):
        if setting.surface is gd.surfaces.saddle:
            raise ValueError("no panel for this")
        return {}

    explorer.bind(explorer.reset_button, fit=fit)
    before = everything(explorer)
    with pytest.raises(ValueError, match="no panel"):
        explorer.surface = "saddle"
    assert everything(explorer) == before
    explorer.choice.value = "saddle"
    assert explorer.live.problem == "ValueError: no panel for this"
    explorer.live.problem = ""
    assert everything(explorer) == before


# Rules that end badly


class MuteError(Exception):
    def __str__(self):
        raise RuntimeError("no words")


ENDINGS = {
    "exit": (sys.exit, "SystemExit: leave out sys.exit() and quit()"),
    "interrupt": (KeyboardInterrupt, "KeyboardInterrupt: it was stopped"),
    "mute": (MuteError, "MuteError: it does not say why"),
}


@pytest.mark.parametrize("name", ENDINGS)
def test_however_a_rule_ends_it_is_said_and_the_picture_stays(explore, name):
    end, said = ENDINGS[name]

    def rule(theta, gradient, learning_rate):
        if rule.broken:
            raise end()
        return theta - learning_rate * gradient

    rule.broken = False
    explorer = explore("bowl", rule=rule, steps=5)
    before = explorer.setting, explorer.live.table
    rule.broken = True
    for move in (lambda: point(explorer.live, 1.0, 1.0), explorer.steps_slider.set_state):
        move({"value": 9}) if move == explorer.steps_slider.set_state else move()
        assert explorer.live.caption == said
        assert (explorer.setting, explorer.live.table) == before
        assert explorer.steps_slider.value == 5
    with pytest.raises((SystemExit, KeyboardInterrupt, MuteError)):
        explorer.steps = 7
    assert (explorer.setting, explorer.live.table) == before
    rule.broken = False
    explorer.steps_slider.value = 9
    assert (explorer.live.problem, explorer.steps) == ("", 9)


def test_a_slow_rule_is_run_for_what_is_shown_alone(explore):
    calls = []

    def slow(theta, gradient, learning_rate):
        calls.append(learning_rate)
        time.sleep(SLOW / 4)
        if slow.stopped:
            raise KeyboardInterrupt
        return theta - learning_rate * gradient

    slow.stopped = False
    explorer = explore("bowl", rule=slow, steps=5)
    assert (len(calls), explorer.live.whole) == (5, False)
    explorer.rate.slider.index = 7
    assert len(calls) == 10
    assert explorer.learning_rate == explorer.setting.rates.values[7]
    assert explorer.live.caption == explorer.descent.explain()
    rest(explorer.live)
    assert (len(calls), explorer.live.whole) == (10, False)
    slow.stopped, before = True, explorer.live.table
    explorer.rate.slider.index = 20
    assert explorer.live.caption == "KeyboardInterrupt: it was stopped"
    assert (explorer.rate.slider.index, explorer.live.table) == (7, before)
    explorer.rule = gd.GradientDescent()
    assert explorer.live.whole
    slow.stopped = False
    with pytest.raises(ValueError, match="rule: slow takes too long for a map"):
        explore("bowl", rule=slow, steps=5, basins=True)


@pytest.mark.parametrize("where", ["progress", "family", "reference"])
def test_what_a_students_function_sets_in_numpy_is_over_with_it(explore, where):
    def loud(*args):
        np.seterr(all="raise")
        return {"family": gd.valley, "reference": np.negative}.get(where, print)(*args[:1])

    before = np.geterr()
    try:
        if where == "progress":
            gd.settle("bowl", [[1.0, 2.0], [1.0, 2.0]], 0.1, progress=loud)
        elif where == "family":
            explore(family=(loud, "condition", 1, 100, 20)).panels[0].slider.value = 5
        else:
            gd.agrees_with(loud, [(1.0,)])(np.negative)
        assert np.geterr() == before
    finally:
        np.seterr(**before)


# Two at once


def disagreements(explorer):
    """Return what does not show the setting."""
    setting, live = explorer.setting, explorer.live
    at, run = setting.rates.index(setting.learning_rate), setting.descend()
    x = column(live, "x")
    revealed = setting.steps if setting.reveal is None else setting.reveal
    with np.errstate(over="ignore"):
        path = run.path[:, 0].astype(x.dtype)
    facts = {
        "slider": explorer.rate.slider.index == at,
        "rates": list(explorer.rate.slider.options) == setting.rates.labels,
        "label": explorer.rate.slider.label == setting.rates.labels[at][0],
        "frame": live.frame == at,
        "start": tuple(s.value for s in explorer.start_sliders.children) == setting.start,
        "steps": explorer.steps_slider.value == explorer.player.step.max == setting.steps,
        "reveal": explorer.player.step.value == live.reveal == revealed,
        "problem": live.problem == "",
        "picture": np.array_equal(x, path, equal_nan=True),
        "caption": setting.reveal is not None or live.caption == run.explain(),
    }
    return [name for name, holds in facts.items() if not holds]


DRAW = random.Random(0)


def slid_by_the_browser(explorer):
    """Slide as the browser does, which tells of the slider and of the frame one by one."""
    place = DRAW.randrange(len(explorer.setting.rates.values))
    explorer.rate.slider.set_state({"index": place})
    explorer.live.set_state({"frame": place})


def played_by_the_browser(explorer):
    """Play as the browser does, which tells of the step and of what is revealed one by one."""
    step = DRAW.randrange(3)
    explorer.player.step.set_state({"value": step})
    explorer.live.set_state({"reveal": step})


BY_HAND = {
    "rate": lambda e: setattr(e.rate.slider, "index", DRAW.randrange(41)),
    "rate of the browser": slid_by_the_browser,
    "reveal": lambda e: setattr(e.player.step, "value", DRAW.randrange(4)),
    "reveal of the browser": played_by_the_browser,
    "rest": lambda e: rest(e.live),
}
BY_CODE = {
    "learning_rate": lambda e: setattr(e, "learning_rate", e.setting.rates.nearest(DRAW.random())),
    "reset": lambda e: e.reset(),
}
ON_A_SURFACE = {
    "start": lambda e: setattr(e.start_sliders.children[0], "value", DRAW.randrange(-20, 20) / 10),
    "steps": lambda e: setattr(e.steps_slider, "value", DRAW.randrange(3, 30)),
    "pointer": lambda e: point(e.live, DRAW.uniform(-2, 2), 0.0),
}
OF_A_SURFACE = {
    "steps": lambda e: setattr(e, "steps", DRAW.randrange(3, 30)),
    "start": lambda e: setattr(e, "start", DRAW.randrange(-20, 20) / 10),
    "rule": lambda e: setattr(e, "rule", gd.Momentum(DRAW.choice([0.5, 0.9]))),
    "surface": lambda e: setattr(e, "surface", DRAW.choice(["parabola", "double_well"])),
    "stop": lambda e: setattr(e, "stop", DRAW.choice([None, gd.Stop(step=0.01)])),
}
NETWORKS = [gd.Network(X, y, hidden=3) for X in [np.linspace(-3, 3, 16)] for y in (np.sin(X), X)]
ON_A_NETWORK = {
    "hidden": lambda e: setattr(e.controls["hidden"], "value", DRAW.randrange(2, 5)),
    "activation": lambda e: setattr(e.controls["activation"], "index", DRAW.randrange(2)),
    "seed": lambda e: e.controls["seed"].set_state({"value": DRAW.randrange(9)}),
    "scale": lambda e: e.controls["scale"].set_state({"index": DRAW.randrange(2, 5)}),
    "steps": lambda e: setattr(e.controls["steps"], "value", DRAW.choice([50, 100])),
    "degree": lambda e: e.controls["degree"].set_state({"value": DRAW.randrange(9)}),
}
OF_A_NETWORK = {
    "surface": lambda e: setattr(e, "surface", DRAW.choice(NETWORKS)),
    "steps": lambda e: setattr(e, "steps", DRAW.choice([40, 50, 100])),
    "seed": lambda e: setattr(e, "seed", DRAW.randrange(9)),
    "scale": lambda e: setattr(e, "scale", DRAW.choice([0.3, 0.5, 1])),
    "hidden": lambda e: setattr(e, "hidden", DRAW.randrange(2, 5)),
    "degree": lambda e: setattr(e, "degree", DRAW.randrange(9)),
}


def rounds(by_hand, by_code, explorer):
    """Do every pair at once, and give its names; what a thread raises is raised here."""
    with ThreadPoolExecutor(2) as two:
        for (hand, move), (code, change) in itertools.product(by_hand.items(), by_code.items()):
            for each in [two.submit(do, explorer) for do in (move, change)]:
                each.result()
            yield hand, code


def test_a_hand_and_code_at_once_end_in_one_state(explore):
    explorer = explore("double_well", steps=10)
    for pair in rounds(BY_HAND | ON_A_SURFACE, BY_CODE | OF_A_SURFACE, explorer):
        assert disagreements(explorer) == [], pair


def test_a_hand_and_code_at_once_on_a_network_end_in_one_state(explore):
    explorer = explore(NETWORKS[0], steps=50, taylor=("sin(x)", 5))
    for pair in rounds(BY_HAND | ON_A_NETWORK, BY_CODE | OF_A_NETWORK, explorer):
        assert explorer.wait(10), pair
        setting, live, step = explorer.setting, explorer.live, explorer.player.step
        at = setting.rates.index(setting.learning_rate)
        assert explorer.rate.slider.index == live.frame == at, pair
        assert explorer.rate.slider.label == setting.rates.labels[at][0], pair
        revealed = setting.steps if setting.reveal is None else setting.reveal
        assert (step.max, step.value) == (setting.steps, revealed), pair
        assert live.reveal == revealed, pair
        for name, control in explorer.controls.items():
            assert control.value == getattr(setting, name), (name, pair)
        loss = setting.descend().loss[:: setting.stride]
        # where an activation has corners the last digits of a course decide its end
        assert np.allclose(column(live, "loss").ravel()[:10], loss[:10], rtol=1e-3), pair
        assert (live.problem, explorer.bar.layout.visibility) == ("", "hidden"), pair


def test_what_the_browser_says_late_of_a_place_does_not_move_it(explore):
    """It tells of a slider and of the frame in two messages; code has moved both in between."""
    explorer = explore("bowl", steps=10)
    explorer.rate.slider.set_state({"index": 30})
    explorer.player.step.set_state({"value": 3})
    explorer.learning_rate, explorer.steps = explorer.setting.rates.values[70], 12
    explorer.live.set_state({"frame": 30})
    explorer.live.set_state({"reveal": 3})
    assert disagreements(explorer) == []
    explorer.rate.slider.set_state({"index": 40})
    assert disagreements(explorer) == []


def test_a_threshold_that_is_switched_off_follows_again_when_it_is_set(explore):
    explorer = explore("bowl", stop=gd.Stop(step=0.01))
    slider = explorer.panels[0].sliders["step"]
    explorer.stop = None
    slider.value = 0.1
    explorer.stop = gd.Stop(step=0.01)
    assert slider.value == 0.01


def test_a_training_stopped_at_its_last_piece_is_shown_to_its_end(explore):
    explorer = explore(NETWORKS[0], steps=50)
    course = explorer.setting.courses(explorer.learning_rate)
    explorer._course = course
    for _ in explorer._train(course):  # the next job may begin at any pause
        assert not course.done
    assert np.allclose(column(explorer.live, "loss").ravel(), course.loss[:, 0], rtol=1e-5)


def test_what_the_browser_says_waits_for_the_change_under_way(explore):
    """Else ipywidgets takes a position of the slider for one among other options, and raises."""
    begun, go_on = threading.Event(), threading.Event()

    def rule(theta, gradient, learning_rate):
        begun.set()
        go_on.wait(10)
        return theta - learning_rate * gradient

    explorer = explore("bowl", steps=3)
    before = explorer.rate.slider.index
    with ThreadPoolExecutor(2) as two:
        change = two.submit(setattr, explorer, "rule", rule)
        begun.wait(10)
        said = two.submit(explorer.rate.slider.set_state, {"index": before + 5})
        time.sleep(0.05)
        assert explorer.rate.slider.index == before
        go_on.set()
        change.result()
        said.result()
    assert explorer.rate.slider.index == before + 5
    assert disagreements(explorer) == []


# Again and again


@pytest.fixture
def rerun(monkeypatch):
    """Run a function as the same cell over and over."""
    shell = SimpleNamespace(
        execution_count=0, get_parent=lambda: {"metadata": {"cellId": "a cell of its own"}}
    )
    monkeypatch.setattr(together, "get_ipython", lambda: shell)

    def rerun(function, times):
        for _ in range(times):
            shell.execution_count += 1
            yield function()

    yield rerun
    together.close_all(*together._shown.pop("a cell of its own", (0, []))[1])


def test_bars_of_progress_do_not_pile_up(rerun, capsys):
    before = widgets()
    for move in rerun(gd.progress_bar, 40):
        move(1, 2)
    assert len(widgets() - before) == 3  # a bar, its layout and its style


def test_what_a_cell_showed_before_is_let_go(rerun):
    held = list(rerun(lambda: gd.explore("bowl", steps=20), 5))
    for closed in held[:-1]:
        assert not {"rate", "panels", "_scene"} & vars(closed).keys()


def test_what_a_cell_showed_before_stays_if_its_next_run_fails(rerun):
    rules = [gd.GradientDescent(), one]
    runs = rerun(lambda: gd.explore("himmelblau", rule=rules.pop(0), basins=True), 2)
    explorer = next(runs)
    with pytest.raises(ValueError, match="one point only"):
        next(runs)
    explorer.steps = 7
    assert explorer.live.caption.startswith("After 7 steps")


def test_explorers_that_are_closed_and_held_weigh_next_to_nothing(rerun):
    """IPython's `Out` holds every explorer that a cell has ended with."""
    held, weights = [], []
    for explorer in rerun(lambda: gd.explore("bowl", steps=20), 12):
        held.append(explorer)
        gc.collect()
        weights.append(len(gc.get_objects()))
    assert (weights[-1] - weights[1]) / 10 < 40  # 120 with the closed figure, 375 with its controls
    assert repr(held[0]) == repr(held[-1])


def test_a_cell_that_is_run_again_never_holds_two_figures(rerun, monkeypatch):
    open_at_once = []

    def spy(*args, **options):
        open_at_once.append(sum(isinstance(each, gd.Live) for each in widgets()))
        return gd.Live(*args, **options)

    before = sum(isinstance(each, gd.Live) for each in widgets())
    monkeypatch.setattr(explorers, "Live", spy)
    list(rerun(lambda: gd.explore("bowl", steps=20), 3))
    assert open_at_once == 3 * [before]


def test_thousands_of_moves_leave_nothing_behind(explore):
    explorer, random = explore("double_well", steps=20), np.random.default_rng(0)
    count = None
    for k in range(600):
        explorer.rate.slider.index = int(random.integers(121))
        explorer.start = round(random.uniform(-1.5, 1.5), 2)
        if k == 100:
            gc.collect()
            count = len(gc.get_objects())
    gc.collect()
    assert len(gc.get_objects()) < count + 200
    assert disagreements(explorer) == []


def test_a_rule_without_end_is_left_and_the_picture_stays(explore, monkeypatch):
    monkeypatch.setattr(settings, "PATIENCE", 1.0)
    explorer = explore("himmelblau")
    before, table = explorer.setting, explorer.live.table

    calls = []

    def slow(theta, gradient, learning_rate):
        calls.append(learning_rate)
        time.sleep(0.05)
        return theta - learning_rate * gradient

    with pytest.raises(TimeoutError, match="slow took too long and was left at update"):
        explorer.rule = slow
    assert explorer.setting is before and explorer.live.table is table
    explorer.steps = 3
    calls.clear()
    explorer.rule = slow
    assert calls == [explorer.learning_rate] * 3  # not for 121 rates: that would take 18 seconds
    explorer.steps_slider.value = 50
    assert "took too long" in explorer.live.caption
    assert (explorer.steps, explorer.steps_slider.value) == (3, 3)
    time.sleep(0.2)
    assert gd.descend("bowl", (1, 1), 0.1, rule=explorer.descent.rule, steps=2).steps_taken == 2


PLACES = ["restage", "show", "show_image"]


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("place", PLACES)
def test_an_interrupt_half_way_leaves_all_as_it_was(explore, monkeypatch, place, after):
    explorer = explore("himmelblau", basins=True)
    live = explorer.live

    def seen():
        shown = [getattr(live, name) for name in ("scene", "background", "images", "table")]
        controls = [s.value for s in explorer.start_sliders.children]
        return [explorer.setting, live.figure, *shown, controls, explorer.rate.slider.index]

    before, still, real = seen(), live.still(), getattr(live, place)

    def interrupted(*args, **kwargs):
        if after:
            real(*args, **kwargs)
        raise KeyboardInterrupt

    monkeypatch.setattr(live, place, interrupted)
    with pytest.raises(KeyboardInterrupt):
        explorer.surface = "rastrigin"
    monkeypatch.undo()
    assert all(a is b or a == b for a, b in zip(seen(), before, strict=True))
    assert live.still() == still
    explorer.surface = "rastrigin"
    assert explorer.live.scene["id"] > before[2]["id"]
    assert live.column("x")[0] == pytest.approx(explorer.start[0], abs=1e-6)
