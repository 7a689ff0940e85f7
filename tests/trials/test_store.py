"""Finished trials on disk: found again by what was asked for, and nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from ganlab.gan.spec import GanSpec
from ganlab.trials import Trial, store
from ganlab.trials.record import Record

SMALL = GanSpec(data="ring(8)", g_hidden=(4,), d_hidden=(4,), batch=8, backend="eager")


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GANLAB_DATA", str(tmp_path / "data"))
    return tmp_path / "data" / "trials"


@pytest.fixture(scope="module")
def record() -> Record:
    trial = Trial([SMALL, SMALL.changed(lr_d=0.1)], [0, 1], 10, 3)
    for _ in trial:
        pass
    return trial.record


def test_what_was_put_is_found(record: Record) -> None:
    store.put("a" * 32, record, "eager")
    found = store.get("a" * 32)
    assert found is not None
    kept, backend = found
    assert backend == "eager"
    assert kept.finished
    assert kept.perfect == record.perfect
    for name, tensor in record.tensors().items():
        np.testing.assert_array_equal(kept.tensors()[name], tensor)
    np.testing.assert_array_equal(kept.rows(3, 5), record.rows(3, 5))
    np.testing.assert_array_equal(kept.drawn(3, 5), record.drawn(3, 5))


def test_what_was_not_put_is_not_found() -> None:
    assert store.get("b" * 32) is None


def test_the_name_depends_on_all_that_was_asked_for() -> None:
    asked = ([SMALL], [0, 1], 10, 3)
    others = [
        ([SMALL.changed(lr_d=0.2)], [0, 1], 10, 3),
        ([SMALL, SMALL.changed(lr_d=0.2)], [0, 1], 10, 3),
        ([SMALL], [0, 2], 10, 3),
        ([SMALL], [0, 1], 11, 3),
        ([SMALL], [0, 1], 10, 4),
    ]
    names = {store.identify(*each) for each in [asked, *others]}
    assert len(names) == 6
    assert store.identify(*asked) == store.identify([GanSpec.make(SMALL.model_dump())], (0, 1), 10, 3)


@pytest.mark.parametrize("damage", ["cut", "nonsense", "count", "shape"])
def test_a_damaged_file_is_as_none(record: Record, own_folder: Path, damage: str) -> None:
    store.put("c" * 32, record, "eager")
    (path,) = own_folder.glob("*.safetensors")
    data = path.read_bytes()
    changed = {
        "cut": data[:-10],
        "nonsense": b"nonsense",
        "count": data.replace(b'\\"count\\": 12', b'\\"count\\": 99'),
        "shape": data.replace(b'"shape":[3,2,2,9]', b'"shape":[3,4,1,9]'),
    }[damage]
    assert changed != data
    path.write_bytes(changed)
    assert store.get("c" * 32) is None


def test_the_oldest_are_forgotten(record: Record, own_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "MOST_KEPT", 2)
    for age, name in ((300, "1"), (200, "2"), (100, "3")):
        store.put(name * 32, record, "eager")
        path = own_folder / f"{name * 32}.safetensors"
        if path.exists():
            stamp = path.stat().st_mtime - age
            os.utime(path, (stamp, stamp))
    assert store.get("1" * 32) is None
    assert store.get("3" * 32) is not None
    assert len(list(own_folder.iterdir())) == 2


def test_reading_the_store_does_not_import_torch() -> None:
    code = "import sys, ganlab.trials.store as s; s.get('d' * 32); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
