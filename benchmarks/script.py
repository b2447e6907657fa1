"""A careful hand-written script for one won deal, as its requests: what `closedwon setup 42` is measured against.

The deal: a prospect with an address in the ERP, no invoice contact there, nothing of it anywhere else. The
script is careful as `setup` has to be: nothing twice after a lost answer or a second start, nothing of other
people's overwritten, nothing taken for absent that merely may not be seen. It knows its own site by heart
(no question is asked of which the answer is a setting), except what its vendors say has to be asked.
"""

from __future__ import annotations

import dataclasses

from benchmarks.critical_path import depth


@dataclasses.dataclass(frozen=True)
class Step:
    """A request of the script.

    Attributes:
        name: The name by which other requests depend on it.
        why: What would go wrong, or be missing, without it.
        after: The requests whose answers it depends on.
    """

    name: str
    system: str
    operation: str
    why: str
    after: tuple[str, ...] = ()


_READ = ("deal", "company", "order")
_KNOWN = (*_READ, "others", "users", "countries", "currency", "tags")

STEPS = (
    Step("version", "erp", "version", "JSON-2 or JSON-RPC, and which fields mean won, go by the version"),
    Step(
        "lead_fields", "erp", "crm.lead.fields_get", "recurring revenue may be kept from us: not 0", ("version",)
    ),
    Step(
        "partner_fields",
        "erp",
        "res.partner.fields_get",
        "customer_rank and payment terms come with apps that need not be there",
        ("version",),
    ),
    Step("deal", "erp", "crm.lead.search_read", "the deal itself, and that it is won", ("lead_fields",)),
    Step("order", "erp", "sale.order.search_read", "who is invoiced, and when it is due", ("version",)),
    Step("company", "erp", "res.partner.search_read", "the company and its contacts", ("deal", "partner_fields")),
    Step("others", "erp", "crm.lead.search_read", "the customer's other won deals: keys, and links", ("company",)),
    Step("users", "erp", "res.users.search_read", "the salesperson's e-mail, the manager's id", ("version",)),
    Step("countries", "erp", "res.country.search_read", "the country's English name, for the panel", ("version",)),
    Step("currency", "erp", "res.currency.search_read", "digits: an amount is a decimal, not a float", ("deal",)),
    Step("tags", "erp", "crm.tag.search_read", "the engagement, which is a tag", ("deal",)),
    Step("segment", "erp", "res.partner.category.search_read", "is the segment's tag there?", ("version",)),
    Step("organizations", "jira", "organization.list", "is there one, or one of that name?", _KNOWN),
    Step("projects", "jira", "project.search", "has the customer a project, for the page of links?", _KNOWN),
    Step("tickets", "jira", "project.get", "has the ticket been made? shown before anything is written", _KNOWN),
    Step("panel", "panel", "organization.list", "one that the customer signed up for is adopted", _KNOWN),
    Step("space", "wiki", "space.list", "the space's id, which creating needs", ("version",)),
    Step("page", "wiki", "page.list", "is there a page of that title?", ("space", *_KNOWN)),
    Step("parent", "wiki", "page.list", "the id of the page above", ("space",)),
    Step("children", "wiki", "page.children", "a page that was renamed is found there", ("parent",)),
    Step("bodies", "wiki", "page.list", "whose those pages are stands in their text", ("children",)),
    Step("browse", "jira", "permission.mine", "absent and hidden look alike without this right", ("version",)),
    Step("load_tag", "erp", "res.partner.category.load", "the tag, by an external id: never twice", ("segment",)),
    Step("look_again", "erp", "res.partner.search_read", "no compare-and-set: read just before writing", _KNOWN),
    Step(
        "promote",
        "erp",
        "res.partner.write",
        "prospect to customer, account manager, tag",
        ("look_again", "load_tag"),
    ),
    Step("invoice", "erp", "res.partner.load", "the invoice contact, by an external id: never twice", ("look_again",)),
    Step("customer", "erp", "res.partner.search_read", "its values now, and the contact's id", ("promote", "invoice")),
    Step("create_panel", "panel", "organization.create", "its name is unique", ("panel", "customer")),
    Step("create_page", "wiki", "page.create", "the page, whose title is unique", ("page", "bodies", *_KNOWN)),
    Step("claims_org", "jira", "project.get", "is somebody else at it, or was when it crashed?", ("organizations",)),
    Step("claim_org", "jira", "project.property.put", "of two at once only one is first", ("claims_org",)),
    Step("highest", "jira", "organization.list", "which ids there were before ours", ("claim_org",)),
    Step("create_org", "jira", "organization.create", "the organization", ("highest",)),
    Step("whose", "jira", "organization.property.get", "was an existing one handed out?", ("create_org",)),
    Step("mark_org", "jira", "organization.property.put", "our mark", ("whose",)),
    Step("desk", "jira", "servicedesk.organization.add", "the service desk shows it", ("mark_org",)),
    Step("claim_ticket", "jira", "project.property.put", "issues have no unique key of ours", ("browse", *_KNOWN)),
    Step("ticket", "jira", "issue.create", "the ticket, with label and property", ("claim_ticket", "create_page")),
    Step("claimed", "jira", "project.property.put", "the ticket's id, for whoever comes next", ("ticket",)),
    Step(
        "links", "wiki", "page.update", "every link, on the page", ("create_panel", "create_page", "desk", "ticket")
    ),
)  # fmt: skip


def requests_of(system: str) -> int:
    """Return the number of requests that the script makes to one system."""
    return sum(step.system == system for step in STEPS)


def round_trips_of() -> int:
    """Return the number of requests that have to follow one another."""
    return depth({step.name: step.after for step in STEPS})
