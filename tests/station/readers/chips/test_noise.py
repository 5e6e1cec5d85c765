from station.readers.chips.frames import Bits
from station.readers.chips.noise import Metal, Noise

FRAME = Bits.of(bytes(range(16)))


def flipped(noise: Noise) -> int:
    return (noise.spoil(FRAME).value ^ FRAME.value).bit_count()


def test_as_many_frames_as_promised_are_damaged_in_one_to_three_bits():
    noise = Noise(0.01, seed=1)

    flips = [flipped(noise) for _ in range(20_000)]

    assert 150 < noise.damaged < 250
    assert noise.damaged == sum(map(bool, flips))
    assert set(flips) == {0, 1, 2, 3}


def test_misfortune_is_the_same_for_the_same_seed():
    one, same, other = (Noise(0.5, seed=seed) for seed in (7, 7, 8))
    flips = [[flipped(noise) for _ in range(50)] for noise in (one, same, other)]
    assert flips[0] == flips[1] != flips[2]


def test_a_frame_of_one_bit_loses_no_more_than_that():
    assert Noise(1, seed=1).spoil(Bits(0, 1)).value == 1


def test_metal_answers_everything_with_two_voices():
    one, other = Metal(seed=1).echoes()
    assert one.length == other.length
