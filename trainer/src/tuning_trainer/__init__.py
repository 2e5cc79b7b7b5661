"""Trains and evaluates sentence-embedding models; speaks docs/trainer-protocol.md with the worker."""

__version__ = "0.7.0"
