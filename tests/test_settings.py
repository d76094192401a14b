"""Every setting is in one table, is said in the README, and is refused in words when it is odd."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from ragwidget import config
from ragwidget.errors import Misconfigured

ROOT = Path(__file__).parents[1]
REQUIRED = {"RAGWIDGET_SECRET_KEY": "a secret"}


def test_the_readme_says_every_setting_and_no_other() -> None:
    readme = (ROOT / "README.md").read_text()
    table = set(re.findall(r"^\| `(?:RAGWIDGET_)?([A-Z_]+)`", readme, re.MULTILINE))

    assert table == {setting.name for setting in config.SETTINGS}
    for setting in config.SETTINGS:
        assert setting.sentence.rstrip(".") in readme, setting.name


def test_each_setting_has_a_sentence() -> None:
    for setting in config.SETTINGS:
        assert setting.sentence.endswith((".", "…")), setting.name
        assert len(setting.sentence) <= 90, setting.name


def test_only_the_settings_read_the_environment() -> None:
    readers = [
        path.name
        for path in (ROOT / "ragwidget").rglob("*.py")
        if re.search(r"\bos\.(environ|getenv)|from os import.*environ", path.read_text())
    ]

    assert readers == ["config.py"]


def test_without_a_secret_nothing_starts() -> None:
    for environment in ({}, {"RAGWIDGET_SECRET_KEY": ""}):
        with pytest.raises(Misconfigured, match=r"RAGWIDGET_SECRET_KEY is not set\. Signs"):
            config.load(environment)


def test_what_is_given_goes_before_the_environment_and_that_before_the_default() -> None:
    environment = {**REQUIRED, "RAGWIDGET_PORT": "9000", "RAGWIDGET_THREADS": "8"}

    settings = config.load(environment, THREADS=4)

    assert (settings["THREADS"], settings["PORT"], settings["DEMO_PORT"]) == (4, 9000, 8001)


def test_addresses_are_confirmed_where_mail_goes_out_unless_somebody_says_otherwise() -> None:
    mailing = {**REQUIRED, "RAGWIDGET_SMTP_URL": "smtp://mail.example.org"}
    refused = {**mailing, "RAGWIDGET_CONFIRM_EMAIL": "no"}

    assert config.load(REQUIRED)["CONFIRM_EMAIL"] is False
    assert config.load(mailing)["CONFIRM_EMAIL"] is True
    assert config.load(REQUIRED, SMTP_URL="smtp://mail.example.org")["CONFIRM_EMAIL"] is True
    assert config.load(refused)["CONFIRM_EMAIL"] is False
    assert config.load(mailing, CONFIRM_EMAIL=False)["CONFIRM_EMAIL"] is False


def test_values_are_read_in_the_type_of_their_default() -> None:
    settings = config.load(
        {
            **REQUIRED,
            "RAGWIDGET_SIGN_UP": "no",
            "RAGWIDGET_TOKEN_LIFETIME": "12h",
            "RAGWIDGET_OLD_SECRET_KEYS": "one, two",
        }
    )

    assert settings["SIGN_UP"] is False
    assert settings["TOKEN_LIFETIME"] == timedelta(hours=12)
    assert settings["OLD_SECRET_KEYS"] == ("one", "two")


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("PORT", "eighty", "it should be a whole number"),
        ("PORT", "-1", "it should not be negative"),
        ("SIGN_UP", "perhaps", "it should be yes or no"),
        ("TOKEN_LIFETIME", "soon", "it should be a span of time such as 30d"),
        ("GEMINI_THINKING", "hard", "it should be one of minimal, low, medium"),
    ],
)
def test_an_odd_value_is_refused_by_its_name(name: str, text: str, reason: str) -> None:
    with pytest.raises(Misconfigured, match=rf"RAGWIDGET_{name} is '{text}': {reason}"):
        config.load({**REQUIRED, f"RAGWIDGET_{name}": text})


def test_a_secret_may_come_from_a_file(tmp_path: Path) -> None:
    kept = tmp_path / "secret"
    kept.write_text("from a file\n")

    settings = config.load({"RAGWIDGET_SECRET_KEY_FILE": str(kept)})

    assert settings["SECRET_KEY"] == "from a file"
    with pytest.raises(Misconfigured, match="can't be read"):
        config.load({"RAGWIDGET_SECRET_KEY_FILE": str(tmp_path / "nowhere")})
