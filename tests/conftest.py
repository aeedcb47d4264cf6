"""What tests of explorers share."""

import pytest

import gdviz as gd
from tests.packets import widgets


@pytest.fixture
def explore():
    """`gd.explore`; what it opens is closed at the end, and no widget outlives it."""
    opened, before = [], widgets()

    def explore(*surface, **options):
        opened.append(gd.explore(*surface, **options))
        return opened[-1]

    yield explore
    for explorer in opened:
        explorer.close()
    assert widgets() == before
