"""The few words the local engine says itself, in the languages it can say them in."""

import re

_SAYINGS = {
    "english": {
        "refusal": "I can't find an answer to that in what I was given to read.",
        "near": "The documents I was given don't answer that directly. The nearest passages are:",
        "quotes_only": "I can only quote from the documents I was given, so I need to use them.",
        "greeting": "Hello! What would you like to know?",
        "thanks": "You're welcome! Is there anything else you would like to know?",
        "farewell": "Goodbye!",
    },
    "german": {
        "refusal": "Dazu habe ich in den mir vorliegenden Unterlagen keine Antwort gefunden.",
        "near": "Die mir vorliegenden Unterlagen beantworten das nicht direkt. Am nächsten kommen:",
        "quotes_only": "Ich kann nur aus den mir vorliegenden Unterlagen zitieren.",
        "greeting": "Hallo! Was möchten Sie wissen?",
        "thanks": "Gern geschehen! Möchten Sie noch etwas wissen?",
        "farewell": "Auf Wiedersehen!",
    },
    "french": {
        "refusal": "Je n'ai pas trouvé de réponse dans les documents dont je dispose.",
        "near": "Mes documents n'y répondent pas directement. Les passages les plus proches :",
        "quotes_only": "Je ne peux que citer les documents dont je dispose.",
        "greeting": "Bonjour ! Que souhaitez-vous savoir ?",
        "thanks": "Avec plaisir ! Souhaitez-vous savoir autre chose ?",
        "farewell": "Au revoir !",
    },
    "spanish": {
        "refusal": "No he encontrado una respuesta en los documentos que tengo.",
        "near": "Mis documentos no lo responden directamente. Los pasajes más cercanos son:",
        "quotes_only": "Solo puedo citar los documentos que tengo.",
        "greeting": "¡Hola! ¿Qué le gustaría saber?",
        "thanks": "¡De nada! ¿Desea saber algo más?",
        "farewell": "¡Hasta luego!",
    },
    "italian": {
        "refusal": "Non ho trovato una risposta nei documenti che ho.",
        "near": "I miei documenti non rispondono direttamente. I passaggi più vicini sono:",
        "quotes_only": "Posso solo citare i documenti che ho.",
        "greeting": "Ciao! Che cosa vorrebbe sapere?",
        "thanks": "Prego! Vorrebbe sapere altro?",
        "farewell": "Arrivederci!",
    },
    "portuguese": {
        "refusal": "Não encontrei uma resposta nos documentos que tenho.",
        "near": "Os meus documentos não respondem diretamente. As passagens mais próximas são:",
        "quotes_only": "Só posso citar os documentos que tenho.",
        "greeting": "Olá! O que gostaria de saber?",
        "thanks": "De nada! Gostaria de saber mais alguma coisa?",
        "farewell": "Até logo!",
    },
    "dutch": {
        "refusal": "Ik heb daarop geen antwoord gevonden in de documenten die ik heb.",
        "near": "Mijn documenten beantwoorden dat niet direct. Het dichtst in de buurt komen:",
        "quotes_only": "Ik kan alleen citeren uit de documenten die ik heb.",
        "greeting": "Hallo! Wat wilt u weten?",
        "thanks": "Graag gedaan! Wilt u nog iets weten?",
        "farewell": "Tot ziens!",
    },
    "polish": {
        "refusal": "Nie znalazłem na to odpowiedzi w dokumentach, które mam.",
        "near": "Moje dokumenty nie odpowiadają na to wprost. Najbliższe fragmenty to:",
        "quotes_only": "Mogę tylko cytować dokumenty, które mam.",
    },
    "turkish": {
        "refusal": "Bana verilen belgelerde bunun yanıtını bulamadım.",
        "near": "Belgelerim bunu doğrudan yanıtlamıyor. En yakın bölümler:",
        "quotes_only": "Yalnızca bana verilen belgelerden alıntı yapabilirim.",
    },
    "arabic": {
        "refusal": "لم أجد إجابة عن ذلك في المستندات المتاحة لي.",
        "near": "لا تجيب مستنداتي عن ذلك مباشرة. أقرب المقاطع هي:",
        "quotes_only": "لا يمكنني إلا الاقتباس من المستندات المتاحة لي.",
    },
    "hebrew": {
        "refusal": "לא מצאתי לכך תשובה במסמכים שברשותי.",
        "near": "המסמכים שברשותי אינם עונים על כך ישירות. הקטעים הקרובים ביותר:",
        "quotes_only": "אני יכול רק לצטט מהמסמכים שברשותי.",
    },
    "hindi": {
        "refusal": "मुझे दिए गए दस्तावेज़ों में इसका उत्तर नहीं मिला।",
        "near": "मेरे दस्तावेज़ इसका सीधा उत्तर नहीं देते। सबसे नज़दीकी अंश ये हैं:",
        "quotes_only": "मैं केवल दिए गए दस्तावेज़ों से उद्धरण दे सकता हूँ।",
    },
    "japanese": {
        "refusal": "お預かりした資料の中に、その答えは見つかりませんでした。",
        "near": "資料に直接の答えはありません。最も近い箇所は次のとおりです。",
        "quotes_only": "お預かりした資料からの引用のみお答えできます。",
    },
    "korean": {
        "refusal": "제가 가진 문서에서 그에 대한 답을 찾지 못했습니다.",
        "near": "문서에 직접적인 답은 없습니다. 가장 가까운 부분은 다음과 같습니다.",
        "quotes_only": "저는 가진 문서에서 인용만 할 수 있습니다.",
    },
    "chinese": {
        "refusal": "在我所读的资料中没有找到这个问题的答案。",
        "near": "我的资料没有直接回答这个问题。最接近的段落是：",
        "quotes_only": "我只能引用我所读的资料。",
    },
}
_LOCALES = {
    "en": "english",
    "de": "german",
    "fr": "french",
    "es": "spanish",
    "it": "italian",
    "pt": "portuguese",
    "nl": "dutch",
    "pl": "polish",
    "tr": "turkish",
    "ar": "arabic",
    "he": "hebrew",
    "hi": "hindi",
    "ja": "japanese",
    "ko": "korean",
    "zh": "chinese",
}
_COURTESIES = {
    "greeting": {
        "english": "hi|hello|hey|hiya|good (?:morning|afternoon|evening|day)|greetings",
        "german": "hallo|guten (?:morgen|tag|abend)|servus|moin|grüezi",
        "french": "bonjour|bonsoir|salut|coucou",
        "spanish": "hola|buenos días|buenas(?: tardes| noches)?",
        "italian": "ciao|buongiorno|buonasera|salve",
        "portuguese": "olá|oi|bom dia|boa (?:tarde|noite)",
        "dutch": "goedemorgen|goedemiddag|goedenavond|goedendag|hoi",
    },
    "thanks": {
        "english": "(?:(?:ok(?:ay)?|great|perfect|cool)[,.]? )?(?:thanks|thank you|thx|cheers|ty)",
        "german": "danke|danke ?schön|vielen dank|besten dank",
        "french": "merci",
        "spanish": "gracias|muchas gracias",
        "italian": "grazie|grazie mille",
        "portuguese": "obrigad[oa]|muito obrigad[oa]",
        "dutch": "dank ?je|dank u|bedankt|dank je wel|dank u wel",
    },
    "farewell": {
        "english": "bye|goodbye|bye bye|see you",
        "german": "tschüss|auf wiedersehen|bis bald",
        "french": "au revoir|à bientôt",
        "spanish": "adiós|hasta luego",
        "italian": "arrivederci|addio",
        "portuguese": "tchau|até logo|adeus",
        "dutch": "tot ziens|doei|dag",
    },
}
_TRIMMINGS = "(?: (?:there|all|again|so much|very much|a lot|bot|zusammen|sehr|beaucoup|mille))*"
_COURTEOUS = [
    (kind, language, re.compile(f"(?:{pattern}){_TRIMMINGS}", re.IGNORECASE))
    for kind, languages in _COURTESIES.items()
    for language, pattern in languages.items()
]


def say(what: str, language: str) -> str:
    """Return one of our sentences, in English where we don't speak the language."""
    english = _SAYINGS["english"]
    return (english | _SAYINGS.get(language, english))[what]


def language_of_locale(locale: str) -> str | None:
    """Return the language of a locale such as `de-AT`, if it is one of ours."""
    return _LOCALES.get(locale[:2].lower())


def courtesy(question: str) -> str | None:
    """Return the reply to a greeting, a thank-you or a farewell, if that is all there is.

    >>> courtesy("Thanks a lot!")
    "You're welcome! Is there anything else you would like to know?"
    """
    said = " ".join(re.sub(r"[^\w\s,.]", " ", question).split()).strip(" ,.")
    for kind, language, pattern in _COURTEOUS:
        if pattern.fullmatch(said):
            return say(kind, language)
    return None
