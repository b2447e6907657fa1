"""Secrets are pointers: the settings say where one is, and it is read at use and never shown."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, PrivateAttr, ValidationInfo, model_validator

from integrations.core.errors import ConfigError, Fault


class Secret(BaseModel):
    """Pointer to a secret: exactly one of an environment variable, a file, or an entry of the keyring.

    A relative `file` is relative to the settings' folder (`base` in the validation context).
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    env: str | None = None
    file: Path | None = None
    keyring: str | None = None
    """`service/user`."""
    _base: Path = PrivateAttr(default_factory=Path)

    @model_validator(mode="before")
    @classmethod
    def _pointer_only(cls, value: Any) -> Any:
        if isinstance(value, Secret):
            return value
        if not isinstance(value, dict):
            message = (
                'must say where the secret is, as { env = "NAME" }, { file = "PATH" } or { keyring = "SERVICE/USER" }'
            )
            raise ValueError(message)  # noqa: TRY004  (pydantic turns ValueError into a fault of the settings)
        if len(value) != 1:
            raise ValueError("name exactly one of env, file, keyring")
        return value

    @model_validator(mode="after")
    def _remember_base(self, info: ValidationInfo) -> Secret:
        base = (info.context or {}).get("base")
        if base is not None:
            object.__setattr__(self, "_base", Path(base))
        return self

    @property
    def place(self) -> str:
        """The place of the secret, in words, never the secret itself."""
        if self.env is not None:
            return f"environment variable {self.env}"
        return f"keyring entry {self.keyring}" if self.keyring is not None else f"file {self.file}"

    @property
    def path(self) -> Path | None:
        """The file of the secret; None where it is in no file."""
        return self._base / self.file.expanduser() if self.file is not None else None

    def reveal(self) -> str:
        """The secret itself, without white space around it.

        Raises:
            ConfigError: There is nothing where the pointer points.
        """
        value = self._read().strip()
        if not value:
            raise ConfigError(Fault("", "", f"no secret in {self.place}"), next="Put it there, or point elsewhere.")
        return value

    def _read(self) -> str:
        if self.env is not None:
            return os.environ.get(self.env, "")
        if self.path is not None:
            try:
                return self.path.read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError):
                return ""
        return _from_keyring(str(self.keyring))


def _from_keyring(entry: str) -> str:
    service, _, user = entry.partition("/")
    try:
        import keyring  # noqa: PLC0415  (costs half a second on some desktops; only for those who use it)
        import keyring.errors  # noqa: PLC0415
    except ImportError:
        fault = Fault("", "", "the package `keyring` is not installed")
        raise ConfigError(fault, next="Install closedwon[keyring], or use { env = … } or { file = … }.") from None
    try:
        return str(keyring.get_password(service, user) or "")
    except keyring.errors.KeyringError:
        fault = Fault("", "", "this machine has no keyring")
        raise ConfigError(fault, next="Servers have none: use { env = … } or { file = … }.") from None
