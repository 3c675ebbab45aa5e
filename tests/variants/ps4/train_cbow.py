# %% right="fork_rng and permuted batches"
def train_cbow(ids, vocab_size, dim, window, epochs, batch_size, lr, seed):
    contexts, targets = cbow_examples(ids, window)
    contexts, targets = torch.tensor(contexts), torch.tensor(targets)
    losses = []
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = CBOW(vocab_size, dim)
        optimizer = torch.optim.Adam(model.parameters(), lr=lr)
        for epoch in range(epochs):
            total = 0.0
            for batch in torch.split(torch.randperm(len(targets)), batch_size):
                optimizer.zero_grad()
                loss = nn.functional.cross_entropy(model(contexts[batch]), targets[batch])
                loss.backward()
                optimizer.step()
                total += loss.item() * len(batch)
            losses.append(total / len(targets))
    return model.embeddings().numpy(), losses


# %% right="TensorDataset and DataLoader, state saved and restored"
from torch.utils.data import DataLoader, TensorDataset


def train_cbow(ids, vocab_size, dim, window, epochs, batch_size, lr, seed):
    state = torch.get_rng_state()
    torch.manual_seed(seed)
    contexts, targets = cbow_examples(ids, window)
    data = TensorDataset(torch.from_numpy(contexts), torch.from_numpy(np.array(targets)))
    loader = DataLoader(
        data, batch_size=batch_size, shuffle=True, generator=torch.Generator().manual_seed(seed)
    )
    net = CBOW(vocab_size, dim)
    criterion = nn.CrossEntropyLoss(reduction="sum")
    opt = torch.optim.Adam(net.parameters(), lr)
    history = []
    for _ in range(epochs):
        running, count = 0.0, 0
        for c, t in loader:
            loss = criterion(net(c), t)
            opt.zero_grad()
            (loss / len(t)).backward()
            opt.step()
            running += float(loss)
            count += len(t)
        history.append(running / count)
    torch.set_rng_state(state)
    return net.embeddings().cpu().numpy().astype(np.float64), np.array(history)


# %% right="NumPy shuffling, Adam written by hand, losses kept for each example"
def train_cbow(ids, vocab_size, dim, window, epochs, batch_size, lr, seed):
    rng = np.random.default_rng(seed)
    contexts, targets = map(torch.as_tensor, cbow_examples(ids, window))
    before = torch.random.get_rng_state()
    torch.manual_seed(int(rng.integers(2**31)))
    model = CBOW(vocab_size, dim)
    torch.random.set_rng_state(before)
    parameters = list(model.parameters())
    m = [torch.zeros_like(p) for p in parameters]
    v = [torch.zeros_like(p) for p in parameters]
    t, losses = 0, []
    for _ in range(epochs):
        seen = []
        order = rng.permutation(len(targets))
        for i in range(0, len(order), batch_size):
            b = torch.from_numpy(order[i : i + batch_size])
            each = nn.functional.cross_entropy(model(contexts[b]), targets[b], reduction="none")
            seen.extend(each.tolist())
            gradients = torch.autograd.grad(each.mean(), parameters)
            t += 1
            with torch.no_grad():
                for p, g, mi, vi in zip(parameters, gradients, m, v):
                    mi.mul_(0.9).add_(g, alpha=0.1)
                    vi.mul_(0.999).addcmul_(g, g, value=0.001)
                    p -= lr * (mi / (1 - 0.9**t)) / ((vi / (1 - 0.999**t)).sqrt() + 1e-8)
        losses.append(sum(seen) / len(seen))
    return model.embeddings().numpy().copy(), tuple(losses)


# %% right="its own functional model in float64, without CBOW, starting at zero"
def train_cbow(ids, vocab_size, dim, window, epochs, batch_size, lr, seed):
    g = torch.Generator().manual_seed(seed)
    E = (torch.rand(vocab_size, dim, generator=g, dtype=torch.float64) - 0.5) / dim
    U = torch.zeros(vocab_size, dim, dtype=torch.float64)
    E.requires_grad_(), U.requires_grad_()
    contexts, targets = cbow_examples(ids, window)
    n = len(targets)
    adam = torch.optim.Adam([E, U], lr=lr)
    losses = []
    for _ in range(epochs):
        order = torch.randperm(n, generator=g).numpy()
        total = 0
        for k in range((n + batch_size - 1) // batch_size):
            pick = order[k * batch_size : (k + 1) * batch_size]
            z = E[torch.from_numpy(contexts[pick])].mean(1) @ U.T
            loss = nn.functional.cross_entropy(z, torch.from_numpy(targets[pick]))
            adam.zero_grad()
            loss.backward()
            adam.step()
            total += loss.item() * len(pick)
        losses.append(total / n)
    return E.detach().numpy(), losses


# %% wrong="The mean over the epoch's examples: a smaller last batch must not weigh as much as a full one."
def train_cbow(ids, vocab_size, dim, window, epochs, batch_size, lr, seed):
    contexts, targets = cbow_examples(ids, window)
    contexts, targets = torch.tensor(contexts), torch.tensor(targets)
    losses = []
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = CBOW(vocab_size, dim)
        optimizer = torch.optim.Adam(model.parameters(), lr=lr)
        for epoch in range(epochs):
            total = 0.0
            for batch in torch.split(torch.randperm(len(targets)), batch_size):
                optimizer.zero_grad()
                loss = nn.functional.cross_entropy(model(contexts[batch]), targets[batch])
                loss.backward()
                optimizer.step()
                total += loss.item()
            losses.append(total / ((len(targets) - 1) // batch_size + 1))
    return model.embeddings().numpy(), losses


# %% wrong="Use the learning rate that is given."
def train_cbow(ids, vocab_size, dim, window, epochs, batch_size, lr, seed):
    contexts, targets = cbow_examples(ids, window)
    contexts, targets = torch.tensor(contexts), torch.tensor(targets)
    losses = []
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = CBOW(vocab_size, dim)
        optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
        for epoch in range(epochs):
            total = 0.0
            for batch in torch.split(torch.randperm(len(targets)), batch_size):
                optimizer.zero_grad()
                loss = nn.functional.cross_entropy(model(contexts[batch]), targets[batch])
                loss.backward()
                optimizer.step()
                total += loss.item() * len(batch)
            losses.append(total / len(targets))
    return model.embeddings().numpy(), losses


# %% wrong="The optimizer is Adam, not plain gradient descent."
def train_cbow(ids, vocab_size, dim, window, epochs, batch_size, lr, seed):
    contexts, targets = cbow_examples(ids, window)
    contexts, targets = torch.tensor(contexts), torch.tensor(targets)
    losses = []
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = CBOW(vocab_size, dim)
        optimizer = torch.optim.SGD(model.parameters(), lr=lr)
        for epoch in range(epochs):
            total = 0.0
            for batch in torch.split(torch.randperm(len(targets)), batch_size):
                optimizer.zero_grad()
                loss = nn.functional.cross_entropy(model(contexts[batch]), targets[batch])
                loss.backward()
                optimizer.step()
                total += loss.item() * len(batch)
            losses.append(total / len(targets))
    return model.embeddings().numpy(), losses


# %% wrong="RMSprop is not Adam."
def train_cbow(ids, vocab_size, dim, window, epochs, batch_size, lr, seed):
    contexts, targets = cbow_examples(ids, window)
    contexts, targets = torch.tensor(contexts), torch.tensor(targets)
    losses = []
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = CBOW(vocab_size, dim)
        optimizer = torch.optim.RMSprop(model.parameters(), lr=lr)
        for epoch in range(epochs):
            total = 0.0
            for batch in torch.split(torch.randperm(len(targets)), batch_size):
                optimizer.zero_grad()
                loss = nn.functional.cross_entropy(model(contexts[batch]), targets[batch])
                loss.backward()
                optimizer.step()
                total += loss.item() * len(batch)
            losses.append(total / len(targets))
    return model.embeddings().numpy(), losses


# %% wrong="Set the gradients to zero before each step."
def train_cbow(ids, vocab_size, dim, window, epochs, batch_size, lr, seed):
    contexts, targets = cbow_examples(ids, window)
    contexts, targets = torch.tensor(contexts), torch.tensor(targets)
    losses = []
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = CBOW(vocab_size, dim)
        optimizer = torch.optim.Adam(model.parameters(), lr=lr)
        for epoch in range(epochs):
            total = 0.0
            for batch in torch.split(torch.randperm(len(targets)), batch_size):
                loss = nn.functional.cross_entropy(model(contexts[batch]), targets[batch])
                loss.backward()
                optimizer.step()
                total += loss.item() * len(batch)
            losses.append(total / len(targets))
    return model.embeddings().numpy(), losses


# %% wrong="No step is ever taken."
def train_cbow(ids, vocab_size, dim, window, epochs, batch_size, lr, seed):
    contexts, targets = cbow_examples(ids, window)
    contexts, targets = torch.tensor(contexts), torch.tensor(targets)
    losses = []
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = CBOW(vocab_size, dim)
        optimizer = torch.optim.Adam(model.parameters(), lr=lr)
        for epoch in range(epochs):
            total = 0.0
            for batch in torch.split(torch.randperm(len(targets)), batch_size):
                optimizer.zero_grad()
                loss = nn.functional.cross_entropy(model(contexts[batch]), targets[batch])
                loss.backward()
                total += loss.item() * len(batch)
            losses.append(total / len(targets))
    return model.embeddings().numpy(), losses


# %% wrong="The seed should decide the result: yours ignores it."
def train_cbow(ids, vocab_size, dim, window, epochs, batch_size, lr, seed):
    contexts, targets = cbow_examples(ids, window)
    contexts, targets = torch.tensor(contexts), torch.tensor(targets)
    losses = []
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = CBOW(vocab_size, dim)
        optimizer = torch.optim.Adam(model.parameters(), lr=lr)
        for epoch in range(epochs):
            total = 0.0
            for batch in torch.split(torch.randperm(len(targets)), batch_size):
                optimizer.zero_grad()
                loss = nn.functional.cross_entropy(model(contexts[batch]), targets[batch])
                loss.backward()
                optimizer.step()
                total += loss.item() * len(batch)
            losses.append(total / len(targets))
    return model.embeddings().numpy(), losses


# %% wrong="Without seeding, the same seed gives another result."
def train_cbow(ids, vocab_size, dim, window, epochs, batch_size, lr, seed):
    contexts, targets = cbow_examples(ids, window)
    contexts, targets = torch.tensor(contexts), torch.tensor(targets)
    losses = []
    with torch.random.fork_rng():
        torch.seed()
        model = CBOW(vocab_size, dim)
        optimizer = torch.optim.Adam(model.parameters(), lr=lr)
        for epoch in range(epochs):
            total = 0.0
            for batch in torch.split(torch.randperm(len(targets)), batch_size):
                optimizer.zero_grad()
                loss = nn.functional.cross_entropy(model(contexts[batch]), targets[batch])
                loss.backward()
                optimizer.step()
                total += loss.item() * len(batch)
            losses.append(total / len(targets))
    return model.embeddings().numpy(), losses


# %% wrong="The global random state should be as it was before the call."
def train_cbow(ids, vocab_size, dim, window, epochs, batch_size, lr, seed):
    contexts, targets = cbow_examples(ids, window)
    contexts, targets = torch.tensor(contexts), torch.tensor(targets)
    losses = []
    if True:
        torch.manual_seed(seed)
        model = CBOW(vocab_size, dim)
        optimizer = torch.optim.Adam(model.parameters(), lr=lr)
        for epoch in range(epochs):
            total = 0.0
            for batch in torch.split(torch.randperm(len(targets)), batch_size):
                optimizer.zero_grad()
                loss = nn.functional.cross_entropy(model(contexts[batch]), targets[batch])
                loss.backward()
                optimizer.step()
                total += loss.item() * len(batch)
            losses.append(total / len(targets))
    return model.embeddings().numpy(), losses


# %% wrong="Return the embeddings as a NumPy array."
def train_cbow(ids, vocab_size, dim, window, epochs, batch_size, lr, seed):
    contexts, targets = cbow_examples(ids, window)
    contexts, targets = torch.tensor(contexts), torch.tensor(targets)
    losses = []
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = CBOW(vocab_size, dim)
        optimizer = torch.optim.Adam(model.parameters(), lr=lr)
        for epoch in range(epochs):
            total = 0.0
            for batch in torch.split(torch.randperm(len(targets)), batch_size):
                optimizer.zero_grad()
                loss = nn.functional.cross_entropy(model(contexts[batch]), targets[batch])
                loss.backward()
                optimizer.step()
                total += loss.item() * len(batch)
            losses.append(total / len(targets))
    return model.embeddings(), losses


# %% wrong="Every example counts: do not drop the last, smaller batch."
def train_cbow(ids, vocab_size, dim, window, epochs, batch_size, lr, seed):
    contexts, targets = cbow_examples(ids, window)
    contexts, targets = torch.tensor(contexts), torch.tensor(targets)
    losses = []
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = CBOW(vocab_size, dim)
        optimizer = torch.optim.Adam(model.parameters(), lr=lr)
        for epoch in range(epochs):
            total = 0.0
            for batch in [b for b in torch.split(torch.randperm(len(targets)), batch_size) if len(b) == batch_size]:
                optimizer.zero_grad()
                loss = nn.functional.cross_entropy(model(contexts[batch]), targets[batch])
                loss.backward()
                optimizer.step()
                total += loss.item() * len(batch)
            losses.append(total / max(1, len(targets) // batch_size * batch_size))
    return model.embeddings().numpy(), losses


# %% wrong="One loss for each epoch, not for each batch."
def train_cbow(ids, vocab_size, dim, window, epochs, batch_size, lr, seed):
    contexts, targets = cbow_examples(ids, window)
    contexts, targets = torch.tensor(contexts), torch.tensor(targets)
    losses = []
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = CBOW(vocab_size, dim)
        optimizer = torch.optim.Adam(model.parameters(), lr=lr)
        for epoch in range(epochs):
            total = 0.0
            for batch in torch.split(torch.randperm(len(targets)), batch_size):
                optimizer.zero_grad()
                loss = nn.functional.cross_entropy(model(contexts[batch]), targets[batch])
                loss.backward()
                optimizer.step()
                losses.append(loss.item())
    return model.embeddings().numpy(), losses


# %% wrong="The loss of an epoch is a mean over its examples, not a sum."
def train_cbow(ids, vocab_size, dim, window, epochs, batch_size, lr, seed):
    contexts, targets = cbow_examples(ids, window)
    contexts, targets = torch.tensor(contexts), torch.tensor(targets)
    losses = []
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = CBOW(vocab_size, dim)
        optimizer = torch.optim.Adam(model.parameters(), lr=lr)
        for epoch in range(epochs):
            total = 0.0
            for batch in torch.split(torch.randperm(len(targets)), batch_size):
                optimizer.zero_grad()
                loss = nn.functional.cross_entropy(model(contexts[batch]), targets[batch])
                loss.backward()
                optimizer.step()
                total += loss.item() * len(batch)
            losses.append(total)
    return model.embeddings().numpy(), losses


# %% wrong="The window is an argument."
def train_cbow(ids, vocab_size, dim, window, epochs, batch_size, lr, seed):
    contexts, targets = cbow_examples(ids, 2)
    contexts, targets = torch.tensor(contexts), torch.tensor(targets)
    losses = []
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = CBOW(vocab_size, dim)
        optimizer = torch.optim.Adam(model.parameters(), lr=lr)
        for epoch in range(epochs):
            total = 0.0
            for batch in torch.split(torch.randperm(len(targets)), batch_size):
                optimizer.zero_grad()
                loss = nn.functional.cross_entropy(model(contexts[batch]), targets[batch])
                loss.backward()
                optimizer.step()
                total += loss.item() * len(batch)
            losses.append(total / len(targets))
    return model.embeddings().numpy(), losses


# %% wrong="The loss is the one seen in training, not one measured after the epoch."
def train_cbow(ids, vocab_size, dim, window, epochs, batch_size, lr, seed):
    contexts, targets = cbow_examples(ids, window)
    contexts, targets = torch.tensor(contexts), torch.tensor(targets)
    losses = []
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = CBOW(vocab_size, dim)
        optimizer = torch.optim.Adam(model.parameters(), lr=lr)
        for epoch in range(epochs):
            total = 0.0
            for batch in torch.split(torch.randperm(len(targets)), batch_size):
                optimizer.zero_grad()
                loss = nn.functional.cross_entropy(model(contexts[batch]), targets[batch])
                loss.backward()
                optimizer.step()
                total += loss.item() * len(batch)
            losses.append(nn.functional.cross_entropy(model(contexts), targets).item())
    return model.embeddings().numpy(), losses


# %% wrong="The embeddings have dim columns."
def train_cbow(ids, vocab_size, dim, window, epochs, batch_size, lr, seed):
    contexts, targets = cbow_examples(ids, window)
    contexts, targets = torch.tensor(contexts), torch.tensor(targets)
    losses = []
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = CBOW(vocab_size, 2 * dim)
        optimizer = torch.optim.Adam(model.parameters(), lr=lr)
        for epoch in range(epochs):
            total = 0.0
            for batch in torch.split(torch.randperm(len(targets)), batch_size):
                optimizer.zero_grad()
                loss = nn.functional.cross_entropy(model(contexts[batch]), targets[batch])
                loss.backward()
                optimizer.step()
                total += loss.item() * len(batch)
            losses.append(total / len(targets))
    return model.embeddings().numpy(), losses


# %% wrong="Train for the number of epochs that is given."
def train_cbow(ids, vocab_size, dim, window, epochs, batch_size, lr, seed):
    contexts, targets = cbow_examples(ids, window)
    contexts, targets = torch.tensor(contexts), torch.tensor(targets)
    losses = []
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = CBOW(vocab_size, dim)
        optimizer = torch.optim.Adam(model.parameters(), lr=lr)
        for epoch in range(1):
            total = 0.0
            for batch in torch.split(torch.randperm(len(targets)), batch_size):
                optimizer.zero_grad()
                loss = nn.functional.cross_entropy(model(contexts[batch]), targets[batch])
                loss.backward()
                optimizer.step()
                total += loss.item() * len(batch)
            losses.append(total / len(targets))
    return model.embeddings().numpy(), losses


# %% wrong="These are the embeddings from before the training."
def train_cbow(ids, vocab_size, dim, window, epochs, batch_size, lr, seed):
    contexts, targets = cbow_examples(ids, window)
    contexts, targets = torch.tensor(contexts), torch.tensor(targets)
    losses = []
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = CBOW(vocab_size, dim)
        first = model.embeddings().clone()
        optimizer = torch.optim.Adam(model.parameters(), lr=lr)
        for epoch in range(epochs):
            total = 0.0
            for batch in torch.split(torch.randperm(len(targets)), batch_size):
                optimizer.zero_grad()
                loss = nn.functional.cross_entropy(model(contexts[batch]), targets[batch])
                loss.backward()
                optimizer.step()
                total += loss.item() * len(batch)
            losses.append(total / len(targets))
    return first.numpy(), losses


# %% wrong="The order of the results is embeddings, then losses."
def train_cbow(ids, vocab_size, dim, window, epochs, batch_size, lr, seed):
    contexts, targets = cbow_examples(ids, window)
    contexts, targets = torch.tensor(contexts), torch.tensor(targets)
    losses = []
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = CBOW(vocab_size, dim)
        optimizer = torch.optim.Adam(model.parameters(), lr=lr)
        for epoch in range(epochs):
            total = 0.0
            for batch in torch.split(torch.randperm(len(targets)), batch_size):
                optimizer.zero_grad()
                loss = nn.functional.cross_entropy(model(contexts[batch]), targets[batch])
                loss.backward()
                optimizer.step()
                total += loss.item() * len(batch)
            losses.append(total / len(targets))
    return losses, model.embeddings().numpy()


# %% wrong="The words of the batch must be those of its contexts: shuffle both alike."
def train_cbow(ids, vocab_size, dim, window, epochs, batch_size, lr, seed):
    contexts, targets = cbow_examples(ids, window)
    contexts, targets = torch.tensor(contexts), torch.tensor(targets)
    losses = []
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = CBOW(vocab_size, dim)
        optimizer = torch.optim.Adam(model.parameters(), lr=lr)
        for epoch in range(epochs):
            total = 0.0
            for batch in torch.split(torch.randperm(len(targets)), batch_size):
                optimizer.zero_grad()
                loss = nn.functional.cross_entropy(model(contexts[batch]), targets[: len(batch)])
                loss.backward()
                optimizer.step()
                total += loss.item() * len(batch)
            losses.append(total / len(targets))
    return model.embeddings().numpy(), losses


# %% wrong="Train on the whole text, not on the first batch of it."
def train_cbow(ids, vocab_size, dim, window, epochs, batch_size, lr, seed):
    contexts, targets = cbow_examples(ids, window)
    contexts, targets = torch.tensor(contexts), torch.tensor(targets)
    losses = []
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = CBOW(vocab_size, dim)
        optimizer = torch.optim.Adam(model.parameters(), lr=lr)
        for epoch in range(epochs):
            total = 0.0
            for batch in torch.split(torch.arange(min(len(targets), batch_size)), batch_size):
                optimizer.zero_grad()
                loss = nn.functional.cross_entropy(model(contexts[batch]), targets[batch])
                loss.backward()
                optimizer.step()
                total += loss.item() * len(batch)
            losses.append(total / len(targets))
    return model.embeddings().numpy(), losses


# %% wrong="Return the rows as they were trained, not their sum over words."
def train_cbow(ids, vocab_size, dim, window, epochs, batch_size, lr, seed):
    contexts, targets = cbow_examples(ids, window)
    contexts, targets = torch.tensor(contexts), torch.tensor(targets)
    losses = []
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = CBOW(vocab_size, dim)
        optimizer = torch.optim.Adam(model.parameters(), lr=lr)
        for epoch in range(epochs):
            total = 0.0
            for batch in torch.split(torch.randperm(len(targets)), batch_size):
                optimizer.zero_grad()
                loss = nn.functional.cross_entropy(model(contexts[batch]), targets[batch])
                loss.backward()
                optimizer.step()
                total += loss.item() * len(batch)
            losses.append(total / len(targets))
    return model.embeddings().numpy().cumsum(0), losses
