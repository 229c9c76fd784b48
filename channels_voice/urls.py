"""The provider's addresses for calls."""

from django.urls import path

from channels_voice import bridge_webhooks, webhooks

urlpatterns = [
    path("answer", webhooks.answer),
    path("turn/<str:token>", webhooks.turn),
    path("status/<str:token>", webhooks.status),
    path("bridge/status/<str:token>", bridge_webhooks.status),
    path("bridge/<str:token>", bridge_webhooks.turn),
]
