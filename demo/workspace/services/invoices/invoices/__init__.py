"""Writes invoices."""

from money import Amount
from tax import with_tax


def line(article: str, net: Amount) -> str:
    """One line of an invoice, tax included."""
    return f"{article}: {with_tax(net)}"
