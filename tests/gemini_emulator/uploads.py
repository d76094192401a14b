"""Resumable uploads and imports: how bytes become documents."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import Any

from . import names, shapes
from .errors import ServiceError, bad_field, invalid, precondition
from .http import Request, Response, json_response
from .reading import OVERLAP, TOKENS_PER_CHUNK, Cutting
from .state import Document, File, Indexing, Project, Service, Store, Upload

MOST_FILE_BYTES = 100_000_000
GRANULARITY = 256 << 10  # all chunks but the last are multiples of it
_MOST_METADATA, _MOST_TOKENS_PER_CHUNK = 20, 512
_RESPONSE = "type.googleapis.com/google.ai.generativelanguage.v1main."
_VALUES = ("stringValue", "numericValue", "stringListValue")
_UNREAD = ("audio/", "video/", "font/")
_PICTURES = ("image/png", "image/jpeg")


def start(service: Service, project: Project, request: Request, store: Store | None) -> Response:
    """Begin an upload, into a store or to the Files API."""
    headers = request.headers
    if headers.get("x-goog-upload-protocol") != "resumable":
        raise invalid("The emulator takes uploads by the resumable protocol only.")
    if headers.get("x-goog-upload-command") != "start":
        raise invalid("X-Goog-Upload-Command must be start.")
    size = _number(headers, "x-goog-upload-header-content-length")
    if size > MOST_FILE_BYTES and store:
        raise invalid(f"File size {size} exceeds the limit of {MOST_FILE_BYTES} bytes.")
    body = shapes.parse(request.body, shapes.UPLOAD if store else shapes.FILE)
    body = body if store else body.get("file", {})
    mime_type = body.get("mimeType") or headers.get("x-goog-upload-header-content-type") or ""
    _check_type(mime_type, store)
    display_name = body.get("displayName")
    if display_name and len(display_name) > 512:
        raise invalid("* display_name: at most 512 characters.")
    project.make_room(size)
    upload_id = "AOCed" + secrets.token_urlsafe(48)
    service.uploads[upload_id] = Upload(
        project,
        store,
        mime_type,
        display_name,
        headers.get("x-goog-upload-file-name"),
        _check_metadata(body.get("customMetadata", [])),
        _check_cutting(body.get("chunkingConfig", {})),
        size,
    )
    address = f"http://{request.host}{request.path}?upload_id={upload_id}"
    return Response(
        headers={
            "Content-Type": "text/plain; charset=utf-8",
            "X-Goog-Upload-Status": "active",
            "X-Goog-Upload-URL": f"{address}&upload_protocol=resumable",
        }
    )


def receive(upload: Upload, request: Request, indexing: Indexing) -> Response:
    """Take a chunk; the last one makes the document or file."""
    commands = {
        word.strip() for word in request.headers.get("x-goog-upload-command", "").split(",")
    }
    if commands == {"query"}:
        status = {
            "X-Goog-Upload-Status": "final" if upload.ended else "active",
            "X-Goog-Upload-Size-Received": str(len(upload.data)),
        }
        return Response(headers=status)
    if upload.ended:
        raise precondition("Upload has already been terminated.")
    if commands - {"upload", "finalize"} or not commands:
        raise _ended(upload, "X-Goog-Upload-Command must be upload, finalize or both.")
    if "upload" in commands:
        offset = _number(request.headers, "x-goog-upload-offset")
        if offset != len(upload.data):
            raise _ended(upload, f"Expected offset {len(upload.data)}, got {offset}.")
        upload.data += request.body
    if len(upload.data) > upload.size:
        raise _ended(upload, f"{upload.size} bytes were announced, and more came.")
    if "finalize" not in commands:
        if len(request.body) % GRANULARITY:
            raise _ended(upload, f"A chunk must be a multiple of {GRANULARITY} bytes.")
        return Response(headers={"X-Goog-Upload-Status": "active"})
    if len(upload.data) != upload.size:
        raise _ended(upload, f"{upload.size} bytes were announced, {len(upload.data)} came.")
    upload.ended = True
    data, upload.data = bytes(upload.data), bytearray()
    made = _add_document(upload, data, indexing) if upload.store else _add_file(upload, data)
    return json_response(made, headers={"X-Goog-Upload-Status": "final"})


def import_file(
    project: Project, store: Store, request: Request, indexing: Indexing
) -> dict[str, Any]:
    """Make a document from a file of the Files API, named after the file's id."""
    body = shapes.parse(request.body, shapes.IMPORT)
    name = body.get("fileName", "")
    file = project.files.get(name)
    if file is None:
        raise ServiceError(
            403,
            f"You do not have permission to access the File {name.removeprefix('files/')} "
            "or it may not exist.",
        )
    _check_type(file.mime_type, store)
    project.make_room(len(file.data))
    file_id = name.removeprefix("files/")
    document_id = names.new_id(file_id)
    document = Document(
        f"{store.name}/documents/{document_id}",
        file_id,
        file.mime_type,
        len(file.data),
        _check_metadata(body.get("customMetadata", [])),
        indexing,
    )
    document.read(file.data, _check_cutting(body.get("chunkingConfig", {})))
    operation = f"{store.name}/operations/{document_id}"
    store.add(document, operation)
    return {"name": operation}


def operation(store: Store, name: str) -> dict[str, Any]:
    """Tell how far an upload or import is. Names in a finished one are short."""
    document = store.operations.get(name)
    if document is None:
        raise ServiceError(404, f"Operation {name} not found.")
    document.look()
    if not document.finished:
        return {"name": name}
    if document.error:
        return {"name": name, "done": True, "error": document.error}
    uploaded = "/upload/" in name
    response: dict[str, Any] = {
        "@type": _RESPONSE
        + ("UploadToFileSearchStoreResponse" if uploaded else "ImportFileResponse"),
        "parent": store.name.rsplit("/", 1)[-1],
        "documentName": document.name.rsplit("/", 1)[-1],
    }
    if uploaded:
        response |= {"mimeType": document.mime_type, "sizeBytes": str(document.size)}
    return {"name": name, "done": True, "response": response}


def file_wire(file: File) -> dict[str, Any]:
    """Spell a file of the Files API."""
    named = {"displayName": file.display_name} if file.display_name else {}
    return {
        "name": file.name,
        **named,
        "mimeType": file.mime_type,
        "sizeBytes": str(len(file.data)),
        "createTime": file.made,
        "updateTime": file.made,
        "uri": f"https://generativelanguage.googleapis.com/v1beta/{file.name}",
        "state": "ACTIVE",
        "source": "UPLOADED",
    }


def _add_document(upload: Upload, data: bytes, indexing: Indexing) -> dict[str, Any]:
    store = upload.store
    assert store
    if upload.project.stores.get(store.name) is not store:
        raise _ended(upload, "The FileSearchStore was deleted.")
    display_name = upload.display_name or upload.file_name
    document_id = names.new_id(display_name)
    document = Document(
        f"{store.name}/documents/{document_id}",
        display_name,
        upload.mime_type,
        len(data),
        upload.metadata,
        replace(indexing),
    )
    document.read(data, upload.cutting)
    operation = f"{store.name}/upload/operations/{document_id}"
    store.add(document, operation)
    return {
        "name": operation,
        "response": {
            "@type": _RESPONSE + "UploadToFileSearchStoreResponse",
            "parent": store.name,
            "documentName": document.name,
            "mimeType": document.mime_type,
            "sizeBytes": str(len(data)),
        },
    }


def _add_file(upload: Upload, data: bytes) -> dict[str, Any]:
    name = f"files/{names.new_id(None).split('-')[0]}"
    file = File(name, upload.display_name, upload.mime_type, data)
    upload.project.files[name] = file
    return {"file": file_wire(file)}


def _ended(upload: Upload, message: str) -> ServiceError:
    upload.ended = True
    upload.data = bytearray()
    return invalid(message)


def _number(headers: dict[str, str], name: str) -> int:
    value = headers.get(name, "")
    if not value.isdigit():
        raise invalid(f"{name} must be a number.")
    return int(value)


def _check_type(mime_type: str, store: Store | None) -> None:
    family, _, kind = mime_type.partition("/")
    if not family or not kind or " " in mime_type:
        raise invalid(f"MIME type {mime_type!r} is not a type.")
    if store is None:
        return
    pictures = store.embedding_model.endswith("-2")
    if mime_type.startswith(_UNREAD) or (
        family == "image" and not (pictures and mime_type in _PICTURES)
    ):
        raise invalid(f"Unsupported MIME type: {mime_type}")


def _check_metadata(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    if len(entries) > _MOST_METADATA:
        raise invalid(f"* custom_metadata: at most {_MOST_METADATA} entries.")
    for entry in entries:
        if not entry.get("key") or sum(value in entry for value in _VALUES) != 1:
            raise bad_field(
                "* custom_metadata: each entry has a key and one value.", "custom_metadata"
            )
    if len({entry["key"] for entry in entries}) != len(entries):
        raise invalid("* custom_metadata: a key is given twice.")
    return entries


def _check_cutting(config: dict[str, Any]) -> Cutting:
    space = config.get("whiteSpaceConfig", {})
    tokens = space.get("maxTokensPerChunk", TOKENS_PER_CHUNK)
    cutting = Cutting(tokens, space.get("maxOverlapTokens", min(OVERLAP, tokens // 10)))
    if not 0 < cutting.tokens <= _MOST_TOKENS_PER_CHUNK:
        raise invalid(f"* max_tokens_per_chunk: from 1 to {_MOST_TOKENS_PER_CHUNK}.")
    if not 0 <= cutting.overlap < cutting.tokens:
        raise invalid("* max_overlap_tokens: less than max_tokens_per_chunk.")
    return cutting
