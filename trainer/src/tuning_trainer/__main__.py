"""`python -m tuning_trainer serve | advise | slots | check-data`: the trainer's programs."""

import sys


def main() -> int:
    """Run the program that the first argument names."""
    name = sys.argv[1] if len(sys.argv) > 1 else ""
    if name == "serve":
        from tuning_trainer import serve

        return serve.main()
    if name == "advise":
        from tuning_trainer import advise

        return advise.main()
    if name == "slots":
        from tuning_trainer import capacity

        return capacity.main()
    if name == "check-data":
        from tuning_trainer import check_data

        return check_data.main()
    print("usage: python -m tuning_trainer serve | advise | slots | check-data", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
