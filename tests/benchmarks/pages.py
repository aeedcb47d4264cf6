"""What each page costs: its size, how soon it moves, and how soon it follows a key.

    python -m tests.benchmarks.pages [SITE]

Without a SITE the pages are built first. Each is opened as a file, and what it asks for is refused
and counted, as are errors in the console. Promised: at most 3 MB, nothing asked for, no error; the
first live figure within 1.5 s, a slider to a frame within 16 ms in the median; all built in 90 s.
"""

import sys
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser

from gdviz.page.__main__ import main as build_pages
from tests.browser.processes import chromium

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
OPENED, KEYS = 3, 40  # times, of which the median is taken
FIRST = """
const look = () => {
  if (!document.querySelector(".is-live")) return requestAnimationFrame(look);
  window.firstLive = performance.now();
};
requestAnimationFrame(look);
"""
TRIP = """(stage) => new Promise((done) => {
  let pressed = 0;
  const note = (event) => (pressed = event.timeStamp);
  document.addEventListener("keydown", note, { capture: true, once: true });
  new MutationObserver((_, observer) => {
    observer.disconnect();
    requestAnimationFrame(() => done(performance.now() - pressed));
  }).observe(stage, { attributeFilter: ["data-frame"] });
})"""


def cost(browser: Browser, path: Path) -> tuple[float, float, int]:
    """Open a page; return seconds to its first live figure, ms from key to frame, complaints."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page, complaints = context.new_page(), []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: said.type == "error" and complaints.append(said.text))

    def answer(route):
        if route.request.url == path.as_uri() or route.request.url.startswith(("blob:", "data:")):
            return route.continue_()
        complaints.append(route.request.url)
        return route.abort()

    page.route("**", answer)
    page.add_init_script(FIRST)
    page.goto(path.as_uri())
    page.wait_for_function("() => window.firstLive")
    seconds = page.evaluate("() => window.firstLive") / 1000
    stage = page.locator(".is-live .gdviz-stage").first
    rate = stage.get_by_role("slider", name="learning rate")
    rate.focus()
    trips = []
    for key in (["ArrowLeft"] * 5 + ["ArrowRight"] * 5) * (KEYS // 10):
        stage.evaluate(f"(stage) => {{ window.trip = ({TRIP})(stage); }}")
        page.keyboard.press(key)
        trips.append(page.evaluate("() => window.trip"))
    context.close()
    return seconds, median(trips), len(complaints)


def tell(site: Path) -> None:
    """Print what every page of a site costs."""
    with chromium() as browser:
        for path in sorted(site.rglob("*.html")):
            if path.name == "index.html":
                continue
            found = [cost(browser, path) for _ in range(OPENED)]
            seconds, trip, complaints = (median(each) for each in zip(*found, strict=True))
            size = path.stat().st_size / 1e6
            print(
                f"{size:4.1f} MB  first live {seconds:4.2f} s  key to frame {trip:4.1f} ms  "
                f"{complaints} complaints  {path.relative_to(site)}"
            )


if __name__ == "__main__":
    if len(sys.argv) > 1:
        tell(Path(sys.argv[1]))
    else:
        with TemporaryDirectory() as folder:
            site = Path(folder, "site")
            build_pages([str(NOTEBOOKS), str(site)])  # which says how long it took
            tell(site)
