"""A real JupyterLab in a real browser, driven in words that a test can be read by.

Nothing here knows pytest: the fixtures are in ``conftest.py``, and benchmarks use these
names directly::

    with jupyter_server(folder) as server, chromium() as browser:
        with open_lab(browser, server) as lab:
            lab.open("00-start-here")
            lab.run_all()
"""

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

import nbformat
from playwright.sync_api import Browser, Error, Locator, Page

from tests.browser.processes import Server

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
PAGE_SCRIPT = Path(__file__).with_name("lab.js")


@contextmanager
def open_lab(
    browser: Browser,
    server: Server,
    *,
    port: int | None = None,
    width: int = 1280,
    height: int = 900,
    scale: float = 1,
    dark: bool = False,
    touch: bool = False,
) -> Iterator["Lab"]:
    """Open JupyterLab in a fresh window; at the end close it and stop the kernels since started.

    Parameters
    ----------
    browser, server
        From `chromium` and `jupyter_server`.
    port
        Reach the server through this port instead of its own (a `delayed_link`, say).
    width, height, scale
        The window in CSS pixels, and how many screen pixels each of them has.
    dark
        Whether JupyterLab, and the system it believes to be on, are dark.
    touch
        Whether the screen takes fingers.
    """
    others = server.sessions()
    window = browser.new_context(
        viewport={"width": width, "height": height},
        device_scale_factor=scale,
        color_scheme="dark" if dark else "light",
        has_touch=touch,
    )
    try:
        yield Lab(window.new_page(), server, port or server.port, dark=dark)
    finally:
        window.close()
        server.stop_kernels(but=others)


class Lab:
    """One JupyterLab window, its open notebook, and what went wrong in the page (``errors``)."""

    page: Page
    errors: list[str]

    def __init__(self, page: Page, server: Server, port: int, *, dark: bool = False):
        self.page = page
        self.errors = []
        self._server = server
        self._panel = ""
        page.on("pageerror", lambda error: self._note(error.stack or str(error)))
        page.on("console", self._listen)
        page.add_init_script(path=PAGE_SCRIPT)
        page.goto(f"http://127.0.0.1:{port}/lab?reset", timeout=120_000)
        page.wait_for_function("() => window.jupyterapp", timeout=120_000)
        self._call("started")
        self.theme(dark=dark)

    def _listen(self, message) -> None:
        if message.type == "error":
            self._note(f"{message.text} ({message.location['url']})")

    def _note(self, error: str) -> None:
        """Keep an error, unless it is one of JupyterLab's own (it logs some at every restart)."""
        ours = any(sign in error for sign in ("gdviz", "blob:", "/lab/extensions/"))
        if ours or "/static/lab/" not in error:
            self.errors.append(error)

    def _call(self, name: str, *arguments):
        """Call ``lab.js``'s function of this name; an error there fails the test here."""
        try:
            return self.page.evaluate(
                "([name, given]) => lab.within(lab[name](...given), name)", [name, arguments]
            )
        except Error as error:
            raise AssertionError(f"JupyterLab, {name}: {error}") from None

    def theme(self, *, dark: bool) -> None:
        """Make JupyterLab dark or light."""
        self._call("theme", dark)
        light = "false" if dark else "true"
        self.page.wait_for_selector(f'body[data-jp-theme-light="{light}"]', state="attached")
        # JupyterLab covers itself while it changes.
        self.page.wait_for_selector("#jupyterlab-splash", state="detached")

    def open(self, notebook: str | Path) -> None:
        """Open a copy of a notebook: a path, or the name of a lesson."""
        source = Path(notebook)
        if not source.exists():
            source = (NOTEBOOKS / notebook).with_suffix(".ipynb")
        shutil.copy(source, self._server.root / source.name)
        self._panel = self._call("open", source.name)
        self._wait_until("idle")

    def cell(self, code: str, *, may_fail: bool = False) -> Locator:
        """Run code as the only cell of a new notebook; return the place of its output."""
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
        notebook.metadata.kernelspec = {"name": "python3", "display_name": "", "language": "python"}
        root = self._server.root  # of one name there is one kernel, whatever the window
        path = root / f"cell-{sum(1 for _ in root.glob('cell-*.ipynb')) + 1}.ipynb"
        nbformat.write(notebook, path)
        self._panel = self._call("open", path.name)
        self.run_all(may_fail=may_fail)
        return self.panel.locator(".jp-Cell-outputArea").first

    def close_notebooks(self) -> None:
        """Close every notebook, unsaved, and end its kernel; forget what the page says of that."""
        self._call("closeAll")
        self.errors.clear()

    @property
    def panel(self) -> Locator:
        """The open notebook."""
        return self.page.locator(f'[id="{self._panel}"]')

    def run_all(self, *, may_fail: bool = False, meanwhile: Callable | None = None) -> None:
        """Run every cell and wait until all have ended; a cell's error fails the test.

        What ``meanwhile`` does, it does after the start and before the wait.
        """
        self._run("command", "notebook:run-all-cells", may_fail=may_fail, meanwhile=meanwhile)
        if not may_fail:
            self._wait_until("allExecuted")

    def restart_and_run_all(
        self, *, may_fail: bool = False, meanwhile: Callable | None = None
    ) -> None:
        """Do the same in a new kernel, as from JupyterLab's menu."""
        self._run("command", "notebook:restart-run-all", may_fail=may_fail, meanwhile=meanwhile)
        if not may_fail:
            self._wait_until("allExecuted")

    def run_cell(self, index: int = 0, *, may_fail: bool = False) -> None:
        """Run the cell at this position (again)."""
        self._run("runCell", index, may_fail=may_fail)

    def _run(self, *call, may_fail: bool, meanwhile: Callable | None = None) -> None:
        if meanwhile:
            self.page.evaluate("([name, given]) => lab.begin(name, given)", [call[0], call[1:]])
            meanwhile()
            self._call("ended")
        else:
            self._call(*call)
        failed = self.page.evaluate("() => lab.cellErrors()")
        assert may_fail or not failed, "a cell failed:\n" + "\n".join(failed)
        self._wait_until("idle")

    def _wait_until(self, state: str) -> None:
        self.page.wait_for_function(f"() => lab.{state}()", timeout=60_000)

    def kernel_eval(self, code: str) -> str:
        """Run code in the kernel beside the notebook; return what it prints and gives back."""
        return self._call("evaluate", code)

    def value(self, expression: str):
        """Return the value that an expression has in the kernel."""
        shown = f"import json; print(json.dumps({expression}, default=float))"
        return json.loads(self.kernel_eval(shown))

    def becomes(self, expression: str, value, seconds: float = 20) -> None:
        """Wait until an expression has a value in the kernel."""
        end = monotonic() + seconds
        while (found := self.value(expression)) != value:
            assert monotonic() < end, found
            self.page.wait_for_timeout(50)

    def stage(self, n: int = 0) -> Locator:
        """Return the n-th live figure of the open notebook, from 0."""
        return self.panel.locator(".gdviz-stage").nth(n)

    def frames_shown(self, stage: Locator) -> int:
        """Return how many frames a live figure has shown so far."""
        return int(stage.get_attribute("data-frame"))

    def wait_for_frame(self, stage: Locator, more_than: int, seconds: float = 30) -> int:
        """Wait until a live figure has shown more frames than this; return how many."""
        self.page.wait_for_function(
            "([element, n]) => Number(element.dataset.frame) > n",
            arg=[stage.element_handle(), more_than],
            timeout=seconds * 1000,
        )
        return self.frames_shown(stage)

    def round_trip(self, handle: Locator, key: str, watched: Locator) -> float:
        """Press a key on a control; return the ms until the first frame that shows a change.

        The clock runs in the page: from the key event to the animation frame after the first
        change in what is watched. Focus the control before if it lies within that.
        """
        watched.evaluate("(element) => lab.timeNextKey(element)")
        handle.press(key)
        return self.page.evaluate("() => lab.trip")
