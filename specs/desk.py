"""What the agents of the flows may do: look an order up, book a repair."""

from __future__ import annotations

__all__ = ["book_repair", "find_order"]

ORDERS = {
    48213: "paid twice, the second payment is being refunded",
    48377: "handed to the parcel service on 12 April, arrives within two days",
}


def find_order(number: int) -> str:
    """Return where an order stands.

    number: the number of the order, five digits.
    """
    return ORDERS.get(number, f"there is no order {number}")


def book_repair(device: str, fault: str) -> str:
    """Book a repair, and return its number and what the customer has to do."""
    return f"R-{len(device) * 100 + len(fault)}: send the {device} to the workshop"
