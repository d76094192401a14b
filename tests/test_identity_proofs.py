"""A visitor is whom their website signs for, by a key of its own, and by nothing else."""

import time
from typing import Any

import jwt
import pytest
from cast import ALICE_SITE, BOB_SITE, Owner, Visitor, victor_at
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from flask import Flask
from identifying import become, code_of, device_of, identify, rows_of, titles
from signing import key_for, signature_of, token_of
from sqlalchemy import func, select

from ragwidget import identities
from ragwidget.extensions import db
from ragwidget.models import Chatbot, Identity

pytestmark = pytest.mark.usefixtures("engine")


@pytest.fixture
def key(app: Flask, alice: Owner) -> str:
    return key_for(app, alice)


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
