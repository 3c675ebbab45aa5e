# %% right="np.multiply"
def dropout_backward(dout, mask):
    return dout.copy() if mask is None else np.multiply(dout, mask)

# %% right="an identity mask in evaluation"
def dropout_backward(dout, mask):
    if mask is None:
        mask = np.ones_like(dout)
    dx = np.array(dout)
    dx *= mask
    return dx

# %% right="one entry at a time"
def dropout_backward(dout, mask):
    dx = np.empty_like(dout)
    for index in np.ndindex(dout.shape):
        dx[index] = dout[index] if mask is None else dout[index] * mask[index]
    return dx

# %% wrong="The kept gradients lack the factor 1 / (1 - p) that is in the mask."
def dropout_backward(dout, mask):
    if mask is None:
        return dout
    return dout * (mask > 0).astype(dout.dtype)

# %% wrong="The gradient is divided by the mask instead of multiplied."
def dropout_backward(dout, mask):
    if mask is None:
        return dout
    return np.where(mask > 0, dout / np.where(mask > 0, mask, 1), 0).astype(dout.dtype)

# %% wrong="In evaluation the mask is None: pass the gradient through."
def dropout_backward(dout, mask):
    return dout * mask

# %% wrong="In evaluation the gradient is not zero."
def dropout_backward(dout, mask):
    if mask is None:
        return np.zeros_like(dout)
    return dout * mask

# %% wrong="The gradient does not depend on the mask in your answer."
def dropout_backward(dout, mask):
    return dout

# %% wrong="Your answer changes dout in place."
def dropout_backward(dout, mask):
    if mask is not None:
        dout *= mask
    return dout

# %% wrong="The mask is applied twice."
def dropout_backward(dout, mask):
    if mask is None:
        return dout
    return dout * mask * mask
