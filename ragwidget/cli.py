"""What the operator types."""

from __future__ import annotations

import getpass
import logging
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any

import click

from ragwidget.errors import Misconfigured


def main() -> None:
    """Run a command; what stops it is said in one sentence."""
    os.umask(0o077)  # what we write down is nobody else's on this machine
    try:
        commands()
    except Misconfigured as problem:
        click.secho(str(problem), fg="red", err=True)
        sys.exit(2)


@click.group()
@click.version_option(package_name="ragwidget", message="%(prog)s %(version)s")
def commands() -> None:
    """A chat window for other people's websites."""


def with_app(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the app as its first argument, in its context."""

    @wraps(command)
    def run(*args: Any, **options: Any) -> Any:
        app = _create_app()
        with app.app_context():
            return command(app, *args, **options)

    return run


def _create_app() -> Any:
    from ragwidget.app import create_app

    return create_app()


@contextmanager
def _reaching_originals() -> Iterator[None]:
    """Say what is wrong with the storage of the originals in one sentence."""
    from ragwidget.library import OriginalsUnreachable

    try:
        yield
    except OriginalsUnreachable as problem:
        raise Misconfigured(problem.reason) from problem


@commands.command()
def demo() -> None:
    """Try it: migrate, seed a demonstration once, serve it with a host page beside it."""
    from ragwidget.demo import run

    run()


@commands.command()
def serve() -> None:
    """Serve the widget, its API and the dashboard."""
    from ragwidget import config
    from ragwidget.serving import require_free
    from ragwidget.serving import serve as run

    settings = config.load()
    host, port = settings["HOST"], settings["PORT"]
    reachable = host not in config.LOOPBACK or settings["SMTP_URL"]
    if reachable and not settings["PUBLIC_URL"]:
        raise Misconfigured(
            "RAGWIDGET_PUBLIC_URL is not set. Without it the links in our mails would name "
            "whatever host a request claims; set it to the address browsers use."
        )
    require_free(host, port, "RAGWIDGET_PORT")
    run(
        settings,
        _create_app,
        when_ready=lambda: click.echo(f"Serving on http://{host}:{port}/ (Ctrl-C stops)"),
    )


@commands.command()
@click.option("--threads", default=2, show_default=True, help="Sources read at the same time.")
@with_app
def worker(app: Any, threads: int) -> None:
    """Run the jobs, where the web process does not."""
    from ragwidget import jobs
    from ragwidget.metrics import page

    page.begin(app)
    running = jobs.start_worker(app, threads)
    try:
        click.echo("Working (Ctrl-C stops)")
        running.stop_flag.wait()
    except KeyboardInterrupt:
        # what is not done by then is left to the sweep, as if this process had died
        ending = threading.Thread(target=running.stop, kwargs={"graceful": True}, daemon=True)
        ending.start()
        ending.join(app.config["GRACE_SECONDS"])
        logging.shutdown()
        os._exit(0)


@commands.command()
@with_app
def migrate(app: Any) -> None:
    """Bring the database up to what this version expects."""
    from flask_migrate import upgrade

    upgrade()
    click.echo(f"The database is up to date: {app.config['SQLALCHEMY_DATABASE_URI']!r}")


@commands.command()
@with_app
def read(_app: Any) -> None:
    """Read everything that waits to be read, here and now."""
    from ragwidget import jobs

    click.echo(f"{jobs.work_off(patience=120)} sources read.")


@commands.command()
@click.argument("file", type=click.Path(path_type=Path))
@with_app
def backup(app: Any, file: Path) -> None:
    """Write rows and originals into a new FILE, while the house goes on."""
    from ragwidget.backups import back_up

    with _reaching_originals():
        contents = back_up(app, file)
    click.echo(f"{file} has {contents.spelled()}. Keep RAGWIDGET_SECRET_KEY with it.")


@commands.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--replace", is_flag=True, help="Let all that is there now give way.")
@with_app
def restore(app: Any, file: Path, replace: bool) -> None:
    """Put back what `backup` wrote into FILE, on either kind of database; stop serving first."""
    from ragwidget.backups import restore as put_back

    with _reaching_originals():
        contents = put_back(app, file, replace=replace)
    click.echo(f"{contents.spelled()} are back.")


@commands.command("copy-originals")
@with_app
def copy_originals(app: Any) -> None:
    """Copy what was uploaded from the folder into the bucket that is set now."""
    from ragwidget.library import Originals

    if not app.config["ORIGINALS_URL"]:
        raise Misconfigured("RAGWIDGET_ORIGINALS_URL is not set: there is nowhere to copy to.")
    folder = Originals(Path(app.instance_path) / "originals")
    with _reaching_originals():
        count = folder.copy_to(app.extensions["originals"])
    click.echo(f"{count} originals copied.")


@commands.command()
@with_app
def reseal(_app: Any) -> None:
    """Bring what is kept under an old secret key under the new one."""
    from ragwidget import gemini_keys, identities, members, webhooks

    for what, (moved, lost) in (
        ("Gemini keys", gemini_keys.reseal()),
        ("identity keys", identities.reseal()),
        ("webhooks’ secrets", webhooks.reseal()),
        ("code generators", (members.reseal_codes(), 0)),
    ):
        unreadable = f"; {lost} can't be opened by any secret we know" if lost else ""
        click.echo(f"{moved} {what} are under the new key{unreadable}.")
    click.echo(
        "Passwords follow when their members sign in, and visitors' tokens end by themselves: "
        "leave the old key in RAGWIDGET_OLD_SECRET_KEYS until then."
    )


@commands.command("add-member")
@click.argument("email")
@click.argument("organization")
@with_app
def add_member(_app: Any, email: str, organization: str) -> None:
    """Make a person and the organization they own, where strangers may not sign up."""
    from ragwidget import members

    if members.find(email):
        raise Misconfigured(f"{email} is a member already.")
    password = getpass.getpass("Password: ")
    if len(password) < 10:
        raise Misconfigured("The password should have at least 10 characters.")
    members.create_member(email, password, organization)
    click.echo(f"{email} owns {organization}.")


@commands.command("forget-second-factor")
@click.argument("email")
@with_app
def forget_second_factor(_app: Any, email: str) -> None:
    """Let a person in with the password alone, who lost phone, passkey and recovery codes."""
    from ragwidget import members

    user = members.find(email)
    if user is None:
        raise Misconfigured(f"{email} is no member.")
    members.forget_second_factor(user)
    click.echo(f"{email} signs in with the password alone. Be sure that it was them who asked.")


@commands.command()
def doctor() -> None:
    """Say what is configured, what is reachable and what is not."""
    from ragwidget.doctor import examine

    healthy = True
    for finding in examine():
        mark, color = {"ok": ("✓", "green"), "note": ("·", "yellow"), "bad": ("✗", "red")}[
            finding.state
        ]
        healthy = healthy and finding.state != "bad"
        click.secho(f"{mark} {finding.subject:<10} ", fg=color, nl=False)
        click.echo(finding.sentence)
    sys.exit(0 if healthy else 1)


if __name__ == "__main__":
    main()
