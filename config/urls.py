"""Every address the service answers."""

from django.urls import include, path
from django.views.generic import RedirectView

from config import health

urlpatterns = [
    path("", RedirectView.as_view(url="/console/")),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("metrics", health.metrics),
    path("sms/", include("channels_sms.urls")),
    path("clips/", include("channels_voice.clips.urls")),
    path("voice/", include("channels_voice.urls")),
    path("console/", include("console.urls")),
]
