"""Work of the voice channel that runs in the queues. Arguments are ids only; each job may run twice."""

from django.utils import timezone

from channels_voice import bridging, outbound, recordings, settling


def fetch_recording(recording_id: int) -> None:
    """Bring one recording home."""
    recordings.fetch(recording_id, timezone.now())


def fetch_recordings() -> None:
    """Bring home what was lost with a worker or was not there yet. Every minute."""
    recordings.fetch_waiting(timezone.now())


def ring(call_id: int) -> None:
    """Place one call."""
    outbound.ring(call_id, clock=timezone.now)


def ring_officer(bridge_id: int) -> None:
    """Ring an officer who wants to call a person."""
    bridging.ring(bridge_id, clock=timezone.now)


def leave_word(call_id: int) -> None:
    """Leave word on one answering machine."""
    outbound.leave_word(call_id)


def ask_about_calls() -> None:
    """Ask the provider about calls that nobody told us the end of. Every two minutes."""
    settling.poll(clock=timezone.now)
    bridging.poll(clock=timezone.now)


def ring_waiting() -> None:
    """Queue anew the calls that were lost with a worker. Every minute."""
    outbound.ring_waiting(timezone.now())
    bridging.ring_waiting(timezone.now())
