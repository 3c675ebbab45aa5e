# %% right="rng.normal, cast back"
def noise_images(images, std, rng):
    noise = torch.tensor(rng.normal(0, std, size=images.shape), dtype=images.dtype)
    return torch.clamp(images + noise, 0.0, 1.0)


# %% right="a torch generator seeded from rng"
def noise_images(images, std, rng):
    generator = torch.Generator().manual_seed(int(rng.integers(2**31)))
    return (images + std * torch.randn(images.shape, generator=generator)).clip(0, 1)


# %% right="NumPy all the way, picture by picture"
def noise_images(images, std, rng):
    out = [np.clip(p.numpy() + rng.normal(scale=std, size=p.shape), 0, 1) for p in images]
    return torch.from_numpy(np.stack(out).astype(np.float32))


# %% right="torch's global seed set from rng"
def noise_images(images, std, rng):
    torch.manual_seed(int(rng.integers(0, 10**9)))
    noisy = images + torch.randn_like(images) * std
    return torch.minimum(torch.maximum(noisy, torch.tensor(0.0)), torch.tensor(1.0))


# %% wrong="The result must stay in [0, 1]: clamp it."
def noise_images(images, std, rng):
    noise = torch.from_numpy(rng.normal(0, std, tuple(images.shape))).float()
    return (images + noise)


# %% wrong="std is the standard deviation, not the variance."
def noise_images(images, std, rng):
    noise = torch.from_numpy(rng.normal(0, std**0.5, tuple(images.shape))).float()
    return (images + noise).clamp(0, 1)


# %% wrong="std is the standard deviation: do not square it."
def noise_images(images, std, rng):
    noise = torch.from_numpy(rng.normal(0, std**2, tuple(images.shape))).float()
    return (images + noise).clamp(0, 1)


# %% wrong="The noise is Gaussian, not uniform."
def noise_images(images, std, rng):
    noise = torch.from_numpy(rng.uniform(-(3**0.5) * std, 3**0.5 * std, tuple(images.shape))).float()
    return (images + noise).clamp(0, 1)


# %% wrong="Every picture needs noise of its own."
def noise_images(images, std, rng):
    noise = torch.from_numpy(rng.normal(0, std, tuple(images.shape[1:]))).float()
    return (images + noise).clamp(0, 1)


# %% wrong="Every pixel needs its own draw, not one for each picture."
def noise_images(images, std, rng):
    noise = torch.from_numpy(rng.normal(0, std, (len(images), 1, 1, 1))).float()
    return (images + noise).clamp(0, 1)


# %% wrong="The randomness comes from rng."
def noise_images(images, std, rng):
    noise = std * torch.randn(images.shape)
    return (images + noise).clamp(0, 1)


# %% wrong="Another seed must give other noise."
def noise_images(images, std, rng):
    rng = np.random.default_rng(0)
    noise = torch.from_numpy(rng.normal(0, std, tuple(images.shape))).float()
    return (images + noise).clamp(0, 1)


# %% wrong="NumPy draws float64; the result must be float32."
def noise_images(images, std, rng):
    noise = torch.from_numpy(rng.normal(0, std, tuple(images.shape)))
    return (images + noise).clamp(0, 1)


# %% wrong="Noise is added, not multiplied."
def noise_images(images, std, rng):
    noise = torch.from_numpy(rng.normal(0, std, tuple(images.shape))).float()
    return (images * (1 + noise)).clamp(0, 1)


# %% wrong="The noise has mean 0 before the clamp: it darkens as often as it brightens."
def noise_images(images, std, rng):
    noise = torch.from_numpy(rng.normal(0, std, tuple(images.shape))).float()
    return (images + noise.abs()).clamp(0, 1)


# %% wrong="Your function changes the images in place."
def noise_images(images, std, rng):
    noise = torch.from_numpy(rng.normal(0, std, tuple(images.shape))).float()
    return images.add_(noise).clamp_(0, 1)


# %% wrong="Clamp the sum, not the noise."
def noise_images(images, std, rng):
    noise = torch.from_numpy(rng.normal(0, std, tuple(images.shape))).float()
    return images + noise.clamp(-1, 1) * (images > 0) * (images < 1)


# %% wrong="Neighbouring rows share a draw."
def noise_images(images, std, rng):
    noise = torch.from_numpy(rng.normal(0, std, (*images.shape[:2], 1, images.shape[3]))).float()
    return (images + noise).clamp(0, 1)
