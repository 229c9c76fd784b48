"""Spoken clips for languages in which the provider has no voice."""
