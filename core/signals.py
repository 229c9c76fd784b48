"""The facts that core tells higher layers, which may listen. Nobody's answer is awaited."""

from django.dispatch import Signal

# Sent after commit with `messages`: a sequence of Message ids whose delivery status rose.
delivery_changed = Signal()

# Sent after commit with `now`: somebody wrote what nobody could read, or an officer has taken their call.
text_unread = Signal()
