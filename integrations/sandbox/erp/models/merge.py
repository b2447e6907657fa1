"""The wizard that merges partners: as people fill it in."""

from __future__ import annotations

from integrations.sandbox.erp.environment import EVERYTHING, Field, Model

WIZARD = Model(
    "base.partner.merge.automatic.wizard",
    "Merge Partner Wizard",
    {
        "state": Field(
            "selection",
            "State",
            selection=(("option", "Option"), ("selection", "Selection"), ("finished", "Finished")),
            default="option",
        ),
        "partner_ids": Field("many2many", "Contacts", "res.partner"),
        "dst_partner_id": Field("many2one", "Destination Contact", "res.partner"),
    },
    rights=EVERYTHING,
)
