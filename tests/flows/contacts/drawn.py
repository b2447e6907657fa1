"""What happens in the state machine, to draw from: contacts as people type them, strangers, faults."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.flows.contacts import oracle
from tests.flows.contacts.world import CUSTOMERS, TARGETS

DOMAINS = {"101": "mueller-soehne.example", "103": "alpina-zh.example", "104": "alpina-gr.example"}

PEOPLE = ("Anna Meier", "Zoltán Őry", "Quirin O'Hoy", "Lív <b>Ruud</b>", "佐藤 花子")
LOCALS = ("anna.meier", "zoltan", "quirin", "livruud", "info")
SPELLINGS: dict[str, tuple[str, ...]] = {
    "anna.meier@mueller-soehne.example": ("anna.meier@mueller-soehne.example",),
    "nadja.brunner@mueller-soehne.example": ("nadja.brunner@mueller-soehne.example",),
    "beat@mueller-soehne.example": ("beat@mueller-soehne.example",),
    "beat.old@mueller-soehne.example": ("beat.old@mueller-soehne.example",),
    "jonas.keller@mueller-soehne.example": ("jonas.keller@mueller-soehne.example",),
    "peter.graf@mueller-soehne.example, buchhaltung@mueller-soehne.example": (
        "peter.graf@mueller-soehne.example",
        "buchhaltung@mueller-soehne.example",
    ),
    "lena.gerber@acme.example": ("lena.gerber@acme.example",),
    "office@alpina-zh.example": ("office@alpina-zh.example",),
    "office@alpina-gr.example": ("office@alpina-gr.example",),
    "quirin(at)alpina.example": (),
    "Zoltan@BÜCHER.example": ("zoltan@xn--bcher-kva.example",),
}
"""What stands in e-mail fields, and the addresses that it holds."""


def _spelt() -> list[str]:
    """The texts to draw from, each added to what is known of spellings; the plain ones first."""
    for domain in DOMAINS.values():
        for local in LOCALS:
            SPELLINGS[f"{local}@{domain}"] = (f"{local}@{domain}",)
        SPELLINGS[f"Quirin <QUIRIN@{domain.upper()}>"] = (f"quirin@{domain}",)
        SPELLINGS[f"anna.meier@{domain}, zoltan@{domain}"] = (f"anna.meier@{domain}", f"zoltan@{domain}")
    plain = [text for text in SPELLINGS if text.split("@")[0] in LOCALS and "," not in text]
    return [*plain, *(text for text in SPELLINGS if text not in plain and "old" not in text), ""]


EMAILS = _spelt()
ADDRESSES = sorted({email for found in SPELLINGS.values() for email in found if not email.endswith("@acme.example")})
SECRETS = sorted({email.split("@")[0] for email in ADDRESSES if len(email.split("@")[0]) > 5} - {"office"})
"""What of addresses may stand nowhere in the ledger; and so the people's names."""
STRANGERS = (
    "stranger@elsewhere.example",
    "anna.meier@elsewhere.example",
    *(f"zoltan@{domain}" for domain in DOMAINS.values()),
)

customers = st.sampled_from(CUSTOMERS)
picks = st.integers(0, 30)
values = st.fixed_dictionaries(
    {},
    optional={
        "name": st.sampled_from(PEOPLE),
        "email": st.sampled_from(EMAILS),
        "category_id": st.sampled_from([[5], [6], [7], [8], [5, 6], []]),
        "function": st.sampled_from([*oracle.BY_POSITION, "Gärtnerin", False]),
        "type": st.sampled_from(["contact", "invoice", "other"]),
        "phone": st.sampled_from([*oracle.PHONES, False]),
    },
)
faults = st.fixed_dictionaries(
    {"do": st.sampled_from(["drop_before", "drop_after", "status"])},
    optional={
        "system": st.sampled_from(["erp", *TARGETS]),
        "writes": st.booleans(),
        "times": st.integers(1, 3),
        "skip": st.integers(0, 12),
    },
)
statuses = st.sampled_from([429, 500, 502, 503, 504])
