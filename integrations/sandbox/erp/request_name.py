"""The name of a request's operation, determined before it is handled."""

from __future__ import annotations

import json

from starlette.requests import Request

from integrations.sandbox.erp.methods import METHODS
from integrations.sandbox.pretend import Operation


def operation(request: Request, body: bytes) -> Operation:
    """`<model>.<method>` on both transports; `common.<method>`; `version`."""
    parts = request.url.path.strip("/").split("/")
    if parts[:2] == ["json", "2"] and len(parts) == 4:
        return _on_model(parts[2], parts[3])
    if parts == ["jsonrpc"]:
        params = json.loads(body)["params"]
        if params["service"] == "object" and len(params["args"]) > 4:
            return _on_model(params["args"][3], params["args"][4])
        return Operation(f"{params['service']}.{params['method']}", writes=False)
    if parts[-1:] in (["version"], ["version_info"]):
        return Operation("version", writes=False)
    return Operation("unknown", writes=False)


def _on_model(model: str, method: str) -> Operation:
    known = METHODS.get(method)
    return Operation(f"{model}.{method}", writes=known.writes if known else not method.startswith("_"))
