import subprocess
import sys

import pytest

from station.readers import open_reader
from station.readers.rc522 import Rc522Reader


def test_a_reader_is_chosen_by_its_name(chip):
    reader = open_reader("rc522", bus=0, device=0, reset_pin=25)
    assert isinstance(reader, Rc522Reader)
    reader.close()


def test_a_name_that_no_driver_has_is_a_programmers_mistake():
    with pytest.raises(KeyError):
        open_reader("rc523", bus=0, device=0)


def test_naming_the_readers_loads_no_driver():
    asked = "import station.readers.rc522, sys; print('mfrc522' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "False"
