"""From the embedded engine to Gemini and back: the old one answers until the new one is ready."""

from __future__ import annotations

import pytest
from cast import owner
from houses import *  # noqa: F403 (fixtures)
from housing import GULLS, PUFFINS, House
from sqlalchemy import select, update

from ragwidget import chatbots, gemini_keys, jobs, library, outbox
from ragwidget.extensions import db
from ragwidget.models import Chatbot, Deletion

OTHER_KEY = "emulator-key-of-alice-herself"


def test_it_answers_from_the_old_engine_until_the_new_one_is_ready(local: House) -> None:
    local.add(GULLS)
    jobs.work_off()
    chatbots.change_engine(local.chatbot, "gemini")
    heard = []
    while local.engine != ("gemini", None):
        heard.append(asked(local))
        jobs.work_off()
        local.hurry()

    assert len(heard) > 2
    assert {engine for engine, _ in heard} == {"local"}
    assert all("dusk" in answer for _, answer in heard)
    engine, answer = asked(local)
    assert engine == "gemini"
    assert "dusk" in answer

    chatbots.change_engine(local.chatbot, "local")
    assert local.engine == ("local", None)  # the passages were kept, so this is at once
    assert local.documents() == []
    assert asked(local)[0] == "local"
    local.work()
    assert local.gemini.stores() == []
    assert local.deletions() == []


def asked(house: House) -> tuple[str, str]:
    """Ask a new visitor's question; return which engine answered, and what."""
    reply = house.visitor.ask_whole("When are the gulls fed?")
    return reply["message"]["engine"], reply["message"]["text"]


def test_it_tells_how_far_a_change_is(local: House) -> None:
    local.add(GULLS, "1.md")
    local.add(PUFFINS, "2.md")
    chatbots.change_engine(local.chatbot, "gemini")
    assert chatbots.progress(local.chatbot) == library.Tally(3, 0, 0, None)
    seen = []
    while local.engine[1]:
        jobs.change(str(local.owner.chatbot_id))
        local.step()
        tally = chatbots.progress(local.chatbot)
        seen.append((tally.settled, tally.total))
        db.session.commit()

    assert seen == sorted(seen)
    assert seen[-1] == (3, 3)


def test_sources_that_come_and_go_meanwhile_count(local: House) -> None:
    first = local.add(GULLS, "1.md")
    chatbots.change_engine(local.chatbot, "gemini")
    jobs.change(str(local.owner.chatbot_id))
    local.step()
    late = local.add(PUFFINS, "2.md")
    local.remove(first)
    local.step()
    assert local.engine == ("local", "gemini")

    local.work(6)
    assert local.engine == ("gemini", None)
    assert local.standing(late).state == "ready"
    assert set(local.held()) == {"What Alice's bicycles does", "2.md"}


def test_a_chatbot_without_sources_changes_at_once(local: House) -> None:
    local.remove(local.owner.source_id)
    chatbots.change_engine(local.chatbot, "gemini")
    assert local.engine == ("gemini", None)
    assert local.gemini.stores() == []

    local.add(GULLS)
    local.work()
    assert set(local.held()) == {"notes.md"}


def test_without_a_key_it_refuses_in_words(local: House) -> None:
    local.app.config["GEMINI_API_KEY"] = ""
    with pytest.raises(chatbots.NoKey, match="needs an API key"):
        chatbots.change_engine(local.chatbot, "gemini")
    assert local.engine == ("local", None)


def test_one_readable_source_is_enough_and_none_is_not(local: House) -> None:
    local.gemini.scenario("operation_error", message="No text in it.")
    chatbots.change_engine(local.chatbot, "gemini")
    local.work(6)

    assert local.engine == ("local", None)
    assert "Gemini can read none of the sources" in (local.chatbot.engine_error or "")
    assert "No text in it." in (local.chatbot.engine_error or "")
    assert local.documents() == []
    local.work()
    assert local.gemini.stores() == []

    local.gemini.calm()
    chatbots.change_engine(local.chatbot, "gemini")
    jobs.change(str(local.owner.chatbot_id))
    local.step()
    local.gemini.scenario("operation_error")
    failing = local.add(GULLS)
    local.work(6)
    assert local.engine == ("gemini", None)
    assert local.chatbot.engine_error is None
    assert local.standing(failing).state == "failed"


def test_a_change_can_be_given_up(local: House) -> None:
    local.add(GULLS)
    chatbots.change_engine(local.chatbot, "gemini")
    jobs.change(str(local.owner.chatbot_id))
    local.step()
    local.step()
    assert len(local.gemini.stores()) == 1

    chatbots.stay(local.chatbot)
    assert local.engine == ("local", None)
    assert local.documents() == []
    local.work()
    assert local.gemini.stores() == []
    assert local.deletions() == []


def test_a_store_that_is_made_while_the_change_is_given_up_goes(
    local: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    chatbots.change_engine(local.chatbot, "gemini")
    jobs.change(str(local.owner.chatbot_id))
    keep = chatbots.keep_store

    def give_up_first(*given: object) -> bool:
        chatbots.stay(local.chatbot)
        return keep(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(chatbots, "keep_store", give_up_first)
    local.step()
    assert len(local.gemini.stores()) == 1
    local.work()
    assert local.gemini.stores() == []


def test_on_the_way_back_it_reads_what_has_no_passages(house: House) -> None:
    text = house.add(GULLS)  # Gemini has it, and nobody read it here yet
    house.work()
    chatbots.change_engine(house.chatbot, "local")
    assert house.engine == ("gemini", "local")
    assert asked(house)[0] == "gemini"

    jobs.work_off()
    assert house.engine == ("local", None)
    assert house.source(text).state == "ready"
    assert "dusk" in asked(house)[1]


def test_it_stays_with_gemini_where_the_embedded_engine_can_read_nothing(house: House) -> None:
    house.remove(house.owner.source_id)
    house.add("%PDF-1.7\nnot really", "report.txt")
    jobs.work_off()
    chatbots.change_engine(house.chatbot, "local")
    jobs.work_off()

    assert house.engine == ("gemini", None)
    assert "The embedded engine can read none" in (house.chatbot.engine_error or "")
    chatbots.stay(house.chatbot)
    assert house.chatbot.engine_error is None


def test_another_key_of_the_same_project_opens_the_same_store(house: House) -> None:
    first = house.store
    db.session.execute(update(Chatbot).values(store_key="that of an older key"))
    db.session.commit()
    bring_key(house, house.gemini.key)
    assert house.engine == ("local", "gemini")
    look_after(house)
    jobs.work_off()

    assert house.store == first
    assert house.engine == ("gemini", None)
    assert house.uploads() == 1
    assert house.deletions() == []


def bring_key(house: House, key: str | None) -> None:
    """Let Alice enter a key of her own, or remove it."""
    organization_id = house.owner.organization_id
    earlier = gemini_keys.sealed_key(house.app, organization_id)
    if key:
        gemini_keys.keep(organization_id, key)
    else:
        gemini_keys.forget(organization_id)
    jobs.rehome(organization_id, earlier)


def look_after(house: House) -> None:
    """Do what `rehome` asks a worker to do."""
    jobs.stores.look_after(str(house.owner.chatbot_id))


def test_a_key_of_another_project_gets_a_store_there_and_leaves_none_behind(house: House) -> None:
    source_id = house.add(GULLS)
    jobs.work_off()
    house.work()
    first = house.store
    bring_key(house, OTHER_KEY)
    assert house.engine == ("local", "gemini")
    assert "dusk" in asked(house)[1]
    house.work()
    assert house.gemini.documents(first)  # nobody has looked yet, so nothing is deleted

    look_after(house)
    house.work(6)
    assert house.engine == ("gemini", None)
    assert house.store != first
    assert {store["key"] for store in house.gemini.stores()} == {OTHER_KEY}
    assert house.standing(source_id).state == "ready"
    assert house.deletions() == []

    bring_key(house, None)
    look_after(house)
    house.work(6)
    assert {store["key"] for store in house.gemini.stores()} == {house.gemini.key}
    assert house.engine == ("gemini", None)


def test_when_the_last_key_is_removed_the_embedded_engine_answers(house: House) -> None:
    bring_key(house, OTHER_KEY)
    look_after(house)
    house.work(6)
    house.app.config["GEMINI_API_KEY"] = ""
    bring_key(house, None)

    assert house.engine == ("local", None)
    assert "no Gemini API key any more" in (house.chatbot.engine_error or "")
    assert house.documents() == []
    house.work()
    assert house.gemini.stores() == []  # its own key deleted it, for the last time


def test_a_key_that_is_not_valid_changes_nothing_but_says_so(house: House) -> None:
    first = house.store
    bring_key(house, "not-a-key-that-the-service-knows")
    look_after(house)
    house.work()

    assert house.engine == ("local", "gemini")
    assert "API key" in (house.chatbot.engine_error or "")
    assert house.gemini.documents(first)

    bring_key(house, None)
    look_after(house)
    assert house.engine == ("local", "gemini")
    jobs.work_off()
    assert house.engine == ("gemini", None)
    assert house.store == first
    assert house.uploads() == 1


def test_an_operators_new_key_is_noticed_when_a_worker_starts(house: House) -> None:
    house.app.config["GEMINI_API_KEY"] = OTHER_KEY
    assert chatbots.doubtful() == [house.owner.chatbot_id]
    first = house.store
    jobs.stores.look_after_all()
    house.work(6)

    assert house.engine == ("gemini", None)
    assert {store["name"] for store in house.gemini.stores()} == {first, house.store}
    (left,) = house.deletions()
    assert (left.name, left.sealed_key) == (first, outbox.UNKNOWN)
    assert left.error == jobs.deleting.NO_KEY


def test_a_key_that_is_missing_for_a_while_destroys_nothing(house: House) -> None:
    first = house.store
    house.app.config["GEMINI_API_KEY"] = ""
    assert chatbots.doubtful() == []
    jobs.stores.look_after_all()
    jobs.stores.look_after(str(house.owner.chatbot_id))
    house.app.config["GEMINI_API_KEY"] = house.gemini.key

    assert house.engine == ("gemini", None)
    assert house.store == first


def test_bobs_chatbots_keep_their_engine_when_alice_changes_hers(house: House) -> None:
    bob = House(house.app, house.gemini, "bob@example.org")
    bob.move_to_gemini()
    bobs = bob.store
    bring_key(house, OTHER_KEY)
    look_after(house)
    house.work(6)

    assert bob.store == bobs
    assert bob.engine == ("gemini", None)
    assert bob.held() == {"What Bob's bakery does": "STATE_ACTIVE"}
    assert not db.session.scalars(select(Deletion)).all()


def test_two_chatbots_get_two_stores(house: House) -> None:
    bob = House(house.app, house.gemini, "bob@example.org")
    bob.move_to_gemini()
    assert bob.store != house.store
    assert set(house.held()) == {"What Alice's bicycles does"}
    with house.app.app_context():
        assert owner("bob@example.org").chatbot_id == bob.owner.chatbot_id
