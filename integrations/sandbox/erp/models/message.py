"""The messages on a record's page: notes of people, and those that Odoo itself logs there."""

from __future__ import annotations

from integrations.sandbox.erp.environment import Field, Model

MESSAGE = Model(
    "mail.message",
    "Message",
    {
        "model": Field("char", "Related Document Model"),
        "res_id": Field("integer", "Related Document ID"),
        "message_type": Field(
            "selection",
            "Type",
            required=True,
            selection=(
                ("email", "Incoming Email"),
                ("comment", "Comment"),
                ("notification", "System notification"),
                ("user_notification", "User Specific Notification"),
            ),
            default="comment",
        ),
        "body": Field("html", "Contents"),
        "date": Field("datetime", "Date"),
        "author_id": Field("many2one", "Author", "res.partner"),
    },
    order="id desc",
    rights=frozenset({"read", "create"}),
    indexes=("res_id",),
)
