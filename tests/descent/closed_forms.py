"""What descent on a quadratic comes to, by formula instead of by steps.

Source: Goh (2017), Why Momentum Really Works, Distill.
"""

import math

import numpy as np


def best_momentum(smallest, largest):
    """Return the learning rate and the beta with which momentum converges fastest.

    (2 / (sqrt(smallest) + sqrt(largest)))**2 and ((sqrt(k) - 1) / (sqrt(k) + 1))**2, where k is the
    condition number; each step then leaves the share sqrt(beta).
    """
    root = math.sqrt(largest / smallest)
    rate = (2 / (math.sqrt(smallest) + math.sqrt(largest))) ** 2
    return rate, ((root - 1) / (root + 1)) ** 2


def quadratic_path(matrix, slope, start, learning_rate, steps):
    """Return the path of plain gradient descent: (steps + 1, d).

    Along each principal direction the slope shrinks by 1 - learning_rate * curvature per step.
    matrix (d, d) is the curvature, slope (d,) the gradient at the start (d,).
    """
    values, directions = np.linalg.eigh(matrix)
    k = np.arange(steps + 1)[:, np.newaxis]
    flat = values == 0
    curved = np.where(flat, 1.0, values)
    reach = np.where(flat, k * learning_rate, (1 - (1 - learning_rate * curved) ** k) / curved)
    return start - (reach * (directions.T @ slope)) @ directions.T
