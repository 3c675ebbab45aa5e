# %% right="Prewitt and a Gaussian as lists"
def edge_and_blur():
    return [[-1, 0, 1]] * 3, [[1 / 16, 2 / 16, 1 / 16], [2 / 16, 4 / 16, 2 / 16], [1 / 16, 2 / 16, 1 / 16]]

# %% right="neighbouring difference, float32"
def edge_and_blur():
    edge = np.zeros((3, 3), np.float32)
    edge[:, 0], edge[:, 1] = -1, 1
    blur = np.array([[1, 2, 1], [2, 8, 2], [1, 2, 1]], np.float32)
    return [edge, blur / blur.sum()]

# %% right="only the middle row answers"
def edge_and_blur():
    edge = np.outer([0, 1, 0], [0, -0.5, 0.5])
    blur = np.exp(-0.5 * (np.arange(-1, 2)[:, None] ** 2 + np.arange(-1, 2) ** 2))
    return edge, blur / blur.sum()

# %% right="Scharr, scaled far up"
def edge_and_blur():
    edge = 1000.0 * np.outer([3, 10, 3], [-1, 0, 1])
    return edge, np.ones((3, 3)) / 9

# %% wrong="This answers to bright-to-dark steps: the sign is the wrong way round."
def edge_and_blur():
    return np.array([[1.0, 0, -1]] * 3), np.ones((3, 3)) / 9

# %% wrong="This finds horizontal edges."
def edge_and_blur():
    return np.array([[-1.0, 0, 1]] * 3).T, np.ones((3, 3)) / 9

# %% wrong="The blur is not divided by the sum of its weights."
def edge_and_blur():
    return np.array([[-1.0, 0, 1]] * 3), np.ones((3, 3))

# %% wrong="The Laplacian answers to edges in every direction."
def edge_and_blur():
    return np.array([[0.0, 1, 0], [1, -4, 1], [0, 1, 0]]), np.ones((3, 3)) / 9

# %% wrong="Every weight of the blur must be positive."
def edge_and_blur():
    return np.array([[-1.0, 0, 1]] * 3), np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]]) / 5

# %% wrong="A sharpening filter does not sum to 0."
def edge_and_blur():
    return np.array([[-1.0, 0, 2]] * 3), np.ones((3, 3)) / 9

# %% wrong="The response to a line changes its sign on a step."
def edge_and_blur():
    return np.array([[-1.0, 2, -1]] * 3), np.ones((3, 3)) / 9

# %% wrong="A diagonal filter also answers to horizontal edges."
def edge_and_blur():
    return np.array([[-2.0, -1, 0], [-1, 0, 1], [0, 1, 2]]), np.ones((3, 3)) / 9

# %% wrong="The order is (edge, blur)."
def edge_and_blur():
    return np.ones((3, 3)) / 9, np.array([[-1.0, 0, 1]] * 3)

# %% wrong="A filter of zeros sees no edge at all."
def edge_and_blur():
    return np.zeros((3, 3)), np.ones((3, 3)) / 9
