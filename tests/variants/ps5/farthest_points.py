# %% right="all distances at once, array result"
def farthest_points(X, count, start=0):
    n = X.shape[0]
    if count > n:
        raise ValueError("count is larger than the number of points")
    D = np.linalg.norm(X[:, None].astype(float) - X[None].astype(float), axis=2)
    free = np.ones(n, bool)
    free[start] = False
    out = [start]
    while len(out) < count:
        nearest = np.where(free, D[:, out].min(axis=1), -np.inf)
        out.append(int(nearest.argmax()))
        free[out[-1]] = False
    return np.array(out)

# %% right="plain Python"
def farthest_points(X, count, start=0):
    points = [tuple(map(float, row)) for row in X]
    if count > len(points):
        raise ValueError("too many")
    chosen = [start]
    near = {i: float("inf") for i in range(len(points)) if i != start}
    while len(chosen) < count:
        for i in near:
            near[i] = min(near[i], sum((a - b) ** 2 for a, b in zip(points[i], points[chosen[-1]])))
        best = max(near, key=lambda i: (near[i], -i))
        chosen.append(best)
        del near[best]
    return tuple(chosen)

# %% right="squared distances in an int array filled in place"
def farthest_points(X, count, start=0):
    if count > len(X):
        raise ValueError("count")
    X = np.array(X, dtype=np.float64)
    indices = np.zeros(count, dtype=np.int32)
    indices[0] = start
    best = np.sum((X - X[start]) ** 2, axis=1)
    best[start] = -1.0
    for k in range(1, count):
        indices[k] = np.argmax(best)
        new = np.sum((X - X[indices[k]]) ** 2, axis=1)
        best = np.where(best < 0, best, np.minimum(best, new))
        best[indices[k]] = -1.0
    return indices

# %% wrong="An index may not be taken twice, also where all distances are 0."
def farthest_points(X, count, start=0):
    if count > len(X):
        raise ValueError("count")
    best, out = np.full(len(X), np.inf), [start]
    while len(out) < count:
        best = np.minimum(best, ((X - X[out[-1]]) ** 2).sum(1))
        out.append(int(best.argmax()))
    return out

# %% wrong="The distance to the nearest chosen point counts, not that to the newest one."
def farthest_points(X, count, start=0):
    if count > len(X):
        raise ValueError("count")
    out = [start]
    while len(out) < count:
        d = ((X - X[out[-1]]) ** 2).sum(1).astype(float)
        d[out] = -1
        out.append(int(d.argmax()))
    return out

# %% wrong="The distance to the nearest chosen point counts, not the sum of all distances."
def farthest_points(X, count, start=0):
    if count > len(X):
        raise ValueError("count")
    out = [start]
    while len(out) < count:
        d = sum(np.sqrt(((X - X[i]) ** 2).sum(1)) for i in out)
        d[out] = -1
        out.append(int(d.argmax()))
    return out

# %% wrong="The distance is Euclidean."
def farthest_points(X, count, start=0):
    if count > len(X):
        raise ValueError("count")
    out = [start]
    while len(out) < count:
        d = np.min([np.abs(X - X[i]).sum(1) for i in out], axis=0).astype(float)
        d[out] = -1
        out.append(int(d.argmax()))
    return out

# %% wrong="Of equally far points the lowest index is taken."
def farthest_points(X, count, start=0):
    if count > len(X):
        raise ValueError("count")
    out = [start]
    while len(out) < count:
        d = np.min([((X - X[i]) ** 2).sum(1) for i in out], axis=0).astype(float)
        d[out] = -1
        out.append(int(len(d) - 1 - d[::-1].argmax()))
    return out

# %% wrong="The sampling begins with the given point."
def farthest_points(X, count, start=0):
    if count > len(X):
        raise ValueError("count")
    out = [0]
    while len(out) < count:
        d = np.min([((X - X[i]) ** 2).sum(1) for i in out], axis=0).astype(float)
        d[out] = -1
        out.append(int(d.argmax()))
    return out

# %% wrong="More points than there are cannot be taken."
def farthest_points(X, count, start=0):
    out = [start]
    while len(out) < min(count, len(X)):
        d = np.min([((X - X[i]) ** 2).sum(1) for i in out], axis=0).astype(float)
        d[out] = -1
        out.append(int(d.argmax()))
    return out

# %% wrong="All points may be taken: count = N is allowed."
def farthest_points(X, count, start=0):
    if count >= len(X) and len(X) > 1:
        raise ValueError("count")
    out = [start]
    while len(out) < count:
        d = np.min([((X - X[i]) ** 2).sum(1) for i in out], axis=0).astype(float)
        d[out] = -1
        out.append(int(d.argmax()))
    return out

# %% wrong="The order in which the points are taken should be kept."
def farthest_points(X, count, start=0):
    if count > len(X):
        raise ValueError("count")
    out = [start]
    while len(out) < count:
        d = np.min([((X - X[i]) ** 2).sum(1) for i in out], axis=0).astype(float)
        d[out] = -1
        out.append(int(d.argmax()))
    return sorted(out)

# %% wrong="Indices are asked for, not points."
def farthest_points(X, count, start=0):
    if count > len(X):
        raise ValueError("count")
    out = [start]
    while len(out) < count:
        d = np.min([((X - X[i]) ** 2).sum(1) for i in out], axis=0).astype(float)
        d[out] = -1
        out.append(int(d.argmax()))
    return X[out]

# %% wrong="The farthest point is wanted, not the nearest."
def farthest_points(X, count, start=0):
    if count > len(X):
        raise ValueError("count")
    out = [start]
    while len(out) < count:
        d = np.min([((X - X[i]) ** 2).sum(1) for i in out], axis=0).astype(float)
        d[out] = np.inf
        out.append(int(d.argmin()))
    return out
