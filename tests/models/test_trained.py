"""Networks that the toolkit trained itself: what is kept is what runs."""

from __future__ import annotations

import csv
import importlib.util
import shutil
import sys

import numpy as np
import pytest

import invarsig as iv
from invarsig.errors import ParameterError, ReadError
from invarsig.experiments import Collection, network_pictures
from invarsig.experiments.network_answers import asked_digits, networks_of
from invarsig.models import read_networks
from invarsig.models.trained import _placed
from tests.conftest import DATA

FOLDER = DATA / "networks"
NETS = {net.name: net for net in read_networks(FOLDER)}
# One of each kind, way, head and medium.
SOME = [
    *(f"digits-convolutional-{way}-pooled-still-0" for way in ("max_blur", "stride", "polyphase")),
    "digits-convolutional-max-flat-moved-1",
    "digits-local-2-max-flat-moved-0",
    "digits-transformer-patches-pooled-moved-2",
    "textures-convolutional-max-pooled-moved-2",
]


def pictures_of(net, count=12):
    """Pictures that a network never saw, and their classes."""
    data = Collection.found()
    if net.medium == "words":
        words = network_pictures.spoken(data)
        own = words.isel(word=np.flatnonzero(words["voice"] == net.name.rsplit("-", 1)[1]))
        return own, own["digit"].to_numpy()
    if net.medium == "digits":
        found = asked_digits(data, reduced=False)
        return found.at((0, 0)).isel(image=slice(count)), found.truth[:count]
    patches, truth = network_pictures.texture_patches(data, "asked")
    still = np.zeros((len(patches), 2), dtype=int)
    return network_pictures.windows(patches, still).isel(image=slice(count)), truth[:count]


def test_all_of_them_stay_below_two_megabytes():
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 2e6


@pytest.mark.parametrize("name", NETS)
def test_the_table_counts_the_weights_that_are_kept(name):
    net = NETS[name]
    assert net.parameters == sum(array.size for array in net.weights.values())


@pytest.mark.parametrize("name", SOME)
def test_a_network_is_right_as_often_as_its_table_says(name):
    net = NETS[name]
    x, truth = pictures_of(net, None)
    answer = net.operator()(x).argmax("class").to_numpy()
    assert np.mean(answer == truth) == pytest.approx(net.accuracy, abs=2e-3)


@pytest.mark.nightly
@pytest.mark.parametrize("name", sorted(set(NETS) - set(SOME)))
def test_every_network_is_right_as_often_as_its_table_says(name):
    test_a_network_is_right_as_often_as_its_table_says(name)


def trainer():
    """The script that trained them, which needs torch."""
    pytest.importorskip("torch", reason="torch is not installed")
    spec = importlib.util.spec_from_file_location("make_networks", DATA / "make_networks.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["make_networks"] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", NETS)
def test_scores_are_those_of_torch_to_round_off(name):
    script = trainer()
    import torch

    net = NETS[name]
    task = {task.name: task for task in script.tasks()}[name]
    x, _ = pictures_of(net)
    theirs = script.Network(task, x.shape[1:], len(net.weights["last_bias"])).double()
    theirs.take(net.weights)
    with torch.no_grad():
        wanted = theirs(torch.from_numpy(x.to_numpy())).numpy()
    found = net.operator()(x).transpose(x.dims[0], "class").to_numpy()
    np.testing.assert_allclose(found, wanted, atol=1e-13 * abs(wanted).max())


def test_the_script_trains_what_is_kept_and_nothing_else():
    assert [task.name for task in trainer().tasks()] == list(NETS)


def test_a_planted_unflipped_kernel_is_no_longer_what_was_trained():
    net = NETS["digits-convolutional-max-flat-moved-1"]
    turned = {
        key: value[..., ::-1, ::-1] if key == "kernel_1" else value
        for key, value in net.weights.items()
    }
    x, truth = pictures_of(net, 200)
    wrong = type(net)(**{**vars(net), "weights": turned}).operator()(x).argmax("class").to_numpy()
    assert np.mean(wrong == truth) < net.accuracy - 0.05


def test_local_taps_that_are_all_the_same_are_a_convolution(rng):
    taps = rng.standard_normal((2, 3, 3, 3))
    everywhere = np.broadcast_to(taps[:, :, None, None], (2, 3, 6, 6, 3, 3))
    x = rng.standard_normal((3, 6, 6))
    kernel = iv.label(taps[..., ::-1, ::-1], "out", "channel", "y", "x")
    convolve = iv.Convolve(kernel, {}, "zero", channels=("out",), over=("channel",))
    wanted = convolve(iv.label(x, "channel", "y", "x")).transpose("out", "y", "x")
    found = np.tensordot(_placed(everywhere), x, 3)
    np.testing.assert_allclose(found, wanted, atol=1e-12)


def test_a_folder_without_networks_names_what_makes_them(tmp_path):
    with pytest.raises(ReadError, match=r"make_networks\.py"):
        read_networks(tmp_path)
    shutil.copy(FOLDER / "networks.csv", tmp_path)
    with pytest.raises(ReadError, match="npz"):
        read_networks(tmp_path)


@pytest.mark.parametrize("kept", [0, 1000])
def test_weights_that_are_cut_short_are_refused(tmp_path, kept):
    for path in FOLDER.iterdir():
        shutil.copy(path, tmp_path)
    whole = (tmp_path / "words.npz").read_bytes()
    (tmp_path / "words.npz").write_bytes(whole[:kept])
    with pytest.raises(ReadError, match="holds no arrays"):
        read_networks(tmp_path)


def test_a_row_of_another_kind_or_without_a_number_is_refused(tmp_path):
    for path in FOLDER.iterdir():
        shutil.copy(path, tmp_path)
    with (FOLDER / "networks.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for name, value in (("kind", "recurrent"), ("seed", "first")):
        with (tmp_path / "networks.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, rows[0])
            writer.writeheader()
            writer.writerow(rows[0] | {name: value})
        with pytest.raises(ReadError, match="not a table of networks"):
            read_networks(tmp_path)


def test_an_array_that_is_missing_is_named():
    net = NETS[SOME[0]]
    fewer = {key: value for key, value in net.weights.items() if key != "bias_2"}
    with pytest.raises(ReadError, match="bias_2"):
        type(net)(**{**vars(net), "weights": fewer}).operator()
    with pytest.raises(ParameterError, match="downsampling"):
        type(net)(**{**vars(net), "downsampling": "mean"})


def test_networks_are_found_by_their_fields_and_from_any_collection(tmp_path):
    own = Collection(tmp_path)
    found = networks_of(own, 2, medium="digits", kind="transformer", training="moved")
    assert [net.seed for net in found] == [0, 1]
    with pytest.raises(ReadError, match="kind 'recurrent'"):
        networks_of(own, kind="recurrent")
