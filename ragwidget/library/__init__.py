"""The memory of what was read: the only writer of sources, passages and documents.

`adding` takes sources in, `replacing` changes and `sources` finds and deletes them; `readings` are
on their way into `passages`, which are shelved and searched; `documents` says what a chatbot's
File Search store should have, `uploads` are on their way there and `agenda` says whose turn it is;
`originals` keeps the files; `standings` and `knowledge` show how far it is and what was read.
"""

from ragwidget.library import agenda, documents, uploads
from ragwidget.library.adding import add_file, add_qa, add_text, copy
from ragwidget.library.knowledge import facts_of, passages_of, some
from ragwidget.library.originals import OriginalMissing, Originals, OriginalsUnreachable
from ragwidget.library.passages import Shelf, unshelve_some
from ragwidget.library.readings import Claim, advance, claim, due, fail, put_off, shelve
from ragwidget.library.replacing import replace_file, replace_qa, replace_text
from ragwidget.library.sources import (
    existing,
    of_chatbot,
    read_again,
    read_missing,
    remove,
    titles,
)
from ragwidget.library.standings import Standing, Tally, counts, standing, tally

__all__ = [
    "Claim",
    "OriginalMissing",
    "Originals",
    "OriginalsUnreachable",
    "Shelf",
    "Standing",
    "Tally",
    "add_file",
    "add_qa",
    "add_text",
    "advance",
    "agenda",
    "claim",
    "copy",
    "counts",
    "documents",
    "due",
    "existing",
    "facts_of",
    "fail",
    "of_chatbot",
    "passages_of",
    "put_off",
    "read_again",
    "read_missing",
    "remove",
    "replace_file",
    "replace_qa",
    "replace_text",
    "shelve",
    "some",
    "standing",
    "tally",
    "titles",
    "unshelve_some",
    "uploads",
]
