"""The return proof: every code reads back, no mistyped one does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from circulation import proof
from circulation.proof import Proof

PROOFS = st.builds(
    Proof,
    st.integers(1, proof.STATION_NUMBER_MAX),
    st.integers(1, proof.EPOCH_MAX),
    st.integers(1, proof.SEQ_MAX),
)


@given(PROOFS)
def test_a_code_reads_back_as_the_fact_it_stands_for(fact):
    assert proof.read(proof.code(fact)) == fact


@given(PROOFS, st.integers(0, 10), st.sampled_from(proof.ALPHABET))
def test_one_wrong_symbol_is_always_found(fact, place, symbol):
    code = list(proof.code(fact).replace("-", ""))
    if code[place] == symbol:
        return
    code[place] = symbol

    assert proof.read("".join(code)) is None


def test_a_code_is_read_as_people_write_it():
    code = proof.code(Proof(3, 1, 17))

    assert proof.read(f" {code.lower().replace('0', 'o').replace('1', 'l')} ") == Proof(3, 1, 17)


@pytest.mark.parametrize("text", ["", "-", "ÅÄÖ", "0" * 500, "00R1-0000-0H"])
def test_what_is_no_code_is_nobodys(text):
    assert proof.read(text) is None
