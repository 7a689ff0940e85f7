"""Uploaded samples, the store that keeps them, and clouds drawn by hand."""

from __future__ import annotations

import os

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats

from ganlab.distributions import DistributionError, Drawn, Samples, mixture, parse, store

LINE = np.array([[0.5], [-1.0], [0.5], [1.25]], dtype=np.float32)


def keep(points, name="own.csv"):
    return Samples(store.put(np.asarray(points, dtype=np.float32), name, (1.0,) * points.shape[1], 2.0))


def test_samples_are_draws_with_replacement(data_folder):
    d = keep(LINE)
    x = d.sample(8000, np.random.default_rng(0))
    assert x.dtype == np.float64
    values, counts = np.unique(x, return_counts=True)
    np.testing.assert_array_equal(values, [-1, 0.5, 1.25])
    assert stats.chisquare(counts, [2000, 4000, 2000]).pvalue > 0.001
    assert not d.has_density
    assert d.modes() is None
    assert d.gaussian_mixture() is None
    with pytest.raises(DistributionError, match="no density"):
        d.logpdf([[0.0]])


def test_empirical_cdf_and_quantile_are_exact(data_folder):
    d = keep(LINE)
    np.testing.assert_array_equal(d.cdf([-2, -1, 0, 0.5, 1.25, 3]), [0, 0.25, 0.25, 0.75, 1, 1])
    np.testing.assert_array_equal(d.quantile([0, 0.25, 0.26, 0.75, 0.76, 1]), [-1, -1, 0.5, 0.5, 1.25, 1.25])
    many = keep(np.random.default_rng(1).normal(size=(997, 1)))
    levels = np.arange(1, 998) / 997
    np.testing.assert_array_equal(many.quantile(levels), np.sort(many.points[:, 0]).astype(float))


def test_a_mixture_with_samples_has_quantiles_but_no_density(data_folder):
    d = mixture([1, 1], [keep(LINE), parse("normal(0,1)")])
    assert not d.has_density
    with pytest.raises(DistributionError, match="no density"):
        d.logpdf([0.0])
    u = np.linspace(0.02, 0.98, 49)
    x = d.quantile(u)
    assert np.all(d.cdf(x) >= u - 1e-12)
    assert np.all(d.cdf(x - 1e-9) <= u + 1e-9)
    assert parse(str(d)) == d
    assert d.sample(10, np.random.default_rng(0)).shape == (10, 1)


def test_bounds_hold_the_data(data_folder):
    flat = keep(np.random.default_rng(2).normal(size=(500, 2)) * [1, 0.1]).bounds()
    assert flat[0, 1] - flat[0, 0] == pytest.approx(flat[1, 1] - flat[1, 0])
    ((low, high),) = keep(LINE).bounds()
    assert -1.5 < low < -1
    assert 1.25 < high < 1.6


def test_the_store_finds_a_set_again(data_folder):
    d = keep(LINE, "größe\n<b>.csv")
    again = store.get(d.id)
    np.testing.assert_array_equal(again.points, LINE)
    assert again.name == "größe<b>.csv"
    assert (again.offset, again.scale) == ((1.0,), 2.0)
    assert keep(LINE, "other name").id == d.id
    assert sorted(p.suffix for p in data_folder.iterdir()) == [".json", ".npy"]
    assert keep(LINE.reshape(2, 2)).id != d.id
    with pytest.raises(ValueError, match="read-only"):
        again.points[0, 0] = 3


@pytest.mark.parametrize(
    "bad", ["../../../../etc/pw", "..", "", "0" * 15, "0" * 17, "G" * 16, "0" * 15 + "/", "0" * 16 + "\n"]
)
def test_ids_are_no_paths(data_folder, bad):
    with pytest.raises(DistributionError):
        store.get(bad)
    with pytest.raises(DistributionError):
        Samples(bad)


def test_a_missing_set_says_what_to_do(data_folder):
    with pytest.raises(
        DistributionError, match="uploaded to another computer or has been cleared; upload it again"
    ) as e:
        parse('0.5*normal(0,1)+0.5*samples("0123456789abcdef")')
    assert e.value.position == 28


def test_damaged_sets_are_refused(data_folder):
    d = keep(LINE)
    file = data_folder / f"{d.id}.npy"
    for points in (LINE + 1, LINE.astype(np.float64), LINE[0]):
        np.save(file, points)
        with pytest.raises(DistributionError, match="damaged"):
            store.get(d.id)
    np.save(file, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(DistributionError, match="cannot be read"):
        store.get(d.id)
    file.write_bytes(b"not numpy")
    with pytest.raises(DistributionError, match="cannot be read"):
        store.get(d.id)
    np.save(file, LINE)
    (data_folder / f"{d.id}.json").write_text("{}")
    with pytest.raises(DistributionError, match="cannot be read"):
        store.get(d.id)


def test_a_damaged_set_is_repaired_by_uploading_it_again(data_folder):
    d = keep(LINE)
    values, about = data_folder / f"{d.id}.npy", data_folder / f"{d.id}.json"
    whole = values.read_bytes()
    for content in (b"", b"not numpy", whole[:-1], b"PK\x03\x04" + whole, whole[:-4] + b"\0\0\0\0"):
        values.write_bytes(content)
        with pytest.raises(DistributionError, match="upload it again"):
            store.get(d.id)
        np.testing.assert_array_equal(keep(LINE).points, LINE)
    for note in (
        "",
        "[]",
        '{"name": "x", "offset": ["a"], "scale": 1}',
        '{"name": "x", "offset": [], "scale": 1}',
    ):
        about.write_text(note)
        with pytest.raises(DistributionError, match="upload it again"):
            store.get(d.id)
        assert keep(LINE).stored.offset == (1.0,)


def test_a_set_is_read_where_times_cannot_be_set(data_folder, monkeypatch):
    d = keep(LINE)

    def refuse(*_):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "utime", refuse)
    np.testing.assert_array_equal(store.get(d.id).points, LINE)
    assert keep(LINE).id == d.id


def test_an_unusable_folder_is_named(tmp_path, monkeypatch):
    file = tmp_path / "file"
    file.write_text("")
    for place in (file, file / "below"):
        monkeypatch.setenv("GANLAB_DATA", str(place))
        with pytest.raises(
            DistributionError, match=r"data folder .*file.* cannot be used .* set GANLAB_DATA"
        ):
            keep(LINE)
    monkeypatch.setenv("GANLAB_DATA", str(tmp_path / "data"))

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "save", full)
    with pytest.raises(DistributionError, match=r"No space left on device"):
        keep(LINE)
    assert list((tmp_path / "data").glob("*.npy")) == []


def test_the_sets_used_longest_ago_are_forgotten(data_folder, monkeypatch):
    monkeypatch.setattr(store, "MAX_SETS", 3)
    kept = [keep(LINE + k) for k in range(3)]
    for age, d in enumerate(kept):
        os.utime(data_folder / f"{d.id}.npy", (1000 + age, 1000 + age))
    store.get(kept[0].id)  # used now, so the second is the oldest
    keep(LINE + 9)
    left = {p.stem for p in data_folder.glob("*.npy")}
    assert kept[1].id not in left
    assert {kept[0].id, kept[2].id} < left
    assert {p.stem for p in data_folder.glob("*.json")} == left


def test_without_a_setting_the_folder_is_private(monkeypatch, tmp_path):
    monkeypatch.delenv("GANLAB_DATA", raising=False)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    home = store.folder()
    assert home.parent == tmp_path
    assert home.stat().st_mode & 0o077 == 0
    home.rmdir()
    home.symlink_to(tmp_path)
    with pytest.raises(DistributionError, match="belongs to another user"):
        store.folder()


points = hnp.arrays(np.float64, st.tuples(st.integers(1, 400), st.just(2)), elements=st.floats(-2, 2))


@given(points, st.floats(0.01, 1))
@settings(max_examples=50, deadline=None)
def test_a_drawing_survives_its_text(x, std):
    d = Drawn.from_points(x, std)
    assert parse(str(d)) == d
    assert len(str(d)) < 1_200
    assert d.points.shape == x.shape
    assert np.abs(d.points - x).max() <= 2 / 255 + 1e-12


def test_a_drawing_is_its_gaussians():
    d = Drawn.from_points([[0, 0], [1, 1], [1, 1]], std=0.1)
    g = d.gaussian_mixture()
    np.testing.assert_allclose(g.weights, 1 / 3)
    x = np.array([[0.1, 0.0], [1, 1], [2, -2]])
    expected = np.mean([stats.multivariate_normal(m, 0.01 * np.eye(2)).pdf(x) for m in d.points], axis=0)
    np.testing.assert_allclose(np.exp(d.logpdf(x)), expected, rtol=1e-10)
    assert d.modes() is None


def test_long_drawings_are_thinned_evenly_and_kept_on_the_board():
    t = np.linspace(0, 1, 5001)
    d = Drawn.from_points(np.stack([5 * t - 2.5, 0 * t], axis=1))
    assert len(d.points) == 400
    assert d.points[0, 0] == -2
    assert d.points[-1, 0] == 2
    assert np.diff(d.points[:, 0]).max() < 0.03


@pytest.mark.parametrize(
    "bad", [np.zeros((0, 2)), np.zeros(2), np.zeros((3, 1)), [[np.nan, 0]], [[np.inf, 0]]]
)
def test_points_of_a_drawing_are_checked(bad):
    with pytest.raises(DistributionError, match="points"):
        Drawn.from_points(bad)


@pytest.mark.parametrize("data", ["A", "AA", "AAA=", "AAAA", "", "A" * 3000, "é", "AA\nAA"])
def test_data_of_a_drawing_are_checked(data):
    with pytest.raises(DistributionError):
        Drawn(data)
    with pytest.raises(DistributionError):
        parse(f'drawn("{data}")')


def test_unused_bits_do_not_make_another_drawing():
    assert Drawn("AAA") == Drawn("AAB")
    assert str(Drawn("AAB")) == 'drawn("AAA",std=0.05)'
