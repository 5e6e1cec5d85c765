"""The daily look at a station's certificate, so that nobody has to think of it."""

SERVICE = "/etc/systemd/system/fingertopp-renew.service"
TIMER = "/etc/systemd/system/fingertopp-renew.timer"
IDENTITY = "/var/lib/fingertopp/identity"
"""Where a station that has joined by itself keeps its identity: on the part that is written."""

SECRETS = "/var/lib/fingertopp/secrets"
"""Where its keys lie, for root alone: systemd gives them to the units that need them."""
KEY = f"LoadCredential=key.pem:{SECRETS}/key.pem"
CARD_KEY = f"LoadCredential=card.key:{SECRETS}/card.key"

_SERVICE = """\
[Unit]
Description=Fingertopp: renew this station's certificate where it is time
ConditionPathExists={identity}/certificate.pem
After=network-online.target
Wants=network-online.target

[Service]
Type=oneshot
User=fingertopp
Group=fingertopp
WorkingDirectory=/opt/fingertopp/app
{key}
ExecStart=/opt/fingertopp/venv/bin/python -m station --config /etc/fingertopp/station.toml renew
Environment=PYTHONDONTWRITEBYTECODE=1
ReadWritePaths=-{identity}
PrivateDevices=true
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
{hardened}"""

_TIMER = """\
[Unit]
Description=Fingertopp: look at this station's certificate every day

[Timer]
OnCalendar=daily
# Fifty stations do not ask in the same minute, and one that was off asks when it is on again.
RandomizedDelaySec=4h
Persistent=true

[Install]
WantedBy=timers.target
"""


def service(hardened: str) -> str:
    """Return the unit that asks once, shut in by the lines *hardened*."""
    return _SERVICE.format(identity=IDENTITY, key=KEY, hardened=hardened)


def timer() -> str:
    """Return the unit that has it asked each day."""
    return _TIMER
