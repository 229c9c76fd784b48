"""The wire: what the provider sends and accepts, in plain Python. It knows nothing about people."""
