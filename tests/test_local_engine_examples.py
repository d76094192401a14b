"""The local engine's lists of words are what they say."""

from ragwidget.engines.local.sentences import units_of
from ragwidget.engines.local.synonyms import synonyms_of
from ragwidget.engines.words import language_of, terms_of


def test_it_guesses_languages() -> None:
    for text, language in (
        ("How do I cancel my booking?", "english"),
        ("Wie kann ich meine Buchung stornieren?", "german"),
        ("Comment puis-je annuler ma commande ?", "french"),
        ("¿Cómo puedo cancelar mi pedido?", "spanish"),
        ("Come posso cancellare il mio ordine?", "italian"),
        ("Hoe kan ik mijn bestelling annuleren?", "dutch"),
        ("Как отменить мой заказ?", "russian"),
    ):
        assert language_of(text) == language


def test_it_meets_words_however_they_are_joined() -> None:
    asked = terms_of("email, time-zone, wifi, getUserName, naïve", "english")
    told = terms_of("e-mail, timezone, Wi-Fi, get_user_name, naive", "english")

    assert {"email", "timezon", "wifi", "getusernam", "naiv"} <= {*asked} & {*told}


def test_it_pairs_signs_of_scripts_without_spaces() -> None:
    assert terms_of("東京都", "english") == ["東京", "京都"]


def test_it_knows_everyday_synonyms_both_ways() -> None:
    assert "price" in synonyms_of("cost")
    assert "cost" in synonyms_of("price")


def test_it_leaves_no_words_out_when_it_takes_text_apart() -> None:
    text = (
        "Opening\nWe open at 9 a.m., e.g. on Mondays. Dr. No is out! Really?\n\n"
        "- one\n  and a half\n- two\n\nKey: 1; Value: 2\n\n| a | b |\n| - | - |\n| 1 | 2 |\n\n"
        "```\ncode()\n```\n\n最後。終わり。"
    )
    units = units_of(text)

    assert [unit.kind for unit in units] == [
        *("label", "sentence", "sentence", "sentence", "item", "item"),
        *("row", "cells", "cells", "cells", "code", "sentence", "sentence"),
    ]
    assert all(text[unit.start : unit.end] == unit.text for unit in units)
    assert sum(len("".join(unit.text.split())) for unit in units) == len("".join(text.split()))
