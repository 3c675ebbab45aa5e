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
PNG = b"\x89PNG\r\n\x1a\n"


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
    kept = {}
    picture = data.get("image/png")
    if isinstance(picture, str) and len(picture) < MAX_PICTURE * 4 / 3:
        try:
            raw = base64.b64decode(picture)
        except (binascii.Error, ValueError):
            raw = b""
        if raw.startswith(PNG):
            kept["image/png"] = base64.b64encode(raw).decode()
    if isinstance(data.get("text/plain"), (str, list)):
        kept["text/plain"] = _text(data["text/plain"])
    return kept


def _text(value: object) -> str:
    if isinstance(value, list):
        value = "".join(part for part in value if isinstance(part, str))
    if not isinstance(value, str):
        return ""
    value = value.encode("utf-8", "replace").decode()
    return value if len(value) <= MAX_TEXT else value[:MAX_TEXT] + CUT
