"""How dear augmentation is on problem set 3: `python -m autograder.bench_augmentation`.

Times three kinds of training epoch over 50,000 pictures with the same network: plain, augmented
with the reference solution of `affine_images` on batches in memory, and with the usual `DataLoader`
that transforms one picture at a time through `torchvision.transforms`. It prints the two ratios.

Everything runs in this process on one thread, and the seconds are CPU seconds: what else the
machine does at the time hardly stretches them. With `--wall`, for a quiet machine, torch may use
all cores and the seconds are those on the wall: work on batches gains from more cores, work on one
picture at a time does not.
"""

import argparse
import os
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import nn
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms

from .course import problem_set
from .variants import reference_names

COUNT, BATCH, ROUNDS = 50_000, 256, 3


class OneByOne(Dataset):
    """Pictures as bytes, opened and transformed one at a time, as torchvision's MNIST does it."""

    def __init__(self, images: torch.Tensor, labels: torch.Tensor) -> None:
        self.data, self.targets = (images[:, 0] * 255).round().to(torch.uint8), labels
        height, width = images.shape[2:]
        self.transform = transforms.Compose(
            [
                # the strengths of random_strengths in the notebook
                transforms.RandomAffine(
                    degrees=15,
                    translate=(2 / width, 2 / height),
                    scale=(0.9, 1.1),
                    shear=10,
                    interpolation=transforms.InterpolationMode.BILINEAR,
                ),
                transforms.ToTensor(),
            ]
        )

    def __len__(self) -> int:
        return len(self.targets)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        picture = Image.fromarray(self.data[index].numpy())
        return self.transform(picture), int(self.targets[index])


def main() -> None:
    """Time the three kinds of epoch in turns; print the best of each and the ratios."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--wall", action="store_true", help="all cores, wall-clock seconds")
    clock = time.perf_counter if parser.parse_args().wall else time.process_time
    if clock is time.process_time:
        torch.set_num_threads(1)
    names = reference_names(problem_set("ps3"))
    source, images, labels = pictures(names)
    print(f"{COUNT:,} pictures ({source}), batches of {BATCH}, {torch.get_num_threads()} thread(s)")
    loader = DataLoader(OneByOne(images, labels), BATCH, shuffle=True)
    rng = np.random.default_rng(0)

    def augment(batch: torch.Tensor) -> torch.Tensor:
        return names["affine_images"](batch, **names["random_strengths"](len(batch), rng))

    def in_memory(transform: Callable | None) -> None:
        model = names["make_network"]()
        names["train_network"](model, images, labels, 1, rng, transform=transform, batch=BATCH)

    epochs = {
        "plain": lambda: in_memory(None),
        "augmented, batches in memory": lambda: in_memory(augment),
        "augmented, one by one": lambda: one_by_one(names["make_network"](), loader),
    }
    in_memory(augment)  # warms everything up
    rounds = [[seconds(epoch, clock) for epoch in epochs.values()] for _ in range(ROUNDS)]
    best = np.min(rounds, axis=0)
    for name, value in zip(epochs, best, strict=True):
        print(f"{name:30}{value:8.2f} s")
    plain, augmented, usual = best
    print(f"augmented / plain      = {augmented / plain:.2f} (wanted: at most 1.5)")
    print(f"one by one / in memory = {usual / augmented:.1f} (wanted: about 10)")


def pictures(names: dict) -> tuple[str, torch.Tensor, torch.Tensor]:
    """50,000 pictures of MNIST, or of scikit-learn's digits repeated where MNIST is not at hand."""
    if (Path(os.environ.get("COURSE_DATA", "data")) / "MNIST" / "raw").is_dir():
        images, labels = names["load_mnist"](True)
        return "MNIST", images[:COUNT], labels[:COUNT]
    images, labels = names["load_digits"]()
    times = -(-COUNT // len(images))
    images, labels = images.repeat(times, 1, 1, 1), labels.repeat(times)
    return "scikit-learn's digits, repeated", images[:COUNT], labels[:COUNT]


def one_by_one(model: nn.Module, loader: DataLoader) -> None:
    """One epoch with `loader`, trained as `train_network` does it."""
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    for images, labels in loader:
        loss = nn.functional.cross_entropy(model(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def seconds(call: Callable, clock: Callable[[], float]) -> float:
    """Seconds that `call()` takes by `clock`."""
    start = clock()
    call()
    return clock() - start


if __name__ == "__main__":
    main()
