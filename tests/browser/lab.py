"""A real JupyterLab in a real browser, driven in words that a test can be read by.

Nothing here knows pytest: the fixtures are in ``conftest.py``, and benchmarks use these
names directly::

    with jupyter_server(folder) as server, chromium() as browser:
        with open_lab(browser, server) as lab:
            lab.open("00-start-here")
            lab.run_all()
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import nbformat
import psutil
from playwright.sync_api import Browser, Error, Locator, Page, Playwright, sync_playwright

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
PAGE_SCRIPT = Path(__file__).with_name("lab.js")

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
INSTALLED_CHANNELS = ("chrome", "msedge")  # where macOS and Windows keep them, off the PATH
BROWSER_OPTIONS = (
    "--disable-quic",
    "--disable-gpu",
    "--disable-sync",
    "--force-color-profile=srgb",
)

# A student's choices (news, update checks, the question before a restart) answered beforehand.
SETTINGS = {
    "notification": {"fetchNews": "false", "checkForUpdates": False},
    "sessionDialogs": {"skipKernelRestartDialog": True},
}


class NoBrowserError(Exception):
    """No Chromium, Chrome or Edge could be started."""


@dataclass(frozen=True)
class Server:
    """A running JupyterLab: where it listens, its notebooks' folder, its log file."""

    port: int
    root: Path
    log: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def ask(self, path: str, method: str = "GET"):
        """Call the server's REST interface; return its JSON answer, if it gives one."""
        request = urllib.request.Request(f"{self.url}/api/{path}", method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def stop_kernels(self) -> None:
        """End every session, and with it its kernel."""
        for session in self.ask("sessions"):
            self.ask(f"sessions/{session['id']}", method="DELETE")

    def log_tail(self, lines: int = 60) -> str:
        """Return the last lines of the server's log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _environment(folder: Path) -> dict[str, str]:
    """Return this process's environment without the user's Jupyter and matplotlib settings."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("JUPYTER", "JPY_", "IPYTHON"))}
    for group, settings in SETTINGS.items():
        home = folder / "config/lab/user-settings/@jupyterlab/apputils-extension"
        home.mkdir(parents=True, exist_ok=True)
        (home / f"{group}.jupyterlab-settings").write_text(json.dumps(settings))
    (folder / "matplotlibrc").touch()
    return kept | {
        "JUPYTER_CONFIG_DIR": str(folder / "config"),
        "JUPYTER_DATA_DIR": str(folder / "data"),
        "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
        "IPYTHONDIR": str(folder / "ipython"),
        "MATPLOTLIBRC": str(folder / "matplotlibrc"),
    }


@contextmanager
def jupyter_server(folder: Path) -> Iterator[Server]:
    """Start JupyterLab on this Python with all its files in ``folder``; stop it at the end."""
    root = folder / "notebooks"
    root.mkdir(parents=True)
    server = Server(_free_port(), root, folder / "jupyterlab.log")
    # No token: it listens on this machine only, for the length of a test run.
    command = [
        *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"),
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.port={server.port}",
        "--ServerApp.port_retries=0",
        f"--ServerApp.root_dir={root}",
        "--ServerApp.disable_check_xsrf=True",
        "--IdentityProvider.token=",
        "--LabApp.expose_app_in_browser=True",
        "--LabApp.extension_manager=readonly",
    ]
    with server.log.open("w") as log:
        process = subprocess.Popen(
            command,
            env=_environment(folder),
            cwd=root,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait_until_up(server, process)
        yield server
    finally:
        _stop(process)


def _wait_until_up(server: Server, process: subprocess.Popen, seconds: float = 90) -> None:
    deadline = time.monotonic() + seconds
    while process.poll() is None and time.monotonic() < deadline:
        try:
            server.ask("status")
            return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.05)
    raise RuntimeError(f"JupyterLab did not start. Its log ends:\n{server.log_tail()}")


def _stop(process: subprocess.Popen) -> None:
    """End the server and whatever kernels it still has."""
    try:
        family = psutil.Process(process.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        family = []
    process.terminate()
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for orphan in family:
        try:
            orphan.kill()
        except psutil.NoSuchProcess:
            continue


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start a headless browser: Chromium or Chrome on the PATH, Playwright's own, Chrome, Edge."""
    with sync_playwright() as playwright:
        browser = _launch(playwright)
        try:
            yield browser
        finally:
            browser.close()


def _launch(playwright: Playwright) -> Browser:
    on_path = [{"executable_path": found} for name in BROWSERS if (found := shutil.which(name))]
    elsewhere = [{}, *({"channel": channel} for channel in INSTALLED_CHANNELS)]
    complaints = []
    for place in on_path + elsewhere:
        try:
            return playwright.chromium.launch(args=list(BROWSER_OPTIONS), **place)
        except Error as error:
            complaints.append(f"{place or 'Playwright'}: {str(error).splitlines()[0]}")
    raise NoBrowserError(
        "no Chromium, Chrome or Edge starts; install one, or run "
        f"`{sys.executable} -m playwright install chromium`\n" + "\n".join(complaints)
    )


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
    """Open JupyterLab in a fresh window; at the end close it and stop its kernels.

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
        server.stop_kernels()


class Lab:
    """One JupyterLab window, its open notebook, and what went wrong in the page (``errors``)."""

    page: Page
    errors: list[str]

    def __init__(self, page: Page, server: Server, port: int, *, dark: bool = False):
        self.page = page
        self.errors = []
        self._server = server
        self._panel = ""
        self._made = 0
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
        self._made += 1
        path = self._server.root / f"cell-{self._made}.ipynb"
        nbformat.write(notebook, path)
        self._panel = self._call("open", path.name)
        self.run_all(may_fail=may_fail)
        return self.panel.locator(".jp-Cell-outputArea").first

    @property
    def panel(self) -> Locator:
        """The open notebook."""
        return self.page.locator(f'[id="{self._panel}"]')

    def run_all(self, *, may_fail: bool = False) -> None:
        """Run every cell and wait until all have ended; a cell's error fails the test."""
        self._run("command", "notebook:run-all-cells", may_fail=may_fail)

    def restart_and_run_all(self, *, may_fail: bool = False) -> None:
        """Do the same in a new kernel, as from JupyterLab's menu."""
        self._run("command", "notebook:restart-run-all", may_fail=may_fail)

    def run_cell(self, index: int = 0, *, may_fail: bool = False) -> None:
        """Run the cell at this position (again)."""
        self._run("runCell", index, may_fail=may_fail)

    def _run(self, *call, may_fail: bool) -> None:
        self._call(*call)
        if failed := self.page.evaluate("() => lab.cellErrors()"):
            assert may_fail, "a cell failed:\n" + "\n".join(failed)
            self._wait_until("idle")
        elif call[0] == "command":
            self._wait_until("allExecuted")
        else:
            self._wait_until("idle")

    def _wait_until(self, state: str) -> None:
        self.page.wait_for_function(f"() => lab.{state}()", timeout=60_000)

    def kernel_eval(self, code: str) -> str:
        """Run code in the kernel beside the notebook; return what it prints and gives back."""
        return self._call("evaluate", code)

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
