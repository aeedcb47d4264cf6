"""Fixtures: one JupyterLab for the run, one browser and one window per file.

A test with ``@pytest.mark.window(width=390, height=844, scale=2, dark=True, touch=True)`` gets a
window of its own.
"""

import os
from contextlib import ExitStack

import pytest

from tests.browser.lab import open_lab
from tests.browser.processes import NoBrowserError, chromium, jupyter_server


def pytest_configure(config):
    config.addinivalue_line("markers", "window(**options): how `lab` opens (see lab.open_lab)")


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """JupyterLab on the Python that runs the tests."""
    with jupyter_server(tmp_path_factory.mktemp("jupyter") / "lab") as running:
        yield running


# Not for the whole run: while Playwright is on, its event loop keeps others from running.
@pytest.fixture(scope="module")
def browser():
    """A headless browser; without one these tests are skipped, or fail where they are required."""
    try:
        with chromium() as running:
            yield running
    except NoBrowserError as missing:
        if os.environ.get("CI") or os.environ.get("GDVIZ_REQUIRE_BROWSER"):
            pytest.fail(str(missing), pytrace=False)
        pytest.skip(str(missing))


@pytest.fixture(scope="module")
def window(server, browser):
    """The JupyterLab window that the tests of a file share."""
    with open_lab(browser, server) as opened:
        yield opened


@pytest.fixture
def lab(request, server, browser):
    """JupyterLab without a notebook; an error logged in its page fails the test."""
    with ExitStack() as stack:
        if mark := request.node.get_closest_marker("window"):
            opened = stack.enter_context(open_lab(browser, server, **mark.kwargs))
        else:
            opened = request.getfixturevalue("window")
            stack.callback(opened.close_notebooks)
        yield opened
        errors, opened.errors = opened.errors, []
        assert not errors, "the page logged errors:\n" + "\n".join(errors)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item):
    """Show a failed test's window, its page's errors and the server's log."""
    report = yield
    lab = getattr(item, "funcargs", {}).get("lab")
    if lab and report.when == "call" and report.failed:
        server = item.funcargs["server"]
        picture = server.log.with_name(f"{item.name}.png")
        lab.page.screenshot(path=picture)
        report.sections.append(("JupyterLab's window", str(picture)))
        report.sections.append(("Errors in the page", "\n".join(lab.errors) or "none"))
        report.sections.append(("JupyterLab's log", server.log_tail()))
    return report
