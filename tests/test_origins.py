"""The list of websites on which a chatbot may be used, as owners write it."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragwidget.errors import Refusal
from ragwidget.tenancy import allowed_origin
from ragwidget.web.origins import UnusableOrigin, read_origin, read_origins


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("https://example.org", "https://example.org"),
        ("HTTPS://Example.ORG/", "https://example.org"),
        ("https://example.org:443/shop?x=1", "https://example.org"),
        ("example.org", "https://example.org"),
        ("*.example.org", "https://*.example.org"),
        ("http://localhost:3000/", "http://localhost:3000"),
        ("localhost:3000", "http://localhost:3000"),
        ("http://[::1]:3000", "http://[::1]:3000"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
    ],
)
def test_it_spells_a_website_as_browsers_do(written: str, kept: str) -> None:
    assert read_origin(written) == kept


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("*", "every website"),
        ("https://*", "every website"),
        ("https://*.org", "under .org"),
        ("https://shop.*.org", "at the beginning"),
        ("ftp://example.org", "https://"),
        ("https://exa mple.org", "not the address"),
        ("https://alice@example.org", "not the address"),
        ("https://example.org:port", "not the address"),
        ("https://", "not the address"),
    ],
)
def test_it_says_what_is_wrong_with_the_rest(written: str, reason: str) -> None:
    with pytest.raises(UnusableOrigin, match=reason):
        read_origin(written)


def test_it_keeps_each_website_once() -> None:
    assert read_origins("example.org\n\n https://Example.org/ \n") == ["https://example.org"]


@pytest.mark.parametrize("origin", ["https://example.org", "https://shop.example.org:8443"])
def test_what_it_keeps_lets_that_website_in(origin: str) -> None:
    assert allowed_origin([read_origin(origin + "/page")], origin, "https://chat.test")


@given(st.text(max_size=50) | st.text("ab.*:/@[]%0 ", max_size=30).map("https://".__add__))
def test_whatever_is_written_is_kept_or_refused(written: str) -> None:
    with contextlib.suppress(Refusal):
        kept = read_origin(written)
        assert read_origin(kept) == kept
