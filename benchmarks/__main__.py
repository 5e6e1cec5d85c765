"""`make bench`: every promise in numbers, one after another."""

from benchmarks import (
    backlog,
    catalogue_elsewhere,
    fold,
    interrupts,
    journal,
    listening_station,
    marc_import,
    phrases,
    readers,
    reconnect,
    rules,
    selfchecks,
    touch_to_sound,
)


def main() -> None:
    """Measure and print."""
    print("Durable append of a sealed fact")
    journal.main()
    print("\nA backlog drained, and one late fact")
    backlog.main()
    print("\nA thousand stations back at once")
    reconnect.main()
    print("\nThe rule over a million facts")
    fold.main()
    print("\nA question to a library system elsewhere")
    catalogue_elsewhere.main()
    print("\nSelf-checks of others, and library systems of others")
    selfchecks.main()
    print("\nRecords into the catalogue")
    marc_import.main()
    print("\nWhether a loan is granted")
    rules.main()
    print("\nTouch to first sound")
    touch_to_sound.main()
    listening_station.main()
    interrupts.main()
    print("\nPhrases rendered beforehand")
    phrases.main()
    print("\nPolls of the readers")
    readers.main()


if __name__ == "__main__":
    main()
