"""Colours that mean something are told apart by everybody, also who lacks a kind of cone.

How they look then is simulated as in G. M. Machado, M. M. Oliveira and L. A. F. Fernandes, "A
Physiologically-based Model for Simulation of Color Vision Deficiency", IEEE TVCG 15 (2009), table 1
at severity 1: matrices on linear RGB. Distances are in CIELAB, where 2.3 is just noticeable.
"""

from itertools import combinations

import numpy as np
import pytest
from matplotlib.colors import to_hex, to_rgb

import gdviz as gd
from gdviz.pictures import style

APART = 10
SIGHT = {
    "all cones": np.eye(3),
    "no long ones": [
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ],
    "no middle ones": [
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ],
    "no short ones": [
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ],
}
TO_XYZ = np.array(
    [
        (0.4124564, 0.3575761, 0.1804375),
        (0.2126729, 0.7151522, 0.0721750),
        (0.0193339, 0.119192, 0.9503041),
    ]
)
EVERY_RULE = [
    gd.GradientDescent(), gd.Momentum(0.5), gd.Nesterov(0.5), gd.AdaGrad(), gd.RMSProp(), gd.Adam(),
]  # fmt: skip


def linear(colour):
    """Return a colour as amounts of light (sRGB)."""
    given = np.array(to_rgb(colour))
    return np.where(given <= 0.04045, given / 12.92, ((given + 0.055) / 1.055) ** 2.4)


def lab(light):
    """Return light as CIELAB has it, under daylight (D65)."""
    share = TO_XYZ @ np.clip(light, 0, 1) / TO_XYZ.sum(axis=1)
    x, y, z = np.where(share > 216 / 24389, np.cbrt(share), (24389 / 27 * share + 16) / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def nearest(colours, sight):
    """Return how far apart the two of these colours are that look most alike, and which."""
    seen = {colour: lab(np.array(SIGHT[sight]) @ linear(colour)) for colour in colours}
    pairs = combinations(seen, 2)
    return min((np.linalg.norm(seen[a] - seen[b]), a, b) for a, b in pairs)


def of_rules():
    """Return the colours in which the losses of all rules are drawn in a race."""
    explorer = gd.explore("bowl", race=dict.fromkeys(EVERY_RULE, 0.1), steps=3)
    losses = [mark for mark in explorer.live.marks if mark.columns[-1].endswith("loss")]
    found = {to_hex(mark.artist.get_color()) for mark in losses if mark.follow == "trail"}
    explorer.close()
    assert len(found) == len(EVERY_RULE)
    return found


MEANINGS = {
    "what a rate does": style.REGIME_COLOURS.values,
    "what a rate does to a training": style.ZONE_COLOURS.values,
    "what came of runs": style.OUTCOME_COLOURS.values,
    "the labels of rows": lambda: style.LABELS,
    "the rules of a race": of_rules,
}


@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize("meaning", MEANINGS)
def test_colours_are_told_apart_by_everybody(meaning, sight):
    distance, *pair = nearest({*MEANINGS[meaning]()}, sight)
    assert distance > APART, pair


def test_the_simulation_finds_what_is_known_to_be_confused():
    """A red and a green, told apart by all but those who lack one of two kinds of cones."""
    confused = {sight: nearest(["#c00000", "#6a6200"], sight)[0] for sight in SIGHT}
    assert confused["all cones"] > 50 and confused["no short ones"] > 50
    assert min(confused["no long ones"], confused["no middle ones"]) < APART
