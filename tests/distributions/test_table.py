"""CSV files as people have them, and each way in which one cannot be used."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ganlab.distributions import TableError, parse, read_table
from ganlab.distributions.table import MAX_BYTES, MAX_ROWS, STAGE


@pytest.mark.parametrize(
    ("data", "columns", "values"),
    [
        (b"1\n2\n4\n", ("column 1",), [[1], [2], [4]]),
        (b"x\n1\n2\n", ("x",), [[1], [2]]),
        (b"x,y\n1,2\n3,4.5\n", ("x", "y"), [[1, 2], [3, 4.5]]),
        (b"x;y\r\n1;2\r\n3;4\r\n\r\n", ("x", "y"), [[1, 2], [3, 4]]),
        (b"x;y\n1,5;2\n3;-4,5e1\n", ("x", "y"), [[1.5, 2], [3, -45]]),
        (b"1\t2\n3\t4", ("column 1", "column 2"), [[1, 2], [3, 4]]),
        (b'"height, cm","weight"\n 1.5 , 2e3\n+3,-.5\n', ("height, cm", "weight"), [[1.5, 2000], [3, -0.5]]),
        (b"\xef\xbb\xbfx,y\n1,2\n3,4\n", ("x", "y"), [[1, 2], [3, 4]]),
        ("x\ty\n1\t2\n3\t4\n".encode("utf-16"), ("x", "y"), [[1, 2], [3, 4]]),
        ("größe\n1\n2\n".encode("cp1252"), ("größe",), [[1], [2]]),
        ("高,宽\n1,2\n3,4\n".encode(), ("高", "宽"), [[1, 2], [3, 4]]),
        (b"\n\nx\n\n1\n\n2\n", ("x",), [[1], [2]]),
    ],
)
def test_read(data, columns, values):
    table = read_table(data, "own.csv")
    assert table.columns == columns
    np.testing.assert_array_equal(table.values, values)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "the file is empty"),
        (b" \n\n", "the file is empty"),
        (b"x,y\n", "0 rows of data; allowed: 2 to 100,000"),
        (b"1,2\n", "1 row of data"),
        (b"x,y\n1,2\n", "1 row of data"),
        (b"x,y\n1,2\n3,red\n", "row 3, column 'y' is the text 'red'"),
        (b"1,2\n3,red\n", "row 2, column 'column 2' is the text 'red'"),
        (b"x,y\n1,2\n3,nan\n", "row 3, column 'y' is nan; allowed: finite"),
        (b"x,y\n1,2\n-inf,3\n", "row 3, column 'x' is -inf"),
        (b"x,y\n1,2\n1e999,3\n", "row 3, column 'x' is 1e999; allowed: finite"),
        (b"x,y\n1,2\nN/A,3\n", "row 3, column 'x' is N/A"),
        (b"nan,1\n2,3\n", "row 1, column 'column 1' is nan"),
        (b"x,y\n1,2\n,3\n", "row 3, column 'x' is empty"),
        (b"x,y\n1,2\n3\n", "row 3 has 1 cells; allowed: 2"),
        (b"x,y\n1,2\n3,4,5\n", "row 3 has 3 cells; allowed: 2"),
        (b"x\n1_000\n2\n", "row 2, column 'x' is the text '1_000'"),
        ("x\n１\n2\n".encode(), "row 2, column 'x' is the text"),
        (b"id,x,y\n1,2,3\n4,5,6\n", r"3 columns ('id', 'x', 'y'); allowed: one or two"),
        (b"1 2\n3 4\n", "row 1 is '1 2'; allowed: columns separated by comma"),
        (b"x,y\n1,7\n2,7\n", "column 'y' is 7 in every row"),
        (b"x\n1e-310\n2e-310\n", "1e-300"),
        (b"a,b\nhello,world\n", "row 2, column 'a' is the text 'hello'"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "not a text file"),
        (b"PK\x03\x04\x14\x00", "not a text file"),
        (b"\xff\xfe1", "not a text file"),
        (b"1\n" * 100_001, "more than 100,000 rows|100,001 rows"),
        (b"x\n" + b"1\n" * 100_001, "100,000 rows|100,001 rows"),
        (b"1" * 200_000 + b"\n2\n", "not CSV|finite"),
        (b'x\n"1\n2\n3\n', "is the text"),
    ],
)
def test_refused(data, says):
    with pytest.raises(TableError) as caught:
        read_table(data)
    assert any(part in str(caught.value) for part in says.split("|"))


def test_too_large():
    with pytest.raises(TableError, match="10,000,001 bytes; allowed: at most 10,000,000"):
        read_table(b"1" * (MAX_BYTES + 1))


def test_as_large_as_allowed():
    table = read_table(b"x,y\n" + b"".join(b"%d,%d\n" % (i, -i) for i in range(MAX_ROWS)))
    assert table.values.shape == (MAX_ROWS, 2)


def test_columns_are_chosen_by_name_or_index():
    data = b"id,x,y\na,2,3\nb,5,7\n"
    np.testing.assert_array_equal(read_table(data, columns=["y", "x"]).values, [[3, 2], [7, 5]])
    assert read_table(data, columns=[2]).columns == ("y",)
    for wrong in (["z"], [3], [-1], [], ["x", "x"], [0, 1, 2]):
        with pytest.raises(TableError, match="'id', 'x', 'y'"):
            read_table(data, columns=wrong)
    with pytest.raises(TableError, match="row 2, column 'id' is the text 'a'"):
        read_table(data, columns=["id"])


numbers = st.floats(-1e12, 1e12).map(lambda v: round(v, 3))


@given(
    st.lists(st.tuples(numbers, numbers), min_size=2, max_size=30), st.floats(-1e6, 1e6), st.floats(1e-3, 1e3)
)
@settings(max_examples=100, deadline=None)
def test_scaling_fills_the_stage_keeps_the_shape_and_undoes(rows, shift, factor):
    spreads = np.ptp(np.array(rows), axis=0)
    if spreads.min() <= 1e-6 * np.abs(rows).max() or spreads.max() * factor < 1e-6 * abs(shift):
        return
    table = read_table("\n".join(f"{a!r},{b!r}" for a, b in rows).encode())
    assert np.abs(table.stage).max() == pytest.approx(STAGE, rel=1e-6)
    np.testing.assert_allclose(
        table.offset + table.scale * table.stage.astype(float),
        table.values,
        rtol=1e-6,
        atol=1e-6 * spreads.max(),
    )
    ratio = np.ptp(table.stage.astype(float), axis=0) / spreads
    assert ratio[0] == pytest.approx(ratio[1], rel=1e-4)
    moved = read_table("\n".join(f"{factor * a + shift!r},{factor * b + shift!r}" for a, b in rows).encode())
    np.testing.assert_allclose(moved.stage, table.stage, atol=1e-4)


def test_extreme_units_do_not_overflow():
    table = read_table(b"-1.7e308\n1.7e308\n0\n")
    np.testing.assert_allclose(table.stage[:, 0], [-STAGE, STAGE, 0])


def test_a_table_becomes_a_distribution_and_a_text(data_folder):
    table = read_table(b"x,y\n10,2\n30,4\n20,9\n", "own.csv")
    d = table.distribution()
    assert d.dim == 2
    assert parse(str(d)) == d
    np.testing.assert_array_equal(d.points, table.stage)
    assert d.stored.name == "own.csv"
    assert d.stored.scale == table.scale
    np.testing.assert_array_equal(d.stored.offset, table.offset)


@given(st.binary(max_size=200))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_read_or_refused(data):
    try:
        table = read_table(data)
    except TableError:
        return
    assert np.all(np.isfinite(table.stage))


def test_a_file_and_the_same_file_moved_or_stretched_are_two_data_sets(tmp_path, monkeypatch):
    monkeypatch.setenv("GANLAB_DATA", str(tmp_path))
    kept = [
        read_table(data, "own.csv").distribution()
        for data in (b"1\n2\n4\n", b"2\n3\n5\n", b"10\n20\n40\n", b"1\n2\n4\n")
    ]
    assert len({str(samples) for samples in kept[:3]}) == 3  # on the stage they are equal
    assert str(kept[3]) == str(kept[0])
    for samples, values in zip(kept, ([1, 2, 4], [2, 3, 5], [10, 20, 40]), strict=False):
        again = parse(str(samples)).stored
        np.testing.assert_allclose(again.points[:, 0] * again.scale + again.offset[0], values, rtol=1e-6)
