"""One pool with one worker for all tests that do not break it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ganlab.live.pool import Pool


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> None:
    """As in a worker: threads that spin would fight the other processes of these tests."""
    import torch

    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Environment of workers: a cache of compiled steps that starts empty."""
    return {"GANLAB_CACHE": str(tmp_path_factory.mktemp("cache"))}


@pytest.fixture(scope="session")
def pool(cache: dict[str, str]) -> Iterator[Pool]:
    """A pool with one worker and no cap that tests would meet."""
    pool = Pool(1, max_runs_per_session=100, max_runs=100, environment=cache)
    yield pool
    pool.close()


@pytest.fixture
def make_pool(cache: dict[str, str]) -> Iterator[Callable[..., Pool]]:
    """`make_pool(workers, **options) -> Pool`, for this test alone."""
    pools: list[Pool] = []

    def make(workers: int = 1, **options: Any) -> Pool:
        pools.append(Pool(workers, environment=cache, **options))
        return pools[-1]

    yield make
    for pool in pools:
        pool.close()
