# %% right="if chain, lists"
def norm_axes(kind):
    if kind == "batch":
        return [0, 2, 3]
    elif kind == "layer":
        return [1, 2, 3]
    elif kind == "instance":
        return [2, 3]
    raise ValueError("kind is unknown: " + repr(kind))

# %% right="from the axes that are kept"
def norm_axes(kind):
    kept = {"batch": {1}, "layer": {0}, "instance": {0, 1}}.get(kind)
    if kept is None:
        raise ValueError(f"kind: {kind}")
    return tuple(a for a in range(4) if a not in kept)

# %% right="match statement"
def norm_axes(kind):
    match kind:
        case "batch":
            return 0, 2, 3
        case "layer":
            return 1, 2, 3
        case "instance":
            return 2, 3
        case _:
            raise ValueError("kind must be batch, layer or instance")

# %% right="dictionary, KeyError turned into ValueError"
def norm_axes(kind):
    try:
        return {"batch": (0, 2, 3), "layer": (1, 2, 3), "instance": (2, 3)}[kind]
    except KeyError:
        raise ValueError("kind") from None

# %% wrong="Batch and layer changed places."
def norm_axes(kind):
    axes = {"batch": (1, 2, 3), "layer": (0, 2, 3), "instance": (2, 3)}
    if kind not in axes:
        raise ValueError("kind is unknown")
    return axes[kind]

# %% wrong="A picture has height and width: they are averaged as well."
def norm_axes(kind):
    axes = {"batch": (0,), "layer": (1, 2, 3), "instance": (2, 3)}
    if kind not in axes:
        raise ValueError("kind is unknown")
    return axes[kind]

# %% wrong="These are the axes that are kept, not those that are averaged."
def norm_axes(kind):
    axes = {"batch": (1,), "layer": (0,), "instance": (0, 1)}
    if kind not in axes:
        raise ValueError("kind is unknown")
    return axes[kind]

# %% wrong="Here layer normalization averages the channels as well."
def norm_axes(kind):
    axes = {"batch": (0, 2, 3), "layer": (2, 3), "instance": (2, 3)}
    if kind not in axes:
        raise ValueError("kind is unknown")
    return axes[kind]

# %% wrong="Layer normalization averages height and width too."
def norm_axes(kind):
    axes = {"batch": (0, 2, 3), "layer": (1,), "instance": (2, 3)}
    if kind not in axes:
        raise ValueError("kind is unknown")
    return axes[kind]

# %% wrong="Instance normalization does not average the channels."
def norm_axes(kind):
    axes = {"batch": (0, 2, 3), "layer": (1, 2, 3), "instance": (1, 2, 3)}
    if kind not in axes:
        raise ValueError("kind is unknown")
    return axes[kind]

# %% wrong="Another kind has to raise ValueError."
def norm_axes(kind):
    axes = {"batch": (0, 2, 3), "layer": (1, 2, 3), "instance": (2, 3)}
    if kind not in axes:
        return None
    return axes[kind]

# %% wrong="A KeyError is not a ValueError."
def norm_axes(kind):
    axes = {"batch": (0, 2, 3), "layer": (1, 2, 3), "instance": (2, 3)}
    return axes[kind]

# %% wrong="Capital letters matter."
def norm_axes(kind):
    axes = {"batch": (0, 2, 3), "layer": (1, 2, 3), "instance": (2, 3)}
    kind = str(kind).lower()
    if kind not in axes:
        raise ValueError("kind is unknown")
    return axes[kind]

# %% wrong="Spaces around the word matter."
def norm_axes(kind):
    axes = {"batch": (0, 2, 3), "layer": (1, 2, 3), "instance": (2, 3)}
    kind = str(kind).strip()
    if kind not in axes:
        raise ValueError("kind is unknown")
    return axes[kind]

# %% wrong="The axes are counted from the front, without negative numbers."
def norm_axes(kind):
    axes = {"batch": (0, 2, 3), "layer": (1, 2, 3), "instance": (-2, -1)}
    if kind not in axes:
        raise ValueError("kind is unknown")
    return axes[kind]

# %% wrong="The axes come in increasing order."
def norm_axes(kind):
    axes = {"batch": (0, 2, 3), "layer": (3, 2, 1), "instance": (2, 3)}
    if kind not in axes:
        raise ValueError("kind is unknown")
    return axes[kind]

# %% wrong="The start of a word is not the word."
def norm_axes(kind):
    axes = {"batch": (0, 2, 3), "layer": (1, 2, 3), "instance": (2, 3)}
    if isinstance(kind, str):
        kind = next((k for k in axes if kind and kind.startswith(k)), kind)
    if kind not in axes:
        raise ValueError("kind is unknown")
    return axes[kind]

# %% wrong="Without axes everything is averaged into one number."
def norm_axes(kind):
    axes = {"batch": (0, 2, 3), "layer": (0, 1, 2, 3), "instance": (2, 3)}
    if kind not in axes:
        raise ValueError("kind is unknown")
    return axes[kind]
