"""Self-attention: against the sums written out, and what each encoding does to the square."""

from __future__ import annotations

import math

import numpy as np
import pytest

import invarsig as iv


@pytest.fixture
def x(rng):
    axes = [iv.Axis("y", size=4, period=4.0), iv.Axis("x", size=6, period=6.0)]
    return iv.label(rng.standard_normal((3, 4, 6)), "channel", *axes)


def attend(x, position, **options):
    options = {"heads": 2, "depth": 5, "rng": 3, **options}
    return iv.SelfAttention.random(x, over=("y", "x"), position=position, **options)


def written_out(op, x):
    """The definition in loops over positions."""
    values = x.values if op.embedding is None else x.values + op.embedding.values
    sizes = x.shape[1:]
    out = np.zeros_like(x.values)
    for head in range(op.query.sizes["head"]):
        q, k, v = (each.values[head] for each in (op.query, op.key, op.value))
        for n in np.ndindex(*sizes):
            score = {}
            for m in np.ndindex(*sizes):
                score[m] = (q @ values[:, *n]) @ (k @ values[:, *m]) / math.sqrt(len(q))
                if op.bias is not None:
                    away = tuple((b - a) % s for a, b, s in zip(n, m, sizes, strict=True))
                    score[m] += op.bias.values[(head, *away)]
            whole = sum(math.exp(s) for s in score.values())
            mixed = sum(math.exp(s) / whole * (v @ values[:, *m]) for m, s in score.items())
            out[:, *n] += op.output.values[:, head] @ mixed
    return out


@pytest.mark.parametrize("position", ["none", "relative", "absolute"])
def test_it_is_the_sum_that_defines_it(x, position):
    op = attend(x, position)
    np.testing.assert_allclose(op(x), written_out(op, x), rtol=1e-10, atol=1e-12)


def test_without_encoding_it_commutes_with_every_permutation(x, rng):
    op = attend(x, "none")
    order = rng.permutation(6)
    mixed = x.copy(data=x.values[..., order])
    np.testing.assert_allclose(op(mixed), op(x).values[..., order], atol=1e-12)


def test_a_relative_encoding_commutes_with_shifts_and_with_no_other_permutation(x, rng):
    op = attend(x, "relative")
    assert float(iv.equivariance_error(op, x, iv.Translate(y=1, x=4))) < 1e-12
    order = np.array([1, 0, 2, 3, 4, 5])
    mixed = x.copy(data=x.values[..., order])
    assert np.abs(op(mixed).values - op(x).values[..., order]).max() > 0.1


def test_an_absolute_encoding_does_not_commute_and_folding_does_not_explain_why(x):
    op = attend(x, "absolute")
    assert float(iv.equivariance_error(op, x, iv.Translate(x=1))) > 0.1
    assert not iv.aliasing.folding_explains(op, x, "x").attrs["explained"]
    for position in ("none", "relative"):
        assert iv.aliasing.folding_explains(attend(x, position), x, "x").attrs["explained"]


def test_which_places_are_treated_alike_is_known_from_the_structure(x):
    axes = iv.Axes.of(x)
    assert attend(x, "none").plan(axes).shared == {"y", "x"}
    assert attend(x, "relative").plan(axes).shared == {"y", "x"}
    assert attend(x, "absolute").plan(axes).shared == frozenset()
    line = x.isel(x=slice(0, 5))
    assert attend(line, "relative").plan(iv.Axes.of(line)).shared == {"y"}


def test_on_a_line_offsets_do_not_go_round(rng):
    x = iv.label(rng.standard_normal((2, 5)), "channel", "x")
    op = iv.SelfAttention.random(x, over="x", position="relative", rng=1)
    assert op.bias.sizes["x"] == 9
    last, first = op.bias.copy(), op.bias.copy()
    last[:, -1] = 50.0  # the first position looks at the last one only
    first[:, 0] = 50.0  # and the other way round
    for bias, place, seen in ((last, 0, 4), (first, 4, 0)):
        one = iv.SelfAttention("x", op.query, op.key, op.value, op.output, bias=bias)
        wanted = op.output.values[:, 0] @ (op.value.values[0] @ x.values[:, seen])
        np.testing.assert_allclose(one(x).values[:, place], wanted, rtol=1e-6)


def test_large_scores_do_not_overflow(x):
    op = attend(x, "none")
    sharp = iv.SelfAttention(("y", "x"), op.query * 1e4, op.key * 1e4, op.value, op.output)
    assert np.isfinite(sharp(x)).all()


def test_random_weights_are_those_of_their_seed(x):
    one, again, other = (attend(x, "absolute", rng=seed)(x) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, again)
    assert not np.allclose(one, other)


def test_weights_that_do_not_fit_are_refused(x):
    op = attend(x, "relative")
    matrices = (op.query, op.key, op.value, op.output)
    with pytest.raises(
        iv.errors.ParameterError, match="key has 4 entries over 'depth', and query 5"
    ):
        iv.SelfAttention(("y", "x"), op.query, op.key.isel(depth=slice(0, 4)), *matrices[2:])
    with pytest.raises(iv.errors.DimError, match="query spans"):
        iv.SelfAttention(("y", "x"), op.query.rename(head="many"), *matrices[1:])
    with pytest.raises(iv.errors.ParameterError, match="query must be an xarray"):
        iv.SelfAttention(("y", "x"), op.query.values, *matrices[1:])
    with pytest.raises(iv.errors.ParameterError, match="finite numbers"):
        iv.SelfAttention(("y", "x"), op.query * np.nan, *matrices[1:])
    with pytest.raises(iv.errors.ParameterError, match="at least one dim of positions"):
        iv.SelfAttention((), *matrices)
    with pytest.raises(iv.errors.ParameterError, match="position='learned' is unknown"):
        attend(x, "learned")
    line = x.isel(x=slice(0, 5))
    with pytest.raises(iv.errors.AxisError, match="6 offsets along 'x'; its 5 samples need 9"):
        op(line)
    with pytest.raises(iv.errors.AxisError, match="6 places along 'x', and the input 5"):
        attend(x, "absolute")(line)
    with pytest.raises(iv.errors.AxisError, match="3 features over 'channel', and the input has 2"):
        op(x.isel(channel=slice(0, 2)))
    with pytest.raises(iv.errors.DtypeError, match="put a Modulus before it"):
        op(x.astype(complex))
