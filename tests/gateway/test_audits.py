"""The audits of GraphQL over HTTP that its working group publishes, against a running gateway."""

import json
from collections.abc import Mapping

from tests.support.gateway import GatewayProcess
from tests.support.services import ServiceProcess
from tests.support.system import node_client


def test_every_audit_of_graphql_over_http_passes_without_a_warning(
    services: Mapping[str, ServiceProcess], issuer: ServiceProcess
) -> None:
    # Some audits read the schema.
    with GatewayProcess(services, issuer, PRODUCTION="false") as gateway:
        results = json.loads(node_client("audit.mjs", f"{gateway.url}/graphql"))
    assert len(results) > 55
    assert [result for result in results if result["status"] != "ok"] == []
