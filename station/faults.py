"""The codes of what can be wrong with a station; docs/reference/station-faults.md explains each."""

CARD_READER = "R1"
PAD_READER = "R2"
FINGER_READER = "R3"
SCANNER = "B1"
SETTINGS_ASIDE = "C1"
JOURNAL_ASIDE = "J1"
JOURNAL_FULL = "J2"
JOURNAL_NEARLY_FULL = "J3"
NO_SOUND = "S1"
NO_VOICE = "S2"
NO_ROOM_FOR_PHRASES = "S3"

PLAIN = {
    CARD_READER: "the card reader does not answer",
    PAD_READER: "the book pad does not answer",
    FINGER_READER: "the finger-reader does not answer",
    SCANNER: "the barcode scanner is unplugged or cannot be read",
    SETTINGS_ASIDE: "the hub's settings on the disk were torn",
    JOURNAL_ASIDE: "the journal was damaged and is set aside",
    JOURNAL_FULL: "the journal is full",
    JOURNAL_NEARLY_FULL: "the journal is nearly full",
    NO_SOUND: "no sound can be played",
    NO_VOICE: "a voice is missing or damaged",
    NO_ROOM_FOR_PHRASES: "the disk has no room for stored phrases",
}
"""The same in words, for those who see to a station."""

PLACES = {CARD_READER: "readers", PAD_READER: "readers", FINGER_READER: "readers"}
"""What the doctor calls where a fault is, of those that it looks at too."""
