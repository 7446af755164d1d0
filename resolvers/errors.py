"""What a person can be told about their own request. Messages are written for them and hold nothing of others."""


class RequestError(Exception):
    """The request, not a service, is the reason that there is no value."""


class BadUserInputError(RequestError):
    """An argument cannot be used.

    Attributes:
        argument: Name of the argument, such as ``first`` or ``filter.status``.
    """

    def __init__(self, argument: str, message: str) -> None:
        super().__init__(f"Argument '{argument}' {message}.")
        self.argument = argument


class NotFoundError(RequestError):
    """There is no such thing, or it is not the viewer's: nobody can tell which."""

    def __init__(self) -> None:
        super().__init__("There is no such thing, or it is not yours.")


class ForbiddenError(RequestError):
    """The field needs a scope that the viewer's token does not have."""

    def __init__(self) -> None:
        super().__init__("Your token does not have the scopes for this.")


class UnauthenticatedError(RequestError):
    """The field needs a person, and the request names none."""

    def __init__(self) -> None:
        super().__init__("Sign in first.")
