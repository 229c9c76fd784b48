"""The provider's addresses for calls."""

from django.urls import path

from channels_voice import webhooks

urlpatterns = [
    path("answer", webhooks.answer),
    path("turn/<str:token>", webhooks.turn),
    path("status/<str:token>", webhooks.status),
]
