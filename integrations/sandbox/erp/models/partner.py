"""Partners: companies, their contacts and addresses."""

from __future__ import annotations

from integrations.sandbox.erp.environment import EVERYTHING, Environment, Field, Model
from integrations.sandbox.erp.errors import ValidationError
from integrations.sandbox.erp.index import ids_by
from integrations.sandbox.state import Document

LANGUAGES = (
    ("en_US", "English (US)"),
    ("de_CH", "German (CH) / Deutsch (CH)"),
    ("de_DE", "German / Deutsch"),
    ("fr_CH", "French (CH) / Français (CH)"),
    ("fr_FR", "French / Français"),
    ("pl_PL", "Polish / Język polski"),
)
_ADDRESS = ("street", "street2", "zip", "city", "country_id")
_COMMERCIAL = ("vat", "property_payment_term_id", "property_account_position_id")
_SHARED = frozenset({"active", "is_company", "name", "parent_id"})
"""What, when it changes, makes everybody below count as written: their full names are stored with the company's."""


def _display_name(environment: Environment, document: Document) -> str:
    name = str(document.get("name") or "")
    parent = environment.record("res.partner", document.get("parent_id") or 0)
    if parent is None or document.get("is_company"):
        return name
    if not name:
        name = dict(PARTNER.fields["type"].selection).get(str(document.get("type")), "")
    return f"{parent.get('name') or ''}, {name}"


def _company_type(_environment: Environment, document: Document) -> str:
    return "company" if document.get("is_company") else "person"


def _email_normalized(_environment: Environment, document: Document) -> str | bool:
    email = str(document.get("email") or "").strip().lower()
    return email if email.count("@") == 1 and "," not in email else False


def _complete(environment: Environment, document: Document, changed: frozenset[str]) -> None:
    if document.get("type") == "contact" and not document.get("name"):
        raise ValidationError("The operation cannot be completed: Contacts require a name")
    parent = environment.record("res.partner", document.get("parent_id") or 0)
    if "parent_id" in changed and parent is not None:
        if document["id"] in _ancestors(environment, parent):
            raise ValidationError("You cannot create recursive Partner hierarchies.")
        if document.get("type") == "contact" and any(parent.get(name) for name in _ADDRESS):
            document.update({name: parent.get(name) or False for name in _ADDRESS})
    document["commercial_partner_id"] = (
        document["id"] if document.get("is_company") or parent is None else parent["commercial_partner_id"]
    )


def _ancestors(environment: Environment, document: Document | None) -> set[int]:
    found: set[int] = set()
    while document is not None and document["id"] not in found:
        found.add(document["id"])
        document = environment.record("res.partner", document.get("parent_id") or 0)
    return found


def _follow(environment: Environment, document: Document, changed: frozenset[str]) -> None:
    """Hand down to the contacts what is the whole company's; each of them counts as written."""
    if "parent_id" in changed:
        _join(environment, document)
    for number in ids_by(environment, *_CHILDREN, document["id"]):
        child = environment.table("res.partner")[str(number)]
        if child.get("is_company"):
            continue
        down = {name: document.get(name) for name in _COMMERCIAL if name in changed}
        if child.get("type") == "contact":
            down |= {name: document.get(name) for name in _ADDRESS if name in changed}
        if down:
            environment.store("res.partner", {**child, **down, "write_date": environment.now})
    if changed & _SHARED:
        refresh(environment, ids_by(environment, *_CHILDREN, document["id"]))


def _join(environment: Environment, document: Document) -> None:
    """Take over the values that belong to the whole new company."""
    company = environment.record("res.partner", document["commercial_partner_id"])
    if company is not None and company["id"] != document["id"]:
        stored = environment.table("res.partner")[str(document["id"])]
        environment.store("res.partner", {**stored, **{name: company.get(name, False) for name in _COMMERCIAL}})


def refresh(environment: Environment, ids: list[int]) -> None:
    """Derive anew what partners and all below them have from above; each counts as written (measured on 19)."""
    waiting = list(ids)
    seen: set[int] = set()
    while waiting:
        partner = waiting.pop(0)
        child = dict(environment.table("res.partner")[str(partner)])
        if partner in seen or child.get("is_company"):
            continue
        seen.add(partner)
        _complete(environment, child, frozenset())
        environment.store("res.partner", {**child, "write_date": environment.now})
        waiting.extend(ids_by(environment, *_CHILDREN, partner))


_CHILDREN = ("res.partner", "parent_id")

PARTNER = Model(
    "res.partner",
    "Contact",
    {
        "name": Field("char", "Name"),
        "display_name": Field("char", "Display Name", compute=_display_name),
        "complete_name": Field("char", "Complete Name", compute=_display_name, since=17),
        "active": Field("boolean", "Active", default=True),
        "ref": Field("char", "Reference"),
        "vat": Field("char", "Tax ID"),
        "is_company": Field("boolean", "Is a Company"),
        "company_type": Field(
            "selection",
            "Company Type",
            selection=(("person", "Person"), ("company", "Company")),
            compute=_company_type,
        ),
        "parent_id": Field("many2one", "Related Company", "res.partner"),
        "child_ids": Field("one2many", "Contact", "res.partner", "parent_id", active_only=True),
        "commercial_partner_id": Field("many2one", "Commercial Entity", "res.partner", readonly=True),
        "type": Field(
            "selection",
            "Address Type",
            selection=(
                ("contact", "Contact"),
                ("invoice", "Invoice Address"),
                ("delivery", "Delivery Address"),
                ("other", "Other Address"),
            ),
            default="contact",
        ),
        "category_id": Field("many2many", "Tags", "res.partner.category"),
        "customer_rank": Field("integer", "Customer Rank"),
        "supplier_rank": Field("integer", "Supplier Rank"),
        "employee": Field("boolean", "Employee"),
        "email": Field("char", "Email"),
        "email_normalized": Field("char", "Normalized Email", compute=_email_normalized),
        "phone": Field("char", "Phone"),
        "mobile": Field("char", "Mobile", until=18),
        "street": Field("char", "Street"),
        "street2": Field("char", "Street2"),
        "zip": Field("char", "Zip"),
        "city": Field("char", "City"),
        "country_id": Field("many2one", "Country", "res.country"),
        "lang": Field("selection", "Language", selection=LANGUAGES, default="en_US"),
        "function": Field("char", "Job Position"),
        "website": Field("char", "Website Link"),
        "comment": Field("html", "Notes"),
        "company_id": Field("many2one", "Company", "res.company"),
        "user_id": Field("many2one", "Salesperson", "res.users"),
        "property_payment_term_id": Field("many2one", "Customer Payment Terms", "account.payment.term"),
        "property_account_position_id": Field("many2one", "Fiscal Position", "account.fiscal.position", app="account"),
        "use_partner_credit_limit": Field("boolean", "Partner Limit", app="account"),
        "credit_limit": Field("float", "Credit Limit", app="account"),
        "invoice_sending_method": Field(
            "selection",
            "Invoice sending",
            selection=(
                ("manual", "Manual"),
                ("email", "by Email"),
                ("snailmail", "by Post"),
                ("peppol", "by Peppol"),
            ),
            since=18,
            app="account",
        ),
        "x_account_manager": Field("many2one", "Account Manager", "res.users"),
        "x_order_number_required": Field("boolean", "Order number required"),
        "x_delivery": Field(
            "selection",
            "Invoices go out by",
            selection=(("email", "E-mail"), ("post", "Post"), ("electronic", "e-bill"), ("hand", "Hand")),
        ),
        "ref_company_ids": Field(
            "one2many",
            "Companies that refers to partner",
            "res.company",
            "partner_id",
            past_rules=True,
            app="account",
        ),
        "opportunity_ids": Field("one2many", "Opportunities", "crm.lead", "partner_id"),
        "sale_order_ids": Field("one2many", "Sales Order", "sale.order", "partner_id", app="sale"),
        "vshn_control_api_inflight": Field("char", "Control API In-Flight"),
    },
    order="name, id desc",
    rights=EVERYTHING,
    indexes=("parent_id", "commercial_partner_id", "vat", "ref", "email", "name"),
    complete=_complete,
    follow=_follow,
)

CATEGORY = Model(
    "res.partner.category",
    "Partner Tags",
    {
        "name": Field("char", "Name", required=True),
        "color": Field("integer", "Color"),
        "parent_id": Field("many2one", "Category", "res.partner.category"),
        "active": Field("boolean", "Active", default=True),
    },
    order="name, id",
    rights=EVERYTHING,
    indexes=("parent_id", "name"),
)
