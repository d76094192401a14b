"""The service's own client, over HTTP connections of our making."""

from __future__ import annotations

from functools import partial

import httpx2
from google import genai
from google.genai import types

from ragwidget.engines.file_search import hooks
from ragwidget.engines.file_search.exchange import Options

CALL_SECONDS = 60


def connect(options: Options, base_url: str) -> tuple[genai.Client, httpx2.Client]:
    """Return the service's own client, and the connections under it, for whoever closes them."""
    http = httpx2.Client(
        headers={"Accept-Encoding": "identity"},  # so that what comes is as long as it says
        limits=httpx2.Limits(
            max_connections=options.connections,
            max_keepalive_connections=max(1, options.connections // 4),
        ),
        event_hooks={
            "request": [
                partial(hooks.stay_home, base_url),
                hooks.asked,
                partial(hooks.hurry, options.connect_seconds),
            ],
            "response": [hooks.opened],
        },
    )
    # Whatever the environment says of Google's own programs is not meant for this one.
    client = genai.Client(
        api_key=options.key or "none",
        enterprise=False,
        http_options=types.HttpOptions(
            base_url=base_url,
            api_version=options.api_version,
            timeout=CALL_SECONDS * 1000,
            httpx_client=http,
        ),
    )
    return client, http
