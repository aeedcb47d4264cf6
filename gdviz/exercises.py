"""Predictions that are recorded before the picture opens, and challenges that check themselves."""

from html import escape

import ipywidgets as widgets
import numpy as np

from .lifetime import close_earlier, family


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

    Attributes
    ----------
    guess : str or None
        The recorded choice.
    figure : widget or None
        What `show` has made.
    answer : int or None
        As given.
    """

    def __init__(self, question, choices, show, *, answer=None, because=""):
        if isinstance(choices, str) or not all(isinstance(each, str) for each in choices):
            raise TypeError(f"choices: {choices!r} is no list of texts; write ['up', 'down']")
        if len(choices) < 2:
            raise ValueError(f"choices: {choices!r} leaves nothing to choose; give two or more")
        if not callable(show):
            raise TypeError(f"show: {show!r} cannot be called; write lambda: gd.explore(...)")
        if answer is not None and answer not in range(len(choices)):
            raise ValueError(
                f"answer: {answer!r} is none of the {len(choices)} choices; count from 0"
            )
        self.question, self.choices, self.guess, self.figure = question, list(choices), None, None
        self.answer, self._show, self._because = answer, show, because
        self._prompt = widgets.HTML(f"<b>Predict.</b> {escape(question)}")
        self._buttons = [
            widgets.Button(description=choice, layout={"width": "auto"}) for choice in self.choices
        ]
        for button in self._buttons:
            button.on_click(self._clicked)
        self._said = widgets.HTML()
        row = widgets.HBox(self._buttons, layout={"flex_flow": "row wrap"})
        super().__init__([self._prompt, row, self._said])
        close_earlier(self)

    def _clicked(self, button):
        self.predict(self._buttons.index(button))

    def predict(self, choice):
        """Record a choice, by its position, and open the figure. Only the first one counts."""
        if choice not in range(len(self.choices)):
            raise ValueError(
                f"choice: {choice!r} is none of the {len(self.choices)} choices; count from 0"
            )
        if self.guess is not None:
            return
        self.guess = self.choices[choice]
        for place, button in enumerate(self._buttons):
            button.disabled = True
            button.icon = "check" if place == choice else ""
        self._said.value = f"You predicted: <b>{escape(self.guess)}</b>. Now look."
        try:
            figure = self._show()
            if not isinstance(figure, widgets.Widget):
                raise TypeError(
                    f"show: it made {figure!r}, no widget; write lambda: gd.explore(...)"
                )
        except Exception as error:  # a callback's exception would be seen by nobody
            self._said.value = escape(f"{type(error).__name__}: {error}")
            return
        self.figure = figure
        self.children = [*self.children, figure, widgets.HTML(self._verdict(choice))]

    def _verdict(self, choice):
        if self.answer is None:
            return escape(self._because)
        right = "As you predicted" if choice == self.answer else "What happens instead"
        text = f"<b>{right}: {escape(self.choices[self.answer])}.</b> {escape(self._because)}"
        return f"<details><summary>Compare with your prediction</summary>{text}</details>"

    def __repr__(self):
        choices = " / ".join(self.choices)
        guess = f"You predicted: {self.guess}." if self.guess else "Not predicted yet."
        return f"Predict. {self.question} [{choices}] {guess}"

    def _repr_mimebundle_(self, **kwargs):
        return {**super()._repr_mimebundle_(**kwargs), "text/plain": repr(self)}

    def close(self):
        """Close the question and the figure it opened."""
        if self.comm is None:  # closed before, or never opened
            return
        for widget in family(self.layout, *self.children):
            widget.close()
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
        if not callable(test):
            raise TypeError(f"test: {test!r} cannot be called; give a function of the answer")
        if isinstance(hints, str):
            raise TypeError(f"hints: {hints!r} is one text; write [{hints!r}]")
        self.task, self.solved, self.attempted = task, False, False
        self._test, self._hints, self._misses = test, list(hints), 0

    def check(self, answer):
        """Check an answer; three dots (``...``) stand for none."""
        try:
            result = ... if answer is ... else self._test(answer)
        except Exception as error:  # an answer may be a student's own function
            result = f"{type(error).__name__}: {error}"
        if result is ...:
            return _Sentence(f"Not attempted yet. {self.task}")
        self.attempted = True
        if isinstance(result, str) or not np.all(result):
            return _Sentence(f"Not yet. {self._missing(result)}")
        self.solved = True
        return _Sentence(f"Solved. {self.task}")

    def then(self, show):
        """Open what the answer makes possible, right or wrong; before an attempt only say so.

        Parameters
        ----------
        show : callable
            Makes what is shown, from the student's own functions.
        """
        if not self.attempted:
            return _Sentence(f"This opens once there is an answer to: {self.task}")
        try:
            return show()
        except Exception as error:  # what a student's function made of it
            return _Sentence(f"It does not run yet. {type(error).__name__}: {error}")

    def _missing(self, result):
        parts = [result] if isinstance(result, str) else []
        if self._hints:
            parts.append(f"Hint: {self._hints[min(self._misses, len(self._hints) - 1)]}")
        self._misses += 1
        return " ".join(parts)

    def __repr__(self):
        return f"{self.task} [{'solved' if self.solved else 'not solved yet'}]"


class _Sentence(str):
    """A text that a notebook shows without quotation marks."""

    def __repr__(self):
        return str(self)


def predict(question, choices, show, *, answer=None, because=""):
    """Ask for a prediction, then open the figure: see `Prediction`."""
    return Prediction(question, choices, show, answer=answer, because=because)
