"""What keeps a machine in a library well for years: disk, clock, log, wall and updates."""

DATA_MOUNT = "/etc/systemd/system/var-lib-fingertopp.mount"
NFTABLES = "/etc/nftables.conf"
JOURNALD = "/etc/systemd/journald.conf.d/fingertopp.conf"
CHRONY = "/etc/chrony/conf.d/fingertopp.conf"
CHRONY_OPTIONS = "/etc/default/chrony"
CLOCK_MOUNT = "/etc/systemd/system/var-lib-chrony.mount"
UPDATES = "/etc/apt/apt.conf.d/60fingertopp"
DATA_LABEL = "fingertopp"


def data_mount() -> str:
    """Return the unit that mounts the data partition, found by its label.

    data=journal writes contents and names in one order, so that no power cut can separate them.
    """
    return f"""\
[Unit]
Description=Fingertopp data
Before=local-fs.target

[Mount]
What=/dev/disk/by-label/{DATA_LABEL}
Where=/var/lib/fingertopp
Type=ext4
Options=data=journal,noatime,nodev,nosuid,noexec,errors=remount-ro

[Install]
WantedBy=local-fs.target
"""


def nftables(management: list[str]) -> str:
    """Return the wall: in comes what was asked for, and SSH from the *management* networks."""
    ssh = [
        f"    {'ip6' if ':' in network else 'ip'} saddr {network} tcp dport 22 accept"
        for network in management
    ]
    rules = "\n".join(ssh)
    return f"""\
#!/usr/sbin/nft -f
flush ruleset

table inet fingertopp {{
  chain input {{
    type filter hook input priority filter; policy drop;
    ct state established,related accept
    ct state invalid drop
    iif lo accept
    meta l4proto {{ icmp, ipv6-icmp }} accept
    udp sport 67 udp dport 68 accept
    udp sport 547 udp dport 546 accept
{rules}
  }}
  chain forward {{
    type filter hook forward priority filter; policy drop;
  }}
}}
"""


def journald() -> str:
    """Return the bounds of the log; it names no person, and need not outlive a month."""
    return "[Journal]\nSystemMaxUse=64M\nRuntimeMaxUse=32M\nMaxRetentionSec=30day\n"


def chrony(servers: list[str]) -> str:
    """Return how the clock is set from *servers*: at once after a boot, however wrong it was."""
    named = "".join(f"server {server} iburst\n" for server in servers)
    return f"{named}makestep 1 -1\nrtcsync\n"


def chrony_options() -> str:
    """Return chronyd's options; with -s a clock without a battery starts when it was last right."""
    return 'DAEMON_OPTS="-F 1 -s"\n'


def clock_mount() -> str:
    """Return the unit that keeps what chrony knows on the data partition."""
    return """\
[Unit]
Description=Fingertopp clock
RequiresMountsFor=/var/lib/fingertopp
Before=chrony.service

[Mount]
What=/var/lib/fingertopp/chrony
Where=/var/lib/chrony
Type=none
Options=bind

[Install]
WantedBy=chrony.service
"""


def updates() -> str:
    """Return the rules of security updates: which, and only when the root was opened for them.

    Debian's own timers would write them under the overlay, and have them gone at the next start.
    """
    return """\
Unattended-Upgrade::Origins-Pattern {
  "origin=Debian,codename=${distro_codename},label=Debian-Security";
};
Unattended-Upgrade::Automatic-Reboot "false";
APT::Periodic::Update-Package-Lists "0";
APT::Periodic::Unattended-Upgrade "0";
"""
