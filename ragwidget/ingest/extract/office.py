"""What every Office file says about itself."""

from __future__ import annotations

import io
import re
import zipfile
from xml.etree.ElementTree import ParseError

from defusedxml.ElementTree import fromstring

_TITLE = "{http://purl.org/dc/elements/1.1/}title"
_MEANINGLESS = re.compile(
    r"(powerpoint presentation|presentation|untitled|document|slide ?1)?\d*", re.IGNORECASE
)


def title_of(content: bytes) -> str | None:
    """Return the title in the file's properties, unless it is one that a program made up."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            title = fromstring(archive.read("docProps/core.xml")).findtext(_TITLE)
    except (KeyError, ParseError):
        return None
    return None if _MEANINGLESS.fullmatch((title or "").strip()) else title
