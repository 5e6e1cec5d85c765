"""What a tag says, whoever wrote it."""

from circulation.tags import iso28560_3
from circulation.tags.content import TagContent
from circulation.tags.image import TagImage


def decode(image: TagImage) -> TagContent:
    """Return what *image* says, with its doubts; any bytes have an answer."""
    return iso28560_3.decode(image.uid, image.memory)
