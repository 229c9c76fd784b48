"""The live lines of the console."""

from django.urls import path

from console.consumers import BoardConsumer, NowConsumer

websocket_urlpatterns = [
    path("console/live/now/", NowConsumer.as_asgi()),
    path("console/live/campaigns/<int:pk>/", BoardConsumer.as_asgi()),
]
