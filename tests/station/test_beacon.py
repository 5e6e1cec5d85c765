from station.beacon import IDENTIFY_MS, Beacon


class Lamp:
    def __init__(self):
        self.shown = []

    def show(self, pattern):
        self.shown.append(pattern)


def test_what_happens_meanwhile_is_shown_when_the_station_has_been_found():
    lamp = Lamp()
    beacon = Beacon(lamp)
    beacon.show("ready")
    beacon.identify(1_000)
    beacon.show("problem")
    beacon.look(1_000 + IDENTIFY_MS - 1)
    assert lamp.shown == ["ready", "identify"]

    beacon.look(1_000 + IDENTIFY_MS)
    beacon.look(1_000 + IDENTIFY_MS + 1)

    assert lamp.shown == ["ready", "identify", "problem"]
