"""All commands' help as one document: `python -m cli.reference > docs/commands.md`."""

from __future__ import annotations

from collections.abc import Iterator

import click

from cli.main import group

HEAD = """\
# Commands

What `closedwon COMMAND -h` says. Made by `python -m cli.reference > docs/commands.md`; a test keeps it equal.

| exit code | |
|---|---|
| 0 | done, or nothing to do |
| 1 | failed, or a system is down: run the same command again |
| 2 | wrong call, settings, playbook or template: nothing was contacted |
| 3 | a plan was shown and not applied |
| 4 | waits for a person |
| 5 | the plan is not the approved one any more: look again |
| 6 | over a safety limit |
| 130 | Ctrl-C |
"""


def document() -> str:
    """The whole document, in Markdown."""
    return "\n".join([HEAD, *_sections("closedwon", group)])


def _sections(path: str, command: click.Command) -> Iterator[str]:
    """Yield a command's help; after a group's, that of each of its commands."""
    yield _section(path, command)
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            if found is None:
                raise LookupError(name)
            yield from _sections(f"{path} {name}", found)


def _section(path: str, command: click.Command) -> str:
    settings = {**(group.context_settings or {}), "terminal_width": 80}
    with click.Context(command, info_name=path, **settings) as context:
        return f"## {path}\n\n```\n{command.get_help(context)}\n```\n"


if __name__ == "__main__":
    click.echo(document(), nl=False)
