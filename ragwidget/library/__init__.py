"""The memory of what was read: the only writer of sources and passages.

`sources` adds, claims and deletes; `passages` shelves and searches; `originals` keeps the files;
`knowledge` shows what was read.
"""

from ragwidget.library.knowledge import passages_of, some
from ragwidget.library.originals import Originals
from ragwidget.library.passages import Shelf
from ragwidget.library.sources import (
    Claim,
    add_file,
    add_qa,
    add_text,
    advance,
    claim,
    counts,
    due,
    existing,
    fail,
    of_chatbot,
    read_again,
    remove,
    shelve,
    titles,
)

__all__ = [
    "Claim",
    "Originals",
    "Shelf",
    "add_file",
    "add_qa",
    "add_text",
    "advance",
    "claim",
    "counts",
    "due",
    "existing",
    "fail",
    "of_chatbot",
    "passages_of",
    "read_again",
    "remove",
    "shelve",
    "some",
    "titles",
]
