# %% [markdown]
# The next cell loads pictures. At full scale they are MNIST, from the folder that the environment
# variable `COURSE_DATA` names, or downloaded once into `data/`. At smoke scale they are the small
# handwritten digits that come with scikit-learn, enlarged to 28 × 28.

# %% tags=["setup"]
def load_digits():
    """scikit-learn's 1,797 digits: images (1797, 1, 28, 28) float32 in [0, 1], labels (1797,) int64."""
    from sklearn.datasets import load_digits as bundled

    digits = bundled()
    small = torch.tensor(digits.images, dtype=torch.float32)[:, None] / 16
    images = nn.functional.interpolate(small, size=(28, 28), mode="bilinear", align_corners=False)
    return images, torch.tensor(digits.target, dtype=torch.int64)


def load_mnist(train):
    """MNIST: images (N, 1, 28, 28) float32 in [0, 1], labels (N,) int64; N = 60,000 or 10,000.

    Raises RuntimeError when the files are neither in COURSE_DATA nor to be downloaded.
    """
    from torchvision.datasets import MNIST

    folder = os.environ.get("COURSE_DATA", "data")
    try:
        data = MNIST(folder, train=train, download=True)
    except Exception as error:
        raise RuntimeError(
            f"MNIST is not in {folder!r} and could not be downloaded ({error}). Set COURSE_DATA to"
            ' a folder that holds MNIST/raw, or use SCALE = "smoke".'
        ) from None
    return data.data[:, None].float() / 255, data.targets


def load_images(scale):
    """Training and test pictures: (train_x, train_y, test_x, test_y), MNIST or the small digits."""
    if scale == "full":
        return (*load_mnist(True), *load_mnist(False))
    images, labels = load_digits()
    order = torch.from_numpy(np.random.default_rng(0).permutation(len(images)))
    images, labels = images[order], labels[order]
    return images[:1400], labels[:1400], images[1400:], labels[1400:]
