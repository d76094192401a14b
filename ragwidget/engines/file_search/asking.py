"""A prompt in the words of the service's client, and in those that the client sends."""

from __future__ import annotations

import math
from typing import Any

from pydantic.alias_generators import to_camel

from ragwidget.engines.file_search import names
from ragwidget.engines.file_search.exchange import Options, Prompt

_HARMS = ("HARASSMENT", "HATE_SPEECH", "SEXUALLY_EXPLICIT", "DANGEROUS_CONTENT", "JAILBREAK")


def spelled(prompt: Prompt, options: Options, *, seconds: float, silence: float) -> dict[str, Any]:
    """Return what the client is called with, for an answer within so many seconds."""
    return {
        "model": names.checked(names.MODEL, prompt.model or options.model, "a model"),
        "contents": [
            {
                "role": "user" if said.role == "visitor" else "model",
                "parts": [{"text": said.text}],
            }
            for said in prompt.said
        ],
        "config": _config(prompt, options)
        | {
            "http_options": {
                "timeout": math.ceil(silence * 1000),
                # By itself the client gives the service the time of one read for everything.
                "headers": {"X-Server-Timeout": str(math.ceil(seconds))},
            }
        },
    }


def posted(prompt: Prompt, options: Options) -> tuple[str, dict[str, Any]]:
    """Return the model's whole name, and what is sent to it for an answer."""
    called = spelled(prompt, options, seconds=0, silence=0)
    config = called["config"]
    thinking = config.get("thinking_config")
    generation = {
        "temperature": config["temperature"],
        "maxOutputTokens": config["max_output_tokens"],
        "responseMimeType": config.get("response_mime_type"),
        "responseJsonSchema": config.get("response_json_schema"),
        "thinkingConfig": thinking and {"thinkingLevel": thinking["thinking_level"]},
    }
    searches = [
        {"fileSearch": {to_camel(name): told for name, told in tool["file_search"].items()}}
        for tool in config.get("tools", ())
    ]
    body = {
        "contents": called["contents"],
        "systemInstruction": {"role": "user", "parts": [{"text": config["system_instruction"]}]},
        "safetySettings": config.get("safety_settings"),
        "tools": searches or None,
        "generationConfig": _told(generation),
    }
    model = called["model"]
    return model if "/" in model else f"models/{model}", _told(body)


def _told(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def _config(prompt: Prompt, options: Options) -> dict[str, Any]:
    config: dict[str, Any] = {
        "system_instruction": prompt.system,
        "temperature": prompt.temperature,
        "max_output_tokens": prompt.max_tokens or options.max_tokens,
        "automatic_function_calling": {"disable": True},
    }
    if options.safety:
        config["safety_settings"] = [
            {"category": f"HARM_CATEGORY_{harm}", "threshold": options.safety} for harm in _HARMS
        ]
    if prompt.schema:
        config["response_mime_type"] = "application/json"
        config["response_json_schema"] = prompt.schema
    elif options.thinking:
        config["thinking_config"] = {"thinking_level": options.thinking.upper()}
    if prompt.store:
        search: dict[str, Any] = {
            "file_search_store_names": [names.checked(names.STORE, prompt.store, "a store")],
            "top_k": prompt.top_k,
        }
        if prompt.source_filter:
            search["metadata_filter"] = prompt.source_filter
        config["tools"] = [{"file_search": search}]
    return config
