import subprocess
import sys

import pytest

from circulation.errors import ConfigError
from circulation.settings import load
from station.config import StationConfig


def test_reading_a_voices_settings_loads_no_engine():
    program = (
        "import sys, speech.voice_setting; "
        "print([name for name in ('numpy', 'piper', 'onnxruntime') if name in sys.modules])"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert ran.stdout.strip() == "[]"


def test_an_engine_that_is_none_is_refused(tmp_path):
    path = tmp_path / "station.toml"
    path.write_text('[[speech.voice]]\nlanguage = "sv"\nengine = "pipe"\n')

    with pytest.raises(ConfigError, match="engine"):
        load(path, StationConfig)
