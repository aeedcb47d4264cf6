"""What all tests share: how they use the machine, and explorers that close."""

import gc
import os

import pytest

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # each core has tests of its own; before NumPy looks

import gdviz as gd
from tests.packets import widgets


def pytest_collection_finish():
    """Keep what is there before the first test out of every search for garbage: it is large."""
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_xdist_auto_num_workers():
    """One process more than there are cores: a browser's tests wait for much of their time."""
    return (yield) + 1


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
