from django.contrib.auth.models import AbstractUser


class User(AbstractUser):
    """A person who signs in. What a person may do hangs from the posts they hold, not from here."""
