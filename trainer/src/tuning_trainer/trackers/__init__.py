"""Tuning runs in the trackers that people already use: MLflow, Weights & Biases (offline), Trackio.

A program of its own (`python -m tuning_trainer.trackers`), started by the worker after trainings and at the end of a run. It
may be killed at any moment and told the same again: each tracker finds what it has of the run, by names that do not change,
and adds what is missing. docs/architecture.md tells how.
"""
