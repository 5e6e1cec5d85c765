"""The systemd units of a station, each seeing of the machine only what its kit has."""

import json

from firmware_config import renewal
from firmware_config.kit import Kit

STATION = "/etc/systemd/system/fingertopp-station.service"
KIOSK = "/etc/systemd/system/fingertopp-kiosk.service"
POLICY = "/etc/chromium/policies/managed/fingertopp.json"
SYSTEM = "/etc/systemd/system.conf.d/fingertopp.conf"
SECURITY_MAX = 2.0
"""How exposed `systemd-analyze security` may find a unit, of 10."""
WATCHDOG_SECONDS = 30

HARDENED = """\
CapabilityBoundingSet=
AmbientCapabilities=
NoNewPrivileges=true
ProtectSystem=strict
ProtectHome=true
PrivateTmp=true
PrivateMounts=true
ProtectKernelTunables=true
ProtectKernelModules=true
ProtectKernelLogs=true
ProtectControlGroups=true
ProtectClock=true
ProtectHostname=true
ProtectProc=invisible
ProcSubset=pid
RestrictNamespaces=true
RestrictRealtime=true
RestrictSUIDSGID=true
LockPersonality=true
RemoveIPC=true
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallErrorNumber=EPERM
UMask=0077
"""

_STATION = """\
[Unit]
Description=Fingertopp station
# Not after the network: a station lends without one.
After=local-fs.target sound.target
RequiresMountsFor=/var/lib/fingertopp /opt/fingertopp

[Service]
Type=notify
WatchdogSec={watchdog}
User=fingertopp
Group=fingertopp
{groups}WorkingDirectory=/opt/fingertopp/app
# Copies, made at each start: the keys themselves are root's. A certificate that is renewed is for
# the same key, and is read from its file.
{credentials}
ExecStart=/opt/fingertopp/venv/bin/python -m station --config /etc/fingertopp/station.toml run \
  --ready /run/fingertopp-station/ready.json
RuntimeDirectory=fingertopp-station
StateDirectory=fingertopp/station
# Where a certificate is put that a technician has asked for; a station that was given its identity
# otherwise has no such folder.
ReadWritePaths=-/var/lib/fingertopp/identity
Restart=always
RestartSec=2
TimeoutStartSec=120
# A wrong setting does not mend itself by trying again.
RestartPreventExitStatus=78
OOMScoreAdjust=-500
Environment=GPIOZERO_PIN_FACTORY={pins}
Environment=PYTHONDONTWRITEBYTECODE=1
Environment=MALLOC_ARENA_MAX=2

{hardened}RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
DevicePolicy=closed
{devices}
[Install]
WantedBy=multi-user.target
"""

_KIOSK = """\
[Unit]
Description=Fingertopp screen
After=fingertopp-station.service systemd-user-sessions.service
Wants=fingertopp-station.service
Conflicts=getty@tty1.service

[Service]
User=fingertopp-kiosk
Group=fingertopp-kiosk
SupplementaryGroups=video render input
PAMName=login
TTYPath=/dev/tty1
TTYReset=true
TTYVHangup=true
StandardInput=tty-fail
RuntimeDirectory=fingertopp-kiosk
Environment=HOME=/run/fingertopp-kiosk
ExecStart=/usr/bin/cage -d -- /usr/bin/chromium --kiosk --app=http://127.0.0.1:{port}/ \
  --user-data-dir=/run/fingertopp-kiosk/profile --ozone-platform=wayland --noerrdialogs \
  --disable-pinch --overscroll-history-navigation=0 --no-first-run --lang=sv
Restart=always
RestartSec=2

NoNewPrivileges=true
ProtectSystem=strict
ProtectHome=true
PrivateTmp=true
ProtectKernelTunables=true
ProtectKernelModules=true
ProtectKernelLogs=true
ProtectControlGroups=true
ProtectClock=true
ProtectHostname=true
RestrictRealtime=true
RestrictSUIDSGID=true
LockPersonality=true
SystemCallArchitectures=native
UMask=0077
# The page comes from this machine, and nothing else is fetched.
IPAddressDeny=any
IPAddressAllow=localhost

[Install]
WantedBy=multi-user.target
"""


def station_unit(kit: Kit) -> str:
    """Return the unit of a station with *kit*."""
    devices = _devices(kit)
    groups = [group for _, group in devices if group]
    return _STATION.format(
        watchdog=WATCHDOG_SECONDS,
        groups=f"SupplementaryGroups={' '.join(groups)}\n" if groups else "",
        credentials=f"{renewal.KEY}\n{renewal.CARD_KEY}",
        pins="mock" if kit.pins_virtual else "lgpio",
        hardened=HARDENED,
        devices="".join(f"DeviceAllow={device}\n" for device, _ in devices),
    )


def kiosk_unit(port: int) -> str:
    """Return the unit of the browser that shows the page on *port*.

    It draws and so cannot be shut in as a station is; it runs as a user of its own instead.
    """
    return _KIOSK.format(port=port)


def kiosk_policy(port: int) -> str:
    """Return what Chromium may do: show this station's page."""
    policy = {
        "URLBlocklist": ["*"],
        "URLAllowlist": [f"127.0.0.1:{port}"],
        "AutofillAddressEnabled": False,
        "AutofillCreditCardEnabled": False,
        "BrowserSignin": 0,
        "DefaultNotificationsSetting": 2,
        "DeveloperToolsAvailability": 2,
        "DownloadRestrictions": 3,
        "ForceEphemeralProfiles": True,
        "MetricsReportingEnabled": False,
        "PasswordManagerEnabled": False,
        "PrintingEnabled": False,
        "SyncDisabled": True,
        "TranslateEnabled": False,
    }
    return json.dumps(policy, indent=2) + "\n"


def system_conf() -> str:
    """Return what starts the board's own watchdog; its longest time is 15 s."""
    return "[Manager]\nRuntimeWatchdogSec=15\nRebootWatchdogSec=2min\n"


def _devices(kit: Kit) -> list[tuple[str, str]]:
    """Return what of the machine the station may open, each with its group."""
    devices = []
    if any(not reader.virtual for reader in kit.readers):
        devices.append(("char-spidev rw", "spi"))
    if not kit.pins_virtual:
        devices.append(("char-gpiochip rw", "gpio"))
    if kit.sound.sink != "null":
        devices.append(("char-alsa rw", "audio"))
    if not kit.wholly_simulated:
        devices.append(("char-input r", "input"))
    return devices
