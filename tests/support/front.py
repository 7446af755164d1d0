"""A real HAProxy or nginx in front of gateways."""

import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.support import plain
from tests.support.services import free_port
from tests.support.system import require

START_SECONDS = 10.0

# {folder} is the program's own, {port} where it listens.
CACHING_NGINX = """
daemon off; master_process off; pid {folder}/pid; error_log stderr;
events {{ worker_connections 64; }}
http {{
  access_log off; client_body_temp_path {folder}; proxy_temp_path {folder};
  fastcgi_temp_path {folder}; uwsgi_temp_path {folder}; scgi_temp_path {folder};
  proxy_cache_path {folder}/kept keys_zone=kept:1m;
  server {{
    listen 127.0.0.1:{port};
    location / {{
      proxy_pass {upstream}; proxy_cache kept; add_header X-Cache $upstream_cache_status always;
    }}
  }}
}}
"""


@contextmanager
def nginx(upstream: str) -> Iterator[str]:
    """Run a caching nginx before a gateway; yields its URL."""
    program = require("nginx", "nginx-light")
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        config = Path(folder, "nginx.conf")
        config.write_text(CACHING_NGINX.format(folder=folder, port=port, upstream=upstream))
        with _running([program, "-p", folder, "-e", "stderr", "-c", str(config)], port) as url:
            yield url


@contextmanager
def haproxy(config: str) -> Iterator[str]:
    """Run HAProxy with a configuration that listens on ``{port}``; yields its URL."""
    program = require("haproxy", "haproxy")
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        file = Path(folder, "haproxy.cfg")
        file.write_text(config.replace("{port}", str(port)))
        with _running([program, "-db", "-f", str(file)], port) as url:
            yield url


@contextmanager
def _running(command: list[str], port: int) -> Iterator[str]:
    url = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
        try:
            end = time.monotonic() + START_SECONDS
            while not _answers(url):
                log.seek(0)
                assert process.poll() is None, log.read().decode()
                assert time.monotonic() < end, log.read().decode()
                time.sleep(0.05)
            yield url
        finally:
            process.terminate()
            process.wait(START_SECONDS)


def _answers(url: str) -> bool:
    try:
        return plain.get(f"{url}/health/live", timeout=2).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False
