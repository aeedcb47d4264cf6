"""A matplotlib figure whose marks the browser draws, and controls. Knows no gradient descent."""
