"""What explorers of every kind say, at every learning rate, against their runs and their ruler."""

import re

import numpy as np
import pytest
from numpy.linalg import norm

import gdviz as gd
from tests.descent.test_gait import close, numbers

X = np.linspace(0, 4, 30)
NOISE = np.random.default_rng(3).normal(size=30)
LINE = gd.LinearRegression(X, 1 + 2 * X + NOISE, names=["duration (min)", "waiting (min)"])
EXACT = gd.LinearRegression(X, 1 + 2 * X)
MIXED = gd.LogisticRegression(X, (X + NOISE > 2).astype(float))
APART = gd.LogisticRegression([1, 2, 3, 4], [0, 0, 1, 1])
TOUCHING = gd.LogisticRegression([1, 2, 2, 3], [0, 0, 1, 1])
RACE = {gd.GradientDescent(): 0.01, gd.Momentum(0.9): 0.003, gd.Adam(): 0.1}
KINDS = {
    "curve": {"surface": "double_well"},
    "valley": {"surface": "valley"},
    "valley with momentum": {"surface": "valley", "rule": gd.Momentum(0.9)},
    "stop": {"surface": "valley", "stop": gd.Stop(gradient_norm=0.1)},
    "schedule": {"surface": "bowl", "schedule": "halved 3 times"},
    "race": {"surface": "himmelblau", "race": RACE},
    "cloud": {"surface": "himmelblau", "starts": 30},
    "stopped cloud": {"surface": "saddle", "starts": 30, "stop": gd.Stop(loss=-0.1)},
    "basins": {"surface": "himmelblau", "basins": True},
    "outcomes": {"surface": "cliff", "beside": "outcomes"},
    "line": {"surface": LINE},
    "line by row": {"surface": LINE, "batch_size": 1},
    "line by all rows": {"surface": LINE, "batch_size": 30},
    "line by seeds": {"surface": LINE, "batch_size": 2, "seeds": 12},
    "exact line by seeds": {"surface": EXACT, "batch_size": 2, "seeds": 12},
    "fading line by seeds": {"surface": LINE, "batch_size": 2, "seeds": 12, "schedule": "1/t"},
    "fading line by rows": {"surface": LINE, "batch_size": 2, "schedule": "cosine"},
    "decision": {"surface": MIXED},
    "decision by rows": {"surface": MIXED, "batch_size": 3},
    "decision by seeds": {"surface": MIXED, "batch_size": 3, "seeds": 9},
    "sure decision": {"surface": APART},
    "sure decision by row": {"surface": APART, "batch_size": 1},
    "sure decision by seeds": {"surface": APART, "batch_size": 1, "seeds": 9},
    "touching decision": {"surface": TOUCHING},
}
NOT_SO = {  # what no caption says over such a zone
    "unstable": r"rate is at most|rate is between|95 %",
    "overshooting": r"rate is at most|is above the stable|95 %",
    "smooth": r"rate is between|is above the stable|95 %",
    "crawling": r"rate is between|is above the stable",
}


@pytest.mark.parametrize("steps", [1, 10, 60])
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_said_at_every_rate_is_so_and_the_ruler_says_no_other_thing(explore, kind, steps):
    explorer = explore(**KINDS[kind], steps=steps)
    setting = explorer.setting
    rates, captions = setting.rates, explorer.live.table["captions"]
    assert len(captions) == len(rates.values)
    for i in range(0, len(captions), 5):
        said, rate = captions[i], float(rates.values[i])
        assert re.fullmatch(r"[A-Z].*[.]", said) and len(said) <= 260
        assert not re.search(r"\b(nan|inf|None|1 steps|1 rows)\b|  |−0(?![.\d])|[{}]", said)
        for first, last, word in rates.zones:
            if first < i < last:
                assert not re.search(NOT_SO[word], said), (word, said)
        run = setting.but(learning_rate=rate).run
        check_counts(said, run) if setting.cloud is not None else check_one(said, run)
        if isinstance(setting.surface, gd.LogisticRegression):
            assert "diverged" not in said  # as its slope has a bound
            assert ("A cut separates" in said) <= (setting.surface is APART)


def check_one(said, run):
    """Of steps that look at some rows the noise is named, and only there."""
    if told := numbers("the last # losses lie between # and #", said):
        tail = run.loss[-20:]
        assert close(told, [20, tail.min(), tail.max()])
        assert run.batches.size < run.surface.n and run.steps_taken >= 20
    if "noise ball stays" in said:
        assert run.schedule is None and run.surface.minima
    if told := numbers("# of # rows", said):
        labels = (run.surface.predict(run.end) > 0.5).astype(float)
        assert told == [np.sum(labels != run.surface.y), run.surface.n]
    if run.batches and run.batches.size < run.surface.n:
        assert "curvature" not in said


def check_counts(said, run):
    """Runs side by side are counted, by minimum too, and their distance is measured."""
    ends, n, minima = run.end, run.end.shape[-1], np.array(run.surface.minima)
    if said.startswith("Of "):
        parts = re.findall(
            r"(\d+) ([a-z :]+)(?=[,.])", said.split(" runs, ")[-1].split(" Minima")[0]
        )
        assert sum(int(k) for k, _ in parts) == n
        assert all(int(k) == np.sum(run.outcome == word) for k, word in parts)
        for k, x, y in re.findall(r"(\d+) at \((\S+), (\S+)\)", said.replace("−", "-")):
            at = minima[norm(minima - [float(x), float(y)], axis=1).argmin()]
            near = norm(ends - at[:, np.newaxis], axis=0) < 0.3
            assert int(k) == np.sum(near & (run.outcome == "reached a minimum"))
        return
    if told := numbers("# of # runs diverged", said):
        assert told == [np.sum(run.outcome == "diverged"), n]
        return
    assert not (run.outcome == "diverged").any()
    if told := numbers("runs end about # from the minimum", said):
        away = norm(ends - minima[0][:, np.newaxis], axis=0)
        assert close(told[0], np.sqrt((away**2).mean()))
    if "noise ball" in said:
        before = norm(run.start - minima[0][:, np.newaxis], axis=0).max()
        assert norm(ends.mean(axis=1) - minima[0]) < before
        assert run.steps_taken.max() >= 20 and run.surface is not EXACT
    assert ("so no noise" in said) == (run.batches.size == run.surface.n)


def test_the_ruler_promises_nothing_to_steps_that_see_some_rows_or_whose_rate_fades(explore):
    """A row alone may be steeper than all are: at their best rate such a run flew away."""
    explorer = explore(LINE, batch_size=1, steps=60)
    panel, ruler = explorer.panels[0], explorer.rate.ruler
    assert ([name for _, name in ruler.marks], ruler.zones) == (["limit of all rows 0.323"], [])
    panel.size.value = 30
    assert [name.split()[0] for _, name in ruler.marks] == ["best", "limit"]
    assert ruler.zones
    panel.schedule.value = "1/t"
    assert [name for _, name in ruler.marks] == ["limit at a constant rate 0.323"]
    assert ruler.zones == []
    explorer.reset()
    assert [name for _, name in ruler.marks] == ["limit of all rows 0.323"]
