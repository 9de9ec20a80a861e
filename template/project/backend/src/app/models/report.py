"""The example of work that takes its time: a report that a person asks for and a worker writes."""

from __future__ import annotations

import uuid

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base

QUEUED, RUNNING, DONE = "queued", "running", "done"


class Report(Base):
    """A report, and how far the worker is with it."""

    __tablename__ = "reports"

    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    title: Mapped[str] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(String(10), default=QUEUED)
    progress_percent: Mapped[int] = mapped_column(default=0)
    text: Mapped[str] = mapped_column(Text, default="")
