"""What the wire contract needs of a broker, asked of amqtt and of Mosquitto alike."""

import queue
import random
import shutil
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import paho.mqtt.client as mqtt
import pytest

from circulation.signing import MESSAGE_BYTES_MAX
from provisioning.demo.broker import mosquitto_config
from provisioning.demo.children import Child, Program
from provisioning.demo.ports import free
from tests.provisioning.demo.test_supervisor import eventually

MOSQUITTO = shutil.which("mosquitto", path="/usr/sbin:/usr/bin")


def amqtt_program(folder, port):
    ready = folder / "broker.ready"
    command = ("-m", "provisioning.demo.broker", "--port", str(port), "--ready", str(ready))
    return Program(
        name="broker", command=(sys.executable, *command), ready=ready, log=folder / "broker.log"
    )


def mosquitto_program(folder, port):
    assert MOSQUITTO, "the Debian package mosquitto is missing"
    config = folder / "mosquitto.conf"
    config.write_text(mosquitto_config(port))
    command = (MOSQUITTO, "-c", str(config))
    return Program(name="broker", command=command, ready=port, log=folder / "broker.log")


@pytest.fixture(params=[amqtt_program, mosquitto_program], ids=["amqtt", "mosquitto"])
def port(request, tmp_path):
    """Return the port of a running broker."""
    port = free(["broker"], again={}, dice=random.Random())["broker"]
    broker = Child(request.param(tmp_path, port))
    broker.start()
    try:
        assert eventually(broker.is_ready, 20), broker.last_words()
        yield port
    finally:
        broker.ask_to_stop()

        broker.wait(time.monotonic() + 5)


@pytest.fixture
def connect(port):
    """Return a function that connects a client; its messages come in a queue."""
    clients = []

    def connect(name, *topics, will=None):
        client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, name, clean_session=False)
        inbox, subscribed = queue.Queue(), queue.Queue()
        client.on_message = lambda *parts: inbox.put(parts[2])
        client.on_subscribe = lambda *parts: subscribed.put(True)
        if will:
            client.will_set(*will, qos=1, retain=True)
        client.connect("127.0.0.1", port, keepalive=30)
        client.loop_start()
        clients.append(client)
        for topic in topics:
            client.subscribe(topic, qos=1)
            subscribed.get(timeout=5)
        return client, inbox

    yield connect
    for client in clients:
        client.disconnect()
        client.loop_stop()


def test_the_largest_message_of_the_contract_arrives_whole(connect):
    _, inbox = connect("hub", "fingertopp/1/+/+/facts")
    station, _ = connect("umea-1")
    body = bytes(MESSAGE_BYTES_MAX)

    station.publish("fingertopp/1/umea/umea-1/facts", body, qos=1).wait_for_publish(5)

    assert inbox.get(timeout=5).payload == body


def test_a_late_comer_hears_the_retained_state(connect):
    station, _ = connect("umea-1")
    station.publish("fingertopp/1/umea/umea-1/state", b"born", qos=1, retain=True).wait_for_publish(
        5
    )

    _, inbox = connect("hub", "fingertopp/1/+/+/state")

    assert inbox.get(timeout=5).payload == b"born"


def test_a_vanished_stations_last_will_is_told(connect):
    _, inbox = connect("hub", "fingertopp/1/+/+/state")
    station, _ = connect("umea-1", will=("fingertopp/1/umea/umea-1/state", b"gone"))

    station.loop_stop()
    station.socket().close()

    assert inbox.get(timeout=5).payload == b"gone"


def test_a_station_hears_its_own_lanes_and_no_others(connect):
    connect("hub", "fingertopp/1/+/+/state")
    umea, _ = connect("umea-1", "fingertopp/1/umea/umea-1/settings")
    umea.publish("fingertopp/1/umea/umea-1/state", b"born", qos=1, retain=True).wait_for_publish(5)

    vindeln, inbox = connect("vindeln-1", "fingertopp/1/vindeln/vindeln-1/settings")
    own = "fingertopp/1/vindeln/vindeln-1/settings"
    vindeln.publish(own, b"mine", qos=1).wait_for_publish(5)

    assert inbox.get(timeout=5).payload == b"mine"
    assert inbox.empty()


def test_a_whole_region_that_connects_at_once_is_heard(connect):
    """Each connects, subscribes and is spoken to while the others do the same."""
    hub, heard = connect("hub", "fingertopp/1/+/+/state", "fingertopp/1/+/+/facts")
    names = [f"station-{number}" for number in range(30)]

    with ThreadPoolExecutor(len(names)) as pool:
        stations = list(
            pool.map(lambda name: connect(name, f"fingertopp/1/x/{name}/settings"), names)
        )
    for name, (station, _) in zip(names, stations, strict=True):
        station.publish(f"fingertopp/1/x/{name}/state", name, qos=1, retain=True)
        hub.publish(f"fingertopp/1/x/{name}/settings", name, qos=1, retain=True)

    assert {heard.get(timeout=5).payload.decode() for _ in names} == set(names)
    for name, (_, inbox) in zip(names, stations, strict=True):
        assert inbox.get(timeout=5).payload.decode() == name
