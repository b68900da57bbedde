"""Who sent a request, where proxies stand between: X-Forwarded-For, believed as far as it may be."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


def sender_address(peer: str, forwarded_for: str, trusted: Sequence[Network]) -> str:
    """The sender's address; empty when no trusted proxy gives one.

    Each proxy appends to X-Forwarded-For whom it heard, so only what trusted proxies wrote is believed: the
    right-most address that is none of theirs, or the left-most when all are. A hop that is no address ends the
    search: what stands to its left was written by somebody unknown. Empty list elements do not count (RFC 9110
    section 5.6.1).
    """
    sender = parse_address(peer)
    for hop in reversed([hop for hop in forwarded_for.split(",") if hop.strip()]):
        if sender is None or not any(sender in network for network in trusted):
            break
        sender = parse_address(hop)
    return "" if sender is None else str(sender)


def network_of(address: str) -> str:
    """What one subscriber has: of IPv6 at least a /64 (RFC 6177), so an address alone can be changed at will."""
    parsed = parse_address(address)
    if not isinstance(parsed, IPv6Address):
        return address if parsed is None else str(parsed)
    return str(ip_network((parsed, 64), strict=False))


def parse_address(text: str) -> Address | None:
    """An address with or without port, `[::1]:443` too; IPv4 where IPv6 only wraps it."""
    host = text.strip()
    if host.startswith("["):
        host = host[1:].partition("]")[0]
    elif host.count(":") == 1:
        host = host.partition(":")[0]
    try:
        address = ip_address(host)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
