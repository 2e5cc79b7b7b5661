"""How data are refused: by messages for the person whose data they are."""


class DataError(ValueError):
    """Data that cannot be used; the message is for the person whose data they are.

    Attributes:
        sort: what is wrong, without place and value: errors of one sort are counted together.
        places: where, if it is known.
        count: how many rows have it.
    """

    def __init__(self, message: str, sort: str = "", places: tuple[str, ...] = (), count: int = 1) -> None:
        super().__init__(message)
        self.sort = sort or message
        self.places = places
        self.count = count


def refusal(place: str, problem: str, sort: str = "") -> DataError:
    """Return what is wrong with one row; `sort` leaves out its value, where the problem names it."""
    return DataError(f"{place}: {problem}", sort or problem, (place,))


def stop_at(error: DataError) -> None:
    """Treat the first row that is none as the end: raise."""
    raise error
