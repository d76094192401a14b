"""The container, its neighbours and the proxy name only what exists, and hold what they promise."""

from __future__ import annotations

import re
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import yaml

from ragwidget import cli, config

ROOT = Path(__file__).parents[1]
SETTINGS = {setting.variable for setting in config.SETTINGS}
DOCKERFILE = (ROOT / "Dockerfile").read_text()
NGINX = ROOT / "ragwidget" / "deploy" / "nginx"
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name for name, service in SERVICES.items() if service["image"] == "ragwidget"}


def test_every_variable_that_they_set_is_a_setting() -> None:
    told = set(re.findall(r"\bRAGWIDGET_[A-Z_]+", DOCKERFILE))
    for name in OURS:
        told |= set(SERVICES[name]["environment"])

    assert len(told) > 10
    assert {variable.removesuffix("_FILE") for variable in told} <= SETTINGS
    for text in [*NGINX.iterdir(), ROOT / "compose.yaml"]:
        named = set(re.findall(r"\bRAGWIDGET_[A-Z_]+", text.read_text()))
        assert {variable.removesuffix("_FILE") for variable in named} <= SETTINGS, text


def test_every_command_is_one_of_ours() -> None:
    [started] = re.findall(r'^CMD \["ragwidget", "(\w+)"\]', DOCKERFILE, re.MULTILINE)
    told = {name: SERVICES[name].get("command", ["ragwidget", started]) for name in OURS}

    assert {name: command[1] for name, command in told.items()} == {
        "web1": "serve",
        "web2": "serve",
        "worker": "worker",
        "migrate": "migrate",
    }
    assert {command[1] for command in told.values()} <= set(cli.commands.commands)


def test_the_container_has_all_that_the_code_reads_beside_it_and_nothing_else() -> None:
    ignored = (ROOT / ".dockerignore").read_text().split()
    kept = {line.removeprefix("!") for line in ignored if line.startswith("!")}

    assert ignored[0] == "*"
    assert kept == {
        "README.md",  # the demonstration reads it
        "constraints.txt",
        "gunicorn.conf.py",
        "migrations",
        "pyproject.toml",
        "ragwidget",
        "static",
        "templates",
        "wsgi.py",
    }
    assert all((ROOT / name).exists() for name in kept)
    for sources in re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE):
        for source in sources.split():
            assert source == "." or any(fnmatch(source, f"{name}*") for name in kept), source


def test_the_container_is_not_root_and_installs_what_was_pinned() -> None:
    built, served = re.split(r"^FROM .*$", DOCKERFILE, flags=re.MULTILINE)[1:]

    assert re.search(r"^USER [1-9][0-9]+$", served, re.MULTILINE)
    assert "-c constraints.txt" in built
    assert "pip" not in served
    assert "HEALTHCHECK" in served


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_every_service_is_guarded(name: str) -> None:
    service = SERVICES[name]

    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service.get("user") or name in OURS
    assert not service.get("privileged")


def test_no_service_begins_before_what_it_needs() -> None:
    for name in ("web1", "web2", "worker"):
        assert SERVICES[name]["depends_on"] == {
            "postgres": {"condition": "service_healthy"},
            "valkey": {"condition": "service_healthy"},
            "migrate": {"condition": "service_completed_successfully"},
        }
    for waited_for in ("postgres", "valkey"):
        assert SERVICES[waited_for]["healthcheck"]["test"]
    assert set(SERVICES["nginx"]["depends_on"]) == {"web1", "web2"}


def test_only_the_proxy_can_be_reached_and_only_we_reach_the_databases() -> None:
    assert {name for name, service in SERVICES.items() if "ports" in service} == {"nginx"}
    assert COMPOSE["networks"]["inside"]["internal"] is True
    for name in ("postgres", "valkey"):
        assert SERVICES[name]["networks"] == ["inside"]
    assert SERVICES["nginx"]["networks"] == ["outside"]


def test_what_a_node_keeps_is_its_own_but_for_the_originals() -> None:
    volumes = {name: SERVICES[name]["volumes"] for name in ("web1", "web2", "worker")}

    for name, mounted in volumes.items():
        assert mounted == [
            f"{name}:/var/lib/ragwidget",
            "originals:/var/lib/ragwidget/originals",
        ]
        assert {mount.partition(":")[0] for mount in mounted} <= set(COMPOSE["volumes"])


def test_the_secrets_are_files_that_make_writes() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for name, secret in COMPOSE["secrets"].items():
        assert secret["file"] == f"./instance/secrets/{name}"
        assert f"> {name}" in makefile


def test_the_proxy_listens_and_looks_where_the_others_are() -> None:
    listen = (NGINX / "listen.conf").read_text()
    nodes = dict(
        re.findall(r"^server (\w+):(\d+) ", (NGINX / "nodes.conf").read_text(), re.MULTILINE)
    )
    [published] = SERVICES["nginx"]["ports"]

    assert f"listen {published.rpartition(':')[2]};" in listen
    assert set(nodes) == {name for name in OURS if name.startswith("web")}
    assert set(nodes.values()) == {str(config.load(SECRET_KEY="x", environment={})["PORT"])}
    assert f"EXPOSE {nodes['web1']}" in DOCKERFILE


def test_the_proxy_takes_what_we_take_and_waits_as_long_as_we_do() -> None:
    told = (NGINX / "nginx.conf").read_text()
    settings = config.load(SECRET_KEY="x", environment={})
    [largest] = re.findall(r"client_max_body_size (\d+)m;  # more than", told)
    [patience] = re.findall(r"proxy_read_timeout (\d+)s;  # more than", told)
    grace = SERVICES["web1"]["stop_grace_period"].removesuffix("s")

    assert int(largest) << 20 > settings["MAX_FILE_BYTES"] + (1 << 20)
    assert int(patience) > settings["GEMINI_ANSWER_SECONDS"]
    assert int(grace) > settings["GRACE_SECONDS"] + 5
