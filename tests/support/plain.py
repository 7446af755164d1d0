"""HTTP without TLS: a client of httpx begins by reading all certificate authorities, which takes longer than asking."""

import ssl
from functools import partial

import httpx

# It trusts nobody, and nobody has to be trusted: what tests ask listens without TLS.
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

get = partial(httpx.get, trust_env=False, verify=NO_TLS)
post = partial(httpx.post, trust_env=False, verify=NO_TLS)
options = partial(httpx.options, trust_env=False, verify=NO_TLS)
stream = partial(httpx.stream, trust_env=False, verify=NO_TLS)
Client = partial(httpx.Client, trust_env=False, verify=NO_TLS)
AsyncClient = partial(httpx.AsyncClient, trust_env=False, verify=NO_TLS)
