"""A pretend system with one kind of object, to test the server around it."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from integrations.sandbox.pretend import Operation, Pretend, World, world


async def notes(request: Request) -> Response:
    table = world(request).state.table("probe", "note")
    if request.method == "GET":
        return JSONResponse(list(table.values()))
    number = world(request).state.number("probe", "note")
    table[str(number)] = {"text": (await request.json())["text"]}
    return JSONResponse({"id": number}, 201)


async def broken(_request: Request) -> Response:
    raise RuntimeError("a fault of the sandbox itself")


def operation(request: Request, _body: bytes) -> Operation:
    return Operation("note.create" if request.method == "POST" else "note.list", request.method == "POST")


def seed(there: World) -> None:
    there.state.table("probe", "note")["seeded"] = {"text": "seeded"}


PROBE = Pretend(
    name="probe",
    title="Probe",
    routes=[Route("/notes", notes, methods=["GET", "POST"]), Route("/broken", broken)],
    operation=operation,
    seed=seed,
    duplicates=lambda _world: [],
    link=lambda _kind, _document: None,
)
