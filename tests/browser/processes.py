"""Start what a browser test needs: JupyterLab as a process of its own, and a headless browser."""

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

import psutil
from playwright.sync_api import Browser, Error, Playwright, sync_playwright

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

    def sessions(self) -> set[str]:
        """Return the ids of the sessions that run now."""
        return {session["id"] for session in self.ask("sessions")}

    def stop_kernels(self, but: set[str]) -> None:
        """End every session, and with it its kernel, but for some."""
        for session in self.sessions() - but:
            self.ask(f"sessions/{session}", method="DELETE")

    def log_tail(self, lines: int = 25) -> str:
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
        "--JupyterNotebookApp.expose_app_in_browser=True",
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
