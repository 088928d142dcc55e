"""Run the service, and in the embedded profile its workers as children."""

from __future__ import annotations

import errno
import gc
import signal
import socket
from typing import Annotated

import typer
import uvicorn

from archive.errors import Conflict
from archive.house import House, open_house
from archive.logs import log_to_stderr
from archive.reigns import OUT, out_of, present
from archive.settings import Settings, WrongSetting
from archive.signin import new_setup_code
from archive.tracing import begin_tracing, end_tracing
from indexes import open_engine
from indexes.life import anything_indexed
from retention.classes import propose_seed
from service.app import create_app
from service.bell import Bells
from service.children import Children
from service.commands.counting import see_who_counts
from service.commands.opening import make_ready, tell, tell_of_beginning, the_settings
from service.scrape import scrape_token
from service.serving import alone

KEEP_ALIVE = 15
BACKLOG = 512


def command(
    host: Annotated[str | None, typer.Option(help="Address to listen on; ANJUAN_HOST unless given.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; ANJUAN_PORT unless given.")] = None,
) -> None:
    """Serve until told to stop."""
    given = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    settings = the_settings(**given)
    log_to_stderr(settings.log_level)
    _need_port(settings)
    _need_scrape_token(settings)
    tell_of_beginning(settings)
    with alone(settings, "One service serves a data folder: end that one, or name another folder by ANJUAN_DATA."):
        _serve(settings)


def _serve(settings: Settings) -> None:
    begin_tracing(settings.traces_url, "service")
    bells = Bells(settings)
    house = open_house(settings, bells)
    make_ready(house)
    with house.database.transaction() as session:
        propose_seed(session)
    # an embedded index that is not there yet is made here, so that search answers before anything was put in
    first, fresh = not settings.search_url, not anything_indexed(house.database)
    engine = open_engine(settings.search_url, settings.index_folder, settings.search_prefix, writer=first, fresh=fresh)
    children = Children(settings.workers if not settings.broker_url else 0)
    _see_who_counts(house)
    server = uvicorn.Server(_config(settings, create_app(house, engine)))
    _greet(house)
    if not settings.broker_url:
        children.start()
    gc.freeze()  # what stands until the end is not searched for garbage again, for tenths of a second, under requests
    # uvicorn ends well at SIGTERM and then sends it to itself again: ignored, so that the workers are ended, too
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        server.run()
    finally:
        end_tracing()
        if not settings.broker_url:
            children.stop()
        bells.close()


def _see_who_counts(house: House) -> None:
    """Before anything is taken in: closed if another one was promoted meanwhile."""
    see_who_counts(house)
    with house.database.reading() as session:
        code = out_of(present(session))
    if code:
        tell(OUT[code])


def _need_port(settings: Settings) -> None:
    """End before anything is begun or printed when nothing can listen there: another program does, or no such host."""
    try:
        family, kind, _, _, place = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)[0]
    except OSError as error:
        raise _no_host(settings, error) from error
    with socket.socket(family, kind) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(place)
        except OSError as error:
            if error.errno == errno.EADDRNOTAVAIL:
                raise _no_host(settings, error) from error
            raise Conflict(
                f"{settings.host}:{settings.port} cannot be listened on ({error.strerror}). Choose another port: "
                "«anjuan serve --port N», or ANJUAN_PORT=N, as in «ANJUAN_PORT=9000 make run»."
            ) from error


def _no_host(settings: Settings, error: OSError) -> Conflict:
    return Conflict(
        f"{settings.host} is no address of this machine ({error.strerror}). Give --host or ANJUAN_HOST one that "
        "it has: 127.0.0.1 for this machine alone, 0.0.0.0 for all of its addresses."
    )


def _need_scrape_token(settings: Settings) -> None:
    """End before anything is begun when the token by which Prometheus is to come is none."""
    if settings.metrics_token_file:
        try:
            scrape_token(settings.metrics_token_file)
        except ValueError as error:
            raise WrongSetting(f"ANJUAN_METRICS_TOKEN_FILE: {error}") from error


def _config(settings: Settings, app: object) -> uvicorn.Config:
    proxies = ",".join(settings.trusted_proxies)
    return uvicorn.Config(
        app,  # type: ignore[arg-type]  # FastAPI is an ASGI application
        host=settings.host, port=settings.port, log_config=None, access_log=False, server_header=False,
        proxy_headers=bool(proxies), forwarded_allow_ips=proxies or "", timeout_keep_alive=KEEP_ALIVE,
        backlog=BACKLOG, timeout_graceful_shutdown=10,
    )  # fmt: skip


def _greet(house: House) -> None:
    settings = house.settings
    tell(f"Anjuan: http://{settings.host}:{settings.port}/")
    with house.database.transaction() as session:
        code = new_setup_code(session)
    if code:
        tell(f"There is no account yet. Set-up code 设置码: {code}")
    if not house.vault.exported():
        tell("The master key was not exported yet: run «anjuan keys export» and put its parts into a safe.")
