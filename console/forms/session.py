"""Log-in and passwords."""

from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.utils.translation import pgettext_lazy

from console.forms.look import dress


class LogIn(AuthenticationForm):
    """Name and password."""

    error_messages = {
        "invalid_login": pgettext_lazy(
            "console",
            "This name and password do not belong together. Check both and try again. "
            "After several wrong tries the account rests for a quarter of an hour.",
        ),
        "inactive": pgettext_lazy(
            "console", "This account was switched off. Ask an administrator to switch it on again."
        ),
    }

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type] # handed on as they came
        self.fields["username"].label = pgettext_lazy("console", "Officer name")
        self.fields["password"].label = pgettext_lazy("console", "Password")
        dress(self)


class ChoosePassword(PasswordChangeForm):
    """The old password, and the new one twice."""

    error_messages = {
        "password_incorrect": pgettext_lazy(
            "console", "That is not the password you logged in with. Type it once more."
        ),
        "password_mismatch": pgettext_lazy(
            "console", "The two new passwords differ. Type the same one in both fields."
        ),
    }

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type] # handed on as they came
        self.fields["old_password"].label = pgettext_lazy("console", "Password you logged in with")
        self.fields["new_password1"].label = pgettext_lazy("console", "New password")
        self.fields["new_password1"].help_text = pgettext_lazy(
            "console",
            "At least 12 characters. Three or four unrelated words are easy to remember and hard to guess.",
        )
        self.fields["new_password2"].label = pgettext_lazy("console", "New password again")
        dress(self)
