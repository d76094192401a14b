"""What the benchmark reads: the docstrings of the standard library, which is on every machine."""

import importlib
import inspect
import warnings
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

HERE = Path(__file__).parent


def documents() -> dict[str, str]:
    """Return the docstrings of public functions, classes and methods by their full names."""
    found: dict[str, str] = {}
    seen: set[str] = set()
    for name in (HERE / "modules.txt").read_text("utf-8").split():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                module = importlib.import_module(name)
            except ImportError:
                continue  # gone from, or not yet in, this version
        for full_name, text in _of(module):
            if len(text) >= 20 and text not in seen:
                seen.add(text)
                found.setdefault(full_name, text)
    return found


def questions() -> list[tuple[str, frozenset[str]]]:
    """Return each question with the names of what answers it."""
    lines = (HERE / "questions.txt").read_text("utf-8").splitlines()
    pairs = (line.split("|") for line in lines if line and not line.startswith("#"))
    return [
        (question.strip(), frozenset(name.strip() for name in names.split(",")))
        for question, names in pairs
    ]


def _of(module: ModuleType) -> Iterator[tuple[str, str]]:
    package = module.__name__.partition(".")[0]
    for name, value in sorted(vars(module).items()):
        home = (getattr(value, "__module__", None) or package).partition(".")[0].lstrip("_")
        offered = name in getattr(module, "__all__", ()) or home == package
        if name.startswith("_") or not offered:
            continue
        if inspect.isclass(value):
            yield from _of_class(f"{module.__name__}.{name}", value)
        elif callable(value):
            yield f"{module.__name__}.{name}", inspect.getdoc(value) or ""


def _of_class(full_name: str, value: type) -> Iterator[tuple[str, str]]:
    own = vars(value).get("__doc__")
    yield full_name, inspect.cleandoc(own) if isinstance(own, str) else ""
    for name, member in sorted(vars(value).items()):
        member = getattr(member, "__func__", member)
        text = getattr(member, "__doc__", None)
        documented = inspect.isroutine(member) or isinstance(member, property)
        if documented and isinstance(text, str) and not name.startswith("_"):
            yield f"{full_name}.{name}", inspect.cleandoc(text)
