import pytest

from catalog import price
from money import Amount


def test_three_apples_cost_three_times_one():
    assert price("apple", 3) == Amount(135)


def test_what_is_not_for_sale_has_no_price():
    with pytest.raises(KeyError):
        price("elephant")
