"""Keep credentials and queries of URLs out of text for people."""

import re

# These have no host, so an @ is part of a name.
_WITHOUT_HOST = {"data", "dir", "file", "git", "hf", "libarchive", "local", "memory", "tar", "zip"}
# In front of the @ they have the name of a container.
_CONTAINER_FIRST = {"abfs", "abfss", "adl", "az", "wasb", "wasbs"}
# Their names can't contain a question mark.
_WITH_QUERY = {"dav", "davs", "http", "https", "webdav", "webdavs"}

_URL = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]+)://(?P<host>[^/\s'\"]*)", re.ASCII)
_QUERY = re.compile(r"\?(?=[\w.~%\[\]-]+=)[^\s'\"<>]*")
_AFTER_PATH = re.compile(r"((?:https?|davs?|webdavs?)://)([^\s'\"<>?#]*)[?#][^\s'\"<>]*", re.I)
# Parts of a URL to look for in other text: shorter ones would be found by chance.
_LEAST = 4


def hide_secrets(text: str) -> str:
    """Return text with the URLs in it without credentials and queries."""
    if "://" not in text:
        return text
    parts = text.split("::")
    return "::".join(map(_hide_in_link, parts))


def hide_parts(text: str, url: str) -> str:
    """Return text without the secrets of a URL, in whatever form they are in it."""
    for secret in sorted(_secrets(url), key=len, reverse=True):
        text = text.replace(secret, "***")
    return hide_secrets(text)


def _hide_in_link(text: str) -> str:
    if "://" not in text:
        return text
    found = list(_URL.finditer(text))
    schemes = {match["scheme"].lower() for match in found}
    text = _URL.sub(_hide_user, text)
    text = _QUERY.sub("", text)
    if len(found) == 1 and found[0].start() == 0 and schemes & _WITH_QUERY:
        return re.split("[?#]", text, maxsplit=1)[0]  # a URL alone, whose name may have spaces
    return _AFTER_PATH.sub(r"\1\2", text)


def _hide_user(match: re.Match[str]) -> str:
    user, at, host = match["host"].rpartition("@")
    scheme = match["scheme"].lower()
    if not at or scheme in _WITHOUT_HOST or (scheme in _CONTAINER_FIRST and ":" not in user):
        return match[0]
    return f"{match['scheme']}://{host}"


def _secrets(url: str) -> set[str]:
    """Return the user information and queries of a URL, whole and in parts."""
    from urllib.parse import unquote

    found = set()
    for match in _URL.finditer(url):
        if _hide_user(match) != match[0]:
            user = match["host"].rpartition("@")[0]
            found |= {user, *user.split(":", 1)[1:]}
    for link in url.split("::"):
        query = link.partition("?")[2]
        if not _hide_in_link(link).endswith(query):
            found |= {query, *(part.partition("=")[2] for part in query.split("&"))}
    found |= {unquote(secret) for secret in found}
    return {secret for secret in found if len(secret) >= _LEAST}
