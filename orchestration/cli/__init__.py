"""The command ``wholeview``: one group, a module a command.

Belongs here: putting the group together, and turning errors into one line and an exit status. Does
not: what a command does. Modules are loaded when their command is called, so ``--help`` is quick.
"""

from __future__ import annotations

import importlib
import sys

import click

from orchestration.company.problems import CompanyFileError
from orchestration.home import HomeFormatError, HomeLocked
from orchestration.pseudonym_key import KeyRefused
from orchestration.publish import PublishError

COMMANDS = {
    "run": "One nightly run: land, map, build, judge, score, publish.",
    "check": "Validate the company file and look at its sources without loading them.",
    "init": "Draft a company file from raw files.",
    "sample": "Write the sample company: raw files, company file, planted truth.",
    "query": "Run SQL on the published version, read-only.",
    "status": "The last run: sources, gates, steps, and the version that serves.",
    "versions": "List the published versions.",
    "rollback": "Point `current` back to an earlier version.",
    "verify": "Check sha256 and content of the published versions.",
    "quarantine": "What was kept aside and why; its raw lines; taking it in after it was mended.",
    "gates": "What gates found; one with its past; letting one pass for a night.",
    "identity": "Pairs of customers for a person to judge; deciding, and taking it back.",
    "ui": "Dagster on 127.0.0.1:3000, with the daemon and the nightly schedule.",
}

EXIT_STOPPED, EXIT_WRONG, EXIT_LOCKED = 1, 2, 3


class Commands(click.Group):
    """A group that loads a command's module when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name the commands in the order of a user's day."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load a command: the function of the same name in its module."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"orchestration.cli.{cmd_name}")
        command: click.Command = getattr(module, cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without loading them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--debug", is_flag=True, help="Show the whole of a failure, values of the data included."
)
@click.version_option(package_name="wholeview")
@click.pass_context
def wholeview(ctx: click.Context, debug: bool) -> None:
    """The whole customer experience in one warehouse."""
    ctx.ensure_object(dict)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; exit 0 done, 1 stopped, 2 wrong command or company file, 3 locked."""
    arguments = sys.argv[1:] if arguments is None else arguments
    debug = "--debug" in arguments
    try:
        code = wholeview.main(
            [a for a in arguments if a != "--debug"], standalone_mode=False, obj={"debug": debug}
        )
        sys.exit(code if isinstance(code, int) else 0)
    except click.exceptions.Exit as leave:
        sys.exit(leave.exit_code)
    except click.ClickException as error:
        _say(_wrong(error))
        sys.exit(EXIT_WRONG)
    except click.Abort:
        _say("stopped; nothing was published, run it again")
        sys.exit(EXIT_STOPPED)
    except (CompanyFileError, HomeFormatError, KeyRefused) as error:
        _leave(error, EXIT_WRONG, debug)
    except HomeLocked as error:
        _leave(error, EXIT_LOCKED, debug)
    except PublishError as error:
        _leave(error, EXIT_STOPPED, debug)
    except Exception as error:
        # the message of an unforeseen error may hold a value: its kind alone is safe to show
        if debug:
            raise
        _say(f"failed: {type(error).__name__}; run it again with --debug to see where")
        sys.exit(EXIT_STOPPED)


def _wrong(error: click.ClickException) -> str:
    """Say in one line what is wrong with a command, and where its help is if click says so."""
    text = " ".join(error.format_message().split())
    context = error.ctx if isinstance(error, click.UsageError) else None
    return f"{text} (see '{context.command_path} --help')" if context else text


def _leave(error: Exception, code: int, debug: bool) -> None:
    if debug:
        raise error
    _say(str(error))
    sys.exit(code)


def _say(line: str) -> None:
    click.echo(line, err=True)
