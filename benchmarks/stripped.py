"""The least a durable upload can be: the same parsing and packing, one row, one commit. No login, no audit, no replay,
no progress. What the service does beyond it is what the difference pays for."""

import os
from uuid import UUID, uuid4

from sqlalchemy import Engine, LargeBinary, Uuid, bindparam, text
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from app.database.engine import open_engine
from app.patrols.schemas import read_fix_batch
from app.tracks.packing import columns_of, pack

_INSERT = text("INSERT INTO stripped (id, patrol_id, packed) VALUES (:id, :patrol_id, :packed)").bindparams(
    bindparam("id", type_=Uuid()),
    bindparam("patrol_id", type_=Uuid()),
    bindparam("packed", type_=LargeBinary()),
)


def _store(engine: Engine, patrol_id: UUID, raw: bytes) -> int:
    batch = read_fix_batch(raw)
    with engine.begin() as connection:
        connection.execute(
            _INSERT, {"id": uuid4(), "patrol_id": patrol_id, "packed": pack(columns_of(batch.fixes))}
        )
    return len(batch.fixes)


def application() -> Starlette:
    """The stripped application on the database of BEATCHECK_DATABASE_URL."""
    engine = open_engine(os.environ["BEATCHECK_DATABASE_URL"])
    with engine.begin() as connection:
        connection.execute(
            text("CREATE TABLE IF NOT EXISTS stripped (id uuid PRIMARY KEY, patrol_id uuid, packed bytea)")
        )

    async def upload(request: Request) -> JSONResponse:
        patrol_id = UUID(request.path_params["patrol_id"])
        accepted = await run_in_threadpool(_store, engine, patrol_id, await request.body())
        return JSONResponse({"accepted": accepted}, 201)

    async def alive(_request: Request) -> JSONResponse:
        return JSONResponse({"status": "alive"})

    path = "/v1/patrols/{patrol_id}/fix-batches/{batch_id}"
    return Starlette(routes=[Route(path, upload, methods=["PUT"]), Route("/livez", alive)])
