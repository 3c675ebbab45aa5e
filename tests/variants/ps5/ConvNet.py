# %% right="strided convolutions, functional forward, a hidden layer"
import torch.nn.functional as F


class ConvNet(nn.Module):
    def __init__(self, in_channels, classes, dropout=0.0, batchnorm=True):
        super().__init__()
        self.dropout = dropout
        self.conv1 = nn.Conv2d(in_channels, 24, 5, padding=2)
        self.conv2 = nn.Conv2d(24, 48, 3, stride=2, padding=1)
        self.bn1 = nn.BatchNorm2d(24) if batchnorm else nn.Identity()
        self.bn2 = nn.BatchNorm2d(48) if batchnorm else nn.Identity()
        self.fc1, self.fc2 = nn.Linear(48 * 9, 64), nn.Linear(64, classes)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = F.relu(self.bn2(self.conv2(x)))
        x = F.adaptive_avg_pool2d(x, 3).flatten(1)
        x = F.dropout(F.relu(self.fc1(x)), self.dropout, self.training)
        return self.fc2(x)

# %% right="residual blocks, spatial dropout, global average, zero head"
class Block(nn.Module):
    def __init__(self, channels, batchnorm):
        super().__init__()
        norm = nn.BatchNorm2d if batchnorm else (lambda c: nn.GroupNorm(4, c))
        self.inside = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=1, bias=False), norm(channels), nn.ReLU(),
            nn.Conv2d(channels, channels, 3, padding=1, bias=False), norm(channels),
        )

    def forward(self, x):
        return torch.relu(x + self.inside(x))


class ConvNet(nn.Module):
    def __init__(self, in_channels, classes, dropout=0.0, batchnorm=True):
        super().__init__()
        self.stem = nn.Conv2d(in_channels, 16, 3, padding=1)
        self.one, self.two = Block(16, batchnorm), Block(32, batchnorm)
        self.widen = nn.Conv2d(16, 32, 3, stride=2, padding=1)
        self.drop = nn.Dropout2d(dropout)
        self.head = nn.Linear(32, classes)
        nn.init.zeros_(self.head.weight)

    def forward(self, x):
        x = self.two(self.widen(self.one(torch.relu(self.stem(x)))))
        return self.head(self.drop(x).mean((2, 3)))

# %% right="depthwise separable layers in a ModuleList, dropout only where asked for"
class ConvNet(nn.Module):
    def __init__(self, in_channels, classes, dropout=0.0, batchnorm=True):
        super().__init__()
        self.layers = nn.ModuleList()
        for width, channels in ((in_channels, 16), (16, 32), (32, 64)):
            self.layers.append(nn.Conv2d(width, width, 3, padding=1, groups=width))
            self.layers.append(nn.Conv2d(width, channels, 1))
            if batchnorm:
                self.layers.append(nn.BatchNorm2d(channels))
            self.layers.append(nn.LeakyReLU(0.1))
            self.layers.append(nn.MaxPool2d(2, ceil_mode=True))
        self.layers += [nn.AdaptiveMaxPool2d((2, 2)), nn.Flatten()]
        if dropout > 0:
            self.layers.append(nn.Dropout(dropout))
        self.layers.append(nn.LazyLinear(classes))

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x

# %% right="bare parameters and functional convolution"
class ConvNet(nn.Module):
    def __init__(self, in_channels, classes, dropout=0.0, batchnorm=True):
        super().__init__()
        self.w1 = nn.Parameter(torch.randn(16, in_channels, 3, 3) / (9 * in_channels) ** 0.5)
        self.w2 = nn.Parameter(torch.randn(32, 16, 3, 3) / 12)
        self.norm = nn.ModuleList([nn.BatchNorm2d(16), nn.BatchNorm2d(32)]) if batchnorm else [lambda x: x] * 2
        self.head = nn.Linear(32 * 4, classes)
        self.p = dropout

    def forward(self, x):
        for w, norm in zip((self.w1, self.w2), self.norm):
            x = nn.functional.max_pool2d(torch.relu(norm(torch.conv2d(x, w, padding=1))), 2)
        x = nn.functional.adaptive_max_pool2d(x, 2).flatten(1)
        if self.training and self.p:
            x = x * (torch.rand_like(x) >= self.p) / (1 - self.p)
        return self.head(x)

# %% wrong="The linear layer only fits one size of picture."
class ConvNet(nn.Module):
    def __init__(self, in_channels, classes, dropout=0.0, batchnorm=True):
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(in_channels, 16, 3, padding=1), nn.BatchNorm2d(16) if batchnorm else nn.Identity(), nn.ReLU(), nn.MaxPool2d(2))
        self.drop, self.head = nn.Dropout(dropout), nn.Linear(16 * 14 * 14, classes)

    def forward(self, x):
        return self.head(self.drop(self.features(x).flatten(1)))

# %% wrong="Pictures of 8 × 8 are too small for so much pooling."
class ConvNet(nn.Module):
    def __init__(self, in_channels, classes, dropout=0.0, batchnorm=True):
        super().__init__()
        layers, width = [], in_channels
        for channels in (16, 32, 64):
            layers += [nn.Conv2d(width, channels, 3)] + [nn.BatchNorm2d(channels)] * batchnorm + [nn.ReLU(), nn.MaxPool2d(2)]
            width = channels
        self.layers = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Dropout(dropout), nn.Linear(256, classes))

    def forward(self, x):
        return self.layers(x)

# %% wrong="A softmax at the end makes probabilities, not logits."
class ConvNet(nn.Module):
    def __init__(self, in_channels, classes, dropout=0.0, batchnorm=True):
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(in_channels, 16, 3, padding=1), nn.BatchNorm2d(16) if batchnorm else nn.Identity(), nn.ReLU(), nn.AdaptiveMaxPool2d(3))
        self.drop, self.head = nn.Dropout(dropout), nn.Linear(144, classes)

    def forward(self, x):
        return self.head(self.drop(self.features(x).flatten(1))).softmax(1)

# %% wrong="A ReLU after the last layer cuts off the negative logits."
class ConvNet(nn.Module):
    def __init__(self, in_channels, classes, dropout=0.0, batchnorm=True):
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(in_channels, 16, 3, padding=1), nn.BatchNorm2d(16) if batchnorm else nn.Identity(), nn.ReLU(), nn.AdaptiveMaxPool2d(3))
        self.drop, self.head = nn.Dropout(dropout), nn.Linear(144, classes)

    def forward(self, x):
        return self.head(self.drop(self.features(x).flatten(1))).relu()

# %% wrong="functional.dropout does not notice evaluation mode by itself."
class ConvNet(nn.Module):
    def __init__(self, in_channels, classes, dropout=0.0, batchnorm=True):
        super().__init__()
        self.p = dropout
        self.features = nn.Sequential(nn.Conv2d(in_channels, 16, 3, padding=1), nn.BatchNorm2d(16) if batchnorm else nn.Identity(), nn.ReLU(), nn.AdaptiveMaxPool2d(3))
        self.head = nn.Linear(144, classes)

    def forward(self, x):
        return self.head(nn.functional.dropout(self.features(x).flatten(1), self.p))

# %% wrong="The dropout argument is never used."
class ConvNet(nn.Module):
    def __init__(self, in_channels, classes, dropout=0.0, batchnorm=True):
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(in_channels, 16, 3, padding=1), nn.BatchNorm2d(16) if batchnorm else nn.Identity(), nn.ReLU(), nn.AdaptiveMaxPool2d(3))
        self.head = nn.Linear(144, classes)

    def forward(self, x):
        return self.head(self.features(x).flatten(1))

# %% wrong="nn.Dropout takes the probability of dropping."
class ConvNet(nn.Module):
    def __init__(self, in_channels, classes, dropout=0.0, batchnorm=True):
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(in_channels, 16, 3, padding=1), nn.BatchNorm2d(16) if batchnorm else nn.Identity(), nn.ReLU(), nn.AdaptiveMaxPool2d(3))
        self.drop, self.head = nn.Dropout(1 - dropout), nn.Linear(144, classes)

    def forward(self, x):
        return self.head(self.drop(self.features(x).flatten(1)))

# %% wrong="The strength of dropout is an argument, not a constant."
class ConvNet(nn.Module):
    def __init__(self, in_channels, classes, dropout=0.0, batchnorm=True):
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(in_channels, 16, 3, padding=1), nn.BatchNorm2d(16) if batchnorm else nn.Identity(), nn.ReLU(), nn.AdaptiveMaxPool2d(3))
        self.drop, self.head = nn.Dropout(0.5), nn.Linear(144, classes)

    def forward(self, x):
        return self.head(self.drop(self.features(x).flatten(1)))

# %% wrong="Batch normalization can be switched off."
class ConvNet(nn.Module):
    def __init__(self, in_channels, classes, dropout=0.0, batchnorm=True):
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(in_channels, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(), nn.AdaptiveMaxPool2d(3))
        self.drop, self.head = nn.Dropout(dropout), nn.Linear(144, classes)

    def forward(self, x):
        return self.head(self.drop(self.features(x).flatten(1)))

# %% wrong="Instance normalization does not look at the other pictures of a batch."
class ConvNet(nn.Module):
    def __init__(self, in_channels, classes, dropout=0.0, batchnorm=True):
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(in_channels, 16, 3, padding=1), nn.InstanceNorm2d(16) if batchnorm else nn.Identity(), nn.ReLU(), nn.AdaptiveMaxPool2d(3))
        self.drop, self.head = nn.Dropout(dropout), nn.Linear(144, classes)

    def forward(self, x):
        return self.head(self.drop(self.features(x).flatten(1)))

# %% wrong="In evaluation batch normalization must use its running averages."
class ConvNet(nn.Module):
    def __init__(self, in_channels, classes, dropout=0.0, batchnorm=True):
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(in_channels, 16, 3, padding=1), nn.BatchNorm2d(16, track_running_stats=False) if batchnorm else nn.Identity(), nn.ReLU(), nn.AdaptiveMaxPool2d(3))
        self.drop, self.head = nn.Dropout(dropout), nn.Linear(144, classes)

    def forward(self, x):
        return self.head(self.drop(self.features(x).flatten(1)))

# %% wrong="There is no convolution in this network."
class ConvNet(nn.Module):
    def __init__(self, in_channels, classes, dropout=0.0, batchnorm=True):
        super().__init__()
        self.pool, self.one = nn.AdaptiveAvgPool2d(8), nn.Linear(64 * in_channels, 64)
        self.norm = nn.BatchNorm1d(64) if batchnorm else nn.Identity()
        self.drop, self.head = nn.Dropout(dropout), nn.Linear(64, classes)

    def forward(self, x):
        return self.head(self.drop(self.norm(self.one(self.pool(x).flatten(1))).relu()))

# %% wrong="The number of input channels is an argument."
class ConvNet(nn.Module):
    def __init__(self, in_channels, classes, dropout=0.0, batchnorm=True):
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(1, 16, 3, padding=1), nn.BatchNorm2d(16) if batchnorm else nn.Identity(), nn.ReLU(), nn.AdaptiveMaxPool2d(3))
        self.drop, self.head = nn.Dropout(dropout), nn.Linear(144, classes)

    def forward(self, x):
        return self.head(self.drop(self.features(x).flatten(1)))

# %% wrong="The number of classes is an argument."
class ConvNet(nn.Module):
    def __init__(self, in_channels, classes, dropout=0.0, batchnorm=True):
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(in_channels, 16, 3, padding=1), nn.BatchNorm2d(16) if batchnorm else nn.Identity(), nn.ReLU(), nn.AdaptiveMaxPool2d(3))
        self.drop, self.head = nn.Dropout(dropout), nn.Linear(144, 10)

    def forward(self, x):
        return self.head(self.drop(self.features(x).flatten(1)))
