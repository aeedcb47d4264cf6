"""What was asked in this kernel, and what came of it.

This is the one place of the package that remembers anything beyond the object at hand. It is empty
until a first question is asked, holds the questions themselves, and ends with the kernel.
"""

from textwrap import fill

WIDTH = 64  # letters in a line of a summary

_asked = {}  # question or task -> Prediction or Challenge, in the order of the lesson


class Sentence(str):
    """A text that a notebook shows without quotation marks."""

    def __repr__(self):
        return str(self)


class Summary(Sentence):
    """What was predicted and solved."""


def note(words, asked):
    """Remember a question or a task; one that is asked again takes the place of the earlier one."""
    _asked[words] = asked


def forget(asked):
    """Forget what is closed, unless it was asked again since."""
    for words in [words for words, each in _asked.items() if each is asked]:
        del _asked[words]


def summary():
    """Sum up what you predicted and solved since the kernel began.

    Returns
    -------
    str
        To read, to copy, or to keep in a file: ``open("mine.txt", "w").write(gd.summary())``.

    Examples
    --------
    >>> import gdviz as gd
    >>> even = gd.Challenge("Find an even number.", lambda n: n % 2 == 0)
    >>> even.check(4)
    Solved. Find an even number.
    >>> "Find an even number." in gd.summary()
    True
    """
    parts = []
    for kind in dict.fromkeys(map(type, _asked.values())):
        asked = {words: each for words, each in _asked.items() if type(each) is kind}
        parts += ["", kind.tally(asked.values())]
        for number, (words, each) in enumerate(asked.items(), 1):
            parts += [_indented(f"{number:2}. {words}"), _indented(f"    {each.outcome()}")]
    return Summary("\n".join(parts[1:]) or "Nothing has been asked yet: run the lesson's cells.")


def _indented(text):
    return fill(text, WIDTH, subsequent_indent="    ", break_long_words=False)
