"""`tap-8x8-cc probe`: how does this tenant's API behave?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tap_8x8_cc.commands.options import config_option, format_option

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tap_8x8_cc.commands.options import Opener


@click.command()
@config_option
@format_option
@click.pass_obj
def probe(open_run: Opener, sources: Sequence[str], output: str) -> None:
    """Find out how this tenant's API behaves, by a few small reports."""
    listings = open_run(sources).session.listings
    del output
    for listing in listings.values():
        click.echo(f"report types listed: {len(listing)}")
