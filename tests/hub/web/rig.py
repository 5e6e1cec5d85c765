"""The whole site over the cast's region, with a clock that a test can move."""

import re
from dataclasses import dataclass, field

from hub.catalogue.own import OwnCatalogue
from hub.catalogue.port import Catalogue
from hub.desk.accounts import add_account
from hub.portal.pages import Proven
from hub.site import SiteSettings, create_site
from tests.hub.catalogue.cast import NOW_MS, make_catalogue
from tests.hub.desk.listed import ListedSource

PASSWORD = "en lång mening om älvar"


@dataclass
class Rig:
    """A site, and what is behind it."""

    app: object
    engine: object
    catalogue: Catalogue
    source: ListedSource
    arrived: dict[tuple[int, int, int], Proven] = field(default_factory=dict)
    now_ms: int = NOW_MS


def make_rig(folder, *, behind=OwnCatalogue, phrases=None, **settings):
    """Return a site with its database in *folder*, and the catalogue that *behind* makes of it."""
    engine = make_catalogue(folder / "hub.sqlite")
    rig = Rig(None, engine, behind(engine), ListedSource())
    add_account(engine, "maja", PASSWORD, "librarian")
    add_account(engine, "teknik", PASSWORD, "technician")
    rig.app = create_site(
        SiteSettings(region="Umeåregionen", secret_key=b"only in tests", **settings),
        engine=engine,
        catalogue=rig.catalogue,
        desk_source=rig.source,
        proof_lookup=lambda *read: rig.arrived.get(read),
        now_ms=lambda: rig.now_ms,
        phrases=phrases,
    )
    return rig


def post(client, form_page, path, **fields):
    """Send a form as a browser does: with the token of the page it stands on."""
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get(form_page).text)[1]
    return client.post(path, data={"csrf_token": token, **fields})


def sign_in(client, card="K-ANNA", pin="1234"):
    """Sign in at the public site."""
    return post(client, "/sign-in", "/sign-in", card=card, pin=pin)
