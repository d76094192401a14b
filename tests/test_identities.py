"""A visitor whom their website signs for is the same person on every device, and nobody else is."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import jwt
import pytest
from cast import ALICE_SITE, BOB_SITE, Owner, Visitor, victor_at
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from flask import Flask
from signing import key_for, signature_of, token_of
from sqlalchemy import delete, func, select, text, update
from werkzeug.test import TestResponse

from ragwidget import identities, jobs
from ragwidget.extensions import db
from ragwidget.models import Chatbot, Conversation, Identity, new_id, now

pytestmark = pytest.mark.usefixtures("engine")


@pytest.fixture
def key(app: Flask, alice: Owner) -> str:
    return key_for(app, alice)


def identify(visitor: Visitor, **proof: Any) -> TestResponse:
    return visitor.post(f"/chatbots/{visitor.chatbot_id}/identify", json=proof)


def become(visitor: Visitor, **proof: Any) -> dict[str, Any]:
    """Identify a visitor, who goes on with the token of that."""
    answer = identify(visitor, **proof)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.get_json()
    visitor.token = body["token"]
    return body


def titles(visitor: Visitor) -> list[str]:
    rows = visitor.get("/conversations").get_json()["conversations"]
    return [row["title"] for row in rows]


def code_of(answer: TestResponse) -> tuple[int, str]:
    return answer.status_code, answer.get_json()["error"]["code"]


def device_of(visitor: Visitor, app: Flask) -> Visitor:
    """Return somebody at another device of another network, with no token yet."""
    return Visitor(app, UUID(visitor.chatbot_id), address="192.0.2.9")


def rows_of(app: Flask) -> list[Conversation]:
    with app.app_context():
        return list(db.session.scalars(select(Conversation).order_by(Conversation.id)))


def test_it_knows_a_person_again_on_another_device(app: Flask, victor: Visitor, key: str) -> None:
    body = become(victor, token=token_of(key, name="Victor", email="victor@example.org"))
    assert body["visitor"] == {"name": "Victor", "email": "victor@example.org"}
    assert titles(victor) == []
    victor.ask("Does it float?")

    phone = device_of(victor, app)
    become(phone, token=token_of(key))

    assert titles(phone) == ["Does it float?"]
    phone.conversation_id = victor.conversation_id
    assert phone.messages()[0]["text"] == "Does it float?"
    [row] = rows_of(app)
    assert (row.visitor_name, row.visitor_email) == ("Victor", "victor@example.org")
    assert row.identified
    assert row.vouched


def test_it_begins_a_conversation_with_a_token_that_is_in_none(
    app: Flask, victor: Visitor, key: str
) -> None:
    become(victor, token=token_of(key))
    first = victor.ask("Does it float?").start["conversation"]
    victor.ask("And does it sink?")

    assert victor.conversation_id == first["id"]
    assert len(rows_of(app)) == 1
    assert titles(victor) == ["Does it float?"]


def test_another_user_of_the_website_finds_nothing(app: Flask, victor: Visitor, key: str) -> None:
    become(victor, token=token_of(key))
    reply = victor.ask("My secret?")
    other = device_of(victor, app)
    become(other, token=token_of(key, "43"))

    assert titles(other) == []
    assert other.get(f"/conversations/{victor.conversation_id}").status_code == 404
    assert other.get(f"/messages/{reply.message_id}").status_code == 404


def test_what_was_said_as_nobody_becomes_the_persons(app: Flask, victor: Visitor, key: str) -> None:
    victor.ask("Does it float?", visitor={"name": "Vic", "email": "vic@example.org"})
    become(victor, token=token_of(key, name="Victor"))

    assert titles(victor) == ["Does it float?"]
    answer = victor.get(f"/conversations/{victor.conversation_id}")
    victor.token = answer.get_json()["conversation"]["token"]
    victor.ask("And does it sink?")
    [row] = rows_of(app)
    assert row.message_count == 4
    assert (row.visitor_name, row.visitor_email, row.vouched) == ("Victor", "", True)


def test_a_name_that_was_said_is_not_signed_by_a_token_without_one(
    app: Flask, victor: Visitor, key: str
) -> None:
    victor.ask("Does it float?", visitor={"name": "The Director"})
    become(victor, token=token_of(key))
    victor.ask("And does it sink?", visitor={"name": "The Director"})

    rows = rows_of(app)
    assert [row.visitor_name for row in rows] == ["The Director", "The Director"]
    assert [(row.identified, row.vouched) for row in rows] == [(True, False), (True, False)]


def test_what_a_person_says_of_themselves_is_not_what_was_signed(
    app: Flask, victor: Visitor, key: str
) -> None:
    become(victor, token=token_of(key, name="Victor", email="victor@example.org"))
    victor.ask("Who am I?", visitor={"name": "The Director", "email": "director@example.org"})

    [row] = rows_of(app)
    assert (row.visitor_name, row.visitor_email) == ("Victor", "victor@example.org")


def test_a_token_from_before_opens_nothing_of_the_person(
    app: Flask, mallory: Visitor, key: str
) -> None:
    # Mallory leaves her own token in a shared computer's browser, and waits
    mallory.ask("A trap?")
    victim = device_of(mallory, app)
    victim.token = mallory.token
    become(victim, token=token_of(key))
    victim.ask("My secret?")

    assert titles(victim) == ["My secret?", "A trap?"]
    assert titles(mallory) == []
    assert mallory.get(f"/conversations/{victim.conversation_id}").status_code == 404


def test_a_question_from_before_sent_again_opens_nothing_of_the_person(
    app: Flask, alice: Owner, mallory: Visitor, key: str
) -> None:
    name = str(uuid4())
    mallory.ask("A trap?", message_id=name)
    victim = Visitor(app, alice.chatbot_id, address=mallory.address, token=mallory.token)
    become(victim, token=token_of(key))
    victim.ask("My secret?")

    mallory.token = None

    assert code_of(mallory.send("A trap?", message_id=name)) == (409, "message_id_taken")


def test_who_asks_while_their_conversation_becomes_a_persons_says_nothing_in_it(
    app: Flask, mallory: Visitor
) -> None:
    mallory.ask("A trap?")
    with app.app_context(), ThreadPoolExecutor(1) as pool:
        db.session.execute(update(Conversation).values(visitor_id=new_id(), identified=True))
        asking = pool.submit(mallory.send, "And now?")
        while db.engine.name == "postgresql" and not _somebody_waits():
            assert not asking.done()
        db.session.commit()
        asking.result(15).close()

    assert rows_of(app)[0].message_count == 2


def _somebody_waits() -> bool:
    return bool(db.session.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")))


def test_signing_in_as_another_takes_nothing_along(app: Flask, victor: Visitor, key: str) -> None:
    become(victor, token=token_of(key, "42"))
    victor.ask("My secret?")
    become(victor, token=token_of(key, "43"))

    assert titles(victor) == []
    become(victor, token=token_of(key, "42"))
    assert titles(victor) == ["My secret?"]


def test_the_newest_name_counts_from_then_on(app: Flask, victor: Visitor, key: str) -> None:
    become(victor, token=token_of(key, name="Victor"))
    victor.ask("First?")
    become(victor, token=token_of(key, name="Victoria"))
    victor.ask("Second?")

    assert [row.visitor_name for row in rows_of(app)] == ["Victor", "Victoria"]
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Identity)) == 1


def test_a_signed_user_id_is_enough(app: Flask, alice: Owner, victor: Visitor) -> None:
    key = key_for(app, alice, "hmac")
    proof = {"user_id": "42", "signature": signature_of(key, "42")}
    body = become(victor, **proof, name="Victor", email="victor@example.org")
    assert body["visitor"] == {"name": "Victor", "email": "victor@example.org"}
    victor.ask("Does it float?")
    phone = device_of(victor, app)
    become(phone, user_id="42", signature=proof["signature"].upper())

    assert titles(phone) == ["Does it float?"]
    [row] = rows_of(app)
    assert row.identified
    assert not row.vouched, "the name was not signed"


def test_a_signature_is_good_for_one_id_only(app: Flask, alice: Owner, mallory: Visitor) -> None:
    signature = signature_of(key_for(app, alice, "hmac"), "42")

    for user_id in ("43", "42 ", "４２", "42\u0301"):
        answer = identify(mallory, user_id=user_id, signature=signature)
        assert code_of(answer) == (403, "identity_invalid")


def forged(key: str) -> dict[str, str]:
    """Return what Mallory tries: tokens that Alice's website did not sign so."""
    good = token_of(key)
    head, claims, _signature = good.split(".")
    rsa = generate_private_key(65537, 2048)
    public = rsa.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    said = {"sub": "42", "exp": int(time.time()) + 600}
    with pytest.warns(jwt.warnings.InsecureKeyLengthWarning):
        stronger = jwt.encode(said, key, "HS512")
    deep = jwt.utils.base64url_encode(b"[" * 2900).decode()
    return {
        "none": jwt.encode(said, None, "none"),
        "none with a signature": jwt.encode(said, None, "none") + good.rpartition(".")[2],
        "another key": token_of("jwt_" + "x" * 43),
        "another algorithm": stronger,
        "its own key pair": jwt.encode(said, rsa, "RS256"),
        "its own key pair's public half": jwt.encode(said, public.hex(), "HS256"),
        "its own key in the header": jwt.encode(
            said, "k" * 40, "HS256", headers={"jwk": {"kty": "oct", "k": "a2tr"}, "kid": "../../k"}
        ),
        "no signature": f"{head}.{claims}.",
        "another's claims": f"{head}.{token_of(key, '43').split('.')[1]}.{good.split('.')[2]}",
        "no token": "x",
        "nothing": "",
        "dots": "...",
        "a deep header": f"{deep}.{claims}.x",
        "surrogates": "\N{SNOWMAN}.x.y",
    }


def test_no_forged_token_opens_anything(app: Flask, mallory: Visitor, key: str) -> None:
    for name, token in forged(key).items():
        assert code_of(identify(mallory, token=token)) == (403, "identity_invalid"), name
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Identity)) == 0


def test_a_token_must_end_and_end_soon(victor: Visitor, key: str) -> None:
    now = int(time.time())
    endless = jwt.encode({"sub": "42"}, key, "HS256")
    nobodys = jwt.encode({"exp": now + 60}, key, "HS256")

    assert code_of(identify(victor, token=token_of(key, lasts=-120))) == (403, "identity_expired")
    for token, word in (
        (endless, "exp"),
        (nobodys, "sub"),
        (token_of(key, lasts=2 * 86400), "24 hours"),
        (token_of(key, nbf=now + 3600), "signed"),
        (jwt.encode({"sub": "42", "exp": 1e400}, key, "HS256"), "signed"),
        (jwt.encode({"sub": "42", "exp": 10**400}, key, "HS256"), "24 hours"),
        (jwt.api_jws.encode(b'{"a":' * 600, key, "HS256"), "signed"),
        (jwt.api_jws.encode(b"[]", key, "HS256"), "signed"),
        (jwt.encode({"sub": "42", "exp": "soon"}, key, "HS256"), "signed"),
        (jwt.encode({"sub": "42", "exp": [1]}, key, "HS256"), "signed"),
    ):
        answer = identify(victor, token=token)
        assert code_of(answer) == (403, "identity_invalid"), token
        assert word in answer.get_json()["error"]["message"]
    assert identify(victor, token=token_of(key, lasts=86400, aud="us")).status_code == 200


ODD_CLAIMS = [
    ({"sub": ""}, "sub"),
    ({"sub": 42}, "sub"),
    ({"sub": "x" * 201}, "sub"),
    ({"sub": "a\0b"}, "sub"),
    ({"sub": "\ud800"}, "sub"),
    ({"name": "x" * 121}, "name"),
    ({"name": ["Victor"]}, "name"),
    ({"email": "nowhere"}, "email"),
    ({"email": "x" * 300 + "@example.org"}, "email"),
]


def test_odd_claims_are_refused_by_name(victor: Visitor, key: str) -> None:
    for claims, field in ODD_CLAIMS:
        answer = identify(victor, token=token_of(key, **{"sub": "42", **claims}))

        assert code_of(answer) == (422, "invalid_input"), claims
        assert answer.get_json()["error"]["field"] == field


def test_claims_may_be_null_and_others_are_let_be(victor: Visitor, key: str) -> None:
    body = become(victor, token=token_of(key, name=None, email=None, iss="shop", role="admin"))

    assert body["visitor"] == {"name": "", "email": ""}


ODD_PROOFS: list[dict[str, Any]] = [
    {},
    {"user_id": "42"},
    {"signature": "0" * 64},
    {"user_id": "42", "signature": "0" * 63},
    {"user_id": "42", "signature": "zz" * 32},
    {"user_id": 42, "signature": "0" * 64},
    {"user_id": "4\x002", "signature": "0" * 64},
    {"token": "x" * 5000},
    {"token": "x", "name": "The Director"},
    {"token": "x", "user_id": "42", "signature": "0" * 64},
    {"token": None},
    {"token": "x", "role": "admin"},
]


def test_it_takes_one_proof_and_nothing_else(victor: Visitor, key: str) -> None:
    for proof in ODD_PROOFS:
        assert code_of(identify(victor, **proof)) == (422, "invalid_input"), proof


def test_a_key_for_user_ids_opens_no_token(app: Flask, alice: Owner, mallory: Visitor) -> None:
    # Mallory calls herself by the first two parts of a token, and Alice's website signs that name
    key = key_for(app, alice, "hmac")
    name, _, signature = token_of(key, "42", name="The Director").rpartition(".")
    assert signature_of(key, name) == jwt.utils.base64url_decode(signature).hex()

    answer = identify(mallory, token=f"{name}.{signature}")

    assert code_of(answer) == (403, "identity_invalid")
    assert "not for JWT" in answer.get_json()["error"]["message"]


def test_a_key_for_tokens_signs_no_user_id(victor: Visitor, key: str) -> None:
    answer = identify(victor, user_id="42", signature=signature_of(key, "42"))

    assert code_of(answer) == (403, "identity_invalid")


def test_a_key_is_good_for_its_own_chatbot_only(
    app: Flask, alice: Owner, bob: Owner, key: str, victor: Visitor
) -> None:
    bobs = Visitor(app, bob.chatbot_id, origin=BOB_SITE)
    assert code_of(identify(bobs, token=token_of(key))) == (403, "identity_invalid")

    become(bobs, token=token_of(key_for(app, bob)))
    bobs.ask("A bakery's secret?")
    become(victor, token=token_of(key))

    assert titles(victor) == []
    stolen = Visitor(app, alice.chatbot_id, token=bobs.token)
    assert identify(stolen, token=token_of(key)).status_code == 401
    assert titles(bobs) == ["A bakery's secret?"]


def test_nobody_is_known_without_a_key(app: Flask, alice: Owner, victor: Visitor) -> None:
    assert code_of(identify(victor, token=token_of("k" * 40))) == (403, "identity_invalid")
    key = key_for(app, alice)
    with app.app_context():
        identities.remove_key(db.session.get_one(Chatbot, alice.chatbot_id))

    assert code_of(identify(victor, token=token_of(key))) == (403, "identity_invalid")


def test_a_new_key_makes_void_what_the_old_one_opened(
    app: Flask, alice: Owner, mallory: Visitor, victor: Visitor, key: str
) -> None:
    become(victor, token=token_of(key))
    victor.ask("My secret?")
    become(mallory, token=token_of(key))  # she has found the key
    assert titles(mallory) == ["My secret?"]

    newer = key_for(app, alice)

    assert code_of(identify(mallory, token=token_of(key))) == (403, "identity_invalid")
    assert titles(mallory) == []
    become(victor, token=token_of(newer))
    assert titles(victor) == ["My secret?"]
    assert titles(mallory) == []


def test_a_new_key_forgets_who_has_said_nothing(
    app: Flask, alice: Owner, victor: Visitor, key: str
) -> None:
    become(victor, token=token_of(key, "42"))
    become(device_of(victor, app), token=token_of(key, "43"))
    become(victor, token=token_of(key, "44"))
    victor.ask("Does it float?")

    newer = key_for(app, alice)

    with app.app_context():
        assert list(db.session.scalars(select(Identity.external_id))) == ["44"]
    become(victor, token=token_of(newer, "42"))
    assert titles(victor) == []


def test_a_key_lies_sealed_and_outlasts_a_new_secret_key(
    app: Flask, alice: Owner, victor: Visitor, key: str
) -> None:
    with app.app_context():
        chatbot = db.session.get_one(Chatbot, alice.chatbot_id)
        assert key not in chatbot.identity_key
        assert identities.standing(chatbot).kind == "jwt"
    old = app.config["SECRET_KEY"]
    app.config.update(SECRET_KEY="a newer secret of this installation", OLD_SECRET_KEYS=(old,))
    assert identify(victor, token=token_of(key)).status_code == 200
    app.config.update(OLD_SECRET_KEYS=())

    assert code_of(identify(victor, token=token_of(key))) == (403, "identity_invalid")
    with app.app_context():
        assert not identities.standing(db.session.get_one(Chatbot, alice.chatbot_id)).readable


def test_it_identifies_only_where_the_chatbot_may_be_used(
    app: Flask, alice: Owner, key: str
) -> None:
    elsewhere = Visitor(app, alice.chatbot_id, origin="https://evil.example")
    assert code_of(identify(elsewhere, token=token_of(key))) == (403, "origin_not_allowed")

    at_home = Visitor(app, alice.chatbot_id, token="no token")
    assert code_of(identify(at_home, token=token_of(key))) == (401, "token_invalid")
    preflight = at_home.call(
        "OPTIONS",
        f"/chatbots/{alice.chatbot_id}/identify",
        headers={"Access-Control-Request-Method": "POST"},
    )
    assert preflight.headers["Access-Control-Allow-Origin"] in {ALICE_SITE, "*"}


def test_it_is_limited(make_house: Any) -> None:
    victor = victor_at(make_house())
    codes = [identify(victor, token="x").status_code for _ in range(121)]

    assert codes == [403] * 120 + [429]


def test_two_tabs_at_once_are_one_person(app: Flask, victor: Visitor, key: str) -> None:
    tabs = [device_of(victor, app) for _ in range(4)]
    for tab in tabs:
        tab.ask("Does it float?")
    with ThreadPoolExecutor(len(tabs)) as pool:
        list(pool.map(lambda tab: become(tab, token=token_of(key)), tabs))

    assert [len(titles(tab)) for tab in tabs] == [4] * 4
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Identity)) == 1


def test_who_is_unseen_and_has_said_nothing_is_forgotten(
    app: Flask, victor: Visitor, key: str
) -> None:
    become(victor, token=token_of(key, "42"))
    victor.ask("Does it float?")
    for sub in ("43", "44"):
        become(device_of(victor, app), token=token_of(key, sub))
    with app.app_context():
        long_ago = now() - app.config["TOKEN_LIFETIME"] - timedelta(days=1)
        unseen = update(Identity).where(Identity.external_id.in_(["42", "43"]))
        db.session.execute(unseen.values(seen_at=long_ago))
        db.session.commit()

        jobs.forget_unseen()

        assert sorted(db.session.scalars(select(Identity.external_id))) == ["42", "44"]


def test_identities_go_with_their_chatbot(
    app: Flask, alice: Owner, bob: Owner, victor: Visitor, key: str
) -> None:
    become(victor, token=token_of(key))
    become(Visitor(app, bob.chatbot_id, origin=BOB_SITE), token=token_of(key_for(app, bob)))
    with app.app_context():
        db.session.execute(delete(Chatbot).where(Chatbot.id == alice.chatbot_id))
        db.session.commit()

        assert list(db.session.scalars(select(Identity.chatbot_id))) == [bob.chatbot_id]
