"""The units by which a broker hears whom to believe no more, and is started anew."""

from firmware_config.machine import MachineFile
from firmware_config.units import HARDENED

FOLDER = "/var/lib/fingertopp-broker"
"""Of the broker's ca.pem and ca.crl; the program writes them and Mosquitto reads them."""
WATCH = "/etc/systemd/system/fingertopp-broker-watch.service"
CHANGED = "/etc/systemd/system/fingertopp-broker-changed.path"
RESTART = "/etc/systemd/system/fingertopp-broker-changed.service"

_WATCH = """\
[Unit]
Description=Fingertopp: keep the broker's list of the withdrawn
After=network-online.target
Wants=network-online.target

[Service]
User=fingertopp
Group=fingertopp
WorkingDirectory=/opt/fingertopp/app
ExecStart=/opt/fingertopp/venv/bin/python -m provisioning broker watch --url {url} --to {folder}
Environment=PYTHONDONTWRITEBYTECODE=1
Restart=always
RestartSec=5
RestartPreventExitStatus=78
StateDirectory=fingertopp-broker
# Mosquitto is another user; what is in the files is signed, and no secret.
StateDirectoryMode=0755
PrivateDevices=true
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
{hardened}UMask=0022

[Install]
WantedBy=multi-user.target
"""

_CHANGED = """\
[Unit]
Description=Fingertopp: the broker's files have changed

[Path]
PathChanged={folder}/ca.crl
PathChanged={folder}/ca.pem
TriggerLimitIntervalSec=0

[Install]
WantedBy=multi-user.target
"""

_RESTART = """\
[Unit]
Description=Fingertopp: start the broker anew
StartLimitIntervalSec=0

[Service]
Type=oneshot
# Not reload: a Mosquitto that is told to read its list again leaves open sessions open.
ExecStart=/usr/bin/systemctl try-restart mosquitto.service
"""


def files(url: str) -> list[MachineFile]:
    """Return the units of a broker's machine; the hub's site is at *url*."""
    watch = _WATCH.format(url=url, folder=FOLDER, hardened=HARDENED.replace("UMask=0077\n", ""))
    return [
        MachineFile(WATCH, watch),
        MachineFile(CHANGED, _CHANGED.format(folder=FOLDER)),
        MachineFile(RESTART, _RESTART),
    ]
