"""Phone numbers: as typed, and as E.164 where they are one."""

from __future__ import annotations

from typing import NamedTuple

from integrations.core.text import one_line


class Phone(NamedTuple):
    """A phone field.

    Attributes:
        e164: `+41525550102`; empty where the field is no valid number, or more than one number.
        typed: The field itself.
    """

    e164: str
    typed: str

    @property
    def shown(self) -> str:
        """What others are to see: the number, or what was typed for one, in one line."""
        return self.e164 or one_line(self.typed)


def number(text: str, country_code: str | None) -> Phone:
    """The number that a phone field holds. Never raises.

    A number with an extension stays as it was typed: E.164 has no place for it, and without it the exchange answers.

    Args:
        text: The field.
        country_code: ISO 3166-1 alpha-2 of the company, for numbers without `+`; None: not known, such are none.
    """
    if not text.strip():
        return Phone("", text)
    import phonenumbers  # noqa: PLC0415  (25 ms; most commands ask for no number)

    try:
        found = phonenumbers.parse(text, country_code.strip().upper() if country_code else None)
    except phonenumbers.NumberParseException:
        return Phone("", text)
    if found.extension or not phonenumbers.is_valid_number(found):
        return Phone("", text)
    return Phone(phonenumbers.format_number(found, phonenumbers.PhoneNumberFormat.E164), text)
