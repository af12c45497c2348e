from money import Amount


def test_cents_add_up():
    assert Amount(999) + Amount(1) == Amount(1000)


def test_half_a_cent_is_rounded_up():
    assert Amount(50).share(19) == Amount(10)


def test_an_amount_is_shown_with_two_digits_after_the_point():
    assert str(Amount(1205)) == "12.05"
