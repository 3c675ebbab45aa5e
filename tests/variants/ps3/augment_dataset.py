# %% right="noise only"
def augment_dataset(images, labels, total, rng):
    n = len(images)
    if total < n:
        raise ValueError("total is too small")
    index = np.arange(n, total) % n
    copies = images[index] + torch.from_numpy(rng.normal(0, 0.1, (total - n, *images.shape[1:]))).float()
    return torch.cat((images, copies.clamp(0, 1))), torch.cat((labels, labels[index]))


# %% right="one picture at a time with scalar arguments and torchvision"
def augment_dataset(images, labels, total, rng):
    from torchvision.transforms import InterpolationMode
    from torchvision.transforms.functional import rotate

    if total < len(images):
        raise ValueError("total")
    xs, ys = list(images), [int(y) for y in labels]
    for k in range(total - len(images)):
        i = k % len(images)
        angle = float(rng.uniform(-20, 20))
        xs.append(rotate(images[i], angle, InterpolationMode.BILINEAR))
        ys.append(ys[i])
    return torch.stack(xs), torch.tensor(ys, dtype=labels.dtype)


# %% right="repeat, then transform everything behind the originals"
def augment_dataset(images, labels, total, rng):
    n = images.shape[0]
    if not total >= n:
        raise ValueError(f"total = {total} is smaller than {n}")
    times = -(-total // n)
    out = images.repeat(times, 1, 1, 1)[:total].clone()
    u = lambda size: torch.tensor(rng.uniform(-size, size, total - n), dtype=torch.float32)
    if total > n:
        out[n:] = affine_images(out[n:], degrees=u(10), dx=u(2), scale=1 + u(0.1))
    return out, labels.repeat(times)[:total]


# %% right="random whole-pixel shifts by roll"
def augment_dataset(images, labels, total, rng):
    if total < len(images):
        raise ValueError("total")
    pictures = [images]
    for k in range(total - len(images)):
        dy, dx = rng.integers(-3, 4, 2).tolist()
        pictures.append(torch.roll(images[k % len(images)], (dy, dx), (1, 2))[None])
    index = torch.arange(total) % len(images)
    return torch.cat(pictures), labels.index_select(0, index)


# %% right="a transform of a random kind for each copy"
def augment_dataset(images, labels, total, rng):
    n = len(images)
    if total < n:
        raise ValueError("total")
    out = [images]
    for k in range(total - n):
        one = images[k % n : k % n + 1]
        kind = rng.integers(4)
        if kind == 0:
            one = affine_images(one, degrees=rng.uniform(-20, 20))
        elif kind == 1:
            one = affine_images(one, shear=rng.uniform(-20, 20), scale=rng.uniform(0.9, 1.1))
        elif kind == 2:
            one = blur_images(one, rng.uniform(0.3, 1.5))
        else:
            one = noise_images(one, 0.1, rng)
        out.append(one)
    return [torch.cat(out), labels[[i % n for i in range(total)]]]


# %% wrong="The copies are to be transformed, not repeated."
def augment_dataset(images, labels, total, rng):
    n = len(images)
    if total < n:
        raise ValueError("total must be at least N")
    index = torch.arange(total - n) % n
    angles = torch.from_numpy(rng.uniform(-15, 15, total - n)).float()
    moves = torch.from_numpy(rng.uniform(-2, 2, total - n)).float()
    copies = images[index]
    return torch.cat([images, copies]), torch.cat([labels, labels[index]])


# %% wrong="The originals come first, unchanged."
def augment_dataset(images, labels, total, rng):
    n = len(images)
    if total < n:
        raise ValueError("total must be at least N")
    index = torch.arange(total - n) % n
    angles = torch.from_numpy(rng.uniform(-15, 15, total - n)).float()
    moves = torch.from_numpy(rng.uniform(-2, 2, total - n)).float()
    copies = affine_images(images[index], degrees=angles, dx=moves)
    return torch.cat([affine_images(images, degrees=float(rng.uniform(3, 9))), copies]), torch.cat([labels, labels[index]])


# %% wrong="Copy number k is of original k mod N: go round, do not repeat each in turn."
def augment_dataset(images, labels, total, rng):
    n = len(images)
    if total < n:
        raise ValueError("total must be at least N")
    index = torch.arange(total - n) * n // max(total - n, 1)
    angles = torch.from_numpy(rng.uniform(-15, 15, total - n)).float()
    moves = torch.from_numpy(rng.uniform(-2, 2, total - n)).float()
    copies = affine_images(images[index], degrees=angles, dx=moves)
    return torch.cat([images, copies]), torch.cat([labels, labels[index]])


# %% wrong="All copies share one transform: draw one for each."
def augment_dataset(images, labels, total, rng):
    n = len(images)
    if total < n:
        raise ValueError("total must be at least N")
    index = torch.arange(total - n) % n
    angles = torch.from_numpy(np.full(total - n, rng.uniform(-15, 15))).float()
    moves = torch.from_numpy(np.full(total - n, rng.uniform(-2, 2))).float()
    copies = affine_images(images[index], degrees=angles, dx=moves)
    return torch.cat([images, copies]), torch.cat([labels, labels[index]])


# %% wrong="Each original has one transform, so that its second copy is the same as its first."
def augment_dataset(images, labels, total, rng):
    n = len(images)
    if total < n:
        raise ValueError("total must be at least N")
    index = torch.arange(total - n) % n
    angles = torch.from_numpy(rng.uniform(-15, 15, n)[index.numpy()]).float()
    moves = torch.from_numpy(rng.uniform(-2, 2, n)[index.numpy()]).float()
    copies = affine_images(images[index], degrees=angles, dx=moves)
    return torch.cat([images, copies]), torch.cat([labels, labels[index]])


# %% wrong="All copies of one round share a transform: draw one for each copy."
def augment_dataset(images, labels, total, rng):
    n = len(images)
    if total < n:
        raise ValueError("total must be at least N")
    index = torch.arange(total - n) % n
    angles = torch.from_numpy(rng.uniform(-15, 15, 999)[np.arange(total - n) // n]).float()
    moves = torch.from_numpy(rng.uniform(-2, 2, 999)[np.arange(total - n) // n]).float()
    copies = affine_images(images[index], degrees=angles, dx=moves)
    return torch.cat([images, copies]), torch.cat([labels, labels[index]])


# %% wrong="total counts all pictures, the originals included."
def augment_dataset(images, labels, total, rng):
    n = len(images)
    if total < n:
        raise ValueError("total must be at least N")
    index = torch.arange(total) % n
    angles = torch.from_numpy(rng.uniform(-15, 15, total)).float()
    moves = torch.from_numpy(rng.uniform(-2, 2, total)).float()
    copies = affine_images(images[index], degrees=angles, dx=moves)
    return torch.cat([images, copies]), torch.cat([labels, labels[index]])


# %% wrong="A total below N must be refused."
def augment_dataset(images, labels, total, rng):
    n = len(images)
    if total < n:
        total = n
    index = torch.arange(total - n) % n
    angles = torch.from_numpy(rng.uniform(-15, 15, total - n)).float()
    moves = torch.from_numpy(rng.uniform(-2, 2, total - n)).float()
    copies = affine_images(images[index], degrees=angles, dx=moves)
    return torch.cat([images, copies]), torch.cat([labels, labels[index]])


# %% wrong="total = N is allowed and returns the originals."
def augment_dataset(images, labels, total, rng):
    n = len(images)
    if total <= n:
        raise ValueError("total must be at least N")
    index = torch.arange(total - n) % n
    angles = torch.from_numpy(rng.uniform(-15, 15, total - n)).float()
    moves = torch.from_numpy(rng.uniform(-2, 2, total - n)).float()
    copies = affine_images(images[index], degrees=angles, dx=moves)
    return torch.cat([images, copies]), torch.cat([labels, labels[index]])


# %% wrong="The labels keep their dtype."
def augment_dataset(images, labels, total, rng):
    n = len(images)
    if total < n:
        raise ValueError("total must be at least N")
    index = torch.arange(total - n) % n
    angles = torch.from_numpy(rng.uniform(-15, 15, total - n)).float()
    moves = torch.from_numpy(rng.uniform(-2, 2, total - n)).float()
    copies = affine_images(images[index], degrees=angles, dx=moves)
    return torch.cat([images, copies]), torch.cat([labels, labels[index]]).to(torch.int64)


# %% wrong="The labels of the copies must follow the copies."
def augment_dataset(images, labels, total, rng):
    n = len(images)
    if total < n:
        raise ValueError("total must be at least N")
    index = torch.arange(total - n) % n
    angles = torch.from_numpy(rng.uniform(-15, 15, total - n)).float()
    moves = torch.from_numpy(rng.uniform(-2, 2, total - n)).float()
    copies = affine_images(images[index], degrees=angles, dx=moves)
    return torch.cat([images, copies]), torch.cat([labels, labels[torch.from_numpy(rng.permutation(len(index)))] if len(index) == n else labels[index.flip(0)]])


# %% wrong="The originals stay in front and in order: do not shuffle."
def augment_dataset(images, labels, total, rng):
    n = len(images)
    if total < n:
        raise ValueError("total must be at least N")
    index = torch.arange(total - n) % n
    angles = torch.from_numpy(rng.uniform(-15, 15, total - n)).float()
    moves = torch.from_numpy(rng.uniform(-2, 2, total - n)).float()
    copies = affine_images(images[index], degrees=angles, dx=moves)
    order = torch.from_numpy(rng.permutation(total))
    return torch.cat([images, copies])[order], torch.cat([labels, labels[index]])[order]


# %% wrong="The randomness comes from rng, and another seed gives other copies."
def augment_dataset(images, labels, total, rng):
    n = len(images)
    if total < n:
        raise ValueError("total must be at least N")
    index = torch.arange(total - n) % n
    rng = np.random.default_rng(0)
    angles = torch.from_numpy(rng.uniform(-15, 15, total - n)).float()
    moves = torch.from_numpy(rng.uniform(-2, 2, total - n)).float()
    copies = affine_images(images[index], degrees=angles, dx=moves)
    return torch.cat([images, copies]), torch.cat([labels, labels[index]])


# %% wrong="The randomness comes from rng: the same seed must give the same copies."
def augment_dataset(images, labels, total, rng):
    n = len(images)
    if total < n:
        raise ValueError("total must be at least N")
    index = torch.arange(total - n) % n
    rng = np.random.default_rng()
    angles = torch.from_numpy(rng.uniform(-15, 15, total - n)).float()
    moves = torch.from_numpy(rng.uniform(-2, 2, total - n)).float()
    copies = affine_images(images[index], degrees=angles, dx=moves)
    return torch.cat([images, copies]), torch.cat([labels, labels[index]])


# %% wrong="Copies of a picture are made from the picture, and not from a random one."
def augment_dataset(images, labels, total, rng):
    n = len(images)
    if total < n:
        raise ValueError("total must be at least N")
    index = torch.arange(total - n) % n
    angles = torch.from_numpy(rng.uniform(-15, 15, total - n)).float()
    moves = torch.from_numpy(rng.uniform(-2, 2, total - n)).float()
    copies = affine_images(images[torch.from_numpy(rng.integers(0, n, total - n))], degrees=angles, dx=moves)
    return torch.cat([images, copies]), torch.cat([labels, labels[index]])
