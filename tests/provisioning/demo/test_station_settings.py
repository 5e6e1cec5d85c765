from pathlib import Path

import msgspec
import pytest

from circulation.sealing import SealingKey
from provisioning.demo.station_settings import Surroundings, station_toml
from provisioning.demo.stations import STATIONS
from station.config import load

AROUND = Surroundings(
    hub_name="hub",
    sealing=SealingKey(id="2026-1", public=bytes(range(32))),
    broker_port=20_002,
    portal_url="http://127.0.0.1:20001/",
)


def loaded(folder, station, around=AROUND):
    file = folder / "station.toml"
    file.write_text(station_toml(station, around, web_port=20_003, epoch=3), encoding="utf-8")
    return load(file)


@pytest.mark.parametrize("station", STATIONS, ids=lambda station: station.id)
def test_a_station_can_read_what_provisioning_wrote_for_it(tmp_path, station):
    config = loaded(tmp_path, station)

    assert (config.station, config.number, config.kit) == (station.id, station.number, station.kit)
    assert config.sealing.public == bytes(range(32))
    assert (config.broker.port, config.broker.tls, config.web.port) == (20_002, False, 20_003)
    assert config.identity.epoch == 3
    assert config.speech.to is None
    assert config.phrases.site == AROUND.portal_url


def test_what_is_spoken_is_kept_in_a_folder_for_each_station(tmp_path):
    around = msgspec.structs.replace(AROUND, speech_to=Path('/tmp/tal "och" sång'))

    config = loaded(tmp_path, STATIONS[0], around)

    assert config.speech.to == Path('/tmp/tal "och" sång') / STATIONS[0].id
