"""People who go on using a product that keeps dying, and note what they were told."""

from __future__ import annotations

import http.client
import json
import random
import re
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from cast import ALICE_SITE, PASSWORD, parse_events
from httpx2 import Client, HTTPError

LONGEST = 25  # how far somebody lets it count
PATIENCE = 90.0  # seconds after which something that should heal has not
BROKEN = (OSError, http.client.HTTPException)

Events = list[tuple[int, str, dict[str, Any]]]


@dataclass
class Heard:
    """One answer, as far as its visitor heard it."""

    message_id: str
    events: Events = field(default_factory=list)

    @property
    def text(self) -> str:
        """Return the words that were heard."""
        return "".join(data["text"] for _, name, data in self.events if name == "delta")

    @property
    def end(self) -> str | None:
        """Return how it ended; None when that was not heard."""
        name = self.events[-1][1] if self.events else ""
        return name if name in ("done", "error") else None


@dataclass
class Asked:
    """One question and what became of it."""

    client_id: str
    text: str
    question_id: str = ""  # empty: nobody said that it was heard
    answers: list[Heard] = field(default_factory=list)
    rated: tuple[str, str] | None = None


class Refused(Exception):
    """A clear refusal: whoever is told so may come again."""


class Besieged:
    """One visitor, in a network of their own."""

    def __init__(self, port: int, chatbot_id: str, number: int, seed: int) -> None:
        self.asked: list[Asked] = []
        self.odd: list[str] = []  # what no visitor should ever be told
        self.refusals = 0
        self._port, self._chatbot_id = port, chatbot_id
        self._address = f"198.51.{number}.7"
        self._chance = random.Random(f"{seed}:{number}")
        self._token: str | None = None
        self._conversation_id = ""

    def run(self, over: threading.Event) -> None:
        """Ask and ask until it is over, and hear the last answer out."""
        try:
            while not over.is_set():
                self._turn()
        except Exception as problem:
            self.odd.append(f"{type(problem).__name__}: {problem}")

    def ask_again(self, message_id: str) -> Heard:
        """Have a question answered anew, and hear the whole of it."""
        return self._hear("POST", f"/messages/{message_id}/retry", {}, leaves=False)

    def _turn(self) -> None:
        asked = Asked(str(uuid4()), f"count to {self._chance.randint(1, LONGEST)}")
        self.asked.append(asked)
        body = {
            "chatbot_id": self._chatbot_id,
            "message": asked.text,
            "message_id": asked.client_id,
        }
        heard = self._hear("POST", "/chat", body, leaves=self._chance.random() < 0.25, asked=asked)
        for _ in range(2):
            if heard.end == "error" and self._chance.random() < 0.7:
                heard = self._retry(asked, heard)
        if heard.end == "done" and self._chance.random() < 0.3:
            rating = self._chance.choice(("up", "down"))
            path = f"/messages/{heard.message_id}/feedback"
            self._whole("PUT", path, {"rating": rating})
            asked.rated = heard.message_id, rating

    def _retry(self, asked: Asked, failed: Heard) -> Heard:
        assert failed.events[-1][2]["retryable"], failed.events[-1]
        try:
            again = self.ask_again(failed.message_id)
        except Refused:  # it was heard the first time, and only the line broke
            page = self._whole("GET", f"/conversations/{self._conversation_id}/messages")
            newest = [one for one in page["messages"] if one["question_id"] == asked.question_id]
            again = self._follow(Heard(newest[-1]["id"]), leaves=False)
        asked.answers.append(again)
        return again

    def _hear(
        self, method: str, path: str, body: Any, *, leaves: bool, asked: Asked | None = None
    ) -> Heard:
        """Begin an answer, under the same name until somebody says that it was heard."""
        heard = Heard("")
        for _ in self._tries():
            with suppress(*BROKEN):
                self._listen(method, path, body, heard, leaves)
            if heard.message_id:
                break
        if asked:
            asked.question_id = heard.events[0][2]["question_id"]
            asked.answers.append(heard)
        return self._follow(heard, leaves)

    def _follow(self, heard: Heard, leaves: bool) -> Heard:
        """Go on behind the last event until the end, unless the visitor has left for good."""
        for _ in self._tries():
            if heard.end or leaves:
                return heard
            with suppress(*BROKEN):
                after = heard.events[-1][0] if heard.events else 0
                path = f"/messages/{heard.message_id}/events?after={after}"
                self._listen("GET", path, None, heard, leaves=False)
        raise AssertionError

    def _listen(self, method: str, path: str, body: Any, heard: Heard, leaves: bool) -> None:
        """Read events as far as the line goes, or as long as the visitor stays."""
        stays = self._chance.randint(1, 12) if leaves or self._chance.random() < 0.2 else 99
        block = ""
        with self._called(method, path, body) as response:
            for line in response or ():
                block += line.decode()
                if line == b"\n":
                    for event in parse_events(block):
                        self._note(heard, event)
                        stays -= 1
                    block = ""
                    if stays <= 0:
                        return

    def _note(self, heard: Heard, event: tuple[int, str, dict[str, Any]]) -> None:
        number, name, data = event
        if heard.events and number <= heard.events[-1][0]:
            self.odd.append(f"{name} came twice, as {number}")
        heard.events.append(event)
        if name == "start":
            heard.message_id = data["message_id"]
            self._token = data["conversation"]["token"]
            self._conversation_id = data["conversation"]["id"]

    def _whole(self, method: str, path: str, body: Any = None) -> Any:
        for _ in self._tries():
            with suppress(*BROKEN), self._called(method, path, body) as response:
                if response:
                    return json.load(response)
        raise AssertionError

    @contextmanager
    def _called(
        self, method: str, path: str, body: Any
    ) -> Iterator[http.client.HTTPResponse | None]:
        """Call the visitor API; None when it should be tried again. Leaving it hangs up."""
        headers = {
            "Origin": ALICE_SITE,
            "Content-Type": "application/json",
            "X-Forwarded-For": self._address,
            "Connection": "close",
        }
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        given = None if body is None else json.dumps(body)
        with closing(http.client.HTTPConnection("127.0.0.1", self._port, timeout=45)) as connection:
            connection.request(method, f"/api/v1{path}", given, headers)
            with connection.getresponse() as response:
                yield response if response.status == 200 else self._hear_refusal(response)

    def _hear_refusal(self, response: http.client.HTTPResponse) -> None:
        said = response.read().decode()
        assert said.startswith('{"error"'), f"{response.status} {said}"
        error = json.loads(said)["error"]
        if error["code"] == "nothing_to_retry":
            raise Refused
        assert response.status == 503, said
        assert response.headers["Retry-After"], said
        self.refusals += 1

    def _tries(self) -> Iterator[int]:
        until = time.monotonic() + PATIENCE
        for number in range(10_000):
            yield number
            if time.monotonic() > until:
                raise AssertionError("it did not heal in time")
            time.sleep(0.1 + self._chance.random() / 5)


class Uploader:
    """An owner who gives their chatbot one file after the other."""

    def __init__(self, port: int, chatbot_id: str, email: str) -> None:
        self.taken: list[str] = []  # names of what was said to be taken in
        self.odd: list[str] = []  # what no owner should ever be told
        self._sources = f"/dashboard/chatbots/{chatbot_id}/sources"
        self._client = Client(
            base_url=f"http://127.0.0.1:{port}",
            timeout=45,
            headers={"X-Forwarded-For": "192.0.2.9", "Accept": "application/json"},
        )
        self._token = self._sign_in(email)

    def run(self, over: threading.Event) -> None:
        """Upload until it is over."""
        number = 0
        try:
            while not over.is_set():
                number += 1
                self._upload(f"Page {number}.txt", f"The {number}. lamp costs {number} euros.")
                over.wait(0.5)
        except Exception as problem:
            self.odd.append(f"{type(problem).__name__}: {problem}")
        finally:
            self._client.close()

    def _upload(self, name: str, text: str) -> None:
        """Send a file until somebody says that it was taken in."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            with suppress(HTTPError):
                answer = self._client.post(
                    self._sources,
                    files={"files": (name, text.encode())},
                    data={"csrf_token": self._token},
                )
                if answer.status_code in (201, 409):  # it may have been heard the first time
                    self.taken.append(name)
                    return
                if answer.status_code != 503:
                    raise AssertionError(f"{name}: {answer.status_code} {answer.text[:300]}")
            time.sleep(0.2)
        raise AssertionError("it did not heal in time")

    def _sign_in(self, email: str) -> str:
        def csrf(page: str) -> str:
            html = self._client.get(page, headers={"Accept": "text/html"}).text
            found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', html)
            assert found, html
            return found[1]

        form = {"email": email, "password": PASSWORD, "csrf_token": csrf("/sign-in")}
        answer = self._client.post("/sign-in", data=form, headers={"Accept": "text/html"})
        assert answer.status_code == 302, answer.text
        return csrf(self._sources)
