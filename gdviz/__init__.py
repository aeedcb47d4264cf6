"""Gradient descent you can hold: the helper package behind the lessons.

>>> import gdviz as gd
>>> run = gd.descend(gd.surfaces.parabola, start=10, learning_rate=0.2, steps=10)
>>> run.end.round(6)
array([0.060466])
"""

from .controls import progress_bar
from .descent import Descent, Stop, descend
from .exercises import Challenge, Prediction, predict
from .explorers import Explorer, explore
from .live import Live
from .rules import AdaGrad, Adam, GradientDescent, Momentum, Nesterov, RMSProp
from .settle import settle
from .surfaces import Surface, surfaces, valley
from .theory import best_rate, convergence_rate, regime, stable_limit

__all__ = [
    "AdaGrad",
    "Adam",
    "Challenge",
    "Descent",
    "Explorer",
    "GradientDescent",
    "Live",
    "Momentum",
    "Nesterov",
    "Prediction",
    "RMSProp",
    "Stop",
    "Surface",
    "best_rate",
    "convergence_rate",
    "descend",
    "explore",
    "predict",
    "progress_bar",
    "regime",
    "settle",
    "stable_limit",
    "surfaces",
    "valley",
]
