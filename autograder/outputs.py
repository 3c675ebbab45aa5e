"""Outputs of cells that somebody will look at: which kinds are kept, and how much of them."""

import base64
import binascii

from nbformat.notebooknode import NotebookNode
from nbformat.v4 import new_output

MAX_TEXT = 200_000  # characters
MAX_PICTURE = 2_000_000  # bytes of a PNG
MAX_CELL = 8_000_000  # characters of all outputs of a cell
MAX_OUTPUTS = 200
CUT = "\n… the rest is cut\n"
MAX_PICTURES = 20  # attached to a cell
PICTURES = {"image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff"}  # how they begin


def clean_outputs(outputs: object) -> list[NotebookNode]:
    """`outputs` as text, PNG pictures and errors alone; HTML, SVG and scripts are dropped.

    Everything may be hostile: each part is checked for its type and size and built anew.
    """
    kept: list[NotebookNode] = []
    room = MAX_CELL
    for output in outputs[:MAX_OUTPUTS] if isinstance(outputs, list) else ():
        made = _clean(output) if isinstance(output, dict) else None
        if made is not None:
            room -= len(str(made))
            if room < 0:
                kept.append(new_output("stream", name="stdout", text=CUT))
                break
            kept.append(made)
    return kept


def _clean(output: dict) -> NotebookNode | None:
    kind = output.get("output_type")
    if kind == "stream":
        name = "stderr" if output.get("name") == "stderr" else "stdout"
        return new_output("stream", name=name, text=_text(output.get("text")))
    if kind in ("display_data", "execute_result"):
        data = _data(output.get("data"))
        return new_output("display_data", data=data) if data else None
    if kind == "error":
        lines = output.get("traceback")
        lines = [_text(line) for line in lines[:100]] if isinstance(lines, list) else []
        ename, evalue = _text(output.get("ename"))[:200], _text(output.get("evalue"))[:5000]
        return new_output("error", ename=ename, evalue=evalue, traceback=lines)
    return None


def _data(data: object) -> dict[str, str]:
    if not isinstance(data, dict):
        return {}
    kept = _picture(data, "image/png")
    if isinstance(data.get("text/plain"), (str, list)):
        kept["text/plain"] = _text(data["text/plain"])
    return kept


def clean_attachments(attachments: object) -> dict[str, dict[str, str]]:
    """The PNG and JPEG pictures among what is attached to a cell, by name, within limits."""
    found = list(attachments.items())[:MAX_PICTURES] if isinstance(attachments, dict) else []
    kept = {}
    for name, data in found:
        for kind in PICTURES:
            picture = _picture(data, kind) if isinstance(data, dict) else {}
            if picture and isinstance(name, str):
                kept[name] = picture
    return kept


def _picture(data: dict, kind: str) -> dict[str, str]:
    """The picture of that kind in `data`, if it is one and not too large."""
    picture = data.get(kind)
    if not isinstance(picture, str) or len(picture) >= MAX_PICTURE * 4 / 3:
        return {}
    try:
        raw = base64.b64decode(picture)
    except (binascii.Error, ValueError):
        return {}
    return {kind: base64.b64encode(raw).decode()} if raw.startswith(PICTURES[kind]) else {}


def _text(value: object) -> str:
    if isinstance(value, list):
        value = "".join(part for part in value if isinstance(part, str))
    if not isinstance(value, str):
        return ""
    value = value.encode("utf-8", "replace").decode()
    return value if len(value) <= MAX_TEXT else value[:MAX_TEXT] + CUT
