"""How runs last moved, and what is made of it; situations by name are in test_descent."""

import numpy as np
import pytest

import gdviz as gd
from gdviz.descent.outcome import CODES, LEFT, MOVING, OUTCOMES, TAIL, classify, motion


def tail(*columns):
    """Return the last points of some one-dimensional runs: (m + 1, 1, n)."""
    return np.transpose(columns).astype(float)[:, np.newaxis]


K = np.arange(TAIL + 1)


@pytest.mark.parametrize(
    "points, bouncing, growing",
    [
        (K * 0.5, False, False),  # ever on, with steps of one length
        (0.9**K, False, False),
        (1.1**K, False, True),
        ((-1.0) ** K, True, False),
        ((-0.5) ** K, False, False),  # to and fro, but settling
        ((-1.1) ** K, True, True),
        ((-0.999) ** K, True, False),
        (np.tile([0, 1, 3], 7), True, False),  # round a cycle of three
        (np.zeros(TAIL + 1), False, False),
        (np.r_[np.zeros(TAIL), 1], False, True),
    ],
)
def test_how_a_run_last_moved(points, bouncing, growing):
    last, bounces, grows = motion(tail(points))
    assert last == pytest.approx([abs(points[-1] - points[-2])])
    assert (bool(bounces[0]), bool(grows[0])) == (bouncing, growing)


def test_only_the_tail_counts():
    calm_after_all = np.r_[100 * (-1.0) ** np.arange(50), np.zeros(TAIL + 1)]
    last, bounces, grows = motion(tail(calm_after_all))
    assert (last[0], bounces[0], grows[0]) == (0, False, False)


@pytest.mark.parametrize("m", [0, 1, 2, 3])
def test_too_few_steps_for_a_judgement_of_bouncing(m):
    last, bounces, grows = motion(tail((-2.0) ** np.arange(m + 1), np.zeros(m + 1)))
    assert last.tolist() == [3 * 2.0 ** (m - 1) if m else 0, 0]
    assert bounces.tolist() == [False, False]
    assert grows.tolist() == [m > 1, False]


def test_runs_side_by_side_do_not_mix():
    rng = np.random.default_rng(0)
    points = rng.normal(size=(TAIL + 1, 2, 50)).cumsum(axis=0)
    together = motion(points)
    for i in range(50):
        alone = motion(points[:, :, [i]])
        for one, many in zip(alone, together, strict=True):
            assert one[0] == many[i]


def judge(surface, start, end, last=0.0, bouncing=False, growing=False, ending=MOVING):
    """Return what happened to one run, in a word; its last step had this length."""
    start, end = (np.reshape(np.asarray(w, float), (-1, 1)) for w in (start, end))
    updates = np.full(TAIL, last) * (-1.0) ** (K[1:] * bouncing) * 1.1 ** ((K[1:] - TAIL) * growing)
    back = updates.sum() - np.cumsum([0, *updates])
    points = end - back[:, np.newaxis, np.newaxis]
    return OUTCOMES[classify(surface, np.array([ending]), start, end, points)[0]]


PARABOLA = gd.surfaces.parabola  # its diagonal is 22


@pytest.mark.parametrize(
    "end, moved, happened",
    [
        (0, {}, "reached a minimum"),
        (0.02, {}, "reached a minimum"),  # within a thousandth of the diagonal
        (0.03, {"last": 1e-9}, "still moving"),
        (0.03, {}, "standing still"),
        (0.02, {"last": 1}, "still moving"),  # passing through
        (5, {"last": 10, "bouncing": True}, "bouncing"),
        (5, {"last": 1e-3, "bouncing": True}, "still moving"),  # too little to be seen
        (100, {"last": 10, "growing": True}, "diverged"),
        (20, {"last": 10, "growing": True}, "still moving"),  # not far outside
        (1e3, {"last": 10}, "still moving"),  # far outside, on its way back
    ],
)
def test_at_a_place_of_the_parabola(end, moved, happened):
    assert judge(PARABOLA, 10, end, **moved) == happened


@pytest.mark.parametrize("name", OUTCOMES[1:5])
def test_a_criterion_that_was_met_is_kept(name):
    for end in (0, 10, 1e9):
        assert judge(PARABOLA, 10, end, ending=CODES[name]) == name


def test_runs_that_left_all_bounds_or_the_domain():
    log = gd.Surface.from_formula("log(x)", domain=(0, 5))
    assert judge(PARABOLA, 10, 1e15, ending=LEFT) == "diverged"
    assert judge(log, 1, 1e15, ending=LEFT) == "diverged"
    assert judge(log, 1, 0, ending=LEFT) == "left the domain"
    for end in (-1e-3, -1, -1e3, -1e15):
        assert judge(log, 1, end, ending=LEFT) == "left the domain"
        assert judge(log, 1, end, ending=MOVING) == "left the domain"


@pytest.mark.parametrize("text", ["x**20 - x**19", "exp(2*x) - exp(x)", "exp(x**2) - exp(x**2/2)"])
@pytest.mark.parametrize("end", [1e3, 1e17, 1e80, 1e300])
def test_numbers_that_end_are_no_edge(text, end):
    surface = gd.Surface.from_formula(text)
    assert judge(surface, 2, end, ending=LEFT) == "diverged"


@pytest.mark.parametrize("text", ["sqrt(4 - x)", "log(4 - x)", "arcsin(x/4)"])
@pytest.mark.parametrize("end", [5, 1e3, 1e17, 1e300])
def test_an_edge_is_one_however_far_a_run_leaps_over_it(text, end):
    surface = gd.Surface.from_formula(text)
    assert judge(surface, 2, end, ending=LEFT) == "left the domain"


class Model:
    """Half the squared length of w, of five coordinates: no domain, no picture."""

    dimension = 5

    def value(self, w):
        return (w**2).sum(axis=0) / 2

    def gradient(self, w):
        return 1.0 * w


class CurvedModel(Model):
    def hessian(self, w):
        return np.broadcast_to(np.eye(5).reshape(5, 5, *(1,) * (w.ndim - 1)), (5, *w.shape))


@pytest.mark.parametrize("model", [Model(), CurvedModel()])
def test_a_model_without_a_picture(model):
    start = np.arange(1.0, 6.0)
    runs = gd.descend(model, start, [1e-6, 0.3, 1.0, 2.0, 2.1, 20], steps=60)
    assert runs.outcome.tolist() == [
        "still moving",
        "reached a minimum",
        "reached a minimum",
        "bouncing",
        "diverged",
        "diverged",
    ]
    assert [len(sentence) <= 260 for sentence in runs.explanations()]


def test_none_at_all():
    none = np.zeros((1, 0))
    tail = np.zeros((3, 1, 0))
    assert classify(PARABOLA, np.zeros(0, int), none, none, tail).tolist() == []


def test_codes_are_places_in_outcomes():
    assert [OUTCOMES[code] for code in CODES.values()] == list(CODES)
    assert OUTCOMES[0] == "still moving"
    criteria = ["gradient norm", "loss", "loss change", "step"]
    assert list(OUTCOMES[1:5]) == [f"stopped: {each}" for each in criteria]
