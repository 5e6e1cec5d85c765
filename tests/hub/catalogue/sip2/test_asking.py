"""Questions that change nothing: asked again where an answer is lost."""

import pytest

from circulation.identifiers import CardNumber, ItemId
from circulation.verdicts import Reason
from hub.errors import CatalogueUnavailableError
from hub.sip2 import codec
from tests.hub.catalogue.cast import NOW_MS
from tests.hub.catalogue.sip2.proxy import WHOLE, Cut, carrying
from tests.hub.catalogue.sip2.rig import Clock, cast, catalogue_at
from tests.hub.catalogue.sip2.system import TODAY, Out
from tests.hub.sip2.peers import scripted


class Paged:
    """A library system that lists two loans at a time."""

    def __init__(self, system):
        self.system = system

    def __call__(self, line, number):
        said = self.system.wire(line, number)
        heard = codec.decode(line, encoding="utf-8").message
        if heard.code != "63":
            return said
        answer = codec.decode(said[:-1], encoding="utf-8")
        first = int(heard.get("BP") or "1")
        shown = set(answer.message.all("AU")[first - 1 : first + 1])
        fields = tuple(
            (id_, value) for id_, value in answer.message.fields if id_ != "AU" or value in shown
        )
        told = codec.Message("64", answer.message.fixed, fields)
        return codec.encode(told, encoding="utf-8", sequence=answer.sequence)


def test_a_long_list_is_asked_for_page_by_page(engine):
    system = cast()
    system.loans = {f"B-{number}": Out("K-ANNA", TODAY) for number in range(5)}
    with scripted(Paged(system)) as port, catalogue_at(port, engine, Clock()) as catalogue:
        seen = catalogue._asking.patron(CardNumber("K-ANNA"))

    assert seen.charged == tuple(f"B-{number}" for number in range(5))


def test_a_question_whose_answer_was_lost_is_asked_again(catalogue, system, engine):
    def plan(_number, asked):
        lost.append(asked[:2])
        return Cut(said_bytes=3) if lost.count(b"17") == 1 and asked[:2] == b"17" else WHOLE

    lost = []
    with (
        scripted(system.wire) as upstream,
        carrying(upstream, plan) as port,
        catalogue_at(port, engine, Clock()) as asked,
    ):
        assert asked.item("B-1").title == "Vägen genom myren"
    assert lost.count(b"17") == 2


def test_an_answer_about_another_copy_is_none(engine):
    system = cast()

    def other(line, number):
        said = system.wire(line, number)
        if not line.startswith(b"17"):
            return said
        heard = codec.decode(said[:-1], encoding="utf-8")
        fields = tuple((id_, "B-2" if id_ == "AB" else v) for id_, v in heard.message.fields)
        told = codec.Message("18", heard.message.fixed, fields)
        return codec.encode(told, encoding="utf-8", sequence=heard.sequence)

    with (
        scripted(other) as port,
        catalogue_at(port, engine, Clock()) as catalogue,
        pytest.raises(CatalogueUnavailableError, match="another copy"),
    ):
        catalogue.item("B-1")


def telling(system, whose):
    """Answer as *system* does, but for the number that each answer about a patron tells."""

    def answer(line, number):
        said = system.wire(line, number)
        if not line.startswith(b"63"):
            return said
        heard = codec.decode(said[:-1], encoding="utf-8")
        fields = tuple((id_, whose() if id_ == "AA" else v) for id_, v in heard.message.fields)
        told = codec.Message("64", heard.message.fixed, fields)
        return codec.encode(told, encoding="utf-8", sequence=heard.sequence)

    return answer


def test_an_answer_about_somebody_else_is_asked_for_again(engine):
    numbers = iter(["K-BO", "K-ANNA", "K-BO", "K-CHILD"])
    with (
        scripted(telling(cast(), lambda: next(numbers))) as port,
        catalogue_at(port, engine, Clock()) as catalogue,
    ):
        assert catalogue._asking.patron(CardNumber("K-ANNA")).patron == "K-ANNA"
        with pytest.raises(CatalogueUnavailableError, match="somebody else"):
            catalogue._asking.patron(CardNumber("K-ANNA"))


def test_a_patron_with_another_number_than_their_card_is_believed_where_it_is_always_so(engine):
    system = cast()
    with (
        scripted(telling(system, lambda: "patron 17")) as port,
        catalogue_at(port, engine, Clock()) as catalogue,
    ):
        for _ in range(2):
            assert catalogue._asking.patron(CardNumber("K-ANNA")).patron == "patron 17"
    assert system.asked.count("63") == 3, "once more the first time only"


def test_a_number_that_no_line_can_say_is_nobodys(catalogue, system):
    assert catalogue.item(ItemId("B|1")) is None
    assert catalogue.borrower(CardNumber("K\r1")) is None
    assert catalogue.pin_refused(CardNumber("K-ANNA"), "12|34", NOW_MS) is Reason.PIN_WRONG
    assert {"17", "63"}.isdisjoint(system.asked)
    assert catalogue.item(ItemId("B-1")) is not None


def test_who_has_a_card_is_asked_once_in_a_while(catalogue, system, clock):
    for _ in range(3):
        catalogue.borrower("K-ANNA")
    assert system.asked.count("63") == 1

    clock.now_ms += 11 * 60_000
    catalogue.borrower("K-ANNA")
    assert system.asked.count("63") == 2
