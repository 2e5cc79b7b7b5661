"""`python -m tuning_trainer serve | advise`: the trainer's two programs."""

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
    print("usage: python -m tuning_trainer serve | advise", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
