"""Checks of a training that nobody disturbs. Each returns what it saw, and may use what the ones before it found."""

from itertools import pairwise

from tuning_trainer.files import read_json
from tuning_trainer.plugins.conformance.subject import FEWEST_STEPS, Missing, Skipped, Subject, Whole, told


def starts(subject: Subject) -> str:
    """It can be started and asked."""
    end = subject.ask("inspect")
    if end["event"] == "failed":
        raise Missing(told(end), "nothing else can be tried before this")
    subject.inspection = end["inspection"]
    return f"{subject.inspection['model']['path']}"


def describes(subject: Subject) -> str:
    """It tells how many rows it trains on."""
    rows = {part: split and split["rows"] for part, split in subject.inspection["data"]["splits"].items()}
    if not rows["train"] or not rows["dev"]:
        raise Skipped("describe tells no rows: the report of a run will not know them (describe(config), or the command's)")
    return ", ".join(f"{part} {count or ('none' if count is None else 'not told')}" for part, count in rows.items())


def names_its_files(subject: Subject) -> str:
    """What it reads is part of a training's identity."""
    if not subject.config["TRAINER_FILES"]:
        raise Skipped("TRAINER_FILES is empty: right if it reads no data files, else list them, or edits go unnoticed")
    return ", ".join(subject.config["TRAINER_FILES"])


def trains(subject: Subject) -> str:
    """A whole training ends with a score."""
    seen = subject.timed(subject.client.training(subject.folder / "whole", subject.config, threads=1))
    end = seen[-1]
    if end["event"] == "failed":
        raise Missing(told(end), "mend what the message names; trainer.log's end is in it")
    result = read_json(subject.folder / "whole" / "result.json")
    assert result, "it has finished"
    subject.whole = Whole(result, seen)
    shown = ", ".join(f"{name} {value:.4g}" for name, value in result["metrics"].items() if value is not None)
    return f"{shown}; {result['train_seconds']:.1f} s, {result['steps']} steps"


def reports_progress(subject: Subject) -> str:
    """It tells its steps, so that a hang can be told from work."""
    steps = subject.steps()
    if len(steps) < FEWEST_STEPS:
        mend = "call report.progress(step, total_steps), or write progress lines, at least every few seconds"
        raise Missing(f"{len(steps)} steps were told", mend)
    seen = subject.finished().events
    gaps = [later["t"] - earlier["t"] for earlier, later in pairwise(seen)]
    longest = max(gaps)
    if longest > 60:
        raise Missing(f"it was silent for {longest:.0f} s", "tell progress more often: HANG_SECONDS of silence end a training")
    return f"{len(steps)} steps, longest silence {longest:.1f} s"


def scores_on_the_way(subject: Subject) -> str:
    """It is scored at the looks, so that a hopeless training can end early."""
    looks = [seen["step"] for seen in subject.finished().result["evals"] if seen["counts"]]
    if len(looks) < 2:
        raise Skipped("no scores on the way: hopeless trainings run to their end (report.score where report.look_due)")
    return f"after steps {', '.join(map(str, looks))}"


def gives_the_same_again(subject: Subject) -> str:
    """The same configuration gives the same score and the same model."""
    subject.compare(subject.train("again", subject.config), "draw all random numbers from SEED, and use THREADS as given")
    return "same score, same model"


def refuses_bad_values(subject: Subject) -> str:
    """A value that makes no sense is refused at the start, by name."""
    numeric = [key for key in subject.tunable if not isinstance(subject.config.get(key), str)]
    if not numeric:
        raise Skipped("TUNABLE_KEYS names no numbers to try this on")
    key = numeric[0]
    end = subject.ask("inspect", {key: "nonsense"})
    mend = f"say what is allowed in check(config), or answer describe with failed, kind bad_config; name {key} and its value"
    if end["event"] == "finished":
        raise Missing(f"{key}: nonsense was taken", mend)
    if end["kind"] != "bad_config" or key not in end["message"]:
        raise Missing(f"{key}: nonsense gave {told(end)}", mend)
    return f"{key}: nonsense → {end['message']}"


def evaluates(subject: Subject) -> str:
    """It evaluates a saved model, so that a winner can be confirmed on held-out rows."""
    if not subject.inspection["evaluates"]:
        raise Skipped("no evaluate: a run's winner is not confirmed on held-out data (evaluate(config, model_dir, split))")
    name = subject.metric()
    models = [{"name": "model", "path": str(subject.folder / "whole" / "model")}]
    found = {}
    for split in ("dev", "test"):
        if split == "test" and not subject.inspection["data"]["splits"]["test"]:
            continue
        end = subject.ask("evaluate", models=models, split=split)
        if end["event"] == "failed":
            raise Missing(f"on {split}: {told(end)}", "mend what the message names")
        found[split] = (end["evaluation"]["scores"]["model"]["metrics"][name], end["evaluation"]["pairs"])
    dev, rows = found["dev"]
    trained = subject.finished().result["metrics"][name]
    if abs(dev - trained) > 1e-6 * max(1, abs(trained)):
        mend = "evaluate must measure the same as train, on the model in model_dir"
        raise Missing(f"it gave {name} {dev:.6g} on dev, the training {trained:.6g}", mend)
    told_rows = f"a figure for each of {rows} rows" if rows > 1 else "one figure; one for each row gives an interval, too"
    return ", ".join(f"{split} {value:.4g}" for split, (value, _) in found.items()) + f"; {told_rows}"
