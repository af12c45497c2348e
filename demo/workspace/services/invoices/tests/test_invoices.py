from invoices import line
from money import Amount
from tax import with_tax


def test_a_line_names_the_article_and_what_is_to_be_paid():
    assert line("candle", Amount(1250)) == f"candle: {with_tax(Amount(1250))}"
