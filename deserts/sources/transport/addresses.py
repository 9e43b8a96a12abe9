"""Where a connection may be sent on to: the same scheme, and no way from outside into this machine or its network."""

from __future__ import annotations

import ipaddress
import socket
from urllib.parse import urljoin, urlsplit

from deserts.errors import FaultyAnswerError

__all__ = ["is_inside", "next_address", "refuse_inside", "unsigned"]


def next_address(current: str, location: str, *, configured: str) -> str:
    """Return the address that a redirect leads to.

    Parameters
    ----------
    current
        Address that answered.
    location
        What its header ``Location`` says.
    configured
        Address that was asked for at first, routes applied: where it lies inside, redirects may stay inside.

    Raises
    ------
    FaultyAnswerError
        If the redirect leaves the scheme, or leads to this machine or a private network from outside.
    """
    target = urljoin(current, location)
    was, now = urlsplit(current), urlsplit(target)
    if now.scheme != was.scheme and (was.scheme, now.scheme) != ("http", "https"):
        raise FaultyAnswerError(
            f"the publisher leads from {was.scheme} to {now.scheme or 'nowhere'}",
            where=unsigned(current),
            expected=f"an address in {was.scheme}",
            fix="open the address in a browser: it may have moved, or somebody stands between",
        )
    if not now.hostname:
        raise FaultyAnswerError("the publisher leads to no host", where=unsigned(current))
    if is_inside(now.hostname) and not is_inside(urlsplit(configured).hostname or ""):
        raise FaultyAnswerError(
            f"the publisher leads to {now.hostname}, which is this machine or a private network",
            where=unsigned(current),
            fix="do not follow it; look whether a proxy or the publisher's page has been tampered with",
        )
    return target


def refuse_inside(url: str) -> None:
    """Refuse an address that a publisher's answer names and that is no publisher's.

    Only what is written counts (``127.0.0.1``, ``[::1]``, ``localhost``), no name is looked up.

    Raises
    ------
    FaultyAnswerError
        If it is no address of the web, or one of this machine or a private network.
    """
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".").lower()
    if parts.scheme not in ("http", "https") or not host:
        raise FaultyAnswerError("the publisher names no address of the web", where=unsigned(url))
    try:
        inside = not _unmapped(ipaddress.ip_address(host)).is_global
    except ValueError:
        inside = host == "localhost" or host.endswith(".localhost")
    if inside:
        raise FaultyAnswerError(
            "the publisher names an address of this machine or a private network", where=unsigned(url)
        )


def is_inside(host: str) -> bool:
    """Whether a host is this machine or lies in a network that the internet does not reach.

    A name counts by every address that it has; one that has none is not inside, and connecting to it fails anyway.
    """
    try:
        addresses = [ipaddress.ip_address(host.strip("[]"))]
    except ValueError:
        try:
            found = socket.getaddrinfo(host, None, proto=socket.IPPROTO_TCP)
        except (OSError, UnicodeError):
            return host.rstrip(".").lower() == "localhost"
        addresses = [ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]
    return any(not address.is_global for address in map(_unmapped, addresses))


def _unmapped(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """Return the address that an IPv6 form of an IPv4 address means."""
    return getattr(address, "ipv4_mapped", None) or address


def unsigned(url: str) -> str:
    """Return an address without its query part, which may hold an access signature: what is stored and printed."""
    return url.partition("?")[0].partition("#")[0]
