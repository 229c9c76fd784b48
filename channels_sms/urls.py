"""The provider's addresses for SMS."""

from django.urls import path

from channels_sms import webhooks

urlpatterns = [
    path("inbound", webhooks.inbound),
    path("status/<str:token>", webhooks.status),
]
