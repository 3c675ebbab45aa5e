# %% right="one two-dimensional kernel"
def blur_images(images, sigma):
    if sigma <= 0:
        return images
    r = min(int(np.ceil(3 * sigma)), min(images.shape[-2:]) - 1)
    i = torch.arange(-r, r + 1).float()
    kernel = torch.exp(-(i[:, None] ** 2 + i[None] ** 2) / (2 * sigma * sigma))
    kernel /= kernel.sum()
    padded = torch.nn.functional.pad(images, (r, r, r, r), mode="reflect")
    return torch.nn.functional.conv2d(padded, kernel[None, None])


# %% right="a banded matrix from the left and the right"
def blur_images(images, sigma):
    if sigma == 0:
        return images.clone()
    H, W = images.shape[2:]
    radius = min(int(np.ceil(3 * sigma)), H - 1, W - 1)

    def band(size):
        matrix = np.zeros((size, size))
        for i in range(size):
            for k in range(-radius, radius + 1):
                j = abs(i + k)
                j = 2 * (size - 1) - j if j > size - 1 else j
                matrix[i, j] += np.exp(-(k**2) / (2 * sigma**2))
        return torch.tensor(matrix / matrix.sum(1, keepdims=True), dtype=images.dtype)

    return band(H) @ images @ band(W).T


# %% right="torchvision's own blur"
def blur_images(images, sigma):
    from torchvision.transforms.functional import gaussian_blur

    if sigma == 0:
        return images
    radius = min(int(-(-3 * sigma // 1)), min(images.shape[2:]) - 1)
    return gaussian_blur(images, [2 * radius + 1] * 2, [float(sigma)] * 2)


# %% right="scipy with mirrored borders and a wider kernel"
def blur_images(images, sigma):
    from scipy.ndimage import gaussian_filter

    if not sigma:
        return images
    out = gaussian_filter(images.numpy(), (0, 0, sigma, sigma), mode="mirror", truncate=4.0)
    return torch.from_numpy(out)


# %% right="sum of shifted pictures"
def blur_images(images, sigma):
    if sigma == 0:
        return images * 1
    H, W = images.shape[2:]
    r = min(int(np.ceil(3 * sigma)), min(H, W) - 1)
    weights = [float(np.exp(-0.5 * (k / sigma) ** 2)) for k in range(-r, r + 1)]
    p = nn.functional.pad(images, [r] * 4, "reflect")
    rows = sum(g * p[:, :, k : k + H] for k, g in enumerate(weights)) / sum(weights)
    return sum(g * rows[..., k : k + W] for k, g in enumerate(weights)) / sum(weights)


# %% wrong="The weights must add up to one, or the picture gets brighter."
def blur_images(images, sigma):
    if sigma == 0:
        return images
    radius = min(int(np.ceil(3 * sigma)), min(images.shape[2:]) - 1)
    i = torch.arange(-radius, radius + 1).float()
    kernel = torch.exp(-(i**2) / (2 * sigma**2))
    padded = nn.functional.pad(images, [radius] * 4, mode="reflect")
    across = nn.functional.conv2d(padded, kernel.view(1, 1, 1, -1))
    return nn.functional.conv2d(across, kernel.view(1, 1, -1, 1))


# %% wrong="The exponent is -i**2 / (2 sigma**2)."
def blur_images(images, sigma):
    if sigma == 0:
        return images
    radius = min(int(np.ceil(3 * sigma)), min(images.shape[2:]) - 1)
    i = torch.arange(-radius, radius + 1).float()
    kernel = torch.exp(-(i**2) / sigma**2)
    kernel = kernel / kernel.sum()
    padded = nn.functional.pad(images, [radius] * 4, mode="reflect")
    across = nn.functional.conv2d(padded, kernel.view(1, 1, 1, -1))
    return nn.functional.conv2d(across, kernel.view(1, 1, -1, 1))


# %% wrong="sigma is the standard deviation, not the variance."
def blur_images(images, sigma):
    if sigma == 0:
        return images
    radius = min(int(np.ceil(3 * sigma)), min(images.shape[2:]) - 1)
    i = torch.arange(-radius, radius + 1).float()
    kernel = torch.exp(-(i**2) / (2 * sigma))
    kernel = kernel / kernel.sum()
    padded = nn.functional.pad(images, [radius] * 4, mode="reflect")
    across = nn.functional.conv2d(padded, kernel.view(1, 1, 1, -1))
    return nn.functional.conv2d(across, kernel.view(1, 1, -1, 1))


# %% wrong="Borders are reflected, not filled with zeros."
def blur_images(images, sigma):
    if sigma == 0:
        return images
    radius = min(int(np.ceil(3 * sigma)), min(images.shape[2:]) - 1)
    i = torch.arange(-radius, radius + 1).float()
    kernel = torch.exp(-(i**2) / (2 * sigma**2))
    kernel = kernel / kernel.sum()
    padded = nn.functional.pad(images, [radius] * 4, mode="constant")
    across = nn.functional.conv2d(padded, kernel.view(1, 1, 1, -1))
    return nn.functional.conv2d(across, kernel.view(1, 1, -1, 1))


# %% wrong="Borders are reflected, not repeated."
def blur_images(images, sigma):
    if sigma == 0:
        return images
    radius = min(int(np.ceil(3 * sigma)), min(images.shape[2:]) - 1)
    i = torch.arange(-radius, radius + 1).float()
    kernel = torch.exp(-(i**2) / (2 * sigma**2))
    kernel = kernel / kernel.sum()
    padded = nn.functional.pad(images, [radius] * 4, mode="replicate")
    across = nn.functional.conv2d(padded, kernel.view(1, 1, 1, -1))
    return nn.functional.conv2d(across, kernel.view(1, 1, -1, 1))


# %% wrong="The kernel reaches three standard deviations to each side."
def blur_images(images, sigma):
    if sigma == 0:
        return images
    radius = min(int(np.ceil(sigma)), min(images.shape[2:]) - 1)
    i = torch.arange(-radius, radius + 1).float()
    kernel = torch.exp(-(i**2) / (2 * sigma**2))
    kernel = kernel / kernel.sum()
    padded = nn.functional.pad(images, [radius] * 4, mode="reflect")
    across = nn.functional.conv2d(padded, kernel.view(1, 1, 1, -1))
    return nn.functional.conv2d(across, kernel.view(1, 1, -1, 1))


# %% wrong="The kernel reaches three standard deviations to each side; two are too few."
def blur_images(images, sigma):
    if sigma == 0:
        return images
    radius = min(int(np.ceil(2 * sigma)), min(images.shape[2:]) - 1)
    i = torch.arange(-radius, radius + 1).float()
    kernel = torch.exp(-(i**2) / (2 * sigma**2))
    kernel = kernel / kernel.sum()
    padded = nn.functional.pad(images, [radius] * 4, mode="reflect")
    across = nn.functional.conv2d(padded, kernel.view(1, 1, 1, -1))
    return nn.functional.conv2d(across, kernel.view(1, 1, -1, 1))


# %% wrong="Round the radius up, and not below 1."
def blur_images(images, sigma):
    if sigma == 0:
        return images
    radius = min(int(3 * sigma - 0.95), min(images.shape[2:]) - 1)
    i = torch.arange(-radius, radius + 1).float()
    kernel = torch.exp(-(i**2) / (2 * sigma**2))
    kernel = kernel / kernel.sum()
    padded = nn.functional.pad(images, [radius] * 4, mode="reflect")
    across = nn.functional.conv2d(padded, kernel.view(1, 1, 1, -1))
    return nn.functional.conv2d(across, kernel.view(1, 1, -1, 1))


# %% wrong="sigma = 0 leaves the pictures as they are instead of dividing by zero."
def blur_images(images, sigma):
    radius = min(int(np.ceil(3 * sigma)), min(images.shape[2:]) - 1)
    i = torch.arange(-radius, radius + 1).float()
    kernel = torch.exp(-(i**2) / (2 * sigma**2))
    kernel = kernel / kernel.sum()
    padded = nn.functional.pad(images, [radius] * 4, mode="reflect")
    across = nn.functional.conv2d(padded, kernel.view(1, 1, 1, -1))
    return nn.functional.conv2d(across, kernel.view(1, 1, -1, 1))


# %% wrong="A kernel larger than the picture must be cut."
def blur_images(images, sigma):
    if sigma == 0:
        return images
    radius = int(np.ceil(3 * sigma))
    i = torch.arange(-radius, radius + 1).float()
    kernel = torch.exp(-(i**2) / (2 * sigma**2))
    kernel = kernel / kernel.sum()
    padded = nn.functional.pad(images, [radius] * 4, mode="reflect")
    across = nn.functional.conv2d(padded, kernel.view(1, 1, 1, -1))
    return nn.functional.conv2d(across, kernel.view(1, 1, -1, 1))


# %% wrong="A reflection reaches at most min(H, W) - 1 pixels."
def blur_images(images, sigma):
    if sigma == 0:
        return images
    radius = min(int(np.ceil(3 * sigma)), min(images.shape[2:]))
    i = torch.arange(-radius, radius + 1).float()
    kernel = torch.exp(-(i**2) / (2 * sigma**2))
    kernel = kernel / kernel.sum()
    padded = nn.functional.pad(images, [radius] * 4, mode="reflect")
    across = nn.functional.conv2d(padded, kernel.view(1, 1, 1, -1))
    return nn.functional.conv2d(across, kernel.view(1, 1, -1, 1))


# %% wrong="The shorter side decides where the kernel is cut."
def blur_images(images, sigma):
    if sigma == 0:
        return images
    radius = min(int(np.ceil(3 * sigma)), max(images.shape[2:]) - 1)
    i = torch.arange(-radius, radius + 1).float()
    kernel = torch.exp(-(i**2) / (2 * sigma**2))
    kernel = kernel / kernel.sum()
    padded = nn.functional.pad(images, [radius] * 4, mode="reflect")
    across = nn.functional.conv2d(padded, kernel.view(1, 1, 1, -1))
    return nn.functional.conv2d(across, kernel.view(1, 1, -1, 1))


# %% wrong="Blur along both axes."
def blur_images(images, sigma):
    if sigma == 0:
        return images
    radius = min(int(np.ceil(3 * sigma)), min(images.shape[2:]) - 1)
    i = torch.arange(-radius, radius + 1).float()
    kernel = torch.exp(-(i**2) / (2 * sigma**2))
    kernel = kernel / kernel.sum()
    padded = nn.functional.pad(images, [radius] * 4, mode="reflect")
    across = nn.functional.conv2d(padded, kernel.view(1, 1, 1, -1))
    return across[:, :, radius:-radius]


# %% wrong="The weights are Gaussian, not all equal."
def blur_images(images, sigma):
    if sigma == 0:
        return images
    radius = min(int(np.ceil(3 * sigma)), min(images.shape[2:]) - 1)
    i = torch.arange(-radius, radius + 1).float()
    kernel = torch.ones_like(i)
    kernel = kernel / kernel.sum()
    padded = nn.functional.pad(images, [radius] * 4, mode="reflect")
    across = nn.functional.conv2d(padded, kernel.view(1, 1, 1, -1))
    return nn.functional.conv2d(across, kernel.view(1, 1, -1, 1))
