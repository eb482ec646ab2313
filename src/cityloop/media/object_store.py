"""The S3-compatible store, loaded only where one is configured: boto3 is large."""

from typing import Any

from botocore.config import Config
from storages.backends.s3 import S3Storage
from typing_extensions import override


class ObjectStorage(S3Storage):  # type: ignore[misc] # django-storages has no types
    """django-storages' store, always private, that also gets along with stores other than Amazon's."""

    def __init__(self, **options: Any) -> None:
        style = "path" if options.get("endpoint_url") else "auto"
        config = Config(
            s3={"addressing_style": style},
            signature_version="s3v4",
            connect_timeout=5,
            read_timeout=30,
            retries={"max_attempts": 3},
            # Amazon's newer checksums in trailers are unknown to many a compatible store.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )
        super().__init__(**options, default_acl=None, file_overwrite=True, client_config=config)

    @override
    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        return name

    def full_key(self, name: str) -> str:
        """Return the object's name in the bucket, the prefix of this installation before it."""
        return str(self._normalize_name(name))
