"""Opus in Ogg, as libsndfile has it: what stored phrases are kept as."""

import io
from collections.abc import Iterator
from functools import cache

import numpy as np

from speech.engine import RATE_HZ, SpeechError

OPUS_HZ = 24_000
"""Opus knows no 22,050; the next rate above it loses nothing."""
COMPRESSION = 0.96
"""16 kilobits a second as libsndfile counts, from 256 (0) to 6 (1); with all around it about 21."""
BLOCK_MS = 20
_PAGE_HEADER_BYTES = 27
_SERIAL_AT, _CRC_AT, _SEGMENTS_AT = 14, 22, 26
_CRC_POLYNOMIAL = 0x04C11DB7


def encoded(pcm: bytes) -> bytes:
    """Return 16-bit mono *pcm* at `RATE_HZ` as an Opus file: of the same sound the same bytes."""
    import soundfile  # noqa: PLC0415
    import soxr  # noqa: PLC0415

    samples = soxr.resample(np.frombuffer(pcm, np.int16), RATE_HZ, OPUS_HZ)
    file = io.BytesIO()
    soundfile.write(
        file, samples, OPUS_HZ, format="OGG", subtype="OPUS", compression_level=COMPRESSION
    )
    return _without_serial(file.getvalue())


def decoded(opus: bytes) -> Iterator[bytes]:
    """Give the file *opus* as 16-bit mono PCM at `RATE_HZ`, a block of 20 ms at a time.

    Raises `SpeechError` for what is no sound.
    """
    # Imported here: a station without stored phrases never pays for them.
    import soundfile  # noqa: PLC0415
    import soxr  # noqa: PLC0415

    try:
        with soundfile.SoundFile(io.BytesIO(opus)) as file:
            if file.channels != 1:
                raise SpeechError(f"a stored phrase of {file.channels} channels")
            rate_hz = int(file.samplerate)
            stream = soxr.ResampleStream(rate_hz, RATE_HZ, 1, dtype="int16")
            for block in file.blocks(rate_hz * BLOCK_MS // 1000, dtype="int16"):
                if sound := stream.resample_chunk(block).tobytes():
                    yield sound
            yield stream.resample_chunk(np.zeros(0, np.int16), last=True).tobytes()
    except (RuntimeError, TypeError, ValueError) as error:
        raise SpeechError(f"a stored phrase that is no sound: {error}") from error


def _without_serial(ogg: bytes) -> bytes:
    """Return *ogg* with 0 in the place of the serial number that libsndfile draws by lot.

    Each page has it, and a checksum (RFC 3533, 6). A station fetches what has another hash.
    """
    pages, at = bytearray(ogg), 0
    while at < len(pages):
        segments = pages[at + _SEGMENTS_AT]
        table = at + _PAGE_HEADER_BYTES
        end = table + segments + sum(pages[table : table + segments])
        pages[at + _SERIAL_AT : at + _SERIAL_AT + 4] = bytes(4)
        pages[at + _CRC_AT : at + _CRC_AT + 4] = bytes(4)
        pages[at + _CRC_AT : at + _CRC_AT + 4] = _crc(pages[at:end]).to_bytes(4, "little")
        at = end
    return bytes(pages)


def _crc(page: bytearray) -> int:
    table, crc = _crc_table(), 0
    for byte in page:
        crc = (crc << 8 & 0xFFFFFFFF) ^ table[crc >> 24 ^ byte]
    return crc


@cache
def _crc_table() -> tuple[int, ...]:
    return tuple(_crc_of(byte << 24) for byte in range(256))


def _crc_of(crc: int) -> int:
    for _ in range(8):
        crc = (crc << 1 ^ (_CRC_POLYNOMIAL if crc >> 31 else 0)) & 0xFFFFFFFF
    return crc
