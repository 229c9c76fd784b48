from telephony.senders import Sender


def test_a_sender_reaches_its_countries_only() -> None:
    sender = Sender(id="Alongside", countries=("LY", "TN"))
    assert sender.reaches("LY")
    assert not sender.reaches("IT")
    assert not sender.reaches(None)


def test_a_star_reaches_every_country_and_numbers_of_none() -> None:
    assert Sender(id="Alongside").reaches("LY")
    assert Sender(id="Alongside").reaches(None)
