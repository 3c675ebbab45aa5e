# %% right="one feature at a time"
def multiplicative_noise_loss(X, y, w, mu, sigma):
    mean = y.astype(float)
    variance = np.zeros(len(y))
    for j in range(X.shape[1]):
        mean = mean - mu * X[:, j] * w[j]
        variance = variance + (sigma * X[:, j] * w[j]) ** 2
    return np.sum(mean**2 + variance)

# %% right="Gram matrix"
def multiplicative_noise_loss(X, y, w, mu, sigma):
    gram = X.T @ X
    fit = y @ y - 2 * mu * y @ X @ w + mu**2 * w @ gram @ w
    return float(fit + sigma**2 * np.einsum("j,jj,j->", w, gram, w))

# %% right="norms"
def multiplicative_noise_loss(X, y, w, mu, sigma):
    spread = sigma * np.linalg.norm(X, axis=0) * w
    return np.linalg.norm(y - mu * X.dot(w)) ** 2 + np.linalg.norm(spread) ** 2

# %% wrong="The variance of the noise is sigma squared."
def multiplicative_noise_loss(X, y, w, mu, sigma):
    return float(np.sum((y - mu * X @ w) ** 2) + sigma * np.sum(X**2, axis=0) @ w**2)

# %% wrong="The mean of the noise scales X w: mu is missing."
def multiplicative_noise_loss(X, y, w, mu, sigma):
    return float(np.sum((y - X @ w) ** 2) + sigma**2 * np.sum(X**2, axis=0) @ w**2)

# %% wrong="The second moment mu^2 + sigma^2 is not the variance."
def multiplicative_noise_loss(X, y, w, mu, sigma):
    return float(np.sum((y - mu * X @ w) ** 2) + (mu**2 + sigma**2) * np.sum(X**2, axis=0) @ w**2)

# %% wrong="The mean is counted twice in the variance: sigma times mu."
def multiplicative_noise_loss(X, y, w, mu, sigma):
    return float(np.sum((y - mu * X @ w) ** 2) + (mu * sigma) ** 2 * np.sum(X**2, axis=0) @ w**2)

# %% wrong="The column norms are missing from the penalty."
def multiplicative_noise_loss(X, y, w, mu, sigma):
    return float(np.sum((y - mu * X @ w) ** 2) + sigma**2 * w @ w)

# %% wrong="The noise of different features is independent: only the diagonal of X^T X counts."
def multiplicative_noise_loss(X, y, w, mu, sigma):
    return float(np.sum((y - mu * X @ w) ** 2) + sigma**2 * np.sum((X @ w) ** 2))

# %% wrong="The loss is the sum over the examples, not the mean."
def multiplicative_noise_loss(X, y, w, mu, sigma):
    return float(np.mean((y - mu * X @ w) ** 2) + sigma**2 * np.mean(X**2, axis=0) @ w**2)

# %% wrong="The norms of the columns are to be squared."
def multiplicative_noise_loss(X, y, w, mu, sigma):
    return float(np.sum((y - mu * X @ w) ** 2) + sigma**2 * np.linalg.norm(X, axis=0) @ w**2)
