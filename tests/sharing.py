"""What all installations of a run share, because making it costs more than most tests do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from jinja2 import FileSystemBytecodeCache
from passlib.hash import argon2
from werkzeug.routing import Rule

_shelves: list[Path] = []


def share(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep what is made once where every process of this run finds it."""
    base = tmp_path_factory.getbasetemp()
    shelf = base.parent if base.name.startswith("popen-") else base
    _shelves.append(shelf / "assets")
    templates = shelf / "templates"
    for folder in (*_shelves, templates):
        folder.mkdir(exist_ok=True)
    Flask.jinja_options = {"bytecode_cache": FileSystemBytecodeCache(str(templates))}
    Rule._compile_builder = _made_once(Rule._compile_builder)
    # nobody guesses at these passwords
    argon2.memory_cost, argon2.default_rounds, argon2.parallelism = 8, 1, 1


def instance_in(folder: Path, name: str = "instance") -> Path:
    """Return the folder of an installation in this one, which need not make assets in a run."""
    instance = folder / name
    instance.mkdir(mode=0o700, parents=True, exist_ok=True)
    assets = instance / "assets"
    if _shelves and not assets.exists():
        assets.symlink_to(_shelves[-1])
    return instance


def _made_once(compile_builder: Any) -> Any:
    """Build what writes a route's address once: it is the same in the next app."""
    built: dict[tuple[object, ...], Any] = {}

    def compiled(rule: Rule, append_unknown: bool = True) -> Any:
        key = (tuple(rule._trace), str(rule.defaults), append_unknown)
        if key not in built:
            built[key] = compile_builder(rule, append_unknown)
        return built[key]

    return compiled
