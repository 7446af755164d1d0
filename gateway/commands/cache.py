"""``order-center cache``: what looks after the cache."""

import asyncio
import os

import click

from gateway.app import invalidate_tags
from gateway.settings import Settings, SettingsError
from loaders.invalidation import InvalidationError


@click.group()
def cache() -> None:
    """Look after the cache."""


@cache.command()
@click.argument("tags", nargs=-1, required=True, metavar="TAG...")
def invalidate(tags: tuple[str, ...]) -> None:
    """Make every gateway forget what is under these tags, such as order:ord_… or customer:cus_… (see docs/cache.md)."""
    try:
        settings = Settings.from_environment(os.environ)
        asyncio.run(invalidate_tags(settings, tags))
    except SettingsError as error:
        raise click.ClickException(f"these settings cannot be used:\n{error}") from None
    except ValueError as error:
        raise click.ClickException(str(error)) from None
    except InvalidationError:
        raise click.ClickException("Redis cannot be reached, or did not confirm all of it: try again") from None
    click.echo("done")
