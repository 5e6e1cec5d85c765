"""Wiring diagrams: the joints of a kit as an SVG picture that is the same each time."""

from collections.abc import Iterator
from html import escape
from typing import NamedTuple

from firmware_config.header import NAMES, Joint
from firmware_config.parts import SOCKETS, Part

PINS = range(1, 41)
PITCH = 24
TRACK = 12
TOP = 84
BOARD_LEFT, BOARD_WIDTH = 96, 150
LABEL_WIDTH = 214
PART_WIDTH = 250
MARGIN = 24
TITLE_LETTER = 12
COLOURS = {
    "black": "#111111",
    "blue": "#2f6fdd",
    "brown": "#8a5a2b",
    "green": "#2e9e44",
    "grey": "#9a9a9a",
    "orange": "#f28c1e",
    "pink": "#ef8fc0",
    "red": "#d6262b",
    "turquoise": "#2cc3c3",
    "violet": "#8a4fc7",
    "yellow": "#f4d22e",
}
"""How each colour of a wire is drawn; every wire has its name beside it too."""


class _Plan(NamedTuple):
    """Where everything is: the height of each point and terminal, and each point's own track."""

    rows: dict[str, int]
    tracks: dict[str, int]
    boxes: list[tuple[Part, int]]
    terminals: list[int]
    """The height of each joint's terminal, in the joints' own order."""
    part_left: int
    width: int
    height: int


def drawn(title: str, joints: list[Joint], *, every_pin: bool = True) -> str:
    """Return the picture of *joints* as SVG; of the header *every_pin*, or those used alone."""
    plan = _planned(title, joints, every_pin=every_pin)
    size = f'width="{plan.width}" height="{plan.height}"'
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {plan.width} {plan.height}"',
            f'  {size} role="img" aria-labelledby="title desc" font-family="sans-serif">',
            f'<title id="title">{escape(title)}</title>',
            f'<desc id="desc">{escape(told(joints))}</desc>',
            f'<rect {size} fill="#ffffff"/>',
            _text(MARGIN, 34, title, size=18, weight="bold"),
            _text(MARGIN, 58, "Power off while you wire. Pin 1 is the corner by the card slot."),
            *(_header_picture(joints) if _uses_header(joints) else ()),
            *_board(plan, joints),
            *_wires(plan, joints),
            *_boxes(plan),
            *_labels(plan, joints),
            "</svg>",
            "",
        )
    )


def told(joints: list[Joint]) -> str:
    """Return in words what the picture shows, wire by wire."""
    sentences: dict[str, list[str]] = {}
    for joint in joints:
        sentences.setdefault(joint.part.title, []).append(
            f"{joint.wire.terminal} to {joint.end}, {joint.wire.colour}"
        )
    return " ".join(f"{title}: {'; '.join(wires)}." for title, wires in sentences.items())


def _planned(title: str, joints: list[Joint], *, every_pin: bool) -> _Plan:
    points = list(dict.fromkeys(joint.point for joint in joints))
    pins = [str(pin) for pin in PINS if every_pin or str(pin) in points]
    shown = [*pins, *(socket for socket in SOCKETS if socket in points)]
    rows = {point: TOP + PITCH * number for number, point in enumerate(shown)}
    used = [point for point in shown if point in points]
    first = BOARD_LEFT + BOARD_WIDTH + 2 * MARGIN
    tracks = {point: first + TRACK * number for number, point in enumerate(used)}
    boxes: list[tuple[Part, int]] = []
    terminals: list[int] = []
    # Half a row lower than the pins, so that no two wires ever lie on one line.
    height = TOP - PITCH // 2
    for joint in joints:
        if not boxes or boxes[-1][0].key != joint.part.key:
            height += PITCH if boxes else 0
            boxes.append((joint.part, height))
            height += PITCH
        terminals.append(height)
        height += PITCH
    picture = PITCH * 12 if _uses_header(joints) else 0
    bottom = TOP + max(height - TOP, PITCH * len(shown), picture) + MARGIN
    part_left = first + TRACK * len(used) + LABEL_WIDTH
    width = max(part_left + PART_WIDTH, MARGIN + TITLE_LETTER * len(title)) + MARGIN
    return _Plan(rows, tracks, boxes, terminals, part_left, width, bottom)


def _uses_header(joints: list[Joint]) -> bool:
    return any(joint.pin for joint in joints)


def _header_picture(joints: list[Joint]) -> Iterator[str]:
    """Draw the header as it lies, to find a pin by counting."""
    used = {joint.pin: joint.wire.colour for joint in reversed(joints) if joint.pin}
    yield '<rect x="20" y="76" width="52" height="272" rx="4" fill="#333333"/>'
    for pin in PINS:
        x, y = (35, 57)[pin % 2 == 0], 86 + 13 * ((pin - 1) // 2)
        fill = COLOURS[used[pin]] if pin in used else "#ffffff"
        shape = "rect" if pin == 1 else "circle"
        place = (
            f'x="{x - 5}" y="{y - 5}" width="10" height="10"'
            if shape == "rect"
            else f'cx="{x}" cy="{y}" r="5"'
        )
        stroke = "#ffffff" if pin in used else "#777777"
        yield f'<{shape} {place} fill="{fill}" stroke="{stroke}"/>'
    yield _text(20, 364, "1 2 … 39 40", size=10)


def _board(plan: _Plan, joints: list[Joint]) -> Iterator[str]:
    used = {joint.point for joint in joints}
    right = BOARD_LEFT + BOARD_WIDTH
    bottom = max(plan.rows.values()) + PITCH // 2
    yield (
        f'<rect x="{BOARD_LEFT}" y="{TOP - PITCH // 2 - 4}" width="{BOARD_WIDTH}" '
        f'height="{bottom - TOP + PITCH // 2 + 8}" rx="6" fill="#eef3ee" stroke="#333333"/>'
    )
    for point, y in plan.rows.items():
        name = f"{point}  {NAMES[int(point)]}" if point.isdecimal() else f"{point} socket"
        fill = "#111111" if point in used else "#6b6b6b"
        yield _text(right - 16, y + 4, name, anchor="end", fill=fill)
        yield f'<circle cx="{right}" cy="{y}" r="4" fill="{fill}"/>'


def _wires(plan: _Plan, joints: list[Joint]) -> Iterator[str]:
    """Draw each point's wires on a track of their own; they cross, and never lie on another."""
    for point, track in plan.tracks.items():
        ends = [
            (joint.wire.colour, y)
            for joint, y in zip(joints, plan.terminals, strict=True)
            if joint.point == point
        ]
        start = plan.rows[point]
        right = BOARD_LEFT + BOARD_WIDTH
        for colour, y in ends:
            path = f"M{right} {start}H{track}V{y}H{plan.part_left}"
            yield f'<path d="{path}" fill="none" stroke="#222222" stroke-width="4.5"/>'
            yield f'<path d="{path}" fill="none" stroke="{COLOURS[colour]}" stroke-width="2.5"/>'
        for _, y in ends if len(ends) > 1 else ():
            yield f'<circle cx="{track}" cy="{y}" r="4" fill="#222222"/>'


def _boxes(plan: _Plan) -> Iterator[str]:
    for part, y in plan.boxes:
        height = PITCH * (len(part.wires) + 1)
        yield (
            f'<rect x="{plan.part_left}" y="{y - PITCH // 2}" width="{PART_WIDTH}" '
            f'height="{height}" rx="6" fill="#f4f0e6" stroke="#333333"/>'
        )
        yield _text(plan.part_left + 10, y + 4, part.title, weight="bold")


def _labels(plan: _Plan, joints: list[Joint]) -> Iterator[str]:
    for joint, y in zip(joints, plan.terminals, strict=True):
        yield f'<circle cx="{plan.part_left}" cy="{y}" r="4" fill="#111111"/>'
        yield _text(plan.part_left + 14, y + 4, joint.wire.terminal)
        label = f"{joint.end.removeprefix('the ')}, {joint.wire.colour}"
        yield _text(plan.part_left - 10, y - 5, label, anchor="end", size=11)


def _text(
    x: int,
    y: int,
    text: str,
    *,
    size: int = 12,
    weight: str = "normal",
    anchor: str = "start",
    fill: str = "#111111",
) -> str:
    return (
        f'<text x="{x}" y="{y}" font-size="{size}" font-weight="{weight}" '
        f'text-anchor="{anchor}" fill="{fill}">{escape(text)}</text>'
    )
