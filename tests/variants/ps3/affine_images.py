# %% right="composed 3 x 3 matrices in pixels, align_corners=True"
def affine_images(images, degrees=0, dx=0, dy=0, scale=1, shear=0):
    N, _, H, W = images.shape

    def full(v):
        return v.float() if torch.is_tensor(v) else torch.full((N,), float(v))

    degrees, dx, dy, scale, shear = full(degrees), full(dx), full(dy), full(scale), full(shear)
    if (scale <= 0).any():
        raise ValueError("scale must be positive")
    a, t = degrees * np.pi / 180, torch.tan(shear * np.pi / 180)

    def matrix(*rows):
        flat = [torch.as_tensor(e, dtype=torch.float32).expand(N) for row in rows for e in row]
        return torch.stack(flat, 1).view(N, 3, 3)

    shears = matrix((1, -t, 0), (0, 1, 0), (0, 0, 1))
    scales = matrix((scale, 0, 0), (0, scale, 0), (0, 0, 1))
    turns = matrix((a.cos(), a.sin(), 0), (-a.sin(), a.cos(), 0), (0, 0, 1))
    moves = matrix((1, 0, dx), (0, 1, dy), (0, 0, 1))
    back = torch.linalg.inv(moves @ turns @ scales @ shears)
    ys, xs = torch.meshgrid(torch.arange(H), torch.arange(W), indexing="ij")
    points = torch.stack([xs - (W - 1) / 2, ys - (H - 1) / 2, torch.ones(H, W)], -1)
    source = torch.einsum("nij,hwj->nhwi", back, points)[..., :2]
    grid = source / torch.tensor([(W - 1) / 2, (H - 1) / 2])
    return torch.nn.functional.grid_sample(images, grid, mode="bilinear", padding_mode="zeros", align_corners=True)


# %% right="affine_grid with the aspect ratio in the matrix"
import torch.nn.functional as F


def affine_images(images, degrees=0, dx=0, dy=0, scale=1, shear=0):
    n, _, h, w = images.shape
    to = lambda v: torch.as_tensor(v, dtype=torch.float32).reshape(-1).expand(n)
    degrees, dx, dy, scale, shear = (to(v) for v in (degrees, dx, dy, scale, shear))
    if bool((scale <= 0).any()):
        raise ValueError("scale")
    c, s = torch.cos(torch.deg2rad(degrees)), torch.sin(torch.deg2rad(degrees))
    k = torch.tan(torch.deg2rad(shear))
    # undo the rotation and the scale, then the shear
    a, b = (c + k * s) / scale, (-s + k * c) / scale
    d, e = s / scale, c / scale
    theta = torch.zeros(n, 2, 3)
    theta[:, 0, 0], theta[:, 0, 1] = a, b * h / w
    theta[:, 1, 0], theta[:, 1, 1] = d * w / h, e
    theta[:, 0, 2] = -(a * dx + b * dy) * 2 / w
    theta[:, 1, 2] = -(d * dx + e * dy) * 2 / h
    grid = F.affine_grid(theta, list(images.shape), align_corners=False)
    return F.grid_sample(images, grid, align_corners=False)


# %% right="gathers the four neighbours of a padded picture, one picture at a time"
def affine_images(images, degrees=0, dx=0, dy=0, scale=1, shear=0):
    n, _, h, w = images.shape
    out = torch.empty_like(images)
    pick = lambda v, i: float(v[i]) if torch.is_tensor(v) and v.ndim else float(v)
    for i in range(n):
        a, x0, y0, z, k = (pick(v, i) for v in (degrees, dx, dy, scale, shear))
        if z <= 0:
            raise ValueError("scale must be positive")
        a, k = np.deg2rad(a), np.tan(np.deg2rad(k))
        y, x = np.mgrid[0:h, 0:w].astype(float)
        x, y = x - (w - 1) / 2 - x0, y - (h - 1) / 2 - y0
        x, y = (np.cos(a) * x - np.sin(a) * y) / z, (np.sin(a) * x + np.cos(a) * y) / z
        x = x + k * y
        x, y = np.clip(x + (w - 1) / 2, -1, w) + 1, np.clip(y + (h - 1) / 2, -1, h) + 1
        padded = np.pad(images[i, 0].numpy(), ((1, 2), (1, 2)))
        j, l = np.floor(y).astype(int), np.floor(x).astype(int)
        v, u = y - j, x - l
        value = (1 - v) * (1 - u) * padded[j, l] + (1 - v) * u * padded[j, l + 1]
        value += v * (1 - u) * padded[j + 1, l] + v * u * padded[j + 1, l + 1]
        out[i, 0] = torch.from_numpy(value.astype(np.float32))
    return out


# %% right="complex numbers"
def affine_images(images, degrees=0, dx=0, dy=0, scale=1, shear=0):
    n, _, h, w = images.shape
    col = lambda v: torch.as_tensor(v, dtype=torch.float64).reshape(-1, 1, 1)
    if torch.any(col(scale) <= 0):
        raise ValueError("scale must be > 0")
    x = torch.arange(w, dtype=torch.float64)[None, None] - (w - 1) / 2 - col(dx)
    up = (h - 1) / 2 - torch.arange(h, dtype=torch.float64)[None, :, None] + col(dy)
    z = torch.complex(*torch.broadcast_tensors(x, up))
    z = z * torch.exp(-1j * torch.deg2rad(col(degrees))) / col(scale)
    x, y = z.real - z.imag * torch.tan(torch.deg2rad(col(shear))), -z.imag
    grid = torch.stack([x * 2 / w, y * 2 / h], -1).float().expand(n, h, w, 2)
    return nn.functional.grid_sample(images, grid, align_corners=False)


# %% wrong="Positive angles turn counter-clockwise as displayed; rows count downwards."
def affine_images(images, degrees=0, dx=0, dy=0, scale=1, shear=0):
    n, _, h, w = images.shape
    to = lambda v: torch.as_tensor(v, dtype=torch.float32).expand(n).view(n, 1, 1)
    degrees, dx, dy, scale, shear = map(to, (degrees, dx, dy, scale, shear))
    if not (scale > 0).all():
        raise ValueError("scale must be positive")
    a, k = torch.deg2rad(degrees), torch.tan(torch.deg2rad(shear))
    x = torch.arange(w).view(1, 1, w) - (w - 1) / 2
    y = torch.arange(h).view(1, h, 1) - (h - 1) / 2
    x, y = x - dx, y - dy
    x, y = a.cos() * x + a.sin() * y, a.cos() * y - a.sin() * x
    x, y = x / scale, y / scale
    x = x + k * y
    grid = torch.stack([x * 2 / w, y * 2 / h], -1).expand(n, h, w, 2)
    return nn.functional.grid_sample(images, grid, padding_mode="zeros", align_corners=False)


# %% wrong="The map runs from the output back to the input: undo the move."
def affine_images(images, degrees=0, dx=0, dy=0, scale=1, shear=0):
    n, _, h, w = images.shape
    to = lambda v: torch.as_tensor(v, dtype=torch.float32).expand(n).view(n, 1, 1)
    degrees, dx, dy, scale, shear = map(to, (degrees, dx, dy, scale, shear))
    if not (scale > 0).all():
        raise ValueError("scale must be positive")
    a, k = torch.deg2rad(degrees), torch.tan(torch.deg2rad(shear))
    x = torch.arange(w).view(1, 1, w) - (w - 1) / 2
    y = torch.arange(h).view(1, h, 1) - (h - 1) / 2
    x, y = x + dx, y + dy
    x, y = a.cos() * x - a.sin() * y, a.sin() * x + a.cos() * y
    x, y = x / scale, y / scale
    x = x + k * y
    grid = torch.stack([x * 2 / w, y * 2 / h], -1).expand(n, h, w, 2)
    return nn.functional.grid_sample(images, grid, padding_mode="zeros", align_corners=False)


# %% wrong="dy > 0 moves the picture down."
def affine_images(images, degrees=0, dx=0, dy=0, scale=1, shear=0):
    n, _, h, w = images.shape
    to = lambda v: torch.as_tensor(v, dtype=torch.float32).expand(n).view(n, 1, 1)
    degrees, dx, dy, scale, shear = map(to, (degrees, dx, dy, scale, shear))
    if not (scale > 0).all():
        raise ValueError("scale must be positive")
    a, k = torch.deg2rad(degrees), torch.tan(torch.deg2rad(shear))
    x = torch.arange(w).view(1, 1, w) - (w - 1) / 2
    y = torch.arange(h).view(1, h, 1) - (h - 1) / 2
    x, y = x - dx, y + dy
    x, y = a.cos() * x - a.sin() * y, a.sin() * x + a.cos() * y
    x, y = x / scale, y / scale
    x = x + k * y
    grid = torch.stack([x * 2 / w, y * 2 / h], -1).expand(n, h, w, 2)
    return nn.functional.grid_sample(images, grid, padding_mode="zeros", align_corners=False)


# %% wrong="The map runs from the output back to the input: undo the scaling."
def affine_images(images, degrees=0, dx=0, dy=0, scale=1, shear=0):
    n, _, h, w = images.shape
    to = lambda v: torch.as_tensor(v, dtype=torch.float32).expand(n).view(n, 1, 1)
    degrees, dx, dy, scale, shear = map(to, (degrees, dx, dy, scale, shear))
    if not (scale > 0).all():
        raise ValueError("scale must be positive")
    a, k = torch.deg2rad(degrees), torch.tan(torch.deg2rad(shear))
    x = torch.arange(w).view(1, 1, w) - (w - 1) / 2
    y = torch.arange(h).view(1, h, 1) - (h - 1) / 2
    x, y = x - dx, y - dy
    x, y = a.cos() * x - a.sin() * y, a.sin() * x + a.cos() * y
    x, y = x * scale, y * scale
    x = x + k * y
    grid = torch.stack([x * 2 / w, y * 2 / h], -1).expand(n, h, w, 2)
    return nn.functional.grid_sample(images, grid, padding_mode="zeros", align_corners=False)


# %% wrong="What is above the centre moves to the right, not to the left."
def affine_images(images, degrees=0, dx=0, dy=0, scale=1, shear=0):
    n, _, h, w = images.shape
    to = lambda v: torch.as_tensor(v, dtype=torch.float32).expand(n).view(n, 1, 1)
    degrees, dx, dy, scale, shear = map(to, (degrees, dx, dy, scale, shear))
    if not (scale > 0).all():
        raise ValueError("scale must be positive")
    a, k = torch.deg2rad(degrees), torch.tan(torch.deg2rad(shear))
    x = torch.arange(w).view(1, 1, w) - (w - 1) / 2
    y = torch.arange(h).view(1, h, 1) - (h - 1) / 2
    x, y = x - dx, y - dy
    x, y = a.cos() * x - a.sin() * y, a.sin() * x + a.cos() * y
    x, y = x / scale, y / scale
    x = x - k * y
    grid = torch.stack([x * 2 / w, y * 2 / h], -1).expand(n, h, w, 2)
    return nn.functional.grid_sample(images, grid, padding_mode="zeros", align_corners=False)


# %% wrong="The shear is an angle: take its tangent."
def affine_images(images, degrees=0, dx=0, dy=0, scale=1, shear=0):
    n, _, h, w = images.shape
    to = lambda v: torch.as_tensor(v, dtype=torch.float32).expand(n).view(n, 1, 1)
    degrees, dx, dy, scale, shear = map(to, (degrees, dx, dy, scale, shear))
    if not (scale > 0).all():
        raise ValueError("scale must be positive")
    a, k = torch.deg2rad(degrees), torch.deg2rad(shear)
    x = torch.arange(w).view(1, 1, w) - (w - 1) / 2
    y = torch.arange(h).view(1, h, 1) - (h - 1) / 2
    x, y = x - dx, y - dy
    x, y = a.cos() * x - a.sin() * y, a.sin() * x + a.cos() * y
    x, y = x / scale, y / scale
    x = x + k * y
    grid = torch.stack([x * 2 / w, y * 2 / h], -1).expand(n, h, w, 2)
    return nn.functional.grid_sample(images, grid, padding_mode="zeros", align_corners=False)


# %% wrong="The shear is horizontal."
def affine_images(images, degrees=0, dx=0, dy=0, scale=1, shear=0):
    n, _, h, w = images.shape
    to = lambda v: torch.as_tensor(v, dtype=torch.float32).expand(n).view(n, 1, 1)
    degrees, dx, dy, scale, shear = map(to, (degrees, dx, dy, scale, shear))
    if not (scale > 0).all():
        raise ValueError("scale must be positive")
    a, k = torch.deg2rad(degrees), torch.tan(torch.deg2rad(shear))
    x = torch.arange(w).view(1, 1, w) - (w - 1) / 2
    y = torch.arange(h).view(1, h, 1) - (h - 1) / 2
    x, y = x - dx, y - dy
    x, y = a.cos() * x - a.sin() * y, a.sin() * x + a.cos() * y
    x, y = x / scale, y / scale
    y = y + k * x
    grid = torch.stack([x * 2 / w, y * 2 / h], -1).expand(n, h, w, 2)
    return nn.functional.grid_sample(images, grid, padding_mode="zeros", align_corners=False)


# %% wrong="The picture is moved last, so the move is undone first."
def affine_images(images, degrees=0, dx=0, dy=0, scale=1, shear=0):
    n, _, h, w = images.shape
    to = lambda v: torch.as_tensor(v, dtype=torch.float32).expand(n).view(n, 1, 1)
    degrees, dx, dy, scale, shear = map(to, (degrees, dx, dy, scale, shear))
    if not (scale > 0).all():
        raise ValueError("scale must be positive")
    a, k = torch.deg2rad(degrees), torch.tan(torch.deg2rad(shear))
    x = torch.arange(w).view(1, 1, w) - (w - 1) / 2
    y = torch.arange(h).view(1, h, 1) - (h - 1) / 2
    x, y = a.cos() * x - a.sin() * y, a.sin() * x + a.cos() * y
    x, y = x / scale, y / scale
    x = x + k * y
    x, y = x - dx, y - dy
    grid = torch.stack([x * 2 / w, y * 2 / h], -1).expand(n, h, w, 2)
    return nn.functional.grid_sample(images, grid, padding_mode="zeros", align_corners=False)


# %% wrong="The shear comes first and is undone last, after the rotation."
def affine_images(images, degrees=0, dx=0, dy=0, scale=1, shear=0):
    n, _, h, w = images.shape
    to = lambda v: torch.as_tensor(v, dtype=torch.float32).expand(n).view(n, 1, 1)
    degrees, dx, dy, scale, shear = map(to, (degrees, dx, dy, scale, shear))
    if not (scale > 0).all():
        raise ValueError("scale must be positive")
    a, k = torch.deg2rad(degrees), torch.tan(torch.deg2rad(shear))
    x = torch.arange(w).view(1, 1, w) - (w - 1) / 2
    y = torch.arange(h).view(1, h, 1) - (h - 1) / 2
    x, y = x - dx, y - dy
    x = x + k * y
    x, y = a.cos() * x - a.sin() * y, a.sin() * x + a.cos() * y
    x, y = x / scale, y / scale
    grid = torch.stack([x * 2 / w, y * 2 / h], -1).expand(n, h, w, 2)
    return nn.functional.grid_sample(images, grid, padding_mode="zeros", align_corners=False)


# %% wrong="Sines and cosines take radians."
def affine_images(images, degrees=0, dx=0, dy=0, scale=1, shear=0):
    n, _, h, w = images.shape
    to = lambda v: torch.as_tensor(v, dtype=torch.float32).expand(n).view(n, 1, 1)
    degrees, dx, dy, scale, shear = map(to, (degrees, dx, dy, scale, shear))
    if not (scale > 0).all():
        raise ValueError("scale must be positive")
    a, k = degrees, torch.tan(torch.deg2rad(shear))
    x = torch.arange(w).view(1, 1, w) - (w - 1) / 2
    y = torch.arange(h).view(1, h, 1) - (h - 1) / 2
    x, y = x - dx, y - dy
    x, y = a.cos() * x - a.sin() * y, a.sin() * x + a.cos() * y
    x, y = x / scale, y / scale
    x = x + k * y
    grid = torch.stack([x * 2 / w, y * 2 / h], -1).expand(n, h, w, 2)
    return nn.functional.grid_sample(images, grid, padding_mode="zeros", align_corners=False)


# %% wrong="The grid is in the units of align_corners=False but sampled with True."
def affine_images(images, degrees=0, dx=0, dy=0, scale=1, shear=0):
    n, _, h, w = images.shape
    to = lambda v: torch.as_tensor(v, dtype=torch.float32).expand(n).view(n, 1, 1)
    degrees, dx, dy, scale, shear = map(to, (degrees, dx, dy, scale, shear))
    if not (scale > 0).all():
        raise ValueError("scale must be positive")
    a, k = torch.deg2rad(degrees), torch.tan(torch.deg2rad(shear))
    x = torch.arange(w).view(1, 1, w) - (w - 1) / 2
    y = torch.arange(h).view(1, h, 1) - (h - 1) / 2
    x, y = x - dx, y - dy
    x, y = a.cos() * x - a.sin() * y, a.sin() * x + a.cos() * y
    x, y = x / scale, y / scale
    x = x + k * y
    grid = torch.stack([x * 2 / w, y * 2 / h], -1).expand(n, h, w, 2)
    return nn.functional.grid_sample(images, grid, padding_mode="zeros", align_corners=True)


# %% wrong="The grid is in the units of align_corners=True but sampled with False."
def affine_images(images, degrees=0, dx=0, dy=0, scale=1, shear=0):
    n, _, h, w = images.shape
    to = lambda v: torch.as_tensor(v, dtype=torch.float32).expand(n).view(n, 1, 1)
    degrees, dx, dy, scale, shear = map(to, (degrees, dx, dy, scale, shear))
    if not (scale > 0).all():
        raise ValueError("scale must be positive")
    a, k = torch.deg2rad(degrees), torch.tan(torch.deg2rad(shear))
    x = torch.arange(w).view(1, 1, w) - (w - 1) / 2
    y = torch.arange(h).view(1, h, 1) - (h - 1) / 2
    x, y = x - dx, y - dy
    x, y = a.cos() * x - a.sin() * y, a.sin() * x + a.cos() * y
    x, y = x / scale, y / scale
    x = x + k * y
    grid = torch.stack([x * 2 / (w - 1), y * 2 / (h - 1)], -1).expand(n, h, w, 2)
    return nn.functional.grid_sample(images, grid, padding_mode="zeros", align_corners=False)


# %% wrong="Outside the picture there is 0, not the border's value."
def affine_images(images, degrees=0, dx=0, dy=0, scale=1, shear=0):
    n, _, h, w = images.shape
    to = lambda v: torch.as_tensor(v, dtype=torch.float32).expand(n).view(n, 1, 1)
    degrees, dx, dy, scale, shear = map(to, (degrees, dx, dy, scale, shear))
    if not (scale > 0).all():
        raise ValueError("scale must be positive")
    a, k = torch.deg2rad(degrees), torch.tan(torch.deg2rad(shear))
    x = torch.arange(w).view(1, 1, w) - (w - 1) / 2
    y = torch.arange(h).view(1, h, 1) - (h - 1) / 2
    x, y = x - dx, y - dy
    x, y = a.cos() * x - a.sin() * y, a.sin() * x + a.cos() * y
    x, y = x / scale, y / scale
    x = x + k * y
    grid = torch.stack([x * 2 / w, y * 2 / h], -1).expand(n, h, w, 2)
    return nn.functional.grid_sample(images, grid, padding_mode="border", align_corners=False)


# %% wrong="Interpolate bilinearly, not to the nearest pixel."
def affine_images(images, degrees=0, dx=0, dy=0, scale=1, shear=0):
    n, _, h, w = images.shape
    to = lambda v: torch.as_tensor(v, dtype=torch.float32).expand(n).view(n, 1, 1)
    degrees, dx, dy, scale, shear = map(to, (degrees, dx, dy, scale, shear))
    if not (scale > 0).all():
        raise ValueError("scale must be positive")
    a, k = torch.deg2rad(degrees), torch.tan(torch.deg2rad(shear))
    x = torch.arange(w).view(1, 1, w) - (w - 1) / 2
    y = torch.arange(h).view(1, h, 1) - (h - 1) / 2
    x, y = x - dx, y - dy
    x, y = a.cos() * x - a.sin() * y, a.sin() * x + a.cos() * y
    x, y = x / scale, y / scale
    x = x + k * y
    grid = torch.stack([x * 2 / w, y * 2 / h], -1).expand(n, h, w, 2)
    return nn.functional.grid_sample(images, grid, mode="nearest", padding_mode="zeros", align_corners=False)


# %% wrong="The centre is half-way between the middle pixels."
def affine_images(images, degrees=0, dx=0, dy=0, scale=1, shear=0):
    n, _, h, w = images.shape
    to = lambda v: torch.as_tensor(v, dtype=torch.float32).expand(n).view(n, 1, 1)
    degrees, dx, dy, scale, shear = map(to, (degrees, dx, dy, scale, shear))
    if not (scale > 0).all():
        raise ValueError("scale must be positive")
    a, k = torch.deg2rad(degrees), torch.tan(torch.deg2rad(shear))
    x = torch.arange(w).view(1, 1, w) - w / 2
    y = torch.arange(h).view(1, h, 1) - h / 2
    x, y = x - dx, y - dy
    x, y = a.cos() * x - a.sin() * y, a.sin() * x + a.cos() * y
    x, y = x / scale, y / scale
    x = x + k * y
    grid = torch.stack([x * 2 / w, y * 2 / h], -1).expand(n, h, w, 2)
    return nn.functional.grid_sample(images, grid, padding_mode="zeros", align_corners=False)


# %% wrong="The last axis of the grid is (x, y), not (row, column)."
def affine_images(images, degrees=0, dx=0, dy=0, scale=1, shear=0):
    n, _, h, w = images.shape
    to = lambda v: torch.as_tensor(v, dtype=torch.float32).expand(n).view(n, 1, 1)
    degrees, dx, dy, scale, shear = map(to, (degrees, dx, dy, scale, shear))
    if not (scale > 0).all():
        raise ValueError("scale must be positive")
    a, k = torch.deg2rad(degrees), torch.tan(torch.deg2rad(shear))
    x = torch.arange(w).view(1, 1, w) - (w - 1) / 2
    y = torch.arange(h).view(1, h, 1) - (h - 1) / 2
    x, y = x - dx, y - dy
    x, y = a.cos() * x - a.sin() * y, a.sin() * x + a.cos() * y
    x, y = x / scale, y / scale
    x = x + k * y
    grid = torch.stack([y * 2 / h, x * 2 / w], -1).expand(n, h, w, 2)
    return nn.functional.grid_sample(images, grid, padding_mode="zeros", align_corners=False)


# %% wrong="Width and height are exchanged in the grid: look at a picture that is not square."
def affine_images(images, degrees=0, dx=0, dy=0, scale=1, shear=0):
    n, _, h, w = images.shape
    to = lambda v: torch.as_tensor(v, dtype=torch.float32).expand(n).view(n, 1, 1)
    degrees, dx, dy, scale, shear = map(to, (degrees, dx, dy, scale, shear))
    if not (scale > 0).all():
        raise ValueError("scale must be positive")
    a, k = torch.deg2rad(degrees), torch.tan(torch.deg2rad(shear))
    x = torch.arange(w).view(1, 1, w) - (w - 1) / 2
    y = torch.arange(h).view(1, h, 1) - (h - 1) / 2
    x, y = x - dx, y - dy
    x, y = a.cos() * x - a.sin() * y, a.sin() * x + a.cos() * y
    x, y = x / scale, y / scale
    x = x + k * y
    grid = torch.stack([x * 2 / h, y * 2 / w], -1).expand(n, h, w, 2)
    return nn.functional.grid_sample(images, grid, padding_mode="zeros", align_corners=False)


# %% wrong="A scale that is not positive must be refused."
def affine_images(images, degrees=0, dx=0, dy=0, scale=1, shear=0):
    n, _, h, w = images.shape
    to = lambda v: torch.as_tensor(v, dtype=torch.float32).expand(n).view(n, 1, 1)
    degrees, dx, dy, scale, shear = map(to, (degrees, dx, dy, scale, shear))
    scale = scale.abs().clamp(min=1e-3)
    a, k = torch.deg2rad(degrees), torch.tan(torch.deg2rad(shear))
    x = torch.arange(w).view(1, 1, w) - (w - 1) / 2
    y = torch.arange(h).view(1, h, 1) - (h - 1) / 2
    x, y = x - dx, y - dy
    x, y = a.cos() * x - a.sin() * y, a.sin() * x + a.cos() * y
    x, y = x / scale, y / scale
    x = x + k * y
    grid = torch.stack([x * 2 / w, y * 2 / h], -1).expand(n, h, w, 2)
    return nn.functional.grid_sample(images, grid, padding_mode="zeros", align_corners=False)


# %% wrong="A scale of 0 must be refused, too."
def affine_images(images, degrees=0, dx=0, dy=0, scale=1, shear=0):
    n, _, h, w = images.shape
    to = lambda v: torch.as_tensor(v, dtype=torch.float32).expand(n).view(n, 1, 1)
    degrees, dx, dy, scale, shear = map(to, (degrees, dx, dy, scale, shear))
    if not (scale >= 0).all():
        raise ValueError("scale must be positive")
    a, k = torch.deg2rad(degrees), torch.tan(torch.deg2rad(shear))
    x = torch.arange(w).view(1, 1, w) - (w - 1) / 2
    y = torch.arange(h).view(1, h, 1) - (h - 1) / 2
    x, y = x - dx, y - dy
    x, y = a.cos() * x - a.sin() * y, a.sin() * x + a.cos() * y
    x, y = x / scale, y / scale
    x = x + k * y
    grid = torch.stack([x * 2 / w, y * 2 / h], -1).expand(n, h, w, 2)
    return nn.functional.grid_sample(images, grid, padding_mode="zeros", align_corners=False)


# %% wrong="Every entry of scale must be positive, not just one."
def affine_images(images, degrees=0, dx=0, dy=0, scale=1, shear=0):
    n, _, h, w = images.shape
    to = lambda v: torch.as_tensor(v, dtype=torch.float32).expand(n).view(n, 1, 1)
    degrees, dx, dy, scale, shear = map(to, (degrees, dx, dy, scale, shear))
    if not (scale > 0).any():
        raise ValueError("scale must be positive")
    a, k = torch.deg2rad(degrees), torch.tan(torch.deg2rad(shear))
    x = torch.arange(w).view(1, 1, w) - (w - 1) / 2
    y = torch.arange(h).view(1, h, 1) - (h - 1) / 2
    x, y = x - dx, y - dy
    x, y = a.cos() * x - a.sin() * y, a.sin() * x + a.cos() * y
    x, y = x / scale, y / scale
    x = x + k * y
    grid = torch.stack([x * 2 / w, y * 2 / h], -1).expand(n, h, w, 2)
    return nn.functional.grid_sample(images, grid, padding_mode="zeros", align_corners=False)


# %% wrong="dx is in pixels."
def affine_images(images, degrees=0, dx=0, dy=0, scale=1, shear=0):
    n, _, h, w = images.shape
    to = lambda v: torch.as_tensor(v, dtype=torch.float32).expand(n).view(n, 1, 1)
    degrees, dx, dy, scale, shear = map(to, (degrees, dx, dy, scale, shear))
    if not (scale > 0).all():
        raise ValueError("scale must be positive")
    a, k = torch.deg2rad(degrees), torch.tan(torch.deg2rad(shear))
    x = torch.arange(w).view(1, 1, w) - (w - 1) / 2
    y = torch.arange(h).view(1, h, 1) - (h - 1) / 2
    x, y = x - dx * w / 2, y - dy
    x, y = a.cos() * x - a.sin() * y, a.sin() * x + a.cos() * y
    x, y = x / scale, y / scale
    x = x + k * y
    grid = torch.stack([x * 2 / w, y * 2 / h], -1).expand(n, h, w, 2)
    return nn.functional.grid_sample(images, grid, padding_mode="zeros", align_corners=False)


# %% wrong="Each picture has its own arguments; yours all use the first."
def affine_images(images, degrees=0, dx=0, dy=0, scale=1, shear=0):
    n, _, h, w = images.shape
    to = lambda v: torch.as_tensor(v, dtype=torch.float32).reshape(-1)[:1].expand(n).view(n, 1, 1)
    degrees, dx, dy, scale, shear = map(to, (degrees, dx, dy, scale, shear))
    if not (scale > 0).all():
        raise ValueError("scale must be positive")
    a, k = torch.deg2rad(degrees), torch.tan(torch.deg2rad(shear))
    x = torch.arange(w).view(1, 1, w) - (w - 1) / 2
    y = torch.arange(h).view(1, h, 1) - (h - 1) / 2
    x, y = x - dx, y - dy
    x, y = a.cos() * x - a.sin() * y, a.sin() * x + a.cos() * y
    x, y = x / scale, y / scale
    x = x + k * y
    grid = torch.stack([x * 2 / w, y * 2 / h], -1).expand(n, h, w, 2)
    return nn.functional.grid_sample(images, grid, padding_mode="zeros", align_corners=False)


# %% wrong="scale doubles lengths, not areas."
def affine_images(images, degrees=0, dx=0, dy=0, scale=1, shear=0):
    n, _, h, w = images.shape
    to = lambda v: torch.as_tensor(v, dtype=torch.float32).expand(n).view(n, 1, 1)
    degrees, dx, dy, scale, shear = map(to, (degrees, dx, dy, scale, shear))
    if not (scale > 0).all():
        raise ValueError("scale must be positive")
    a, k = torch.deg2rad(degrees), torch.tan(torch.deg2rad(shear))
    x = torch.arange(w).view(1, 1, w) - (w - 1) / 2
    y = torch.arange(h).view(1, h, 1) - (h - 1) / 2
    x, y = x - dx, y - dy
    x, y = a.cos() * x - a.sin() * y, a.sin() * x + a.cos() * y
    x, y = x / scale.sqrt(), y / scale.sqrt()
    x = x + k * y
    grid = torch.stack([x * 2 / w, y * 2 / h], -1).expand(n, h, w, 2)
    return nn.functional.grid_sample(images, grid, padding_mode="zeros", align_corners=False)


# %% wrong="The picture is moved after it was rotated, along the axes of the screen."
def affine_images(images, degrees=0, dx=0, dy=0, scale=1, shear=0):
    n, _, h, w = images.shape
    to = lambda v: torch.as_tensor(v, dtype=torch.float32).expand(n).view(n, 1, 1)
    degrees, dx, dy, scale, shear = map(to, (degrees, dx, dy, scale, shear))
    if not (scale > 0).all():
        raise ValueError("scale must be positive")
    a, k = torch.deg2rad(degrees), torch.tan(torch.deg2rad(shear))
    x = torch.arange(w).view(1, 1, w) - (w - 1) / 2
    y = torch.arange(h).view(1, h, 1) - (h - 1) / 2
    x, y = a.cos() * x - a.sin() * y, a.sin() * x + a.cos() * y
    x, y = x - dx, y - dy
    x, y = x / scale, y / scale
    x = x + k * y
    grid = torch.stack([x * 2 / w, y * 2 / h], -1).expand(n, h, w, 2)
    return nn.functional.grid_sample(images, grid, padding_mode="zeros", align_corners=False)


# %% wrong="Interpolate once: rotating and then moving an interpolated picture blurs it."
def affine_images(images, degrees=0, dx=0, dy=0, scale=1, shear=0):
    n, _, h, w = images.shape
    to = lambda v: torch.as_tensor(v, dtype=torch.float32).expand(n).view(n, 1, 1)
    degrees, dx, dy, scale, shear = map(to, (degrees, dx, dy, scale, shear))
    if not (scale > 0).all():
        raise ValueError("scale must be positive")
    a, k = torch.deg2rad(degrees), torch.tan(torch.deg2rad(shear))
    x = torch.arange(w).view(1, 1, w) - (w - 1) / 2
    y = torch.arange(h).view(1, h, 1) - (h - 1) / 2
    zero = torch.zeros(n, h, w)
    for u, v in (
        (x + k * y, y + zero),
        (x / scale, y / scale),
        (a.cos() * x - a.sin() * y, a.sin() * x + a.cos() * y),
        (x - dx, y - dy),
    ):
        grid = torch.stack([(u + zero) * 2 / w, (v + zero) * 2 / h], -1)
        images = nn.functional.grid_sample(images, grid, align_corners=False)
    return images


# %% right="torchvision's affine, picture by picture, with the angle turned round"
def affine_images(images, degrees=0, dx=0, dy=0, scale=1, shear=0):
    from torchvision.transforms import InterpolationMode, functional

    n = len(images)
    to = lambda v: torch.as_tensor(v, dtype=torch.float32).expand(n).tolist()
    degrees, dx, dy, scale, shear = map(to, (degrees, dx, dy, scale, shear))
    if min(scale) <= 0:
        raise ValueError("scale must be positive")
    return torch.stack([
        functional.affine(images[i], -degrees[i], [dx[i], dy[i]], scale[i], [shear[i], 0.0], InterpolationMode.BILINEAR)
        for i in range(n)
    ])


# %% wrong="torchvision's affine turns clockwise, unlike its rotate."
def affine_images(images, degrees=0, dx=0, dy=0, scale=1, shear=0):
    from torchvision.transforms import InterpolationMode, functional

    n = len(images)
    to = lambda v: torch.as_tensor(v, dtype=torch.float32).expand(n).tolist()
    degrees, dx, dy, scale, shear = map(to, (degrees, dx, dy, scale, shear))
    if min(scale) <= 0:
        raise ValueError("scale must be positive")
    return torch.stack([
        functional.affine(images[i], degrees[i], [dx[i], dy[i]], scale[i], [shear[i], 0.0], InterpolationMode.BILINEAR)
        for i in range(n)
    ])
