"""The app's own pool: started and closed with the app, reached by every page and by the gateway."""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import threading
from collections.abc import AsyncIterator
from typing import Any

from ganlab.live.pool import Pool

_lock = threading.Lock()
_pools: list[Pool] = []  # none or one


def pool() -> Pool:
    """The app's one pool, started when first needed: pages work without the lifespan too."""
    with _lock:
        if not _pools:
            _pools.append(Pool())
            atexit.register(_pools[0].close)
        return _pools[0]


def close() -> None:
    """Closes the pool, if there is one; the next call of `pool` starts another."""
    with _lock:
        pools, _pools[:] = list(_pools), []
    for one in pools:
        atexit.unregister(one.close)
        one.close()


@contextlib.asynccontextmanager
async def lifespan(app: object = None) -> AsyncIterator[dict[str, Any]]:
    """Starts the pool with the app and closes it with the app."""
    pool()
    try:
        yield {}
    finally:
        await asyncio.to_thread(close)
