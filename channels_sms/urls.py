"""The provider's addresses for SMS."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
