"""How dear augmentation is on problem set 3: `python -m autograder.bench_augmentation`.

Times three training epochs over 50,000 pictures with the same network: plain, augmented with the
reference solution of `affine_images` on batches in memory, and with the usual `DataLoader` that
transforms one picture at a time through `torchvision.transforms`. It prints the two ratios. Judge
those, not the seconds: other work on the machine slows all three alike.
"""

import argparse
import os
import statistics
import time
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import nn
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms

from .course import problem_set
from .variants import _cells, _execute, _setup

COUNT, BATCH = 50_000, 256


class OneByOne(Dataset):
    """Pictures as bytes, opened and transformed one at a time, as torchvision's MNIST does it."""

    def __init__(self, images: torch.Tensor, labels: torch.Tensor) -> None:
        self.bytes = (images[:, 0] * 255).round().to(torch.uint8).numpy()
        self.labels = labels.tolist()
        height, width = images.shape[2:]
        self.transform = transforms.Compose(
            [
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
        return len(self.labels)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        return self.transform(Image.fromarray(self.bytes[index])), self.labels[index]


def main() -> None:
    """Time the three kinds of epoch in turns and print medians and ratios."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=3, help="plain and augmented epochs (3)")
    parser.add_argument("--workers", type=int, default=0, help="DataLoader's num_workers (0)")
    parser.add_argument("--threads", type=int, help="threads of torch (all cores)")
    given = parser.parse_args()
    if given.threads:
        torch.set_num_threads(given.threads)
    names = reference("ps3")
    source, images, labels = pictures(names)
    print(f"{COUNT:,} pictures ({source}), batches of {BATCH}, {torch.get_num_threads()} threads")

    def in_memory(augmented: bool) -> float:
        rng = np.random.default_rng(0)

        def transform(batch: torch.Tensor) -> torch.Tensor:
            return names["affine_images"](batch, **names["random_strengths"](len(batch), rng))

        model, start = names["make_network"](), time.perf_counter()
        chosen = transform if augmented else None
        names["train_network"](model, images, labels, 1, rng, transform=chosen, batch=BATCH)
        return time.perf_counter() - start

    in_memory(True)  # warms everything up
    plain, augmented = [], []
    for _ in range(given.rounds):
        plain.append(in_memory(False))
        augmented.append(in_memory(True))
    loader = DataLoader(OneByOne(images, labels), BATCH, shuffle=True, num_workers=given.workers)
    usual = loader_epoch(names["make_network"](), loader)
    base, ours = statistics.median(plain), statistics.median(augmented)
    print(f"plain epoch                         {base:8.2f} s")
    print(f"augmented epoch, batches in memory  {ours:8.2f} s")
    print(f"augmented epoch, one by one         {usual:8.2f} s  ({given.workers} workers)")
    print(f"augmented / plain       = {ours / base:.2f} (at most 1.5 wanted)")
    print(f"one by one / in memory  = {usual / ours:.1f} (10 wanted)")


def reference(set_name: str) -> dict:
    """The names that the set-up cells and the reference solutions of a set define."""
    ps = problem_set(set_name)
    names = dict(_setup(ps))
    for cell in _cells(ps):
        if cell.role == "solution":
            _execute(cell.source, f"<{ps.name} {cell.exercise}>", names)
    return names


def pictures(names: dict) -> tuple[str, torch.Tensor, torch.Tensor]:
    """50,000 pictures of MNIST, or of scikit-learn's digits repeated where MNIST is not at hand."""
    if (Path(os.environ.get("COURSE_DATA", "data")) / "MNIST" / "raw").is_dir():
        images, labels = names["load_mnist"](True)
        return "MNIST", images[:COUNT], labels[:COUNT]
    images, labels = names["load_digits"]()
    times = -(-COUNT // len(images))
    images, labels = images.repeat(times, 1, 1, 1), labels.repeat(times)
    return "scikit-learn's digits, repeated", images[:COUNT], labels[:COUNT]


def loader_epoch(model: nn.Module, loader: DataLoader) -> float:
    """Seconds of one epoch with `loader`, trained as `train_network` does it."""
    start = time.perf_counter()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    for images, labels in loader:
        loss = nn.functional.cross_entropy(model(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
