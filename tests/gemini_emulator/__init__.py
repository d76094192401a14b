"""An emulator of the Gemini API as far as File Search needs it, in a process of its own.

    with Emulator() as emulator:
        client = genai.Client(api_key=emulator.key, http_options={"base_url": emulator.url})
        emulator.scenario("cut", on="generate", times=1)  # trouble; `scenarios.py` lists it all
        emulator.calm()                                   # no trouble any more
        emulator.script("Word for *word*.", chunks=[{"text": "…"}], supports=[("word", [0])])
        emulator.pace(first_ms=300, chunk_ms=30, chunks=200)  # for benches
        emulator.requests("generateContent")              # what was asked, with bodies and headers
        emulator.documents(store)                         # what is held
        emulator.reset()                                  # forget everything

By hand: `python -m gemini_emulator --port 8900` says what to set. Every helper above is a
`POST /control/<its name>` with the arguments as JSON (`GET` for requests, stores, scenarios), and a
suffix of the model's name is a scenario for that one request: `gemini-3.8-flash--cut--slow`.

What it does of its own accord, as the service does:

- Each key that begins with `emulator-key-` is a project; projects don't see each other's stores.
- It answers from the passages it holds: words of the question, by stem, are looked up in the
  stores of the tool under its filter and `top_k`, and the best sentences are quoted. A question of
  nothing but small words is searched by the user's turn before it.
- Without a match, or without the tool, it answers "from general knowledge", without grounding. When
  the system instruction holds the words "answer only from" it says instead that the files hold
  nothing about it; that is all it takes from the instruction.
- JSON output is made to fit the schema, from the words of the question, without grounding.
- Thinking counts against `maxOutputTokens`: a small limit gives MAX_TOKENS without parts.
- A document gets ready after one poll that says "not yet", or ten seconds.

Not served: tools but fileSearch, parts but text, media, embeddings, interactions.
"""

from .driving import KEY, OTHER_KEY, Emulator

__all__ = ["KEY", "OTHER_KEY", "Emulator"]
