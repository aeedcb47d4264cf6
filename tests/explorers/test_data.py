"""Explorers that learn from data, without a browser: what they send, and how they answer."""

import re

import numpy as np
import pytest
from scipy.special import expit

import gdviz as gd
from tests.explorers.test_explorer import artists, path, rates, rest, same
from tests.packets import column, current, point, readout, shown

X, Y = np.array([1.0, 2, 3, 4]), np.array([2.0, 3, 5, 6])
LABELS = np.array([0, 1, 0, 1])
NG = [[0.5, 1.5], [1, 1], [1.5, 0.5], [3, 0.5], [2, 2], [1, 2.5]], [0, 0, 0, 1, 1, 1]
APART = [-2, -1, 1, 2], [0, 0, 1, 1]
OVERLAP = [[0, 0], [1, 0], [0, 1], [1, 1], [2, 1], [1, 2]], [0, 1, 0, 1, 0, 1]


def cloud_of_points(n=200):
    random = np.random.default_rng(7)
    x = random.normal(size=n)
    return gd.LinearRegression(x, 1 + 2 * x + random.normal(size=n))


def follows(explorer, how, panel=1):
    """Return the numbers sent for the only artist of a panel that follows like this."""
    (artist,) = artists(explorer, how, panel)
    return shown(explorer.live, artist)


def predicted(explorer):
    """Return the line drawn through the data: its inputs, and one row of predictions per step."""
    decides = isinstance(explorer.surface, gd.LogisticRegression)
    x, seen, p, q = follows(explorer, "mix logistic" if decides else "mix")
    score = p[:, np.newaxis] + np.outer(q, seen)
    return x, expit(score) if decides else score


def limits(explorer, panel):
    ax = explorer.live.figure.axes[panel]
    return *ax.get_xlim(), *ax.get_ylim()


# Hovering over the parameters


@pytest.mark.parametrize("model", [gd.LinearRegression(X, Y), gd.LogisticRegression(X, LABELS)])
@pytest.mark.parametrize("scaled", [False, True])
def test_the_browser_can_draw_the_prediction_of_every_place(explore, model, scaled):
    explorer = explore(model, scaling=True, steps=10)
    explorer.panels[0].switch.value = scaled
    decides = isinstance(model, gd.LogisticRegression)
    x, seen = follows(explorer, "hover logistic" if decides else "hover")
    inputs = (x - X.mean()) / X.std() if scaled else x
    assert seen == pytest.approx(inputs, abs=1e-5)
    assert re.findall("{.}", explorer.live.scene["axes"][0]["hover"]) == ["{x}", "{y}"]
    assert not explorer.live.scene["axes"][1]["hover"]


@pytest.mark.parametrize("model", [gd.LinearRegression(X, Y), gd.LogisticRegression(X, LABELS)])
@pytest.mark.parametrize("scaled", [False, True])
def test_the_prediction_is_that_of_the_shown_step(explore, model, scaled):
    explorer = explore(model, scaling=True, steps=10)
    explorer.panels[0].switch.value = scaled
    x, rows = predicted(explorer)
    path, inputs = explorer.descent.path, (x - X.mean()) / X.std() if scaled else x
    expected = explorer.surface.predict(path.T, inputs)
    assert rows == pytest.approx(expected.T, abs=1e-5)
    explorer.live.reveal = 6
    explorer.live.still()
    (line,) = [a for how in ("mix", "mix logistic") for a in artists(explorer, how, 1)]
    assert line.get_ydata() == pytest.approx(expected[:, 6], abs=1e-5)


@pytest.mark.parametrize("scaled", [False, True])
def test_the_errors_stand_upright_from_the_data_to_the_line(explore, scaled):
    explorer = explore(gd.LinearRegression(X, Y), scaling=True, steps=10, reveal=3)
    explorer.panels[0].switch.value = scaled

    def ends():
        explorer.live.still()
        (lines,) = artists(explorer, "residuals", 1)
        across, up = (data.reshape(-1, 3).T for data in lines.get_data())
        return across[0], up[:2]

    (across, (targets, foots)) = ends()
    w = explorer.descent.path[3]
    predicted = explorer.surface.predict(w, (X - X.mean()) / X.std() if scaled else X)
    assert (across == X).all()
    assert (targets == Y).all()
    assert foots == pytest.approx(predicted, abs=1e-5)
    loss = np.mean((foots - targets) ** 2) / 2
    assert loss == pytest.approx(explorer.descent.loss[3], rel=1e-5)
    for up in (6, 0):  # the last point, held and dragged down
        point(explorer.live, 4, up, axes=1)
    _, (targets, foots) = ends()
    assert targets == pytest.approx([2, 3, 5, 0], abs=1e-5)
    assert np.mean((foots - targets) ** 2) / 2 == pytest.approx(explorer.descent.loss[3], rel=1e-5)


@pytest.mark.parametrize("model", [gd.LogisticRegression(X, LABELS), cloud_of_points(401)])
def test_errors_that_are_no_such_lines_or_a_haze_are_not_drawn(explore, model):
    assert not artists(explore(model, beside="data"), "residuals", 1)


def batches_shown(explorer):
    """Return what a still shows of the next step: errors, pulls and their mean, as lines."""
    explorer.live.still()
    errors, (pulls, mean) = artists(explorer, "residuals", 1), artists(explorer, "pulls")
    pulled = (
        np.transpose(pulls.get_data()).reshape(-1, 3, 2)[:, :2]
        if len(pulls.get_xdata()) > 1
        else []
    )
    return errors[0].get_xydata().reshape(-1, 3, 2)[:, :2], pulled, mean.get_xydata()


@pytest.mark.parametrize("scaled", [False, True])
def test_a_step_is_the_mean_of_what_the_rows_of_its_batch_would_do(explore, scaled):
    data = cloud_of_points(10)
    options = {"steps": 5, "learning_rate": 0.3, "schedule": gd.inverse_time(2)}
    explorer = explore(data, batch_size=4, scaling=True, **options)
    explorer.panels[1].switch.value = scaled
    explorer.learning_rate = 0.3
    path, model = explorer.descent.path, explorer.surface
    dealt = zip(range(5), gd.minibatches(10, 4), strict=False)  # 4, 4, 2, 4, 4
    for explorer.live.reveal, rows in dealt:
        errors, pulls, mean = batches_shown(explorer)
        now, rate = path[explorer.live.reveal], 0.3 / (1 + explorer.live.reveal / 2)
        alone = [now - rate * model.gradient(now, rows=[row]) for row in rows]
        assert errors[: len(rows), 0] == pytest.approx(
            np.column_stack([data.x.ravel(), data.y])[rows], abs=1e-5
        )
        assert np.isnan(errors[len(rows) :]).all()
        assert pulls[: len(rows), 1] == pytest.approx(np.array(alone), abs=1e-4)
        assert pulls[: len(rows), 0] == pytest.approx(np.tile(now, (len(rows), 1)), abs=1e-5)
        assert mean == pytest.approx(path[explorer.live.reveal :][:2], abs=1e-5)
        assert mean[1] == pytest.approx(np.mean(alone, axis=0), abs=1e-5)
    explorer.live.reveal = 5  # nothing is looked at any more
    errors, pulls, mean = batches_shown(explorer)
    assert np.isnan(errors).all()
    assert not len(pulls) and np.isnan(mean).all()


def test_a_step_that_is_no_mean_of_its_rows_is_not_shown_as_one(explore):
    explorer = explore(cloud_of_points(), batch_size=4, steps=5, reveal=2)
    assert len(artists(explorer, "pulls")) == 2
    explorer.rule = gd.Momentum(0.9)
    assert not artists(explorer, "pulls")
    assert not artists(explore(cloud_of_points(), batch_size=4, seeds=3, steps=5), "pulls")
    assert not artists(explore(cloud_of_points(), steps=5), "pulls")


def test_too_many_rows_are_no_picture_and_cost_nothing(explore):
    explorer = explore(cloud_of_points(), batch_size=4, steps=100)
    assert {"batch.x", "batch.y"} <= explorer.live.table["columns"].keys()
    explorer.panels[0].size.value = 64
    assert not {"batch.x", "batch.y"} & explorer.live.table["columns"].keys()
    explorer.live.still()
    assert all(not len(line.get_xdata()) for line in artists(explorer, "pulls"))


def test_a_surface_has_nothing_to_hover_for(explore):
    assert not any(axes["hover"] for axes in explore("himmelblau").live.scene["axes"])


# The decision


def test_the_decision_and_its_shading_are_those_of_the_shown_step(explore):
    explorer = explore(gd.LogisticRegression(X, LABELS), steps=30, scaling=True)
    for scaled in (False, True):
        explorer.panels[0].switch.value = scaled
        run = explorer.descent
        w = gd.standardize(X).unscale(run.path.T) if scaled else run.path.T
        for how in ("ramp", "level"):
            a, b = follows(explorer, how)
            assert a == pytest.approx(w[0], abs=1e-5)
            assert b == pytest.approx(w[1], abs=1e-5)
        explorer.live.reveal = 7
        explorer.live.still()
        (cut,) = artists(explorer, "level", 1)
        assert cut.get_xdata() == pytest.approx(-w[0][7] / w[1][7])
        (shade,) = artists(explorer, "ramp", 1)
        left, right, *_ = shade.get_extent()
        middle = expit(w[0][7] + w[1][7] * (left + right) / 2)
        assert shade.get_array()[:, 49:51].mean() == pytest.approx(middle, abs=0.01)
        explorer.live.reveal = 30


def test_two_inputs_are_shown_as_a_line_among_the_data(explore):
    explorer = explore(gd.LogisticRegression(*NG), learning_rate=0.1, steps=40)
    run = gd.descend(explorer.surface, (0, 0, 0), 0.1, steps=40)
    ramp = follows(explorer, "ramp", panel=0)
    assert all(same(sent, exact) for sent, exact in zip(ramp, run.path.T, strict=True))
    _, loss = follows(explorer, "trail")
    assert same(loss, run.loss)
    assert loss[1] == pytest.approx(0.684610468560574)  # Ng's course, as in test_models.py
    explorer.live.reveal = 40
    (x, y), (b, *w) = NG, run.end
    mistakes = np.sum((b + np.array(x) @ w > 0) != y)
    assert readout(explorer.live) == pytest.approx([40, b, *w, run.loss[-1], mistakes], rel=1e-6)
    explorer.live.still()
    said = []
    for line in artists(explorer, "level", 0):
        x, y = line.get_data()
        said.append(expit(run.end[0] + run.end[1] * x + run.end[2] * y))
    assert np.sort(said, axis=0) == pytest.approx(np.array([[0.1] * 2, [0.5] * 2, [0.9] * 2]))


def test_where_nothing_is_decided_yet_there_is_no_line(explore):
    explorer = explore(gd.LogisticRegression(*NG), reveal=0)
    explorer.live.still()
    assert all(np.isnan(line.get_data()).all() for line in artists(explorer, "level", 0))
    (shade,) = artists(explorer, "ramp", 0)
    assert (shade.get_array() == 0.5).all()


def test_the_data_of_two_inputs_can_be_dragged(explore):
    explorer = explore(gd.LogisticRegression(*OVERLAP), steps=10)
    point(explorer.live, 1.9, 0.9, axes=0, press=1)
    point(explorer.live, 0.5, 1.5, axes=0, press=1)
    moved = np.array(OVERLAP[0], float)
    moved[4] = 0.5, 1.5
    assert np.array_equal(explorer.surface.x, moved)
    assert list(explorer.surface.y) == OVERLAP[1]


def test_a_rule_that_paces_itself_has_rates_without_a_domain(explore):
    explorer = explore(gd.LogisticRegression(*OVERLAP), rule=gd.Adam(), learning_rate=0.1)
    assert explorer.live.problem == ""
    assert explorer.learning_rate == 0.1


# Dragging data


def test_a_drag_holds_its_point_past_others_and_the_axes_hold_still(explore):
    explorer = explore(gd.LinearRegression(X, Y), steps=20)
    before = limits(explorer, 0), limits(explorer, 1)
    for y in (5.9, 5, 4):
        point(explorer.live, 3.9 - (6 - y) / 2, y, axes=1, press=111)  # ends at the third point
    assert np.array_equal(explorer.surface.x, [1, 2, 3, 2.9])
    assert np.array_equal(explorer.surface.y, [2, 3, 5, 4])
    point(explorer.live, 1, 2.5, axes=1, press=222)
    assert explorer.surface.y[0] == 2.5
    assert (limits(explorer, 0), limits(explorer, 1)) == before


def test_the_valley_stays_in_the_picture(explore):
    explorer = explore(gd.LinearRegression(X, Y), steps=20)
    before = limits(explorer, 0)
    point(explorer.live, 4, 5, axes=1, press=1)
    assert limits(explorer, 0) == before
    point(explorer.live, 4, -20, axes=1, press=1)
    left, right, low, high = limits(explorer, 0)
    ((intercept, slope),) = explorer.surface.minima
    assert left < intercept < right
    assert low < slope < high


def test_a_drag_shows_one_run_and_all_when_the_hand_rests(explore):
    explorer = explore(gd.LinearRegression(X, Y), steps=20)
    point(explorer.live, 4, 4, axes=1, press=1)
    assert not explorer.live.whole
    assert same(path(explorer), explorer.descent.path)
    assert explorer.live.caption == explorer.descent.explain()
    rest(explorer)
    assert explorer.live.whole
    for explorer.live.frame in range(0, 121, 20):
        rate = rates(explorer)[explorer.live.frame]
        run = gd.descend(explorer.surface, explorer.start, rate, steps=20)
        assert same(path(explorer), run.path)


def test_reset_puts_the_data_back(explore):
    explorer = explore(gd.LinearRegression(X, Y), scaling=True)
    before = limits(explorer, 0)
    explorer.panels[0].switch.value = True
    point(explorer.live, 4, 4, axes=1, press=1)
    explorer.reset()
    assert np.array_equal(explorer.surface.x, X)
    assert np.array_equal(explorer.surface.y, Y)
    assert not explorer.panels[0].switch.value
    assert limits(explorer, 0) == before
    assert same(path(explorer), explorer.descent.path)


@pytest.mark.parametrize(
    ("model", "pointers", "words"),
    [
        (gd.LinearRegression([1, 2], [3, 4]), [(1, 3), (2, 3)], "x is constant, 2 in every row"),
        (gd.LogisticRegression(X, [0, 0, 0, 1]), [(4, 0.9), (4, 0.1)], "one class only"),
    ],
    ids=["equal inputs", "one class"],
)
@pytest.mark.parametrize("scaling", [False, True])
def test_data_that_no_model_learns_from_are_said_and_the_last_good_stay(
    explore, model, pointers, words, scaling
):
    explorer = explore(model, scaling=scaling)
    if scaling:
        explorer.panels[0].switch.value = True
    point(explorer.live, *pointers[0], axes=1, press=1)
    good, picture = explorer.surface, current(explorer.live)
    point(explorer.live, *pointers[1], axes=1, press=1)
    assert words in explorer.live.caption
    assert explorer.surface is good
    assert current(explorer.live) == picture
    point(explorer.live, *pointers[0], axes=1, press=1)
    assert explorer.live.problem == ""


@pytest.mark.parametrize("model", [gd.LogisticRegression(*APART), gd.LogisticRegression(*NG)])
def test_separable_data_never_come_to_rest_and_the_caption_says_why(explore, model):
    explorer = explore(model, steps=100, learning_rate=1)
    assert explorer.descent.outcome == "still moving"
    assert "no minimum" in explorer.live.caption


# Standardized inputs


def test_the_checkbox_changes_the_valley_and_neither_the_data_nor_the_line(explore):
    geyser = gd.data("geyser")
    x, y = geyser["duration"], geyser["waiting"]
    explorer = explore(gd.LinearRegression(x, y), start=(10, 5), steps=400, scaling=True)
    (panel,) = explorer.panels
    mean, square = x.mean(), (x**2).mean()
    raw = np.linalg.cond([[1, mean], [mean, square]])
    assert f"<b>raw {raw:.3g}</b>, standardized 1 " in panel.valley.value
    before, data = explorer.learning_rate, limits(explorer, 1)
    line = predicted(explorer)[1]
    panel.switch.value = True
    assert f"raw {raw:.3g}, <b>standardized 1</b> " in panel.valley.value
    assert explorer.surface.hessian((0, 0)) == pytest.approx(np.eye(2))
    assert limits(explorer, 1) == data
    assert predicted(explorer)[1][0] == pytest.approx(line[0], rel=1e-5)  # the first line
    assert predicted(explorer)[1][-1] == pytest.approx(np.polyval(np.polyfit(x, y, 1), data[:2]))
    left, right, low, high = limits(explorer, 0)
    box = explorer.live.figure.axes[0].get_window_extent()
    assert (right - left) / (high - low) == pytest.approx(box.width / box.height, rel=1e-3)
    explorer.learning_rate = 0.5
    panel.switch.value = False
    assert explorer.surface.x == pytest.approx(x, rel=1e-14)
    assert explorer.learning_rate == before
    assert explorer.start == pytest.approx((10, 5))
    panel.switch.value = True
    assert explorer.learning_rate == 0.5


def test_a_point_dragged_on_scaled_inputs_is_where_it_was_dropped(explore):
    explorer = explore(gd.LinearRegression(X, Y), scaling=True)
    explorer.panels[0].switch.value = True
    point(explorer.live, 4, 5.5, axes=1, press=1)
    point(explorer.live, 3.5, 5.5, axes=1, press=1)
    dropped = np.array([1, 2, 3, 3.5])
    assert explorer.surface.x == pytest.approx((dropped - dropped.mean()) / dropped.std())
    explorer.panels[0].switch.value = False
    assert explorer.surface.x == pytest.approx(dropped)


@pytest.mark.parametrize("model", [gd.LinearRegression, gd.LogisticRegression])
def test_inputs_may_stand_in_a_column_of_their_own(explore, model):
    explorers = [explore(model(x, LABELS), scaling=True, steps=10) for x in (X, X[:, np.newaxis])]
    for one in explorers:
        one.panels[0].switch.value = True
        point(one.live, 4, 0.9, axes=1, press=1)
        point(one.live, 3.5, 0.9, axes=1, press=1)
    flat, column = explorers
    assert flat.live.problem == column.live.problem == ""
    assert column.panels[0].valley.value == flat.panels[0].valley.value
    assert np.array_equal(column.surface.x.ravel(), flat.surface.x)
    assert np.array_equal(column.surface.y, flat.surface.y)
    assert same(path(column), path(flat))


# Schedules, batches, and what they cost


def test_a_schedule_is_that_of_descend_and_stands_in_the_menu(explore):
    model = cloud_of_points()
    explorer = explore(model, batch_size=4, steps=50, schedule=gd.inverse_time(20))
    batches = gd.minibatches(model.n, 4)
    run = gd.descend(
        model,
        (0, 0),
        explorer.learning_rate,
        steps=50,
        batches=batches,
        schedule=gd.inverse_time(20),
    )
    assert same(path(explorer), run.path)
    (panel,) = explorer.panels
    assert panel.schedule.value == "inverse_time(20)"
    panel.schedule.value = "cosine"
    assert explorer.descent.schedule(50) == 0
    explorer.steps_slider.value = 80
    assert explorer.descent.schedule(50) > 0
    assert explorer.descent.schedule(80) == 0
    explorer.steps = 60  # set in code, it follows too
    assert explorer.descent.schedule(60) == 0
    panel.schedule.value = "constant"
    assert explorer.descent.schedule is None
    explorer.reset()
    assert panel.schedule.value == "inverse_time(20)"


def test_a_schedule_needs_no_batches(explore):
    explorer = explore("himmelblau", schedule=gd.cosine(40))
    run = gd.descend(explorer.surface, explorer.start, 0.01, steps=40, schedule=gd.cosine(40))
    assert same(path(explorer), run.path)
    (panel,) = explorer.panels
    assert panel.children == (panel.schedule,)


@pytest.mark.parametrize("seeds", [1, 5])
def test_the_loss_can_be_counted_by_rows(explore, seeds):
    model = cloud_of_points(50)
    explorer = explore(model, batch_size=8, steps=20, cost="rows", seeds=seeds)
    (panel,) = explorer.panels
    end = limits(explorer, 1)[1]
    assert end == 160
    for size in (8, 1, 50):
        panel.size.value = size
        cost, loss = follows(explorer, "trail")
        per_epoch = -(-50 // size)
        expected = [k // per_epoch * 50 + min(k % per_epoch * size, 50) for k in range(21)]
        assert list(cost.ravel()) == expected
        assert loss.shape[-1] == 21
        assert limits(explorer, 1)[1] == end
    panel.cost.value = "steps"
    assert limits(explorer, 1)[1] == 20
    assert list(follows(explorer, "trail")[0].ravel()) == list(range(21))
    explorer.reset()
    assert panel.cost.value == "rows"
    assert limits(explorer, 1)[1] == end


def test_the_readout_counts_rows_too(explore):
    explorer = explore(cloud_of_points(50), batch_size=8, steps=20)
    assert "step {step} ({rows} rows)" in explorer.live.scene["readout"]
    explorer.live.reveal = 7
    assert readout(explorer.live)[:2] == [7, 50]


def test_a_cloud_says_how_large_the_noise_ball_is(explore):
    model = cloud_of_points()
    explorer = explore(model, batch_size=4, seeds=40, steps=60, learning_rate=0.2)
    ends = explorer.descent.end - np.reshape(model.minima[0], (2, 1))
    size = np.sqrt((ends**2).sum(axis=0).mean())
    assert f"60 steps of 4 rows, 40 runs end about {size:.3g} from the minimum" in (
        explorer.live.caption
    )
    assert "noise ball stays" in explorer.live.caption
    explorer.change(schedule=gd.inverse_time(30))
    faded = 0.2 / (1 + 59 / 30)
    assert f"faded to {faded:.3g}" in explorer.live.caption
    explorer.change(schedule=None, batch_size=model.n)
    assert "no noise" in explorer.live.caption
    explorer.change(batch_size=1, learning_rate=1.8)
    assert re.search(r"At learning rate 1.8, \d+ of 40 runs diverged", explorer.live.caption)


def test_a_cloud_over_separable_data_goes_on_for_ever(explore):
    explorer = explore(gd.LogisticRegression(*APART), batch_size=1, seeds=10)
    assert "no minimum" in explorer.live.caption
    assert "noise ball" not in explorer.live.caption


def test_noise_that_ends_a_bit_higher_than_it_began_is_no_divergence(explore):
    explorer = explore(gd.LogisticRegression(*OVERLAP), learning_rate=1, batch_size=2)
    run = explorer.descent
    assert run.loss[0] < run.loss[-1] < 1
    assert "wanders" in explorer.live.caption


def test_runs_that_have_not_arrived_are_no_ball(explore):
    explorer = explore(cloud_of_points(), batch_size=64, seeds=20, steps=5, learning_rate=0.1)
    assert "still on their way" in explorer.live.caption


# What does not fit


@pytest.mark.parametrize(
    ("model", "options", "words"),
    [
        ("bowl", {"scaling": True}, ["scaling", "bowl", "LinearRegression(x, y)"]),
        ("bowl", {"cost": "rows"}, ["cost", "bowl", "LinearRegression(x, y)"]),
        ("bowl", {"beside": "data"}, ["beside", "bowl", "LinearRegression(x, y)"]),
        (gd.LinearRegression(X, Y), {"cost": "money"}, ["cost", "'money'", "steps, rows"]),
        (gd.LogisticRegression(*NG), {"scaling": True}, ["scaling", "single input"]),
        (gd.LogisticRegression(*NG), {"beside": "data"}, ["3 dimension", "2"]),
        (gd.LogisticRegression(*NG), {"batch_size": 2, "seeds": 3}, ["3 dimension", "2"]),
        (gd.LinearRegression(NG[0], [1, 2, 3, 4, 5, 7]), {}, ["3 parameters", "one input"]),
    ],
)
def test_options_that_do_not_fit_are_refused(model, options, words):
    with pytest.raises(ValueError) as caught:
        gd.explore(model, **options)
    for word in words:
        assert word in str(caught.value)


def test_another_model_starts_afresh_and_a_surface_is_refused(explore):
    explorer = explore(gd.LinearRegression(X, Y), scaling=True)
    explorer.panels[0].switch.value = True
    point(explorer.live, 4, 4, axes=1, press=1)
    other = gd.LinearRegression(10 * X, -Y)
    explorer.surface = other
    assert explorer.surface is other
    assert not explorer.panels[0].switch.value
    left, right, low, high = limits(explorer, 1)
    assert left < 10 < 40 < right
    assert low < -6 < -2 < high
    with pytest.raises(ValueError, match="bowl"):
        explorer.surface = "bowl"
    assert explorer.surface is other


# What the data are called


NAMED = gd.LinearRegression(X, Y, names=("age (days)", "size (mm)"))


def labels(explorer):
    """Return what the axes of a figure are called."""
    return [(ax.get_xlabel(), ax.get_ylabel()) for ax in explorer.live.figure.axes]


def test_axes_have_the_names_and_units_of_the_data(explore):
    plane, beside = labels(explore(NAMED))
    assert plane == ("intercept (mm)", "slope (mm per days)")
    assert beside == ("age (days)", "size (mm)")


def test_without_names_axes_say_what_is_learned(explore):
    assert labels(explore(gd.LinearRegression(X, Y))) == [
        ("intercept", "slope"),
        ("input", "target"),
    ]


def test_a_probability_is_that_of_the_label_by_its_name(explore):
    model = gd.LogisticRegression(X, LABELS, names=("age (days)", "ripe"))
    plane, beside = labels(explore(model))
    assert plane == ("intercept", "slope")
    assert beside == ("age (days)", "probability of ripe")


def test_names_stay_when_a_point_is_dragged_and_when_the_input_is_scaled(explore):
    explorer = explore(NAMED, scaling=True)
    point(explorer.live, 2.0, 9.0, axes=1)
    rest(explorer)
    assert 9.0 in explorer.surface.y
    assert labels(explorer)[1] == ("age (days)", "size (mm)")
    explorer.panels[0].switch.value = True
    plane, beside = labels(explorer)
    assert plane == ("intercept (mm)", "slope (mm per spread)")
    assert beside == ("age (days)", "size (mm)")


def test_readouts_and_sliders_keep_their_names(explore):
    explorer = explore(NAMED)
    assert explorer.live.scene["read"] == ["step", "x", "y", "loss"]
    sliders = [slider.description for slider in explorer.start_sliders.children]
    assert sliders == ["start intercept", "start slope"]


def test_swatches_say_what_labels_and_lines_mean(explore):
    def key(model):
        legend = explore(model).live.figure.axes[0].get_legend()
        return [text.get_text() for text in legend.get_texts()]

    lines = ["probability 0.5", "0.1 and 0.9"]
    assert key(gd.LogisticRegression(*NG)) == [*lines, "label 0", "label 1"]
    named = gd.LogisticRegression(*NG, names=("long (cm)", "wide (cm)", "ripe"))
    assert key(named) == [*lines, "not ripe", "ripe"]
    ax = explore(named).live.figure.axes[0]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("long (cm)", "wide (cm)")


@pytest.mark.parametrize(
    ("x", "y", "seen"), [(X, Y, True), (np.add(X, 100), Y, False), (-np.array(X), Y, True)]
)
def test_the_height_over_input_0_is_seen_unless_the_data_lie_far_from_it(explore, x, y, seen):
    """There a line turns when its slope changes: its height is the intercept."""
    low, high = explore(gd.LinearRegression(x, y)).live.figure.axes[1].get_xlim()
    assert (low < 0 < high) == seen
    assert low < min(x) and max(x) < high


def test_a_probability_is_read_from_0_to_1(explore):
    ticks = explore(gd.LogisticRegression(X, LABELS)).live.figure.axes[1].get_yticks()
    assert (min(ticks), max(ticks)) == (0, 1)


def test_mistakes_are_counted_at_every_step(explore):
    explorer = explore(gd.LogisticRegression(X, LABELS), steps=30)
    run = explorer.setting.run
    scores = run.path[:, :1] + run.path[:, 1:] * np.array(X)
    right = np.where(LABELS, scores > 0, scores < 0)
    assert (column(explorer.live, "mistakes") == (~right).sum(axis=1)).all()
    assert explorer.live.scene["readout"].endswith(f"mistakes = {{mistakes}} of {len(X)}")


def test_nothing_is_promised_of_steps_that_look_at_some_rows(explore):
    """Smooth or best with all rows, a rate may explode with one."""
    model = gd.LinearRegression(np.linspace(-2, 2, 30), np.cos(np.arange(30)))
    ruler = explore(model, batch_size=1).rate.ruler
    ((_, told),) = ruler.marks
    assert told == f"limit of all rows {gd.stable_limit(model, (0, 0)):.3g}"
    assert ruler.zones == []
    assert explore(model).rate.ruler.zones != []
