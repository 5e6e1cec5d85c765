"""What a hand finds on a station: keys, a lamp, a buzzer and a jack, on GPIO pins."""
