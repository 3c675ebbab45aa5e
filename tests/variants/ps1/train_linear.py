# %% right="nn.Linear and nn.Dropout"
def train_linear(x, y, p, batch_size, steps, lr, optimizer, seed):
    torch.manual_seed(seed)
    x = torch.as_tensor(x).float().reshape(1, -1)
    model = nn.Sequential(nn.Dropout(p), nn.Linear(x.shape[1], 1, bias=False))
    nn.init.zeros_(model[1].weight)
    if optimizer == "sgd":
        update = torch.optim.SGD(model.parameters(), lr=lr)
    elif optimizer == "adam":
        update = torch.optim.Adam(model.parameters(), lr=lr)
    else:
        raise ValueError(optimizer)
    batch = x.repeat(batch_size, 1)
    target = torch.full((batch_size, 1), float(y))
    losses = []
    for _ in range(steps):
        update.zero_grad()
        loss = nn.functional.mse_loss(model(batch), target)
        loss.backward()
        update.step()
        losses.append(loss.item())
    return model[1].weight.detach().flatten(), losses

# %% right="gradients by hand, Adam by hand, float64"
def train_linear(x, y, p, batch_size, steps, lr, optimizer, seed):
    if optimizer not in ("sgd", "adam"):
        raise ValueError("optimizer")
    rng = np.random.default_rng(seed)
    x = np.array(x, dtype=float)
    w, m, v = np.zeros(x.size), np.zeros(x.size), np.zeros(x.size)
    losses = np.empty(steps)
    for t in range(steps):
        batch = x * (rng.random((batch_size, x.size)) >= p) / (1 - p)
        error = batch @ w - y
        losses[t] = np.mean(error**2)
        gradient = 2 * error @ batch / batch_size
        if optimizer == "sgd":
            w = w - lr * gradient
        else:
            m, v = 0.9 * m + 0.1 * gradient, 0.999 * v + 0.001 * gradient**2
            w = w - lr * (m / (1 - 0.9 ** (t + 1))) / (np.sqrt(v / (1 - 0.999 ** (t + 1))) + 1e-8)
    return w, losses

# %% right="functional dropout, float64 tensors, losses as a tensor"
def train_linear(x, y, p, batch_size, steps, lr, optimizer, seed):
    makers = dict(sgd=torch.optim.SGD, adam=torch.optim.Adam)
    try:
        maker = makers[optimizer]
    except KeyError:
        raise ValueError(f"unknown optimizer {optimizer}") from None
    torch.manual_seed(seed)
    w = nn.Parameter(torch.zeros(len(x), dtype=torch.float64))
    rows = torch.tensor(np.array(x), dtype=torch.float64).expand(batch_size, -1)
    step = maker([w], lr)
    losses = torch.zeros(steps)
    for t in range(steps):
        out = nn.functional.dropout(rows, p, training=True) @ w
        loss = torch.mean(torch.square(y - out))
        step.zero_grad()
        loss.backward()
        losses[t] = loss.detach()
        step.step()
    return w.detach().clone(), losses

# %% right="masks from dropout_forward"
def train_linear(x, y, p, batch_size, steps, lr, optimizer, seed):
    if optimizer == "sgd":
        make = torch.optim.SGD
    elif optimizer == "adam":
        make = torch.optim.Adam
    else:
        raise ValueError("optimizer must be sgd or adam")
    rng = np.random.default_rng(seed)
    rows = np.tile(np.asarray(x, dtype=np.float32), (batch_size, 1))
    w = torch.zeros(rows.shape[1], requires_grad=True)
    update = make([w], lr=lr)
    losses = []
    for _ in range(steps):
        batch, _ = dropout_forward(rows, p, True, rng)
        loss = (torch.from_numpy(batch) @ w - y).pow(2).mean()
        losses.append(float(loss))
        update.zero_grad()
        loss.backward()
        update.step()
    return w.detach().numpy().astype(np.float64), np.asarray(losses, dtype=np.float32)

# %% wrong="SGD should be plain: yours has momentum."
def train_linear(x, y, p, batch_size, steps, lr, optimizer, seed):
    optimizers = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}
    if optimizer not in optimizers:
        raise ValueError(f"optimizer {optimizer!r}")
    generator = torch.Generator().manual_seed(seed)
    x = torch.as_tensor(x, dtype=torch.float32)
    w = torch.zeros(len(x), requires_grad=True)
    update = optimizers[optimizer]([w], lr=lr, **({"momentum": 0.9} if optimizer == "sgd" else {}))
    losses = []
    for _ in range(steps):
        keep = (torch.rand(batch_size, len(x), generator=generator) >= p).float()
        loss = ((x * keep / (1 - p) @ w - y) ** 2).mean()
        update.zero_grad()
        loss.backward()
        update.step()
        losses.append(loss.item())
    return w.detach().numpy(), losses

# %% wrong="The kept features are not divided by 1 - p."
def train_linear(x, y, p, batch_size, steps, lr, optimizer, seed):
    optimizers = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}
    if optimizer not in optimizers:
        raise ValueError(f"optimizer {optimizer!r}")
    generator = torch.Generator().manual_seed(seed)
    x = torch.as_tensor(x, dtype=torch.float32)
    w = torch.zeros(len(x), requires_grad=True)
    update = optimizers[optimizer]([w], lr=lr)
    losses = []
    for _ in range(steps):
        keep = (torch.rand(batch_size, len(x), generator=generator) >= p).float()
        loss = ((x * keep @ w - y) ** 2).mean()
        update.zero_grad()
        loss.backward()
        update.step()
        losses.append(loss.item())
    return w.detach().numpy(), losses

# %% wrong="A feature is kept with probability p; p is the probability of dropping it."
def train_linear(x, y, p, batch_size, steps, lr, optimizer, seed):
    optimizers = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}
    if optimizer not in optimizers:
        raise ValueError(f"optimizer {optimizer!r}")
    generator = torch.Generator().manual_seed(seed)
    x = torch.as_tensor(x, dtype=torch.float32)
    w = torch.zeros(len(x), requires_grad=True)
    update = optimizers[optimizer]([w], lr=lr)
    losses = []
    for _ in range(steps):
        keep = (torch.rand(batch_size, len(x), generator=generator) < p).float()
        loss = ((x * keep / (1 - p) @ w - y) ** 2).mean()
        update.zero_grad()
        loss.backward()
        update.step()
        losses.append(loss.item())
    return w.detach().numpy(), losses

# %% wrong="The masks are drawn once: each step needs fresh ones."
def train_linear(x, y, p, batch_size, steps, lr, optimizer, seed):
    optimizers = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}
    if optimizer not in optimizers:
        raise ValueError(f"optimizer {optimizer!r}")
    generator = torch.Generator().manual_seed(seed)
    x = torch.as_tensor(x, dtype=torch.float32)
    w = torch.zeros(len(x), requires_grad=True)
    update = optimizers[optimizer]([w], lr=lr)
    losses = []
    keep = (torch.rand(batch_size, len(x), generator=generator) >= p).float()
    for _ in range(steps):
        loss = ((x * keep / (1 - p) @ w - y) ** 2).mean()
        update.zero_grad()
        loss.backward()
        update.step()
        losses.append(loss.item())
    return w.detach().numpy(), losses

# %% wrong="One mask serves the whole batch: each row needs its own."
def train_linear(x, y, p, batch_size, steps, lr, optimizer, seed):
    optimizers = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}
    if optimizer not in optimizers:
        raise ValueError(f"optimizer {optimizer!r}")
    generator = torch.Generator().manual_seed(seed)
    x = torch.as_tensor(x, dtype=torch.float32)
    w = torch.zeros(len(x), requires_grad=True)
    update = optimizers[optimizer]([w], lr=lr)
    losses = []
    for _ in range(steps):
        keep = (torch.rand(1, len(x), generator=generator) >= p).float()
        loss = ((x * keep / (1 - p) @ w - y) ** 2).mean()
        update.zero_grad()
        loss.backward()
        update.step()
        losses.append(loss.item())
    return w.detach().numpy(), losses

# %% wrong="One random number decides about all features of a row."
def train_linear(x, y, p, batch_size, steps, lr, optimizer, seed):
    optimizers = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}
    if optimizer not in optimizers:
        raise ValueError(f"optimizer {optimizer!r}")
    generator = torch.Generator().manual_seed(seed)
    x = torch.as_tensor(x, dtype=torch.float32)
    w = torch.zeros(len(x), requires_grad=True)
    update = optimizers[optimizer]([w], lr=lr)
    losses = []
    for _ in range(steps):
        keep = (torch.rand(batch_size, 1, generator=generator) >= p).float()
        loss = ((x * keep / (1 - p) @ w - y) ** 2).mean()
        update.zero_grad()
        loss.backward()
        update.step()
        losses.append(loss.item())
    return w.detach().numpy(), losses

# %% wrong="The loss is the sum over the batch, not the mean."
def train_linear(x, y, p, batch_size, steps, lr, optimizer, seed):
    optimizers = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}
    if optimizer not in optimizers:
        raise ValueError(f"optimizer {optimizer!r}")
    generator = torch.Generator().manual_seed(seed)
    x = torch.as_tensor(x, dtype=torch.float32)
    w = torch.zeros(len(x), requires_grad=True)
    update = optimizers[optimizer]([w], lr=lr)
    losses = []
    for _ in range(steps):
        keep = (torch.rand(batch_size, len(x), generator=generator) >= p).float()
        loss = ((x * keep / (1 - p) @ w - y) ** 2).sum()
        update.zero_grad()
        loss.backward()
        update.step()
        losses.append(loss.item())
    return w.detach().numpy(), losses

# %% wrong="The loss has a factor 1/2 too many."
def train_linear(x, y, p, batch_size, steps, lr, optimizer, seed):
    optimizers = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}
    if optimizer not in optimizers:
        raise ValueError(f"optimizer {optimizer!r}")
    generator = torch.Generator().manual_seed(seed)
    x = torch.as_tensor(x, dtype=torch.float32)
    w = torch.zeros(len(x), requires_grad=True)
    update = optimizers[optimizer]([w], lr=lr)
    losses = []
    for _ in range(steps):
        keep = (torch.rand(batch_size, len(x), generator=generator) >= p).float()
        loss = ((x * keep / (1 - p) @ w - y) ** 2).mean() / 2
        update.zero_grad()
        loss.backward()
        update.step()
        losses.append(loss.item())
    return w.detach().numpy(), losses

# %% wrong="The weights start at random values, not at zero."
def train_linear(x, y, p, batch_size, steps, lr, optimizer, seed):
    optimizers = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}
    if optimizer not in optimizers:
        raise ValueError(f"optimizer {optimizer!r}")
    generator = torch.Generator().manual_seed(seed)
    x = torch.as_tensor(x, dtype=torch.float32)
    w = torch.randn(len(x), generator=generator).requires_grad_()
    update = optimizers[optimizer]([w], lr=lr)
    losses = []
    for _ in range(steps):
        keep = (torch.rand(batch_size, len(x), generator=generator) >= p).float()
        loss = ((x * keep / (1 - p) @ w - y) ** 2).mean()
        update.zero_grad()
        loss.backward()
        update.step()
        losses.append(loss.item())
    return w.detach().numpy(), losses

# %% wrong="The loss is recorded after the update."
def train_linear(x, y, p, batch_size, steps, lr, optimizer, seed):
    optimizers = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}
    if optimizer not in optimizers:
        raise ValueError(f"optimizer {optimizer!r}")
    generator = torch.Generator().manual_seed(seed)
    x = torch.as_tensor(x, dtype=torch.float32)
    w = torch.zeros(len(x), requires_grad=True)
    update = optimizers[optimizer]([w], lr=lr)
    losses = []
    for _ in range(steps):
        keep = (torch.rand(batch_size, len(x), generator=generator) >= p).float()
        loss = ((x * keep / (1 - p) @ w - y) ** 2).mean()
        update.zero_grad()
        loss.backward()
        update.step()
        losses.append(((x * keep / (1 - p) @ w - y) ** 2).mean().item())
    return w.detach().numpy(), losses

# %% wrong="The gradients are never set to zero: they add up over the steps."
def train_linear(x, y, p, batch_size, steps, lr, optimizer, seed):
    optimizers = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}
    if optimizer not in optimizers:
        raise ValueError(f"optimizer {optimizer!r}")
    generator = torch.Generator().manual_seed(seed)
    x = torch.as_tensor(x, dtype=torch.float32)
    w = torch.zeros(len(x), requires_grad=True)
    update = optimizers[optimizer]([w], lr=lr)
    losses = []
    for _ in range(steps):
        keep = (torch.rand(batch_size, len(x), generator=generator) >= p).float()
        loss = ((x * keep / (1 - p) @ w - y) ** 2).mean()
        loss.backward()
        update.step()
        losses.append(loss.item())
    return w.detach().numpy(), losses

# %% wrong="An unknown optimizer should raise a ValueError."
def train_linear(x, y, p, batch_size, steps, lr, optimizer, seed):
    optimizers = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}
    generator = torch.Generator().manual_seed(seed)
    x = torch.as_tensor(x, dtype=torch.float32)
    w = torch.zeros(len(x), requires_grad=True)
    update = optimizers.get(optimizer, torch.optim.SGD)([w], lr=lr)
    losses = []
    for _ in range(steps):
        keep = (torch.rand(batch_size, len(x), generator=generator) >= p).float()
        loss = ((x * keep / (1 - p) @ w - y) ** 2).mean()
        update.zero_grad()
        loss.backward()
        update.step()
        losses.append(loss.item())
    return w.detach().numpy(), losses

# %% wrong="The model has a bias."
def train_linear(x, y, p, batch_size, steps, lr, optimizer, seed):
    optimizers = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}
    if optimizer not in optimizers:
        raise ValueError(f"optimizer {optimizer!r}")
    generator = torch.Generator().manual_seed(seed)
    x = torch.as_tensor(x, dtype=torch.float32)
    w = torch.zeros(len(x), requires_grad=True)
    bias = torch.zeros(1, requires_grad=True)
    update = optimizers[optimizer]([w, bias], lr=lr)
    losses = []
    for _ in range(steps):
        keep = (torch.rand(batch_size, len(x), generator=generator) >= p).float()
        loss = ((x * keep / (1 - p) @ w + bias - y) ** 2).mean()
        update.zero_grad()
        loss.backward()
        update.step()
        losses.append(loss.item())
    return w.detach().numpy(), losses

# %% wrong="Adam is asked for, AdamW with weight decay is used."
def train_linear(x, y, p, batch_size, steps, lr, optimizer, seed):
    optimizers = {"sgd": torch.optim.SGD, "adam": torch.optim.AdamW}
    if optimizer not in optimizers:
        raise ValueError(f"optimizer {optimizer!r}")
    generator = torch.Generator().manual_seed(seed)
    x = torch.as_tensor(x, dtype=torch.float32)
    w = torch.zeros(len(x), requires_grad=True)
    update = optimizers[optimizer]([w], lr=lr)
    losses = []
    for _ in range(steps):
        keep = (torch.rand(batch_size, len(x), generator=generator) >= p).float()
        loss = ((x * keep / (1 - p) @ w - y) ** 2).mean()
        update.zero_grad()
        loss.backward()
        update.step()
        losses.append(loss.item())
    return w.detach().numpy(), losses

# %% wrong="The seed is ignored."
def train_linear(x, y, p, batch_size, steps, lr, optimizer, seed):
    optimizers = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}
    if optimizer not in optimizers:
        raise ValueError(f"optimizer {optimizer!r}")
    generator = torch.Generator().manual_seed(0)
    x = torch.as_tensor(x, dtype=torch.float32)
    w = torch.zeros(len(x), requires_grad=True)
    update = optimizers[optimizer]([w], lr=lr)
    losses = []
    for _ in range(steps):
        keep = (torch.rand(batch_size, len(x), generator=generator) >= p).float()
        loss = ((x * keep / (1 - p) @ w - y) ** 2).mean()
        update.zero_grad()
        loss.backward()
        update.step()
        losses.append(loss.item())
    return w.detach().numpy(), losses

# %% wrong="The weights have shape (1, D)."
def train_linear(x, y, p, batch_size, steps, lr, optimizer, seed):
    optimizers = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}
    if optimizer not in optimizers:
        raise ValueError(f"optimizer {optimizer!r}")
    generator = torch.Generator().manual_seed(seed)
    x = torch.as_tensor(x, dtype=torch.float32)
    w = torch.zeros(len(x), requires_grad=True)
    update = optimizers[optimizer]([w], lr=lr)
    losses = []
    for _ in range(steps):
        keep = (torch.rand(batch_size, len(x), generator=generator) >= p).float()
        loss = ((x * keep / (1 - p) @ w - y) ** 2).mean()
        update.zero_grad()
        loss.backward()
        update.step()
        losses.append(loss.item())
    return w.detach().numpy()[None], losses

# %% wrong="The last loss is missing: losses has one entry a step."
def train_linear(x, y, p, batch_size, steps, lr, optimizer, seed):
    optimizers = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}
    if optimizer not in optimizers:
        raise ValueError(f"optimizer {optimizer!r}")
    generator = torch.Generator().manual_seed(seed)
    x = torch.as_tensor(x, dtype=torch.float32)
    w = torch.zeros(len(x), requires_grad=True)
    update = optimizers[optimizer]([w], lr=lr)
    losses = []
    for _ in range(steps):
        keep = (torch.rand(batch_size, len(x), generator=generator) >= p).float()
        loss = ((x * keep / (1 - p) @ w - y) ** 2).mean()
        update.zero_grad()
        loss.backward()
        update.step()
        losses.append(loss.item())
    return w.detach().numpy(), losses[:-1]

# %% wrong="Dropout is left out."
def train_linear(x, y, p, batch_size, steps, lr, optimizer, seed):
    optimizers = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}
    if optimizer not in optimizers:
        raise ValueError(f"optimizer {optimizer!r}")
    generator = torch.Generator().manual_seed(seed)
    x = torch.as_tensor(x, dtype=torch.float32)
    w = torch.zeros(len(x), requires_grad=True)
    update = optimizers[optimizer]([w], lr=lr)
    losses = []
    for _ in range(steps):
        keep = (torch.rand(batch_size, len(x), generator=generator) >= p).float()
        loss = ((x.expand(batch_size, -1) @ w - y) ** 2).mean()
        update.zero_grad()
        loss.backward()
        update.step()
        losses.append(loss.item())
    return w.detach().numpy(), losses

# %% wrong="The optimizer is always SGD."
def train_linear(x, y, p, batch_size, steps, lr, optimizer, seed):
    optimizers = {"sgd": torch.optim.SGD, "adam": torch.optim.SGD}
    if optimizer not in optimizers:
        raise ValueError(f"optimizer {optimizer!r}")
    generator = torch.Generator().manual_seed(seed)
    x = torch.as_tensor(x, dtype=torch.float32)
    w = torch.zeros(len(x), requires_grad=True)
    update = optimizers[optimizer]([w], lr=lr)
    losses = []
    for _ in range(steps):
        keep = (torch.rand(batch_size, len(x), generator=generator) >= p).float()
        loss = ((x * keep / (1 - p) @ w - y) ** 2).mean()
        update.zero_grad()
        loss.backward()
        update.step()
        losses.append(loss.item())
    return w.detach().numpy(), losses

# %% wrong="The weights are still attached to the graph."
def train_linear(x, y, p, batch_size, steps, lr, optimizer, seed):
    optimizers = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}
    if optimizer not in optimizers:
        raise ValueError(f"optimizer {optimizer!r}")
    generator = torch.Generator().manual_seed(seed)
    x = torch.as_tensor(x, dtype=torch.float32)
    w = torch.zeros(len(x), requires_grad=True)
    update = optimizers[optimizer]([w], lr=lr)
    losses = []
    for _ in range(steps):
        keep = (torch.rand(batch_size, len(x), generator=generator) >= p).float()
        loss = ((x * keep / (1 - p) @ w - y) ** 2).mean()
        update.zero_grad()
        loss.backward()
        update.step()
        losses.append(loss.item())
    return w, losses

# %% wrong="The names of the optimizers are swapped."
def train_linear(x, y, p, batch_size, steps, lr, optimizer, seed):
    optimizers = {"sgd": torch.optim.Adam, "adam": torch.optim.SGD}
    if optimizer not in optimizers:
        raise ValueError(f"optimizer {optimizer!r}")
    generator = torch.Generator().manual_seed(seed)
    x = torch.as_tensor(x, dtype=torch.float32)
    w = torch.zeros(len(x), requires_grad=True)
    update = optimizers[optimizer]([w], lr=lr)
    losses = []
    for _ in range(steps):
        keep = (torch.rand(batch_size, len(x), generator=generator) >= p).float()
        loss = ((x * keep / (1 - p) @ w - y) ** 2).mean()
        update.zero_grad()
        loss.backward()
        update.step()
        losses.append(loss.item())
    return w.detach().numpy(), losses
