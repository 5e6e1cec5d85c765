"""The branch's copy of what its stations need while the line is down; always rebuildable."""

from station.shelf.store import ShelfStore

__all__ = ["ShelfStore"]
