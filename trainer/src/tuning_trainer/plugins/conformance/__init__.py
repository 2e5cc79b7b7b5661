"""Plays everything on an own training that a run may do to it, and says what is missing: `npm run test:trainer`.

It drives the real trainer, as the worker does. Each check is a line with ✓ or ✗; a ✗ says how to mend it.
"""
