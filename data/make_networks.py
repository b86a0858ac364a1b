#!/usr/bin/env python3
"""Train the small networks of data/networks: some minutes on one core.

    pip install -e . torch
    python data/make_networks.py [--jobs 2]

Each trains for the same number of steps on the same pictures; only what its name says differs. The
weights are rounded to half precision before the accuracies are measured, so what is kept is what
was measured. Networks that are there already stay; delete data/networks to train all of them.

With --random the layers stay as they were drawn and the last one is a logistic regression on what
they give: twins to compare with, for a folder of their own (--out), which experiments take with
`--data` once it lies in one that is laid out like data/.
"""

from __future__ import annotations

import argparse
import csv
import functools
import io
import multiprocessing
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from invarsig.experiments import network_pictures as pictures
from invarsig.experiments.collection import Collection
from invarsig.io import write_whole
from invarsig.models.trained import COLUMNS

HERE = Path(__file__).parent
NETWORKS = HERE / "networks"
BUDGET = {"digits": (600, 64), "textures": (600, 64), "words": (300, 20)}  # steps, pictures in each
RATE = 4e-3
WIDTHS, LOCAL_WIDTHS, FEATURES, HEADS, BLOCKS, PATCH = (8, 16, 24), (8, 16), 16, 2, 2, 4
SIZES, SEEDS = (50, 100, 200, 400), 3


@dataclass(frozen=True)
class Task:
    """One network to be trained."""

    medium: str
    kind: str = "convolutional"
    downsampling: str = "max"
    pooled: tuple[str, ...] = ("y", "x")
    training: str = "moved"
    seed: int = 0
    items: int = 0  # 0: all
    widths: tuple[int, ...] = WIDTHS
    voice: str = ""
    over: tuple[str, ...] = field(default=("y", "x"))

    @property
    def name(self) -> str:
        head = {self.over: "pooled", (): "flat"}.get(self.pooled, "-".join(self.pooled))
        kind = self.kind if self.widths == WIDTHS else f"{self.kind}-{len(self.widths)}"
        parts = [self.medium, kind, self.downsampling, head, self.training]
        if self.items:
            parts.append(f"of-{self.items}")
        return "-".join([*parts, self.voice or str(self.seed)])


def tasks() -> list[Task]:
    """All networks."""
    out = []
    for training in ("still", "moved"):
        for medium in ("digits", "textures"):
            for way in ("max", "max_blur", "stride", "polyphase"):
                out += [Task(medium, downsampling=way, training=training)]
        out += [
            Task("digits", pooled=(), training=training),
            Task("digits", "transformer", "patches", training=training),
        ]
    for kind in ("local", "convolutional"):
        out.append(Task("digits", kind, pooled=(), widths=LOCAL_WIDTHS))
    for size in SIZES:
        out += [
            Task("digits", training="placed", items=size),
            Task("digits", "convolutional", "stride", (), "placed", items=size),
        ]
    out = [replace(task, seed=seed) for task in out for seed in range(SEEDS)]
    voices = sorted({voice for _, voice, _ in Collection(HERE).spoken_digits()})
    for pooled in ((), ("time",), ("mel",)):
        out += [
            Task("words", pooled=pooled, training="still", voice=voice, seed=k, over=("mel", "time"))
            for k, voice in enumerate(voices)
        ]
    return out


class Stage(nn.Module):
    """A convolution with its bias, rectified, downsampled by 2."""

    def __init__(self, before: int, after: int, way: str):
        super().__init__()
        self.way = way
        self.conv = nn.Conv2d(before, after, 3, 2 if way == "stride" else 1, padding=1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = torch.relu(self.conv(x))
        if self.way == "max":
            return functional.max_pool2d(x, 2)
        if self.way == "max_blur":
            # A dense max of 2, whose window begins at its sample; then 1 2 1 at every other one.
            x = functional.max_pool2d(functional.pad(x, (0, 1, 0, 1)), 2, 1)
            tap = torch.tensor([0.25, 0.5, 0.25], dtype=x.dtype)
            blur = (tap[:, None] * tap).expand(x.shape[1], 1, 3, 3)
            return functional.conv2d(x, blur, stride=2, padding=1, groups=x.shape[1])
        if self.way == "polyphase":
            parts = torch.stack([x[..., a::2, b::2] for a in (0, 1) for b in (0, 1)], 1)
            best = (parts**2).sum((2, 3, 4)).argmax(1)
            return parts[torch.arange(len(x)), best]
        return x


class Local(nn.Module):
    """Taps of their own at each place, with a bias, rectified, max pooled by 2."""

    def __init__(self, before: int, after: int, side: int):
        super().__init__()
        self.taps = nn.Parameter(
            torch.randn(after, before, side, side, 3, 3) * (2 / (9 * before)) ** 0.5
        )
        self.bias = nn.Parameter(torch.zeros(after))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        count, before, side, _ = x.shape
        rows = functional.unfold(x, 3, padding=1).reshape(count, before, 3, 3, side, side)
        y = torch.einsum("ncijyx,ocyxij->noyx", rows, self.taps)
        return functional.max_pool2d(torch.relu(y + self.bias[:, None, None]), 2)


class Block(nn.Module):
    """Self-attention and a perceptron, each after a normalization and with a skip connection."""

    def __init__(self) -> None:
        super().__init__()
        shape, scale = (HEADS, FEATURES // HEADS, FEATURES), FEATURES**-0.5
        self.query, self.key, self.value = (
            nn.Parameter(torch.randn(shape) * scale) for _ in range(3)
        )
        self.output = nn.Parameter(torch.randn(FEATURES, *shape[:2]) * 0.5 * scale)
        self.up, self.down = nn.Linear(FEATURES, 4 * FEATURES), nn.Linear(4 * FEATURES, FEATURES)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        z = functional.layer_norm(x, (FEATURES,))
        q, k, v = (
            torch.einsum("npc,hdc->nhpd", z, w) for w in (self.query, self.key, self.value)
        )
        weights = torch.softmax(q @ k.transpose(-1, -2) * q.shape[-1] ** -0.5, -1)
        x = x + torch.einsum("nhpd,chd->npc", weights @ v, self.output)
        z = functional.layer_norm(x, (FEATURES,))
        return x + self.down(functional.gelu(self.up(z)))


class Network(nn.Module):
    """Layers, a mean over the pooled axes, and a fully connected layer over the others."""

    def __init__(self, task: Task, shape: tuple[int, int], classes: int):
        super().__init__()
        self.task = task
        self.axes = [2 + task.over.index(dim) for dim in task.pooled]
        before, stages = 1, []
        if task.kind == "transformer":
            self.patch = nn.Conv2d(1, FEATURES, PATCH, PATCH, bias=False)
            sides = [size // PATCH for size in shape]
            self.position = nn.Parameter(0.5 * torch.randn(FEATURES, *sides))
            stages, before = [Block() for _ in range(BLOCKS)], FEATURES
        else:
            sides = list(shape)
            for after in task.widths:
                local = task.kind == "local"
                stages.append(
                    Local(before, after, sides[0]) if local
                    else Stage(before, after, task.downsampling)
                )  # fmt: skip
                before, sides = after, [size // 2 for size in sides]
        self.stages = nn.ModuleList(stages)
        left = [s for axis, s in enumerate(sides, 2) if axis not in self.axes]
        self.last = nn.Linear(before * int(np.prod(left)), classes)
        self.left = left

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.last(self.features(x))

    def features(self, x: torch.Tensor) -> torch.Tensor:
        """What the last layer sees."""
        x = x[:, None]
        if self.task.kind == "transformer":
            x = self.patch(x) + self.position
            sides = x.shape[2:]
            x = x.flatten(2).transpose(1, 2)
            for stage in self.stages:
                x = stage(x)
            x = functional.layer_norm(x, (FEATURES,)).transpose(1, 2).unflatten(2, sides)
        else:
            for stage in self.stages:
                x = stage(x)
        if self.axes:
            x = x.mean(self.axes)
        return x.flatten(1)

    def named(self) -> dict[str, nn.Parameter]:
        """Weights by the names that `TrainedNetwork` reads."""
        found: dict[str, nn.Parameter] = {}
        for number, stage in enumerate(self.stages, 1):
            if isinstance(stage, Stage):
                own = {"kernel": stage.conv.weight, "bias": stage.conv.bias}
            elif isinstance(stage, Local):
                own = {"taps": stage.taps, "bias": stage.bias}
            else:
                own = {name: getattr(stage, name) for name in ("query", "key", "value", "output")}
                for name in ("up", "down"):
                    layer = getattr(stage, name)
                    own |= {name: layer.weight, f"{name}_bias": layer.bias}
            found |= {f"{name}_{number}": value for name, value in own.items()}
        if self.task.kind == "transformer":
            found |= {"patch": self.patch.weight, "position": self.position}
        return found | {"last": self.last.weight, "last_bias": self.last.bias}

    def arrays(self) -> dict[str, np.ndarray]:
        """Weights as they are kept: in half precision, the last layer over the places it sees."""
        found = {name: weight.detach().numpy() for name, weight in self.named().items()}
        found["last"] = found["last"].reshape(len(found["last_bias"]), -1, *self.left)
        if "patch" in found:
            found["patch"] = found["patch"][:, 0]
        return {name: value.astype(np.float16) for name, value in found.items()}

    def take(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Take weights that were kept."""
        with torch.no_grad():
            for name, weight in self.named().items():
                weight.copy_(torch.from_numpy(arrays[name].astype(np.float64)).reshape(weight.shape))


@dataclass
class Medium:
    """Pictures that are known and others that are asked, wider than a window, and their classes."""

    known: np.ndarray
    known_truth: np.ndarray
    asked: np.ndarray
    asked_truth: np.ndarray


def media(data: Collection) -> dict[str, Medium]:
    """Digits, whose frames go on in black, and textures."""
    parts = [pictures.digits(data, part) for part in ("known", "asked")]
    frames = [each.at(each.still, "alone", np.random.default_rng(0)).to_numpy() for each in parts]
    wide = [np.pad(each, [(0, 0), *((pictures.SEEN,) * 2,) * 2]) for each in frames]
    cut = [pictures.texture_patches(data, part) for part in ("known", "asked")]
    return {
        "digits": Medium(wide[0], parts[0].classes, wide[1], parts[1].classes),
        "textures": Medium(*cut[0], *cut[1]),
    }


def spoken(data: Collection, voice: str) -> Medium:
    """Words of all other voices, and of this one."""
    found = pictures.spoken(data)
    other = (found["voice"] != voice).to_numpy()
    values, truth = found.to_numpy(), found["digit"].to_numpy()
    return Medium(values[other], truth[other], values[~other], truth[~other])


def trained(task: Task, medium: Medium, frozen: bool = False) -> tuple[Network, int]:
    """Train one network for the same number of steps as all; frozen, its last layer alone."""
    torch.manual_seed(task.seed)
    rng = np.random.default_rng([task.seed, 1])
    given, truth = medium.known, medium.known_truth
    if task.items:  # the first ones of an order of the seed's own
        own = rng.permutation(len(truth))[: task.items]
        given, truth = given[own], truth[own]
    drawn = np.zeros((len(given), 2), int)
    if task.training == "placed":  # each at one place of its own, at which it stays
        drawn = moves(len(given), rng)
    steps, batch = BUDGET[task.medium]
    net = Network(task, window(task.medium, given[:1], drawn[:1]).shape[1:], 1 + int(truth.max()))
    if frozen:
        shifts = moves(len(given), rng) if task.training == "moved" else drawn
        fit_last(net, window(task.medium, given, shifts), truth)
        return rounded(net), len(given)
    optimizer = torch.optim.Adam(net.parameters(), RATE)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, steps)
    rounds = steps * batch // len(given) + 1
    order = np.concatenate([rng.permutation(len(given)) for _ in range(rounds)])
    for own in order[: steps * batch].reshape(steps, batch):
        x = window(
            task.medium, given[own], moves(batch, rng) if task.training == "moved" else drawn[own]
        )
        if task.medium == "words":
            x = x + 0.05 * rng.standard_normal(x.shape)
        loss = functional.cross_entropy(
            net(torch.tensor(x, dtype=torch.float32)), torch.tensor(truth[own])
        )
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    return rounded(net), len(given)


def rounded(net: Network) -> Network:
    """Round weights to half precision, as they are kept."""
    with torch.no_grad():
        for weight in net.parameters():
            weight.copy_(weight.half().float())
    return net.double()


def fit_last(net: Network, x: np.ndarray, truth: np.ndarray) -> None:
    """Make the last layer a logistic regression on standardized features of random layers."""
    from sklearn.linear_model import LogisticRegression

    with torch.no_grad():
        features = net.features(torch.tensor(x, dtype=torch.float32)).numpy()
    mean, spread = features.mean(axis=0), np.maximum(features.std(axis=0), 1e-6)
    model = LogisticRegression(tol=1e-3, max_iter=400).fit((features - mean) / spread, truth)
    weights = model.coef_ / spread
    with torch.no_grad():
        net.last.weight.copy_(torch.from_numpy(weights))
        net.last.bias.copy_(torch.from_numpy(model.intercept_ - weights @ mean))


def window(medium: str, given: np.ndarray, shifts: np.ndarray) -> np.ndarray:
    """What a network sees: words as they are, pictures through a window, moved."""
    return given if medium == "words" else pictures.windows(given, shifts).to_numpy()


def moves(count: int, rng: np.random.Generator) -> np.ndarray:
    """Whole pixels along both axes, up to the farthest of the training."""
    return rng.integers(-pictures.SEEN, pictures.SEEN + 1, (count, 2))


def accuracy(net: Network, medium: Medium, moved: bool) -> float:
    """Share of the pictures that it never saw whose class it finds."""
    shifts = np.zeros((len(medium.asked), 2), int)
    if moved:
        shifts = moves(len(medium.asked), np.random.default_rng(5))
    with torch.no_grad():
        scores = net(torch.tensor(window(net.task.medium, medium.asked, shifts)))
    return float((scores.argmax(1).numpy() == medium.asked_truth).mean())


def row(task: Task, net: Network, items: int, medium: Medium) -> dict[str, object]:
    """The line of the table."""
    values = {
        "name": task.name,
        "medium": task.medium,
        "kind": task.kind,
        "downsampling": task.downsampling,
        "training": task.training,
        "over": " ".join(task.over),
        "pooled": " ".join(task.pooled),
        "seed": task.seed,
        "items": items,
        "steps": BUDGET[task.medium][0],
        "parameters": sum(weight.numel() for weight in net.parameters()),
        "accuracy": round(accuracy(net, medium, False), 4),
        "accuracy_moved": round(accuracy(net, medium, True), 4),
    }
    return {name: values[name] for name in COLUMNS}


def one(task: Task, frozen: bool = False) -> tuple[Task, dict[str, object], dict[str, np.ndarray], float]:
    """Train a network on one thread: its task, its line of the table, its weights, its seconds."""
    torch.set_num_threads(1)
    started, data = time.process_time(), Collection(HERE)
    medium = spoken(data, task.voice) if task.medium == "words" else media(data)[task.medium]
    net, items = trained(task, medium, frozen)
    return task, row(task, net, items, medium), net.arrays(), time.process_time() - started


def main() -> None:
    """Train the networks that are not there, and write them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--out", type=Path, default=NETWORKS, help="folder of the networks")
    parser.add_argument("--only", default="", help="a regular expression that names must match")
    parser.add_argument(
        "--random", action="store_true", help="leave layers as they were drawn; train the last one"
    )
    given = parser.parse_args()
    there = kept(given.out)
    missing = [t for t in tasks() if t.name not in there and re.search(given.only, t.name)]
    with multiprocessing.get_context("spawn").Pool(given.jobs) as pool:
        train = functools.partial(one, frozen=given.random)
        for task, line, arrays, seconds in pool.imap_unordered(train, missing):
            write(given.out, {task.name: line}, {task.name: arrays})
            print(
                f"{seconds:4.1f} s  {task.name:<52} {line['parameters']:>7} weights, right "
                f"{line['accuracy']:.3f} at rest, {line['accuracy_moved']:.3f} moved", flush=True,
            )  # fmt: skip


def kept(folder: Path) -> dict[str, dict[str, object]]:
    """Lines of the table that are there."""
    table = folder / "networks.csv"
    if not table.is_file():
        return {}
    with table.open(newline="", encoding="utf-8") as file:
        return {row["name"]: row for row in csv.DictReader(file)}


def write(
    folder: Path, rows: dict[str, dict[str, object]], arrays: dict[str, dict[str, np.ndarray]]
) -> None:
    """Write the table and the weights; what was not trained again stays."""
    folder.mkdir(exist_ok=True)
    table = folder / "networks.csv"
    known = {task.name: task for task in tasks()}
    rows = {name: row for name, row in kept(folder).items() if name in known} | rows
    for medium in sorted({task.medium for task in known.values()}):
        path = folder / f"{medium}.npz"
        old: dict[str, np.ndarray] = {}
        if path.is_file():
            with np.load(path) as there:
                old = {
                    key: there[key] for key in there.files
                    if key.split("/")[0] in known and key.split("/")[0] not in arrays
                }  # fmt: skip
        own = {
            f"{name}/{key}": value
            for name, each in arrays.items() if known[name].medium == medium
            for key, value in each.items()
        }  # fmt: skip
        both = old | own
        whole = io.BytesIO()
        np.savez_compressed(whole, **{key: both[key] for key in sorted(both)})
        write_whole(path, whole.getvalue())
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows[name] for name in known if name in rows)
    write_whole(table, text.getvalue())


if __name__ == "__main__":
    main()
