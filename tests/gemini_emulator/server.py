"""The emulator's connections: each request is logged, troubled if a scenario says so, answered."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections import deque
from typing import Any

from . import api, control, http
from .api import Api, Call, Route
from .errors import NoSuchPath, ServiceError
from .http import Cut, HungUp, Pause, Request, Response, Streamed, json_response
from .scenarios import OF_REQUESTS, Scenario, refusal

BACKLOG = 4096
_MOST_LOGGED = 20_000

Answer = Response | Streamed | Cut


class Server:
    """Serves the emulated API and its control paths on one port of this machine."""

    def __init__(self) -> None:
        self.api = Api()
        self.log: deque[dict[str, Any]] = deque(maxlen=_MOST_LOGGED)

    async def listen(self, port: int) -> asyncio.Server:
        return await asyncio.start_server(
            self._converse, "127.0.0.1", port, backlog=BACKLOG, limit=1 << 20
        )

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while request := await http.read_request(reader, writer):
                entry: dict[str, Any] = {"outcome": "answering"}
                try:
                    answer = self._answer(request, entry)
                    usable = await http.send(reader, writer, answer)
                    entry["outcome"] = "answered" if usable else "cut"
                except (HungUp, ConnectionError):
                    entry["outcome"] = "hung up"
                    raise
                if not usable or request.headers.get("connection", "").lower() == "close":
                    break
        except http.BadRequest as error:
            writer.write(
                b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            )
            self.log.append({"malformed": str(error), "path": "", "time": time.time()})
        except (HungUp, ConnectionError):
            pass
        finally:
            with contextlib.suppress(ConnectionError):
                writer.close()

    def _answer(self, request: Request, entry: dict[str, Any]) -> Answer:
        if request.path.startswith("/control/"):
            return control.answer(self, request)
        self._note(request, entry)
        call = Call(self.api, request, {})
        try:
            route, call.parts = api.find(request)
            answer: Answer = self._serve(route, call)
        except NoSuchPath:
            answer = Response(404, {"Content-Type": "text/html; charset=UTF-8"})
        except ServiceError as error:
            answer = json_response(error.body, error.code)
        if request.path.startswith("/upload/") and isinstance(answer, Response):
            # an upload answer without a status makes the SDK send the chunk again, for 7 seconds
            answer.headers.setdefault("X-Goog-Upload-Status", "final")
        answer = self._spoil(answer, call.troubles)
        entry["status"] = None if isinstance(answer, Cut) else answer.status
        return answer

    def _serve(self, route: Route, call: Call) -> Answer:
        request = call.request
        chunk = "upload_id" in request.query and route.place == "upload_start"
        place = "upload_data" if chunk else route.place
        call.troubles = [Scenario(name) for name in call.suffixes()]
        call.troubles += self.api.scenarios.take(place, request, OF_REQUESTS)
        if not chunk:
            api.key_of(request)
            api.check_parameters(route, request)
        for trouble in call.troubles:
            if trouble.name == "refuse_connection":
                return Cut()
            if error := refusal(trouble, call.model()):
                raise error
        return api.receive_chunk(call) if chunk else route.handle(call)

    def _spoil(self, answer: Answer, troubles: list[Scenario]) -> Answer:
        """Trouble an answer that is not a stream of events as a network would."""
        if not isinstance(answer, Response):
            return answer
        names = {trouble.name for trouble in troubles}
        half = answer.body[: len(answer.body) // 2]
        body = b"" if "empty" in names else half if names & {"cut", "bad_json"} else answer.body
        steps: list[http.Step] = [
            Pause(trouble.option("seconds", 60))
            if trouble.name == "stall"
            else Pause(trouble.option("delay", 0.1))
            for trouble in troubles
            if trouble.name in {"stall", "slow"}
        ]
        if "cut" in names:
            return Streamed([*steps, body or b" ", Cut()], answer.headers, answer.status)
        if steps:
            return Streamed([*steps, body], answer.headers, answer.status)
        return Response(answer.status, answer.headers, body)

    def _note(self, request: Request, entry: dict[str, Any]) -> None:
        body: Any = len(request.body)
        if "upload_id" not in request.query and request.body:
            with contextlib.suppress(ValueError):
                body = json.loads(request.body)
        entry |= {
            "method": request.method,
            "path": request.path,
            "query": request.query,
            "headers": request.headers,
            "body": body,
            "key": request.headers.get("x-goog-api-key") or request.query.get("key"),
            "time": time.time(),
        }
        self.log.append(entry)
