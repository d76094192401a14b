"""Starting an emulator and telling it what to do."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlencode

KEY = "emulator-key-one-of-many"
OTHER_KEY = "emulator-key-two-of-many"


class Emulator:
    """An emulator that lives as long as the block, or until `stop`."""

    key = KEY
    other_key = OTHER_KEY

    def __init__(self, port: int = 0) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", __package__, "--tethered", "--port", str(port)],
            cwd=Path(__file__).parents[1],
            # measuring our coverage there would only slow it down
            env={name: value for name, value in os.environ.items() if "COVERAGE" not in name},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self._process.stdout
        said = self._process.stdout.readline()
        assert said, "the emulator did not start"
        self.url: str = json.loads(said)["url"]
        self.port = int(self.url.rsplit(":", 1)[1])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """End it, as a network that is gone."""
        self._process.kill()
        self._process.communicate()

    def scenario(
        self,
        name: str,
        on: str | None = None,
        times: int | None = None,
        match: str | None = None,
        **options: Any,
    ) -> None:
        """Choose trouble: where, how often, for requests that hold some words."""
        self._do(
            "POST", "scenarios", {"name": name, "on": on, "times": times, "match": match, **options}
        )

    def calm(self) -> None:
        """Forget scenarios, scripts and the pace."""
        self._do("POST", "calm")

    def reset(self) -> None:
        """Forget everything."""
        self._do("POST", "reset")

    def pace(self, first_ms: float = 0, chunk_ms: float = 0, chunks: int | None = None) -> None:
        """Answer at a pace, in exactly so many pieces of text."""
        self._do("POST", "pace", {"first_ms": first_ms, "chunk_ms": chunk_ms, "chunks": chunks})

    def script(self, text: str = "", **rest: Any) -> None:
        """Dictate an answer: text or pieces, chunks, supports, finish; match: to what question."""
        self._do("POST", "script", {"text": text, **rest})

    def indexing(self, looks: int = 1, seconds: float | None = None) -> None:
        """Say how documents get ready: after so many polls, or so long."""
        self._do("POST", "indexing", {"looks": looks, "seconds": seconds})

    def settings(self, **values: Any) -> None:
        """Set `missing_document_code`, or the `storage` (bytes) of the project of a `key`."""
        self._do("POST", "settings", values)

    def requests(self, path_contains: str = "") -> list[dict[str, Any]]:
        """Return what was asked since the reset, under paths that hold this, in either case."""
        return self._do("GET", "requests?" + urlencode({"path_contains": path_contains}))

    def forget_requests(self) -> None:
        """Forget what was asked, but not what is held."""
        self._do("DELETE", "requests")

    def stores(self) -> list[dict[str, Any]]:
        """Return what the service holds, whoever's it is."""
        return self._do("GET", "stores")

    def documents(self, store: str) -> list[dict[str, Any]]:
        """Return the documents of a store: display name, metadata, state, length of the text."""
        held = self._do("GET", "stores?" + urlencode({"store": store}))
        return held[0]["documents"] if held else []

    def _do(self, method: str, what: str, body: dict[str, Any] | None = None) -> Any:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(method, f"/control/{what}", json.dumps(body) if body else None)
            response = connection.getresponse()
            answer = json.loads(response.read())
        finally:
            connection.close()
        assert response.status == 200, answer
        return answer
