"""Value added tax."""

from money import Amount

PERCENT = 19


def with_tax(net: Amount) -> Amount:
    """What a customer pays."""
    return net + net.share(PERCENT)
