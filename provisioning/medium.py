"""`python -m provisioning medium`: a boot partition that makes a Pi ask to be a station."""

import json
import re
import shutil
from pathlib import Path

import click
from cryptography import x509

from circulation.errors import ConfigError
from hub.claims import is_written_as_token
from provisioning.files import write_atomically
from provisioning.stations import SUFFIX, is_station_name
from provisioning.wifi import read_wifi

CLAIM = "fingertopp"
"""The folder on the boot partition, and under /etc, where the claim waits."""
_OURS = "# Written by Fingertopp: `python -m provisioning medium`.\n"
_CLOUD_INIT = ("user-data", "meta-data")
_PRIVATE = "PRIVATE KEY"
_SSH = ("ssh-", "ecdsa-", "sk-")
"""How a line of a public SSH key begins (sshd(8), AUTHORIZED_KEYS FILE FORMAT)."""
_SITE = re.compile(r"https://([A-Za-z0-9.-]+|\[[0-9a-fA-F:]+\])(:[0-9]{1,5})?/?")
_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command("medium")
@click.argument("boot", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--token-file", type=_FILE, required=True, help="ID.token, as `station add` wrote it."
)
@click.option("--ca", type=_FILE, required=True, help="The region's authority, PEM.")
@click.option("--url", required=True, help="The hub's site, https://...")
@click.option("--ssh-key", type=_FILE, required=True, help="A technician's public SSH key.")
@click.option("--wifi", type=_FILE, help="JSON with ssid and password, where there is no cable.")
def medium(
    boot: Path, *, token_file: Path, ca: Path, url: str, ssh_key: Path, wifi: Path | None
) -> None:
    """Write a first start into BOOT, the mounted boot partition of Raspberry Pi OS Lite (64-bit).

    The card then names the machine, lets the technician in by SSH, and has what it takes to ask
    the hub once. No key of the station is on it: that is made on the machine.
    """
    _refuse_others(boot)
    _refuse_odd(url)
    station, token = _claim(token_file)
    files = {
        "user-data": user_data(station, _public(ssh_key), url),
        "meta-data": _OURS + json.dumps({"instance-id": f"fingertopp-{station}"}) + "\n",
        "network-config": _OURS + json.dumps(network(wifi)) + "\n",
        f"{CLAIM}/token": token,
        f"{CLAIM}/ca.pem": _authority(ca),
    }
    for name, text in files.items():
        write_atomically(boot / name, text.encode(), mode=0o600)
    click.echo(f"The card is {station}. Put it in and switch on; then run ansible/site.yml.")


def _refuse_others(boot: Path) -> None:
    if not (boot / "config.txt").is_file() or not (boot / "cmdline.txt").is_file():
        raise ConfigError(f"{boot} is no boot partition of a Raspberry Pi: it has no config.txt")
    if missing := [name for name in _CLOUD_INIT if not (boot / name).is_file()]:
        raise ConfigError(
            f"{boot} has no {missing[0]}: this image has no cloud-init. Take Raspberry Pi OS Lite "
            "(64-bit), Trixie or newer"
        )
    if shutil.disk_usage(boot).free < 1 << 20:
        raise ConfigError(f"{boot} is full")


def _refuse_odd(url: str) -> None:
    if not url.startswith("https://"):
        raise ConfigError(f"--url must begin with https://, not {url[:40]!r}")
    if not _SITE.fullmatch(url):
        raise ConfigError(f"--url must be https://HOST, perhaps with a port, not {url[:80]!r}")


def _claim(token_file: Path) -> tuple[str, str]:
    """Return whose token is in *token_file*, as its name says, and the token."""
    station, token = token_file.name.removesuffix(SUFFIX), _text(token_file)
    if not token_file.name.endswith(SUFFIX) or not is_station_name(station):
        raise ConfigError(f"{token_file} must be called as its station is: ID{SUFFIX}")
    if not is_written_as_token(token):
        raise ConfigError(f"{token_file} has no token: `station add` makes one")
    return station, token


def _public(ssh_key: Path) -> str:
    # A card may be read by whoever finds it: no private key is ever written to it.
    text = _text(ssh_key).strip()
    if _PRIVATE in text:
        raise ConfigError(f"{ssh_key} is a private key; did you mean {ssh_key.name}.pub?")
    if not text.startswith(_SSH) or len(text.splitlines()) != 1:
        raise ConfigError(f"{ssh_key} is no public SSH key: one line, as ssh-keygen writes it")
    if not text.partition(" ")[2].startswith("AAAA"):
        raise ConfigError(f"{ssh_key} is no whole public SSH key: nobody would get in with it")
    return text


def _authority(ca: Path) -> str:
    text = _text(ca)
    if _PRIVATE in text:
        raise ConfigError(f"{ca} has a private key; did you mean ca.pem, the certificate?")
    try:
        found = x509.load_pem_x509_certificates(text.encode())
        are = [each.extensions.get_extension_for_class(x509.BasicConstraints) for each in found]
    except (ValueError, x509.ExtensionNotFound) as error:
        raise ConfigError(f"{ca}: no authority's certificate: {error}") from error
    if not all(each.value.ca for each in are):
        raise ConfigError(f"{ca} is a server's certificate, and no authority's: take ca.pem")
    return text


def user_data(station: str, ssh_key: str, url: str) -> str:
    """Return what cloud-init does at the first start of *station*."""
    claim = f"/etc/{CLAIM}/claim"
    told = {
        "hostname": station,
        "manage_etc_hosts": True,
        "timezone": "Europe/Stockholm",
        "locale": "sv_SE.UTF-8",
        "ssh_pwauth": False,
        "disable_root": True,
        "users": [
            {
                "name": "technician",
                "groups": "sudo",
                "shell": "/bin/bash",
                "lock_passwd": True,
                "sudo": "ALL=(ALL) NOPASSWD:ALL",
                "ssh_authorized_keys": [ssh_key],
            }
        ],
        "write_files": [
            {"path": f"{claim}/station", "content": f"{station}\n", "permissions": "0600"},
            {"path": f"{claim}/url", "content": f"{url}\n", "permissions": "0600"},
        ],
        # The boot partition can be read by whoever has the card in hand: the token does not stay.
        "runcmd": [
            ["install", "-m", "600", f"/boot/firmware/{CLAIM}/token", claim],
            ["install", "-m", "644", f"/boot/firmware/{CLAIM}/ca.pem", claim],
            ["rm", "-r", f"/boot/firmware/{CLAIM}"],
            ["systemctl", "enable", "--now", "ssh"],
        ],
    }
    # JSON is YAML, and quotes itself.
    return f"#cloud-config\n{_OURS}{json.dumps(told, indent=1, ensure_ascii=False)}\n"


def network(wifi: Path | None) -> dict[str, object]:
    """Return the network (netplan, version 2): a cable by DHCP, and *wifi* where it is given."""
    wired = {"eth0": {"dhcp4": True, "optional": True}}
    if wifi is None:
        return {"network": {"version": 2, "ethernets": wired}}
    ssid, password = read_wifi(wifi)
    points = {ssid: {"password": password}}
    wireless = {"wlan0": {"dhcp4": True, "optional": True, "access-points": points}}
    return {"network": {"version": 2, "ethernets": wired, "wifis": wireless}}


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from error
