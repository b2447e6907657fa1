"""OCA's contracts with their lines, there only where that is how recurring invoices are made."""

from __future__ import annotations

from integrations.sandbox.erp.environment import Environment, Field, Model
from integrations.sandbox.erp.index import ids_by
from integrations.sandbox.state import Document

_RHYTHMS = (
    ("daily", "Day(s)"),
    ("weekly", "Week(s)"),
    ("monthly", "Month(s)"),
    ("monthlylastday", "Month(s) last day"),
    ("quarterly", "Quarter(s)"),
    ("semesterly", "Semester(s)"),
    ("yearly", "Year(s)"),
)
_NOTICE = (("daily", "Day(s)"), ("weekly", "Week(s)"), ("monthly", "Month(s)"))


def _next(environment: Environment, document: Document) -> str | bool:
    """The earliest day on which a line is billed next, stored with the contract as OCA does."""
    lines = (environment.table("contract.line")[str(number)] for number in _lines(environment, document["id"]))
    days = [line["recurring_next_date"] for line in lines if line.get("recurring_next_date") and not _over(line)]
    return min(days, default=False)


def _lines(environment: Environment, contract: int) -> list[int]:
    return ids_by(environment, "contract.line", "contract_id", contract)


def _over(line: Document) -> bool:
    return bool(line.get("is_canceled")) or not line.get("active", True)


def _complete_line(_environment: Environment, document: Document, _changed: frozenset[str]) -> None:
    if _over(document):
        document["recurring_next_date"] = False
    amount = (document.get("quantity") or 0.0) * (document.get("price_unit") or 0.0)
    document["price_subtotal"] = round(amount * (1 - (document.get("discount") or 0.0) / 100), 2)


def _follow_line(environment: Environment, document: Document, _changed: frozenset[str]) -> None:
    """A line's change counts as the contract's only where it moves the contract's next day."""
    contract = environment.record("contract.contract", document.get("contract_id") or 0)
    if contract is None:
        return
    earliest = _next(environment, contract)
    if contract.get("recurring_next_date") != earliest:
        stamped = {**contract, "recurring_next_date": earliest, "write_date": environment.now}
        environment.store("contract.contract", stamped)


CONTRACT = Model(
    "contract.contract",
    "Contract",
    {
        "name": Field("char", "Name", required=True),
        "code": Field("char", "Reference"),
        "active": Field("boolean", "Active", default=True),
        "contract_type": Field(
            "selection",
            "Contract Type",
            selection=(("sale", "Customer"), ("purchase", "Supplier")),
            default="sale",
        ),
        "partner_id": Field("many2one", "Partner", "res.partner", required=True),
        "invoice_partner_id": Field("many2one", "Invoicing contact", "res.partner"),
        "commercial_partner_id": Field(
            "many2one",
            "Commercial Entity",
            "res.partner",
            compute=lambda environment, document: (environment.record("res.partner", document["partner_id"]) or {}).get(
                "commercial_partner_id", False
            ),
        ),
        "user_id": Field("many2one", "Responsible", "res.users"),
        "company_id": Field("many2one", "Company", "res.company", required=True, default=1),
        "currency_id": Field("many2one", "Currency", "res.currency", readonly=True),
        "payment_term_id": Field("many2one", "Payment Terms", "account.payment.term"),
        "fiscal_position_id": Field("many2one", "Fiscal Position", "account.fiscal.position"),
        "date_start": Field("date", "Date Start"),
        "date_end": Field("date", "Date End"),
        "line_recurrence": Field("boolean", "Recurrence at line level?", default=True),
        "recurring_next_date": Field("date", "Date of Next Invoice", readonly=True),
        "is_terminated": Field("boolean", "Terminated", readonly=True),
        "terminate_date": Field("date", "Termination Date", readonly=True),
        "tag_ids": Field("many2many", "Tags", "contract.tag"),
        "contract_line_ids": Field("one2many", "Contract lines", "contract.line", "contract_id"),
        "note": Field("text", "Notes"),
        "x_notice": Field("date", "Notice by"),
        "x_indexed": Field("date", "Next indexation"),
        "x_index": Field("char", "Index"),
        "x_discount_until": Field("date", "Discounts until"),
    },
    order="code, name asc",
    indexes=("partner_id", "invoice_partner_id"),
    app="contract",
    by_people=True,
)

CONTRACT_TAG = Model(
    "contract.tag",
    "Contract Tag",
    {"name": Field("char", "Name", required=True), "company_id": Field("many2one", "Company", "res.company")},
    app="contract",
    by_people=True,
)

CONTRACT_LINE = Model(
    "contract.line",
    "Contract Line",
    {
        "contract_id": Field("many2one", "Contract", "contract.contract", required=True),
        "name": Field("text", "Description", required=True),
        "active": Field("boolean", "Active", default=True),
        "sequence": Field("integer", "Sequence", default=10),
        "display_type": Field(
            "selection", "Display Type", selection=(("line_section", "Section"), ("line_note", "Note"))
        ),
        "product_id": Field("many2one", "Product", "product.product"),
        "uom_id": Field("many2one", "Unit of Measure", "uom.uom", until=17),
        "product_uom_id": Field("many2one", "Unit of Measure", "uom.uom", since=18),
        "quantity": Field("float", "Quantity", default=1.0),
        "price_unit": Field("float", "Unit Price"),
        "discount": Field("float", "Discount (%)"),
        "price_subtotal": Field("monetary", "Sub Total", readonly=True),
        "date_start": Field("date", "Date Start"),
        "date_end": Field("date", "Date End"),
        "recurring_rule_type": Field("selection", "Recurrence", selection=_RHYTHMS, default="monthly"),
        "recurring_interval": Field("integer", "Invoice Every", default=1),
        "recurring_invoicing_type": Field(
            "selection",
            "Invoicing type",
            selection=(("pre-paid", "Pre-paid"), ("post-paid", "Post-paid")),
            default="pre-paid",
        ),
        "qty_type": Field(
            "selection",
            "Qty. type",
            selection=(("fixed", "Fixed quantity"), ("variable", "Variable quantity")),
            default="fixed",
        ),
        "recurring_next_date": Field("date", "Date of Next Invoice"),
        "last_date_invoiced": Field("date", "Last Date Invoiced"),
        "is_canceled": Field("boolean", "Canceled"),
        "is_auto_renew": Field("boolean", "Auto Renew"),
        "termination_notice_interval": Field("integer", "Termination Notice Before", default=1),
        "termination_notice_rule_type": Field(
            "selection", "Termination Notice type", selection=_NOTICE, default="monthly"
        ),
        "termination_notice_date": Field("date", "Termination notice date", readonly=True),
        "predecessor_contract_line_id": Field("many2one", "Predecessor Contract Line", "contract.line", readonly=True),
        "successor_contract_line_id": Field("many2one", "Successor Contract Line", "contract.line", readonly=True),
    },
    order="sequence, id",
    indexes=("contract_id",),
    app="contract",
    by_people=True,
    complete=_complete_line,
    follow=_follow_line,
)
