"""Every test has a data folder of its own."""

from __future__ import annotations

import pytest


@pytest.fixture
def data_folder(tmp_path, monkeypatch):
    """An empty folder in which the store keeps its data sets."""
    folder = tmp_path / "data"
    monkeypatch.setenv("GANLAB_DATA", str(folder))
    return folder
