"""URLs that may be printed."""

from __future__ import annotations

import re

from sqlalchemy.engine.url import URL

#: Properties that are no secrets, without blanks and underscores. Of any other, the value is hidden.
_PLAIN = {
    "authscheme",
    "connector",
    "initiateoauth",
    "localfiles",
    "memorylimit",
    "oauthclientid",
    "seed",
    "tables",
    "tenant",
    "tickets",
    "timezone",
    "url",
    "user",
    "zuoraservice",
}

_HIDDEN = "***"


class DiscreetURL(URL):
    """A URL whose properties are hidden where passwords are: properties stand behind the question mark here."""

    def render_as_string(self, hide_password: bool = True) -> str:
        """The URL, by default without what may be secret."""
        if not hide_password:
            return str(super().render_as_string(hide_password=False))
        query = {name: _HIDDEN if self._may_be_secret(name, value) else value for name, value in self.query.items()}
        text = URL._make(self).set(query=query).render_as_string(hide_password=True)
        return str(text).replace("%2A%2A%2A", _HIDDEN)

    def __repr__(self) -> str:
        return self.render_as_string()

    def _may_be_secret(self, name: str, value: str | tuple[str, ...]) -> bool:
        if not isinstance(value, str) or ";" in value:
            # More than one property.
            return True
        if re.sub(r"[\s_]", "", name).lower() in _PLAIN:
            return False
        # Where several connections have names of their own, each is that of a configured one or a connection string.
        return self.drivername != "zuzen" or "=" in value
