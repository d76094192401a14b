"""Request bodies: read in either spelling, refused where they say what the service doesn't know.

A shape is a dict (a message), a list of one (repeated), a frozenset (an enum), a type name of the
service (a scalar) or None (any JSON). What comes out is camelCase throughout.
"""

from __future__ import annotations

import json
import re
from typing import Any

from .errors import ServiceError, bad_field

STRING, INT, FLOAT, BOOL, BYTES = (
    "TYPE_STRING",
    "TYPE_INT32",
    "TYPE_FLOAT",
    "TYPE_BOOL",
    "TYPE_BYTES",
)
ANY = None

METADATA = {
    "key": STRING,
    "stringValue": STRING,
    "numericValue": FLOAT,
    "stringListValue": {"values": [STRING]},
}
CHUNKING = {"whiteSpaceConfig": {"maxTokensPerChunk": INT, "maxOverlapTokens": INT}}
STORE = {"name": STRING, "displayName": STRING, "embeddingModel": STRING}
UPLOAD = {
    "displayName": STRING,
    "customMetadata": [METADATA],
    "chunkingConfig": CHUNKING,
    "mimeType": STRING,
}
IMPORT = {"fileName": STRING, "customMetadata": [METADATA], "chunkingConfig": CHUNKING}
FILE = {"file": {"name": STRING, "displayName": STRING, "mimeType": STRING, "sizeBytes": INT}}
PART = {
    "text": STRING,
    "thought": BOOL,
    "thoughtSignature": BYTES,
    "toolCall": ANY,
    "toolResponse": ANY,
    "functionCall": ANY,
    "functionResponse": ANY,
    "inlineData": ANY,
    "fileData": ANY,
    "executableCode": ANY,
    "codeExecutionResult": ANY,
}
CONTENT = {"role": STRING, "parts": [PART]}
_HARMS = "HARASSMENT HATE_SPEECH SEXUALLY_EXPLICIT DANGEROUS_CONTENT JAILBREAK"
SAFETY = {
    "category": frozenset(f"HARM_CATEGORY_{harm}" for harm in _HARMS.split()),
    "threshold": frozenset(
        ["BLOCK_LOW_AND_ABOVE", "BLOCK_MEDIUM_AND_ABOVE", "BLOCK_ONLY_HIGH", "BLOCK_NONE", "OFF"]
    ),
}
TOOL = {
    "fileSearch": {"fileSearchStoreNames": [STRING], "topK": INT, "metadataFilter": STRING},
    "functionDeclarations": ANY,
    "googleSearch": ANY,
    "googleSearchRetrieval": ANY,
    "googleMaps": ANY,
    "urlContext": ANY,
    "codeExecution": ANY,
    "computerUse": ANY,
    "mcpServers": ANY,
}
GENERATION = {
    "temperature": FLOAT,
    "topP": FLOAT,
    "topK": INT,
    "candidateCount": INT,
    "maxOutputTokens": INT,
    "stopSequences": [STRING],
    "seed": INT,
    "presencePenalty": FLOAT,
    "frequencyPenalty": FLOAT,
    "responseMimeType": STRING,
    "responseSchema": ANY,
    "responseJsonSchema": ANY,
    "responseModalities": [STRING],
    "responseLogprobs": BOOL,
    "logprobs": INT,
    "mediaResolution": STRING,
    "thinkingConfig": {
        "includeThoughts": BOOL,
        "thinkingBudget": INT,
        "thinkingLevel": frozenset(["MINIMAL", "LOW", "MEDIUM", "HIGH", "XHIGH"]),
    },
}
GENERATE = {
    "model": STRING,
    "contents": [CONTENT],
    "systemInstruction": CONTENT,
    "safetySettings": [SAFETY],
    "tools": [TOOL],
    "toolConfig": {
        "includeServerSideToolInvocations": BOOL,
        "functionCallingConfig": ANY,
        "retrievalConfig": ANY,
    },
    "generationConfig": GENERATION,
    "cachedContent": STRING,
    "continuationToken": BYTES,
    "labels": ANY,
    "serviceTier": STRING,
    "store": BOOL,
}
COUNT = {"contents": [CONTENT], "generateContentRequest": GENERATE}


def parse(body: bytes, shape: dict[str, Any]) -> dict[str, Any]:
    """Read a body; nothing counts as an empty message."""
    if not body.strip():
        return {}
    try:
        value = json.loads(body)
    except ValueError as error:
        message = f"Invalid JSON payload received. {error}"
        raise bad_field(message, "") from error
    if not isinstance(value, dict):
        raise bad_field(
            'Invalid JSON payload received. Unknown name "": Root element must be a message.', ""
        )
    return _read(value, shape, "")


def camel(name: str) -> str:
    """Spell a name as the service does.

    >>> camel("max_tokens_per_chunk"), camel("topK")
    ('maxTokensPerChunk', 'topK')
    """
    return re.sub(r"_([a-z0-9])", lambda match: match[1].upper(), name)


def snake(name: str) -> str:
    """Spell a name as the service's messages do.

    >>> snake("fileSearchStoreNames")
    'file_search_store_names'
    """
    return re.sub(r"[A-Z]", lambda match: "_" + match[0].lower(), name)


def _read(value: Any, shape: Any, path: str) -> Any:
    if isinstance(shape, dict):
        return _read_message(value, shape, path)
    if isinstance(shape, list):
        # the service takes a lone value for a list of one
        values = value if isinstance(value, list) else [value]
        return [_read(item, shape[0], f"{path}[{i}]") for i, item in enumerate(values)]
    if isinstance(shape, frozenset):
        if value not in shape:
            raise _wrong(path, "TYPE_ENUM", value)
        return value
    return value if shape is ANY else _read_scalar(value, shape, path)


def _read_message(value: Any, shape: dict[str, Any], path: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _wrong(path, "message", value)
    message: dict[str, Any] = {}
    for name, item in value.items():
        known = camel(name)
        if known not in shape or name not in {known, snake(known)}:
            where = f" at '{path}'" if path else ""
            raise bad_field(
                f'Invalid JSON payload received. Unknown name "{name}"{where}: Cannot find field.',
                path,
            )
        if known in message:
            raise bad_field(f"Invalid value at '{path}': {known} is set twice.", path)
        if item is not None:
            message[known] = _read(item, shape[known], f"{path}.{snake(known)}".lstrip("."))
    return message


def _read_scalar(value: Any, kind: str, path: str) -> Any:
    if kind in {STRING, BYTES} and isinstance(value, str):
        return value
    if kind == BOOL and isinstance(value, bool):
        return value
    if kind in {INT, FLOAT} and not isinstance(value, bool):
        try:
            number = float(value)
        except (TypeError, ValueError):
            raise _wrong(path, kind, value) from None
        if kind == FLOAT:
            return value if isinstance(value, int) else number
        if number.is_integer():
            return int(number)
    raise _wrong(path, kind, value)


def _wrong(path: str, kind: str, value: Any) -> ServiceError:
    return bad_field(f"Invalid value at '{path}' ({kind}), {json.dumps(value)[:200]}", path)
