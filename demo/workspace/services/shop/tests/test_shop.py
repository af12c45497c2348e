from money import Amount
from shop import total


def test_a_basket_is_added_up():
    assert total({"apple": 2, "bread": 1}) == Amount(479)


def test_an_empty_basket_is_free():
    assert total({}) == Amount(0)
