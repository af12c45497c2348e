import tax
from money import Amount


def test_tax_comes_on_top():
    assert tax.with_tax(Amount(1000)) == Amount(1000 + 10 * tax.PERCENT)


def test_nothing_is_not_taxed():
    assert tax.with_tax(Amount(0)) == Amount(0)
