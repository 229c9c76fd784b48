"""The one way up from core: facts that higher layers may listen to. Nobody's answer is awaited."""

from django.dispatch import Signal

# Sent after commit with `messages`: a sequence of Message ids whose delivery status rose.
delivery_changed = Signal()
