"""Small MARC files of invented records, whole and broken."""

import pymarc


def record(number, title="En titel", **fields):
    """Return a record with control number *number*; a keyword such as `f100a` is a subfield."""
    made = pymarc.Record(force_utf8=True)
    made.leader = pymarc.Leader("00000nam a2200000   4500")
    if number:
        made.add_field(pymarc.Field(tag="001", data=number))
    made.add_field(pymarc.Field(tag="008", data="120101s2012    sw |||||||||||||||||swe|d"))
    if title:
        made.add_field(field("245", "a", title))
    for name, value in fields.items():
        made.add_field(field(name[1:4], name[4], value))
    return made


def field(tag, code, value):
    """Return a data field with one subfield."""
    return pymarc.Field(
        tag=tag, indicators=pymarc.Indicators("1", "0"), subfields=[pymarc.Subfield(code, value)]
    )


def iso2709(*records):
    """Return *records* as a MARC21 file."""
    return b"".join(made.as_marc() for made in records)


def marcxml(*records):
    """Return *records* as a MARCXML file."""
    whole = b"".join(pymarc.record_to_xml(made, namespace=True) for made in records)
    return b'<?xml version="1.0" encoding="UTF-8"?>\n<collection>' + whole + b"</collection>"
