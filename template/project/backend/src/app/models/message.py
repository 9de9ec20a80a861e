"""The outbox: jobs that are to be sent, in the same transaction as the data that they are about."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base


class Message(Base):
    """A job for the queue; `sent_at` is empty until the broker has it on its disk."""

    __tablename__ = "outbox"

    task: Mapped[str] = mapped_column(String(100))
    arguments: Mapped[list[str]] = mapped_column(JSON)
    sent_at: Mapped[datetime | None] = mapped_column(index=True)
