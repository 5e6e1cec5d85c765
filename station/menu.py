"""The spoken menu as it came with the shelf: places, and what is in them."""

from collections.abc import Iterable

from circulation.messages import ShelfMenu


class Menu:
    """The places in their order; one menu is itself and equals no other."""

    def __init__(self, places: Iterable[ShelfMenu]) -> None:
        """Keep *places*; one whose parent is not there is never come to."""
        self._under: dict[str, tuple[ShelfMenu, ...]] = {}
        self._by_id: dict[str, ShelfMenu] = {}
        for place in sorted(places, key=lambda each: (each.order, each.id)):
            self._by_id[place.id] = place
            self._under[place.parent] = (*self._under.get(place.parent, ()), place)

    def __bool__(self) -> bool:
        """Return whether there is anything to browse."""
        return bool(self.under(""))

    def place(self, id_: str) -> ShelfMenu | None:
        """Return the place *id_*, None where it is not there."""
        return self._by_id.get(id_)

    def under(self, id_: str) -> tuple[ShelfMenu, ...]:
        """Return the places that stand under *id_*, empty for the first list."""
        return self._under.get(id_, ())


NOTHING = Menu(())
