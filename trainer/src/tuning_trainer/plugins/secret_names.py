"""Secrets in the environment are for the agent, never for a plug-in."""

import os
import re

#: Names of variables whose values a plug-in does not get: the rule of `src/domain/secretName.ts`, HF_TOKEN included.
SECRET_NAME = re.compile(r"(API_?KEY|ACCESS_KEY|PAYLOAD_(OLD_)?KEYS?|TOKEN|SECRET|PASSWORD|CREDENTIAL)", re.IGNORECASE)
#: Named alike, but a switch of a library.
_NO_SECRET = "TOKENIZERS_PARALLELISM"


def forget_secrets() -> None:
    """Take secrets out of this process's environment, and so out of what it starts."""
    for name in [name for name in os.environ if SECRET_NAME.search(name) and name != _NO_SECRET]:
        del os.environ[name]
