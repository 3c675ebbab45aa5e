# %% right="matrix products with Gamma_0"
def expected_dropout_loss(X, y, w, p):
    gamma = np.diag(np.sqrt(np.diag(X.T @ X)))
    residual = y - (1 - p) * X @ w
    return residual @ residual + p * (1 - p) * np.linalg.norm(gamma @ w) ** 2

# %% right="one example and one feature at a time"
def expected_dropout_loss(X, y, w, p):
    total = 0.0
    for i in range(len(X)):
        mean, variance = float(y[i]), 0.0
        for j in range(len(w)):
            part = float(X[i, j]) * float(w[j])
            mean -= (1 - p) * part
            variance += p * (1 - p) * part**2
        total += mean**2 + variance
    return total

# %% right="second moments with einsum"
def expected_dropout_loss(X, y, w, p):
    q = 1 - p
    parts = np.einsum("ij,j->ij", X, w)
    square = q**2 * parts.sum(axis=1) ** 2 + (q - q**2) * np.einsum("ij,ij->i", parts, parts)
    return np.array(np.sum(y**2 - 2 * q * y * parts.sum(axis=1) + square))

# %% wrong="p is the probability of dropping a feature, not of keeping it."
def expected_dropout_loss(X, y, w, p):
    return float(np.sum((y - p * X @ w) ** 2) + p * (1 - p) * np.sum(X**2, axis=0) @ w**2)

# %% wrong="The variance of a kept or dropped feature is p (1 - p), not p."
def expected_dropout_loss(X, y, w, p):
    return float(np.sum((y - (1 - p) * X @ w) ** 2) + p * np.sum(X**2, axis=0) @ w**2)

# %% wrong="The variance of the residual is missing."
def expected_dropout_loss(X, y, w, p):
    return float(np.sum((y - (1 - p) * X @ w) ** 2))

# %% wrong="Gamma_0 holds the norms of the columns: only the diagonal of X^T X counts."
def expected_dropout_loss(X, y, w, p):
    return float(np.sum((y - (1 - p) * X @ w) ** 2) + p * (1 - p) * np.sum((X @ w) ** 2))

# %% wrong="Each column counts with its squared norm: the root was taken but not squared again."
def expected_dropout_loss(X, y, w, p):
    norms = np.sqrt(np.sum(X**2, axis=0))
    return float(np.sum((y - (1 - p) * X @ w) ** 2) + p * (1 - p) * np.sum(norms * w**2))

# %% wrong="The features are not rescaled by 1 / (1 - p) in this part."
def expected_dropout_loss(X, y, w, p):
    return float(np.sum((y - X @ w) ** 2) + p / (1 - p) * np.sum(X**2, axis=0) @ w**2)

# %% wrong="The loss is the sum over the examples, not the mean."
def expected_dropout_loss(X, y, w, p):
    return float(np.mean((y - (1 - p) * X @ w) ** 2) + p * (1 - p) * np.mean(X**2, axis=0) @ w**2)

# %% wrong="The penalty is an ordinary one: the norms of the columns are missing."
def expected_dropout_loss(X, y, w, p):
    return float(np.sum((y - (1 - p) * X @ w) ** 2) + p * (1 - p) * w @ w)

# %% wrong="The expected loss is computed from a few random masks, not exactly."
def expected_dropout_loss(X, y, w, p):
    R = np.random.default_rng(0).random((5000, *X.shape)) >= p
    return float(np.mean(np.sum((y - (R * X) @ w) ** 2, axis=1)))

# %% wrong="The norms of the rows are used in place of those of the columns."
def expected_dropout_loss(X, y, w, p):
    return float(np.sum((y - (1 - p) * X @ w) ** 2) + p * (1 - p) * np.sum(np.sum(X**2, axis=1)) * np.mean(w**2))
