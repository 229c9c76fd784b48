"""What a text costs, as the channel speaks of it: the arithmetic is the wire's (telephony.segments)."""

from telephony.segments import Encoding, Segments, count, outside_gsm7

__all__ = ["Encoding", "Segments", "count", "outside_gsm7"]
