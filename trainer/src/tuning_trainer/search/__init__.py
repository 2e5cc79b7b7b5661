"""The search model: which training pays most, by a Gaussian process over all tunable keys.

Runs in the advising process, without torch.
"""
