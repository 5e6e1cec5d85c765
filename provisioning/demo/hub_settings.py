"""The hub's settings file, as a technician would write it by hand."""

from provisioning.demo.ports import HOST
from provisioning.identities import HUB_NAME

_TEMPLATE = """\
name = "{name}"
region = "{region}"
database = "sqlite:///hub.db"
key = "key.pem"
certificate = "certificate.pem"
sealing = "sealing.json"
secret = "secret"

[broker]
host = "{host}"
port = {broker_port}
tls = false

[web]
host = "{host}"
port = {web_port}

[phrases]
folder = "phrases"
"""


def hub_toml(region: str, *, broker_port: int, web_port: int) -> str:
    """Return the settings of the hub of *region*; the files that it names lie beside it."""
    return _TEMPLATE.format(
        name=HUB_NAME, region=region, host=HOST, broker_port=broker_port, web_port=web_port
    )
