"""Execute lessons and write each as one HTML file that needs nothing else.

A site is built in a folder beside the one that is asked for, and moved there once all is well.
"""

import asyncio
import os
import re
import tempfile
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from html import escape
from pathlib import Path
from string import Template

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from ..live.controls import Ruler
from ..live.live import Live, source
from .capture import MIME
from .figures import Figures
from .words import code, prose, words_of

MARK = '<meta name="generator" content="gdviz.page">'  # by it a folder is known to be a site
TITLE = "Gradient descent you can hold"
AT_ONCE = 2  # lessons that are executed side by side
SECONDS = 600  # that a cell may take


class LessonError(Exception):
    """A lesson that could not be made a page."""


@dataclass(frozen=True)
class Page:
    """A lesson as a page."""

    path: Path  # within the site
    title: str  # its heading, HTML without tags
    about: str  # its first sentences, likewise
    picture: str | None  # its first still, a PNG in base64
    html: str


def build(notebooks, site, tell=print):
    """Make a site of all lessons in a folder, telling how far it is; return its pages.

    Only a site is ever replaced, and only by one of which no lesson fails.
    """
    notebooks, site = Path(notebooks), Path(site).absolute()
    lessons = lessons_in(notebooks)
    if not lessons:
        raise LessonError(f"{notebooks} holds no notebooks (*.ipynb)")
    if not _may_replace(site):
        raise LessonError(f"{site} holds something else than a site; give another folder")
    site.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=site.parent, prefix=f".{site.name}-") as folder:
        new, pages = Path(folder, "new"), []
        for page in _made(lessons, notebooks):
            pages.append(page)
            _write(new / page.path, page.html)
            size = len(page.html.encode()) / 1e6
            tell(f"[{len(pages)}/{len(lessons)}] {page.path.as_posix()}: {size:.1f} MB")
        _write(new / "index.html", index_of(pages))
        if site.exists():
            site.rename(Path(folder, "old"))
        new.rename(site)
    return pages


def lessons_in(folder):
    """Return the notebooks in a folder and its folders, in reading order."""
    found = [
        path
        for path in folder.rglob("*.ipynb")
        if not any(part.startswith(".") for part in path.relative_to(folder).parts)
    ]
    return sorted(found, key=lambda path: (len(path.parts), path))


def _made(lessons, folder):
    """Yield the pages of lessons, some of which are executed side by side."""

    def make(lesson):
        name = lesson.relative_to(folder)
        try:
            return page_of(executed(lesson), name.with_suffix(".html"))
        except CellExecutionError as error:
            told = f"{error.ename}: {error.evalue}"
            raise LessonError(f"{name.as_posix()} does not run: {told}") from error
        except Exception as error:  # its kernel died, a cell took too long, a formula is none
            raise LessonError(f"{name.as_posix()} became no page: {error}") from error

    pool = ThreadPoolExecutor(AT_ONCE)
    try:
        yield from pool.map(make, lessons)
    finally:
        pool.shutdown(cancel_futures=True)


def _may_replace(site):
    if not site.exists():
        return True
    index = site / "index.html"
    if index.is_file():
        return MARK in index.read_text(encoding="utf-8")
    return site.is_dir() and not any(site.iterdir())


def _write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def executed(path):
    """Run a notebook in a kernel that takes the state of every figure; return it."""
    notebook = nbformat.read(path, as_version=4)
    hidden = nbformat.v4.new_code_cell("from gdviz.page import capture; capture.install()")
    notebook.cells.insert(0, hidden)
    where = {"metadata": {"path": str(path.parent)}}
    client = NotebookClient(
        notebook,
        timeout=SECONDS,
        resources=where,
        kernel_name="python3",
        store_widget_state=False,
        extra_arguments=["--log-level=ERROR"],
    )
    # the kernel starts in the lesson's folder, and is to import the package that builds the page
    here = [str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH")]
    env = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, here))}
    with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:  # what zmq wants
        runner.run(client.async_execute(env=env))
    del notebook.cells[0]
    return notebook


def page_of(notebook, path):
    """Return the page of an executed notebook."""
    figures, parts, stills = Figures(), [], []
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            parts.append(prose(cell.source))
        elif cell.cell_type == "code" and cell.source.strip():
            parts.append(_listing(cell))
            parts += [_output(output, figures, stills) for output in cell.outputs]
    body = "\n".join(parts).replace("</pre>\n<pre class='output'>", "")  # one text, sent in pieces
    title = re.search(r"<h1[^>]*>(.*?)</h1>", body, re.DOTALL)
    about = re.search(r"</h1>\s*<p>(.*?)</p>", body, re.DOTALL)
    title = words_of(title[1]) if title else escape(path.stem)
    about = " ".join(re.split(r"(?<=[.?!])\s+", words_of(about[1]))[:2]) if about else ""
    up = "../" * (len(path.parts) - 1)
    bar = f'<nav class="bar"><a href="{up}index.html">All lessons</a></nav>'
    return Page(path, title, about, next(iter(stills), None), shell(title, bar + body))


def _listing(cell):
    """Return the code of a cell, folded where the notebook folds it."""
    listing = code(cell.source)
    if cell.metadata.get("jupyter", {}).get("source_hidden"):
        return f"<details class='folded'><summary>code</summary>{listing}</details>"
    return listing


def _output(output, figures, stills):
    """Return an output as HTML; keep the still of a figure."""
    data = output.get("data", {})
    text = escape(output.get("text", data.get("text/plain", "")))  # of a stream, or of a result
    if MIME in data:
        state = data[MIME]
        if state["kind"] == "figure":
            stills.append(state["still"])
        return figures.html(state)
    if "image/png" in data:
        return f'<img src="data:image/png;base64,{data["image/png"]}" alt="{text}">'
    if "text/markdown" in data or "text/latex" in data:
        return prose(data.get("text/markdown") or data["text/latex"])
    return f"<pre class='output'>{text}</pre>"


def index_of(pages):
    """Return the page that leads to all others."""
    cards = []
    for page in pages:
        picture = f'<img src="data:image/png;base64,{page.picture}" alt="">' if page.picture else ""
        number = "".join(f"{each} " for each in re.findall(r"^\d+", page.path.stem))
        cards.append(
            f'<li><a href="{page.path.as_posix()}">{picture}<b>{number}{page.title}</b></a>'
            f"<p>{page.about}</p></li>"
        )
    body = (
        f"<div class='all'><h1>{TITLE}</h1><p>Lessons to read and to hold: drag a slider, and the "
        "figure follows. Nothing to install; to change the code, open the same lessons as "
        f"notebooks.</p><ul class='cards'>{''.join(cards)}</ul></div>"
    )
    return shell(TITLE, body)


def shell(title, body):
    """Return a whole page: nothing in it asks for anything outside it."""
    own, style, page = (source(f"page.{kind}", __package__) for kind in ("js", "css", "html"))
    script = "\n".join([_enclosed("live", Live._esm), _enclosed("ruler", Ruler._esm), own])
    style = "\n".join([source("live.css"), Ruler._css, style])
    digest = b64encode(sha256(script.encode()).digest()).decode()
    return Template(page).substitute(
        mark=MARK, title=title, style=style, script=script, digest=digest, body=body
    )


def _enclosed(name, module):
    """Return a module as an object of the page's one script: a file may not import another."""
    return f"const {name} = (() => {{\n{module.replace('export default', 'return')}\n}})();"
