"""Deleting records, and what becomes of those that point to them."""

from __future__ import annotations

from integrations.sandbox.erp.environment import Environment, Model
from integrations.sandbox.erp.errors import MissingError, ValidationError
from integrations.sandbox.erp.index import ids_by
from integrations.sandbox.erp.models.partner import refresh

_HOLDING = (
    ("account.move", "partner_id"),
    ("sale.order", "partner_id"),
    ("sale.order", "partner_invoice_id"),
    ("res.users", "partner_id"),
)
"""What keeps a partner from being deleted as long as it points to it."""
_POINTING = (("crm.lead", "partner_id"),)
"""What only forgets it."""
_OWNED = {
    "account.move": ("account.move.line", "move_id"),
    "sale.order": ("sale.order.line", "order_id"),
    "contract.contract": ("contract.line", "contract_id"),
}
"""What is deleted with a record of a model."""


def unlink(environment: Environment, model: Model, ids: list[int]) -> None:
    """Delete records, all or none.

    Contacts of a deleted company stay, each on its own; so do its opportunities.

    Raises:
        AccessError: Not for this user.
        MissingError: One of them does not exist.
        ValidationError: An invoice, an order or a user needs one of them.
    """
    environment.check(model, "unlink")
    environment.check_records(model, ids, "unlink")
    for record_id in ids:
        if environment.record(model.name, record_id) is None:
            raise MissingError(
                f"Record does not exist or has been deleted.\n"
                f"(Record: {model.name}({record_id},), User: {environment.uid})"
            )
        if model.name == "res.partner":
            _let_go(environment, record_id)
        if model.name in _OWNED:
            owned, field = _OWNED[model.name]
            for number in ids_by(environment, owned, field, record_id):
                del environment.table(owned)[str(number)]
        del environment.table(model.name)[str(record_id)]
    _forget_names(environment, model, frozenset(ids))


def _let_go(environment: Environment, partner: int) -> None:
    for name, field in _HOLDING:
        holder = environment.model(name)
        if holder is not None and ids_by(environment, name, field, partner):
            raise ValidationError(
                "The operation cannot be completed: another model requires the record being deleted. "
                f"If possible, archive it instead.\n\nModel: {holder.description} ({name})\n"
                f"Constraint: {name.replace('.', '_')}_{field}_fkey\n"
            )
    for name, field in _POINTING:
        for number in ids_by(environment, name, field, partner):
            environment.store(name, {**environment.table(name)[str(number)], field: False})
    children = ids_by(environment, "res.partner", "parent_id", partner)
    for child in children:
        environment.store("res.partner", {**environment.table("res.partner")[str(child)], "parent_id": False})
    refresh(environment, children)


def _forget_names(environment: Environment, model: Model, ids: frozenset[int]) -> None:
    for table in (environment.table("ir.model.data"), environment.table("mail.message")):
        for key, entry in list(table.items()):
            if entry.get("model") == model.name and entry.get("res_id") in ids:
                del table[key]
