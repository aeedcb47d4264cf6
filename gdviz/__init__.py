"""Gradient descent you can hold: the helper package behind the lessons.

>>> import gdviz as gd
>>> run = gd.descend(gd.surfaces.parabola, start=10, learning_rate=0.2, steps=10)
>>> run.end.round(6)
array([0.060466])
"""

import gc
from importlib import import_module

from .descent.curvature import best_rate, convergence_rate, regime, stable_limit
from .descent.minibatches import minibatches
from .descent.rules import AdaGrad, Adam, GradientDescent, Momentum, Nesterov, RMSProp, Rule
from .descent.run import Descent, descend
from .descent.schedules import constant, cosine, inverse_time, step_decay
from .descent.settle import settle
from .descent.stop import Stop
from .exercises.agreement import agrees_with
from .formulas.taylor import taylor
from .losses.datasets import data, standardize
from .losses.gallery import surfaces, valley
from .losses.network import Network
from .losses.regression import LinearRegression, LogisticRegression
from .losses.surface import Surface

LATER = {  # what is seen needs matplotlib and widgets: they wait until it is asked for
    "Challenge": "exercises.questions",
    "Explorer": "explorers.explorer",
    "Live": "live.live",
    "Prediction": "exercises.questions",
    "explore": "explorers.explorer",
    "predict": "exercises.questions",
    "progress_bar": "live.controls",
    "summary": "exercises.record",
}

__all__ = [
    "AdaGrad",
    "Adam",
    "Challenge",
    "Descent",
    "Explorer",
    "GradientDescent",
    "LinearRegression",
    "Live",
    "LogisticRegression",
    "Momentum",
    "Nesterov",
    "Network",
    "Prediction",
    "RMSProp",
    "Rule",
    "Stop",
    "Surface",
    "agrees_with",
    "best_rate",
    "constant",
    "convergence_rate",
    "cosine",
    "data",
    "descend",
    "explore",
    "inverse_time",
    "minibatches",
    "predict",
    "progress_bar",
    "regime",
    "settle",
    "stable_limit",
    "standardize",
    "step_decay",
    "summary",
    "surfaces",
    "taylor",
    "valley",
]


def __getattr__(name):
    """Return a public name from the room that makes it, imported when it is first asked for."""
    if name not in LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    collecting = gc.isenabled()
    gc.disable()  # all that is imported stays: no need to go over it again and again
    try:
        globals()[name] = getattr(import_module(f".{LATER[name]}", __name__), name)
    finally:
        gc.freeze()
        gc.unfreeze()  # among the oldest
        if collecting:
            gc.enable()
    return globals()[name]


def __dir__():
    return __all__
