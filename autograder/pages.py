"""Self-contained HTML pages from the templates beside this file."""

import base64
import hashlib
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

TEMPLATES = Path(__file__).resolve().parent / "templates"


def render(template: str, **facts: object) -> str:
    """A page; whatever is put into it is escaped unless it is `Markup`."""
    return _environment().get_template(template).render(**facts)


def read_template(name: str) -> Markup:
    """The text of a style sheet or script that a page carries."""
    return Markup((TEMPLATES / name).read_text(encoding="utf-8"))


def script_hash(script: str) -> str:
    """What a Content-Security-Policy calls an inline script."""
    return f"sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}"


def points(value: float) -> str:
    """Points without needless digits."""
    return f"{round(value, 2):g}"


def breakable(name: str) -> Markup:
    """A name that may go on in the next line after each underscore."""
    return Markup("_<wbr>").join(name.split("_"))


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"points": points, "breakable": breakable}
    return environment
