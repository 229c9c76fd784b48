"""Every address the service answers."""

from django.urls import include, path

urlpatterns = [
    path("sms/", include("channels_sms.urls")),
    path("console/", include("console.urls")),
]
