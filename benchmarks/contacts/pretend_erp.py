"""`python -m benchmarks.contacts.pretend_erp CUSTOMERS EACH`: an ERP of any number of contacts that keeps none.

It speaks as much of Odoo's JSON-2 as contact sync reads, and makes each row up from its id: a million contacts
must not need the memory here that they are not to need there.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

STEP = 1000
"""Between the ids of two companies; their contacts have those in between."""
COUNTRY, TAG = 41, 5
_OTHERS: dict[str, list[dict[str, Any]]] = {
    "res.country": [{"id": COUNTRY, "name": "Switzerland", "code": "CH"}],
    "res.partner.category": [{"id": TAG, "display_name": "Technical"}],
}
_CHANGED = "2026-01-15 08:30:00"
_POSITIONS = ("DevOps Engineer", "Buchhaltung", "CEO", "Product Owner", "Assistenz")


def customer_ids(customers: int) -> range:
    """The companies."""
    return range(STEP, (customers + 1) * STEP, STEP)


class Rows:
    """Partners by their ids."""

    def __init__(self, customers: int, contacts: int) -> None:
        """`contacts`: contacts of each customer, fewer than `STEP`."""
        self._customers, self._each = customers, contacts

    def found(self, domain: list[list[Any]], limit: int | None) -> list[dict[str, Any]]:
        """Return the rows that fit, by id; nothing was changed lately.

        Raises:
            ValueError: The request is one that contact sync does not make.
        """
        beyond, companies = 0, None
        for field, operator, value in domain:
            if (field, operator) == ("id", ">"):
                beyond = value
            elif (field, operator) == ("commercial_partner_id", "in"):
                companies = sorted(value)
            elif (field, operator) == ("write_date", ">="):
                companies = [] if value > _CHANGED else None
            else:
                raise ValueError(f"{field} {operator}")
        rows = []
        for number in self._ids(companies, beyond):
            rows.append(self._row(number))
            if len(rows) == limit:
                break
        return rows

    def _ids(self, companies: list[int] | None, beyond: int) -> Iterator[int]:
        first = max(beyond - beyond % STEP, STEP)
        for company in companies if companies is not None else range(first, (self._customers + 1) * STEP, STEP):
            yield from range(max(company, beyond + 1), company + self._each + 1)

    @staticmethod
    def _row(number: int) -> dict[str, Any]:
        company = number - number % STEP
        name = f"Customer Number {company} AG"
        row = {
            "id": number,
            "name": f"Person Number {number}",
            "active": True,
            "parent_id": [company, name],
            "commercial_partner_id": [company, name],
            "type": "contact",
            "function": _POSITIONS[number % len(_POSITIONS)],
            "email": f"person.{number}@customer-{company}.example",
            "phone": f"+41 44 555 {number // 100 % 100:02} {number % 100:02}",
            "category_id": [TAG] if number % 3 == 0 else [],
            "write_date": _CHANGED,
            "country_id": [COUNTRY, "Switzerland"],
            "user_id": False,
        }
        return row if number != company else {**row, "name": name, "parent_id": False, "email": False}


class Handler(BaseHTTPRequestHandler):
    """Answers one connection."""

    protocol_version = "HTTP/1.1"
    rows: Rows

    def do_GET(self) -> None:
        """The version, which needs no key."""
        self._answer({"version_info": [19, 0, 0, "final", 0, ""], "version": "19.0"})

    def do_POST(self) -> None:
        """A method of a model."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        model, method = self.path.split("/")[-2:]
        if method == "fields_get":
            self._answer({})
        elif model == "res.partner":
            self._answer(self.rows.found(body["domain"], body.get("limit")))
        else:
            self._answer(_OTHERS.get(model, []))

    def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002  (the base class calls it so)
        """Log nothing."""

    def _answer(self, answer: Any) -> None:
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def main(customers: int, contacts: int) -> None:
    """Serve on a free port until killed."""
    Handler.rows = Rows(customers, contacts)
    Handler.wbufsize = 1 << 20  # head and body in one packet: else the second waits for the first's receipt
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        print(f"ready http://127.0.0.1:{server.server_port}", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
