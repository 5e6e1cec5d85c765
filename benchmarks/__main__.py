"""`make bench`: every promise in numbers, one after another."""

from benchmarks import journal, touch_to_sound


def main() -> None:
    """Measure and print."""
    print("Durable append of a sealed fact")
    journal.main()
    print("\nTouch to first sound")
    touch_to_sound.main()


if __name__ == "__main__":
    main()
