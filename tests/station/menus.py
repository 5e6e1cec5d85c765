"""A small spoken menu, as a hub would send it."""

from datetime import date

from circulation.identifiers import TitleId
from circulation.messages import ShelfBranch, ShelfHours, ShelfMenu, ShelfTitle
from station.menu import Menu

VINDELN = ShelfBranch(
    code="VIN",
    name="Vindelns bibliotek",
    municipality="Vindeln",
    telephone="0933-14 000",
    drop="i inkastet",
    hours=[
        ShelfHours(weekday=0, opens=600, closes=1080, staffed=True),
        ShelfHours(weekday=0, opens=480, closes=600, staffed=False),
        ShelfHours(weekday=1, opens=630, closes=960, staffed=True),
    ],
    closed_days=[date(2026, 12, 1)],
    loan_days=28,
)
TITLES = {
    title.id: title
    for title in (
        ShelfTitle(
            id=TitleId("mio"), title="Mio, min Mio", author="Astrid Lindgren", kind="talking_book",
            narrator="Samuel Fröler", length_minutes=300, summary="En pojke på en bänk.",
        ),
        ShelfTitle(id=TitleId("emma"), title="Emma", author="Jane Austen", language="eng"),
        ShelfTitle(id=TitleId("natt"), title="Nätter i Umeå"),
    )
}  # fmt: skip
PLACES = (
    ShelfMenu(id="new", order=1, name="Nya talböcker", name_en="New talking books",
              titles=[TitleId("mio"), TitleId("emma"), TitleId("gone")]),
    ShelfMenu(id="subjects", order=2, name="Talböcker efter ämne"),
    ShelfMenu(id="subject:saga", parent="subjects", order=1, name="Saga",
              titles=[TitleId("mio")]),
    ShelfMenu(id="empty", order=3, name="Personalen tipsar"),
    ShelfMenu(id="services", order=4, name="Bibliotekets service", name_en="The library"),
    ShelfMenu(id="hours", parent="services", order=1, name="Vindelns bibliotek", branch=VINDELN),
    ShelfMenu(id="card", parent="services", order=2, name="Att få ett lånekort", name_en="A card",
              text="Ta med legitimation till disken.", text_en="Bring some identification."),
)  # fmt: skip
MENU = Menu(PLACES)
