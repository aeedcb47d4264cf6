"""Gradient descent you can hold: the helper package behind the lessons."""
