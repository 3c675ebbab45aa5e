"""Student work as HTML that nothing can run in: Markdown, code and outputs."""

import base64
import binascii
import re

import nh3
from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbformat.notebooknode import NotebookNode
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import Python3Lexer, TextLexer

from .outputs import PICTURES, clean_outputs

ANSI = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?")
MAX_CODE = 200_000  # characters of a cell
MAX_MARKDOWN = 20_000  # the parser's time may grow with the square
MAX_PICTURE = 2_700_000  # characters of a picture in base64
DATA_PICTURE = re.compile(r"data:(image/(?:png|jpeg));base64,([A-Za-z0-9+/=\s]+)")
LINK = re.compile(r"(?:https?://|mailto:)[^\s]+", re.IGNORECASE)
CODE_CLASS = re.compile(r"highlight|[a-z][a-z0-9]{0,2}")  # what pygments gives its spans

TAGS = {"a", "blockquote", "br", "code", "dd", "del", "div", "dl", "dt", "em", "h1", "h2", "h3"}
TAGS |= {"h4", "h5", "h6", "hr", "img", "li", "ol", "p", "pre", "s", "span", "strong", "sub", "sup"}
TAGS |= {"table", "tbody", "td", "th", "thead", "tr", "ul"}
ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "title"},
    "span": {"class"},
    "div": {"class"},
    "ol": {"start"},
}


class _Renderer(IPythonRenderer):
    """Markdown in which raw HTML is text and pictures are those that the cell brings along."""

    def block_mermaidjs(self, code: str) -> str:
        return f"<pre><code>{escape(code)}</code></pre>\n"

    def image(self, text: str, url: str, title: str | None = None) -> str:
        if url.startswith("attachment:"):
            found = self.attachments.get(url.removeprefix("attachment:"))
            url = _attached(found) if isinstance(found, dict) else ""
        if picture(url):
            return f'<img src="{url}" alt="{escape(text)}">'
        return f"<em>[picture not shown: {escape(text)}]</em>"


def markdown_html(source: str, attachments: dict | None = None) -> Markup:
    """Hostile Markdown as HTML without scripts, styles, ids, forms, frames or remote pictures.

    Formulas stay as they were typed. Links lead to http, https and mailto only.
    """
    attachments = attachments if isinstance(attachments, dict) else {}
    renderer = _Renderer(
        escape=True,
        allow_harmful_protocols=False,
        exclude_anchor_links=True,
        attachments=attachments,
    )
    if len(source) > MAX_MARKDOWN:
        source = f"{source[:MAX_MARKDOWN]}\n\n(The rest is cut.)"
    try:
        made = MarkdownWithMath(renderer=renderer).render(source)
    except Exception:  # a parser may stumble over what was made to make it stumble
        made = f"<pre>{escape(source)}</pre>"
    return Markup(
        nh3.clean(
            made,
            tags=TAGS,
            attributes=ATTRIBUTES,
            attribute_filter=_attribute,
            url_schemes={"http", "https", "mailto", "data"},
            link_rel="noopener noreferrer nofollow",
        )
    )


@pass_context
def cell_html(context: Context, source: str) -> Markup:
    """The filter `markdown2html` of nbconvert's templates: the text of the cell at hand as HTML."""
    cell = context.get("cell") or {}
    return markdown_html(source, cell.get("attachments"))


def _attribute(tag: str, name: str, value: str) -> str | None:
    if name == "href":
        return value if LINK.fullmatch(value) else None
    if name == "src":
        return value if picture(value) else None
    if name == "class":
        return value if all(map(CODE_CLASS.fullmatch, value.split())) else None
    return value


def picture(url: str) -> bool:
    """Whether a URL is a PNG or JPEG picture in itself, and not too large."""
    found = DATA_PICTURE.fullmatch(url) if len(url) < MAX_PICTURE else None
    if found is None:
        return False
    try:
        return base64.b64decode(found[2]).startswith(PICTURES[found[1]])
    except (binascii.Error, ValueError):
        return False


def _attached(found: dict) -> str:
    kind = next((kind for kind in PICTURES if isinstance(found.get(kind), str)), "")
    return f"data:{kind};base64,{found[kind]}" if kind else ""


def code_html(source: str) -> Markup:
    """Python code with its syntax in colour (see `code_styles`)."""
    lexer = Python3Lexer() if len(source) < MAX_CODE else TextLexer()
    return Markup(highlight(source[:MAX_CODE], lexer, HtmlFormatter(cssclass="highlight")))


def code_styles() -> str:
    """CSS for `code_html` on light and on dark ground."""
    light = HtmlFormatter(style="default").get_style_defs(".highlight")
    dark = HtmlFormatter(style="github-dark").get_style_defs(".highlight")
    return f"{light}\n@media (prefers-color-scheme: dark) {{\n{dark}\n}}"


def outputs_html(outputs: object) -> Markup:
    """The outputs of a cell: text and PNG pictures, everything else is dropped."""
    parts = []
    for output in clean_outputs(outputs):
        parts.append(_output(output))
    return Markup("\n").join(parts)


def _output(output: NotebookNode) -> Markup:
    if output.output_type == "stream":
        return _pre(output.text)
    if output.output_type == "error":
        return _pre("\n".join(output.traceback) or f"{output.ename}: {output.evalue}")
    if "image/png" in output.data:
        said = plain(output.data.get("text/plain", "")) or "figure"
        url = f"data:image/png;base64,{output.data['image/png']}"
        return Markup('<img src="{}" alt="{}">').format(url, said[:200])
    return _pre(output.data.get("text/plain", ""))


def _pre(text: str) -> Markup:
    return Markup('<pre class="output">{}</pre>').format(plain(text))


def plain(text: str) -> str:
    """`text` without a terminal's escape sequences, overwritten lines and control characters."""
    text = re.sub(r"[^\r\n]*\r(?!\n)", "", text)
    return re.sub(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", "", ANSI.sub("", text))
