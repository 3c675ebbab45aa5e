# %% right="DataLoader, sums of losses, array result"
from torch.utils.data import DataLoader, TensorDataset


def train_classifier(model, images, labels, epochs, batch_size, lr, seed):
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    loss_function = nn.CrossEntropyLoss(reduction="sum")
    losses = np.zeros(epochs)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        loader = DataLoader(TensorDataset(images, labels), batch_size=batch_size, shuffle=True)
        for epoch in range(epochs):
            model.train()
            for x, y in loader:
                optimizer.zero_grad(set_to_none=True)
                total = loss_function(model(x), y)
                (total / len(y)).backward()
                optimizer.step()
                losses[epoch] += total.item()
    model.eval()
    return losses / len(images)

# %% right="the random state saved and restored by hand, NumPy shuffling, tensor result"
def train_classifier(model, images, labels, epochs, batch_size, lr, seed):
    state = torch.random.get_rng_state()
    rng = np.random.default_rng(seed)
    torch.manual_seed(seed)
    try:
        model.train(True)
        optimizer = torch.optim.Adam(params=list(model.parameters()), lr=lr)
        history = []
        for _ in range(epochs):
            order = rng.permutation(len(labels))
            seen = []
            for first in range(0, len(order), batch_size):
                pick = torch.as_tensor(order[first : first + batch_size])
                each = nn.functional.cross_entropy(model(images[pick]), labels[pick], reduction="none")
                model.zero_grad()
                each.mean().backward()
                optimizer.step()
                seen.append(each.detach())
            history.append(torch.cat(seen).mean())
    finally:
        torch.random.set_rng_state(state)
    model.eval()
    return torch.stack(history)

# %% right="log_softmax, batches by chunks of a shuffled copy, Adam written out"
def train_classifier(model, images, labels, epochs, batch_size, lr, seed):
    parameters = [p for p in model.parameters() if p.requires_grad]
    first = [torch.zeros_like(p) for p in parameters]
    second = [torch.zeros_like(p) for p in parameters]
    losses, step = [], 0
    model.train()
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        for _ in range(epochs):
            order = torch.randperm(images.shape[0])
            total = 0.0
            for x, y in zip(images[order].split(batch_size), labels[order].split(batch_size)):
                logs = torch.log_softmax(model(x), dim=1)
                loss = -logs[torch.arange(len(y)), y].mean()
                gradients = torch.autograd.grad(loss, parameters)
                step += 1
                with torch.no_grad():
                    for p, g, m, v in zip(parameters, gradients, first, second):
                        m.mul_(0.9).add_(0.1 * g)
                        v.mul_(0.999).add_(0.001 * g * g)
                        p -= lr * (m / (1 - 0.9**step)) / ((v / (1 - 0.999**step)).sqrt() + 1e-8)
                total += float(loss.detach()) * y.numel()
            losses.append(total / images.shape[0])
    model.eval()
    return tuple(losses)

# %% wrong="A short batch counts less than a full one."
def train_classifier(model, images, labels, epochs, batch_size, lr, seed):
    losses = []
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    model.train()
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        for epoch in range(epochs):
            total = 0.0
            order = torch.randperm(len(images))
            for start in range(0, len(images), batch_size):
                batch = order[start : start + batch_size]
                loss = nn.functional.cross_entropy(model(images[batch]), labels[batch])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                total += loss.item()
            losses.append(total / -(-len(images) // batch_size))
    model.eval()
    return losses

# %% wrong="The last short batch is kept."
def train_classifier(model, images, labels, epochs, batch_size, lr, seed):
    losses = []
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    model.train()
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        for epoch in range(epochs):
            total = 0.0
            order = torch.randperm(len(images))
            for start in range(0, len(images) - batch_size + 1, batch_size) or [0]:
                batch = order[start : start + batch_size]
                loss = nn.functional.cross_entropy(model(images[batch]), labels[batch])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                total += loss.item() * len(batch)
            losses.append(total / len(images))
    model.eval()
    return losses

# %% wrong="The pictures are never shuffled."
def train_classifier(model, images, labels, epochs, batch_size, lr, seed):
    losses = []
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    model.train()
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        for epoch in range(epochs):
            total = 0.0
            order = torch.arange(len(images))
            for start in range(0, len(images), batch_size):
                batch = order[start : start + batch_size]
                loss = nn.functional.cross_entropy(model(images[batch]), labels[batch])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                total += loss.item() * len(batch)
            losses.append(total / len(images))
    model.eval()
    return losses

# %% wrong="Every epoch needs a fresh order, not one order for all."
def train_classifier(model, images, labels, epochs, batch_size, lr, seed):
    losses = []
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    model.train()
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        order = torch.randperm(len(images))
        for epoch in range(epochs):
            total = 0.0
            for start in range(0, len(images), batch_size):
                batch = order[start : start + batch_size]
                loss = nn.functional.cross_entropy(model(images[batch]), labels[batch])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                total += loss.item() * len(batch)
            losses.append(total / len(images))
    model.eval()
    return losses

# %% wrong="The gradients of the batch before must be cleared."
def train_classifier(model, images, labels, epochs, batch_size, lr, seed):
    losses = []
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    model.train()
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        for epoch in range(epochs):
            total = 0.0
            order = torch.randperm(len(images))
            for start in range(0, len(images), batch_size):
                batch = order[start : start + batch_size]
                loss = nn.functional.cross_entropy(model(images[batch]), labels[batch])
                loss.backward()
                optimizer.step()
                total += loss.item() * len(batch)
            losses.append(total / len(images))
    model.eval()
    return losses

# %% wrong="zero_grad between backward and step leaves nothing to learn from."
def train_classifier(model, images, labels, epochs, batch_size, lr, seed):
    losses = []
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    model.train()
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        for epoch in range(epochs):
            total = 0.0
            order = torch.randperm(len(images))
            for start in range(0, len(images), batch_size):
                batch = order[start : start + batch_size]
                loss = nn.functional.cross_entropy(model(images[batch]), labels[batch])
                loss.backward()
                optimizer.zero_grad()
                optimizer.step()
                total += loss.item() * len(batch)
            losses.append(total / len(images))
    model.eval()
    return losses

# %% wrong="The model must be in training mode while it trains."
def train_classifier(model, images, labels, epochs, batch_size, lr, seed):
    losses = []
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    model.eval()
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        for epoch in range(epochs):
            total = 0.0
            order = torch.randperm(len(images))
            for start in range(0, len(images), batch_size):
                batch = order[start : start + batch_size]
                loss = nn.functional.cross_entropy(model(images[batch]), labels[batch])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                total += loss.item() * len(batch)
            losses.append(total / len(images))
    model.eval()
    return losses

# %% wrong="The model must be left in evaluation mode."
def train_classifier(model, images, labels, epochs, batch_size, lr, seed):
    losses = []
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    model.train()
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        for epoch in range(epochs):
            total = 0.0
            order = torch.randperm(len(images))
            for start in range(0, len(images), batch_size):
                batch = order[start : start + batch_size]
                loss = nn.functional.cross_entropy(model(images[batch]), labels[batch])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                total += loss.item() * len(batch)
            losses.append(total / len(images))
    return losses

# %% wrong="This is SGD, not Adam."
def train_classifier(model, images, labels, epochs, batch_size, lr, seed):
    losses = []
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    model.train()
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        for epoch in range(epochs):
            total = 0.0
            order = torch.randperm(len(images))
            for start in range(0, len(images), batch_size):
                batch = order[start : start + batch_size]
                loss = nn.functional.cross_entropy(model(images[batch]), labels[batch])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                total += loss.item() * len(batch)
            losses.append(total / len(images))
    model.eval()
    return losses

# %% wrong="Adam has no weight decay here: this is AdamW."
def train_classifier(model, images, labels, epochs, batch_size, lr, seed):
    losses = []
    optimizer = torch.optim.AdamW(model.parameters(), lr=lr)
    model.train()
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        for epoch in range(epochs):
            total = 0.0
            order = torch.randperm(len(images))
            for start in range(0, len(images), batch_size):
                batch = order[start : start + batch_size]
                loss = nn.functional.cross_entropy(model(images[batch]), labels[batch])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                total += loss.item() * len(batch)
            losses.append(total / len(images))
    model.eval()
    return losses

# %% wrong="The rate is an argument: Adam runs at its default."
def train_classifier(model, images, labels, epochs, batch_size, lr, seed):
    losses = []
    optimizer = torch.optim.Adam(model.parameters())
    model.train()
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        for epoch in range(epochs):
            total = 0.0
            order = torch.randperm(len(images))
            for start in range(0, len(images), batch_size):
                batch = order[start : start + batch_size]
                loss = nn.functional.cross_entropy(model(images[batch]), labels[batch])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                total += loss.item() * len(batch)
            losses.append(total / len(images))
    model.eval()
    return losses

# %% wrong="The global random state is left seeded."
def train_classifier(model, images, labels, epochs, batch_size, lr, seed):
    losses = []
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    model.train()
    if True:
        torch.manual_seed(seed)
        for epoch in range(epochs):
            total = 0.0
            order = torch.randperm(len(images))
            for start in range(0, len(images), batch_size):
                batch = order[start : start + batch_size]
                loss = nn.functional.cross_entropy(model(images[batch]), labels[batch])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                total += loss.item() * len(batch)
            losses.append(total / len(images))
    model.eval()
    return losses

# %% wrong="The seed is never used."
def train_classifier(model, images, labels, epochs, batch_size, lr, seed):
    losses = []
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    model.train()
    with torch.random.fork_rng():
        for epoch in range(epochs):
            total = 0.0
            order = torch.randperm(len(images))
            for start in range(0, len(images), batch_size):
                batch = order[start : start + batch_size]
                loss = nn.functional.cross_entropy(model(images[batch]), labels[batch])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                total += loss.item() * len(batch)
            losses.append(total / len(images))
    model.eval()
    return losses

# %% wrong="Dropout draws from the global random numbers, which need the seed too."
def train_classifier(model, images, labels, epochs, batch_size, lr, seed):
    losses = []
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    model.train()
    with torch.random.fork_rng():
        generator = torch.Generator().manual_seed(seed)
        for epoch in range(epochs):
            total = 0.0
            order = torch.randperm(len(images), generator=generator)
            for start in range(0, len(images), batch_size):
                batch = order[start : start + batch_size]
                loss = nn.functional.cross_entropy(model(images[batch]), labels[batch])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                total += loss.item() * len(batch)
            losses.append(total / len(images))
    model.eval()
    return losses

# %% wrong="Images and labels must be shuffled together."
def train_classifier(model, images, labels, epochs, batch_size, lr, seed):
    losses = []
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    model.train()
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        for epoch in range(epochs):
            total = 0.0
            order = torch.randperm(len(images))
            for start in range(0, len(images), batch_size):
                batch = order[start : start + batch_size]
                loss = nn.functional.cross_entropy(model(images[batch]), labels[start : start + batch_size])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                total += loss.item() * len(batch)
            losses.append(total / len(images))
    model.eval()
    return losses

# %% wrong="The losses are means per picture, not sums."
def train_classifier(model, images, labels, epochs, batch_size, lr, seed):
    losses = []
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    model.train()
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        for epoch in range(epochs):
            total = 0.0
            order = torch.randperm(len(images))
            for start in range(0, len(images), batch_size):
                batch = order[start : start + batch_size]
                loss = nn.functional.cross_entropy(model(images[batch]), labels[batch])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                total += loss.item() * len(batch)
            losses.append(total)
    model.eval()
    return losses

# %% wrong="One loss for each epoch, not for each batch."
def train_classifier(model, images, labels, epochs, batch_size, lr, seed):
    losses = []
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    model.train()
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        for epoch in range(epochs):
            total = 0.0
            order = torch.randperm(len(images))
            for start in range(0, len(images), batch_size):
                batch = order[start : start + batch_size]
                loss = nn.functional.cross_entropy(model(images[batch]), labels[batch])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                losses.append(loss.item())
    model.eval()
    return losses

# %% wrong="The loss is the one seen in training, not measured after the epoch."
def train_classifier(model, images, labels, epochs, batch_size, lr, seed):
    losses = []
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    model.train()
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        for epoch in range(epochs):
            total = 0.0
            order = torch.randperm(len(images))
            for start in range(0, len(images), batch_size):
                batch = order[start : start + batch_size]
                loss = nn.functional.cross_entropy(model(images[batch]), labels[batch])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                total += loss.item() * len(batch)
            losses.append(nn.functional.cross_entropy(model(images), labels).item())
    model.eval()
    return losses

# %% wrong="The last batch is not the whole epoch."
def train_classifier(model, images, labels, epochs, batch_size, lr, seed):
    losses = []
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    model.train()
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        for epoch in range(epochs):
            total = 0.0
            order = torch.randperm(len(images))
            for start in range(0, len(images), batch_size):
                batch = order[start : start + batch_size]
                loss = nn.functional.cross_entropy(model(images[batch]), labels[batch])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                total += loss.item() * len(batch)
            losses.append(loss.item())
    model.eval()
    return losses

# %% wrong="The batch size is ignored."
def train_classifier(model, images, labels, epochs, batch_size, lr, seed):
    losses = []
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    model.train()
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        for epoch in range(epochs):
            total = 0.0
            order = torch.randperm(len(images))
            batch_size = len(images)
            for start in range(0, len(images), batch_size):
                batch = order[start : start + batch_size]
                loss = nn.functional.cross_entropy(model(images[batch]), labels[batch])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                total += loss.item() * len(batch)
            losses.append(total / len(images))
    model.eval()
    return losses

# %% wrong="The rate stays the same in every epoch."
def train_classifier(model, images, labels, epochs, batch_size, lr, seed):
    losses = []
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    model.train()
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        for epoch in range(epochs):
            optimizer = torch.optim.Adam(model.parameters(), lr=lr / (1 + epoch))
            total = 0.0
            order = torch.randperm(len(images))
            for start in range(0, len(images), batch_size):
                batch = order[start : start + batch_size]
                loss = nn.functional.cross_entropy(model(images[batch]), labels[batch])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                total += loss.item() * len(batch)
            losses.append(total / len(images))
    model.eval()
    return losses

# %% wrong="The inputs are changed."
def train_classifier(model, images, labels, epochs, batch_size, lr, seed):
    losses = []
    images -= images.mean()
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    model.train()
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        for epoch in range(epochs):
            total = 0.0
            order = torch.randperm(len(images))
            for start in range(0, len(images), batch_size):
                batch = order[start : start + batch_size]
                loss = nn.functional.cross_entropy(model(images[batch]), labels[batch])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                total += loss.item() * len(batch)
            losses.append(total / len(images))
    model.eval()
    return losses

# %% wrong="Cross-entropy takes logits: this applies softmax twice."
def train_classifier(model, images, labels, epochs, batch_size, lr, seed):
    losses = []
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    model.train()
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        for epoch in range(epochs):
            total = 0.0
            order = torch.randperm(len(images))
            for start in range(0, len(images), batch_size):
                batch = order[start : start + batch_size]
                loss = nn.functional.cross_entropy(model(images[batch]).softmax(1), labels[batch])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                total += loss.item() * len(batch)
            losses.append(total / len(images))
    model.eval()
    return losses
