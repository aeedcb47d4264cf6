"""A page in a browser that may ask for nothing: it lives from its one file."""

import re
from contextlib import contextmanager

import numpy as np
import pytest
from playwright.sync_api import expect

import gdviz as gd
from gdviz.page.build import build
from gdviz.page.capture import UNCOUNTED
from gdviz.pictures.scene import MEANWHILE
from tests.browser.access import barriers
from tests.page.small import CLOUD, FIRST, LINES, NEXT, write

PIXELS = "canvas => canvas.toDataURL()"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("page")
    lessons = write(folder / "lessons", first=FIRST, exercises__next=NEXT, lines=LINES, cloud=CLOUD)
    build(lessons, folder / "site", print)
    return folder / "site"


@contextmanager
def opened(browser, path, *, before="", **options):
    """Open a file, refusing every other request; an error logged in the page fails the test."""
    context = browser.new_context(**options)
    page, errors = context.new_page(), []
    page.on("pageerror", lambda error: errors.append(error.stack))
    page.on("console", lambda said: said.type == "error" and errors.append(said.text))

    def answer(route):
        if route.request.url == path.as_uri() or route.request.url.startswith(("blob:", "data:")):
            return route.continue_()
        errors.append(f"asked for {route.request.url}")
        return route.abort()

    page.route("**", answer)
    if before:
        page.add_init_script(before)
    page.goto(path.as_uri())
    yield page
    context.close()
    assert errors == []


def frames(stage):
    return int(stage.get_attribute("data-frame"))


def moved(page, stage, name, key):
    """Press a key on the slider of this name; return the caption after the next frame."""
    before = frames(stage)
    stage.get_by_role("slider", name=name).press(key)
    page.wait_for_function(
        "([stage, n]) => Number(stage.dataset.frame) > n", arg=[stage.element_handle(), before]
    )
    page.wait_for_timeout(150)  # numbers alone wait a moment: a kernel might have words
    return stage.locator("figcaption").inner_text()


def test_a_click_on_the_loss_curve_moves_the_shown_step(site, browser):
    with opened(browser, site / "first.html") as page:
        stage = page.locator(".gdviz-stage").first
        step = stage.get_by_role("slider", name="step")
        step.wait_for()
        losses = stage.locator(".gdviz-plane.gdviz-steps")
        box = losses.bounding_box()
        last = int(step.get_attribute("max"))
        losses.click(position={"x": box["width"] * 2 / last, "y": box["height"] / 2})
        expect(step).to_have_value("2")
        expect(stage.locator(".gdviz-readout")).to_contain_text("step 2")
        losses.click(position={"x": box["width"] - 1, "y": box["height"] / 2})
        expect(step).to_have_value(str(last))


def test_keys_move_the_rate_the_step_and_the_start(site, browser):
    with opened(browser, site / "first.html") as page:
        stage = page.locator(".gdviz-stage").first
        stage.get_by_role("slider", name="learning rate").wait_for()
        home = stage.locator("figcaption").inner_text()
        assert home.startswith("After 5 steps at learning rate 0.2 ") and home.endswith("Why?")
        other = moved(page, stage, "learning rate", "ArrowRight")
        assert other != home and other.endswith("Why?")
        assert (
            moved(page, stage, "step", "ArrowLeft") == "Why?"
        )  # the question, until the last step
        assert "step 4" in stage.locator(".gdviz-readout").inner_text()
        stage.get_by_role("button", name="reset").click()
        assert "from here the loss ends at" in moved(page, stage, "start x", "ArrowLeft")
        plane = stage.locator(".gdviz-plane").first
        plane.click(position={"x": 5, "y": 5})
        assert float(stage.get_by_role("slider", name="start x").input_value()) < 0
        stage.get_by_role("button", name="reset").click()
        page.wait_for_function(
            "(text) => document.querySelector('figcaption').innerText === text", arg=home
        )


def test_the_picture_takes_keys_and_zooms_without_python(site, browser):
    with opened(browser, site / "first.html") as page:
        stage = page.locator(".gdviz-stage").first
        start = stage.get_by_role("slider", name="start x")
        start.wait_for()
        first = start.input_value()
        stage.get_by_role("application").focus()
        for key in ("ArrowLeft", "Shift+ArrowLeft", "Home"):
            page.keyboard.press(key)
        expect(stage.locator(".gdviz-readout")).to_contain_text("step 0")
        moved = 11 * float(start.get_attribute("step"))
        assert float(first) - float(start.input_value()) == pytest.approx(moved)
        plane = stage.locator(".gdviz-plane").first
        for zooms in (True, False):  # a click on the right edge: nearer to the middle if zoomed
            if zooms:
                for _ in range(5):
                    page.keyboard.press("+")
            shown = frames(stage)
            box = plane.bounding_box()
            plane.click(position={"x": box["width"] - 2, "y": box["height"] / 2})
            page.wait_for_function(
                "([stage, n]) => Number(stage.dataset.frame) > n",
                arg=[stage.element_handle(), shown],
            )
            edge = float(start.input_value())
            far = float(start.get_attribute("max")) - edge
            assert (far > 1) == zooms, (far, zooms)
            stage.get_by_role("button", name="reset").click()
            expect(start).to_have_value(first)


def test_keys_and_double_clicks_go_on_from_the_start_that_is_shown(site, browser):
    with opened(browser, site / "first.html") as page:
        stage = page.locator(".gdviz-stage").first
        start = stage.get_by_role("slider", name="start x")
        start.wait_for()
        home, step = float(start.input_value()), float(start.get_attribute("step"))
        picture, plane = stage.get_by_role("application"), stage.locator(".gdviz-plane").first
        plane.click(position={"x": 5, "y": 5})
        assert float(start.input_value()) < home - step
        stage.get_by_role("button", name="reset").click()
        picture.press("ArrowLeft")
        expect(start).to_have_value(f"{home - step:.12g}")
        picture.press("+")
        plane.click(position={"x": 5, "y": 5})
        start.fill(f"{home:.12g}")
        page.wait_for_timeout(500)  # longer than the time between the presses of a double click
        plane.dblclick(position={"x": 5, "y": 5})
        expect(start).to_have_value(f"{home:.12g}")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_dark_page_has_dark_pictures_and_prints_light_ones(site, browser, scheme):
    look = "(picture) => getComputedStyle(picture).filter"
    with opened(browser, site / "first.html", color_scheme=scheme) as page:
        picture = page.locator(".gdviz-picture").first
        picture.wait_for()
        shown = picture.evaluate(look)
        assert shown.startswith("invert") if scheme == "dark" else shown == "none"
        page.emulate_media(media="print")
        stills = page.locator(".still img").evaluate_all(f"(all) => all.map({look})")
        assert stills and {*stills} == {"none"}


ZONES = """() => [...document.querySelectorAll(".gdviz-zone")].map((zone) => {
  const name = document.createRange();
  name.selectNodeContents(zone.lastChild);
  const [box, word] = [zone, name].map((part) => part.getBoundingClientRect());
  const whole = word.left >= box.left && word.right <= box.right && word.bottom <= box.bottom;
  return [zone.title, whole, word.top >= box.bottom];
})"""


LAID = """() => {
  const parts = [".gdviz-ruler", ".track .noUi-base"];
  const [ruler, track] = parts.map((part) => document.querySelector(part));
  return Math.abs(ruler.offsetWidth - track.offsetWidth) <= 1;
}"""


def test_a_name_under_the_rates_is_read_whole_or_not_at_all(site, browser):
    with opened(browser, site / "first.html") as page:
        page.locator(".gdviz-zone").first.wait_for()
        seen = {}
        for width in (330, 360, 500, 700, 1200):
            page.set_viewport_size({"width": width, "height": 800})
            page.wait_for_function(LAID)  # the strip is under its slider again
            zones = page.evaluate(ZONES)
            assert all(whole != hidden for _, whole, hidden in zones), (width, zones)
            seen[width] = [name for name, whole, _ in zones if whole]
        assert seen[330] == seen[360] == ["crawling", "smooth"]
        assert seen[1200] == ["crawling", "smooth", "unstable"]


RECORDED = """(step) => {
  step.shown = []; // each place it comes to, however short it stays there
  const note = () => step.shown.push(step.value);
  new MutationObserver(note).observe(step, { attributeFilter: ["aria-valuetext"] });
}"""
WATCHED = """
globalThis.drawn = 0;
const clear = CanvasRenderingContext2D.prototype.clearRect;
CanvasRenderingContext2D.prototype.clearRect = function (...box) {
  globalThis.drawn++;
  return clear.apply(this, box);
};"""


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_in_play_the_ball_glides_unless_motion_is_to_be_reduced(site, browser, motion):
    with opened(browser, site / "first.html", before=WATCHED, reduced_motion=motion) as page:
        stage = page.locator(".gdviz-stage").first
        step = stage.get_by_role("slider", name="step")
        step.wait_for()
        canvas = stage.locator("canvas")
        end = canvas.evaluate("(canvas) => canvas.toDataURL()")
        before, drawn = frames(stage), page.evaluate("drawn")
        step.evaluate(RECORDED)
        stage.get_by_role("button", name="play").click()
        page.wait_for_function("([step]) => step.shown.includes('0')", arg=[step.element_handle()])
        expect(step).to_have_value("5")
        expect(stage.locator("figcaption")).to_contain_text("After 5 steps")
        page.wait_for_function(
            "([canvas, end]) => canvas.toDataURL() === end", arg=[canvas.element_handle(), end]
        )
        assert frames(stage) == before + 6  # one for each step that was shown
        more = page.evaluate("drawn") - drawn - 6
        assert more > 5 if motion == "no-preference" else more == 0


WRITES = """
const write = CanvasRenderingContext2D.prototype.fillText;
CanvasRenderingContext2D.prototype.fillText = function (text, ...more) {
  this.canvas.written = text;
  return write.call(this, text, ...more);
};
const draw = CanvasRenderingContext2D.prototype.drawImage;
CanvasRenderingContext2D.prototype.drawImage = function (image, ...more) {
  this.canvas.written = image.written ?? this.canvas.written;
  return draw.call(this, image, ...more);
};
const wipe = CanvasRenderingContext2D.prototype.clearRect;
CanvasRenderingContext2D.prototype.clearRect = function (...box) {
  this.canvas.written = "";
  return wipe.apply(this, box);
};"""  # keeps the last text that a canvas shows, be it by way of another one


def test_the_next_step_is_a_sum_that_follows_the_hand(site, browser):
    with opened(browser, site / "first.html", before=WRITES) as page:
        stage = page.locator(".gdviz-stage").first
        stage.get_by_role("slider", name="learning rate").wait_for()

        def written():
            return stage.locator("canvas").evaluate("(canvas) => canvas.written")

        assert written() == ""  # nothing is taken after the last step
        moved(page, stage, "step", "Home")
        assert written() == "10 − 0.2 × 20 = 6"
        moved(page, stage, "step", "ArrowRight")
        assert written() == "6 − 0.2 × 12 = 3.6"
        moved(page, stage, "learning rate", "End")
        assert written() == "−30 − 2 × (−60) = 90"
        moved(page, stage, "step", "Home")
        start = stage.get_by_role("slider", name="start x")
        moved(page, stage, "start x", "Home")
        assert float(start.input_value()) == -11
        assert written() == "−11 − 2 × (−22) = 33"


STROKES = """
const canvas = CanvasRenderingContext2D.prototype;
const { moveTo, lineTo, clearRect } = canvas;
let from;
canvas.clearRect = function (...box) {
  [this.canvas.strokes, this.canvas.inks] = [[], []];
  return clearRect.apply(this, box);
};
canvas.moveTo = function (...at) {
  from = at;
  return moveTo.apply(this, at);
};
canvas.lineTo = function (...at) {
  this.canvas.strokes.push([from, at]);
  this.canvas.inks.push(this.strokeStyle);
  return lineTo.apply(this, at);
};"""  # keeps the lines that a canvas shows, each as where it begins and a corner of it


def test_errors_reach_from_the_data_to_the_line_of_the_shown_step(site, browser):
    with opened(browser, site / "lines.html", before=STROKES) as page:
        stage = page.locator(".gdviz-stage").first
        stage.get_by_role("slider", name="learning rate").wait_for()

        def lines(name, key):
            moved(page, stage, name, key)
            strokes = stage.locator("canvas").evaluate("(canvas) => canvas.strokes")
            uprights = [(x, up, end) for (x, up), (at, end) in strokes if x == at]
            across, points, ends = zip(*uprights, strict=True)
            slopes = np.diff(ends) / np.diff(across)
            assert slopes == pytest.approx(np.full(3, slopes[0]))  # they end on one line
            return points, ends

        points, first = lines("step", "Home")
        keys = {"step": "ArrowRight", "learning rate": "PageUp", "start intercept": "PageUp"}
        for name, key in keys.items():
            again, ends = lines(name, key)
            assert again == points
            assert ends != first
            first = ends


def test_the_rows_of_a_batch_pull_at_the_line_and_the_step_is_their_mean(site, browser):
    with opened(browser, site / "lines.html", before=STROKES) as page:
        stage = page.locator(".gdviz-stage").nth(2)
        stage.get_by_role("slider", name="learning rate").wait_for()
        ends = []
        for name, key in (("step", "ArrowRight"), ("learning rate", "ArrowRight")):
            moved(page, stage, name, key)
            strokes = np.array(stage.locator("canvas").evaluate("(canvas) => canvas.strokes"))
            begins, count = np.unique(strokes[:, 0], axis=0, return_counts=True)
            pulls = strokes[(strokes[:, 0] == begins[count == 5]).all(axis=1), 1]
            assert pulls[:4].mean(axis=0) == pytest.approx(pulls[4], abs=1e-3)
            ends.append(pulls)
        assert (ends[0] != ends[1]).any()


def test_the_slopes_of_a_networks_weights_follow_step_and_rate(site, browser):
    net = gd.Network(np.linspace(-1, 1, 9), np.linspace(-1, 1, 9) ** 2, hidden=8)

    def above(rate, steps):
        w = gd.descend(net, net.start, rate, steps=steps).end if steps else net.start
        slopes = net.unpack(net.gradient(w))
        share = np.concatenate([slopes.hidden.ravel(), slopes.output.ravel()])
        return (share / abs(share).max() > 0.02).sum()

    with opened(browser, site / "lines.html", before=STROKES) as page:
        stage = page.locator(".gdviz-stage").nth(1)
        stage.get_by_role("slider", name="learning rate").wait_for()

        def blue():
            inks = stage.locator("canvas").evaluate("(canvas) => canvas.inks")
            return inks.count("#0072b2")

        assert moved(page, stage, "step", "Home") == MEANWHILE
        assert blue() == above(0.1, 0)
        assert moved(page, stage, "step", "End").startswith("After 20 steps")
        assert stage.locator(".gdviz-readout").inner_text().startswith("step 20:")
        assert blue() == above(0.1, 20)
        moved(page, stage, "learning rate", "End")
        assert blue() == above(1, 20)
        assert len({above(0.1, 0), above(0.1, 20), above(1, 20)}) == 3


def test_play_counts_and_a_prediction_opens_its_figure(site, browser):
    with opened(browser, site / "first.html") as page:
        stage = page.locator(".gdviz-stage").first
        step = stage.get_by_role("slider", name="step")
        step.evaluate(RECORDED)
        stage.get_by_role("button", name="play").click()
        page.wait_for_function(
            "([step]) => step.shown.join() === '0,1,2,3,4,5'", arg=[step.element_handle()]
        )
        question = page.get_by_label("Prediction")
        assert question.locator(".gdviz-explorer").is_hidden()
        question.get_by_role("button", name="left").click()
        question.locator(".gdviz-stage canvas").wait_for()
        assert "You predicted: left." in question.get_by_role("status").first.inner_text()
        assert "It leans" in question.inner_text()
        summary = page.locator(".summary")
        said = "Left <or> right? You predicted: left. What happens instead: right."
        assert said in summary.inner_text()
        question.get_by_text("Compare with your prediction").click()
        assert "What happens instead: right. It is." in question.locator(".verdict").inner_text()


def test_a_network_is_flipped_through(site, browser):
    with opened(browser, site / "exercises/next.html") as page:
        stage = page.locator(".gdviz-stage").nth(1)
        stage.get_by_role("slider", name="learning rate").wait_for()
        home = stage.locator("figcaption").inner_text()
        assert moved(page, stage, "learning rate", "PageUp") != home


def test_a_click_on_a_mark_moves_the_rate_there(site, browser):
    with opened(browser, site / "lines.html") as page:
        stage = page.locator(".gdviz-stage").first
        mark = stage.locator(".gdviz-mark").first
        mark.click()
        rate = mark.inner_text().removeprefix("best ")
        slider = stage.get_by_role("slider", name="learning rate")
        expect(slider).to_have_attribute("aria-valuetext", re.compile(f"^{rate}"))
        expect(stage.locator("figcaption")).to_contain_text(f"at learning rate {rate} ")


def test_another_surface_of_a_family_is_shown_as_python_has_it(site, browser):
    with opened(browser, site / "exercises/next.html") as page:
        stage = page.locator(".gdviz-stage").nth(2)
        handle = stage.get_by_role("slider", name="condition")
        handle.wait_for()
        assert handle.get_attribute("aria-valuetext") == "10"
        marks = stage.locator(".track")
        assert marks.is_visible()
        said = moved(page, stage, "condition", "End")
        assert handle.get_attribute("aria-valuetext") == "100"
        assert marks.is_hidden()  # they speak of the other valley
        valley = gd.valley(100)
        run = gd.descend(valley, valley.start, valley.learning_rate, steps=5)
        end = float(said.removesuffix(".").split()[-1])
        assert end == pytest.approx(run.loss[-1], rel=1e-3)
        stage.get_by_role("button", name="reset").click()
        assert handle.get_attribute("aria-valuetext") == "10"
        assert marks.is_visible()


def test_random_starts_draw_together_under_their_slider(site, browser):
    with opened(browser, site / "cloud.html") as page:
        stage = page.locator(".gdviz-stage")
        handle = stage.get_by_role("slider", name="spread")
        handle.wait_for()
        assert stage.get_by_role("slider", name="start").count() == 0
        assert handle.get_attribute("aria-valuetext") == "100%"
        canvas = stage.locator("canvas")
        home, said = canvas.evaluate(PIXELS), stage.locator("figcaption").inner_text()
        assert moved(page, stage, "spread", "Home") == UNCOUNTED
        assert handle.get_attribute("aria-valuetext") == "2%"
        assert canvas.evaluate(PIXELS) != home
        stage.get_by_role("button", name="reset").click()
        expect(handle).to_have_attribute("aria-valuetext", "100%")
        expect(stage.locator("figcaption")).to_have_text(said)
        assert canvas.evaluate(PIXELS) == home


def test_a_map_of_another_rate_is_made_beside_the_page(site, browser):
    with opened(browser, site / "exercises/next.html") as page:
        stage = page.locator(".gdviz-stage").first
        stage.get_by_role("slider", name="learning rate").wait_for()
        before = int(stage.get_attribute("data-image"))
        moved(page, stage, "learning rate", "PageUp")
        page.wait_for_function(
            "([stage, n]) => Number(stage.dataset.image) > n", arg=[stage.element_handle(), before]
        )


@pytest.mark.parametrize("width", [360, 1280])
def test_no_page_is_wider_than_its_window(site, browser, width):
    for path in site.rglob("*.html"):
        with opened(browser, path, viewport={"width": width, "height": 800}) as page:
            for button in page.locator(".choices li:first-child button").all():
                button.click()
            page.wait_for_timeout(300)
            assert page.evaluate("() => document.documentElement.scrollWidth") == width


@pytest.mark.parametrize("grows", [True, False])
def test_on_a_phone_the_panels_stand_above_each_other(site, browser, grows):
    """At a readable size; what moves, and a pointer, find their places there."""
    phone, desk = ({"width": width, "height": 800} for width in (390, 1000))
    with opened(browser, site / "first.html", viewport=desk if grows else phone) as page:
        figure = page.locator(".gdviz-explorer").first
        figure.get_by_role("slider", name="step").wait_for()
        if grows:
            page.set_viewport_size(phone)
        page.wait_for_function(
            "(picture) => picture.clientHeight > picture.clientWidth",
            arg=figure.locator(".gdviz-picture").element_handle(),
        )
        curve, losses = (each.bounding_box() for each in figure.locator(".gdviz-plane").all())
        assert curve["y"] + curve["height"] < losses["y"]
        assert min(curve["width"], losses["width"]) > 150
        place = {"x": 0.4 * losses["width"], "y": 20}
        figure.locator(".gdviz-steps").click(position=place)
        expect(figure.locator(".gdviz-readout")).to_contain_text("step 2:")
        page.set_viewport_size(desk)
        page.wait_for_function(
            "(picture) => picture.clientHeight < picture.clientWidth",
            arg=figure.locator(".gdviz-picture").element_handle(),
        )


@pytest.mark.parametrize("width", [360, 1280])
def test_a_shorter_sentence_leaves_what_stands_below_where_it_is(site, browser, width):
    with opened(browser, site / "first.html", viewport={"width": width, "height": 800}) as page:
        figure = page.locator(".gdviz-explorer").first
        stage, caption = figure.locator(".gdviz-stage"), figure.locator("figcaption")
        stage.get_by_role("slider", name="step").wait_for()

        def height():
            page.wait_for_timeout(300)  # frames enough to shrink in
            return figure.bounding_box()["height"]

        home = height()
        assert moved(page, stage, "step", "ArrowLeft") == "Why?"
        assert height() == home
        long = "".join(f"so many words {k} " for k in range(60))  # more than any table says
        caption.evaluate("(caption, long) => { caption.textContent = long; }", long)
        grown = height()
        assert grown > home
        caption.evaluate("(caption) => { caption.textContent = 'Why?'; }")
        assert height() == grown
        for each in (600, width):  # where lines break elsewhere they are forgotten
            page.set_viewport_size({"width": each, "height": 800})
            page.wait_for_timeout(300)
        assert height() == home


def test_controls_keep_their_names_beside_them(site, browser):
    with opened(browser, site / "first.html") as page:
        stage = page.locator(".gdviz-stage").first
        stage.get_by_role("slider", name="learning rate").wait_for()
        names = stage.locator(".controls label > span").all_inner_texts()
        assert names == ["learning rate", "step", "start x"]


def test_a_line_of_code_of_the_longest_kind_is_seen_whole(site, browser):
    with opened(browser, site / "first.html", viewport={"width": 1280, "height": 800}) as page:
        for folded in page.locator(".folded").all():
            folded.locator("summary").click()
        page.locator(".code pre").nth(1).evaluate("(pre) => { pre.textContent = '0'.repeat(100); }")
        texts = page.locator(".code pre").evaluate_all(
            "(all) => all.filter((each) => each.scrollWidth > each.clientWidth)"
            ".map((each) => each.textContent)"
        )
        assert all(max(map(len, text.splitlines())) > 100 for text in texts)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_shuts_anybody_out(site, browser, scheme):
    for path in site.rglob("*.html"):
        with opened(browser, path, color_scheme=scheme) as page:
            for button in page.locator(".choices li:first-child button").all():
                button.click()
            for figure in page.locator(".gdviz-explorer").all():
                figure.locator("canvas").first.wait_for()
            assert barriers(page, "body") == []


def test_without_scripts_there_are_stills_and_captions(site, browser):
    with opened(browser, site / "first.html", java_script_enabled=False) as page:
        assert page.locator(".still img").first.is_visible()
        assert page.locator(".still p").first.inner_text().startswith("After 5 steps")
        assert not page.get_by_role("slider").first.is_visible()
        page.get_by_text("Look", exact=True).click()
        assert page.locator(".predict .still img").is_visible()


def test_what_cannot_move_stays_a_still_and_says_so(site, browser):
    gone = "delete window.DecompressionStream"
    with opened(browser, site / "exercises/next.html", before=gone) as page:
        page.get_by_text("This figure cannot move in this browser").last.wait_for()
        assert page.locator(".still img").last.is_visible()
        page.get_by_role("slider").last.wait_for(state="detached")


def test_without_workers_a_map_is_shown_only_at_its_own_rate(site, browser):
    with opened(browser, site / "exercises/next.html", before="delete window.Worker") as page:
        figure = page.locator(".gdviz-explorer").first
        stage = figure.locator(".gdviz-stage")
        stage.get_by_role("slider", name="learning rate").wait_for()
        assert "cannot colour the map" in figure.locator(".more").last.inner_text()
        ground = (
            "(stage) => { const canvas = stage.querySelector('canvas');"
            "const [x, y] = [0.2 * canvas.width, 0.5 * canvas.height];"
            "return canvas.getContext('2d').getImageData(x, y, 1, 1).data[3]; }"
        )
        assert stage.evaluate(ground) > 0
        moved(page, stage, "learning rate", "ArrowRight")
        assert stage.evaluate(ground) == 0
        moved(page, stage, "learning rate", "ArrowLeft")
        page.wait_for_function(f"(stage) => ({ground})(stage) > 0", arg=stage.element_handle())


def test_paper_gets_stills(site, browser):
    with opened(browser, site / "first.html") as page:
        page.get_by_role("slider", name="learning rate").first.wait_for()
        page.set_viewport_size({"width": 680, "height": 960})
        page.emulate_media(media="print")
        cut = "(all) => all.filter((each) => each.scrollWidth > each.clientWidth).length"
        assert page.locator(".code pre").evaluate_all(cut) == 0
        assert page.locator(".still img").first.is_visible()
        assert not page.get_by_role("slider", name="step").first.is_visible()
