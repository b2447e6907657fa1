"""`closedwon init`: write closedwon.toml, asking for what it has to say."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import click

from cli.base import Examples, interactive, logged, tell_waiting
from cli.sandbox import SANDBOX

EXAMPLES = """\
closedwon init                                    asks for each system
closedwon init --sandbox http://127.0.0.1:8900    ready settings for the sandbox"""

FILE = "closedwon.toml"


@click.command(cls=Examples, examples=EXAMPLES)
@click.option("--sandbox", metavar="URL", help="Write settings for the sandbox at URL, without asking.")
@click.option(
    "--config", type=click.Path(path_type=Path, dir_okay=False), help="The file to write, else ./closedwon.toml."
)
@logged
def command(sandbox: str | None, *, config: Path | None) -> int:
    """Write closedwon.toml here.

    Never overwrites a file. Secrets are not asked for: the file says where they are.
    """
    path = config or Path(FILE)
    if not path.parent.is_dir():
        raise click.UsageError(f"there is no folder {path.parent}")
    if path.exists():
        raise click.UsageError(f"{path} exists already, and is not overwritten")
    if sandbox is not None:
        from cli.render.words import whole, wrapped

        write_sandbox_settings(path.parent, sandbox, path.name)
        for line in wrapped("", f"Wrote {path} for the sandbox at {sandbox}.  {whole('Next: closedwon check')}", 0):
            click.echo(line)
        return 0
    if not interactive():
        raise click.UsageError("there is no terminal to ask on: use --sandbox URL, or write the file by hand")
    return _ask(path)


def write_sandbox_settings(folder: Path, url: str, name: str = FILE) -> Path:
    """Write settings for a sandbox, with its token beside them and a ledger of their own; return the file's path.

    Raises:
        click.UsageError: The text is no address of a web server.
    """
    from urllib.parse import urlsplit

    from integrations.sandbox.pretend import TOKEN

    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc or '"' in url or "\\" in url:
        raise click.UsageError(f"{url!r} is not an address such as http://127.0.0.1:8900")
    private = folder / ".closedwon"
    private.mkdir(mode=0o700, parents=True, exist_ok=True)
    _write(private / "sandbox-token", TOKEN + "\n")
    path = folder / name
    _write(path, SANDBOX.replace("URL", url.rstrip("/")))
    return path


def _write(path: Path, text: str, how: int = os.O_TRUNC) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | how, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)


def _ask(path: Path) -> int:
    click.echo("For each system: its address, our account there, and where the secret is.")
    click.echo("Leave the address empty for a system that you do not have.\n")
    sections = ["# closedwon's settings; every key is explained in config/example.toml.", _general()]
    for name, ask in SECTIONS.items():
        section = ask()
        while section is not None and not _accepted(path, name, section):
            click.echo("Once more, then:")
            section = ask()
        sections.append(section if section is not None else f'[{name}]\nadapter = "none"\n')
    try:
        _write(path, "\n".join(sections), os.O_EXCL)
    except FileExistsError:
        raise click.UsageError(f"{path} was made meanwhile, and is not overwritten") from None
    click.echo(f"\nWrote {path}.  Next: closedwon check")
    return 0


def _general() -> str:
    from cli.days import SINCE
    from integrations.core.calendar import today

    since = click.prompt("Set up deals won since (2026-11-30, or 30d)", default=str(today()), type=SINCE)
    return f"deals_since = {since.of(today())}\n"


def _accepted(path: Path, name: str, section: str) -> bool:
    """Check a system as it was entered; return whether to go on with it, by the check or by the person's answer."""
    import tempfile

    from cli.check import report_one
    from cli.render.words import error_lines
    from integrations.core.errors import ConfigError

    with tempfile.NamedTemporaryFile(
        "w", suffix=".toml", dir=path.parent, prefix=".closedwon-", encoding="utf-8"
    ) as file:
        file.write(section)
        file.flush()
        try:
            faults = report_one(Path(file.name), name, tell_waiting)
        except ConfigError as error:
            faults = error_lines(error)
    if not faults:
        click.echo(f"  {name}: reached, and our account is accepted.\n")
        return True
    for line in faults:
        click.echo(f"  {line}")
    return click.confirm("  Keep it as it is, and fix that later?", default=True)


def _address(what: str) -> str | None:
    found = str(click.prompt(f"{what}: address (https://…)", default="", show_default=False)).strip()
    return found or None


def _secret(what: str) -> str:
    click.echo(f"  Where is the {what}?  env:NAME, file:PATH or keyring:SERVICE/USER")
    while True:
        kind, _, workspace = str(click.prompt("  secret")).partition(":")
        if kind in ("env", "file", "keyring") and workspace:
            return f"{{ {kind} = {_quoted(workspace)} }}"
        click.echo("  Not the secret itself: where it is, for example env:ODOO_KEY")


def _quoted(text: str) -> str:
    escaped = text.strip().replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _mode() -> str:
    choice = click.Choice(["read", "ask", "write"])
    return f'mode = "{click.prompt("  Write there: never, after asking, or freely", type=choice, default="ask")}"\n'


def _erp() -> str | None:
    url = _address("ERP and CRM (Odoo)")
    if url is None:
        return None
    account, secret = click.prompt("  our login"), _secret("API key")
    database = click.prompt("  database (empty: the only one)", default="", show_default=False)
    field = click.prompt("  which field of a deal says what was sold (tag: its tags)", default="tag")
    click.echo("  Which of its values means which playbook? (empty: none)")
    known = {name: click.prompt(f"    {name}", default="", show_default=False) for name in PLAYBOOKS}
    pairs = ", ".join(f"{_quoted(value)} = {_quoted(name)}" for name, value in known.items() if value.strip())
    return (
        f'[erp]\nadapter = "odoo"\nurl = {_quoted(url)}\naccount = {_quoted(account)}\nkey = {secret}\n'
        + (f"database = {_quoted(database)}\n" if database else "")
        + _mode()
        + "# Who looks after a customer that names nobody; example.toml has the other ways.\n"
        + 'account_manager = { otherwise = ["salesperson"] }\n'
        + f"engagement = {{ field = {_quoted(field)}, map = {{ {pairs} }} }}\n"
    )


def _jira() -> str | None:
    url = _address("Jira Cloud")
    if url is None:
        return None
    account, secret = click.prompt("  our account's e-mail"), _secret("API token")
    desk = click.prompt("  id of the service desk", default="1")
    desk_project = click.prompt("  key of its project (empty: asked for)", default="", show_default=False)
    technical = click.prompt("  key of the technical team's project")
    consulting = click.prompt("  key of the consulting team's project", default=technical)
    return (
        f'[jira]\nadapter = "jira"\nurl = {_quoted(url)}\naccount = {_quoted(account)}\ntoken = {secret}\n'
        + _mode()
        + f"service_desk = {_quoted(desk)}\n"
        + (f"service_desk_project = {_quoted(desk_project)}\n" if desk_project else "")
        + f"projects = {{ technical = {_quoted(technical)}, consulting = {_quoted(consulting)} }}\n"
    )


def _panel() -> str | None:
    url = _address("Control panel (APPUiO Control API or VSHN portal)")
    if url is None:
        return None
    adapter = click.prompt("  which", type=click.Choice(["appuio", "vshn_portal"]), default="appuio")
    return f'[panel]\nadapter = "{adapter}"\nurl = {_quoted(url)}\ntoken = {_secret("token")}\n' + _mode()


def _wiki() -> str | None:
    url = _address("Wiki (Confluence Cloud)")
    if url is None:
        return None
    account, secret = click.prompt("  our account's e-mail"), _secret("API token")
    space = click.prompt("  key of the space for customer pages")
    parent = click.prompt("  title of the page above them (empty: the space's home)", default="", show_default=False)
    return (
        f'[wiki]\nadapter = "confluence"\nurl = {_quoted(url)}\naccount = {_quoted(account)}\ntoken = {secret}\n'
        + _mode()
        + f"space = {_quoted(space)}\n"
        + (f"parent = {_quoted(parent)}\n" if parent else "")
    )


PLAYBOOKS = ("service", "consulting", "project")
SECTIONS: dict[str, Callable[[], str | None]] = {"erp": _erp, "jira": _jira, "panel": _panel, "wiki": _wiki}
