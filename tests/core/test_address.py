"""Addresses: who is who, whatever people type around it."""

from __future__ import annotations

import string
import time
import unicodedata

import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import example, given, settings
from hypothesis import strategies as st

from integrations.core.address import _plain as plain
from integrations.core.address import (
    addresses,
    emails,
    folded_address,
    joined,
    mentioned,
    only,
    spellings,
    unreadable,
    variants,
    wrong,
)
from tests.data import cases

labels = st.text(alphabet="aAz09-", min_size=1, max_size=4)
near = st.builds(
    "{}@{}.{}".format,
    st.text(alphabet=string.ascii_letters + "09._+'-&\"@", max_size=6),
    st.lists(labels, max_size=3).map(".".join),
    st.sampled_from(
        ["ch", "CH", "c1", "c", "local", "xn--p1ai", "test", "arpa", "example", "onion.", "invalid", "-a", ""]
    ),
)
"""Texts at the edge of being an address."""
SAME = {
    "Anna.Muster@Mailweg.example": "anna.muster@mailweg.example",
    "a@b.ch": "a@b.ch",
    "o'brien+jira@sub.mailweg.example": "o'brien+jira@sub.mailweg.example",
    "JÜRG@Müller.example": "jürg@xn--mller-kva.example",
    "ju\u0308rg@XN--MLLER-KVA.example": "jürg@xn--mller-kva.example",
    "田中@例え.example": "田中@xn--r8jz45g.example",
}
"""Addresses as they are typed and as they are compared."""
typed = st.lists(
    near
    | st.emails()
    | st.sampled_from([*',;<>"() \n\t\u00a0\u200b.:', "mailto:", "E-Mail:", "ä", "Keller", "\ud800", "\x00"])
).map("".join)
"""What somebody's slips can make of a field."""


@cases(__file__, "addresses")
def test_a_field_gives_its_addresses_and_names_what_is_none(case):
    found = addresses(case["field"])
    assert [address.email for address in found if address.email] == case["gives"]
    refused = [address for address in found if not address.email]
    assert [address.typed for address in refused] == case.get("refused", [])
    assert all(address.problem for address in refused)
    assert not any(address.problem for address in found if address.email)


@cases(__file__, "address_spellings")
def test_an_address_is_the_same_however_a_field_has_it(case):
    for typed, email in SAME.items():
        for spelling in case["spellings"]:
            field = spelling.replace("{}", typed)
            assert [(address.email, address.name, address.problem) for address in addresses(field)] == [
                (email, case["name"], "")
            ], field
            assert (emails(field), joined(field), only(field).email, wrong(addresses(field))) == (
                (email,),
                email,
                email,
                "",
            )


@cases(__file__, "address_slips")
def test_a_slip_gives_no_address_and_says_why(case):
    """In a sentence that fits into one of ours, with the text as it stands in the field."""
    for field, words in case["slips"]:
        assert emails(field) == (), field
        assert words in wrong(addresses(field)), field
        assert only(field).problem, field


@settings(max_examples=100, deadline=None)
@given(near)
@example("a@localhost")
@example("a@ab--c.ch")
@example("a@" + "b" * 64 + ".ch")
def test_the_quick_way_takes_only_what_the_library_takes_and_makes_the_same_of_it(text):
    """The library's own answer in lower case: what it refuses, the quick way leaves alone."""
    quick = plain(text)
    try:
        found = validate_email(text, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        assert quick == ""
    else:
        assert quick in {"", f"{found.local_part}@{found.ascii_domain}".lower()}


@pytest.mark.parametrize("text", ["Beat.Keller+x@Mueller-Soehne.example", "o'brien_1@a.b.c.ch", "a@4u.ch"])
def test_ordinary_addresses_go_the_quick_way(text):
    """Or reading a hundred thousand contacts takes seconds for addresses alone."""
    assert plain(text) == text.lower()


@settings(max_examples=60, deadline=None)
@given(st.text() | typed)
@example("@")
@example("<>@<>")
@example("a@" + "\u3002" * 300)
@example("a" * 100_000 + "@x.example")
def test_no_text_raises_and_nothing_is_given_for_it_but_addresses(text):
    """Each is normalised already, has one @, stands once, and no letter of it is hidden."""
    found = addresses(text)
    emails = [address.email for address in found if address.email]
    assert len(set(emails)) == len(emails)
    for address in found:
        assert bool(address.email) != bool(address.problem)
    for email in emails:
        assert email == email.lower() == unicodedata.normalize("NFC", email)
        assert email.count("@") == 1
        assert email.rpartition("@")[2].isascii()
        assert email.isprintable()
        assert [address.email for address in addresses(email)] == [email]


@settings(max_examples=80, deadline=None)
@given(st.lists(st.emails(), min_size=1, max_size=4), st.sampled_from([", ", ",", "; ", ";", "\n", " ", "\u00a0"]))
def test_joined_addresses_are_the_same_as_each_alone(several, joint):
    """However they are joined; the library knows a few that hold a separator or a character that we take for one."""
    several = [typed for typed in several if len(addresses(typed)) == 1 and addresses(typed)[0].email]
    alone = {addresses(typed)[0].email for typed in several}
    assert {address.email for address in addresses(joint.join(several))} == alone


@settings(max_examples=100, deadline=None)
@given(
    st.emails() | near,
    st.sampled_from(["\u00a0", "\u200b", "\u2060", "\ufeff", "\t", "\u2028", "\u200d", ""]),
    st.data(),
)
def test_no_case_blank_or_invisible_sign_changes_an_address(email, sign, data):
    """Blanks only around it: within, they part words, and nothing is taken."""
    read = only(email)
    assert only(f"{sign}{email}{sign}").email == read.email
    assert [address.email for address in addresses(joined(email))] == list(emails(email))
    if email.isascii():
        assert only(email.upper()).email == read.email
    if read.email and not sign.isspace():
        place = data.draw(st.integers(0, len(email)))
        assert only(f"{email[:place]}{sign}{email[place:]}").email == read.email


@pytest.mark.parametrize("text", ["a" * 1_000_000 + "@x.example", "İ" * 100 + "@x.example", "ä" * 125 + "@x.example"])
def test_an_address_is_too_long_by_its_bytes_also_once_it_is_lower_case(text):
    """254 bytes; a small letter may take more of them than its capital."""
    found = addresses(text)
    assert [address.email for address in found] == [""]
    assert "too long" in found[0].problem


def test_lower_case_makes_no_ascii_letter_of_another_one():
    """Or two addresses would be one, and one of their owners be let in as the other."""
    capitals = (chr(point) for point in range(0x80, 0x110000) if chr(point).lower() != chr(point))
    merged = [
        character
        for character in capitals
        if character.lower().isascii() and not unicodedata.normalize("NFC", character).isascii()
    ]
    assert merged == []


@pytest.mark.parametrize(
    "text",
    [
        ">" * 50_000,
        "a" * 200_000,
        "<" * 50_000,
        " " * 200_000 + "x",
        "a@x.example" + ")" * 100_000 + "x",
        "(" * 9_000,
        '"<' * 9_000,
    ],
)
def test_a_long_field_of_signs_takes_no_long_time(text):
    """Whoever fills in a web form must not hold up everybody's sync."""
    started = time.perf_counter()
    addresses(text)
    mentioned(text)
    assert time.perf_counter() - started < 2


@pytest.mark.parametrize(
    ("field", "found"),
    [
        (
            "Ada <ADA@x.example>; mailto:b@x.example,c@x.example. (office) o'brien@x.example",
            {"ada@x.example", "b@x.example", "c@x.example", "o'brien@x.example"},
        ),
        ("Anna Muster anna@x.example / Tel. 044", {"anna@x.example"}),
        ("beat@x.example (früher: beat@Müller.example)", {"beat@x.example", "beat@xn--mller-kva.example"}),
        ("n/a", set()),
        ("", set()),
        (None, set()),
    ],
)
def test_where_an_address_stands_is_found_in_a_field_that_nobody_can_read(field, found):
    """Who is to be forgotten is found beside other text as well."""
    assert mentioned(field) == found


@pytest.mark.parametrize(
    ("field", "faults"),
    [
        ('"Anna Muster" <Anna@X.example>', ""),
        ("Anna@X.example; beat@x.example", ""),
        ("Anna Muster, anna@x.example", ""),
        ("anna@x.example, n/a", ""),
        ("anna@x.example, beat@@x.example", "“beat@@x.example” (it has more than one @)"),
        (" beat@@x.example ", "“beat@@x.example” (it has more than one @)"),
        ("see below; beat@x", "“beat@x” (the part after the @-sign is not valid: it should have a period)"),
        ("n/a", "“n/a” (it has no @)"),
        (" - ", ""),
        (None, ""),
    ],
)
def test_words_beside_an_address_are_left_alone_and_slips_are_reported(field, faults):
    assert wrong(unreadable(field)) == faults


@pytest.mark.parametrize(
    ("field", "compared"),
    [
        (" Ada@Müller.example", "ada@xn--mller-kva.example"),
        ("Ada <ADA@x.example>", "ada@x.example"),
        ("Admin", "admin"),
        ("ada@localhost ", "ada@localhost"),
        ("a@x.example, b@x.example", "a@x.example, b@x.example"),
        (None, ""),
    ],
)
def test_what_a_vendor_gives_is_compared_folded_even_if_it_is_no_address(field, compared):
    assert folded_address(field) == compared


@pytest.mark.parametrize(
    ("email", "expected"),
    [
        ("beat@xn--mller-kva.example", {"beat@xn--mller-kva.example", "beat@müller.example"}),
        ("jürg@x.example", {"jürg@x.example"}),
        ("beat@xn--99999999.example", {"beat@xn--99999999.example"}),
    ],
)
def test_an_address_is_looked_for_with_its_domain_as_people_write_it_too(email, expected):
    assert spellings(email) == expected


@pytest.mark.parametrize(
    ("email", "expected"),
    [
        ("beat@x.example", "beat@x.example"),
        ("beat+jira@x.example", "beat@x.example"),
        ("beat+a+b@x.example", "beat@x.example"),
        ("+beat@x.example", "+beat@x.example"),
        ("be.at@x.example", "be.at@x.example"),
        ("be.at+jira@gmail.com", "beat@gmail.com"),
        ("beat@googlemail.com", "beat@gmail.com"),
        ("be.at@mail.gmail.com", "be.at@mail.gmail.com"),
    ],
)
def test_variants_of_an_address_share_it_without_tag_and_gmails_dots(email, expected):
    assert variants(email) == expected


@settings(max_examples=80, deadline=None)
@given(st.emails())
def test_the_shared_form_is_its_own_shared_form(email):
    assert variants(variants(email)) == variants(email)
