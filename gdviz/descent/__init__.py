"""How a run goes, and what is said of it."""
