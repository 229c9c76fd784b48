"""Work of the voice channel that runs in the queues. Arguments are ids only; each job may run twice."""

from django.utils import timezone

from channels_voice import recordings


def fetch_recording(recording_id: int) -> None:
    """Bring one recording home."""
    recordings.fetch(recording_id, timezone.now())


def fetch_recordings() -> None:
    """Bring home what was lost with a worker or was not there yet. Every minute."""
    recordings.fetch_waiting(timezone.now())
