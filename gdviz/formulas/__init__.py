"""A text becomes a graph; the graph gives slopes, curvatures, NumPy code and LaTeX."""
