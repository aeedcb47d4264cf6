"""Lessons as pages that need no kernel: `python -m gdviz.page notebooks SITE`."""
