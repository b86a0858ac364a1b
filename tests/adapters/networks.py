"""Small networks with random weights, each like a known kind. Needs torch."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn


class Chain(nn.Sequential):
    """A chain that lets a lambda be a layer."""


class Do(nn.Module):
    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(x)


def vgg():
    return nn.Sequential(
        *(nn.Conv2d(2, 4, 3, padding=1), nn.ReLU(), nn.Conv2d(4, 4, 3, padding=1), nn.ReLU()),
        *(nn.MaxPool2d(2), nn.Conv2d(4, 6, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.AdaptiveAvgPool2d(3), nn.Flatten(), nn.Linear(54, 8), nn.ReLU(), nn.Dropout()),
        nn.Linear(8, 5),
    )


class Basic(nn.Module):
    """A block of a ResNet."""

    def __init__(self, c, d, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(c, d, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(d)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(d, d, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(d)
        self.down = None
        if stride > 1 or c != d:
            self.down = nn.Sequential(nn.Conv2d(c, d, 1, stride, bias=False), nn.BatchNorm2d(d))

    def forward(self, x):
        y = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        return self.relu(y + (x if self.down is None else self.down(x)))


class ResNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(2, 4, 7, 2, 3, bias=False)
        self.pool = nn.MaxPool2d(3, 2, 1)
        self.blocks = nn.Sequential(Basic(4, 4), Basic(4, 8, 2), Basic(8, 8))
        self.fc = nn.Linear(8, 5)

    def forward(self, x):
        x = self.blocks(self.pool(F.relu(self.stem(x))))
        return self.fc(torch.flatten(F.adaptive_avg_pool2d(x, 1), 1))


class Inverted(nn.Module):
    """Depthwise, with squeeze and excitation."""

    def __init__(self, c, d, stride):
        super().__init__()
        self.expand = nn.Sequential(nn.Conv2d(c, 3 * c, 1), nn.BatchNorm2d(3 * c), nn.Hardswish())
        self.depth = nn.Conv2d(3 * c, 3 * c, 3, stride, 1, groups=3 * c)
        self.se = nn.Sequential(
            nn.AdaptiveAvgPool2d(1),
            *(nn.Conv2d(3 * c, c, 1), nn.ReLU6(), nn.Conv2d(c, 3 * c, 1), nn.Hardsigmoid()),
        )
        self.project = nn.Conv2d(3 * c, d, 1)
        self.skip = stride == 1 and c == d

    def forward(self, x):
        y = F.relu6(self.depth(self.expand(x)))
        y = self.project(y * self.se(y))
        return x + y if self.skip else y


def mobilenet():
    stem = (nn.Conv2d(2, 4, 3, 2, 1), nn.ReLU6())
    blocks = (Inverted(4, 4, 1), Inverted(4, 6, 2), Inverted(6, 6, 1))
    return nn.Sequential(*stem, *blocks, Do(lambda x: x.mean((2, 3))), nn.Linear(6, 5))


class Dense(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList(
            nn.Sequential(nn.BatchNorm2d(c), nn.ReLU(), nn.Conv2d(c, 3, 3, padding=1))
            for c in (2, 5, 8)
        )
        self.transition = nn.Sequential(nn.Conv2d(11, 5, 1), nn.AvgPool2d(2))

    def forward(self, x):
        found = [x]
        for layer in self.layers:
            found.append(layer(torch.cat(found, 1)))
        return self.transition(torch.cat(found, 1))


class UNet(nn.Module):
    def __init__(self, up="nearest"):
        super().__init__()
        self.up = up
        self.one = nn.Sequential(nn.Conv2d(2, 4, 3, padding=1), nn.LeakyReLU(0.1))
        self.two = nn.Sequential(nn.Conv2d(4, 8, 3, padding=1), nn.ELU())
        self.raise_ = nn.ConvTranspose2d(8, 4, 2, 2) if up == "transposed" else nn.Conv2d(8, 4, 1)
        self.last = nn.Conv2d(8, 2, 3, padding=1)

    def forward(self, x):
        skip = self.one(x)
        y = self.raise_(self.two(F.max_pool2d(skip, 2)))
        if self.up == "bilinear":
            y = F.interpolate(y, size=skip.shape[-2:], mode="bilinear", align_corners=False)
        elif self.up == "nearest":
            y = F.interpolate(y, scale_factor=2)
        return self.last(torch.cat([skip, y], 1))


class WaveNet(nn.Module):
    """Causal, dilated, gated."""

    def __init__(self):
        super().__init__()
        self.first = nn.Conv1d(1, 4, 1)
        self.layers = nn.ModuleList(nn.Conv1d(4, 8, 2, dilation=d) for d in (1, 2, 4, 8))
        self.mix = nn.ModuleList(nn.Conv1d(4, 4, 1) for _ in range(4))

    def forward(self, x):
        x, total = self.first(x), 0
        for k, (layer, mix) in enumerate(zip(self.layers, self.mix, strict=True)):
            a, b = layer(F.pad(x, (2**k, 0))).chunk(2, 1)
            y = mix(torch.tanh(a) * torch.sigmoid(b))
            x, total = x + y, total + y
        return total


class Attention(nn.Module):
    def __init__(self, c, heads):
        super().__init__()
        self.heads, self.qkv, self.out = heads, nn.Linear(c, 3 * c), nn.Linear(c, c)

    def forward(self, x):
        b, n, c = x.shape
        q, k, v = self.qkv(x).reshape(b, n, 3, self.heads, -1).permute(2, 0, 3, 1, 4).unbind(0)
        weights = ((q @ k.transpose(-2, -1)) * (c // self.heads) ** -0.5).softmax(-1)
        return self.out((weights @ v).transpose(1, 2).reshape(b, n, c))


class ViT(nn.Module):
    def __init__(self, place=True, token=True):
        super().__init__()
        self.patch = nn.Conv2d(2, 8, 4, 4)
        self.token = nn.Parameter(torch.randn(1, 1, 8)) if token else None
        self.place = nn.Parameter(torch.randn(1, 24 + token, 8)) if place else None
        self.norm1, self.norm2 = nn.LayerNorm(8), nn.LayerNorm(8)
        self.attention = Attention(8, 2)
        self.mlp = nn.Sequential(nn.Linear(8, 16), nn.GELU(), nn.Linear(16, 8))
        self.head = nn.Linear(8, 5)

    def forward(self, x):
        x = self.patch(x).flatten(2).transpose(1, 2)
        if self.token is not None:
            x = torch.cat([self.token.expand(len(x), -1, -1), x], 1)
        if self.place is not None:
            x = x + self.place
        x = x + self.attention(self.norm1(x))
        x = x + self.mlp(self.norm2(x))
        return self.head(x[:, 0] if self.token is not None else x.mean(1))


def uneven():
    """Padding of its own on each side, and other borders."""
    return nn.Sequential(
        *(nn.ZeroPad2d((0, 1, 2, 1)), nn.Conv2d(2, 3, 3, 2), nn.SiLU()),
        *(nn.ReplicationPad2d(1), nn.Conv2d(3, 3, 3), nn.ReflectionPad2d((2, 1, 0, 1))),
        *(nn.Conv2d(3, 3, (2, 4), dilation=(2, 1)), nn.CircularPad2d(1), nn.AvgPool2d(3, 1)),
    )


def ceiled():
    return nn.Sequential(
        *(
            nn.Conv2d(2, 3, 5, padding=2, padding_mode="reflect"),
            nn.MaxPool2d(3, 2, ceil_mode=True),
        ),
        *(nn.AvgPool2d(2, 2, ceil_mode=True), nn.AvgPool2d(3, 2, 1, count_include_pad=False)),
        nn.LPPool2d(2, 2),
    )


def normed():
    return nn.Sequential(
        *(nn.Conv2d(2, 4, 3, padding="same"), nn.GroupNorm(2, 4), nn.PReLU(4)),
        *(nn.InstanceNorm2d(4, affine=True), nn.Conv2d(4, 8, (1, 3), padding="same"), nn.GLU(1)),
        *(nn.PixelUnshuffle(2), nn.Conv2d(16, 16, 3, padding=1), nn.PixelShuffle(2), nn.Softmax(1)),
    )


class Shuffle(nn.Module):
    """Groups that exchange channels."""

    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Conv2d(2, 6, 3, 2, 1), nn.Conv2d(6, 6, 3, 1, 1, groups=3)

    def forward(self, x):
        y = self.a(x)
        n, c, h, w = y.shape
        y = y.view(n, 3, c // 3, h, w).transpose(1, 2).reshape(n, c, h, w)
        one, two = self.b(y).chunk(2, 1)
        return torch.cat([one, F.relu(two)], 1)


class Mixer(nn.Module):
    def __init__(self):
        super().__init__()
        self.patch = nn.Conv2d(2, 8, 4, 4)
        self.tokens = nn.Sequential(nn.Linear(24, 12), nn.GELU(), nn.Linear(12, 24))
        self.norm = nn.LayerNorm(8)

    def forward(self, x):
        x = self.patch(x).flatten(2).transpose(1, 2)
        x = x + self.tokens(self.norm(x).transpose(1, 2)).transpose(1, 2)
        return x.mean(1)


class Patches(nn.Module):
    """Patches cut out by views alone."""

    def __init__(self):
        super().__init__()
        self.embed = nn.Linear(32, 8)

    def forward(self, x):
        b, c, h, w = x.shape
        x = x.reshape(b, c, h // 4, 4, w // 4, 4).permute(0, 2, 4, 1, 3, 5)
        return F.relu(self.embed(x.reshape(b, h * w // 16, c * 16)))


class Windows(nn.Module):
    """Attention within windows, which are then put together again."""

    def __init__(self):
        super().__init__()
        self.lift, self.attention = nn.Conv2d(2, 8, 1), Attention(8, 2)

    def forward(self, x):
        x = self.lift(x).permute(0, 2, 3, 1)
        b, h, w, c = x.shape
        y = x.view(b, h // 4, 4, w // 4, 4, c).permute(0, 1, 3, 2, 4, 5).reshape(-1, 16, c)
        y = self.attention(y).view(b, h // 4, w // 4, 4, 4, c).permute(0, 1, 3, 2, 4, 5)
        return (x + y.reshape(b, h, w, c)).permute(0, 3, 1, 2)


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.lstm = nn.Conv1d(1, 4, 4, 2, 1), nn.LSTM(4, 6, batch_first=True)

    def forward(self, x):
        return self.lstm(self.conv(x).transpose(1, 2))[0]


class Rewritten(nn.Module):
    """In place, and what was changed is read again."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(2, 3, 3)

    def forward(self, x):
        y = self.conv(x)
        z = F.relu_(y)
        y = y + z
        y *= 2.0
        return y


class Sorted(nn.Module):
    """An operation that no rule knows."""

    def forward(self, x):
        return torch.sort(F.avg_pool2d(x, 2), 1)[0] + torch.cdist(x[:, :1], x[:, 1:]).mean()


class Unknown(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(2, 3, 3, padding=1)

    def forward(self, x):
        y = (
            torch.cummax(self.conv(x), 2)[0]
            if False
            else torch.erfinv(torch.tanh(self.conv(x)) / 2)
        )
        return torch.nn.functional.max_pool2d(y, 2)


PICTURES = {
    "vgg": vgg,
    "resnet": ResNet,
    "mobilenet": mobilenet,
    "densenet": Dense,
    "unet-nearest": UNet,
    "unet-transposed": lambda: UNet("transposed"),
    "unet-bilinear": lambda: UNet("bilinear"),
    "vit": ViT,
    "vit-without-token": lambda: ViT(token=False),
    "uneven": uneven,
    "ceiled": ceiled,
    "normed": normed,
    "shuffle": Shuffle,
    "mixer": Mixer,
    "patches": Patches,
    "windows": Windows,
    "rewritten": Rewritten,
    "unknown": Unknown,
}

SOUNDS = {"wavenet": WaveNet, "recurrent": Recurrent}


def drawn(make, seed=0):
    """A network in double precision, with statistics that are not those of the start."""
    torch.manual_seed(seed)
    net = make().double().eval()
    for part in net.modules():
        if isinstance(part, nn.modules.batchnorm._BatchNorm):
            part.running_mean.normal_()
            part.running_var.uniform_(0.5, 2.0)
    return net
