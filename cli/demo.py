"""`closedwon demo`: the whole story in one command, on the embedded sandbox."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import click

from cli.base import Examples, logged

EXAMPLES = """\
closedwon demo          set a deal up twice; the second time does nothing
closedwon demo --stay   then keep the pretend systems running, to look at them"""

DEAL = "42"


@click.command(cls=Examples, examples=EXAMPLES)
@click.option("--stay", is_flag=True, help="Keep the sandbox running until Ctrl-C, to look at its page.")
@logged
def command(*, stay: bool) -> int:
    """Show the main job on pretend systems; nothing real is touched."""
    from cli.init import write_sandbox_settings
    from integrations.sandbox.thread import running

    with tempfile.TemporaryDirectory(prefix="closedwon-demo-") as name, running(billing=True) as sandbox:
        folder = Path(name)
        config = write_sandbox_settings(folder, sandbox.url)
        steps = (
            ("The sales team's deals:", ["deals"]),
            (f"Deal {DEAL} is won. Show what its customer needs, write nothing:", ["setup", DEAL, "-n"]),
            ("Now do it:", ["setup", DEAL, "--yes"]),
            ("The same command again, as a webhook or cron may do:", ["setup", DEAL, "--yes"]),
            ("What exists where:", ["status", DEAL]),
        )
        code = 0
        for title, arguments in steps:
            code = max(code, _step(title, arguments, config, allowed={0, 3}))
        click.echo(_twice(sandbox.url))
        if stay and not code:
            _stay(sandbox.url, config)
    return code


def _step(title: str, arguments: list[str], config: Path, *, allowed: set[int]) -> int:
    from cli.main import run

    click.echo(click.style(f"\n{title}", bold=True))
    click.echo(click.style(f"$ closedwon {' '.join(arguments)}", fg="cyan"))
    code = run([*arguments, "--config", os.fspath(config)])
    return 0 if code in allowed else code


def _twice(url: str) -> str:
    import requests

    twice = requests.get(f"{url}/_sandbox/state", timeout=10).json()["duplicates"]
    if twice:
        return "\nIn all systems, twice: " + "; ".join(twice)
    return "\nIn all five systems, nothing exists twice."


def _stay(url: str, config: Path) -> None:
    import time

    click.echo(f"\nThe pretend systems are at {url} until Ctrl-C. To go on by hand:")
    for command in ("setup 52", "invoices check"):
        click.echo(f"  CLOSEDWON_CONFIG={config} closedwon {command}")
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        click.echo("")
