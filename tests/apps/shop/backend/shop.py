"""A shop of one table: orders are taken by the API, done by the worker, and put into the queue again by beat.

An order is a row before it is a message: while the queue is away none is lost, beat sends what stayed `queued`.
"""

from __future__ import annotations

import contextlib
import os
import pathlib
import signal
import sys
import time
from typing import Any

import flask
import pika
import psycopg2

ALIVE = pathlib.Path("/tmp/alive")
QUEUE = "orders"
FORGOTTEN_AFTER_S = 10
TABLE = """
CREATE TABLE IF NOT EXISTS orders (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, state text NOT NULL DEFAULT 'queued', done int NOT NULL DEFAULT 0,
  taken timestamptz NOT NULL DEFAULT now(), by text NOT NULL DEFAULT '');
CREATE TABLE IF NOT EXISTS ticks (release text NOT NULL, at timestamptz NOT NULL DEFAULT clock_timestamp());
"""

app = flask.Flask(__name__)


def database() -> Any:
    """Return a new connection; each statement is a transaction."""
    connection = psycopg2.connect(os.environ["DATABASE_URL"], connect_timeout=3)
    connection.autocommit = True
    return connection


def rows(text: str, *values: object) -> list[Any]:
    """Return what a statement gives."""
    with contextlib.closing(database()) as connection, connection.cursor() as cursor:
        cursor.execute(text, values)
        return list(cursor.fetchall()) if cursor.description else []


def broker() -> tuple[Any, Any]:
    """Return a connection and a channel that knows the queue and confirms what it takes."""
    connection = pika.BlockingConnection(pika.URLParameters(os.environ["QUEUE_URL"]))
    channel = connection.channel()
    channel.queue_declare(QUEUE, durable=True, arguments={"x-queue-type": "quorum"})
    channel.confirm_delivery()
    return connection, channel


def send(*numbers: int) -> None:
    """Put orders into the queue; where that is away, beat does it later."""
    with contextlib.suppress(pika.exceptions.AMQPError, OSError):
        connection, channel = broker()
        for number in numbers:
            channel.basic_publish("", QUEUE, str(number).encode(), pika.BasicProperties(delivery_mode=2))
        connection.close()


@app.post("/api/orders")
def take() -> tuple[dict[str, int], int]:
    """Take an order."""
    [(number,)] = rows("INSERT INTO orders DEFAULT VALUES RETURNING id")
    send(number)
    return {"id": number}, 202


@app.get("/api/orders")
def count() -> dict[str, object]:
    """Say how many orders are in which state, and how many were done more than once."""
    states = dict(rows("SELECT state, count(*) FROM orders GROUP BY state"))
    [(twice,)] = rows("SELECT count(*) FROM orders WHERE done > 1")
    return {"states": states, "twice": twice, "release": os.environ["RELEASE"], "version": os.environ["VERSION"]}


@app.get("/readyz")
def ready() -> str:
    """Answer when the database does."""
    rows("SELECT 1")
    return "ready\n"


def work() -> None:
    """Do orders until SIGTERM; the one in hand is ended."""
    leaving: list[int] = []
    signal.signal(signal.SIGTERM, lambda *_: leaving.append(1))
    while not leaving:
        with contextlib.suppress(pika.exceptions.AMQPError, psycopg2.Error, OSError):
            connection, channel = broker()
            orders = database().cursor()
            channel.basic_qos(prefetch_count=1)
            for method, _, body in channel.consume(QUEUE, inactivity_timeout=0.2):
                ALIVE.touch()
                if method:
                    values = (os.environ["RELEASE"], int(body))
                    orders.execute("UPDATE orders SET state = 'done', done = done + 1, by = %s WHERE id = %s", values)
                    channel.basic_ack(method.delivery_tag)
                if leaving:
                    break
            channel.cancel()
            connection.close()
        time.sleep(0.1)


def beat() -> None:
    """Tick, and send again what nobody did."""
    leaving: list[int] = []
    signal.signal(signal.SIGTERM, lambda *_: leaving.append(1))
    while not leaving:
        with contextlib.suppress(psycopg2.Error):
            ALIVE.touch()
            rows("INSERT INTO ticks VALUES (%s)", os.environ["RELEASE"])
            old = "SELECT id FROM orders WHERE state = 'queued' AND taken < now() - interval '1 s' * %s LIMIT 50"
            if forgotten := [number for (number,) in rows(old, FORGOTTEN_AFTER_S)]:
                send(*forgotten)
        time.sleep(0.5)


if __name__ == "__main__":
    {"migrate": lambda: rows(TABLE), "work": work, "beat": beat}[sys.argv[1]]()
