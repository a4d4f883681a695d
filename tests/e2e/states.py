"""State versions as a client without a CLI writes them."""

import base64
import hashlib
import json


def document(serial, lineage="11111111-2222-3333-4444-555555555555", padding=0, seed="x"):
    """Bytes of a small valid state; padding makes it larger without being compressible to nothing."""
    filler = hashlib.sha256(f"{seed}{serial}".encode()).hexdigest()
    text = (filler * (padding // len(filler) + 1))[:padding]
    return json.dumps({"version": 4, "terraform_version": "1.5.7", "serial": serial, "lineage": lineage,
                       "outputs": {"serial": {"value": serial, "type": "number"}},
                       "resources": [{"mode": "managed", "type": "terraform_data", "name": "x",
                                      "provider": "provider[\"terraform.io/builtin/terraform\"]",
                                      "instances": [{"attributes": {"id": "x", "input": text}}]}]}).encode()


def create(client, workspace, serial, body, inline=True, **more):
    """POSTs a state version; returns the reply."""
    attributes = {"serial": serial, "md5": hashlib.md5(body).hexdigest(), **more}
    if inline:
        attributes["state"] = base64.b64encode(body).decode()
    return client.post(f"/api/v2/workspaces/{workspace}/state-versions",
                       {"data": {"type": "state-versions", "attributes": attributes}})


def make_workspace(client, organization, name, lock=True):
    workspace = client.expect(201, "POST", f"/api/v2/organizations/{organization}/workspaces",
                              {"data": {"type": "workspaces", "attributes": {"name": name}}}).json["data"]["id"]
    if lock:
        client.expect(200, "POST", f"/api/v2/workspaces/{workspace}/actions/lock")
    return workspace
