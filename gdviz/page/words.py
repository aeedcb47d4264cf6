"""The words of a lesson as HTML: prose, formulas as MathML, code in colour, links between pages."""

import re
from html import escape

from latex2mathml.converter import convert
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name

LONG = 40  # letters of LaTeX that may be too wide for a phone
OPENING = "00028 0005B 0002C 0003C 0003D 0003E 000D7 021D2 02264 02265 022C5"  # ( [ , < = > ...
SIGNED = re.compile(rf"(<mo[^>]*>&#x(?:{OPENING.replace(' ', '|')});</mo>)<mo>(?=&#x02212;)")
STOPPED = re.compile(r'(<math display="inline">(?:(?!</math>).)*</math>)([.,;:?!)]+)')
JOINT = re.compile(r"(?<=[._(=])(?=[a-zA-Z])")  # where code may go on in the next line
NOTEBOOK = re.compile(r"^(?!\w+:)([^#?]+)\.ipynb(?=$|#)")


def formula(latex, *, block=False):
    """Return a formula as MathML, which browsers draw by themselves.

    >>> formula("x^2")
    '<math display="inline"><mrow><msup><mi>x</mi><mn>2</mn></msup></mrow></math>'
    """
    mathml = convert(latex, display="block" if block else "inline")
    mathml = mathml.replace("<mo>&#x0002F;</mo>", '<mo lspace="0" rspace="0">/</mo>')
    mathml = SIGNED.sub(r'\1<mo form="prefix">', mathml)  # a sign, not a difference
    return mathml.replace(' xmlns="http://www.w3.org/1998/Math/MathML"', "")


def code(source, language="python"):
    """Return a listing, its words marked by kind: page.css colours them."""
    return highlight(source, get_lexer_by_name(language), HtmlFormatter(cssclass="code"))


def anchor(html):
    """Return the name by which a heading can be linked to.

    >>> anchor("The idea, in <em>plain</em> NumPy")
    'the-idea-in-plain-numpy'
    """
    return re.sub(r"\W+", "-", re.sub(r"<[^>]*>", "", html).lower()).strip("-")


def _breakable(latex):
    """Return a formula within a line; a long one may go on in the next, before an equals sign."""
    found = formula(latex)
    parts = re.split(r" (?== )", latex) if len(latex) > LONG else []
    if any(part.count("{") != part.count("}") for part in parts):
        return found
    return "<wbr>".join(map(formula, parts)) or found


class _Renderer(IPythonRenderer):
    def inline_math(self, body):
        return _breakable(body)

    def block_math(self, body):
        return formula(body, block=True)

    def latex_environment(self, name, body):
        return formula(rf"\begin{{{name}}}{body}\end{{{name}}}", block=True)

    def heading(self, text, level, **attrs):
        return f'<h{level} id="{anchor(text)}">{text}</h{level}>\n'

    def link(self, text, url, title=None):
        return super().link(text, NOTEBOOK.sub(r"\1.html", url), title)

    def codespan(self, text):
        return f"<code>{JOINT.sub('<wbr>', escape(text))}</code>"

    def block_code(self, source, info=None):
        try:
            return code(source, info or "text")
        except ValueError:  # no language that pygments knows
            return code(source, "text")


def prose(markdown):
    """Return the text of a Markdown cell as HTML.

    >>> prose("See [lesson 01](01-follow-the-slope.ipynb).").strip()
    '<p>See <a href="01-follow-the-slope.html">lesson 01</a>.</p>'
    """
    html = MarkdownWithMath(renderer=_Renderer(escape=False)).render(markdown)
    html = STOPPED.sub(r'<span class="whole">\1\2</span>', html)
    # a table may be wider than a phone: it scrolls by itself
    html = html.replace("<table>", '<div class="table"><table>')
    return html.replace("</table>", "</table></div>")


def words_of(html):
    """Return HTML without its tags, to be read in a title."""
    return escape(" ".join(re.sub(r"<[^>]*>", "", html).split()), quote=False)
