"""``order-center token``: a development token."""

from pathlib import Path

import click
import httpx

from gateway.development.folder import DATA, ISSUER_URL_FILE


@click.command()
@click.argument("person", default="")
@click.option("--scope", default="", help="Scopes, separated by spaces, such as orders:read:any.")
@click.option("--data", type=click.Path(path_type=Path), default=DATA, show_default=True, help="As given to dev.")
def token(person: str, scope: str, data: Path) -> None:
    """Print a development token, while ``dev`` runs.

    PERSON is a customer id or the start of a demo person's name; the first demo person unless it is given.
    """
    try:
        issuer = (data / ISSUER_URL_FILE).read_text()
        people = httpx.get(f"{issuer}/people", trust_env=False).raise_for_status().json()
        ids = [one["id"] for one in people if one["name"].lower().startswith(person.lower())]
        body = {"sub": ids[0] if ids else person} | ({"scope": scope} if scope else {})
        answer = httpx.post(f"{issuer}/token", json=body, trust_env=False)
    except (httpx.HTTPError, OSError):
        raise click.ClickException("no development issuer runs: start one with 'order-center dev'") from None
    if not answer.is_success:
        names = ", ".join(one["name"] for one in people)
        raise click.ClickException(f"{person!r} is neither a customer id nor one of: {names}")
    click.echo(answer.json()["token"])
