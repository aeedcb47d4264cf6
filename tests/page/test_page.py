"""Lessons become pages: whole, self-contained, and all or none of them."""

import ast
import json
import re
import zlib
from base64 import b64decode
from pathlib import Path

import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell

import gdviz as gd
from gdviz.page import capture
from gdviz.page.__main__ import main
from gdviz.page.build import LessonError, Page, build, index_of, lessons_in
from gdviz.page.words import prose
from tests.page.small import FIRST, NEXT, write
from tests.save_notebooks import NOTEBOOKS, lessons, read


@pytest.fixture(scope="module")
def told():
    return []


@pytest.fixture(scope="module")
def site(tmp_path_factory, told):
    folder = tmp_path_factory.mktemp("page")
    notebooks = write(folder / "lessons", first=FIRST, exercises__next=NEXT)
    build(notebooks, folder / "site", told.append)
    return folder / "site"


@pytest.fixture(scope="module")
def first(site):
    return (site / "first.html").read_text(encoding="utf-8")


def figures(html):
    return [json.loads(data) for data in re.findall(r'application/json">(.*?)</script>', html)]


def numbers(column):
    """Return a column as page.js unpacks it."""
    data, half = column["data"], column["half"]
    by_byte = np.frombuffer(zlib.decompress(b64decode(data["deflated"])), np.uint8)
    added = by_byte.reshape(data["size"], -1).T.copy().view(np.uint16 if half else np.uint32)
    bits, back = added.ravel().copy(), data["back"]
    for first in range(back):
        bits[first::back] = np.cumsum(bits[first::back], dtype=bits.dtype)
    found = bits.view(np.float16 if half else np.float64 if column.get("double") else np.float32)
    return found.reshape(column["frames"], *column["shape"])


def test_on_a_phone_code_in_a_line_may_go_on_in_the_next():
    html = prose(
        "| gradient | `surface.gradient(theta)`, `a < b` |\n|---|---|\n| x | `rate=best` |"
    )
    for part in ("surface.<wbr>gradient(<wbr>theta)", "a &lt; b", "rate=<wbr>best"):
        assert f"<code>{part}</code>" in html


def test_it_tells_how_far_it_is_and_leaves_nothing_else_beside_the_site(site, told):
    assert [line.split(":")[0] for line in told] == [
        "[1/2] first.html",
        "[2/2] exercises/next.html",
    ]
    assert {path.name for path in site.parent.iterdir()} == {"lessons", "site"}
    found = {path.relative_to(site).as_posix() for path in site.rglob("*") if path.is_file()}
    assert found == {"index.html", "first.html", "exercises/next.html"}


def test_pages_lead_to_each_other(site, first):
    assert 'href="exercises/next.html"' in first and 'href="https://example.org/a.ipynb"' in first
    following = (site / "exercises/next.html").read_text(encoding="utf-8")
    assert 'href="../first.html#walk-down"' in following and 'id="walk-down"' in first
    assert 'href="../index.html"' in following
    index = (site / "index.html").read_text(encoding="utf-8")
    assert re.search(r'href="first.html"><img src="data:image/png.*<b>Walk down</b>', index)
    assert "<p>How does it find the bottom? By its slope.</p>" in index


def test_the_index_numbers_the_lessons_as_their_links_do():
    pages = [Page(Path(name), "Walk", "", None, "") for name in ("03-walk.html", "a/walk.html")]
    assert re.findall(r"<b>(.*?)</b>", index_of(pages)) == ["03 Walk", "Walk"]


def test_a_page_asks_for_nothing_outside_it(site):
    for path in site.rglob("*.html"):
        html = path.read_text(encoding="utf-8")
        assert "default-src 'none'" in html and "unsafe-eval" not in html
        assert set(re.findall(r'\bsrc="(\w+:)', html)) <= {"data:"}
        assert not re.search(r"<link|@import|url\(|<script[^>]+src|\bimport\(|\bfetch\(", html)
        assert not re.search(r"\beval\(|new Function|requirejs|https?://[^\"]*\.js", html)
        assert len(html) < 500_000


def test_words_formulas_and_code_are_there_without_scripts(first):
    assert '<html lang="en">' in first and "<title>Walk down</title>" in first
    assert (
        "<td>rate</td>" in first
        and '<math display="block">' in first
        and "$" not in prose(FIRST[0].source)
    )
    assert '<span class="kn">import</span>' in first and "1 &lt; 2" in first
    assert "<details><summary>An answer</summary>" in first
    assert re.search(
        r"<b>Predict.</b> Left &lt;or&gt; right\?.*<li>left</li><li>right</li>", first, re.S
    )
    assert "<b>To try in the notebook.</b> Find 2." in first
    explained = re.search(
        r'<details class="look">.*?<strong>Explain.</strong>(.*?)</details></section>', first, re.S
    )
    assert "<em>leans</em>" in explained[1] and "<math" in explained[1]
    assert "What you\npredict on this page is summed up here." in first
    assert first.count('<img src="data:image/png;base64,') == 2  # both figures, the answer's too
    assert "After 5 steps at learning rate" in first


def test_a_figure_brings_its_controls_and_what_they_show(first):
    names = re.findall(r'aria-label="(learning rate|step|start \w)"', first)
    assert names == [
        "learning rate",
        "step",
        "start x",
        *["learning rate", "step"],
        "start x",
        "start y",
    ]
    parabola, bowl = figures(first)
    assert len(parabola["rate"]["labels"]) == len(parabola["live"]["table"]["captions"]) == 121
    sent = parabola["live"]["table"]["columns"]
    assert not {"x", "loss"} & {*sent}  # the browser works them out, to the last bit
    assert parabola["live"]["program"]["steps"] == 5
    assert [each["name"] for each in bowl["start"]] == ["start x", "start y"]


def test_a_network_travels_as_numbers_that_come_back(site):
    _, found, _ = figures((site / "exercises/next.html").read_text(encoding="utf-8"))
    table = found["live"]["table"]
    assert table["whole"] and len(table["captions"]) == len(found["rate"]["labels"]) > 1
    assert found["start"] == [] and found["live"]["program"] == {}
    loss = numbers(table["columns"]["loss"])
    assert loss.shape == (len(table["captions"]), 21) and np.nanmin(loss) > 0
    x = np.linspace(-1, 1, 9)
    explorer = gd.explore(gd.Network(x, x**2, hidden=3), steps=20)
    np.testing.assert_allclose(loss[found["live"]["frame"]], explorer.descent.loss, rtol=1e-5)
    explorer.close()


def test_columns_come_back_to_the_bit_and_halves_to_what_a_picture_shows():
    random = np.random.default_rng(0).normal(size=(3, 4, 5)).cumsum(axis=-1)
    random[1, 2, 3:] = [np.nan, np.inf]
    for kind, off in (np.float32, 0), (np.float16, 2**-9):
        column = random.astype(kind)
        sent = {"shape": [4, 5], "frames": 3, "half": kind is np.float16, "data": column.tobytes()}
        np.testing.assert_allclose(numbers(capture.packed(sent)), column, rtol=off)


def test_data_travel_with_what_the_browser_works_out():
    model = gd.LinearRegression(np.arange(8.0), np.arange(8.0))
    explorer = gd.explore(model, steps=10)
    found = capture.figure_of(explorer)
    drawn = {name for mark in found["live"]["scene"]["marks"] for name in mark["columns"]}
    told = {*found["live"]["table"]["columns"], *found["live"]["scene"]["columns"]}
    explorer.close()
    assert {name for name in drawn if name.startswith("rows.")} <= told
    assert "loss" not in told and "drag the data" in found["needs"]


def test_a_large_table_leaves_out_every_second_step(monkeypatch):
    monkeypatch.setattr(capture, "LARGE", 1000)
    model = gd.LinearRegression(np.arange(8.0), np.arange(8.0))
    explorer = gd.explore(model, batch_size=2, steps=10)
    found = capture.figure_of(explorer)
    explorer.close()
    assert found["live"]["scene"]["stride"] == found["step"]["step"] == 2
    assert found["live"]["table"]["columns"]["loss"]["shape"] == [6] and found["start"] == []


def test_a_large_table_of_exact_numbers_leaves_out_whole_numbers(monkeypatch):
    monkeypatch.setattr(capture, "LARGE", 1000)
    far = 1e6
    surface = gd.Surface.from_function(
        lambda w: (w[0] - far) ** 2, dimension=1, domain=(far - 1, far + 1), start=far + 0.9
    )
    explorer = gd.explore(surface, learning_rate=0.1, steps=10)
    found, path = capture.figure_of(explorer)["live"], explorer.descent.path
    explorer.close()
    sent = found["table"]["columns"]["x"]
    assert sent["double"]
    assert (numbers(sent)[found["frame"]] == path[::2, 0]).all()


def test_a_failing_lesson_is_named_and_nothing_is_left(tmp_path, capsys):
    broken = [new_markdown_cell("# Broken"), new_code_cell("1 / 0")]
    notebooks = write(tmp_path / "lessons", good=[new_markdown_cell("# Good")], in__broken=broken)
    assert main([str(notebooks), str(tmp_path / "site")]) == 1
    said = capsys.readouterr()
    assert "in/broken.ipynb does not run: ZeroDivisionError: division by zero" in said.err
    assert "[1/2] good.html" in said.out
    assert [path.name for path in tmp_path.iterdir()] == ["lessons"]


def test_a_site_is_replaced_but_nothing_else(tmp_path):
    notebooks = write(tmp_path / "lessons", a=[new_markdown_cell("# One")])
    other = tmp_path / "other"
    other.mkdir()
    (other / "thesis.txt").write_text("mine")
    with pytest.raises(LessonError, match="holds something else than a site"):
        build(notebooks, other, print)
    with pytest.raises(LessonError, match="holds no notebooks"):
        build(other, tmp_path / "site", print)
    build(notebooks, tmp_path / "site", print)
    (tmp_path / "lessons/a.ipynb").rename(tmp_path / "lessons/b.ipynb")
    build(notebooks, tmp_path / "site", print)
    assert {path.name for path in (tmp_path / "site").iterdir()} == {"index.html", "b.html"}


def explanations(path):
    """Return what predictions explain, as it is written in their cells."""
    cells = (cell.source for cell in read(path).cells if cell.source.startswith("gd.predict("))
    calls = [ast.parse(source).body[0].value for source in cells]
    return [
        ast.literal_eval(k.value) for call in calls for k in call.keywords if k.arg == "explain"
    ]


@pytest.mark.parametrize("path", lessons(), ids=lambda path: path.relative_to(NOTEBOOKS).as_posix())
def test_all_prose_of_the_lessons_is_understood(path):
    written = [cell.source for cell in read(path).cells if cell.cell_type == "markdown"]
    written += explanations(path)
    html = "".join(map(prose, written))
    assert html.count("<table>") == len(re.findall(r"^\|[-| :]+\|$", "\n".join(written), re.M))
    text = re.sub(r"<pre.*?</pre>|<code.*?</code>", "", html, flags=re.S)
    assert not re.search(r"\\[a-zA-Z]|\$|\*\*|]\(", text)
    for link in re.findall(r'href="(?!https?:)([^"#]+)', html):
        assert (path.parent / link).with_suffix(".ipynb").is_file(), link


def test_lessons_are_found_in_reading_order():
    assert lessons_in(NOTEBOOKS) == lessons()
