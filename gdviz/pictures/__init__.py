"""What is drawn: axes, marks, views. Computes no run, makes no setting, knows no widget."""
