# %% right="loop, inputs brought to columns"
def linear_rnn(W_h, W_u, inputs, h0):
    W = W_u.reshape(len(h0), -1)
    u = inputs.reshape(len(inputs), -1)
    states = np.zeros((len(u), len(h0)), dtype=W_h.dtype)
    h = h0
    for t in range(len(u)):
        h = W_h @ h + W @ u[t]
        states[t] = h
    return states


# %% right="branch on the number of axes, list of rows"
def linear_rnn(W_h, W_u, inputs, h0):
    drive = np.outer(inputs, W_u) if inputs.ndim == 1 else inputs @ W_u.T
    rows = [h0]
    for d in drive:
        rows.append(W_h.dot(rows[-1]) + d)
    return np.vstack(rows[1:])


# %% right="elementwise sums, no matmul"
def linear_rnn(W_h, W_u, inputs, h0):
    d = h0.shape[0]
    out = np.empty((inputs.shape[0], d), dtype=np.result_type(W_h, W_u, inputs, h0))
    for t, u in enumerate(inputs):
        last = out[t - 1] if t else h0
        for i in range(d):
            out[t, i] = sum(W_h[i, j] * last[j] for j in range(d)) + np.sum(W_u[i] * u)
    return out


# %% wrong="h_0 itself is not among the states."
def linear_rnn(W_h, W_u, inputs, h0):
    states = [h0]
    for u in inputs:
        states.append(W_h @ states[-1] + np.dot(W_u, u))
    return np.array(states)


# %% wrong="T rows, beginning with h_1: yours begin with h_0."
def linear_rnn(W_h, W_u, inputs, h0):
    states, h = [], h0
    for u in inputs:
        states.append(h)
        h = W_h @ h + np.dot(W_u, u)
    return np.array(states)


# %% wrong="Every state is asked for, not only the last one."
def linear_rnn(W_h, W_u, inputs, h0):
    h = h0
    for u in inputs:
        h = W_h @ h + np.dot(W_u, u)
    return h


# %% wrong="W_h h, not h W_h: the matrix is not symmetric."
def linear_rnn(W_h, W_u, inputs, h0):
    states, h = [], h0
    for u in inputs:
        h = h @ W_h + np.dot(W_u, u)
        states.append(h)
    return np.array(states)


# %% wrong="This network is linear: no tanh."
def linear_rnn(W_h, W_u, inputs, h0):
    states, h = [], h0
    for u in inputs:
        h = np.tanh(W_h @ h + np.dot(W_u, u))
        states.append(h)
    return np.array(states)


# %% wrong="The state starts at h0, not at zero."
def linear_rnn(W_h, W_u, inputs, h0):
    states, h = [], np.zeros_like(h0)
    for u in inputs:
        h = W_h @ h + np.dot(W_u, u)
        states.append(h)
    return np.array(states)


# %% wrong="Inputs may be vectors as well as scalars."
def linear_rnn(W_h, W_u, inputs, h0):
    states, h = [], h0
    for u in inputs:
        h = W_h @ h + W_u * u
        states.append(h)
    return np.array(states)


# %% wrong="Inputs may be scalars as well as vectors."
def linear_rnn(W_h, W_u, inputs, h0):
    states, h = [], h0
    for u in inputs:
        h = W_h @ h + W_u @ u
        states.append(h)
    return np.array(states)


# %% wrong="The result keeps the dtype of the data."
def linear_rnn(W_h, W_u, inputs, h0):
    states = np.zeros((len(inputs), len(h0)))
    h = h0
    for t, u in enumerate(inputs):
        h = W_h @ h + np.dot(W_u, u)
        states[t] = h
    return states


# %% wrong="Your function writes the new state into h0."
def linear_rnn(W_h, W_u, inputs, h0):
    states, h = [], h0
    for u in inputs:
        h[:] = W_h @ h + np.dot(W_u, u)
        states.append(h.copy())
    return np.array(states)


# %% wrong="The same array is stored in every row: keep a copy of each state."
def linear_rnn(W_h, W_u, inputs, h0):
    states, h = [], h0.copy()
    for u in inputs:
        h[:] = W_h @ h + np.dot(W_u, u)
        states.append(h)
    return np.array(states)


# %% wrong="The new input enters after W_h has been applied, not before."
def linear_rnn(W_h, W_u, inputs, h0):
    states, h = [], h0
    for u in inputs:
        h = W_h @ (h + np.dot(W_u, u))
        states.append(h)
    return np.array(states)


# %% wrong="The previous state is h_(t-1), not h_0 each time."
def linear_rnn(W_h, W_u, inputs, h0):
    return np.array([W_h @ h0 + np.dot(W_u, u) for u in inputs])
