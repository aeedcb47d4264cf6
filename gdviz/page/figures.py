"""What `capture` took in the kernel, as the HTML of a figure or a question.

All that can be read and seen without JavaScript is here as plain HTML; page.js makes it live.
"""

import json
from html import escape
from itertools import count

from .words import prose

WORDS = {  # of what has no numbers, by its kind
    "challenge": "<p class='task'><b>To try in the notebook.</b> {text}</p>",
    "summary": """<section class="summary" aria-label="Summary"><p class="more">What you
predict on this page is summed up here.</p></section>""",
    "nothing": "<p class='more'>What was shown here needs the notebook.</p>",
}


class Figures:
    """Writes the figures of one page, each with a number of its own."""

    def __init__(self):
        self._numbers = count(1)

    def html(self, state):
        """Return what was shown as HTML."""
        if state["kind"] in WORDS:
            return WORDS[state["kind"]].format(text=escape(state.get("text", "")))
        return getattr(self, f"_{state['kind']}")(state)

    def _figure(self, state):
        live = dict(state)
        still, needs = live.pop("still"), live.pop("needs", [])
        width, height = (round(100 * state["live"]["scene"][side]) for side in ("width", "height"))
        more = f"<p class='more'>The notebook can also {listed(needs)}.</p>" if needs else ""
        # "</script>" in a text would end the data
        data = json.dumps(live, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")
        number = next(self._numbers)
        return f"""<div class="gdviz-explorer" id="figure-{number}" role="group"
aria-label="Figure {number}" style="--width: {width}px">
<div class="still"><img src="data:image/png;base64,{still}" width="{width}" height="{height}"
alt="{escape(state["label"])}"><p>{escape(state["caption"])}</p></div>
<div class="live"></div>
{self._controls(state)}{more}
<script type="application/json">{data}</script>
</div>"""

    @staticmethod
    def _controls(state):
        """Return native controls, switched off until the figure is live."""
        rows = []
        if "rate" in state:
            last = len(state["rate"]["labels"]) - 1
            rows.append(_row("learning rate", 0, last, 1, "reset") + '<div class="track"></div>')
        if "step" in state:
            rows.append(_row("step", 0, state["step"]["max"], state["step"]["step"], "play"))
        for each in state.get("start", []):
            rows.append(_row(each["name"], each["min"], each["max"], each["step"]))
        rows = "".join(f'<div class="gdviz-ruled">{row}</div>' for row in rows)
        return f'<div class="controls">{rows}</div>' if rows else ""

    def _prediction(self, asked):
        choices = "".join(f"<li>{escape(choice)}</li>" for choice in asked["choices"])
        because, answer = escape(asked["because"]), asked["answer"]
        if answer is not None:
            because = f"""<details class="verdict"><summary>Compare with your prediction</summary>
<p><b>{escape(asked["choices"][answer])}.</b> {because}</p></details>"""
        elif because:
            because = f"<p>{because}</p>"
        known = "" if answer is None else f' data-answer="{answer}"'
        return f"""<section class="predict"{known} aria-label="Prediction">
<div class="question"><p><b>Predict.</b> {escape(asked["question"])}</p>
<ul class="choices">{choices}</ul><p class="said" role="status"></p></div>
<details class="look"><summary>Look</summary>
{self.html(asked["figure"])}
{because}{prose(asked["explanation"])}</details></section>"""


def _row(name, low, high, step, button=""):
    """Return a slider with its name, its number and maybe a button beside it."""
    button = button and f'<button type="button" class="{button}" disabled>{button}</button>'
    return f"""<label><span>{escape(name)}</span><input type="range" aria-label="{escape(name)}"
min="{low}" max="{high}" step="{step}" disabled><output></output></label>{button}"""


def listed(parts):
    """Return parts of a sentence, joined.

    >>> listed(["walk", "run", "stop"])
    'walk, run and stop'
    """
    return " and ".join(filter(None, [", ".join(parts[:-1]), *parts[-1:]]))
