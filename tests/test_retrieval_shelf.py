"""Passages are shelved, found and taken away, on both databases, and tenants never meet."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from bench.shelves import Bench, postgresql_server, search_index
from handbook import DELIVERY, GUIDE, TERMS, pieces
from sqlalchemy import delete, text

from ragwidget.engines.local.query import understand
from ragwidget.engines.local.ranking import search
from ragwidget.models import Chatbot


@pytest.fixture(scope="module")
def postgresql() -> Iterator[str]:
    with postgresql_server() as address:
        yield address


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    if request.param == "sqlite":
        with Bench.on_sqlite(tmp_path) as bench:
            yield bench
        return
    with Bench.at(request.getfixturevalue("postgresql")) as bench:
        yield bench
        bench.clear()


def find(bench: Bench, chatbot: Chatbot, question: str, **options: object) -> list[str]:
    """Return the headings of what is found, the best first."""
    with bench.shelf(chatbot).open() as reader:
        found = search(reader, understand(question, reader), **options)
    return [one.passage.heading for one in found]


def known(bench: Bench, chatbot: Chatbot, *terms: str) -> tuple[int, dict[str, int]]:
    with bench.shelf(chatbot).open() as reader:
        return reader.holdings.passages, reader.frequencies(terms)


def test_it_finds_what_was_shelved(bench: Bench) -> None:
    alice = bench.chatbot()
    bench.shelve(alice, "Terms", TERMS)

    assert find(bench, alice, "When do I get my deposit back?")[0] == "Rental terms › Deposit"


def test_it_hands_out_plain_passages_that_outlive_the_look(bench: Bench) -> None:
    alice = bench.chatbot()
    source = bench.shelve(alice, "Terms", TERMS, kind="text")

    with bench.shelf(alice).open() as reader:
        (found,) = search(reader, understand("stolen", reader))

    passage = found.passage
    assert (passage.source_id, passage.title, passage.kind) == (str(source.id), "Terms", "text")
    assert (passage.page, passage.text) == (3, TERMS[4].text)


def test_it_shelves_twice_as_once(bench: Bench) -> None:
    alice = bench.chatbot()
    source = bench.shelve(alice, "Terms", TERMS)
    once = known(bench, alice, "deposit", "bicycl")
    bench.shelve_again(source, TERMS)

    assert known(bench, alice, "deposit", "bicycl") == once
    assert find(bench, alice, "deposit").count("Rental terms › Deposit") == 1


def test_it_forgets_what_was_taken_away(bench: Bench) -> None:
    alice = bench.chatbot()
    terms = bench.shelve(alice, "Terms", TERMS)
    bench.shelve(alice, "Guide", GUIDE)
    bench.unshelve(terms.id)

    assert find(bench, alice, "deposit") == []
    assert known(bench, alice, "deposit", "charger") == (len(GUIDE), {"charger": 1})


def test_it_never_shows_bob_what_alice_shelved(bench: Bench) -> None:
    alice, bob = bench.chatbot(), bench.chatbot()
    bench.shelve(alice, "Terms", TERMS)
    bench.shelve(bob, "Guide", GUIDE)

    assert find(bench, bob, "deposit") == []
    assert find(bench, alice, "magnet") == []
    assert known(bench, bob, "deposit") == (len(GUIDE), {})


def test_it_weighs_words_by_the_chatbots_own_passages(bench: Bench) -> None:
    alice, bob = bench.chatbot(), bench.chatbot()
    bench.shelve(alice, "Terms", TERMS)
    alone = known(bench, alice, "deposit"), find(bench, alice, "deposit of an e-bike")
    bench.shelve(
        bob, "Noise", pieces(*[("", None, f"deposit bike number {n}") for n in range(300)])
    )

    assert (known(bench, alice, "deposit"), find(bench, alice, "deposit of an e-bike")) == alone


def test_it_does_not_mend_spelling_with_a_neighbours_words(bench: Bench) -> None:
    alice, bob = bench.chatbot(), bench.chatbot()
    bench.shelve(alice, "Terms", TERMS)
    bench.shelve(bob, "Secret", pieces(("", None, "The merger with Zweiradhaus is secret.")))

    with bench.shelf(alice).open() as reader:
        query = understand("zweiradhas merger", reader)

    assert [concept.terms for concept in query.concepts] == [{}, {}]


def test_it_looks_only_into_the_sources_it_is_told(bench: Bench) -> None:
    alice = bench.chatbot()
    bench.shelve(alice, "Terms", TERMS)
    guide = bench.shelve(alice, "Guide", GUIDE)

    found = find(bench, alice, "lost key, deposit", source_ids=[str(guide.id)])
    assert found[0] == "E-bike guide › Lost key"
    assert all(heading.startswith("E-bike guide") for heading in found)


def test_it_says_the_same_only_once(bench: Bench) -> None:
    alice = bench.chatbot()
    bench.shelve(alice, "Terms", TERMS)
    bench.shelve(alice, "Terms, a copy", TERMS)

    assert find(bench, alice, "deposit").count("Rental terms › Deposit") == 1


def test_it_mends_spelling_and_compounds(bench: Bench) -> None:
    alice = bench.chatbot()
    bench.shelve(alice, "Terms", TERMS)
    bench.shelve(alice, "Website", DELIVERY)

    assert find(bench, alice, "depsoit")[0] == "Rental terms › Deposit"
    assert find(bench, alice, "news letter")[0] == "Newsletter and privacy"
    assert find(bench, alice, "newsletterprivacy")[0] == "Newsletter and privacy"


def test_it_takes_names_for_one_another_that_the_sources_do(bench: Bench) -> None:
    alice, bob = bench.chatbot(), bench.chatbot()
    told = pieces(
        ("Agreement", 1, "We sign a Service Level Agreement (SLA) with every customer."),
        ("Uptime", 2, "The SLA promises an uptime of 99 percent."),
        ("Service", 3, "If a service level agreement is broken, we pay a penalty."),
        ("Level", 4, "The water level of the service tank is checked."),
        ("Lock", 5, "A frame lock, also called a ring lock, is on the rear wheel."),
        ("Ring", 6, "Turn the ring lock to the left."),
    )
    source = bench.shelve(alice, "Contract", told)
    bench.shelve(
        bob, "Contract", [piece for piece in told if piece.heading not in ("Agreement", "Lock")]
    )

    assert {"Uptime", "Service"} <= set(find(bench, alice, "What if the SLA is broken?")[:3])
    assert "Uptime" in find(bench, alice, "uptime in the service level agreement")[:2]
    assert "Ring" in find(bench, alice, "frame lock")
    assert find(bench, bob, "SLA") == ["Uptime"]
    assert find(bench, bob, "frame lock") == ["Ring"]

    bench.shelve_again(source, told[1:4])
    assert find(bench, alice, "SLA") == ["Uptime"]


def test_it_reads_other_languages_by_their_own_rules(bench: Bench) -> None:
    alice = bench.chatbot()
    bench.shelve(
        alice,
        "Bedingungen",
        pieces(
            (
                "Stornierung",
                1,
                "Sie können Ihre Buchungen bis zwei Tage vor dem Beginn stornieren.",
            ),
            (
                "Kaution",
                1,
                "Für die Räder wird eine Kaution von 100 Euro auf der Karte hinterlegt.",
            ),
        ),
    )
    bench.shelve(alice, "Guide", GUIDE)

    assert find(bench, alice, "Wie kann ich meine Buchung stornieren?")[0] == "Stornierung"
    assert find(bench, alice, "how long does charging take")[0] == "E-bike guide › Charging"


def test_it_survives_what_mallory_asks(bench: Bench) -> None:
    alice = bench.chatbot()
    bench.shelve(alice, "Terms", TERMS)

    for question in (
        "",
        "' OR 1=1; DROP TABLE passages_fts; --",
        '" NEAR(deposit* bike) AND terms: -^',
        "'1x' & !'2x' <-> \\ \x00 \ud7ff \U0010ffff",
        "'.splitlines' ..' ''' l'a ''",
        "½ ª ﬁ ․․․ İ ß 東京 ٣٣",
        "deposit " * 400,
        " ".join(f"word{n}" for n in range(400)),
    ):
        find(bench, alice, question)


def test_it_cleans_the_index_when_a_chatbot_goes(bench: Bench) -> None:
    alice, bob = bench.chatbot(), bench.chatbot()
    bench.shelve(alice, "Terms", TERMS)
    bench.shelve(bob, "Guide", GUIDE)
    with bench.sessions.begin() as session:
        session.execute(delete(Chatbot).where(Chatbot.id == alice.id))
        left = session.scalar(text("SELECT count(*) FROM passages_fts"))

    assert left == len(GUIDE)


def test_it_lets_two_sources_be_shelved_at_once(bench: Bench) -> None:
    alice = bench.chatbot()
    told = [
        threading.Thread(target=bench.shelve, args=(alice, f"Source {n}", told))
        for n, told in enumerate((TERMS, GUIDE, list(reversed(TERMS)), DELIVERY))
    ]
    for thread in told:
        thread.start()
    for thread in told:
        thread.join()

    passages, frequencies = known(bench, alice, "deposit")
    assert passages == 2 * len(TERMS) + len(GUIDE) + len(DELIVERY)
    assert frequencies == {"deposit": 2}


def test_it_can_take_the_index_down_and_make_it_again(bench: Bench) -> None:
    with bench.migrating():
        search_index().downgrade()
        search_index().upgrade()
    alice = bench.chatbot()
    bench.shelve(alice, "Terms", TERMS)

    assert find(bench, alice, "deposit")
