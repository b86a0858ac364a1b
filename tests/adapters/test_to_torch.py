"""Operators as modules of torch: they give the same, to 1e-10, and gradients flow through them."""

from __future__ import annotations

import copy
import sys

import numpy as np
import pytest

import invarsig as iv
from invarsig.adapters.linear_forms import matrix_of, ring_of
from invarsig.operators.linear_filter import LinearFilter
from tests.nightly import some

torch = pytest.importorskip("torch", reason="torch is not installed")

CONVERTED = {
    "BlurPool", "Convolve", "GaborBank", "GaussianBank", "MeanPool", "MaxPool", "Subsample", "Relu",
    "Modulus", "Log", "Square", "Spectrogram", "MelSpectrogram", "Mfcc", "Graph", "Parallel", "Sum",
    "Residual", "Pipeline",
}  # fmt: skip


def cases():
    for cls in iv.testing.public_operators():
        if cls.__name__ in CONVERTED or issubclass(cls, LinearFilter):
            for op, x in iv.testing.examples_of(cls, np.random.default_rng(7)):
                if op.linear or cls.__name__ in CONVERTED:
                    yield op, x


def tensor(x):
    return torch.from_numpy(np.ascontiguousarray(x.to_numpy()))


@pytest.mark.parametrize("case", some(cases(), 6), ids=lambda case: type(case[0]).__name__)
def test_a_module_gives_what_the_operator_gives(case):
    op, x = case
    # On other values than those that it was compared with when it was made.
    other = x.copy(data=x.values[(slice(None, None, -1),) * x.ndim] * 1.5)
    module, wanted = iv.to_torch(op, x), op(other)
    both = torch.stack([tensor(other), tensor(0 * other)])
    made = module(both).detach().numpy()[0]
    assert module.dims_in == x.dims
    assert module.dims_out == wanted.dims
    size = np.nanmax(np.abs(wanted.values[np.isfinite(wanted.values)]), initial=1e-300)
    np.testing.assert_allclose(made, wanted, rtol=0, atol=1e-10 * size)


def test_a_module_made_on_nan_is_compared_on_noise():
    """NaN equals NaN, so the input alone would let any form pass."""
    x = iv.label(np.random.default_rng(3).standard_normal(24), "time")
    op = iv.BlurPool(taps=3, stride={"time": 2}) >> iv.Softplus() >> iv.MaxPool({"time": 2})
    np.testing.assert_allclose(iv.to_torch(op, x * np.nan)(tensor(x)), op(x), atol=1e-12)
    with pytest.raises(iv.errors.ParameterError, match="has no form in torch"):
        iv.to_torch(iv.Apply(np.cbrt), x * np.nan)


@pytest.mark.parametrize("boundary", ["zero", "reflect", "symmetric", "periodic", "valid"])
@pytest.mark.parametrize("stride", [1, 3])
def test_filters_keep_their_own_borders(boundary, stride):
    x = iv.power_law_noise(iv.Axis("y", size=9), iv.Axis("x", size=12, period=12.0), rng=1)
    taps = iv.label(np.random.default_rng(0).standard_normal((3, 2, 4)), "filter", "y", "x")
    op = iv.Convolve(taps, stride={"y": stride}, boundary={"y": boundary, "x": "periodic"})
    module = iv.to_torch(op, x)
    np.testing.assert_allclose(module(tensor(x)), op(x), atol=1e-12)
    assert type(module.inner).__name__ == "Filter"


def test_a_front_end_has_the_gradients_of_finite_differences():
    time = iv.Axis("time", step=1 / 800, size=40, unit="s")
    x = iv.power_law_noise(time, rng=1)
    front = iv.MelSpectrogram.in_samples(x, window=16, hop=8, bands=4, boundary="zero") >> iv.Log(
        1e-3
    )
    graph = iv.Graph(
        [
            iv.Node("blur", iv.BlurPool(taps=3, stride={"time": 1}, boundary="zero"), "input"),
            iv.Node("tanh", iv.Tanh(), "blur"),
            iv.Node("skip", iv.Add(), ("tanh", "input")),
            iv.Node("gate", iv.Multiply(), ("skip", "blur")),
            iv.Node("pool", iv.MaxPool({"time": 4}), "gate"),
        ]
    )
    for op in (front, graph):
        module = iv.to_torch(op, x)
        batch = tensor(x).repeat(2, 1) + 0.01 * torch.arange(80.0).reshape(2, 40)
        assert torch.autograd.gradcheck(module, batch.double().requires_grad_())


def test_one_training_step_through_a_front_end_makes_the_loss_smaller():
    x = iv.power_law_noise(iv.Axis("time", step=1 / 800, size=80, unit="s"), rng=1)
    front = iv.to_torch(iv.Spectrogram.in_samples(x, window=16, hop=8) >> iv.Log1p(), x)
    assert not list(front.parameters())
    torch.manual_seed(0)
    first = torch.nn.Conv1d(1, 1, 5, padding=2, dtype=torch.float64)
    count = front(torch.zeros(80, dtype=torch.float64)).numel()
    last = torch.nn.Linear(count, 2, dtype=torch.float64)
    net = torch.nn.Sequential(first, front, torch.nn.Flatten(), last)
    batch = torch.randn(6, 1, 80, dtype=torch.float64)
    target = torch.arange(6) % 2

    def loss():
        return torch.nn.functional.cross_entropy(net(batch), target)

    optimizer = torch.optim.SGD(net.parameters(), lr=1e-2)
    before = loss()
    before.backward()
    slope, at, by = float(first.weight.grad[0, 0, 1]), (0, 0, 1), 1e-6
    with torch.no_grad():
        ends = []
        for side in (by, -2 * by, by):
            first.weight[at] += side
            ends.append(loss().item())
    assert slope == pytest.approx((ends[0] - ends[1]) / (2 * by), rel=1e-6)
    optimizer.step()
    assert float(loss().detach()) < float(before.detach())


def test_kernels_are_buffers_that_move_with_the_module():
    x = iv.power_law_noise(iv.Axis("x", size=12, period=12.0), rng=1)
    op = (
        iv.Convolve(iv.label([1.0, 1j, -1.0], "x"))
        >> iv.Modulus()
        >> iv.GlobalPool("x", kind="max")
    )
    module = iv.to_torch(op, x)
    again = copy.deepcopy(module)
    again.load_state_dict(module.state_dict())
    single = again.float()(tensor(x).float())
    assert single.dtype == torch.float32
    assert float(single) == pytest.approx(float(op(x)), rel=1e-5)
    assert iv.to_torch(op, x.astype("float32"))(tensor(x).float()).dtype == torch.float32
    assert not module.training


@pytest.mark.parametrize(
    "op", [iv.BlurPool(taps=3, stride={"x": 1}), iv.Spectrogram(4.0, 2.0, "x")]
)
def test_a_tensor_in_another_precision_is_taken_in_the_wider_one(op):
    x = iv.power_law_noise(iv.Axis("x", size=12, period=12.0), rng=1)
    module, single = iv.to_torch(op, x), tensor(x).float()
    assert torch.equal(module(single), module(single.double()))
    assert module.float()(tensor(x)).dtype == torch.float64
    assert module(single).dtype == torch.float32


def test_a_matrix_and_a_ring_are_the_same_map():
    x = iv.power_law_noise(iv.Axis("x", size=24, period=24.0), rng=1)
    op = iv.BlurPool(taps=5, stride={"x": 3})
    plan = op.plan(iv.Axes.of(x))
    matrix, ring = matrix_of(op, x, plan), ring_of(op, plan)
    dense = np.zeros((8, 24))
    dense[matrix.rows, matrix.columns] = matrix.values
    np.testing.assert_allclose(dense @ x.values, op(x), atol=1e-12)
    spectra = np.fft.fft(x.values[ring.extensions[0]]) * ring.response
    np.testing.assert_allclose(np.fft.ifft(spectra).real[ring.kept[0]], op(x), atol=1e-12)


def test_measured_functions_that_are_linear_go_to_torch_too():
    from scipy import ndimage

    x = iv.power_law_noise(iv.Axis("y", size=20), iv.Axis("x", size=16), rng=1)
    op = iv.from_function(lambda a: ndimage.gaussian_filter(a, 1.0, mode="mirror")[::2], x)
    np.testing.assert_allclose(iv.to_torch(op, x)(tensor(x)), op(x), atol=1e-10)


@pytest.mark.parametrize(
    ("op", "said"),
    [
        (iv.MedianPool({"x": 3}), r"MedianPool\(x: 3\) has no form in torch"),
        (iv.Relu() >> iv.Apply(np.cbrt), r"Apply\(cbrt\) has no form in torch"),
        (iv.Sum(iv.Relu(), iv.LayerNorm("x")), r"LayerNorm\(.*has no form"),
        (np.abs, "An operator is needed"),
    ],
)
def test_what_has_no_form_is_refused_by_name(op, said):
    x = iv.power_law_noise(iv.Axis("x", size=12, period=12.0), rng=1)
    with pytest.raises(iv.errors.InvarsigError, match=said):
        iv.to_torch(op, x)


def test_a_matrix_that_would_be_too_large_is_refused_with_its_remedy():
    whole = iv.label(np.zeros(9000), "x")
    everything = iv.Apply(lambda a: np.cumsum(a, -1), over="x", assume_linear=True)
    with pytest.raises(iv.errors.ParameterError, match="as a matrix it is too large"):
        iv.to_torch(everything, whole)


def test_silence_does_not_hide_a_form_that_is_wrong():
    x = iv.label(np.zeros(12), "x")
    sums = iv.Apply(lambda a: np.cumsum(a, -1), over="x", assume_linear=True)
    wanted = np.cumsum(np.arange(12.0))
    np.testing.assert_allclose(iv.to_torch(sums, x)(torch.arange(12.0).double()), wanted)


def test_a_tensor_of_another_size_is_refused():
    x = iv.label(np.zeros((3, 12)), "channel", "x")
    module = iv.to_torch(iv.Relu() >> iv.MaxPool({"x": 2}), x)
    for shape in ((3, 13), (12,), (12, 3)):
        with pytest.raises(iv.errors.AxisError, match=r"made for the sizes \(3, 12\) along"):
            module(torch.zeros(shape))


def test_without_torch_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(iv.errors.MissingError, match=r"pip install 'invarsig\[torch\]'"):
        iv.to_torch(iv.Relu(), iv.label([1.0], "x"))


@pytest.mark.parametrize("floor", [None, -60.0])
@pytest.mark.parametrize("quantity", ["power", "amplitude"])
def test_levels_of_what_is_below_zero_are_those_of_the_operator(quantity, floor):
    op = iv.Decibel(of=quantity, floor=floor)
    x = iv.label([-1.0, -1e-20, 0.0, 1e-9, 1e-3, np.nan], "x")
    made = iv.to_torch(op, x)(torch.from_numpy(x.to_numpy()))
    np.testing.assert_allclose(made.numpy(), op(x), atol=1e-9)
