"""The audits of GraphQL over HTTP that its working group publishes, against a running gateway."""

import json

from tests.support.gateway import GatewayProcess
from tests.support.system import node_client


def test_every_audit_of_graphql_over_http_passes_without_a_warning(served: GatewayProcess) -> None:
    results = json.loads(node_client("audit.mjs", f"{served.url}/graphql"))
    assert len(results) > 55
    assert [result for result in results if result["status"] != "ok"] == []
