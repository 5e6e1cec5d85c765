"""Topics lead where they say, and a stranger's lead nowhere."""

import pytest

from circulation import topics
from circulation.errors import MessageError
from circulation.identifiers import StationId


@pytest.mark.parametrize("lane", topics.FROM_STATION + topics.FROM_HUB)
def test_every_lane_reads_back(lane):
    name = topics.topic("vindeln", StationId("vindeln-1"), lane)

    assert topics.parse(name) == topics.Lane("vindeln", StationId("vindeln-1"), lane)


@pytest.mark.parametrize(
    "name", ["", "fingertopp/1/v/s", "fingertopp/2/v/s/facts", "fingertopp/1/v/s/gossip"]
)
def test_no_lane_of_ours_is_a_message_error(name):
    with pytest.raises(MessageError):
        topics.parse(name)
