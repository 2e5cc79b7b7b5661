"""`npm run test:trainer`: tests an own training. Its process starts a trainer as the worker does."""

import shutil
import sys
import tempfile
from pathlib import Path

from tuning_trainer.client import TrainerClient
from tuning_trainer.plugins.conformance.arguments import read_arguments
from tuning_trainer.plugins.conformance.checks import check_all
from tuning_trainer.plugins.conformance.subject import Subject
from tuning_trainer.plugins.secret_names import forget_secrets


def main(argv: list[str]) -> int:
    """Run all checks on the training that the command line names. Returns 0 when all are passed."""
    # As in a run, where the worker hands none to the trainer.
    forget_secrets()
    project = Path.cwd()
    config, tunable = read_arguments(argv, project)
    config |= {"LOGGING_STEPS": 1}
    folder = Path(tempfile.mkdtemp(prefix="test-trainer-"))
    print(f"Testing {config['TRAINER'] or ' '.join(config['TRAINER_COMMAND'])}\n")
    try:
        with TrainerClient(project) as client:
            client.ask("hello", None)
            failed = check_all(Subject(client, config, tunable, folder), lambda line: print(line, flush=True))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"\n{failed} to mend; docs/plugins.md is the guide." if failed else "\nIt does all that a run asks of it.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
