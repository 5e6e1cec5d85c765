"""The units that open a station's root for security updates at night, and close it again."""

PROGRAM_MOUNT = "/etc/systemd/system/opt-fingertopp.mount"
PROGRAM_LABEL = "fingertopp-opt"
START = "/etc/systemd/system/fingertopp-window.service"
NIGHT = "/etc/systemd/system/fingertopp-night.service"
TIMER = "/etc/systemd/system/fingertopp-night.timer"


def program_mount() -> str:
    """Return the unit that mounts the partition of versions, which no overlay covers."""
    return f"""\
[Unit]
Description=Fingertopp program

[Mount]
What=/dev/disk/by-label/{PROGRAM_LABEL}
Where=/opt/fingertopp
Type=ext4
Options=noatime,nodev,nosuid,errors=remount-ro

[Install]
WantedBy=local-fs.target
"""


def start() -> str:
    """Return the unit that does what the root was opened for, once it is open."""
    return """\
[Unit]
Description=Fingertopp: what this machine's root was opened for
RequiresMountsFor=/opt/fingertopp
After=network-online.target
Wants=network-online.target

[Service]
Type=oneshot
ExecStart=/opt/fingertopp/bin/window start
TimeoutStartSec=2h

[Install]
WantedBy=multi-user.target
"""


def night() -> str:
    """Return the unit that looks whether the root must be opened, or was left open."""
    return """\
[Unit]
Description=Fingertopp: open the root for security updates where there are some
RequiresMountsFor=/opt/fingertopp

[Service]
Type=oneshot
ExecStart=/opt/fingertopp/bin/window night
TimeoutStartSec=2h
"""


def timer() -> str:
    """Return when it looks: at night, not all stations in one minute, never by day."""
    return """\
[Unit]
Description=Fingertopp: each night

[Timer]
OnCalendar=*-*-* 03:30:00
RandomizedDelaySec=30min

[Install]
WantedBy=timers.target
"""
