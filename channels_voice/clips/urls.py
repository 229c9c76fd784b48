"""The address of a clip. It stands beside the webhooks: it is fetched, not called, and needs no signature of
the provider, which sends none when it fetches a sound."""

from django.urls import path

from channels_voice.clips import views

app_name = "clips"
urlpatterns = [path("<str:name>.wav", views.clip, name="clip")]
