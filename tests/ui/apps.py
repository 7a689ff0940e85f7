"""Pages without a browser: a function that is a page, with an address, run by Streamlit's own test runner."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from streamlit.testing.v1 import AppTest

PATIENCE = (
    30.0  # seconds; Streamlit's 3 are too few for a busy machine that imports all this for the first time
)


def app_of(page: Callable[..., Any], *arguments: Any, **query: str) -> AppTest:
    """The page with these arguments and this address, not yet run."""
    app = AppTest.from_function(page, args=arguments, default_timeout=PATIENCE)
    for key, value in query.items():
        app.query_params[key] = value
    return app


def opened(page: Callable[..., Any], *arguments: Any, **query: str) -> AppTest:
    """The page, run once without an exception."""
    app = app_of(page, *arguments, **query).run()
    assert not app.exception
    return app


def address(app: AppTest) -> dict[str, str]:
    """What is in the address bar."""
    return {key: value[0] if isinstance(value, list) else value for key, value in app.query_params.items()}
