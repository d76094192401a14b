"""What browsers fetch besides pages: minified, compressed and named by content, once per version.

`/widget.js` is short-lived and names the long-lived `/assets/…`; the modules of an open chat
travel as one file, and what it imports only on use as one file each.
Words that are fetched on use stand in one file for each language.
`/widget/<module>.js` is for people who build another face.
A page that stays open over an update finds what it was made with as long as that is still there.
"""

from __future__ import annotations

import atexit
import json
import re
import shutil
import tempfile
from collections.abc import MutableMapping
from hashlib import blake2b
from pathlib import Path

from flask import Flask, abort, current_app, redirect, url_for
from werkzeug.wrappers import Response
from whitenoise import WhiteNoise
from whitenoise.compress import Compressor

from ragwidget.extensions import limiter

try:
    import minify
except ImportError:  # no wheel for this machine: what is served is longer, and the same
    minify = None

LOADER = "widget.js"
ENTRY = "widget/element.js"
WORDS = "widget/words/more/"
OUTDATED = "widget/outdated.js"
STAND_IN = "widget-more.js"  # for which `OUTDATED` stands in
KEPT = 20  # versions whose files are still served
LOADER_SECONDS = 300  # how long a page may go on with yesterday's loader
IMPORT = re.compile(r'^(?:im|ex)port \{([^}]*)\} from "\./([\w-]+\.js)";\n', re.MULTILINE)
HANDED_ON = re.compile(r"^export \{([^}]*)\} from ", re.MULTILINE)
EXPORT = re.compile(r"^export (?:async )?(?:function\*?|class|const) (\w+)", re.MULTILINE)
ON_USE = re.compile(r'(?<=\bawait )import\("\./([\w-]+\.js)"\)')
DECLARATION = re.compile(
    r"^(?:export )?(?:async )?(?:function\*?|class|const|let) (\w+)", re.MULTILINE
)
STYLE = re.compile(r"/\* css \*/ `([^`]*)`")
MEDIA_TYPES = {
    ".js": "application/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".json": "application/json",
}
HASHED = re.compile(r"\.[0-9a-f]{12}(?=\.\w+$)")


class NamesClash(Exception):
    """Two modules of the widget declare the same name, so they cannot travel as one."""


def init_app(app: Flask) -> None:
    """Serve what stands in `static/`, and offer templates `asset_url(name)`."""
    static = Path(app.root_path).parent / "static"
    folder = built(static, Path(app.instance_path) / "assets")
    names: dict[str, str] = json.loads((folder / "names.json").read_text())
    app.extensions["asset-names"] = names
    app.add_template_global(asset_url)

    noise = WhiteNoise(
        app.wsgi_app,
        root=folder / "served",
        max_age=LOADER_SECONDS,
        immutable_file_test=lambda path, url: HASHED.search(url),
        add_headers_function=_manners,
    )
    for earlier in _earlier(folder):
        noise.add_files(earlier / "served" / "assets", prefix="assets/")
    app.wsgi_app = noise  # type: ignore[method-assign]

    @app.get("/assets/<path:name>")
    @limiter.exempt
    def asset(name: str) -> Response:
        """Lead from an earlier version's name to what has taken its place.

        Only such names arrive here: WhiteNoise answers the ones that exist.
        """
        current = names.get(HASHED.sub("", name))
        if current is None or current == name:
            abort(404)
        response = redirect(url_for("asset", name=current))
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        response.headers["Cache-Control"] = "no-store"
        return response


def asset_url(name: str) -> str:
    """Return the address of a file in `static/`."""
    return url_for("asset", name=current_app.extensions["asset-names"][name])


def built(static: Path, shelf: Path) -> Path:
    """Return the folder in which `static` stands ready to be served, made if it was not."""
    shelf = _writable(shelf)
    folder = shelf / _digest(static)
    if not folder.exists():
        with tempfile.TemporaryDirectory(dir=shelf) as workshop:
            made = Path(workshop) / "made"
            build(static, made)
            try:
                made.rename(folder)
            except OSError:  # another process was quicker, with the same result
                if not folder.exists():
                    raise
    return folder


def build(static: Path, folder: Path) -> None:
    """Write everything that is served under `folder/served`, and its names beside it."""
    served = folder / "served"
    names = {}
    for path in _files(static):
        name = path.relative_to(static).as_posix()
        if name == LOADER:
            continue
        content = _content(path)
        if name == OUTDATED:
            names[STAND_IN] = _hashed(name, content)
            _write(served / "assets" / names[STAND_IN], content)
            continue
        if name.startswith("widget/") and not name.startswith(WORDS):
            _write(served / name, content)
        else:
            names[name] = _hashed(name, content)
            _write(served / "assets" / names[name], content)

    core = gathered(static / ENTRY)
    text = joined(core)
    for name in dict.fromkeys(ON_USE.findall(text)):
        borrowed, part = part_of((static / ENTRY).with_name(name), core)
        content = _minified(part, ".js")
        address = _hashed(f"widget-{name}", content)
        _write(served / "assets" / address, content)
        arrived = f'import("./{address}").then((part) => part.default({borrowed}))'
        text = text.replace(f'import("./{name}")', arrived)
    panel = _minified(text, ".js")
    names["widget.js"] = _hashed("widget.js", panel)
    _write(served / "assets" / names["widget.js"], panel)
    loader = _content(static / LOADER).replace(
        f'"{ENTRY}"'.encode(), f'"assets/{names["widget.js"]}"'.encode()
    )
    _write(served / LOADER, loader)
    (folder / "names.json").write_text(json.dumps(names))


def joined(modules: dict[Path, str]) -> str:
    """Return modules as one, in their order; the last says what others can import."""
    given = f"{{ {', '.join(_exports(list(modules.values())[-1]))} }}"
    # in a function, all names can be shortened
    return f"export const {given} = (() => {{{_bodies(modules)}\nreturn {given} }})();"


def part_of(entry: Path, core: dict[Path, str]) -> tuple[str, str]:
    """Return what a module that is imported on use borrows from the core, and itself.

    It does not import the core but is handed what it borrows: each could otherwise only be
    named by content after the other. Like any module, it is made once.
    """
    own = {path: text for path, text in gathered(entry).items() if path not in core}
    imported = [
        (names, path.with_name(name)) for path in own for names, name in _imports(own[path])
    ]
    borrowed = dict.fromkeys(name for names, path in imported if path in core for name in names)
    given = _exports(own[entry])
    needs = f"{{ {', '.join(borrowed)} }}"
    return (
        needs,
        f"let made;\nexport default ({needs}) => made ??= "
        f"(() => {{{_bodies(own)}\nreturn {{ {', '.join(given)} }} }})();",
    )


def _imports(text: str) -> list[tuple[list[str], str]]:
    """Return which names a module takes, or hands on, from which others."""
    return [(re.findall(r"\w+", names), name) for names, name in IMPORT.findall(text)]


def _exports(text: str) -> list[str]:
    """Return the names that a module gives: handed on, and its own."""
    return re.findall(r"\w+", " ".join(HANDED_ON.findall(text))) + EXPORT.findall(text)


def gathered(entry: Path) -> dict[Path, str]:
    """Return a module and all that it imports, dependencies first."""
    modules: dict[Path, str] = {}
    seen = set()

    def gather(path: Path) -> None:
        if path in seen:
            return
        seen.add(path)
        text = path.read_text()
        for _, name in IMPORT.findall(text):
            gather(path.with_name(name))
        modules[path] = text

    gather(entry)
    return modules


def _bodies(modules: dict[Path, str]) -> str:
    declared: dict[str, str] = {}
    for path, text in modules.items():
        for name in DECLARATION.findall(text):
            if name in declared:
                raise NamesClash(f"{name} is declared in {declared[name]} and in {path.name}")
            declared[name] = path.name
    return "\n".join(re.sub(r"(?m)^export ", "", IMPORT.sub("", text)) for text in modules.values())


def _files(static: Path) -> list[Path]:
    return sorted(
        path for path in static.rglob("*") if path.is_file() and not path.name.startswith(".")
    )


def _earlier(folder: Path) -> list[Path]:
    """Return the versions that were served before, as far as they are kept, the oldest first."""
    others = [path for path in folder.parent.iterdir() if path != folder and path.is_dir()]
    made = sorted((path.stat().st_mtime, path) for path in others if (path / "served").is_dir())
    return [path for _, path in made[-KEPT:]]


def _digest(static: Path) -> str:
    """Name a version: the sources, and what decides what becomes of them."""
    digest = blake2b(Path(__file__).read_bytes(), digest_size=8)
    digest.update(b"minified" if minify else b"as written")
    for path in _files(static):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(static).as_posix()} {len(content)} ".encode())
        digest.update(content)
    return digest.hexdigest()


def _content(path: Path) -> bytes:
    if path.suffix in MEDIA_TYPES:
        return _minified(path.read_text(), path.suffix)
    return path.read_bytes()


def _minified(text: str, suffix: str) -> bytes:
    if minify is None:
        return text.encode()
    text = STYLE.sub(lambda style: f"`{minify.string('text/css', style[1])}`", text)
    return minify.string(MEDIA_TYPES[suffix], text).encode()


def _hashed(name: str, content: bytes) -> str:
    stem, dot, suffix = name.rpartition(".")
    return f"{stem}.{blake2b(content, digest_size=6).hexdigest()}{dot}{suffix}"


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    compressor = Compressor(quiet=True)
    if compressor.should_compress(path.name):
        compressor.compress(str(path))


def _writable(shelf: Path) -> Path:
    """Return a folder to keep versions in: this one, or one that lasts as long as the process."""
    try:
        shelf.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=shelf):
            return shelf
    except OSError:
        passing = tempfile.mkdtemp(prefix="ragwidget-")
        atexit.register(shutil.rmtree, passing, ignore_errors=True)
        return Path(passing)


def _manners(headers: MutableMapping[str, str], path: str, url: str) -> None:
    """Let any page load these files, whatever isolation it asks for."""
    headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    headers["X-Content-Type-Options"] = "nosniff"
