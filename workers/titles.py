"""A title made from what was read: the type, its number, who it is about."""

from __future__ import annotations

from typing import Final

from workers.sheets import Facts

NUMBERED_BY: Final = ("contract_no", "invoice_no", "cert_no", "customer_no")
ABOUT: Final = ("name", "party_a", "buyer", "party_b")
MOST: Final = 200


def title_from(kind: str, facts: Facts, customer: str) -> str:
    """Such as «合同 HT-2024-0049 深圳某某有限公司»: the type's name, its number, the customer's own name if known."""
    number = next((facts.value(name) for name in NUMBERED_BY if facts.value(name)), "")
    who = customer or next((facts.value(name) for name in ABOUT if facts.value(name)), "")
    return " ".join(part for part in (kind, number, who) if part)[:MOST]
