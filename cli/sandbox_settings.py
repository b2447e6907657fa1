"""What `closedwon init --sandbox` writes; `URL` stands for the sandbox's address."""

from __future__ import annotations

SANDBOX = """\
# Settings for the sandbox: every system writes without asking, looks again quickly, and takes much at once.
deals_since = 2026-01-01

[ledger]
file = ".closedwon/ledger.sqlite"

[limits]
creates = 100000
updates = 100000
sends = 100000
archives = 100000
archive_share = 1.0

[invoices.people]
"account manager" = "lena.gerber@acme.example"
finance = "zofia.nowak@acme.example"
"service manager" = "sandro.bianchi@acme.example"
"project manager" = "sandro.bianchi@acme.example"

[invoices.tickets]
project = "HAND"

[erp]
adapter = "odoo"
url = "URL/erp"
database = "odoo"
account = "closedwon@acme.example"
key = { file = ".closedwon/sandbox-token" }
mode = "write"
settle = 1
patience = 5
account_manager = { otherwise = ["salesperson", "lena.gerber@acme.example"] }
engagement = { field = "tag", map = { Service = "service", Consulting = "consulting", Project = "project" } }
segments = { service = "Managed services", consulting = "Consulting", project = "Projects" }

[erp.billing]
vat_exempt = ["VAT exempt"]
dispute_tags = ["In dispute"]

[erp.billing.fields]
order_number_required = "x_order_number_required"
delivery = "x_delivery"
held = "x_held"
dispute = "x_dispute"
dispute_owner = "x_dispute_owner"
dunning_level = "x_dunning_level"
dunning_blocked = "x_dunning_blocked"
dunning_reason = "x_dunning_reason"
go_live = "x_go_live"
renews = "x_renews"
notice = "x_notice"
indexed = "x_indexed"
index = "x_index"
discount_until = "x_discount_until"

[jira]
adapter = "jira"
url = "URL/jira"
account = "closedwon@acme.example"
token = { file = ".closedwon/sandbox-token" }
mode = "write"
settle = 1
patience = 5
rate = 0
service_desk = "1"
service_desk_project = "SUP"
projects = { technical = "OPS", consulting = "HAND" }

[panel]
adapter = "appuio"
url = "URL/panel"
token = { file = ".closedwon/sandbox-token" }
mode = "write"
settle = 1
patience = 5

[wiki]
adapter = "confluence"
url = "URL/wiki"
account = "closedwon@acme.example"
token = { file = ".closedwon/sandbox-token" }
mode = "write"
settle = 1
patience = 5
space = "KUNDEN"
parent = "Kunden"
"""
