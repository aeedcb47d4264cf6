"""Predictions and challenges that check themselves."""
