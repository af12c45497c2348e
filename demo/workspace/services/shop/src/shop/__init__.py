"""The till: adds up a basket."""

import sys

from catalog import price
from money import Amount


def total(basket: dict[str, int]) -> Amount:
    """What all of a basket costs, without tax."""
    amount = Amount(0)
    for article, count in basket.items():
        amount = amount + price(article, count)
    return amount


def main() -> None:
    """Add up the articles named on the command line."""
    basket: dict[str, int] = {}
    for article in sys.argv[1:]:
        basket[article] = basket.get(article, 0) + 1
    print(total(basket))
