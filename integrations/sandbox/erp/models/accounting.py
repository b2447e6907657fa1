"""The basis of invoices: payment terms, accounts, taxes, fiscal positions; and bank statements."""

from __future__ import annotations

from integrations.sandbox.erp.environment import Field, Model

PAYMENT_TERM = Model(
    "account.payment.term",
    "Payment Terms",
    {
        "name": Field("char", "Payment Terms", required=True),
        "active": Field("boolean", "Active", default=True),
        "sequence": Field("integer", "Sequence", default=10),
        "company_id": Field("many2one", "Company", "res.company"),
    },
    order="sequence, id",
    by_people=True,
)

ACCOUNT = Model(
    "account.account",
    "Account",
    {
        "name": Field("char", "Account Name", required=True),
        "code": Field("char", "Code"),
        "account_type": Field(
            "selection",
            "Type",
            required=True,
            selection=(
                ("asset_receivable", "Receivable"),
                ("asset_cash", "Bank and Cash"),
                ("asset_current", "Current Assets"),
                ("liability_payable", "Payable"),
                ("liability_current", "Current Liabilities"),
                ("income", "Income"),
                ("income_other", "Other Income"),
                ("expense", "Expenses"),
            ),
        ),
        "reconcile": Field("boolean", "Allow Reconciliation"),
        "company_id": Field("many2one", "Company", "res.company", until=17),
        "company_ids": Field("many2many", "Companies", "res.company", since=18),
    },
    order="id",
    indexes=("account_type",),
    app="account",
)

TAX = Model(
    "account.tax",
    "Tax",
    {
        "name": Field("char", "Tax Name", required=True),
        "active": Field("boolean", "Active", default=True),
        "amount": Field("float", "Amount", required=True),
        "amount_type": Field(
            "selection",
            "Tax Computation",
            required=True,
            selection=(
                ("group", "Group of Taxes"),
                ("fixed", "Fixed"),
                ("percent", "Percentage of Price"),
                ("division", "Percentage of Price Tax Included"),
            ),
            default="percent",
        ),
        "type_tax_use": Field(
            "selection",
            "Tax Type",
            required=True,
            selection=(("sale", "Sales"), ("purchase", "Purchases"), ("none", "None")),
            default="sale",
        ),
        "company_id": Field("many2one", "Company", "res.company", required=True),
        "country_id": Field("many2one", "Country", "res.country"),
        "fiscal_position_ids": Field("many2many", "Fiscal Position", "account.fiscal.position", since=19),
        "original_tax_ids": Field("many2many", "Replaces", "account.tax", since=19),
    },
    order="id",
    indexes=("company_id",),
    app="account",
    by_people=True,
)

FISCAL_POSITION = Model(
    "account.fiscal.position",
    "Fiscal Position",
    {
        "name": Field("char", "Fiscal Position", required=True),
        "active": Field("boolean", "Active", default=True),
        "auto_apply": Field("boolean", "Detect Automatically"),
        "vat_required": Field("boolean", "VAT required"),
        "country_id": Field("many2one", "Country", "res.country"),
        "company_id": Field("many2one", "Company", "res.company", required=True),
        "tax_ids": Field(
            "many2many",
            "Taxes",
            "account.tax",
            since=19,
            before=Field("one2many", "Tax Mapping", "account.fiscal.position.tax", "position_id"),
        ),
    },
    order="id",
    app="account",
    by_people=True,
)

FISCAL_POSITION_TAX = Model(
    "account.fiscal.position.tax",
    "Tax Mapping of Fiscal Position",
    {
        "position_id": Field("many2one", "Fiscal Position", "account.fiscal.position", required=True),
        "tax_src_id": Field("many2one", "Tax on Product", "account.tax", required=True),
        "tax_dest_id": Field("many2one", "Tax to Apply", "account.tax"),
    },
    order="id",
    indexes=("position_id",),
    app="account",
    until=18,
    by_people=True,
)

STATEMENT_LINE = Model(
    "account.bank.statement.line",
    "Bank Statement Line",
    {
        "date": Field("date", "Date", required=True),
        "amount": Field("monetary", "Amount"),
        "payment_ref": Field("char", "Label"),
        "partner_id": Field("many2one", "Partner", "res.partner"),
        "company_id": Field("many2one", "Company", "res.company", required=True),
        "currency_id": Field("many2one", "Journal Currency", "res.currency", readonly=True),
        "is_reconciled": Field("boolean", "Is Reconciled", readonly=True),
    },
    order="date desc, id desc",
    indexes=("company_id",),
    app="account",
    by_people=True,
)
