"""The raw subfields of a MARC21 record that speech needs, whoever parsed them."""

from msgspec import Struct


class MarcPerson(Struct, frozen=True, kw_only=True):
    """A 100 or 700 field."""

    a: str
    b: str = ""
    """Numeration: Karl *XII*."""
    c: str = ""
    """Titles: *drottning av Sverige*."""
    d: str = ""
    """Dates; never said."""
    roles: tuple[str, ...] = ()
    """All of $e and $4: `aut`, `nrt`, `inläsare` ..."""
    ind1: str = "1"
    """`0` where the name stands as it is said."""


class MarcFields(Struct, frozen=True, kw_only=True):
    """One bibliographic record, its subfields as they stand; what is missing is empty."""

    control_number: str
    leader06: str = "a"
    leader07: str = "m"
    f008: str = ""
    f041_a: tuple[str, ...] = ()
    f041_d: tuple[str, ...] = ()
    f041_h: tuple[str, ...] = ()
    f100: tuple[MarcPerson, ...] = ()
    f245_a: str = ""
    f245_b: str = ""
    f245_c: str = ""
    f245_h: str = ""
    f245_n: tuple[str, ...] = ()
    f245_p: tuple[str, ...] = ()
    f250: tuple[str, ...] = ()
    """Each 250 field's $a and $b in one string."""
    f300: tuple[str, ...] = ()
    """Each 300 field's $a and $b in one string."""
    f306: tuple[str, ...] = ()
    f338: tuple[str, ...] = ()
    """All of $a and $b."""
    f490: tuple[tuple[str, str], ...] = ()
    """Each 490, 830 or 800 field's title ($a, of 800 $t) and its $v."""
    f500: tuple[str, ...] = ()
    f511: tuple[str, ...] = ()
    f520: tuple[str, ...] = ()
    f655: tuple[str, ...] = ()
    f700: tuple[MarcPerson, ...] = ()
