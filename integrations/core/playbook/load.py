"""Loading of a playbook: all its faults are found here, with file, step and field."""

from __future__ import annotations

import dataclasses
import functools
import tomllib
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel

from integrations.core.document import Document
from integrations.core.errors import Fault, Rejected
from integrations.core.meant import did_you_mean, nearest
from integrations.core.model import Customer, Deal, DealReference, Money, Party, Person
from integrations.core.playbook.playbook import FieldValue, Playbook, Step, templates
from integrations.core.playbook.wants import wanted
from integrations.core.resource import BASE_FIELDS, Resource, about
from integrations.core.shape import unknown
from integrations.core.template import Template, TemplateFault, is_supported

_MANAGER = Person(name="Lena Gerber", email="lena.gerber@acme.example")

SAMPLE = Deal(
    id="1",
    lead="1",
    title="Managed hosting",
    stage="won",
    won_on=date(2026, 1, 31),
    customer=Customer(
        id="1",
        name="Muster AG",
        street="Musterstrasse 1",
        zip="8000",
        city="Zürich",
        country="Switzerland",
        country_code="CH",
        language="de_CH",
        email="info@muster.example",
        phone="+41 44 555 01 01",
        vat="CHE-123.456.788 MWST",
        is_customer=True,
        account_manager=_MANAGER,
        contact=Person(name="Ada Muster", email="ada@muster.example"),
        invoice_contact="2",
        invoice_email="rechnung@muster.example",
        parent=Party(id="3", name="Muster Holding AG", invoice_contact="4", url="https://erp.example/3"),
        deals=(DealReference(id="1", title="Managed hosting", won_on=date(2026, 1, 31), url="https://erp.example/d1"),),
        url="https://erp.example/1",
    ),
    one_time=Money(amount=Decimal("6000.00"), currency="CHF"),
    monthly=Money(amount=Decimal("2400.00"), currency="CHF"),
    currency="CHF",
    engagements=("service",),
    salesperson=Person(name="Reto Frei", email="reto.frei@acme.example"),
    account_manager=_MANAGER,
    segment="Managed",
    bill_to=Party(id="3", name="Muster Holding AG", invoice_contact="4", invoice_email="ap@muster.example"),
    channel=Party(id="5", name="Wolke GmbH", invoice_contact="6"),
    payment_term="30 days",
    url="https://erp.example/d1",
)


OWN = ("resource", "per", "after", "look")
"""The keys of a step that are no fields of its resource."""
STEP_ATTRIBUTES = frozenset({"id", "url", "exists"})
NAMES = ("deal", "customer", "systems", "steps")
"""The names with which an expression of a template may begin."""
CONTEXT: Mapping[str, type[BaseModel]] = {"deal": Deal, "customer": Customer}
# Playbooks share templates, and parsing a template takes longer than the rest of loading.
_template = functools.lru_cache(maxsize=1024)(Template)


@dataclasses.dataclass(frozen=True)
class Catalogue:
    """The systems, settings and templates to which a playbook may refer.

    Attributes:
        resources: By system, its kinds; None for a system that is switched off.
        settings: By system, the settings that templates may use.
        template: A template file's text by its name; None where there is none.
        unusable: Systems whose adapter can't be used, so that their kinds and fields are unknown.
        record: The system where customers' ids come from; empty where deal files have them, or nothing does.
    """

    resources: Mapping[str, Mapping[str, type[Resource]] | None]
    settings: Mapping[str, Mapping[str, Any]]
    template: Callable[[str], str | None]
    unusable: frozenset[str] = frozenset()
    record: str = ""


def load(path: Path, text: str, catalogue: Catalogue) -> tuple[Playbook, list[Fault]]:
    """Return the playbook in `text` and all its faults; with faults, it must not be used."""
    reader = _Reader(path, catalogue)
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return Playbook(path.stem, "", ()), [Fault(str(path), "", f"is not TOML: {error}")]
    return reader.playbook(tables), reader.faults


class _Reader:
    def __init__(self, path: Path, catalogue: Catalogue) -> None:
        self._path, self._catalogue = path, catalogue
        self._steps: dict[str, Step] = {}
        self._off: set[str] = set()
        self._faulty: set[str] = set()
        self.faults: list[Fault] = []

    def playbook(self, tables: Mapping[str, Any]) -> Playbook:
        title = tables.get("title", self._path.stem)
        for name, table in tables.items():
            if name == "title":
                continue
            if not isinstance(table, dict):
                problem = f"is not a step: a step is a table with `resource`{did_you_mean(name, ['title'])}"
                self._fault(name, "", problem)
                continue
            step = self._step(name, table)
            if step is not None:
                self._steps[name] = step
        if not self._steps and not self.faults:
            self._fault("", "", "has no steps")
        if self._steps and not self.faults:
            self._check_has_a_customer()
        playbook = Playbook(self._path.stem, str(title), tuple(self._steps.values()))
        sound = tuple(step for step in playbook.steps if step.name not in self._faulty)
        for refused, error in wanted(Playbook("", "", sound), SAMPLE, self._catalogue.settings).refused.items():
            self._fault(refused, error.field if isinstance(error, Rejected) else "", error.message)
        return playbook

    def _step(self, name: str, table: Mapping[str, Any]) -> Step | None:
        misspelt = [] if "resource" in table else nearest("resource", table.keys())
        if misspelt:
            self._fault(name, misspelt[0], "there is no such key; did you mean resource?")
            return None
        resource = self._resource(name, table.get("resource"))
        if resource is None:
            return None
        system = str(table["resource"]).partition(".")[0]
        per = table.get("per", "customer")
        if per not in ("customer", "deal"):
            self._fault(name, "per", 'is neither "customer" nor "deal"')
        self._check_is_the_only_one(name, system, resource)
        fields = {
            field: given
            for field, value in table.items()
            if system not in self._catalogue.unusable
            and field not in OWN
            and (given := self._field(name, resource, field, value)) is not None
        }
        look = table.get("look", False)
        if not isinstance(look, bool):
            self._fault(name, "look", "is neither true nor false")
        return Step(name, system, resource, per, fields, self._after(name, table), look=look is True)

    def _after(self, name: str, table: Mapping[str, Any]) -> frozenset[str]:
        after = table.get("after", [])
        above = {*self._steps, *self._off}
        if not isinstance(after, list) or any(not isinstance(step, str) or step not in above for step in after):
            self._fault(name, "after", "names a step that does not stand above this one")
            return frozenset()
        for step in after:
            if step in self._steps and self._steps[step].look:
                self._fault(name, "after", f"the step {step} only looks: there is nothing to come after")
        return frozenset(after) - self._off

    def _check_has_a_customer(self) -> None:
        """Check for a step that leads to the customer, because every object bears the customer's id."""
        record = self._catalogue.record
        led_to = {(step.system, step.resource.kind) for step in self._steps.values() if not step.look}
        if record and (record, "customer") not in led_to:
            self._fault("", "", f'has no step for the customer: resource = "{record}.customer"')

    def _check_is_the_only_one(self, name: str, system: str, resource: type[Resource]) -> None:
        """Refuse a second step for a kind of which a customer has one: each would adopt the other's object."""
        for other in self._steps.values():
            if not resource.several and (other.system, other.resource) == (system, resource):
                self._fault(name, "resource", f"the step {other.name} wants the {resource.kind} already: there is one")

    def _resource(self, step: str, given: Any) -> type[Resource] | None:
        if not isinstance(given, str) or given.count(".") != 1:
            self._fault(step, "resource", 'is missing, or is not "SYSTEM.KIND"')
            return None
        system, kind = given.split(".")
        if system not in self._catalogue.resources:
            known = ", ".join(sorted(self._catalogue.resources))
            meant = did_you_mean(system, self._catalogue.resources)
            self._fault(step, "resource", f"there is no system [{system}] in the settings; there are: {known}{meant}")
            return None
        if system in self._catalogue.unusable:
            return unknown(kind)
        kinds = self._catalogue.resources[system]
        if kinds is None:
            self._off.add(step)
            return None
        if kind not in kinds:
            meant = did_you_mean(kind, kinds)
            self._fault(step, "resource", f"{system} has no {kind}; it has: {', '.join(sorted(kinds))}{meant}")
            return None
        return kinds[kind]

    def _field(self, step: str, resource: type[Resource], field: str, value: Any) -> FieldValue | None:
        if field not in resource.model_fields or field in BASE_FIELDS:
            known = [n for n in resource.model_fields if n not in BASE_FIELDS and not about(resource, n).output]
            problem = f"there is no such field; there are: {', '.join(known)}{did_you_mean(field, [*known, *OWN])}"
            self._fault(step, field, problem)
            return None
        if about(resource, field).output:
            self._fault(step, field, "is given by the system and can't be set")
            return None
        try:
            given = self._value(value)
        except TemplateFault as fault:
            self._fault(step, field, f"{_origin(value)}{fault}")
            return None
        for template in templates(given):
            self._check(step, resource, field, template, _origin(value))
        return given

    def _value(self, value: Any) -> FieldValue:
        if isinstance(value, (bool, int)):
            return value
        if isinstance(value, str):
            return _template(value)
        if isinstance(value, list) and all(isinstance(part, str) for part in value):
            return tuple(_template(part) for part in value)
        if isinstance(value, dict) and list(value) == ["template"]:
            text = self._catalogue.template(str(value["template"]))
            if text is None:
                raise TemplateFault("there is no such template file")
            return _template(text)
        raise TemplateFault('is none of: text, a list of texts, true or false, a whole number, { template = "FILE" }')

    def _check(self, step: str, resource: type[Resource], field: str, template: Template, origin: str) -> None:
        if resource.model_fields[field].annotation is Document:
            wrong = is_supported(template)
            if wrong is not None:
                self._fault(step, field, f"{origin}{wrong}")
        if template.references and about(resource, field).looked_up:
            self._fault(step, field, "can't depend on another step: the object is looked for by it")
        for other, attributes in template.references.items():
            self._check_reference(step, field, other, attributes)
        for line, chain in template.chains:
            wrong = self._wrong_chain(chain)
            if wrong is not None:
                self._fault(step, field, f"{origin}line {line}: {wrong}")

    def _check_reference(self, step: str, field: str, other: str, attributes: frozenset[str]) -> None:
        if other in self._off:
            if not attributes & {"exists", "every"}:
                self._fault(
                    step, field, f"needs the step {other}, whose system is switched off; ask steps.{other}.exists"
                )
            return
        if other not in self._steps:
            self._fault(step, field, f"there is no step {other} above this one{did_you_mean(other, self._steps)}")
            return
        if self._steps[other].look and not attributes & {"exists", "every"}:
            self._fault(step, field, f"the step {other} only looks and may find nothing; ask steps.{other}.exists")
        if self._steps[other].system in self._catalogue.unusable:
            return
        every = {"every"} if self._steps[other].per == "deal" else set()
        known = STEP_ATTRIBUTES | every | (set(self._steps[other].resource.model_fields) - BASE_FIELDS)
        for attribute in sorted(attributes - known):
            problem = f"steps.{other} has no {attribute}; it has: {', '.join(sorted(known))}"
            self._fault(step, field, problem + did_you_mean(attribute, known))

    def _wrong_chain(self, chain: tuple[str, ...]) -> str | None:
        if chain[0] == "steps":
            return None
        if chain[0] == "systems":
            return self._wrong_setting(chain)
        if chain[0] not in CONTEXT:
            meant = did_you_mean(chain[0], NAMES)
            return f"there is no {chain[0]}; there are: {', '.join(NAMES)}{meant}"
        model: type[BaseModel] | None = CONTEXT[chain[0]]
        for number, name in enumerate(chain[1:], start=1):
            if model is None or name not in model.model_fields:
                meant = did_you_mean(name, model.model_fields) if model is not None else ""
                return f"{'.'.join(chain[:number])} has no {name}{meant}"
            model = _model_in(model.model_fields[name].annotation)
        return None

    def _wrong_setting(self, chain: tuple[str, ...]) -> str | None:
        here: Any = self._catalogue.settings
        for number, name in enumerate(chain[1:], start=1):
            is_off = self._catalogue.resources.get(name, here) is None
            if number == 1 and (is_off or name in self._catalogue.unusable):
                return None
            if not isinstance(here, Mapping) or name not in here:
                meant = did_you_mean(name, here) if isinstance(here, Mapping) else ""
                return f"the settings have no {'.'.join(chain[1 : number + 1])}{meant}"
            here = here[name]
        return None

    def _fault(self, step: str, field: str, message: str) -> None:
        self._faulty.add(step)
        place = f"[{step}] {field}".strip() if step else field
        self.faults.append(Fault(str(self._path), place, message))


def _origin(value: Any) -> str:
    """Return the template's file as a prefix for its faults; empty where the text stands in the playbook."""
    return f"{value['template']}: " if isinstance(value, dict) and list(value) == ["template"] else ""


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in get_args(annotation):
        found = _model_in(argument)
        if found is not None:
            return found
    return None
