"""Predictions that are recorded before the picture opens, and challenges that check themselves."""

from html import escape
from inspect import cleandoc

import ipywidgets as widgets
import numpy as np
from IPython.display import Markdown

from ..checks import (
    ENDS,
    check_callable,
    check_text,
    check_texts,
    expect,
    has_masked,
    in_words,
    short,
    whole,
)
from ..live.together import all_or_nothing, close_all, close_earlier
from .record import Sentence, forget, note


class Prediction(widgets.VBox):
    """A question to answer before a figure opens.

    Parameters
    ----------
    question : str
    choices : sequence of str
        What may happen; each becomes a button.
    show : callable
        Makes the figure (a widget) that answers the question. It is called at the first click.
    answer : int, optional
        The position of the choice that comes true; said after the figure has opened.
    because : str
        One or two sentences on why; shown with the answer.
    explain : str
        What there is to learn from the figure, in Markdown; shown below it once it has opened.

    Attributes
    ----------
    guess : str or None
        The recorded choice.
    figure : widget or None
        What `show` has made.
    answer : int or None
        As given.
    explanation : str
        `explain` as it is shown; empty if there is none.
    """

    def __init__(self, question, choices, show, *, answer=None, because="", explain=""):
        self.question = check_text("question", question)
        self._because = check_text("because", because)
        explain = cleandoc(check_text("explain", explain))
        self.explanation = f"**Explain.** {explain}" if explain else ""
        self.choices = check_texts("choices", choices, "such as ['up', 'down']")
        expect(len(self.choices) > 1, "choices", "two or more", choices, ValueError)
        self._show = check_callable("show", show, "a function, such as lambda: gd.explore(...)")
        self.answer = None if answer is None else self._position("answer", answer)
        self.guess = self.figure = None
        self._prompt = widgets.HTML(f"<b>Predict.</b> {escape(question)}")
        self._buttons = [
            widgets.Button(description=choice, layout={"width": "auto"}) for choice in self.choices
        ]
        for button in self._buttons:
            button.on_click(lambda pressed: self.predict(self._buttons.index(pressed)))
        self._said = widgets.HTML()
        row = widgets.HBox(self._buttons, layout={"flex_flow": "row wrap"})
        super().__init__([self._prompt, row, self._said])
        note(self.question, self)
        close_earlier(self)

    def _position(self, argument, given):
        """Return the position of a choice, counted from 0."""
        usual = ", the position of a choice counted from 0"
        return whole(argument, given, usual, least=0, most=len(self.choices) - 1)

    def predict(self, choice):
        """Record a choice, by its position, and open the figure. Only the first one counts."""
        choice = self._position("choice", choice)
        if self.guess is not None:
            return
        self.guess = self.choices[choice]
        for place, button in enumerate(self._buttons):
            button.disabled = True
            button.icon = "check" if place == choice else ""
        self._said.value = f"You predicted: <b>{escape(self.guess)}</b>. Now look."
        try:
            with np.errstate(), all_or_nothing():  # what a student sets there is over with it
                figure = self._show()
            if not isinstance(figure, widgets.Widget):
                raise TypeError(f"show made {short(figure)}, no widget: let it gd.explore(...)")
        except ENDS as error:  # a callback's exception would be seen by nobody
            self._said.value = escape(in_words(error))
            return
        self.figure = figure
        below = [widgets.HTML(self._verdict(choice))]
        if self.explanation:  # shown as a notebook shows Markdown, formulas included
            below.append(widgets.Output())
            below[-1].append_display_data(Markdown(self.explanation))
        self.children = [*self.children, figure, *below]

    def _verdict(self, choice):
        if self.answer is None:
            return escape(self._because)
        right = "As you predicted" if choice == self.answer else "What happens instead"
        text = f"<b>{right}: {escape(self.choices[self.answer])}.</b> {escape(self._because)}"
        return f"<details><summary>Compare with your prediction</summary>{text}</details>"

    @property
    def came_true(self):
        """Whether the guess is what happens (bool); None without a guess or an answer."""
        if self.guess is None or self.answer is None:
            return None
        return self.guess == self.choices[self.answer]

    @staticmethod
    def tally(asked):
        """Return how many predictions were made, and how many came true, in a sentence."""
        made = sum(each.guess is not None for each in asked)
        right = sum(each.came_true is True for each in asked)
        if not made:
            return f"Predictions: none of {len(asked)} made yet."
        return f"Predictions: {made} of {len(asked)} made, {right} came true."

    def outcome(self):
        """Return what was predicted, and what happens, in a sentence or two."""
        if self.guess is None:
            return "Not predicted yet."
        happens = {
            None: "",
            True: " So it is.",
            False: f" What happens instead: {self.choices[self.answer or 0]}.",
        }
        return f"You predicted: {self.guess}.{happens[self.came_true]}"

    def __repr__(self):
        choices = " / ".join(self.choices)
        guess = f"You predicted: {self.guess}." if self.guess else "Not predicted yet."
        return f"Predict. {self.question} [{choices}] {guess}"

    def _repr_mimebundle_(self, **kwargs):
        return {**super()._repr_mimebundle_(**kwargs), "text/plain": repr(self)}

    def close(self):
        """Close the question and the figure it opened; it is no longer remembered."""
        if self.comm is None:  # closed before, or never opened
            return
        forget(self)
        close_all(self.layout, *self.children)
        super().close()


class Challenge:
    """A task that checks itself, with a hint more at every miss.

    Parameters
    ----------
    task : str
        What to reach.
    test : callable
        Takes the student's answer; returns True when the task is met, else a sentence that says
        what is missing (or False); three dots if there is nothing to check yet. For an answer
        that is a function, `agrees_with` makes one.
    hints : sequence of str

    Examples
    --------
    >>> even = Challenge("Find an even number.", lambda n: n % 2 == 0, hints=["Try 2."])
    >>> even.check(...)
    Not attempted yet. Find an even number.
    >>> even.check(3)
    Not yet. Hint: Try 2.
    >>> even.check(4)
    Solved. Find an even number.
    """

    def __init__(self, task, test, hints=()):
        self.task, self.solved, self.attempted = check_text("task", task), False, False
        self._test = check_callable("test", test, "a function of the answer")
        self._hints = check_texts("hints", hints, "such as ['Try 2.']")
        self._misses = 0
        note(self.task, self)

    def check(self, answer):
        """Check an answer; three dots (``...``) stand for none."""
        try:
            with np.errstate():  # an answer may be a student's own function
                result = ... if answer is ... else self._test(answer)
                solved = _is_true(result)
        except ENDS as error:
            result, solved = in_words(error), False
        if result is ...:
            return Sentence(f"Not attempted yet. {self.task}")
        self.attempted = True
        if not solved:
            return Sentence(f"Not yet. {self._missing(result)}")
        self.solved = True
        return Sentence(f"Solved. {self.task}")

    def then(self, show):
        """Open what the answer makes possible, right or wrong; before an attempt only say so.

        Parameters
        ----------
        show : callable
            Makes what is shown, from the student's own functions.
        """
        check_callable("show", show)
        if not self.attempted:
            return Sentence(f"This opens once there is an answer to: {self.task}")
        try:
            with np.errstate():
                return show()
        except ENDS as error:  # what a student's function made of it
            return Sentence(f"It does not run yet. {in_words(error)}")

    def _missing(self, result):
        parts = [result] if isinstance(result, str) else []
        if self._hints:
            parts.append(f"Hint: {self._hints[min(self._misses, len(self._hints) - 1)]}")
        self._misses += 1
        return " ".join(parts)

    @staticmethod
    def tally(asked):
        """Return how many challenges are solved, in a sentence."""
        solved = sum(each.solved for each in asked)
        return f"Challenges: {solved or 'none'} of {len(asked)} solved{'' if solved else ' yet'}."

    def outcome(self):
        """Return how far the task is, in a sentence."""
        if self.solved:
            return "Solved."
        return "Tried, and not solved yet." if self.attempted else "Not attempted yet."

    def __repr__(self):
        return f"{self.task} [{'solved' if self.solved else 'not solved yet'}]"


def _is_true(result):
    """Whether a result is True, or an array with nothing but True in it: no NaN, not empty."""
    if isinstance(result, bool | np.bool | list | tuple | np.ndarray) and not has_masked(result):
        found = np.asarray(result)
        return found.dtype == bool and found.size > 0 and bool(found.all())
    return False


def predict(question, choices, show, *, answer=None, because="", explain=""):
    """Ask for a prediction, then open the figure: see `Prediction`."""
    return Prediction(question, choices, show, answer=answer, because=because, explain=explain)
