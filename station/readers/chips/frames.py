"""What travels between reader and tag: bits, bytes and the checksums of both standards."""

CRC_A_START = 0x6363


def crc_a(data: bytes, start: int = CRC_A_START) -> bytes:
    """Return the two checksum bytes of *data*, low byte first."""
    crc = start
    for byte in data:
        mixed = byte ^ (crc & 0xFF)
        mixed ^= (mixed << 4) & 0xFF
        crc = (crc >> 8) ^ (mixed << 8) ^ (mixed << 3) ^ (mixed >> 4)
    return crc.to_bytes(2, "little")


def crc_v(data: bytes) -> bytes:
    """Return the two checksum bytes of *data* by ISO 15693 (ISO 13239), low byte first."""
    return (int.from_bytes(crc_a(data, 0xFFFF), "little") ^ 0xFFFF).to_bytes(2, "little")


def with_crc_v(data: bytes) -> bytes:
    """Return *data* followed by its checksum by ISO 15693."""
    return data + crc_v(data)


def with_crc(data: bytes) -> bytes:
    """Return *data* followed by its checksum."""
    return data + crc_a(data)


def crc_holds(frame: bytes) -> bool:
    """Return whether *frame* ends in the checksum of the rest."""
    return len(frame) > 2 and crc_a(frame[:-2]) == frame[-2:]


class Bits:
    """A run of bits, the first sent being bit 0 of *value*."""

    __slots__ = ("length", "value")

    def __init__(self, value: int, length: int) -> None:
        """Hold the lowest *length* bits of *value*."""
        self.value = value & ((1 << length) - 1)
        self.length = length

    @classmethod
    def of(cls, data: bytes) -> "Bits":
        """Return *data* as bits, each byte lowest bit first."""
        return cls(int.from_bytes(data, "little"), len(data) * 8)

    def after(self, known: int) -> "Bits":
        """Return what follows the first *known* bits."""
        return Bits(self.value >> known, self.length - known)

    def starts_as(self, other: "Bits") -> bool:
        """Return whether all of *other* stands at the beginning."""
        return Bits(self.value, other.length).value == other.value

    def to_bytes(self) -> bytes:
        """Return the bits in bytes, the last one padded with zeros."""
        return self.value.to_bytes((self.length + 7) // 8, "little")
