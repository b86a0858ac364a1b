"""Workers: what they get, whom they fit, and what is said where there are none."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

import invarsig as iv
from invarsig.errors import ClusterError, MissingError, ParameterError
from invarsig.survey import workers
from invarsig.survey.subject import identity_of, subjects_of
from invarsig.survey.work import Work, package_versions
from invarsig.survey.workers import _require_same, _sent
from tests.survey.processes import ROOT


def test_a_scheduler_that_is_not_there_is_said_within_seconds(cuts, pool, tmp_path):
    pytest.importorskip("distributed", reason="it is not installed; the extra survey has it")
    began = time.monotonic()
    with pytest.raises(ClusterError, match=r"tcp://127\.0\.0\.1:9' does not answer within 5 s"):
        iv.survey(pool, cuts, out=tmp_path / "one.zarr", scheduler="tcp://127.0.0.1:9")
    assert time.monotonic() - began < 60
    with pytest.raises(ClusterError, match="check its address"):
        iv.survey(pool, cuts, out=tmp_path / "one.zarr", scheduler="nonsense://")


def test_workers_and_a_scheduler_are_not_given_together(cuts, pool, tmp_path):
    for more in ({"workers": 1, "scheduler": "tcp://127.0.0.1:9"}, {"workers": -1}):
        with pytest.raises(ParameterError):
            iv.survey(pool, cuts, out=tmp_path / "one.zarr", **more)


def test_without_distributed_it_says_what_to_install(cuts, pool, tmp_path, monkeypatch):
    own = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "distributed" else own(name)
    )
    with pytest.raises(MissingError, match=r"invarsig\[survey\].*workers=0"):
        iv.survey(pool, cuts, out=tmp_path / "one.zarr", workers=2)


def test_without_zarr_or_dask_it_says_what_to_install(cuts, pool, tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(importlib.util, "find_spec", lambda _name: None)
        with pytest.raises(MissingError, match=r"kept in Zarr.*invarsig\[survey\]"):
            iv.survey(pool, cuts, out=tmp_path / "one.zarr", workers=0)
    monkeypatch.setitem(sys.modules, "dask.base", None)
    with pytest.raises(MissingError, match=r"needs dask.*invarsig\[survey\]"):
        iv.survey(pool, cuts, out=tmp_path / "one.zarr", workers=0)


def test_versions_that_differ_are_named_with_the_worker():
    own = dict(package_versions())
    _require_same(own, dict(own), "The worker at tcp://here")
    other = {**own, "numpy": "0.1", "scipy": ""}
    wanted = f"tcp://there .*numpy 0.1, here {own['numpy']}; scipy missing, here {own['scipy']}"
    with pytest.raises(ClusterError, match=wanted):
        _require_same(own, other, "The worker at tcp://there")


@pytest.mark.nightly
def test_a_worker_of_another_version_is_refused(cuts, pool, tmp_path, monkeypatch):
    distributed = pytest.importorskip("distributed", reason="it is not installed")
    own = {**dict(package_versions()), "numpy": "0.1"}
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, dashboard_address="127.0.0.1:0"
    ) as cluster:
        monkeypatch.setattr(workers, "package_versions", lambda: tuple(own.items()))
        with pytest.raises(ClusterError, match=r"worker at tcp://.*numpy .*, here 0\.1"):
            iv.survey(pool, cuts, out=tmp_path / "one.zarr", scheduler=cluster.scheduler_address)


UNPICKLE = """
import pickle, sys
from pathlib import Path
versions, work = pickle.loads(Path(sys.argv[1]).read_bytes())
outcome = work.on(Path(sys.argv[2]), "it")
print(outcome.rows[0]["state"], outcome.rows[0]["worst"])
"""


@pytest.mark.slow
def test_code_of_the_users_own_reaches_a_worker_that_does_not_have_it(cuts, tmp_path, monkeypatch):
    pytest.importorskip("cloudpickle", reason="the extra survey has it")
    from invarsig.cli.options import GridAxesOptions, NetworkOptions
    from invarsig.cli.survey import _Asked

    (tmp_path / "here_alone.py").write_text(
        "import invarsig as iv\nWINDOW = 2\n\ndef pool(x):\n    return iv.MaxPool({'x': WINDOW})\n"
    )
    own = (f"{tmp_path}/here_alone.py:pool",)
    asked = _Asked(own, NetworkOptions(), GridAxesOptions())
    work = Work(asked.subjects(), ("x",), None, None, "")
    (tmp_path / "sent").write_bytes(_sent(work))
    (tmp_path / "here_alone.py").unlink()
    run = subprocess.run(
        [sys.executable, "-c", UNPICKLE, str(tmp_path / "sent"), str(cuts / "0.png")],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    state, worst = run.stdout.split()
    assert state == "known"
    assert float(worst) == work.on(Path(cuts / "0.png"), "it").rows[0]["worst"]


def test_what_cannot_be_sent_is_said(pool):
    pytest.importorskip("cloudpickle", reason="the extra survey has it")
    lock = threading.Lock()
    work = Work(subjects_of(pool, lambda path: (path, lock)), None, None, None, "")
    with pytest.raises(ParameterError, match="cannot be sent to the workers"):
        _sent(work)


WINDOW = 2


def widest(_x):
    return iv.MaxPool({"x": WINDOW})


def pool_over(size):
    return lambda _x: iv.MaxPool({"x": size})


def test_an_identity_is_of_parameters_of_source_and_of_the_values_around_it(monkeypatch):
    assert identity_of(iv.MaxPool({"x": 2})) == identity_of(iv.MaxPool({"x": 2}))
    kernels = [iv.Convolve(iv.label([0.5, k], "x")) for k in (0.5, 0.25)]
    assert identity_of(kernels[0]) != identity_of(kernels[1])
    assert identity_of(iv.models.default_pipeline) == "invarsig.models.defaults.default_pipeline"
    first, second = (lambda x: x, lambda x: x + 1)
    assert identity_of(first) != identity_of(second)
    assert identity_of(pool_over(2)) == identity_of(pool_over(2))
    assert identity_of(pool_over(2)) != identity_of(pool_over(3))
    before = identity_of(widest)
    assert identity_of(widest) == before
    monkeypatch.setitem(globals(), "WINDOW", 3)
    assert identity_of(widest) != before


def test_an_identity_is_the_same_in_every_process():
    code = (
        "import invarsig as iv\n"
        "from invarsig.survey.subject import identity_of\n"
        "print(identity_of(iv.Convolve(iv.label([0.5, 0.5], 'x'))))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == identity_of(iv.Convolve(iv.label([0.5, 0.5], "x")))


def test_pipelines_are_named_and_each_once(pool):
    named = subjects_of({"a": pool, "b": pool}, identity_of)
    assert [each.name for each in named] == ["a", "b"]
    assert [each.name for each in subjects_of(None, identity_of)] == ["default"]
    for bad, words in (([pool, pool], "Two pipelines"), ([], "no pipeline")):
        with pytest.raises(ParameterError, match=words):
            subjects_of(bad, identity_of)
