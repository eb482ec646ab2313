"""The files in ``deploy/`` and the code name the same things: options, settings, ports, addresses."""

import re
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest
import yaml

from cityloop.site import cli
from cityloop.site.processes import PARTS
from cityloop.site.settings import env

DEPLOY = Path(__file__).parents[2] / "deploy"
KNOWN = env.NAMES | {f"{name}_FILE" for name in env.NAMES}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    return found


def parts_of(words: list[str]) -> frozenset[str]:
    assert words[0] == "up"
    parts: frozenset[str] | None = cli._up_arguments("up", env.serving()).parse_args(words[1:]).only
    return PARTS if parts is None else parts


@pytest.mark.parametrize("unit", ["cityloop.service", "cityloop@.service"])
def test_the_units_start_what_there_is_by_settings_that_there_are(unit: str) -> None:
    text = (DEPLOY / unit).read_text()
    [command] = re.findall(r"^ExecStart=\S+/cityloop (.*)$", text, re.MULTILINE)
    for part in PARTS if "%i" in command else [""]:
        assert parts_of(command.replace("%i", part).split()) == (frozenset({part}) if part else PARTS)
    assert set(re.findall(r"CITYLOOP_[A-Z_]+", text)) <= KNOWN


def test_the_nodes_of_the_compose_file_run_every_part_once_by_settings_that_there_are(compose: dict[str, Any]) -> None:
    nodes = {name: service for name, service in compose["services"].items() if service["image"] == "cityloop"}
    assert {name: parts_of(node["command"]) for name, node in nodes.items()} == {
        part: frozenset({part}) for part in PARTS
    }
    for node in nodes.values():
        assert set(node["environment"]) <= KNOWN
        assert {f"CITYLOOP_{name.upper()}_FILE" for name in node["secrets"]} <= set(node["environment"])


def test_each_part_alone_has_what_all_must_share(compose: dict[str, Any]) -> None:
    given = compose["services"]["web"]["environment"]
    for name in (*cli.SHARED, "CITYLOOP_UPLOAD_URL"):
        assert name in given or f"{name}_FILE" in given


def test_the_secrets_that_are_used_are_declared_and_explained(compose: dict[str, Any]) -> None:
    used = {
        secret if isinstance(secret, str) else secret["source"]
        for service in compose["services"].values()
        for secret in service.get("secrets", [])
    }
    assert used == set(compose["secrets"])
    explained = (DEPLOY / "README.md").read_text()
    assert all(re.search(rf"\b{name}\b", explained) for name in used)


def test_the_proxy_asks_the_nodes_by_their_names_at_their_ports(compose: dict[str, Any]) -> None:
    text = (DEPLOY / "nginx.conf").read_text()
    asked = set(re.findall(r"^    server ([a-z]+):(\d+);", text, re.MULTILINE))
    assert asked == {("web", str(env.serving().port)), ("uploads", str(env.serving().upload_port))}
    assert {name for name, _port in asked} <= set(compose["services"])
    assert "location /uploads/" in text
    assert compose["services"]["web"]["environment"]["CITYLOOP_UPLOAD_URL"].endswith("/uploads")


def test_the_proxy_alone_is_believed_about_who_asks_and_no_node_can_take_its_address(compose: dict[str, Any]) -> None:
    address = compose["services"]["proxy"]["networks"]["inside"]["ipv4_address"]
    [addresses] = compose["networks"]["inside"]["ipam"]["config"]
    assert compose["services"]["web"]["environment"]["CITYLOOP_PROXIES"] == address
    assert ip_address(address) in ip_network(addresses["subnet"])
    assert ip_address(address) not in ip_network(addresses["ip_range"])


def test_what_an_installation_keeps_for_itself_is_neither_committed_nor_built_in(compose: dict[str, Any]) -> None:
    folders = {str(Path("deploy", secret["file"]).parent) for secret in compose["secrets"].values()}
    for ignoring in (DEPLOY / "Dockerfile.dockerignore", DEPLOY.parent / ".gitignore"):
        assert folders | {"deploy/.env"} <= {line.rstrip("/") for line in ignoring.read_text().splitlines()}
