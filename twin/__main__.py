"""`python -m twin`."""

from twin.server import command

command()
