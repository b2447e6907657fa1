"""The end of a customer that the system of record no longer keeps as one, and its heir."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True)
class Traces:
    """Facts about a customer by which its heir may be looked for.

    Attributes:
        deals: Ids of the deals that were set up for it.
        contacts: Ids of its contacts.
        vat: Its VAT number.
        made_by: Ids of the deals, of these or others, by which we are known to have made it: the system's mark of such
            a deal named this customer and no other, so who bears it now is its heir. A deal that was set up for it
            proves nothing of the kind: another company may have been made by it before.
        made_first_by: The same of the first release, whose mark of a deal is another: the deal may have made a second
            company since.
    """

    deals: tuple[str, ...] = ()
    contacts: tuple[str, ...] = ()
    vat: str = ""
    made_by: tuple[str, ...] = ()
    made_first_by: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class Hint:
    """Something that speaks for an heir and proves nothing: it is shown where a person is asked.

    Attributes:
        customer: The id of who may be the heir.
        name: What that company is called.
        reason: In words: `the deal 43 is its now`.
    """

    customer: str
    name: str
    reason: str


@dataclasses.dataclass(frozen=True)
class Succession:
    """A customer that is gone, or has become a part of another one.

    Attributes:
        customer: Its id.
        heir: The id of the customer that took its place, by the system's own word; empty: it says of none. It lives:
            a chain of merges is followed to its end.
        heir_name: What that company is called.
        proof: In words, what says so: `merged into it on 3 Nov 2026`.
        is_deleted: A read of its id alone found nothing. False: it lives, below its heir.
        hints: Who else may be the heir, as far as anything speaks for it; none where the heir is proven.
    """

    customer: str
    heir: str = ""
    heir_name: str = ""
    proof: str = ""
    is_deleted: bool = True
    hints: tuple[Hint, ...] = ()
