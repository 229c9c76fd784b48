"""The ASGI application: pages and webhooks by Django; live pages by Channels behind log-in and origin."""

import os

from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
pages = get_asgi_application()

# Consumers import models, which is possible from here on only.
from config import provider_lane, warm  # noqa: E402
from config.databases import POOL_SIZE  # noqa: E402
from console.routing import websocket_urlpatterns  # noqa: E402

application = ProtocolTypeRouter(
    {
        "http": provider_lane.beside(pages, threads=POOL_SIZE // 2),
        "websocket": AllowedHostsOriginValidator(AuthMiddlewareStack(URLRouter(websocket_urlpatterns))),
    }
)

warm.up()
