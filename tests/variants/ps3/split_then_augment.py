# %% right="rng.choice and a mask"
def split_then_augment(images, labels, val_fraction, total, rng):
    n = len(images)
    k = int(round(val_fraction * n))
    mask = torch.zeros(n, dtype=torch.bool)
    mask[torch.from_numpy(rng.choice(n, size=k, replace=False))] = True
    x, y = augment_dataset(images[~mask], labels[~mask], total, rng)
    return x, y, images[mask], labels[mask]


# %% right="shuffled list of indices, results as a list"
def split_then_augment(images, labels, val_fraction, total, rng):
    order = list(range(len(images)))
    rng.shuffle(order)
    k = round(len(order) * val_fraction)
    held, rest = sorted(order[:k]), sorted(order[k:])
    x, y = augment_dataset(images[rest], labels[rest], total, rng)
    return [x, y, images[held].clone(), labels[held].clone()]


# %% right="sorts random keys, checks total itself, augments with noise and shuffles"
def split_then_augment(images, labels, val_fraction, total, rng):
    keys = torch.from_numpy(rng.random(len(images)))
    order = torch.argsort(keys)
    cut = round(float(val_fraction) * len(images))
    train_x, train_y = images[order[cut:]], labels[order[cut:]]
    if total < len(train_x):
        raise ValueError("total")
    index = torch.arange(total - len(train_x)) % len(train_x)
    noise = torch.from_numpy(rng.normal(0, 0.05, (len(index), *images.shape[1:]))).float()
    x = torch.cat([train_x, (train_x[index] + noise).clamp(0, 1)])
    y = torch.cat([train_y, train_y[index]])
    return x, y, images[order[:cut]], labels[order[:cut]]


# %% wrong="Copies of validation pictures are in the training set: split before you augment."
def split_then_augment(images, labels, val_fraction, total, rng):
    order = torch.from_numpy(rng.permutation(len(images)))
    count = round(val_fraction * len(images))
    val, train = order[:count], order[count:]
    if total < len(train):
        raise ValueError('total')
    train_x, train_y = augment_dataset(images, labels, max(total, len(images)), rng)
    return train_x, train_y, images[val], labels[val]


# %% wrong="You augment first and split afterwards: copies of one picture land on both sides."
def split_then_augment(images, labels, val_fraction, total, rng):
    order = torch.from_numpy(rng.permutation(len(images)))
    count = round(val_fraction * len(images))
    val, train = order[:count], order[count:]
    if total < len(train):
        raise ValueError('total')
    x, y = augment_dataset(images, labels, total + count, rng)
    order = torch.from_numpy(rng.permutation(len(x)))
    images, labels, val = x, y, order[:count]
    train_x, train_y = x[order[count:]], y[order[count:]]
    return train_x, train_y, images[val], labels[val]


# %% wrong="Validation pictures are drawn at random, not from the front."
def split_then_augment(images, labels, val_fraction, total, rng):
    order = torch.arange(len(images))
    count = round(val_fraction * len(images))
    val, train = order[:count], order[count:]
    train_x, train_y = augment_dataset(images[train], labels[train], total, rng)
    return train_x, train_y, images[val], labels[val]


# %% wrong="Validation pictures are drawn without replacement."
def split_then_augment(images, labels, val_fraction, total, rng):
    order = torch.from_numpy(rng.permutation(len(images)))
    count = round(val_fraction * len(images))
    val = torch.from_numpy(rng.integers(0, len(images), count))
    train = torch.tensor([i for i in range(len(images)) if i not in val.tolist()])
    train_x, train_y = augment_dataset(images[train], labels[train], total, rng)
    return train_x, train_y, images[val], labels[val]


# %% wrong="val_fraction is the share of validation, not of training."
def split_then_augment(images, labels, val_fraction, total, rng):
    order = torch.from_numpy(rng.permutation(len(images)))
    count = round(val_fraction * len(images))
    train, val = order[:count], order[count:]
    train_x, train_y = augment_dataset(images[train], labels[train], total, rng)
    return train_x, train_y, images[val], labels[val]


# %% wrong="Validation pictures stay unchanged."
def split_then_augment(images, labels, val_fraction, total, rng):
    order = torch.from_numpy(rng.permutation(len(images)))
    count = round(val_fraction * len(images))
    val, train = order[:count], order[count:]
    train_x, train_y = augment_dataset(images[train], labels[train], total, rng)
    return train_x, train_y, affine_images(images[val], degrees=10), labels[val]


# %% wrong="The training part comes first in the result."
def split_then_augment(images, labels, val_fraction, total, rng):
    order = torch.from_numpy(rng.permutation(len(images)))
    count = round(val_fraction * len(images))
    val, train = order[:count], order[count:]
    train_x, train_y = augment_dataset(images[train], labels[train], total, rng)
    return images[val], labels[val], train_x, train_y


# %% wrong="N * val_fraction may come out a hair below a whole number: round it."
def split_then_augment(images, labels, val_fraction, total, rng):
    order = torch.from_numpy(rng.permutation(len(images)))
    count = int(val_fraction * len(images))
    val, train = order[:count], order[count:]
    train_x, train_y = augment_dataset(images[train], labels[train], total, rng)
    return train_x, train_y, images[val], labels[val]


# %% wrong="total is the size of the training set alone."
def split_then_augment(images, labels, val_fraction, total, rng):
    order = torch.from_numpy(rng.permutation(len(images)))
    count = round(val_fraction * len(images))
    val, train = order[:count], order[count:]
    train_x, train_y = augment_dataset(images[train], labels[train], total - count, rng)
    return train_x, train_y, images[val], labels[val]


# %% wrong="Validation pictures need their own labels."
def split_then_augment(images, labels, val_fraction, total, rng):
    order = torch.from_numpy(rng.permutation(len(images)))
    count = round(val_fraction * len(images))
    val, train = order[:count], order[count:]
    train_x, train_y = augment_dataset(images[train], labels[train], total, rng)
    return train_x, train_y, images[val], labels[:count]


# %% wrong="The training examples are to be augmented, not repeated."
def split_then_augment(images, labels, val_fraction, total, rng):
    order = torch.from_numpy(rng.permutation(len(images)))
    count = round(val_fraction * len(images))
    val, train = order[:count], order[count:]
    if total < len(train):
        raise ValueError('total')
    train_x, train_y = (lambda i: (images[train][i], labels[train][i]))(torch.arange(total) % len(train))
    return train_x, train_y, images[val], labels[val]


# %% wrong="The training originals belong into the training set, too, unchanged."
def split_then_augment(images, labels, val_fraction, total, rng):
    order = torch.from_numpy(rng.permutation(len(images)))
    count = round(val_fraction * len(images))
    val, train = order[:count], order[count:]
    if total < len(train):
        raise ValueError('total')
    train_x, train_y = [a[len(train):] for a in augment_dataset(images[train], labels[train], total + len(train), rng)]
    return train_x, train_y, images[val], labels[val]


# %% wrong="A total below the number of training originals must be refused, not cut down to."
def split_then_augment(images, labels, val_fraction, total, rng):
    order = torch.from_numpy(rng.permutation(len(images)))
    count = round(val_fraction * len(images))
    val, train = order[:count], order[count:]
    train_x, train_y = [a[:total] for a in augment_dataset(images[train], labels[train], max(total, len(train)), rng)]
    return train_x, train_y, images[val], labels[val]


# %% wrong="The randomness comes from rng: another seed gives another split."
def split_then_augment(images, labels, val_fraction, total, rng):
    order = torch.from_numpy(np.random.default_rng(0).permutation(len(images)))
    count = round(val_fraction * len(images))
    val, train = order[:count], order[count:]
    train_x, train_y = augment_dataset(images[train], labels[train], total, rng)
    return train_x, train_y, images[val], labels[val]


# %% wrong="The same generator state must give the same split."
def split_then_augment(images, labels, val_fraction, total, rng):
    order = torch.from_numpy(np.random.default_rng().permutation(len(images)))
    count = round(val_fraction * len(images))
    val, train = order[:count], order[count:]
    train_x, train_y = augment_dataset(images[train], labels[train], total, rng)
    return train_x, train_y, images[val], labels[val]

# %% wrong="The transforms of the copies are random, too: they come from rng."
def split_then_augment(images, labels, val_fraction, total, rng):
    order = rng.permutation(len(images))
    size = round(val_fraction * len(images))
    val, train = order[:size], order[size:]
    made = augment_dataset(images[train], labels[train], total, np.random.default_rng(0))
    return *made, images[val], labels[val]
