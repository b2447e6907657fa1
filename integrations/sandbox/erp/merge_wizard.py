"""Merging partners, as the wizard of the real server does it (measured on 19.0 and 17.0)."""

from __future__ import annotations

import html
from typing import Any

from integrations.sandbox.erp.environment import MAGIC, Environment, Field, Model
from integrations.sandbox.erp.errors import UserError
from integrations.sandbox.erp.index import descendants, ids_by
from integrations.sandbox.erp.models.partner import PARTNER, refresh
from integrations.sandbox.erp.records import FIRST_ID, write
from integrations.sandbox.erp.target import Target
from integrations.sandbox.state import Document

_SUMMED = frozenset({"customer_rank", "supplier_rank"})
_SAID = {
    "en_US": ("Merged with: {}", " (ID {})"),
    "de_DE": ("Zusammengeführt mit: {}", " (ID {})"),
    "fr_FR": ("Fusionné avec : {}", " (ID {})"),
    "zh_CN": ("合并：{}", "（识别码 {}）"),
    "ar_001": ("دمج: {}", " (المعرّف {})"),
}
"""The sentence, and the form of each id in it, by language of who merges; before 18, in every one as in English."""


def action_merge(target: Target) -> dict[str, Any]:
    """Merge what was chosen into the destination; the sources are gone then."""
    (wizard,) = target.ids
    document = target.environment.table(target.model.name)[str(wizard)]
    merge(target.environment, document.get("partner_ids") or [], document.get("dst_partner_id") or None)
    target.environment.store(target.model.name, {**document, "partner_ids": [], "state": "finished"})
    return {
        "type": "ir.actions.act_window",
        "res_model": target.model.name,
        "res_id": wizard,
        "view_mode": "form",
        "target": "new",
    }


def merge(environment: Environment, ids: list[int], destination: int | None) -> None:
    """Merge partners, all or none; without a destination among them, into the oldest that is not archived.

    What points to the sources points to the destination, external ids and messages too; where the destination has no
    value, it takes a source's.

    Raises:
        UserError: More than three, one below another, two users', or of several addresses where our account does it.
    """
    table = environment.table("res.partner")
    partners = [table[str(number)] for number in dict.fromkeys(ids) if str(number) in table]
    if len(partners) < 2:
        return
    _check(environment, partners)
    found = next((partner for partner in partners if partner["id"] == destination), None) or min(
        partners, key=_seniority
    )
    sources = [partner for partner in partners if partner["id"] != found["id"]]
    for source in sources:
        _move_pointers(environment, source["id"], found["id"])
        _move_names(environment, source["id"], found["id"])
    _take_values(environment, sources, found["id"])
    _log(environment, sources, found["id"])
    for source in sources:
        del table[str(source["id"])]
    _stamp(environment, found["id"])


def _stamp(environment: Environment, destination: int) -> None:
    """Let all below the destination count as written, and its opportunities; companies below it before 19 only."""
    children = ids_by(environment, "res.partner", "parent_id", destination)
    refresh(environment, children)
    companies = [child for child in children if environment.table("res.partner")[str(child)].get("is_company")]
    written = {"res.partner": companies if environment.major < 19 else []}
    written["crm.lead"] = ids_by(environment, "crm.lead", "partner_id", destination)
    for model, ids in written.items():
        for number in ids:
            environment.store(model, {**environment.table(model)[str(number)], "write_date": environment.now})


def _seniority(partner: Document) -> tuple[bool, str]:
    return not partner.get("active"), str(partner.get("create_date") or "")


def _check(environment: Environment, partners: list[Document]) -> None:
    environment.check(PARTNER, "write")
    environment.check_records(PARTNER, [partner["id"] for partner in partners], "write")
    ids = {partner["id"] for partner in partners}
    if len(partners) > 3:
        raise UserError("For safety reasons, you cannot merge more than 3 contacts together.")
    if any(ids & descendants(environment, "res.partner", [number]) - {number} for number in ids):
        raise UserError("You cannot merge a contact with one of his parent.")
    if sum(user.get("partner_id") in ids for user in environment.table("res.users").values()) > 1:
        raise UserError("You cannot merge contacts linked to more than one user even if only one is active.")
    if environment.is_account and len({partner.get("email") or False for partner in partners}) > 1:
        raise UserError("All contacts must have the same email. Only the Administrator can merge others.")


def _move_pointers(environment: Environment, source: int, destination: int) -> None:
    """Let every reference to a partner be one to the other."""
    from integrations.sandbox.erp.models import MODELS  # noqa: PLC0415  (models import what this imports)

    for child in ids_by(environment, "res.partner", "parent_id", source):
        environment.table("_moved")[str(child)] = {"at": environment.now}
    for model in MODELS.values():
        for name, field in model.fields.items():
            if field.type == "many2one" and field.relation == "res.partner" and field.stored:
                _repoint(environment, model, name, source, destination)


def _repoint(environment: Environment, model: Model, name: str, source: int, destination: int) -> None:
    for document in [row for row in environment.table(model.name).values() if row.get(name) == source]:
        environment.store(model.name, {**document, name: destination})


def _move_names(environment: Environment, source: int, destination: int) -> None:
    """Let external ids and messages be the destination's."""
    for name in ("ir.model.data", "mail.message"):
        table = environment.table(name)
        for key, entry in list(table.items()):
            if entry.get("model") == "res.partner" and entry.get("res_id") == source:
                table[key] = {**entry, "res_id": destination}


def _take_values(environment: Environment, sources: list[Document], destination: int) -> None:
    """Write the values that the destination lacks.

    It comes below a source's parent only where it has none itself.
    """
    own = environment.table("res.partner")[str(destination)]
    values: Document = {}
    for name, field in environment.fields(PARTNER).items():
        if not _is_merged(name, field):
            continue
        given = [partner[name] for partner in (*sources, own) if partner.get(name)]
        if given:
            values[name] = sum(given) if name in _SUMMED and environment.has_app("account") else given[-1]
    parent = values.pop("parent_id", None)
    tags = {"category_id": [[6, 0, _together(*(partner.get("category_id") for partner in (own, *sources)))]]}
    write(environment, PARTNER, [destination], {**values, **tags})
    if parent not in (None, destination, own.get("parent_id")):
        _try_parent(environment, destination, parent)


def _is_merged(name: str, field: Field) -> bool:
    return field.stored and not (field.is_x2many or field.readonly or name in MAGIC)


def _together(*lists: list[int] | None) -> list[int]:
    return list(dict.fromkeys(number for some in lists for number in some or ()))


def _try_parent(environment: Environment, partner: int, parent: int) -> None:
    """Put the destination below a source's company, unless that is below the destination itself."""
    if parent not in descendants(environment, "res.partner", [partner]):
        write(environment, PARTNER, [partner], {"parent_id": parent})


def _log(environment: Environment, sources: list[Document], destination: int) -> None:
    """Write on the destination's page who was merged into it, in the language of the user who did it."""
    sentence, of_id = _SAID.get(environment.context.get("lang", "en_US"), _SAID["en_US"])
    if environment.major < 18:
        of_id = _SAID["en_US"][1]
    entries = [
        f"{source.get('name') or ''} <{source.get('email') or 'n/a'}>{of_id.format(source['id'])}" for source in sources
    ]
    number = environment.world.state.number("erp", "mail.message", FIRST_ID)
    user = environment.record("res.users", environment.uid) or {}
    message: Document = {
        "id": number,
        "model": "res.partner",
        "res_id": destination,
        "message_type": "notification",
        "body": f"<p>{html.escape(sentence.format(', '.join(entries)), quote=False)}</p>",
        "date": environment.now,
        "author_id": user.get("partner_id") or False,
        "create_uid": environment.uid,
        "create_date": environment.now,
        "write_uid": environment.uid,
        "write_date": environment.now,
    }
    environment.store("mail.message", message)
