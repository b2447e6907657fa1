"""One OpenAPI document of a vendor, ready to judge exchanges with `openapi-core`."""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qsl

from jsonschema.protocols import Validator
from jsonschema_path import SchemaPath
from openapi_core import V30RequestValidator, V30ResponseValidator
from openapi_core.datatypes import RequestParameters
from openapi_core.templating.datatypes import TemplateResult
from openapi_core.templating.paths.datatypes import PathOperationServer
from openapi_core.templating.paths.finders import BasePathFinder
from openapi_core.templating.responses.exceptions import ResponseNotFound
from openapi_core.validation.request.exceptions import ParametersError
from openapi_core.validation.schemas.factories import SchemaValidatorsFactory
from openapi_core.validation.schemas.validators import SchemaValidator
from openapi_schema_validator import OAS30ReadValidator, OAS30WriteValidator
from werkzeug.datastructures import Headers, ImmutableMultiDict

from integrations.sandbox.server import Exchange
from tests.contracts import operations
from tests.contracts.operations import HOST, Operation
from tests.contracts.verdict import parsed, sentences, shortened

OFTEN_UNDOCUMENTED = (401, 403, 429)
KEPT = 5_000
"""Verdicts on requests, and on answers, that are kept: tests send most of theirs many times over."""

Pairs = tuple[tuple[str, str], ...]


class Request:
    """A request as `openapi-core` reads it, its operation found already."""

    def __init__(self, operation: Operation, path: str, query: str, headers: Pairs, body: bytes) -> None:
        self.host_url = HOST
        self.path = path
        self.path_pattern = operation.template
        self.method = operation.method
        self.body = body or None
        self.content_type = dict(headers).get("content-type", "").lower()
        pairs = parse_qsl(query, keep_blank_values=True)
        self.parameters = RequestParameters(
            query=ImmutableMultiDict(
                (name, part)
                for name, value in pairs
                for part in (value.split(",") if name in operation.lists else [value])
            ),
            header=Headers(headers),
            path=operation.variables(path),
        )


@dataclasses.dataclass(frozen=True)
class Answer:
    """An answer as `openapi-core` reads it."""

    status_code: int
    headers: Headers
    content_type: str
    data: bytes | None


class OperationFinder(BasePathFinder):
    """Looks an operation up by its template; openapi-core's own finder compares every path each time."""

    def __init__(self, spec: SchemaPath, base_url: str | None = None) -> None:
        super().__init__(spec, base_url)
        self._found: dict[tuple[str, str], PathOperationServer] = {}

    def find(self, method: str, name: str) -> PathOperationServer:
        """The operation whose template is in the address."""
        template = name.removeprefix(HOST)
        if (method, template) not in self._found:
            path = self.spec / "paths" / template
            result = TemplateResult(template, {})
            self._found[method, template] = PathOperationServer(path, path / method, None, result, None)
        return self._found[method, template]


class KeptValidators(SchemaValidatorsFactory):
    """Makes the validator of each schema once; the library's own makes it, and with it a class, at each use."""

    def __init__(self, validator: type[Validator]) -> None:
        super().__init__(validator)
        self._made: dict[tuple[Any, ...], SchemaValidator] = {}

    def create(self, spec: SchemaPath, schema: SchemaPath, *given: Any, **options: Any) -> SchemaValidator:
        """The validator for the schema at this place of the document."""
        place = tuple(schema.parts)
        if place not in self._made:
            self._made[place] = super().create(spec, schema, *given, **options)
        return self._made[place]


class Specification:
    """One prepared document: finds operations and checks requests and answers.

    `strict` forbids keys that a schema does not name, for documents that never say
    `additionalProperties` and so would let every misspelt key pass.
    """

    def __init__(
        self,
        document: Mapping[str, Any],
        *,
        prefix: str = "",
        strict: bool = False,
        statuses: Mapping[str, int] = MappingProxyType({}),
    ) -> None:
        """Prepare the document.

        `prefix` stands on the wire before each of its paths; `statuses` are answers that it does not
        mention, though the vendor gives them, by the operation's name.
        """
        self._statuses = statuses
        prepared = operations.prepared(document, prefix)
        self._index = operations.index(prepared)
        self._find = functools.lru_cache(maxsize=10_000)(self._search)
        self._request = functools.lru_cache(KEPT)(self._request_problems)
        self._answer = functools.lru_cache(KEPT)(self._answer_problems)
        spec = SchemaPath.from_dict(prepared)
        self._requests = V30RequestValidator(
            spec,
            path_finder_cls=OperationFinder,
            schema_validators_factory=KeptValidators(OAS30WriteValidator),
            extra_format_validators={"date-time": is_moment},
            forbid_unspecified_additional_properties=strict,
        )
        self._answers = V30ResponseValidator(
            spec,
            path_finder_cls=OperationFinder,
            schema_validators_factory=KeptValidators(OAS30ReadValidator),
            extra_format_validators={"date-time": is_moment},
            forbid_unspecified_additional_properties=strict,
        )

    def find(self, method: str, path: str) -> Operation | None:
        """The operation that the vendor would run; the most concrete template wins."""
        return self._find(method.lower(), path)

    def _search(self, method: str, path: str) -> Operation | None:
        parts = path.split("/")
        for operation in self._index.get((method, len(parts)), ()):
            template = operation.template.split("/")
            if all(
                part == wanted or (wanted.startswith("{") and part)
                for part, wanted in zip(parts, template, strict=True)
            ):
                return operation
        return None

    def problems(self, exchange: Exchange, operation: Operation) -> Iterator[str]:
        """What this document forbids in the request and in the answer; equal ones are judged once."""
        headers = _without("host", exchange.headers)
        for text in self._request(operation, exchange.path, exchange.query, headers, exchange.body):
            yield f"request: {text}"
        headers = _without("date", exchange.answer_headers)
        for text in self._answer(operation, exchange.status, headers, exchange.answer):
            yield f"answer {exchange.status}: {text}"

    def _request_problems(self, operation: Operation, *sent: Any) -> tuple[str, ...]:
        return tuple(self._wrong_in_request(operation, Request(operation, *sent)))

    def _wrong_in_request(self, operation: Operation, request: Request) -> Iterator[str]:
        if operation.document.get("deprecated"):
            yield "the operation is deprecated"
        for name in sorted(set(request.parameters.query) - set(operation.queries)):
            yield f"unknown query parameter {name!r}"
        for name in operation.retired(request.parameters.query, operation.queries):
            yield f"the query parameter {name!r} is deprecated"
        body = parsed(request.body or b"")
        for name in operation.retired(body if isinstance(body, dict) else (), operation.keys):
            yield f"the key {name!r} is deprecated"
        if request.body and "requestBody" not in operation.document:
            yield "has a body, and the operation takes none"
        for error in self._requests.iter_errors(request):
            yield from _explained(error)

    def _answer_problems(self, operation: Operation, *answered: Any) -> tuple[str, ...]:
        # Of the request only its operation counts here.
        request = Request(operation, operation.template, "", (), b"")
        return tuple(self._wrong_in_answer(operation, request, *answered))

    def _wrong_in_answer(
        self, operation: Operation, request: Request, status: int, headers: Pairs, body: bytes
    ) -> Iterator[str]:
        answer = Answer(status, Headers(headers), dict(headers).get("content-type", "").lower(), body or None)
        for error in self._answers.iter_errors(request, answer):
            if not isinstance(error, ResponseNotFound):
                yield from _explained(error)
            elif not self._known(status, operation):
                yield "undocumented status"

    def _known(self, status: int, operation: Operation) -> bool:
        return status in OFTEN_UNDOCUMENTED or status >= 500 or self._statuses.get(operation.name) == status


def _without(name: str, headers: Mapping[str, str]) -> Pairs:
    """The headers but this one, which says nothing of the contract and is another each time."""
    return tuple(pair for pair in headers.items() if pair[0] != name)


def is_moment(value: object) -> bool:
    """Whether it is a moment with an offset, which Jira writes without a colon, as in its documents' examples."""
    if not isinstance(value, str):
        return True
    try:
        return "T" in value and dt.datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False


def _explained(error: BaseException) -> Iterator[str]:
    """The innermost causes of what openapi-core raised, one sentence each."""
    if isinstance(error, ParametersError):
        for part in error.errors:
            yield from _explained(part)
        return
    schema_errors = getattr(error, "schema_errors", None)
    if schema_errors:
        yield from sentences(schema_errors)
    elif error.__cause__ is not None:
        for text in _explained(error.__cause__):
            name = getattr(error, "name", None)
            yield f"{name}: {text}" if name else text
    else:
        yield shortened(str(error) or type(error).__name__)
