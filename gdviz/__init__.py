"""Gradient descent you can hold: the helper package behind the lessons.

>>> import gdviz as gd
>>> run = gd.descend(gd.surfaces.parabola, start=10, learning_rate=0.2, steps=10)
>>> run.end.round(6)
array([0.060466])
"""

from .agreement import agrees_with
from .batches import minibatches
from .controls import progress_bar
from .data import data, standardize
from .descent import Descent, Stop, descend
from .exercises import Challenge, Prediction, predict
from .explorers import Explorer, explore
from .live import Live
from .models import LinearRegression, LogisticRegression
from .network import Network
from .rules import AdaGrad, Adam, GradientDescent, Momentum, Nesterov, RMSProp
from .schedules import constant, cosine, inverse_time, step_decay
from .settle import settle
from .surfaces import Surface, surfaces, valley
from .taylor import taylor
from .theory import best_rate, convergence_rate, regime, stable_limit

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
    "surfaces",
    "taylor",
    "valley",
]
