"""The hub's web: the public site at the root, the desk under /desk, alike in look and manners."""

from collections.abc import Callable
from pathlib import Path

from flask import Flask, render_template
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_wtf import CSRFProtect
from msgspec import Struct
from sqlalchemy import Engine
from werkzeug.exceptions import HTTPException, ServiceUnavailable
from werkzeug.middleware.proxy_fix import ProxyFix

from circulation.phrases.languages import voice_language
from hub.catalogue.port import Catalogue
from hub.desk.pages import Desk
from hub.desk.source import DeskSource
from hub.errors import CatalogueUnavailableError
from hub.joining import Joining
from hub.joining_pages import joining_pages
from hub.phrases import standing
from hub.phrases.pages import phrase_pages
from hub.portal.pages import Portal, Proven
from hub.web import dates, language, texts
from hub.web.headers import strict
from hub.web.storable import refuse_unstorable

PHRASES_LIMIT = "600 per minute"
"""Answers of sound to one address: fifty stations may share a branch's."""
TRUST_LIMIT = "120 per minute"
"""Answers of whom to believe to one address: a broker asks thirty times, and stations each day."""
_EXPLAINED = {400, 404, 405, 429, 503}


class SiteSettings(Struct, frozen=True, kw_only=True):
    """What a region says of its pages."""

    region: str
    """The region's name, as in *Biblioteken i Umeåregionen*."""
    secret_key: bytes
    secure_cookies: bool = False
    """True wherever the pages are served over TLS."""
    sign_in_limit: str = "30 per minute"
    """Tries from one address to sign in here, to sign in at the desk, or to read a proof."""
    proxies: int = 0
    """How many proxies pass a visitor on, each adding whom it heard to X-Forwarded-For."""


def create_site(
    settings: SiteSettings,
    *,
    engine: Engine,
    catalogue: Catalogue,
    desk_source: DeskSource,
    proof_lookup: Callable[[int, int, int], Proven | None],
    now_ms: Callable[[], int],
    joining: Joining | None = None,
    phrases: Path | None = None,
) -> Flask:
    """Return the web application; *proof_lookup* answers with (station, epoch, seq) when.

    With *joining*, machines may ask here to be stations; those that are fetch the files in the
    folder *phrases*.
    """
    app = Flask("hub", static_folder="web/static", template_folder="web/templates")
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SESSION_COOKIE_NAME="fingertopp_hub",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        MAX_CONTENT_LENGTH=64 << 10,
        WTF_CSRF_SSL_STRICT=False,
        # The form's token lives as long as the visit; a long evening at the page is no attack.
        WTF_CSRF_TIME_LIMIT=None,
    )
    if settings.proxies:
        # Of what a proxy may add only the address is believed: nothing here needs the rest.
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=settings.proxies, x_proto=0
        )
    app.before_request(refuse_unstorable)
    csrf = CSRFProtect(app)
    # A window that moves: whoever guesses at the turn of a minute has no second helping.
    limiter = Limiter(
        get_remote_address, app=app, storage_uri="memory://", strategy="moving-window"
    )
    # A count for each form: whoever guesses at one of them keeps nobody out of the others.
    limit = limiter.limit(settings.sign_in_limit)
    portal = Portal(engine, catalogue, proof_lookup=proof_lookup, now_ms=now_ms)
    desk = Desk(
        engine,
        catalogue,
        source=desk_source,
        now_ms=now_ms,
        lacks_swedish=lambda: standing.lacks_swedish(standing.kept(phrases) if phrases else None),
    )
    app.register_blueprint(portal.blueprint(limit))
    app.register_blueprint(desk.blueprint(limit), url_prefix="/desk")
    if joining is not None:
        asked = joining_pages(joining, limit, limiter.limit(TRUST_LIMIT))
        # A station has no page that a token could stand on; what it sends is signed.
        csrf.exempt(asked)
        app.register_blueprint(asked)
    if phrases is not None:
        fetched = phrase_pages(phrases, limiter.limit(PHRASES_LIMIT))
        # Nothing is changed by asking, and a station has no cookie.
        csrf.exempt(fetched)
        app.register_blueprint(fetched)
    app.add_url_rule("/language/<code>", "language", language.choose)
    app.after_request(strict)
    app.register_error_handler(HTTPException, _told)
    app.register_error_handler(CatalogueUnavailableError, _silent)
    _give_words(app, settings)
    return app


def _give_words(app: Flask, settings: SiteSettings) -> None:
    app.add_template_filter(dates.day)
    app.add_template_filter(dates.moment)
    app.add_template_filter(dates.lately)
    app.add_template_filter(dates.clock)
    app.add_template_filter(dates.weekday)
    app.add_template_filter(dates.in_rows)

    @app.context_processor
    def words() -> dict[str, object]:
        lang = language.chosen()
        return {
            "lang": lang,
            "languages": texts.LANGUAGES,
            "region": settings.region,
            "t": lambda key, **values: texts.text(lang, key, **values),
            "known": lambda key: texts.known(lang, key),
            "tongue": lambda marc: voice_language(marc, lang),
        }


def _told(error: HTTPException) -> tuple[str, int]:
    status = error.code or 500
    what = f"error_{status}" if status in _EXPLAINED else "error_500"
    return render_template("error.html", what=what), status


def _silent(_error: CatalogueUnavailableError) -> tuple[str, int]:
    return _told(ServiceUnavailable())
