from telephony.messages import DeliveryStatus, OutboundSms
from telephony.numbers import synthetic


def test_the_rank_rises_on_the_way_and_all_ends_share_the_highest() -> None:
    way = [DeliveryStatus.QUEUED, DeliveryStatus.SENDING, DeliveryStatus.SENT, DeliveryStatus.DELIVERED]
    assert [status.rank for status in way] == [0, 1, 2, 3]
    assert DeliveryStatus.UNDELIVERED.rank == DeliveryStatus.FAILED.rank == DeliveryStatus.DELIVERED.rank


def test_only_the_ends_are_final() -> None:
    final = {status for status in DeliveryStatus if status.is_final}
    assert final == {DeliveryStatus.DELIVERED, DeliveryStatus.UNDELIVERED, DeliveryStatus.FAILED}


def test_a_message_printed_by_accident_shows_neither_number_nor_words() -> None:
    sms = OutboundSms(to=synthetic(12), sender="Alongside", body="we know where you are", status_url="")
    assert "where" not in repr(sms)
    assert synthetic(12).e164[1:] not in repr(sms)
