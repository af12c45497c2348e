"""Amounts of money, kept in cents."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Amount:
    """Some cents."""

    cents: int

    def __add__(self, other: "Amount") -> "Amount":
        return Amount(self.cents + other.cents)

    def __mul__(self, count: int) -> "Amount":
        return Amount(self.cents * count)

    def share(self, percent: int) -> "Amount":
        """So many percent of it, half a cent rounded up."""
        return Amount((self.cents * percent + 50) // 100)

    def __str__(self) -> str:
        return f"{self.cents // 100}.{self.cents % 100:02}"
