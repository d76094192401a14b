"""What a browser gets when it asks for the widget and the dashboard's files."""

import re
import shutil
from functools import partial
from pathlib import Path

import brotli
import pytest
from flask import Flask

from ragwidget.web import assets

STATIC = Path(__file__).parents[1] / "static"


@pytest.fixture
def house(tmp_path):
    """A folder laid out like ours, with a small widget and a stylesheet."""
    (tmp_path / "ragwidget").mkdir()
    widget = tmp_path / "static" / "widget"
    widget.mkdir(parents=True)
    (tmp_path / "static" / "widget.js").write_text(
        'import(new URL("widget/element.js", document.currentScript.src));\n'
    )
    (widget / "element.js").write_text(
        'import { LOOK } from "./style.js";\n\n/** Says it. */\nexport const said = LOOK;\n'
    )
    (widget / "style.js").write_text(
        "export const LOOK = /* css */ `\n  .box  { color : red }\n`;\n"
    )
    dashboard = tmp_path / "static" / "dashboard"
    dashboard.mkdir()
    (dashboard / "app.css").write_text("body {\n  color: #ff0000;\n}\n" * 40)
    return tmp_path


def serve(house):
    app = Flask("house", root_path=str(house / "ragwidget"), instance_path=str(house / "instance"))
    assets.init_app(app)
    client = app.test_client()
    client.get = partial(client.get, buffered=True)  # or the file behind an answer stays open
    return client


def panel_address(client):
    return re.search(r'"(assets/widget\.[0-9a-f]{12}\.js)"', client.get("/widget.js").text)[1]


def test_it_serves_a_short_lived_loader_to_any_page(house):
    loader = serve(house).get("/widget.js")

    assert loader.status_code == 200
    assert loader.mimetype == "text/javascript"
    assert "max-age=300" in loader.headers["Cache-Control"]
    assert "immutable" not in loader.headers["Cache-Control"]
    assert loader.headers["Access-Control-Allow-Origin"] == "*"
    assert loader.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert loader.headers["X-Content-Type-Options"] == "nosniff"


def test_it_says_that_the_loader_has_not_changed(house):
    client = serve(house)
    loader = client.get("/widget.js")

    again = client.get("/widget.js", headers={"If-None-Match": loader.headers["ETag"]})

    assert again.status_code == 304


def test_it_serves_an_open_chat_as_one_file_for_ever(house):
    client = serve(house)

    panel = client.get("/" + panel_address(client))

    assert panel.status_code == 200
    assert "immutable" in panel.headers["Cache-Control"]
    assert panel.headers["Access-Control-Allow-Origin"] == "*"
    assert "import" not in panel.text
    assert ".box{color:red}" in panel.text
    assert "Says it" not in panel.text


@pytest.mark.parametrize("coding", ["br", "gzip", "identity"])
def test_it_sends_what_the_browser_can_unpack(house, coding):
    client = serve(house)
    with client.application.test_request_context():
        address = client.application.jinja_env.globals["asset_url"]("dashboard/app.css")

    sent = client.get(address, headers={"Accept-Encoding": coding})

    assert sent.headers.get("Content-Encoding", "identity") == coding
    assert sent.headers["Vary"] == "Accept-Encoding"
    if coding == "br":
        assert brotli.decompress(sent.data).startswith(b"body{color:red}")


def test_it_still_serves_an_open_page_what_it_was_made_with(house):
    old = serve(house)
    before = panel_address(old)
    asked = old.get("/" + before)
    (house / "static" / "widget" / "style.js").write_text("export const LOOK = `blue`;\n")
    client = serve(house)

    kept = client.get("/" + before)

    assert panel_address(client) != before
    assert kept.status_code == 200
    assert kept.text == asked.text
    assert "immutable" in kept.headers["Cache-Control"]
    assert kept.headers["Cross-Origin-Resource-Policy"] == "cross-origin"


def test_it_lets_a_page_from_before_an_update_say_so_when_a_part_of_it_is_gone(house):
    widget = house / "static" / "widget"
    (widget / "outdated.js").write_text("export default () => {};\n")
    client = serve(house)

    led = client.get("/assets/widget-more.0123456789ab.js")
    stand_in = client.get(led.location)

    assert led.status_code == 302
    assert stand_in.status_code == 200
    assert stand_in.text.startswith("export default")
    assert stand_in.headers["Access-Control-Allow-Origin"] == "*"
    assert client.get("/assets/widget-said.0123456789ab.js").status_code == 404


def test_it_renames_what_changes_and_leads_old_pages_to_it(house):
    before = panel_address(serve(house))
    (house / "static" / "widget" / "style.js").write_text("export const LOOK = `blue`;\n")
    shutil.rmtree(house / "instance")
    client = serve(house)

    after = panel_address(client)
    led = client.get("/" + before)

    assert after != before
    assert led.status_code == 302
    assert led.location == "/" + after
    assert led.headers["Access-Control-Allow-Origin"] == "*"
    assert led.headers["Cache-Control"] == "no-store"


def test_it_keeps_the_name_of_what_stays_the_same(house):
    first = panel_address(serve(house))
    (house / "static" / "dashboard" / "app.css").write_text("body { color: blue }")

    assert panel_address(serve(house)) == first


@pytest.mark.parametrize(
    "address",
    ["/assets/", "/assets/nothing.js", "/assets/../names.json", "/names.json", "/widget/", "/x.js"],
)
def test_it_serves_nothing_else(house, address):
    assert serve(house).get(address).status_code == 404


def test_it_offers_each_module_to_other_faces(house):
    module = serve(house).get("/widget/element.js")

    assert 'from"./style.js"' in module.text
    assert "max-age=300" in module.headers["Cache-Control"]
    assert module.headers["Access-Control-Allow-Origin"] == "*"


def test_it_builds_nothing_that_was_built_before(tmp_path, monkeypatch):
    made = assets.built(STATIC, tmp_path)
    monkeypatch.setattr(assets, "build", lambda *_: pytest.fail("it was built again"))

    assert assets.built(STATIC, tmp_path) == made


def test_it_builds_elsewhere_when_the_instance_cannot_be_written(house):
    (house / "instance").write_text("a file where a folder should be")

    assert serve(house).get("/widget.js").status_code == 200


def test_it_serves_the_sources_as_written_where_there_is_no_minifier(house, monkeypatch):
    address = panel_address(serve(house))
    monkeypatch.setattr(assets, "minify", None)
    client = serve(house)

    panel = client.get("/" + panel_address(client))
    with client.application.test_request_context():
        sheet = client.application.jinja_env.globals["asset_url"]("dashboard/app.css")
    sent = client.get(sheet, headers={"Accept-Encoding": "br"})

    assert panel_address(client) != address
    assert "/** Says it. */\nconst said = LOOK;" in panel.text
    assert "  .box  { color : red }" in panel.text
    assert re.findall(r"^(?:import|export) .*? =", panel.text, re.MULTILINE) == [
        "export const { said } ="
    ]
    assert "immutable" in panel.headers["Cache-Control"]
    assert sent.headers["Content-Encoding"] == "br"
    assert brotli.decompress(sent.data).startswith(b"body {\n  color: #ff0000;")


def test_it_refuses_two_modules_that_declare_the_same_name(house):
    (house / "static" / "widget" / "element.js").write_text(
        'import { LOOK } from "./style.js";\nconst LOOK = 1;\n'
    )

    with pytest.raises(
        assets.NamesClash, match=r"LOOK is declared in style\.js and in element\.js"
    ):
        serve(house)


def test_it_joins_our_own_widget_without_leaving_an_import():
    whole = assets.joined(assets.gathered(STATIC / "widget" / "element.js"))

    imported = re.findall(r"^(?:import|export) .*? =", whole, re.MULTILINE)
    assert imported == ["export const { wake } ="]
    assert "function wake(" in whole


def test_it_serves_what_is_imported_on_use_as_a_file_that_borrows_from_the_chat(house):
    widget = house / "static" / "widget"
    (widget / "element.js").write_text(
        'import { LOOK } from "./style.js";\n\n'
        'export const later = async () => [LOOK, await import("./more.js")];\n'
    )
    (widget / "more.js").write_text(
        'import { LOOK } from "./style.js";\nexport { worn } from "./worn.js";\n\n'
        "export function wear() {\n  return LOOK;\n}\n"
    )
    (widget / "worn.js").write_text(
        'import { LOOK } from "./style.js";\n\nexport const worn = () => LOOK;\n'
    )
    client = serve(house)

    panel = client.get("/" + panel_address(client))
    name = re.search(r"widget-more\.[0-9a-f]{12}\.js", panel.text)[0]
    part = client.get(f"/assets/{name}")

    assert ".box" in panel.text
    assert "worn" not in panel.text
    assert re.search(r"\.default\(\{LOOK:\w+\}\)", panel.text)
    assert re.match(r"let made;export default\(\{LOOK:\w+\}\)=>\(?made\?\?=", part.text)
    assert re.search(r"return\{worn:\w+,wear:\w+\}", part.text)
    assert "import" not in part.text
    assert "immutable" in part.headers["Cache-Control"]
    assert part.headers["Access-Control-Allow-Origin"] == "*"
